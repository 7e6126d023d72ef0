"""`uapicheck mutate`: whether the checks of a model notice each of its known faults."""

from __future__ import annotations

from typing import Annotated

import typer

from checker.cli_options import Color, Format, Quiet, Verbose, format_of, limits_of
from checker.cli_output import Output
from checker.conform.mutate import Clock, Mutated, judge
from checker.conform.mutate_find import CATALOGUE, checks_of, mutants_of
from checker.conform.mutate_json import mutated_json
from checker.conform.mutate_text import mutated_lines, summary
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, INTERRUPTED_EXIT, VIOLATED_EXIT, Verdict

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model that has mutants, such as page_tables.")]
MutantNames = Annotated[list[str] | None, typer.Option("--mutant", metavar="NAME", help="Only this mutant.")]
CheckNames = Annotated[list[str] | None, typer.Option("--check", metavar="NAME", help="Only this check.")]
EveryCheck = Annotated[bool, typer.Option("--all-checks", help="Every check judges every mutant, not only the first.")]
Catalogue = Annotated[str, typer.Option("--mutants", metavar="MODULE", help="Where the mutants are.")]
WholeTime = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="For the whole run: 90, 90s, 5m, 1h.")]
CheckTime = Annotated[
    str | None, typer.Option("--check-timeout", metavar="TIME", help="For one check of one mutant; else by the model.")
]


def mutate(
    model: ModelName,
    mutant: MutantNames = None,
    check: CheckNames = None,
    all_checks: EveryCheck = False,
    mutants: Catalogue = CATALOGUE,
    timeout: WholeTime = None,
    check_timeout: CheckTime = None,
    output_format: Format = "text",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Break a model in every known way: exit 1 if its checks miss a mutant, 3 if not all were run."""
    output = Output(format_of(output_format), quiet=quiet, verbose=verbose, no_color=no_color)
    wanted = mutants_of(model, mutants, mutant or ())
    checks = checks_of(model, mutants, wanted, check or ())
    clock = Clock(limits_of(timeout, None, None, None).seconds, limits_of(check_timeout, None, None, None).seconds)
    found = Mutated(model, checks)
    output.progress.start(f"mutate {model}")
    judge(found, wanted, clock, every=all_checks, say=output.progress.say)
    report(found, output, every=all_checks)
    return exit_code(found)


def report(found: Mutated, output: Output, *, every: bool) -> None:
    """Prints what is known, complete or not."""
    if output.is_json:
        output.lines([mutated_json(found)])
        return
    if not output.quiet:
        output.lines([*mutated_lines(found, every=every, verbose=bool(output.shown.verbose)), ""])
    verdict = {HOLDS_EXIT: Verdict.HOLDS, VIOLATED_EXIT: Verdict.VIOLATED}.get(exit_code(found), Verdict.UNKNOWN)
    output.lines([output.shown.style.verdict(verdict, summary(found))])


def exit_code(found: Mutated) -> int:
    """0 if all are killed, 1 if one survives, 3 if not all could be judged, 130 if interrupted."""
    if found.ended == "interrupted":
        return INTERRUPTED_EXIT
    if found.ended:
        return INCONCLUSIVE_EXIT
    return VIOLATED_EXIT if found.survivors else HOLDS_EXIT
