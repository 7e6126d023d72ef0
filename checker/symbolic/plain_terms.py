"""Terms of SMT-LIB's QF_BV: Booleans and signed bit vectors, each built once, simplified only where it is obvious.

A bit vector is read as a two's complement number throughout. Terms are equal exactly if they are the same object.
"""

from __future__ import annotations

from collections.abc import Iterable

from spec.lang.errors import EngineError

BOOLEAN = 0
"""The width of a Boolean, which is no bit vector."""


MAX_WIDTH = 256
"""The widest bit vector: text whose numbers may need more is not encoded."""


class CannotEncode(EngineError):
    """The machine has something that the encoder does not turn into SMT-LIB; nothing may be concluded from this."""


class Term:
    """A term: `op` is the SMT-LIB operator, or `var` or `lit`. Made by `Terms` only."""

    __slots__ = ("args", "label", "name", "note", "number", "op", "value", "width")

    def __init__(self, op: str, args: tuple[Term, ...], width: int, number: int) -> None:
        self.op = op
        self.args = args
        self.width = width
        self.number = number
        self.name = ""
        self.label = ""
        self.note = ""
        self.value = 0


class Terms:
    """All terms of one script. `note` says what is being encoded; new terms remember it for the reader."""

    def __init__(self) -> None:
        self.note = ""
        self._known: dict[tuple[object, ...], Term] = {}
        self._names: dict[str, int] = {}
        self._count = 0
        self.false = self._literal(0, BOOLEAN)
        self.true = self._literal(1, BOOLEAN)

    # --- leaves -------------------------------------------------------------------------------------------------

    def variable(self, name: str, width: int) -> Term:
        """A new variable; a name that is taken gets a number."""
        made = Term("var", (), width, self._next())
        made.name = self.unique(name)
        return made

    def unique(self, name: str) -> str:
        """The name, with a number if it was given out before."""
        seen = self._names.get(name, 0)
        self._names[name] = seen + 1
        return name if not seen else self.unique(f"{name}~{seen + 1}")

    def label(self, term: Term, name: str) -> Term:
        """The term itself, which scripts define under this name unless it is short or has one."""
        if term.args and not term.label:
            term.label = self.unique(name)
        return term

    def number(self, value: int, width: int) -> Term:
        """A literal bit vector."""
        assert width > 0 and width_of(value, value) <= width, f"{value} does not fit into {width} bits"
        return self._literal(value, width)

    def boolean(self, value: bool) -> Term:
        """A literal Boolean."""
        return self.true if value else self.false

    def _literal(self, value: int, width: int) -> Term:
        made = self._make("lit", (), width, value)
        made.value = value
        return made

    # --- logic --------------------------------------------------------------------------------------------------

    def no(self, term: Term) -> Term:
        """Negation."""
        if term.op == "lit":
            return self.boolean(not term.value)
        return term.args[0] if term.op == "not" else self._make("not", (term,), BOOLEAN)

    def both(self, *terms: Term) -> Term:
        """Conjunction; of none it is true."""
        return self._junction("and", self.true, self.false, terms)

    def either(self, *terms: Term) -> Term:
        """Disjunction; of none it is false."""
        return self._junction("or", self.false, self.true, terms)

    def _junction(self, op: str, neutral: Term, absorbing: Term, terms: Iterable[Term]) -> Term:
        kept = dict.fromkeys(terms)
        kept.pop(neutral, None)
        if absorbing in kept or any(t.op == "not" and t.args[0] in kept for t in kept):
            return absorbing
        if len(kept) < 2:
            return next(iter(kept), neutral)
        return self._make(op, tuple(kept), BOOLEAN)

    def implies(self, premise: Term, then: Term) -> Term:
        """Implication."""
        return self.either(self.no(premise), then)

    def same(self, left: Term, right: Term) -> Term:
        """Equality of two terms of one sort."""
        assert left.width == right.width
        if left is right:
            return self.true
        if left.op == right.op == "lit":
            return self.false
        for literal, other in ((left, right), (right, left)):
            if literal.op == "lit" and literal.width == BOOLEAN:
                return other if literal.value else self.no(other)
        return self._make("=", (left, right), BOOLEAN)

    def pick(self, test: Term, then: Term, other: Term) -> Term:
        """`then` if the test is true, else `other`."""
        assert then.width == other.width
        if test.op == "lit":
            return then if test.value else other
        if then is other:
            return then
        if then is self.true or other is self.false:
            return self.either(test, other) if then is self.true else self.both(test, then)
        if then is self.false or other is self.true:
            return self.both(self.no(test), other) if then is self.false else self.implies(test, then)
        return self._make("ite", (test, then, other), then.width)

    # --- numbers ------------------------------------------------------------------------------------------------

    def widen(self, term: Term, width: int) -> Term:
        """The same number in more bits."""
        assert width >= term.width
        if width == term.width:
            return term
        if term.op == "lit":
            return self.number(term.value, width)
        return self._make(f"(_ sign_extend {width - term.width})", (term,), width)

    def narrow(self, term: Term, width: int) -> Term:
        """The lowest bits: the same number where it fits."""
        assert width <= term.width
        if term.op == "lit":
            cut = term.value & ((1 << width) - 1)
            return self.number(cut - (1 << width) if cut >> (width - 1) else cut, width)
        return self._make(f"(_ extract {width - 1} 0)", (term,), width) if width < term.width else term

    def binary(self, op: str, left: Term, right: Term) -> Term:
        """`bvadd`, `bvsub`, `bvmul`, `bvsdiv`, `bvsmod` of two vectors of one width."""
        assert left.width == right.width
        return self._make(op, (left, right), left.width)

    def less(self, left: Term, right: Term, *, strict: bool = True) -> Term:
        """`left < right`, or `left <= right`."""
        assert left.width == right.width
        if left is right:
            return self.boolean(not strict)
        if left.op == right.op == "lit":
            return self.boolean(left.value < right.value or (not strict and left.value == right.value))
        return self._make("bvslt" if strict else "bvsle", (left, right), BOOLEAN)

    # --- all of them --------------------------------------------------------------------------------------------

    def _make(self, op: str, args: tuple[Term, ...], width: int, value: int = 0) -> Term:
        key = (op, args, width, value)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Term(op, args, width, self._next())
            found.note = self.note
        return found

    def _next(self) -> int:
        self._count += 1
        return self._count


def width_of(low: int, high: int) -> int:
    """The least width, at least 1, that holds every number from `low` to `high`."""
    return 1 + max(high.bit_length() if high >= 0 else (~high).bit_length(),
                   low.bit_length() if low >= 0 else (~low).bit_length())
