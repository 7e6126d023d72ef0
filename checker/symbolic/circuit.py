"""Boolean circuits: gates over inputs, built once each, simplified as they are built.

NOTE(literals): a literal is an int, twice the number of a node plus one where it is negated. Node 0 is the constant, so
`FALSE` is 0 and `TRUE` is 1, and `lit ^ 1` is the negation.
NOTE(gates): a node is an input, an AND of at least two literals, an XOR of two or an ITE of three. The same gate over
the same literals is the same node, so equal literals mean equal functions (not the other way round).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

FALSE = 0
TRUE = 1

Lit = int
"""See NOTE(literals)."""

Gate = tuple[Literal["input", "and", "xor", "ite"], tuple[Lit, ...]]


def negate(lit: Lit) -> Lit:
    """The literal that is true where this one is false."""
    return lit ^ 1


class Circuit:
    """Nodes in the order they were made, so that the literals of a gate always belong to earlier nodes."""

    def __init__(self) -> None:
        self.gates: list[Gate] = [("input", ())]
        self.names: dict[int, str] = {}
        self._found: dict[Gate, Lit] = {}

    def input(self, name: str) -> Lit:
        """A new input; the name is for people."""
        self.gates.append(("input", ()))
        self.names[len(self.gates) - 1] = name
        return 2 * (len(self.gates) - 1)

    def conj(self, lits: Iterable[Lit]) -> Lit:
        """True where all of them are."""
        parts: set[Lit] = set()
        for lit in lits:
            if lit == FALSE:
                return FALSE
            if lit != TRUE:
                parts.add(lit)
        for lit in parts:
            if lit ^ 1 in parts:
                return FALSE
        if len(parts) == 2:
            return self._both(*parts)
        return self._conj(parts)

    def both(self, a: Lit, b: Lit) -> Lit:
        """True where `a` and `b` are."""
        if a == b:
            return a
        if a == FALSE or b == FALSE or a == b ^ 1:
            return FALSE
        if a == TRUE:
            return b
        if b == TRUE:
            return a
        return self._both(a, b)

    def _both(self, a: Lit, b: Lit) -> Lit:
        """One look below each side: `a` may already say `b`, or rule it out."""
        for x, y in ((a, b), (b, a)):
            kind, parts = self.gates[x >> 1]
            if kind == "and":
                if not x & 1:
                    if y in parts:
                        return x
                    if y ^ 1 in parts:
                        return FALSE
                elif y ^ 1 in parts:
                    return y
                elif y in parts:
                    rest = self.conj(p for p in parts if p != y)
                    return self.both(y, rest ^ 1)
        return self._conj({a, b})

    def _conj(self, parts: set[Lit]) -> Lit:
        if not parts:
            return TRUE
        if len(parts) == 1:
            return next(iter(parts))
        return self._gate(("and", tuple(sorted(parts))))

    def disj(self, lits: Iterable[Lit]) -> Lit:
        """True where at least one of them is."""
        return self.conj([lit ^ 1 for lit in lits]) ^ 1

    def either(self, a: Lit, b: Lit) -> Lit:
        """True where `a` or `b` is."""
        return self.both(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: Lit, b: Lit) -> Lit:
        """True where exactly one of `a` and `b` is."""
        if a >> 1 == b >> 1:
            return FALSE if a == b else TRUE
        if a <= TRUE:
            return b ^ a
        if b <= TRUE:
            return a ^ b
        sign = (a ^ b) & 1
        low, high = sorted((a & ~1, b & ~1))
        return self._gate(("xor", (low, high))) ^ sign

    def same(self, a: Lit, b: Lit) -> Lit:
        """True where `a` and `b` agree."""
        return self.xor(a, b) ^ 1

    def ite(self, test: Lit, then: Lit, other: Lit) -> Lit:
        """`then` where `test` is true, else `other`."""
        if test & 1:
            test, then, other = test ^ 1, other, then
        if test == FALSE:
            return other
        if then == other:
            return then
        if then >> 1 == test >> 1:
            then = then ^ test ^ 1
        if other >> 1 == test >> 1:
            other = other ^ test
        if then == TRUE:
            return self.either(test, other)
        if then == FALSE:
            return self.both(test ^ 1, other)
        if other == FALSE:
            return self.both(test, then)
        if other == TRUE:
            return self.either(test ^ 1, then)
        if then == other ^ 1:
            return self.xor(test, other)
        sign = then & 1
        return self._gate(("ite", (test, then ^ sign, other ^ sign))) ^ sign

    def _gate(self, gate: Gate) -> Lit:
        known = self._found.get(gate)
        if known is None:
            self.gates.append(gate)
            known = self._found[gate] = 2 * (len(self.gates) - 1)
        return known

    def cone(self, roots: Iterable[Lit]) -> list[int]:
        """The nodes that these literals depend on, in order, without the constant."""
        seen: set[int] = {0}
        waiting = [lit >> 1 for lit in roots]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(lit >> 1 for lit in self.gates[node][1])
        return sorted(seen - {0})

    def evaluate(self, roots: Sequence[Lit], inputs: Mapping[Lit, bool]) -> list[bool]:
        """The values of some literals at values of the inputs (by their positive literals); slow and obvious.

        KeyError for an input that matters and has no value.
        """
        value: dict[int, bool] = {0: False}

        def of(lit: Lit) -> bool:
            return value[lit >> 1] != bool(lit & 1)

        for node in self.cone(roots):
            kind, parts = self.gates[node]
            if kind == "input":
                value[node] = inputs[2 * node]
            elif kind == "and":
                value[node] = all(of(p) for p in parts)
            elif kind == "xor":
                value[node] = of(parts[0]) != of(parts[1])
            else:
                value[node] = of(parts[1]) if of(parts[0]) else of(parts[2])
        return [of(lit) for lit in roots]
