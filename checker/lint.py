"""What a spec says without effect: refusals that never happen, promises that promise nothing, names nobody reads.

Two kinds of evidence: the text of the spec, and the searches of all its configurations together. A claim about
reachability is made only when every configuration was searched to its end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from checker.conclude import Searched
from checker.request import CHECKED, LIVENESS
from checker.verdict import PropertyResult, Verdict
from spec.lang.ir import ConstRead, Expr, FieldRead, SwitchRead
from spec.lang.machine import Availability, Machine, Site
from spec.lang.spans import Span
from spec.lang.types import EnumType
from spec.lang.walk import expressions, subexpressions

Code = Literal[
    "dead-refusal",
    "action-never-done",
    "vacuous-premise",
    "never-in-force",
    "field-never-read",
    "helper-unused",
    "constant-unused",
    "switch-unused",
]

HELPER_WORDS = ("helper", "pure", "since", "until", "when", "unless")
"""Decorators that leave a method a helper."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing without effect: its name, its place, and the sentence for people."""

    code: Code
    name: str
    span: Span
    message: str


def lint(
    machine: Machine, searched: Sequence[Searched], results: Sequence[PropertyResult] = ()
) -> list[Finding]:
    """All findings by place in the text; `results` say what the promises about whole runs came to."""
    found = [*_text(machine), *_in_force(machine, searched), *_vacuous_promises(machine, results)]
    if searched and all(s.complete for s in searched):
        found += _reached(machine, searched)
    return sorted(found, key=lambda f: (f.span, f.code, f.name))


def _vacuous_promises(machine: Machine, results: Iterable[PropertyResult]) -> Iterator[Finding]:
    """Promises about whole runs whose premise never becomes true."""
    names = {r.property for r in results if r.kind in LIVENESS and r.verdict is Verdict.VACUOUS}
    for name in names & machine.properties.keys():
        message = f"the premise of '{name}' never becomes true"
        yield Finding("vacuous-premise", name, machine.properties[name].span, message)


def _text(machine: Machine) -> Iterator[Finding]:
    nodes = list(_every_node(machine))
    fields = {n.name for n in nodes if isinstance(n, FieldRead)}
    for name, field in machine.fields.items():
        if name not in fields and not field.hidden:
            yield Finding("field-never-read", name, field.span, f"no action and no property reads '{name}'")
    constants = {n.name for n in nodes if isinstance(n, ConstRead)}
    for name, constant in machine.constants.items():
        if name not in constants:
            yield Finding("constant-unused", name, constant.span, f"nothing reads the constant '{name}'")
    switches = {n.name for n in nodes if isinstance(n, SwitchRead)} | _switches_of_availability(machine)
    for name, switch in machine.switches.items():
        if name not in switches:
            yield Finding("switch-unused", name, switch.span, f"nothing depends on the switch '{name}'")
    yield from _unused_helpers(machine)


def _every_node(machine: Machine) -> Iterator[Expr]:
    for function in machine.functions.values():
        yield from expressions(function.body)
    inits: list[Expr | None] = [f.init for f in machine.fields.values()]
    inits += [c.init for c in machine.constants.values()]
    inits += [s.default for s in machine.switches.values()]
    for init in inits:
        if init is not None:
            yield from subexpressions(init)


def _switches_of_availability(machine: Machine) -> set[str]:
    every: list[Availability] = [f.availability for f in machine.fields.values()]
    every += [f.availability for f in machine.functions.values()]
    every += [a.availability for a in machine.actions.values()]
    every += [p.availability for p in machine.properties.values()]
    named = {name for a in every for name in (*a.when, *a.unless)}
    if any(a.since or a.until for a in every):
        for name, switch in machine.switches.items():
            if isinstance(switch.type, EnumType) and machine.enums[switch.type.name].ordered:
                named.add(name)
    return named


def _unused_helpers(machine: Machine) -> Iterator[Finding]:
    """Methods of the spec's classes that nothing calls: the front end keeps only what is reached, so the text tells."""
    used = {name.rpartition(".")[2] for name in machine.functions}
    for file, text in machine.texts.items():
        for cls in ast.walk(ast.parse(text)):
            if not isinstance(cls, ast.ClassDef) or cls.name not in (machine.name, *machine.bases):
                continue
            for fn in (item for item in cls.body if isinstance(item, ast.FunctionDef)):
                if fn.name not in used and all(_decorator(d) in HELPER_WORDS for d in fn.decorator_list):
                    span = Span(file, fn.lineno, fn.col_offset + 1, fn.lineno, fn.col_offset + 4 + len(fn.name))
                    name = f"{cls.name}.{fn.name}"
                    yield Finding("helper-unused", name, span, f"nothing calls '{name}'")


def _decorator(node: ast.expr) -> str:
    callee = node.func if isinstance(node, ast.Call) else node
    return callee.id if isinstance(callee, ast.Name) else ""


def _in_force(machine: Machine, searched: Sequence[Searched]) -> Iterator[Finding]:
    """Declarations that every configuration switches off."""
    if not searched:
        return
    actions = {a.name for s in searched for a in s.ground.actions}
    for name, action in machine.actions.items():
        if name not in actions:
            yield _off("action", name, action.span)
    properties = {p.name for s in searched for p in s.ground.properties}
    for name, declared in machine.properties.items():
        if name not in properties:
            yield _off("property", name, declared.span)
    live = {machine.sites[number].span for number in _union(s.ground.live_sites for s in searched)}
    for span, site in _refusals(machine, range(len(machine.sites))).items():
        if span not in live:
            yield _off("refusal", site.reason, span)


def _refusals(machine: Machine, numbers: Iterable[int]) -> dict[Span, Site]:
    """Sites that refuse, by place: the text of a process has one for its first block and one for later ones."""
    found = {machine.sites[n].span: machine.sites[n] for n in sorted(numbers, reverse=True)}
    return {span: site for span, site in found.items() if site.kind in ("refused", "blocked", "partial")}


def _off(what: str, name: str, span: Span) -> Finding:
    return Finding("never-in-force", name, span, f"the {what} '{name}' is switched off in every configuration")


def _reached(machine: Machine, searched: Sequence[Searched]) -> Iterator[Finding]:
    reached = {machine.sites[number].span for number in _union(e.sites for s in searched for e in s.searches)}
    for span, site in _refusals(machine, _union(s.ground.live_sites for s in searched)).items():
        if span not in reached:
            label = f"{site.errno} {site.reason}".strip()
            yield Finding("dead-refusal", site.reason, span, f"the refusal '{label}' never happens")
    done = {machine.actions[name].process or name for s in searched for e in s.searches for name in e.done_actions}
    for name in sorted({a.process or a.name for s in searched for a in s.ground.actions} - done):
        message = f"the action '{name}' is never done"
        yield Finding("action-never-done", name, machine.actions[name].span, message)
    premises = {name for s in searched for e in s.searches for name in e.premises}
    for name in sorted({p.name for s in searched for p in s.ground.properties} - premises):
        declared = machine.properties.get(name)
        if declared is None or declared.kind not in CHECKED:
            continue
        if declared.premise is not None and declared.kind != "during":
            message = f"the premise of '{name}' never becomes true"
            yield Finding("vacuous-premise", name, declared.span, message)


def _union(sets: Iterable[frozenset[int]]) -> set[int]:
    return set().union(*sets)
