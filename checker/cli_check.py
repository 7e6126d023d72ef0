"""`uapicheck check` and `uapicheck lint`: load, search, write traces, print, and choose the exit code."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checker.check import Plan, Prepared, SpecReport, check, check_prepared, prepare
from checker.cli_output import Output
from checker.explicit.ahead import Ahead
from checker.interrupts import is_interrupt
from checker.lint import Finding, lint
from checker.report_all import Outcome, all_lines, outcome_of
from checker.report_json import lint_json, report_json
from checker.report_text import last_lines, report_lines, trace_file_name
from checker.request import Settings, wanted_properties
from checker.trace import to_json
from checker.verdict import (
    HOLDS_EXIT,
    INCONCLUSIVE_EXIT,
    INTERRUPTED_EXIT,
    USAGE_EXIT,
    VIOLATED_EXIT,
    PropertyResult,
    Verdict,
    exit_code,
)
from spec.lang.catalogue import Entry, catalogue, short_name
from spec.lang.errors import EngineError, RequestError, UapiCheckError
from spec.lang.frontend import load
from spec.lang.machine import Machine
from spec.lang.resolver import Resolver

EARLY = 4
"""How many specs are prepared before they are searched, with `--all`."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is asked for besides a check: certificates in a folder, and what holds for any size."""

    certificates: str | None = None
    any_size: bool = False


def run_check(
    targets: Sequence[str],
    plan: Plan,
    output: Output,
    *,
    strict: bool,
    trace_dir: str | None,
    proofs: Proofs | None = None,
) -> int:
    """Checks the named specs, one report after the other."""
    loaded = [(target, load(target)) for target in targets]
    if trace_dir is not None:
        _refuse_namesakes(loaded, trace_dir)
    results: list[PropertyResult] = []
    interrupted = False
    for number, (target, machine) in enumerate(loaded):
        report = write_traces(check(machine, target, plan, output.progress), trace_dir)
        report, proved = further_proofs(report, plan, proofs or Proofs(), output)
        results += report.results
        interrupted = report.interrupted
        if not output.is_json:
            lines = last_lines(report, output.shown, alone=True) if output.quiet else report_lines(report, output.shown)
            output.lines([*([""] if number and not output.quiet else []), *lines, *([] if output.quiet else proved)])
        if interrupted:
            break
    if output.is_json:
        output.lines([report_json(results, interrupted=interrupted)])
    return exit_code(results, strict=strict, interrupted=interrupted)


def _refuse_namesakes(loaded: Sequence[tuple[str, Machine]], trace_dir: str) -> None:
    """RequestError where traces of two specs would have the same names."""
    names: dict[str, str] = {}
    for target, machine in loaded:
        name = short_name(machine.module, machine.name)
        if name in names:
            both = f"{names[name]} and {target} are both called {name}"
            hint = "one directory each, in two commands"
            raise RequestError(f"--trace-dir {trace_dir}: {both}, so their traces overwrite each other\n  hint: {hint}")
        names[name] = target


def run_all(plan: Plan, output: Output, *, strict: bool, trace_dir: str | None) -> int:
    """Checks every shipped spec against what it declares to break; a table at the end.

    0 if every spec keeps and breaks exactly what it should; 1 if one differs, 2 if one cannot be read, 3 if a budget
    left one open.
    """
    if plan.settings != Settings():
        options = "--size, --set, --constant, --kernel, --config, --property, --unfair"
        raise RequestError(f"--all takes every spec as it is, without {options}")
    outcomes: list[Outcome] = []
    results: list[PropertyResult] = []
    interrupted = False
    try:
        for outcome in each(plan, output, strict=strict, trace_dir=trace_dir):
            outcomes.append(outcome)
            results += outcome.report.results if outcome.report is not None else ()
            interrupted = interrupted or (outcome.report is not None and outcome.report.interrupted)
    except KeyboardInterrupt:
        interrupted = True
    if output.is_json:
        output.lines([report_json(results, interrupted=interrupted)])
    else:
        output.lines(all_lines(outcomes, output.shown))
    if interrupted:
        return INTERRUPTED_EXIT
    words = {o.word for o in outcomes}
    for word, code in (("error", USAGE_EXIT), ("DIFFERS", VIOLATED_EXIT), ("open", INCONCLUSIVE_EXIT)):
        if word in words:
            return code
    return HOLDS_EXIT


