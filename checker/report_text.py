"""The report of a check for people: what was searched, a verdict per property, each counterexample, a last line."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from checker.check import FIXED, SpecReport
from checker.conclude import Searched
from checker.confirm import Finding, reason_lines
from checker.facts import count_lines, fact_rows, facts
from checker.report_proofs import cti_sections, invariant_sections
from checker.request import LIVENESS, show_setting
from checker.style import BOLD, DIM, Style
from checker.symbolic_answer import SymbolicEngine
from checker.text_table import Column, render, wrap
from checker.trace_table import WIDTH as TRACE_WIDTH
from checker.trace_table import start_lines, trace_lines
from checker.verdict import PropertyResult, Verdict, is_inconclusive
from spec.lang.machine import Machine
from spec.lang.switches import settle

WIDTH = 100
REPORT_WIDTH = 132
MOST_TOLD = 3
ORDER = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.HOLDS_WITHIN, Verdict.HOLDS)


@dataclass(frozen=True, slots=True)
class Shown:
    """How much to say: 0 is verdicts and counterexamples, 1 adds the facts, witnesses and first states.

    `invariants` tells the clauses of what was proved.
    """

    verbose: int = 0
    style: Style = field(default_factory=Style)
    invariants: bool = False


def report_lines(report: SpecReport, shown: Shown) -> list[str]:
    """The whole report of one spec."""
    machine = report.machine
    lines = [shown.style.mark(f"{machine.name}: {machine.title}", BOLD), machine.file, ""]
    lines += [*searched_lines(report.searched), ""]
    lines += [*axiom_lines(report.searched), *fact_lines(report, shown), ""]
    lines += verdict_lines(report.results, shown)
    lines += fairness_lines(report.results)
    if shown.invariants:
        lines += invariant_sections(report.results, WIDTH)
    in_full = bool(shown.verbose or report.settings.properties)
    lines += cti_sections(report.results, WIDTH, most=None if in_full else MOST_TOLD)
    told, left = told_in_full(report, shown)
    for result in told:
        lines += ["", *counterexample_lines(report, result, shown)]
    if left:
        more = _plural(left, "more counterexample is", "more counterexamples are")
        lines += ["", f"{more} not shown: name a property with --property, or ask for all with -v"]
    return [*lines, "", *last_lines(report, shown)]


def told_in_full(report: SpecReport, shown: Shown) -> tuple[list[PropertyResult], int]:
    """The results whose traces are shown, and how many violated ones are left out.

    Unless the user asked for more, the shortest few: what else breaks is most often the same mistake seen later.
    """
    if shown.verbose:
        return [r for r in report.results if r.verdict is Verdict.VIOLATED or r.trace is not None], 0
    violated = [r for r in report.results if r.verdict is Verdict.VIOLATED]
    if report.settings.properties or len(violated) <= MOST_TOLD:
        return violated, 0
    by_length = sorted(violated, key=lambda r: len(r.trace.steps) if r.trace is not None else 0)
    return by_length[:MOST_TOLD], len(violated) - MOST_TOLD


def searched_lines(searched: Sequence[Searched]) -> list[str]:
    """A table of the configurations: at which sizes, how much was seen; below it switches and constants."""
    columns = [
        Column("configuration", 8),
        Column("sizes", 24),
        Column("states", 6, right=True),
        Column("transitions", 6, right=True),
        Column("refusals", 6, right=True),
        Column("bits", 4, right=True),
        Column("gates", 5, right=True),
        Column("depth", 3, right=True),
        Column("seconds", 4, right=True),
    ]
    rows = [_searched_row(s) for s in searched]
    kept = [i for i in range(len(columns)) if any(row[i] for row in rows)]
    lines = render([columns[i] for i in kept], [[row[i] for i in kept] for row in rows], WIDTH)
    lines += symmetry_lines(searched)
    switched = [(s.instance.configuration, changed_switches(s)) for s in searched]
    if any(changed for _, changed in switched):
        lines += ["", "switches other than the default:"]
        lines += [piece for name, changed in switched for piece in _entry(name, " ".join(changed) or "none")]
    return [*lines, *constant_lines(searched)]


def symmetry_lines(searched: Sequence[Searched]) -> list[str]:
    """How many states stood for all of them, where that is less."""
    lines: list[str] = []
    for s in searched:
        states, stored = (sum(getattr(e, name) for e in s.searches) for name in ("states", "representatives"))
        sorts = sorted({name for e in s.searches for name in e.symmetric})
        if stored < states:
            text = f"{states:,} states ({stored:,} representatives under symmetry of {', '.join(sorts)})"
            lines += _entry(s.instance.configuration, text)
    return ["", "of states that differ only by the names of elements, one was searched:", *lines] if lines else []


def _searched_row(s: Searched) -> list[str]:
    sizes = " ".join(f"{name}={size}" for name, size in s.ground.sizes.items())
    circuit = [f"{s.solved.bits:,}", f"{s.solved.gates:,}"] if s.solved is not None and s.solved.bits else ["", ""]
    if s.solved is not None and not s.searches:
        depth = str(s.solved.depth) if s.solved.depth >= 0 else ""
        return [s.instance.configuration, sizes, "", "", "", *circuit, depth, f"{s.solved.seconds:.2f}"]
    sums = [sum(getattr(e, name) for e in s.searches) for name in ("states", "transitions", "refusals")]
    depth = str(max((e.depth for e in s.searches), default=0))
    seconds = sum(e.seconds for e in s.searches)
    return [s.instance.configuration, sizes, *(f"{n:,}" for n in sums), *circuit, depth, f"{seconds:.2f}"]


def _entry(name: str, text: str) -> list[str]:
    """`  name: text`, wrapped."""
    return wrap(f"  {name}: {text}", WIDTH)


def changed_switches(s: Searched) -> list[str]:
    """`era=E2` for every switch that differs from the spec's own default, as one sets it on the command line."""
    defaults = settle(s.ground.machine, s.ground.sizes, {}).switches
    return [f"{n}={show_setting(v)}" for n, v in s.ground.switches.items() if v != defaults[n]]


