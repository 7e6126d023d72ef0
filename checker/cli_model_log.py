"""`uapicheck conform MODEL --log LOG`: whether what a kernel was recorded to do is what a model does."""

from __future__ import annotations

from checker.cli_output import Output
from checker.cli_validate import possible_of, print_validated
from checker.conform.log import read_log
from checker.conform.model_log import judge_log_on_model
from checker.conform.modules import model_of
from checker.conform.translations import translation_of
from checker.request import Settings
from spec.lang.frontend import load


def run_log(name: str, log: str, named: str | None, settings: Settings, output: Output) -> int:
    """Performs every step of the log on the model and prints what came of it."""
    sequences = read_log(log)
    model, place = model_of(name)
    machine = load(model.spec)
    translation = translation_of(machine, named)
    possible, configuration = possible_of(machine, translation, settings)
    found = judge_log_on_model(sequences, model, possible.ground, possible.choices, translation)
    return print_validated(found, log, place, configuration, possible.ground, (), output, "model")
