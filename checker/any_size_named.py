"""How many elements of a sort one step can tell apart: what a counterexample to an inductive invariant may name.

A proof for any size is wrong where some step from a state of its invariant leads out of it, or to a broken promise.
Such a step names its arguments, the choices of nature and the elements in fields and constants without keys; the
promise that is broken names those of its comprehensions. Elements beyond these are all alike to the text, but for what
maps say of them. Text that wants to tell four elements apart therefore shows in this number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.machine import Function, Machine, RecordDecl
from spec.lang.types import OptionType, RecordType, SortType, Type, UnionType
from spec.lang.walk import children, expressions, statements, stmt_expressions


def named(finite: GroundMachine, sort: str) -> int:
    """The most elements of a sort that a step and a promise about it name together."""
    known = _Named(finite, sort)
    kept = sum(known.of(f.type) for f in finite.fields.values())
    kept += sum(known.of(c.type) for c in finite.constants.values())
    asked = max((known.depth(finite.functions[p.function]) for p in finite.properties), default=0)
    taken = max((known.step(finite.functions[a.function]) for a in finite.actions), default=0)
    return kept + asked + taken


def counted(machine: Machine) -> int:
    """The largest number that stands in the text; a count may be compared with it."""
    literals = (e.value for f in machine.functions.values() for e in expressions(f.body) if isinstance(e, ir.Lit))
    return max((value for value in literals if not isinstance(value, bool)), default=0)


class _Named:
    """Counts for one sort."""

    def __init__(self, finite: GroundMachine, sort: str) -> None:
        self.functions: Mapping[str, Function] = finite.functions
        self.records: Mapping[str, RecordDecl] = finite.records
        self.sort = sort

    def of(self, kind: Type) -> int:
        """How many elements a value of this type names by itself; those in maps, sets and sequences have keys."""
        match kind:
            case SortType(name):
                return int(name == self.sort)
            case OptionType(item):
                return self.of(item)
            case RecordType(name):
                return sum(self.of(item) for _, item in self.records[name].fields)
            case UnionType(variants):
                return max(self.of(RecordType(name)) for name in variants)
            case _:
                return 0

    def step(self, function: Function) -> int:
        """The arguments of an action, and the choices that it and its calls make."""
        return self.choices(function) + sum(self.of(p.type) for p in function.params)

    def choices(self, function: Function) -> int:
        """The choices of one call, with those of every call in its text: each call draws its own."""
        calls = (e for e in expressions(function.body) if isinstance(e, ir.Call))
        return sum(self.of(c.type) for c in function.choices) + sum(
            self.choices(self.functions[call.function]) for call in calls
        )

    def depth(self, function: Function) -> int:
        """The most variables of the sort that comprehensions inside one another bind."""
        return self._most(e for s in statements(function.body) for e in stmt_expressions(s))

    def _most(self, found: Iterable[ir.Expr]) -> int:
        return max((self._deep(e) for e in found), default=0)

    def _deep(self, expr: ir.Expr) -> int:
        inside = self._most(children(expr))
        if isinstance(expr, ir.Call):
            inside = max(inside, self.depth(self.functions[expr.function]))
        if isinstance(expr, ir.Quant):
            inside += sum(self.of(binder.type) for binder in expr.binders)
        return inside