def constant_lines(searched: Sequence[Searched]) -> list[str]:
    """For each constant whether it was one fixed choice or every choice, and how many choices there were."""
    names = list(dict.fromkeys(name for s in searched for name in s.constants))
    if not names:
        return []
    lines = ["", "constants (number of choices of all of them together):"]
    for name in names:
        here = [s for s in searched if name in s.constants]
        every = [f"{s.instance.configuration} {len(s.choices)}" for s in here if s.constants[name] != FIXED]
        text = f"every choice, up to symmetry ({', '.join(every)})" if every else FIXED
        lines += _entry(name, text + ("; fixed elsewhere" if every and len(every) < len(here) else ""))
    return lines


def axiom_lines(searched: Sequence[Searched]) -> list[str]:
    """The axioms that the verdicts rest on, and those that were dropped."""
    machine = searched[0].ground.machine if searched else None
    names = [n for n, d in machine.switches.items() if d.axiom] if machine is not None else []
    lines = []
    for title, value in (("axioms in force", True), ("axioms dropped", False)):
        found = [n for n in names if any(s.ground.switches[n] is value for s in searched)]
        if found:
            lines += wrap(f"{title}: {', '.join(found)}", WIDTH)
    return lines


def fact_lines(report: SpecReport, shown: Shown) -> list[str]:
    """How many facts are recorded, read, deduced, guessed; every one of them when verbose."""
    found = facts(report.searched)
    lines = count_lines(found)
    if shown.verbose and found:
        columns = [Column("sure", 8), Column("kind", 7), Column("name", 20), Column("from", 30)]
        lines += ["", *render(columns, fact_rows(found), WIDTH)]
    return lines


def verdict_lines(results: Sequence[PropertyResult], shown: Shown) -> list[str]:
    """One line per property and verdict, the configurations joined; what is not green stands last, where eyes are.

    Who settled it is told where that was not always the same engine.
    """
    mixed = len({r.proved_by for r in results if r.proved_by}) > 1
    groups: dict[tuple[Verdict, str, str, str], list[PropertyResult]] = {}
    for r in results:
        bound = r.bound.text if r.bound is not None and r.verdict is Verdict.HOLDS_WITHIN else ""
        by = r.proved_by if mixed else ""
        by = f"for any number of {', '.join(r.any_size)} (experimental)" if r.any_size else by
        note = "; ".join(part for part in (by, bound, "" if r.vacuous_here else r.reason) if part)
        groups.setdefault((r.verdict, r.property, r.kind, note), []).append(r)
    if not groups:
        return ["(no property was asked for)"]
    everywhere = list(dict.fromkeys(r.configuration for r in results))
    rows = []
    for (verdict, name, kind, note), members in sorted(groups.items(), key=lambda item: -ORDER.index(item[0][0])):
        lengths = sorted({len(m.trace.steps) for m in members if m.trace is not None})
        steps = " or ".join(map(str, lengths)) + (" step" if lengths == [1] else " steps") if lengths else ""
        idle = [m.configuration for m in members if m.vacuous_here]
        notes = [steps, note, f"premise never true in {_where(idle, everywhere)}" if idle else ""]
        where = _where([m.configuration for m in members], everywhere)
        rows.append([verdict.label, name, kind, where, "; ".join(n for n in notes if n)])
    columns = [Column("verdict", 12), Column("property", 64), Column("kind", 9), Column("configuration", 13)]
    lines = render([*columns, Column("", 16)], rows, REPORT_WIDTH)
    return [_coloured(line, shown.style) for line in lines]


def fairness_lines(results: Sequence[PropertyResult]) -> list[str]:
    """What the verdicts on promises about whole runs rest on, the configurations that assume the same joined."""
    about = [r for r in results if r.kind in LIVENESS]
    if not about:
        return []
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for r in about:
        groups.setdefault(r.fairness, {})[r.configuration] = None
    everywhere = list(dict.fromkeys(r.configuration for r in about))
    lines = ["", "fairness assumed by leads_to and always_eventually:"]
    for assumed, names in groups.items():
        text = ", ".join(assumed) or "none: a run may stop anywhere"
        where = f"{_where(list(names), everywhere)}: " if len(groups) > 1 else ""
        lines += wrap(f"  {where}{text}", WIDTH)
    return lines


