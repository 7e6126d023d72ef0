"""The three obligations of an inductive invariant as scripts: initiation, consecution, safety.

With I the invariant, which is its conjuncts and that states are well typed: every initial state is in I; every step
from a state in I, inside the boundaries, leads to a state in I; and no state in I and no step from one inside the
boundaries breaks a promise. That no run of the initialiser breaks one is asked with initiation, where nothing is
assumed of states. Every question is expected to be `unsat`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.symbolic.certificate_form import TYPED, Clause, Conjunct, Named, Promise, describe
from checker.symbolic.plain_machine import Plain, Start, Step
from checker.symbolic.plain_script import Script
from checker.symbolic.plain_terms import Term
from checker.symbolic.plain_values import Bag, Row, Sym, Table
from checker.symbolic.plain_world import State
from spec.lang.errors import RequestError
from spec.lang.types import Extent, IntType, MapType, SeqType, Type
from spec.lang.values import capacity, cardinality, decode

ALWAYS = (BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING)


@dataclass(frozen=True, slots=True)
class Part:
    """A conjunct with what it says of the state now, and of the next one."""

    about: str
    now: Term
    next: Term


class Obligations:
    """The obligations of one invariant of one machine.

    RequestError for a property, lemma, field or slot that the machine does not have.
    """

    def __init__(self, plain: Plain, promises: Sequence[Promise], invariant: Sequence[Conjunct]) -> None:
        self.plain = plain
        self.terms = plain.terms
        self.promises = tuple(promises)
        self._breaks_now, self._breaks_next = plain.state_breaks(plain.now), plain.state_breaks(plain.next)
        for promise in promises:
            _check_promise(plain, promise)
        self.typed = Part(TYPED, plain.typed(plain.now), plain.typed(plain.next))
        self.parts = [self._part(conjunct) for conjunct in invariant]
        self.rigid = plain.rigid()
        self.inside = plain.inside(plain.now)
        self.start: Start = plain.start
        self.steps: tuple[Step, ...] = plain.steps

    def _part(self, conjunct: Conjunct) -> Part:
        now, after = self.plain.now, self.plain.next
        self.terms.note = describe(conjunct)
        match conjunct:
            case Clause(literals, _):
                texts = [[self._literal(*one, state) for one in literals] for state in (now, after)]
                return Part(describe(conjunct), self.terms.either(*texts[0]), self.terms.either(*texts[1]))
            case Named(name, "lemma"):
                lemma = next((p for p in self.plain.of_kind("lemma") if p.name == name), None)
                if lemma is None:
                    raise RequestError(f"{self.plain.ground.machine.name} has no lemma '{name}'")
                return Part(describe(conjunct), self.plain.holds(lemma, now), self.plain.holds(lemma, after))
            case Named(name, _):
                if name not in self._breaks_now:
                    raise RequestError(f"{self.plain.ground.machine.name} has no invariant '{name}'")
                broken = self._breaks_now[name], self._breaks_next[name]
                return Part(describe(conjunct), self.terms.no(broken[0]), self.terms.no(broken[1]))

    def _literal(self, name: str, slot: int, codes: Sequence[int], state: State) -> Term:
        """True if the slot has one of the codes."""
        ground = self.plain.ground
        if name in ground.fields:
            value, kind = state[name], ground.fields[name].type
        elif name in ground.constants and name not in self.plain.fixed:
            value, kind = self.plain.constants[name], ground.constants[name].type
        else:
            raise RequestError(f"{ground.machine.name} has no field and no open constant '{name}'")
        slots = self._slots(value, kind)
        if not 0 <= slot < len(slots):
            raise RequestError(f"'{name}' has {len(slots)} slots, none with the number {slot}")
        held, slot_kind = slots[slot]
        count = cardinality(slot_kind, ground)
        if not all(0 <= code < count for code in codes):
            raise RequestError(f"slot {slot} of '{name}' has codes 0..{count - 1}, not all of {list(codes)[:8]}")
        if isinstance(held, Bag):
            return self._among(list(held.has.values()), sorted(set(codes)))
        values = [self.plain.symbols.constant(decode(code, slot_kind, ground), slot_kind) for code in range(count)]
        equal = [self.plain.symbols.equal(held, value) for value in values]
        if 2 * len(set(codes)) <= count:
            return self.terms.either(*(equal[code] for code in sorted(set(codes))))
        return self.terms.both(*(self.terms.no(equal[code]) for code in range(count) if code not in codes))

    def _slots(self, value: Sym, kind: Type) -> list[tuple[Sym, Type]]:
        """The slots of a value in the order of `spec.lang.values.leaves`, with their types."""
        match value, kind:
            case Table(entries), MapType(_, item):
                return [slot for entry in entries for slot in self._slots(entry, item)]
            case Row(length, items, _), SeqType(item, _):
                most = capacity(kind, self.plain.ground)
                return [(length, IntType(Extent(0), Extent(most))), *((entry, item) for entry in items)]
            case _:
                return [(value, kind)]

    def _among(self, bits: list[Term], codes: list[int]) -> Term:
        """True if the bits, the first one lowest, are one of the codes: by cases on the highest bit."""
        if not codes or len(codes) == 1 << len(bits):
            return self.terms.boolean(bool(codes))
        half = 1 << (len(bits) - 1)
        low = self._among(bits[:-1], [code for code in codes if code < half])
        high = self._among(bits[:-1], [code - half for code in codes if code >= half])
        return self.terms.pick(bits[-1], high, low)

    # --- the scripts --------------------------------------------------------------------------------------------

    def scripts(self, title: str) -> dict[str, Script]:
        """The three scripts by name; their heads say what they are, and then the title."""
        return {
            "initiation.smt2": self.initiation(f"Initiation: {INITIATION}\n{title}"),
            "consecution.smt2": self.consecution(f"Consecution: {CONSECUTION}\n{title}"),
            "safety.smt2": self.safety(f"Safety: {SAFETY}\n{title}"),
        }

    def initiation(self, title: str) -> Script:
        """One question per conjunct, and one per promise that the initialiser may break."""
        script = Script(title)
        script.assume("the constants", self.rigid)
        for part in (self.typed, *self.parts):
            outside = self.terms.no(part.now)
            happens = self.terms.both(self.start.ranges, self.start.completes, outside)
            script.ask(f"an initial state outside: {part.about}", happens)
        for promise in self.promises:
            if promise.name in self.start.breaks:
                breaks = self.terms.both(self.start.ranges, self.start.breaks[promise.name])
                script.ask(f"the initialiser breaks {promise.name}", breaks)
        return script

    def some_start(self) -> Script:
        """A script that is `sat` exactly if there is an initial state, without which nothing is promised."""
        script = Script("An initial state: this is expected to be sat.")
        script.assume("the constants", self.rigid)
        script.ask("an initial state", self.terms.both(self.start.ranges, self.start.completes))
        return script

    def consecution(self, title: str) -> Script:
        """One question per action."""
        script = self._from_invariant(title)
        script.assume("the state now is inside the boundaries", self.inside)
        for step in self.steps:
            script.ask(f"{step.action.name} leads out of the invariant", self.leaves(step, (self.typed, *self.parts)))
        return script

    def leaves(self, step: Step, parts: Sequence[Part]) -> Term:
        """The step is taken and breaks one of the conjuncts."""
        kept = self.terms.both(*(part.next for part in parts))
        return self.terms.both(step.ranges, step.completes, self.terms.no(kept))

    def safety(self, title: str) -> Script:
        """One question per promise for states, and one per promise and action for steps."""
        script = self._from_invariant(title)
        for about, term in self.breaks():
            script.ask(about, term)
        return script

    def breaks(self) -> list[tuple[str, Term]]:
        """The ways to break a promise in a state or by a step."""
        found: list[tuple[str, Term]] = []
        for promise in self.promises:
            if promise.name in self._breaks_now:
                found.append((f"a state breaks {promise.name}", self._breaks_now[promise.name]))
        for step in self.steps:
            for promise in self.promises:
                if promise.name in step.breaks:
                    term = self.terms.both(self.inside, step.ranges, step.breaks[promise.name])
                    found.append((f"{step.action.name} breaks {promise.name}", term))
        return found

    def _from_invariant(self, title: str) -> Script:
        script = Script(title)
        script.assume("the constants", self.rigid)
        for part in (self.typed, *self.parts):
            script.assume(f"invariant: {part.about}", part.now)
        return script


INITIATION = "every initial state is in the invariant, and no run of the initialiser breaks a promise."
CONSECUTION = "every step from a state of the invariant leads to a state of the invariant."
SAFETY = "no state of the invariant and no step from one breaks a promise."


def _check_promise(plain: Plain, promise: Promise) -> None:
    name, machine = promise.name, plain.ground.machine.name
    if promise.kind == "always":
        if name not in ALWAYS:
            raise RequestError(f"'{name}' is not always promised, or not by a certificate")
    elif not any(p.name == name and p.kind == promise.kind for p in plain.ground.properties):
        raise RequestError(f"{machine} has no promise '{name}' of kind {promise.kind} here")
