"""Proofs without what they do not need: conjuncts that can go, literals that can go, promises that only follow.

NOTE(irredundant): the conjuncts of a proof are its clauses and its promises. A proof of some wanted promises is
irredundant if no proper subset of its conjuncts that has all of these is inductive. One conjunct is of no use exactly
if the greatest inductive subset of the others (found by leaving out whatever some step breaks, until nothing is broken)
still has all wanted promises.
Source: C. Flanagan, K. R. M. Leino, Houdini, an annotation assistant for ESC/Java (2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checker.symbolic.answers import Clause, Proof
from checker.symbolic.circuit import FALSE, Lit
from checker.symbolic.cnf import Numbering
from checker.symbolic.pdr_action import ActionStep, actions_of
from checker.symbolic.pdr_cubes import Cube, as_cube
from checker.symbolic.pdr_starts import Starts
from checker.symbolic.solver import Deadline, Solver, Unknown
from checker.symbolic.system import Ask, System

Conjunct = Ask | Clause


def irredundant(system: System, wanted: Sequence[str], proof: Proof, deadline: Deadline) -> Proof:
    """A proof of the wanted promises with only such clauses and other promises as it needs, and all of their literals
    that it needs; as far as that was found out at the deadline. A proof by more than one state stays as it is.

    ValueError for a proof that is none, or none of the wanted promises.
    """
    if proof.k != 1:
        return proof
    found = proof
    try:
        conjuncts = Conjuncts(system, proof, deadline)
        kept = conjuncts.kept(wanted)
        found = conjuncts.proof(kept)
        for place in conjuncts.others(wanted):
            if place in kept and (fewer := conjuncts.inductive(kept - {place}, wanted)) is not None:
                kept = fewer
                found = conjuncts.proof(kept)
    except Unknown:
        return found
    return found


def is_irredundant(system: System, wanted: Sequence[str], proof: Proof, deadline: Deadline | None = None) -> bool:
    """See NOTE(irredundant). `Unknown` where the solver does not answer, ValueError for a proof that is none."""
    conjuncts = Conjuncts(system, proof, deadline or Deadline())
    every = conjuncts.kept(wanted, whole=True)
    return not any(conjuncts.inductive(every - {place}, wanted) is not None for place in conjuncts.others(wanted))


def shorter_clauses(system: System, proof: Proof, deadline: Deadline) -> Proof:
    """The same proof with literals left out of clauses, each as long as the proof stays one; it says more then.

    As far as that was found out at the deadline. A proof by more than one state stays as it is.
    """
    if proof.k != 1:
        return proof
    conjuncts = Conjuncts(system, proof, deadline)
    starts = Starts(system, [], deadline)
    clauses = list(proof.clauses)
    try:
        for number in range(len(clauses)):
            for literal in proof.clauses[number]:
                shorter = tuple(other for other in clauses[number] if other != literal)
                if not starts.meets(_cube(shorter)) and conjuncts.strengthen(number, shorter):
                    clauses[number] = shorter
    except Unknown:
        pass
    return replace(proof, clauses=tuple(clauses), uses=())


def _cube(clause: Clause) -> Cube:
    """The states where a clause is false."""
    return as_cube(-(bit + 1) if wanted else bit + 1 for bit, wanted in clause)


def following(system: System, proof: Proof, deadline: Deadline) -> tuple[str, ...]:
    """Promises of a proof that are no conjuncts it needs: in every typed state the clauses and the other promises rule
    out that one of these is broken. `Unknown` where the solver does not answer."""
    solver = Solver(deadline)
    asks = [system.ask(name) for name in proof.promises]
    numbering = Numbering(system.circuit, system.state, [system.typed, *(ask.state for ask in asks)])
    solver.add([[1], *numbering.clauses(), [numbering.var(system.typed)]])
    solver.add([numbering.var(system.state[b] if w else system.state[b] ^ 1) for b, w in c] for c in proof.clauses)
    kept, found = list(asks), []
    for ask in asks:
        others = [other for other in kept if other is not ask]
        broken = [numbering.var(ask.state), *(-numbering.var(other.state) for other in others)]
        if not solver.solve(broken):
            kept = others
            found.append(ask.name)
    return tuple(found)


class Conjuncts:
    """The conjuncts of a proof by their places, and which sets of them are inductive. ValueError for no proof."""

    def __init__(self, system: System, proof: Proof, deadline: Deadline) -> None:
        if proof.k != 1:
            raise ValueError("only an invariant that every step keeps has conjuncts that can be left out")
        self.origin = proof
        self.parts: list[Conjunct] = [*(system.ask(name) for name in proof.promises), *proof.clauses]
        self.places = {name: place for place, name in enumerate(proof.promises)}
        first = Solver(deadline)
        self.actions = [_Action(step, self.parts, first) for step in actions_of(system)]

    def others(self, wanted: Iterable[str]) -> list[int]:
        """The places that may go: long clauses first, promises last."""
        kept = {self.places[name] for name in wanted}
        clauses = range(len(self.places), len(self.parts))
        sizes = {place: len(self.origin.clauses[place - len(self.places)]) for place in clauses}
        promises = [place for place in range(len(self.places)) if place not in kept]
        return [*sorted(clauses, key=lambda place: (-sizes[place], -place)), *promises]

    def kept(self, wanted: Iterable[str], *, whole: bool = False) -> frozenset[int]:
        """The places that the wanted promises rest on, or (with `whole`) all of them."""
        every = frozenset(range(len(self.parts)))
        if any(name not in self.places for name in wanted):
            raise ValueError("the proof does not speak of all wanted promises")
        if whole:
            if self.inductive(every, wanted) != every:
                raise ValueError("the proof is none")
            return every
        found: set[int] = set()
        waiting = {self.places[name] for name in wanted}
        while waiting:
            place = waiting.pop()
            found.add(place)
            for action in self.actions:
                waiting |= action.rests(place, every) - found
        return frozenset(found)

    def inductive(self, places: frozenset[int], wanted: Iterable[str]) -> frozenset[int] | None:
        """The greatest inductive subset, or None as soon as a wanted promise is not in it."""
        needed = {self.places[name] for name in wanted}
        quiet = 0
        while quiet < len(self.actions):
            for action in self.actions:
                broken = action.broken(places)
                quiet = 0 if broken else quiet + 1
                while broken:
                    if broken & needed:
                        return None
                    places -= broken
                    broken = action.broken(places)
        return places

    def strengthen(self, number: int, clause: Clause) -> bool:
        """Whether every step keeps a clause that says more than the one of this number; then it takes its place."""
        place = number + len(self.places)
        others = [other for other in range(len(self.parts)) if other != place]
        if not all(action.keeps(clause, others) for action in self.actions):
            return False
        for action in self.actions:
            action.exchange(place, clause)
        return True

    def proof(self, places: frozenset[int]) -> Proof:
        """The proof by some of the conjuncts."""
        promises = tuple(name for name, place in self.places.items() if place in places)
        clauses = tuple(c for i, c in enumerate(self.origin.clauses) if i + len(self.places) in places)
        return replace(self.origin, promises=promises, clauses=clauses, uses=())


class _Action:
    """A solver over the steps of one action: which conjuncts are broken if only some are assumed."""

    def __init__(self, step: ActionStep, parts: Sequence[Conjunct], like: Solver) -> None:
        self.step = step
        breaks = [self._breaks(part) for part in parts]
        holds = [self._holds(part) for part in parts]
        typed = step.step(step.system.typed)
        self.numbering = Numbering(step.circuit, step.state, [typed, step.valid, *step.after, *breaks, *holds])
        self.breaks = [0 if lit == FALSE else self.numbering.var(lit) for lit in breaks]
        self.holds = [self.numbering.var(lit) for lit in holds]
        self.solver = Solver(like.deadline, like)
        self.solver.add([[1], *self.numbering.clauses(), [self.numbering.var(typed)]])
        self.top = len(self.numbering.place)

    def _breaks(self, part: Conjunct) -> Lit:
        circuit, step = self.step.circuit, self.step
        if isinstance(part, Ask):
            return circuit.either(step.step(part.step), step.leads_to(part))
        if all(bit not in step.changed for bit, _ in part):
            return FALSE
        return circuit.conj([step.valid, *(step.after[bit] ^ int(wanted) for bit, wanted in part)])

    def _holds(self, part: Conjunct) -> Lit:
        if isinstance(part, Ask):
            return self.step.step(part.state) ^ 1
        return self.step.circuit.disj([self.step.state[bit] ^ int(not wanted) for bit, wanted in part])

    def broken(self, places: frozenset[int]) -> frozenset[int]:
        """Some of these conjuncts that a step from where all of them hold breaks; none where no step breaks any."""
        watched = [place for place in places if self.breaks[place]]
        if not watched:
            return frozenset()
        self.top += 1
        self.solver.add([[-self.top, *(self.breaks[place] for place in watched)]])
        answer = self.solver.solve([self.top, *(self.holds[place] for place in sorted(places))])
        found = frozenset(place for place in watched if answer and self.solver.value(self.breaks[place]))
        self.solver.add([[-self.top]])
        return found

    def rests(self, place: int, places: frozenset[int]) -> set[int]:
        """Those of the conjuncts that rule out that this one is broken. ValueError where they do not."""
        if not self.breaks[place]:
            return set()
        if self.solver.solve([self.breaks[place], *(self.holds[other] for other in sorted(places))]):
            raise ValueError("the proof is none")
        core = set(self.solver.core())
        return {other for other in places if self.holds[other] in core}

    def keeps(self, clause: Clause, places: Iterable[int]) -> bool:
        """Whether no step from where the clause and these conjuncts hold breaks the clause."""
        broken = [self.step.after[bit] ^ int(wanted) for bit, wanted in clause]
        assumed = [self._holding(clause), *(self.holds[place] for place in places)]
        return not self.solver.solve([*assumed, *map(self.numbering.var, [self.step.valid, *broken])])

    def exchange(self, place: int, clause: Clause) -> None:
        """From here on this clause is what holds at a place; what breaks it is not asked any more."""
        self.holds[place] = self._holding(clause)

    def _holding(self, clause: Clause) -> int:
        """A new literal that makes a clause hold."""
        literals = [self.step.state[bit] ^ int(not wanted) for bit, wanted in clause]
        self.top += 1
        self.solver.add([[-self.top, *map(self.numbering.var, literals)]])
        return self.top