def _where(names: Sequence[str], everywhere: Sequence[str]) -> str:
    """The configurations in few words."""
    others = [name for name in everywhere if name not in names]
    if not others:
        return f"all {len(everywhere)}" if len(everywhere) > 1 else everywhere[0]
    return f"all but {', '.join(others)}" if len(others) < len(names) and len(names) > 2 else ", ".join(names)


def _coloured(line: str, style: Style) -> str:
    for verdict in ORDER:
        if line.startswith(verdict.label + "  "):
            return style.verdict(verdict, verdict.label) + line[len(verdict.label) :]
    return line


def counterexample_lines(report: SpecReport, result: PropertyResult, shown: Shown) -> list[str]:
    """The trace of one result, the expression that it breaks with the values of its parts, and commands to replay."""
    head = f"{result.verdict.label} {result.property} ({result.configuration})"
    lines = [shown.style.verdict(result.verdict, head)]
    declared = report.machine.properties.get(result.property)
    if declared is not None and declared.doc:
        lines += wrap(declared.doc.splitlines()[0], TRACE_WIDTH)
    if result.trace is None:
        finding = report.findings.get((result.configuration, result.property))
        return [*lines, *([result.reason] if finding is None else violated_lines(report.machine, finding))]
    finite = next(s.ground for s in report.searched if s.instance.configuration == result.configuration)
    lines.append("")
    if shown.verbose:
        lines += [*start_lines(result.trace, finite), ""]
    lines += trace_lines(result.trace, finite)
    if result.verdict is Verdict.VIOLATED:
        lines += ["", *violated_lines(report.machine, report.findings[result.configuration, result.property])]
        lines += ["", *(shown.style.mark(line, DIM) for line in replay_commands(report, result))]
    return lines


def violated_lines(machine: Machine, finding: Finding) -> list[str]:
    """What is wrong and where, the text there, and the values of its parts."""
    if finding.span is None:
        return wrap(finding.message, TRACE_WIDTH)
    span = finding.span
    lines = wrap(f"{span.file}:{span.line}: {finding.message}", TRACE_WIDTH)
    text = machine.texts.get(span.file, "").splitlines()[span.line - 1 : span.end_line]
    least = min((len(t) - len(t.lstrip()) for t in text if t.strip()), default=0)
    lines += [f"    {t[least:]}".rstrip() for t in text]
    values = reason_lines(finding)
    return [*lines, "where", *(f"  {piece}" for v in values for piece in wrap(v, TRACE_WIDTH - 2))] if values else lines


def replay_commands(report: SpecReport, result: PropertyResult) -> list[str]:
    """Commands that show the trace again, to be copied."""
    if result.trace_file is not None:
        return ["to replay:", f"    uapicheck replay {shlex.quote(result.trace_file)}"]
    words = ["uapicheck", "check", report.target, "--config", result.configuration, "--property", result.property]
    for option, values in (
        ("--size", report.settings.sizes),
        ("--set", report.settings.switches),
        ("--constant", report.settings.constants),
        ("--kernel", (report.settings.kernel,) if report.settings.kernel is not None else ()),
        ("--unfair", report.settings.unfair),
        ("--engine", (report.engine,) if report.engine in get_args(SymbolicEngine) else ()),
    ):
        for value in values:
            words += [option, value]
    folder = "counterexamples"
    path = f"{folder}/{trace_file_name(report.name, result, report.results)}"
    return [
        "to store and replay:",
        "    " + shlex.join([*words, "--trace-dir", folder]),
        "    " + shlex.join(["uapicheck", "replay", path]),
    ]


def trace_file_name(name: str, result: PropertyResult, results: Sequence[PropertyResult]) -> str:
    """`NAME.PROPERTY.itf.json`; the configuration stands between when the property has a trace in several."""
    same = [r for r in results if r.property == result.property and r.trace is not None and r.verdict is result.verdict]
    middle = f".{result.configuration}" if len(same) > 1 and same[0] is not result else ""
    return f"{name}.{result.property}{middle}.itf.json"


def last_lines(report: SpecReport, shown: Shown, *, alone: bool = False) -> list[str]:
    """The verdict in one line, with the sizes or the bound, and where to find reasons; `alone`: they are not shown."""
    count = Counter(r.verdict for r in report.results)
    parts = [f"{n} {verdict.label}" for verdict in ORDER if (n := count[verdict])]
    worst = next((v for v in ORDER if count[v]), Verdict.HOLDS)
    properties = len({r.property for r in report.results})
    head = "INTERRUPTED: " if report.interrupted else ""
    scope = _plural(properties, "property", "properties")
    scope += f" in {_plural(len(report.searched), 'configuration', 'configurations')}"
    text = f"{head}{report.name}: {', '.join(parts) or 'nothing to say'} ({scope})"
    lines = [shown.style.verdict(worst, text)]
    if any(is_inconclusive(r) for r in report.results):
        where = "without -q the report says why" if alone else "see the reasons above"
        lines.append(f"Not everything was settled: {where}.")
    return lines


def _plural(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
