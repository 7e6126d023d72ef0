"""The twin of the symbolic engines: all states and inputs of a small system, one by one, by `Circuit.evaluate`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.symbolic.answers import Clause, Path
from checker.symbolic.circuit import Lit
from checker.symbolic.system import System

Bits = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What the system does at one state and one choice of inputs; `breaks` are the asks whose `step` is true."""

    inputs: dict[Lit, bool]
    valid: bool
    after: Bits
    breaks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Start:
    """What the initialiser does at one choice of its inputs."""

    inputs: dict[Lit, bool]
    valid: bool
    state: Bits
    breaks: frozenset[str]


def choices(lits: Sequence[Lit]) -> Iterator[dict[Lit, bool]]:
    """All values of these inputs."""
    for values in itertools.product((False, True), repeat=len(lits)):
        yield dict(zip(lits, values, strict=True))


class Twin:
    """All of a system in tables; AssertionError where it is no `System`: a step or a start that leaves `typed`."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.names = [ask.name for ask in system.asks]
        self.moves: dict[Bits, list[Move]] = {}
        self.bad: dict[Bits, frozenset[str]] = {}
        self.starts = [self._start(inputs) for inputs in choices(system.start_inputs)]
        self._walk()
        self._check()
        self.distance = self._distances()

    def _true(self, lits: Sequence[Lit], values: dict[Lit, bool]) -> list[bool]:
        return self.system.circuit.evaluate(lits, values)

    def _named(self, lits: Sequence[Lit], values: dict[Lit, bool]) -> frozenset[str]:
        return frozenset(n for n, v in zip(self.names, self._true(lits, values), strict=True) if v)

    def _start(self, inputs: dict[Lit, bool]) -> Start:
        system = self.system
        valid, *state = self._true([system.initial_valid, *system.initial], inputs)
        return Start(inputs, valid, tuple(state), self._named([a.start for a in system.asks], inputs))

    def _walk(self) -> None:
        system = self.system
        for at in choices(system.state):
            if not self._true([system.typed], at)[0]:
                continue
            state = tuple(at.values())
            self.bad[state] = self._named([a.state for a in system.asks], at)
            self.moves[state] = [self._move(at, inputs) for inputs in choices(system.inputs)]

    def _move(self, at: dict[Lit, bool], inputs: dict[Lit, bool]) -> Move:
        system, all_values = self.system, at | inputs
        valid = self._true([system.valid], all_values)[0]
        after = list(at.values())
        for case in system.cases:
            if self._true([case.selector], all_values)[0]:
                for bit, value in case.updates:
                    after[bit] = self._true([value], all_values)[0]
        return Move(inputs, valid, tuple(after), self._named([a.step for a in system.asks], all_values))

    def _check(self) -> None:
        for start in self.starts:
            assert not start.valid or start.state in self.moves, "an initial state is not typed"
        for moves in self.moves.values():
            assert all(not m.valid or m.after in self.moves for m in moves), "a step leaves the typed states"

    def _distances(self) -> dict[Bits, int]:
        distance = {start.state: 0 for start in self.starts if start.valid}
        queue = list(distance)
        for state in queue:
            for move in self.moves[state]:
                if move.valid and move.after not in distance:
                    distance[move.after] = distance[state] + 1
                    queue.append(move.after)
        return distance

    # --- what is broken -------------------------------------------------------------------------------------------

    def broken(self) -> dict[str, int]:
        """The asks that are broken (reached), with the least depth."""
        found = [(0, name) for start in self.starts for name in start.breaks]
        for state, depth in self.distance.items():
            found += [(depth, name) for name in self.bad[state]]
            found += [(depth + 1, name) for move in self.moves[state] for name in move.breaks]
        return {name: min(d for d, n in found if n == name) for name in {n for _, n in found}}

    def longest(self) -> int | None:
        """The most steps that a run can have; None where there are runs of any length, -1 where there are none."""
        states, steps = {start.state for start in self.starts if start.valid}, -1
        while states:
            states, steps = {m.after for s in states for m in self.moves[s] if m.valid}, steps + 1
            if steps > len(self.moves):
                return None
        return steps

    # --- induction ------------------------------------------------------------------------------------------------

    def sequences(self, k: int, *, simple: bool = False, among: set[Bits] | None = None) -> Iterator[tuple[Bits, ...]]:
        """All sequences of k typed states (of `among`) joined by valid steps; with `simple` pairwise different."""
        allowed = set(self.moves) if among is None else among & set(self.moves)
        if k == 1:
            yield from ((state,) for state in allowed)
            return
        for before in self.sequences(k - 1, simple=simple, among=allowed):
            for after in {m.after for m in self.moves[before[-1]] if m.valid} & allowed:
                if not simple or after not in before:
                    yield (*before, after)

    def violated(
        self,
        names: Sequence[str],
        k: int = 1,
        *,
        simple: bool = False,
        clauses: Sequence[Clause] = (),
        assumed: Sequence[str] | None = None,
    ) -> set[str]:
        """The names that some step from k good states in a row breaks; "" stands for the clauses.

        Good is a state where no `state` of the assumed names is true (of all names, if nothing is said) and all
        clauses are.
        """

        def breaks(state: Bits, asked: Sequence[str]) -> set[str]:
            lost = any(all(state[bit] != wanted for bit, wanted in clause) for clause in clauses)
            return (set(self.bad[state]) & set(asked)) | ({""} if lost else set())

        good = {state for state in self.moves if not breaks(state, names if assumed is None else assumed)}
        found: set[str] = set()
        for states in self.sequences(k, simple=simple, among=good):
            for move in self.moves[states[-1]]:
                found |= set(move.breaks) & set(names)
                if move.valid and not (simple and move.after in states):
                    found |= breaks(move.after, names)
        return found

    def inductive(
        self, names: Sequence[str], k: int = 1, *, simple: bool = False, clauses: Sequence[Clause] = ()
    ) -> bool:
        """Whether the names are proved by k-induction together, by the words of NOTE(induction) in `answers`."""
        broken = self.broken()
        if any(broken.get(name, k) < k for name in names):
            return False
        for state, depth in self.distance.items():
            if depth < k and any(all(state[bit] != wanted for bit, wanted in clause) for clause in clauses):
                return False
        return not self.violated(names, k, simple=simple, clauses=clauses)

    def greatest(
        self, names: Sequence[str], k: int = 1, *, simple: bool = False, known: Sequence[str] = ()
    ) -> set[str]:
        """The greatest set of names that together with the known ones is k-inductive: every subset is looked at."""
        for size in range(len(names), 0, -1):
            for chosen in itertools.combinations(names, size):
                if self.inductive([*known, *chosen], k, simple=simple):
                    return set(chosen)
        return set()

    # --- paths ----------------------------------------------------------------------------------------------------

    def ends(self, path: Path) -> frozenset[str]:
        """The asks that a path breaks at its end. AssertionError where it is no path of typed states and real steps."""
        if not path.states:
            assert path.inputs == (), "steps without states"
            return self._started(path).breaks
        assert all(state in self.moves for state in path.states), "a state is not typed"
        whole = len(path.states) - 1
        assert len(path.inputs) in (whole, whole + 1), "steps and states do not fit"
        for before, inputs, after in zip(path.states, path.inputs, path.states[1:], strict=False):
            move = self._find(before, inputs)
            assert move.valid and move.after == after, "no such step"
        if len(path.inputs) > whole:
            return self._find(path.states[-1], path.inputs[-1]).breaks
        return self.bad[path.states[-1]]

    def depth(self, path: Path, name: str) -> int:
        """The depth at which a path from an initial state breaks an ask; AssertionError where it does not."""
        assert name in self.ends(path), f"{name} is not broken there"
        if path.states:
            start = self._started(path)
            assert start.valid and start.state == path.states[0], "does not start in an initial state"
        return len(path.inputs)

    def _find(self, state: Bits, inputs: dict[Lit, bool]) -> Move:
        return next(m for m in self.moves[state] if m.inputs == inputs)

    def _started(self, path: Path) -> Start:
        return next(s for s in self.starts if s.inputs == path.start)
