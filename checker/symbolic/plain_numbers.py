"""Numbers as bit vectors that are wide enough: every number comes with the interval in which it surely lies."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from checker.symbolic.plain_terms import MAX_WIDTH, CannotEncode, Term, Terms, width_of
from spec.lang.ir import ArithOp


@dataclass(frozen=True, slots=True)
class Num:
    """A number that is surely from `low` to `high`, where it matters at all."""

    term: Term
    low: int
    high: int


class Numbers:
    """Compares numbers and calculates with them; nothing overflows."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._known: dict[int, Num] = {}

    def num(self, value: int) -> Num:
        """A known number."""
        found = self._known.get(value)
        if found is None:
            found = self._known[value] = Num(self.terms.number(value, width_of(value, value)), value, value)
        return found

    def equal_numbers(self, left: Num, right: Num) -> Term:
        """`left == right`."""
        apart = left.high < right.low or right.high < left.low
        return self.terms.false if apart else self.terms.same(*self._common(left, right))

    def pick_number(self, test: Term, then: Num, other: Num) -> Num:
        """`then` where the test is true, else `other`."""
        if test is self.terms.true or then is other:
            return then
        if test is self.terms.false:
            return other
        low, high = min(then.low, other.low), max(then.high, other.high)
        return Num(self.terms.pick(test, *self._common(then, other)), low, high)

    def _common(self, left: Num, right: Num) -> tuple[Term, Term]:
        one, other = left.term, right.term
        width = max(one.width, other.width)
        return self.terms.widen(one, width), self.terms.widen(other, width)

    def less(self, left: Num, right: Num, *, strict: bool = True) -> Term:
        """`left < right`, or `left <= right`."""
        if left.high < right.low or (not strict and left.high == right.low):
            return self.terms.true
        if left.low > right.high or (strict and left.low == right.high):
            return self.terms.false
        return self.terms.less(*self._common(left, right), strict=strict)

    def calculate(self, op: ArithOp, left: Num, right: Num) -> Num:
        """Exact arithmetic, in as many bits as the result may need; `//` and `%` by a positive number that is known."""
        match op:
            case "min" | "max":
                first = self.less(left, right, strict=False) if op == "min" else self.less(right, left, strict=False)
                ends = min if op == "min" else max
                chosen = self.pick_number(first, left, right)
                return self._within(chosen.term, ends(left.low, right.low), ends(left.high, right.high))
            case "+":
                return self._exact("bvadd", left, right, [left.low + right.low, left.high + right.high])
            case "-":
                return self._exact("bvsub", left, right, [left.low - right.high, left.high - right.low])
            case "*":
                corners = itertools.product((left.low, left.high), (right.low, right.high))
                return self._exact("bvmul", left, right, [a * b for a, b in corners])
        if right.low != right.high or right.low <= 0:
            raise CannotEncode(f"'{op}' by a number that is not a known positive one")
        divisor = right.low
        rest = self._rest(left, right)
        if op == "%":
            return rest
        whole = self.calculate("-", left, rest)
        return self._exact("bvsdiv", whole, right, [left.low // divisor, left.high // divisor])

    def _rest(self, left: Num, right: Num) -> Num:
        """`left % right`: `bvsmod` has the sign of the divisor, as Python's remainder has."""
        if left.low == left.high:
            return self.num(left.low % right.low)
        return self._exact("bvsmod", left, right, [0, right.low - 1])

    def _exact(self, op: str, left: Num, right: Num, ends: list[int]) -> Num:
        """The operation in a width in which nothing overflows, cut to the width of the result."""
        low, high = min(ends), max(ends)
        if low == high:
            return self.num(low)
        width = max(left.term.width, right.term.width, width_of(low, high))
        if width > MAX_WIDTH:
            raise CannotEncode(f"a number may need {width} bits; {MAX_WIDTH} is the most")
        wide = self.terms.binary(op, self.terms.widen(left.term, width), self.terms.widen(right.term, width))
        return self._within(wide, low, high)

    def _within(self, term: Term, low: int, high: int) -> Num:
        """A term that is surely between the two, in the width that these need."""
        return Num(self.terms.narrow(term, min(term.width, width_of(low, high))), low, high)

    def total(self, tests: Iterable[Term]) -> Num:
        """How many of the tests are true."""
        result = self.num(0)
        for test in tests:
            result = self.calculate("+", result, self.pick_number(test, self.num(1), self.num(0)))
        return result
