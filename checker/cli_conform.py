"""`uapicheck conform`: whether a model does in every state what its spec says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli_options import (
    Color,
    ConstantSettings,
    Format,
    KernelOption,
    MaxMemory,
    NamedConfiguration,
    Quiet,
    Seed,
    SizeSettings,
    SwitchSettings,
    Verbose,
    format_of,
    limits_of,
)
from checker.cli_output import Output
from checker.conform.budget import Budget
from checker.conform.conform_json import report_json
from checker.conform.conform_test import test_text
from checker.conform.conform_text import report_lines, summary
from checker.conform.implementation import Case, Model
from checker.conform.modules import model_of
from checker.conform.report import MODES, Mode, Report
from checker.conform_cases import sides_of
from checker.request import Settings
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, INTERRUPTED_EXIT, VIOLATED_EXIT, Verdict
from spec.lang.errors import RequestError, nearest
from spec.lang.frontend import load

if TYPE_CHECKING:
    from checker.conform.run import Plan

ModelName = Annotated[
    str, typer.Argument(metavar="MODEL", help="NAME of models.bind.NAME, a dotted module, or path/to/file.py.")
]
CaseNames = Annotated[list[str] | None, typer.Option("--case", metavar="NAME", help="Only this case of the model.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="CHECK", help="exhaustive, sampled, faults or hypothesis.")
]
WholeTime = Annotated[
    str | None, typer.Option("--time", "--timeout", metavar="TIME", help="For the whole run: 90, 90s, 5m or 1h.")
]
WalkCalls = Annotated[int, typer.Option("--calls", min=1, metavar="N", help="Calls of random walks, for a large case.")]
Examples = Annotated[int, typer.Option("--examples", min=1, metavar="N", help="Runs of a Hypothesis machine.")]
Keep = Annotated[int, typer.Option("--keep", min=1, metavar="N", help="Differences of one sort told in full.")]
TestFile = Annotated[
    str | None, typer.Option("--test", metavar="FILE", help="Write the first difference there, as a test to run.")
]
LogFile = Annotated[str | None, typer.Option("--log", metavar="LOG", help="Replay a recorded log on the model.")]
MapModule = Annotated[str | None, typer.Option("--map", metavar="MODULE", help="With --log: what the ops are.")]


def conform(
    model: ModelName,
    case: CaseNames = None,
    only: Only = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    time: WholeTime = None,
    max_memory: MaxMemory = None,
    calls: WalkCalls = 100_000,
    examples: Examples = 60,
    seed: Seed = 0,
    keep: Keep = 3,
    test: TestFile = None,
    log: LogFile = None,
    map_: MapModule = None,
    output_format: Format = "text",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Hold a model against its spec, call by call: exit 1 if they differ, 3 if that could not be said."""
    settings = Settings(tuple(size or ()), tuple(set_ or ()), tuple(constant or ()), kernel, config)
    output = Output(format_of(output_format), quiet=quiet, verbose=verbose, no_color=no_color)
    if log is not None:
        from checker.cli_model_log import run_log

        return run_log(model, log, map_, settings, output)
    from checker.conform.run import Plan  # here: loading networkx takes a while

    limits = limits_of(time, max_memory, None, None)
    plan = Plan(modes_of(only), calls, seed, examples, keep)
    return run_conform(model, case or [], settings, plan, Budget(limits.seconds, limits.memory), output, test)


def run_conform(
    name: str, cases: list[str], settings: Settings, plan: Plan, budget: Budget, output: Output, test: str | None = None
) -> int:
    """Runs the checks and prints what came of them."""
    from checker.conform.run import Runner

    model, place = model_of(name)
    machine = load(model.spec)
    chosen, settings = cases_of(model, cases, settings)
    report = Report(place, machine.name)
    report.found.keep = plan.keep
    sides = partial(sides_of, machine, asked=settings)
    output.progress.start(f"conform {name}")
    Runner(model, sides, plan, budget, report, output.progress.say).run(chosen)
    output.progress.clear()
    if test is not None and report.found.total:
        write_test(test, test_text(report.found.kept[0], place, machine.name))
    show(report, output)
    return exit_code(report)


def show(report: Report, output: Output) -> None:
    """Prints the report, complete or not."""
    if output.is_json:
        output.lines([report_json(report)])
        return
    if not output.quiet:
        output.lines([*report_lines(report, every=bool(output.shown.verbose)), ""])
    verdict = {HOLDS_EXIT: Verdict.HOLDS, VIOLATED_EXIT: Verdict.VIOLATED}.get(exit_code(report), Verdict.UNKNOWN)
    output.lines([output.shown.style.verdict(verdict, summary(report))])


def exit_code(report: Report) -> int:
    """130 interrupted, 1 a difference, 3 not everything was done, else 0."""
    if report.interrupted:
        return INTERRUPTED_EXIT
    if report.found.total:
        return VIOLATED_EXIT
    return HOLDS_EXIT if report.conclusive else INCONCLUSIVE_EXIT


def modes_of(words: Iterable[str] | None) -> tuple[Mode, ...]:
    """The checks that are asked for; all if none is."""
    found: list[Mode] = []
    for word in words or ():
        for mode in MODES:
            if word == mode:
                found.append(mode)
        if word not in MODES:
            raise RequestError(f"--only {word}: there is no such check; {nearest(word, MODES)}")
    return tuple(found) or MODES


def cases_of(model: Model, names: list[str], settings: Settings) -> tuple[list[Case], Settings]:
    """The cases that are asked for, and the settings that are left to lay over them.

    A profile or a configuration that cases of the model have picks these; another one makes a case of its own.
    """
    known = [c.name for c in model.cases]
    for name in names:
        if name not in known:
            raise RequestError(f"--case {name}: the model has no such case; {nearest(name, known)}")
    chosen = [c for c in model.cases if not names or c.name in names]
    if settings.configuration is not None:
        fitting = [c for c in chosen if c.configuration == settings.configuration]
        first = chosen[0] if chosen else Case(settings.configuration)
        chosen = fitting or [replace(first, name=settings.configuration, large=False)]
    if settings.kernel is not None:
        fitting = [c for c in chosen if c.kernel == settings.kernel]
        chosen = fitting or [replace(c, name=f"{c.name} {settings.kernel}") for c in chosen]
    if not chosen:
        raise RequestError("the model has no case to be held against its spec")
    return chosen, settings


def write_test(path: str, text: str) -> None:
    """Writes the test; RequestError where that is not possible."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise RequestError(f"--test {path}: cannot be written: {error.strerror}") from error