def each(plan: Plan, output: Output, *, strict: bool, trace_dir: str | None) -> Iterator[Outcome]:
    """What came of every spec; none after an interrupted one."""
    with Ahead() as ahead:
        for entry, prepared in early(catalogue(Resolver()), plan, ahead):
            try:
                if isinstance(prepared, UapiCheckError):
                    raise prepared
                report = write_traces(check_prepared(prepared, output.progress), trace_dir)
            except EngineError:
                raise
            except UapiCheckError as error:
                output.note(str(error))
                yield Outcome(entry, None, "error", "cannot be read")
                continue
            outcome = outcome_of(entry, report, strict=strict)
            if not output.quiet:
                output.note(f"{entry.name}: {outcome.word}: {outcome.note}")
            yield outcome
            if report.interrupted:
                return


def early(entries: Iterable[Entry], plan: Plan, ahead: Ahead) -> Iterator[tuple[Entry, Prepared | UapiCheckError]]:
    """Every spec, prepared while those before it are searched, or why it cannot be."""
    waiting: deque[tuple[Entry, Prepared | UapiCheckError]] = deque()
    for entry in entries:
        try:
            machine = load(f"{entry.module}:{entry.class_name}")
            waiting.append((entry, prepare(machine, entry.name, plan, ahead)))
        except UapiCheckError as error:
            waiting.append((entry, error))
        if len(waiting) > EARLY:
            yield waiting.popleft()
    yield from waiting


def further_proofs(report: SpecReport, plan: Plan, proofs: Proofs, output: Output) -> tuple[SpecReport, list[str]]:
    """What is asked for besides a check, and what to say about it; nothing after Ctrl-C."""
    try:
        return _further(report, plan, proofs, output)
    except BaseException as error:
        if not is_interrupt(error):
            raise
        return replace(report, interrupted=True), []


def _further(report: SpecReport, plan: Plan, proofs: Proofs, output: Output) -> tuple[SpecReport, list[str]]:
    lines: list[str] = []
    if proofs.certificates is not None and not report.interrupted:
        from checker.symbolic_certificate import certify_report  # only here, for it brings the solver along

        wanted = wanted_properties(report.machine, plan.settings.properties)
        report, lines = certify_report(report, wanted, plan.limits, proofs.certificates, output.progress)
    if proofs.any_size and not report.interrupted:
        from checker.symbolic_any_size import grow  # likewise

        report, more = grow(report, plan.limits, output.progress)
        lines += more
    return report, lines


def write_traces(report: SpecReport, folder: str | None) -> SpecReport:
    """Writes the counterexamples (and witnesses of goals) into a folder, and notes their names in the results."""
    if folder is None:
        return report
    results: list[PropertyResult] = []
    for result in report.results:
        if result.trace is None or result.verdict is not Verdict.VIOLATED:
            results.append(result)
            continue
        finite = next(s.ground for s in report.searched if s.instance.configuration == result.configuration)
        path = Path(folder) / trace_file_name(report.name, result, report.results)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(to_json(result.trace, finite), encoding="utf-8")
        except OSError as error:
            raise RequestError(f"--trace-dir {folder}: {path} cannot be written: {error.strerror}") from None
        results.append(replace(result, trace_file=str(path)))
    return replace(report, results=tuple(results))


def run_lint(targets: Sequence[str], plan: Plan, output: Output) -> int:
    """Lints the named specs: 1 if there is a finding, 3 if a budget kept some claims back."""
    found: list[tuple[str, Finding]] = []
    complete, interrupted = True, False
    for target in targets:
        machine = load(target)
        report = check(machine, target, plan, output.progress)
        complete = complete and all(s.complete for s in report.searched)
        interrupted = interrupted or report.interrupted
        here = lint(machine, report.searched, report.results)
        found += [(report.name, f) for f in here]
        if not output.is_json:
            output.lines(f"{f.span}: {f.code}: {f.message}" for f in here)
            output.lines([f"{report.name}: {len(here)} finding{'' if len(here) == 1 else 's'}"])
    if output.is_json:
        output.lines([lint_json(found, complete=complete)])
    elif not complete:
        output.note("a budget ran out, so nothing is said about what is never reached")
    if interrupted:
        return INTERRUPTED_EXIT
    return VIOLATED_EXIT if found else HOLDS_EXIT if complete else INCONCLUSIVE_EXIT
