"""Comprehensions over values that depend on inputs: a turn is evaluated under the test that it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.sym_values import Cases, SetOf, Sym
from checker.symbolic.sym_world import SymFrame
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.types import OptionType, SetType
from spec.lang.values import Value

if TYPE_CHECKING:
    from checker.symbolic.sym_expr import SymExpressions


@dataclass(slots=True)
class _Turns:
    """Whether the comprehension still goes on: `all`, `any` and `first` end at the turn that decides."""

    undecided: Lit = TRUE


class Quantifiers:
    """The node `Quant`; `look` evaluates what is inside it."""

    def __init__(self, look: SymExpressions) -> None:
        self.look = look
        self.world = look.world
        self.algebra, self.circuit = look.algebra, look.circuit

    def value(self, node: ir.Quant, frame: SymFrame) -> Sym:
        """The value of a comprehension."""
        match node.kind:
            case "all":
                return self._any(node, frame, 1) ^ 1
            case "any":
                return self._any(node, frame, 0)
            case "count":
                return self._count(node, frame)
            case "sum":
                return self._sum(node, frame)
            case "set":
                return self._set(node, frame)
            case "first":
                return self._first(node, frame)
            case "min" | "max":
                return self._extreme(node, frame)
            case _:
                assert_never(node.kind)

    # --- turns --------------------------------------------------------------------------------------------------

    def _turns(
        self, node: ir.Quant, frame: SymFrame, turns: _Turns, depth: int = 0, guard: Lit = TRUE
    ) -> Iterator[Lit]:
        """For each binding of the variables the literal that says that such a turn comes."""
        last = depth == len(node.binders)
        with self.world.under(self.circuit.both(guard, turns.undecided)):
            if last:
                cond = TRUE if node.cond is None else self.look.truth(node.cond, frame)
                elements: list[tuple[Lit, Sym]] = []
            else:
                elements = list(self.look.elements(node.binders[depth].domain, frame))
        if last:
            if (passes := self.circuit.both(guard, cond)) != FALSE:
                yield passes
            return
        for there, value in elements:
            if (reached := self.circuit.both(guard, there)) != FALSE:
                frame.variables[node.binders[depth].name] = value
                yield from self._turns(node, frame, turns, depth + 1, reached)

    def _bodies(self, node: ir.Quant, body: Expr, frame: SymFrame, turns: _Turns) -> Iterator[tuple[Lit, Sym]]:
        for guard in self._turns(node, frame, turns):
            with self.world.under(self.circuit.both(guard, turns.undecided)):
                value = self.look.value(body, frame)
            yield guard, value

    def _any(self, node: ir.Quant, frame: SymFrame, flip: int) -> Lit:
        """True where some turn's body (or its opposite) is true; turns after that one do not come."""
        assert node.body is not None
        turns, found = _Turns(), []
        for guard, body in self._bodies(node, node.body, frame, turns):
            assert isinstance(body, int)
            decides = self.circuit.both(guard, body ^ flip)
            found.append(decides)
            turns.undecided = self.circuit.both(turns.undecided, decides ^ 1)
        return self.circuit.disj(found)

    # --- numbers ------------------------------------------------------------------------------------------------

    def count(self, lits: Sequence[Lit]) -> Cases:
        """How many of these are true."""
        ite = self.circuit.ite
        total: list[Lit] = [TRUE]
        for lit in lits:
            if lit != FALSE:
                shifted = [FALSE, *total]
                total = [ite(lit, a, b) for a, b in zip(shifted, [*total, FALSE], strict=True)]
        return Cases({n: lit for n, lit in enumerate(total) if lit != FALSE})

    def _count(self, node: ir.Quant, frame: SymFrame) -> Cases:
        if node.body is None:
            return self.count(list(self._turns(node, frame, _Turns())))
        found = []
        for guard, body in self._bodies(node, node.body, frame, _Turns()):
            assert isinstance(body, int)
            found.append(self.circuit.both(guard, body))
        return self.count(found)

    def _sum(self, node: ir.Quant, frame: SymFrame) -> Sym:
        assert node.body is not None
        total: Sym = Cases({0: TRUE})
        for guard, body in self._bodies(node, node.body, frame, _Turns()):
            assert isinstance(total, Cases) and isinstance(body, Cases)
            more = self.algebra.product(total, body, lambda a, b: _int(a) + _int(b))
            total = self.algebra.merge(guard, more, total)
        return total

    def _extreme(self, node: ir.Quant, frame: SymFrame) -> Sym:
        assert node.body is not None
        choose = min if node.kind == "min" else max
        best: Sym = Cases({None: TRUE})
        for guard, body in self._bodies(node, node.body, frame, _Turns()):
            assert isinstance(best, Cases) and isinstance(body, Cases)
            better = self.algebra.product(best, body, lambda a, b: b if a is None else choose(_int(a), _int(b)))
            best = self.algebra.merge(guard, better, best)
        assert isinstance(best, Cases)
        self.world.fault(best.of.get(None, FALSE))
        return Cases({v: lit for v, lit in best.of.items() if v is not None})

    # --- items --------------------------------------------------------------------------------------------------

    def _set(self, node: ir.Quant, frame: SymFrame) -> SetOf:
        assert node.body is not None and isinstance(node.type, SetType)
        kind = node.type.item
        members: dict[Value, list[Lit]] = {v: [] for v in self.algebra.every(kind)}
        for guard, body in self._bodies(node, node.body, frame, _Turns()):
            with self.world.under(guard):
                self.look.fit(body, kind)
            for value, lit in self.algebra.spelled(body, kind).of.items():
                if value in members:
                    members[value].append(self.circuit.both(guard, lit))
        return SetOf({v: self.circuit.disj(lits) for v, lits in members.items()})

    def _first(self, node: ir.Quant, frame: SymFrame) -> Sym:
        assert node.body is not None and isinstance(node.type, OptionType)
        item, turns = node.type.item, _Turns()
        found: list[tuple[Lit, Cases]] = []
        for guard, body in self._bodies(node, node.body, frame, turns):
            with self.world.under(self.circuit.both(guard, turns.undecided)):
                self.look.fit(body, item)
            found.append((guard, self.algebra.spelled(body, item)))
            turns.undecided = self.circuit.both(turns.undecided, guard ^ 1)
        result: Sym = Cases({None: TRUE})
        for guard, value in reversed(found):
            result = self.algebra.merge(guard, value, result)
        return result


def _int(value: Value) -> int:
    assert type(value) is int, f"{value!r} is no number"
    return value
