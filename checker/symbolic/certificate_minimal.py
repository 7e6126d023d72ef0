"""Which conjuncts an invariant needs: asked of Z3 with a switch before every conjunct, so that any may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import z3

from checker.symbolic.plain_obligations import Obligations
from checker.symbolic.plain_script import Printer
from checker.symbolic.plain_terms import Term
from checker.symbolic.solver import KEYBOARD, Unknown


@dataclass(slots=True)
class Switched:
    """One obligation. `assumed` and `kept` are the switches by conjunct: it is assumed; it has to be kept."""

    about: str
    solver: z3.Solver
    assumed: list[z3.BoolRef]
    kept: list[z3.BoolRef]

    def core(self, assumed: Iterable[int], kept: Iterable[int]) -> set[int] | None:
        """The conjuncts that keeping these rests on, among those assumed; None where they are not kept.

        `Unknown` if the solver does not say.
        """
        assumed, kept = set(assumed), set(kept)
        places = range(len(self.assumed))
        switches = [self.assumed[i] for i in places if i in assumed]
        switches += [self.kept[i] if i in kept else z3.Not(self.kept[i]) for i in places if self.kept]
        answer = self.solver.check(*switches)
        if answer == z3.unknown:
            if self.solver.reason_unknown() == KEYBOARD:
                raise KeyboardInterrupt
            raise Unknown(self.solver.reason_unknown())
        if answer == z3.sat:
            return None
        names = {str(one) for one in self.solver.unsat_core()}
        return {i for i in assumed if str(self.assumed[i]) in names}


class Minimal:
    """Leaves conjuncts of one invariant out. They are called by their places; that states are well typed always stays.

    `seconds` is for one question.
    """

    def __init__(self, obligations: Obligations, seconds: float) -> None:
        t = obligations.terms
        self.obligations = obligations
        self.seconds = seconds
        self.all = frozenset(range(len(obligations.parts)))
        self._assumed = [t.variable(f"assumed.{i}", 0) for i in sorted(self.all)]
        self._kept = [t.variable(f"kept.{i}", 0) for i in sorted(self.all)]
        self._bad = {**self._safety(), **self._consecution()}
        self._made: dict[str, Switched] = {}
        self.order = list(self._bad)

    def _safety(self) -> dict[str, tuple[Term, Sequence[Term]]]:
        """The state and each action: the promises that these can break."""
        groups: dict[str, list[Term]] = {}
        for about, term in self.obligations.breaks():
            groups.setdefault(f"{about.partition(' breaks ')[0]} breaks a promise", []).append(term)
        return {about: (self.obligations.terms.either(*found), ()) for about, found in groups.items()}

    def _consecution(self) -> dict[str, tuple[Term, Sequence[Term]]]:
        """Each action: the conjuncts that it may not keep."""
        t, o = self.obligations.terms, self.obligations
        after = t.both(o.typed.next, *(t.implies(k, part.next) for k, part in zip(self._kept, o.parts, strict=True)))
        outside = {
            f"{s.action.name} leads out of the invariant": t.both(o.inside, s.ranges, s.completes, t.no(after))
            for s in o.steps
        }
        return {about: (term, self._kept) for about, term in outside.items()}

    def question(self, about: str) -> Switched:
        """An obligation, built when it is asked for the first time."""
        if about not in self._made:
            self._made[about] = self._switched(about, *self._bad[about])
        return self._made[about]

    def _switched(self, about: str, bad: Term, kept: Sequence[Term]) -> Switched:
        t, o, assumed = self.obligations.terms, self.obligations, self._assumed
        given = [t.implies(a, part.now) for a, part in zip(assumed, o.parts, strict=True)]
        roots = [o.rigid, o.typed.now, *given, bad]
        printer = Printer([*roots, *assumed, *kept])
        lines = printer.declarations()
        for root in roots:
            lines += [*printer.definitions(root), f"(assert {printer.text(root)})"]
        context = z3.Context()
        solver = z3.SolverFor("QF_BV", ctx=context)
        solver.set("timeout", max(1, int(self.seconds * 1000)))
        solver.from_string("\n".join(lines))
        named = [[z3.Bool(v.name, context) for v in group] for group in (assumed, kept)]
        return Switched(about, solver, *named)

    def failing(self, places: Iterable[int], guess: str = "") -> str:
        """An obligation that fails with these conjuncts only, "" if none does.

        The guess is asked first, if it is an obligation, and then the one that failed last.
        """
        chosen = frozenset(places)
        for about in sorted(self.order, key=lambda about: about != guess):
            if self.question(about).core(chosen, chosen) is None:
                self.order.remove(about)
                self.order.insert(0, about)
                return about
        return ""

    def closure(self) -> frozenset[int]:
        """Conjuncts that are enough: those that the promises rest on, those that these rest on, and so on."""
        needed: set[int] = set()
        while True:
            before = set(needed)
            for question in map(self.question, self._bad):
                found = question.core(self.all, needed if question.kept else ())
                needed |= self.all if found is None else found
            if needed == before:
                return frozenset(needed)

    def reduced(self, order: Sequence[int] = ()) -> frozenset[int]:
        """Conjuncts that are enough and all needed: with any one left out, an obligation fails.

        They are tried in this order, the others after them. Nothing is promised about an invariant that is none.
        """
        kept = self.closure()
        while True:
            before = kept
            for place in dict.fromkeys([*order, *sorted(kept, reverse=True)]):
                if place in kept and not self.failing(kept - {place}):
                    kept -= {place}
            if kept == before:
                return kept
