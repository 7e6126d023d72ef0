"""What one symbolic run can see and touch: the state as terms, where control is, and what went wrong so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from checker.symbolic.plain_shapes import Fitted
from checker.symbolic.plain_terms import CannotEncode, Term
from checker.symbolic.plain_values import Outcome, Sym, Symbols
from spec.lang.ground import GroundMachine
from spec.lang.ir import Inner
from spec.lang.machine import Function
from spec.lang.types import IntType, NoneType, OutcomeType, Type
from spec.lang.values import decode_slots, leaves

State = dict[str, Sym]
"""A value for every field."""


@dataclass(frozen=True, slots=True)
class Read:
    """The first read of a choice on some paths: where `when` is true, the next entry of the tape is its value."""

    when: Term
    name: str
    type: Type
    value: Sym


@dataclass(slots=True)
class Frame:
    """One call: its variables, the choices that the caller fixed, and those of nature with where each was read.

    `returns` are the results with where each was returned. `exits` counts the jumps so far.
    """

    function: Function
    variables: dict[str, Sym]
    given: dict[str, Sym]
    choices: dict[str, Sym] = field(default_factory=dict)
    read: dict[str, Term] = field(default_factory=dict)
    returns: list[tuple[Term, Sym]] = field(default_factory=list)
    breaks: list[Term] = field(default_factory=list)
    continues: list[Term] = field(default_factory=list)
    exits: int = 0


@dataclass(slots=True)
class World:
    """One run. `here` is true where control is; what is computed elsewhere means nothing and has no effect.

    `stopped` is where a fault or a false `require` has ended the run; it never overlaps with `here`.
    """

    ground: GroundMachine
    symbols: Symbols
    constants: State
    now: State
    here: Term
    stopped: Term
    faulted: Term
    disabled: Term
    warned: Term
    old: State | None = None
    section: str = ""
    reads: list[Read] | None = None
    after_write: Callable[[str], None] | None = None
    after_call: Callable[[Inner, State, Outcome, dict[str, Sym]], None] | None = None
    olds: dict[str, State] = field(default_factory=dict)

    def fault_if(self, bad: Term) -> None:
        """A violation of `bounds_are_kept` where `bad` is true: the run ends there."""
        t = self.symbols.terms
        self.faulted = t.either(self.faulted, t.both(self.here, bad))
        self._stop(bad)

    def disable_if(self, test: Term) -> None:
        """A false `require`: the action cannot happen there."""
        t = self.symbols.terms
        self.disabled = t.either(self.disabled, t.both(self.here, test))
        self._stop(test)

    def _stop(self, test: Term) -> None:
        t = self.symbols.terms
        self.stopped = t.either(self.stopped, t.both(self.here, test))
        self.here = t.both(self.here, t.no(test))

    def fitted(self, found: Fitted) -> Sym:
        """The value; a fault where it does not fit."""
        self.fault_if(found.misfit)
        return found.value

    @contextmanager
    def under(self, test: Term) -> Iterator[None]:
        """Evaluates only where the test is true; afterwards control is everywhere again, but for what was stopped."""
        t = self.symbols.terms
        entry, before = self.here, self.stopped
        self.here = t.both(entry, test)
        yield
        self.back(entry, before)

    def back(self, entry: Term, before: Term) -> None:
        """Control is where it was on entry, but for what was stopped since."""
        t = self.symbols.terms
        self.here = entry if self.stopped is before else t.both(entry, t.no(self.stopped))

    def choice(self, name: str, frame: Frame) -> Sym:
        """A choice of nature: one value per call, taken where it is first read."""
        t = self.symbols.terms
        if self.reads is None:
            raise CannotEncode(f"{frame.function.name} reads a choice where none is allowed")
        kind = next(c.type for c in frame.function.choices if c.name == name)
        if name not in frame.choices:
            frame.choices[name] = self.symbols.fresh(f"{self.section}.{name}", kind)
        known = frame.read.get(name, t.false)
        first = t.both(self.here, t.no(known))
        if first is not t.false:
            self.reads.append(Read(first, name, kind, frame.choices[name]))
        frame.read[name] = t.either(known, self.here)
        return frame.choices[name]

    def nothing(self, kind: Type) -> Sym:
        """A value of a type where there is none, and where it means nothing."""
        match kind:
            case OutcomeType():
                return Outcome({0: self.symbols.terms.true})
            case NoneType():
                return None
            case IntType():
                return self.symbols.num(0)
            case _:
                codes = (0,) * len(leaves(kind, self.ground))
                return self.symbols.constant(decode_slots(codes, kind, self.ground), kind)
