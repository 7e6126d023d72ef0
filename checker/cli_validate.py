"""`uapicheck validate`: whether what a kernel was recorded to do is what a spec says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from checker.cli_options import (
    Color,
    ConstantSettings,
    Format,
    KernelOption,
    NamedConfiguration,
    Quiet,
    SizeSettings,
    SwitchSettings,
    Verbose,
    format_of,
)
from checker.cli_output import Output
from checker.conform.fixed_constants import fixed_constants
from checker.conform.log import read_log
from checker.conform.possible import Possible
from checker.conform.protocol import Translation
from checker.conform.refusals import unjudged
from checker.conform.translations import translation_of
from checker.conform.validate import Validated, judge_log
from checker.conform.validate_json import validated_json
from checker.conform.validate_text import summary, validated_lines
from checker.constants import constant_choices
from checker.request import Settings, instances
from checker.trace_values import Json
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, VIOLATED_EXIT, Verdict
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine

LogFile = Annotated[str, typer.Argument(metavar="LOG", help="Recorded sequences: .jsonl, or .jsonl.gz.")]
AgainstSpec = Annotated[str, typer.Option("--spec", help="The spec, named as for `check`.")]
MapModule = Annotated[
    str | None, typer.Option("--map", metavar="MODULE", help="What the ops are in the spec; found by the spec's name.")
]


def validate(
    log: LogFile,
    spec: AgainstSpec,
    map_: MapModule = None,
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    output_format: Format = "text",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Replay a recorded log on a spec: exit 1 if a step differs, 3 if no step could be judged."""
    settings = Settings(
        sizes=tuple(size or ()),
        switches=tuple(set_ or ()),
        constants=tuple(constant or ()),
        kernel=kernel,
        configuration=config,
    )
    output = Output(format_of(output_format), quiet=quiet, verbose=verbose, no_color=no_color)
    return run_validate(log, spec, map_, settings, output)


def run_validate(log: str, target: str, named: str | None, settings: Settings, output: Output) -> int:
    """Judges every step of the log and prints what came of it."""
    sequences = read_log(log)
    machine = load(target)
    translation = translation_of(machine, named)
    possible, configuration = possible_of(machine, translation, settings)
    found = judge_log(sequences, possible, translation)
    missing = unjudged(possible.ground, found.judged)
    return print_validated(found, log, machine.name, configuration, possible.ground, missing, output)


def print_validated(
    found: Validated,
    log: str,
    against: str,
    configuration: str,
    finite: GroundMachine,
    missing: Sequence[str],
    output: Output,
    side: str = "spec",
) -> int:
    """Prints what a log said about a spec or a model, and gives the exit code."""
    code = exit_code(found)
    if output.is_json:
        about: dict[str, Json] = {
            "configuration": configuration,
            "sizes": dict(finite.sizes),
            "switches": dict(finite.switches),
        }
        output.lines([validated_json(found, log=log, against=against, instance=about, unjudged=missing)])
        return code
    if not output.quiet:
        title = f"{log} against {against} {configuration}: {found.sequences} sequences, {found.total.steps} steps"
        every = bool(output.shown.verbose)
        output.lines([*validated_lines(found, title=title, unjudged=missing, every=every, side=side), ""])
    verdicts = {HOLDS_EXIT: Verdict.HOLDS, VIOLATED_EXIT: Verdict.VIOLATED}
    output.lines([output.shown.style.verdict(verdicts.get(code, Verdict.UNKNOWN), summary(found))])
    return code


def exit_code(found: Validated) -> int:
    """0 if every judged step agrees, 1 if one differs (explained or not), 3 if none could be judged."""
    if found.total.differ:
        return VIOLATED_EXIT
    return HOLDS_EXIT if found.total.agree else INCONCLUSIVE_EXIT


def possible_of(machine: Machine, translation: Translation, settings: Settings) -> tuple[Possible, str]:
    """The states of the instance that a log is of, and its configuration; the user's settings win."""
    wanted = translation.instance
    settings = replace(
        settings,
        sizes=(*wanted.sizes, *settings.sizes),
        switches=(*wanted.switches, *settings.switches),
        kernel=settings.kernel if settings.kernel is not None else wanted.profile,
        configuration=settings.configuration if settings.configuration is not None else wanted.configuration,
    )
    instance = instances(machine, settings)[0]
    finite = ground(machine, instance.sizes, instance.switches)
    choices = constant_choices(finite, instance.constants, fixed_constants(wanted.constants, finite))
    if not choices:
        raise RequestError(f"{machine.name}: no choice of the constants is as recorded")
    return Possible(finite, choices, translation.silent), instance.configuration
