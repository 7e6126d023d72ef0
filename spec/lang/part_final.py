"""When a spec with parts is at its end: where it says so itself, or else where all parts say so that say anything."""

from __future__ import annotations

from collections.abc import Sequence

from spec.lang.ir import And, Call, Expr, Or, Return
from spec.lang.machine import Function, Property, part_of
from spec.lang.types import BOOL

ALL_PARTS = "final of all parts"
"""The name of the property, and of the function, that joins what several parts say."""


def join_finals(properties: Sequence[Property]) -> tuple[list[Property], Function | None]:
    """The properties with at most one spec's or part's own say about the end, or one that joins those of several parts.

    Properties `final` of one part mean that any of them is enough; a part's own stand in for those of its parts.
    """
    said: dict[str, list[Property]] = {}
    for prop in properties:
        if prop.kind == "final":
            said.setdefault(part_of(prop.name), []).append(prop)
    said = {part: finals for part, finals in said.items() if not any(_is_around(other, part) for other in said)}
    kept = {prop.name for finals in said.values() for prop in finals}
    found = [prop for prop in properties if prop.kind != "final" or prop.name in kept]
    if len(said) < 2:
        return found, None
    first = next(prop for prop in found if prop.name in kept)
    span = first.span
    body: Expr = And(BOOL, span, tuple(_any(finals) for finals in said.values()))
    function = Function(ALL_PARTS, (), (), BOOL, (Return(body, span),), {}, "", span)
    joined = Property(ALL_PARTS, "final", ALL_PARTS, None, "All parts are at their end.", span)
    return [joined if prop is first else prop for prop in found if prop is first or prop.name not in kept], function


def _is_around(whole: str, part: str) -> bool:
    return whole != part and (not whole or part.startswith(whole + "."))


def _any(finals: Sequence[Property]) -> Expr:
    calls: tuple[Expr, ...] = tuple(Call(BOOL, prop.span, prop.function, ()) for prop in finals)
    return calls[0] if len(calls) == 1 else Or(BOOL, finals[0].span, calls)
