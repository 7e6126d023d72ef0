"""Generated C for calls of the actions of a part: the state before the call is kept, and properties judge the step."""

from __future__ import annotations

from collections.abc import Iterable

from checker.explicit.c_expr import call
from checker.explicit.c_properties import Checks
from checker.explicit.c_writer import Unit, Writer
from spec.lang.ground import GroundMachine
from spec.lang.ir import Inner
from spec.lang.machine import Function, Property, is_about, part_of
from spec.lang.types import OUTCOME
from spec.lang.walk import statements


def called_parts(ground: GroundMachine) -> list[str]:
    """The parts some action of which is called from outside; their places are those of `x->olds`."""
    found = {part_of(s.action): None for f in ground.functions.values() for s in _inner(f)}
    return list(found)


def _inner(function: Function) -> Iterable[Inner]:
    return (stmt for stmt in statements(function.body) if isinstance(stmt, Inner))


def asked_in(ground: GroundMachine, function: Function) -> list[str]:
    """The functions of the properties that a function asks about calls."""
    names = {name for stmt in _inner(function) for name in stmt.properties}
    asked = [p for p in ground.properties if p.name in names]
    return [name for p in asked for name in (p.function, p.premise) if name is not None]


def rules_about(ground: GroundMachine, field: str) -> list[Property]:
    """The `@during` properties that a write to a field concerns."""
    return [p for p in ground.properties if p.kind == "during" and is_about(p.name, field)]


def after_write(w: Writer, field: str) -> None:
    """Asks the properties of single writes."""
    if rules_about(w.unit.ground, field):
        w.line(f"if (x->during) {during_name(w.unit, field)}(x, n, o);")


def during_name(unit: Unit, field: str) -> str:
    """The C function that asks the properties of a write to a field; fields of one part share it."""
    return f"during_{[*_rule_sets(unit)].index(tuple(p.name for p in rules_about(unit.ground, field)))}"


def _rule_sets(unit: Unit) -> dict[tuple[str, ...], list[Property]]:
    sets = (rules_about(unit.ground, field) for field in unit.ground.fields)
    return {tuple(p.name for p in rules): rules for rules in sets if rules}


def during_heads(unit: Unit) -> list[str]:
    """Declarations of the functions that ask the properties of single writes."""
    head = "static void during_{}(X *restrict x, S *restrict n, const S *restrict o);"
    return [head.format(place) for place, _ in enumerate(_rule_sets(unit))]


def during_bodies(unit: Unit, checks: Checks) -> list[str]:
    """Their definitions: `old` in a property of a part is the state before the call of the part's action."""
    parts = called_parts(unit.ground)
    texts = []
    for head, rules in zip(during_heads(unit), _rule_sets(unit).values(), strict=True):
        lines = [head.removesuffix(";") + " {"]
        for rule in rules:
            part = part_of(rule.name)
            old = f"x->olds[{parts.index(part)}]" if part in parts else ""
            lines += checks.judge(rule, "", [], f"({old} ? {old} : o)" if old else "o")
        texts.append("\n".join([*lines, "}"]))
    return texts


def step_of_part(w: Writer, stmt: Inner) -> None:
    """One call of an action of a part."""
    ground, part = w.unit.ground, part_of(stmt.action)
    asked = [p for p in ground.properties if p.name in stmt.properties]
    watched = any(p.kind == "during" and part_of(p.name) == part for p in ground.properties)
    before = w.temp_c("S", "*n") if asked or watched else ""
    place = f"x->olds[{called_parts(ground).index(part)}]"
    kept = w.temp_c("const S *", place) if watched else ""
    if watched:
        w.line(f"{place} = &{before};")
    result = call(w, stmt.call, [f"{place} = {kept};"] if watched else [])
    if asked:
        checks = Checks(w.unit)
        outcome = result if ground.functions[stmt.call.function].returns == OUTCOME else "0"
        w.effects.marks = True
        with w.block("if (x->during)"):
            for prop in asked:
                wanted = ground.functions[prop.function].params[1:]
                for line in checks.judge(prop, "", [outcome, *(w.variables[p.name] for p in wanted)], f"&{before}"):
                    w.line(line)
    if stmt.name:
        w.line(f"{w.variables[stmt.name]} = {result};")
