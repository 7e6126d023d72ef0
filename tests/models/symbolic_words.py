"""Runs ordinary Python on words that stand for all values at once, so that Z3 judges the code itself and no copy of it.

A function is called once for every way through it: wherever it asks for the truth of something that is not decided yet,
the run forks. Words are signed and wide enough (`WIDTH` bits) for everything that is computed from 64-bit words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

WIDTH = 96
Claims = dict[str, Any]


class NoWayError(Exception):
    """The decision that was turned cannot be false here."""


class Run:
    """One way through the function: what was decided so far, and what holds because of it."""

    def __init__(self, decided: list[bool]) -> None:
        self.decided = decided
        self.turned = len(decided)
        self.taken = 0
        self.solver = z3.SolverFor("QF_BV")

    def decide(self, condition: Any) -> bool:
        """The truth of a condition in this run; new conditions are true first if they can be."""
        condition = z3.simplify(condition)
        if z3.is_true(condition) or z3.is_false(condition):
            return bool(z3.is_true(condition))
        if self.taken == len(self.decided):
            self.decided.append(self.possible(condition))
        value = self.decided[self.taken]
        self.taken += 1
        self.solver.add(condition if value else z3.Not(condition))
        if self.taken == self.turned and self.solver.check() != z3.sat:
            raise NoWayError
        return value

    def possible(self, condition: Any) -> bool:
        return bool(self.solver.check(condition) == z3.sat)


RUNS: list[Run] = []
"""The run that is going on, last."""


class Truth:
    """A condition about words; asking for its truth forks."""

    def __init__(self, term: Any) -> None:
        self.term = term

    def __bool__(self) -> bool:
        return RUNS[-1].decide(self.term)


def term(value: Any) -> Any:
    """The bit-vector of a word or an integer."""
    return value.bits if isinstance(value, Word) else z3.BitVecVal(value, WIDTH)


class Word:
    """An integer that stands for all values."""

    def __init__(self, bits: Any) -> None:
        self.bits = bits

    def __and__(self, other: Any) -> Word:
        return Word(self.bits & term(other))

    def __or__(self, other: Any) -> Word:
        return Word(self.bits | term(other))

    def __xor__(self, other: Any) -> Word:
        return Word(self.bits ^ term(other))

    def __add__(self, other: Any) -> Word:
        return Word(self.bits + term(other))

    def __sub__(self, other: Any) -> Word:
        return Word(self.bits - term(other))

    def __rsub__(self, other: Any) -> Word:
        return Word(term(other) - self.bits)

    def __mul__(self, other: Any) -> Word:
        return Word(self.bits * term(other))

    def __lshift__(self, by: int) -> Word:
        return Word(self.bits << by)

    def __rshift__(self, by: int) -> Word:
        return Word(self.bits >> by)

    def __neg__(self) -> Word:
        return Word(-self.bits)

    def __invert__(self) -> Word:
        return Word(~self.bits)

    __rand__, __ror__, __rxor__, __radd__, __rmul__ = __and__, __or__, __xor__, __add__, __mul__

    def __eq__(self, other: object) -> Any:
        return Truth(self.bits == term(other))

    def __ne__(self, other: object) -> Any:
        return Truth(self.bits != term(other))

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Any:
        return Truth(self.bits < term(other))

    def __le__(self, other: Any) -> Any:
        return Truth(self.bits <= term(other))

    def __gt__(self, other: Any) -> Any:
        return Truth(self.bits > term(other))

    def __bool__(self) -> bool:
        return RUNS[-1].decide(self.bits != 0)

    def bit_length(self) -> int:
        """The length as an ordinary integer: one run for every value that is possible; never for negative words."""
        low, high = 0, WIDTH - 1
        while low < high:
            middle = (low + high) // 2
            if self < 1 << middle:
                high = middle
            else:
                low = middle + 1
        return low


def equal(left: Any, right: Any) -> Any:
    """The claim that two words are the same, without forking."""
    return term(left) == term(right)


def prove(claims_of: Callable[..., Claims], *names: str, assume: Callable[..., Any] | None = None) -> int:
    """Proves what the function claims on all its ways, for all words of 64 bits; gives the number of ways.

    `assume` gives a Z3 condition on the bit-vectors. A claim that fails is an AssertionError with the values.
    """
    ways, decided = 0, list[bool]()
    bits = [z3.BitVec(name, WIDTH) for name in names]
    while True:
        run = Run(decided)
        for b in bits:
            run.solver.add(z3.Extract(WIDTH - 1, 64, b) == 0)
        if assume is not None:
            run.solver.add(assume(*bits))
        if not ways:
            assert run.solver.check() == z3.sat, "the assumptions contradict each other"
        RUNS.append(run)
        try:
            refute(run, claims_of(*(Word(b) for b in bits)))
            ways += 1
        except NoWayError:
            pass
        finally:
            RUNS.pop()
        if not backtrack(run, decided):
            return ways


def refute(run: Run, claims: Claims) -> None:
    """All claims at once, then one by one if not all hold."""
    terms = {what: proposition(claim) for what, claim in claims.items()}
    if run.solver.check(z3.Not(z3.And(*terms.values()))) != z3.unsat:
        for what, claim in terms.items():
            refute_one(run, what, claim)
        raise AssertionError("the solver gave up")


def proposition(claim: Any) -> Any:
    """A claim as Z3 knows it."""
    if isinstance(claim, Truth):
        return claim.term
    return z3.BoolVal(claim) if isinstance(claim, bool) else claim


def refute_one(run: Run, what: str, claim: Any) -> None:
    answer = run.solver.check(z3.Not(claim))
    if answer == z3.sat:
        model = run.solver.model()
        raise AssertionError(f"{what}: " + ", ".join(f"{d} = {model[d].as_long():#x}" for d in model.decls()))
    assert answer == z3.unsat, f"{what}: the solver gave up"


def backtrack(run: Run, decided: list[bool]) -> bool:
    """Turns the last decision that was true and can be false; False if every way was gone."""
    taken = run.taken
    del decided[taken:]
    while decided:
        if decided.pop():
            decided.append(False)
            return True
    return False
