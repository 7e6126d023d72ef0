"""Exhaustive lock-step: in every reachable state of the spec every call is performed on the model and compared.

The model is driven along a tree of shortest paths, depth first, and brought back by its own marks; it is never run
from the start again. A step that differs is not gone through: what lies behind it is reached another way, or counted
as not covered.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.conform.budget import Budget, Over
from checker.conform.compare import Abandoned, Comparer, Walked
from checker.conform.differences import Found, raised
from checker.conform.explored import Explored
from checker.conform.implementation import Model, Running
from checker.conform.spec_side import Expected, Initial, SpecSide
from checker.conform.tour_graph import START, TourGraph, Tree

MOST_ABANDONED = 20
"""A model that cannot be brought back so often is not driven on."""


class Lockstep(Comparer):
    """The lock-step of one model with one instance of the spec; `walked` is truthful at any time."""

    def __init__(
        self, model: Model, side: SpecSide, explored: Explored, budget: Budget, found: Found, case: str = ""
    ) -> None:
        super().__init__(model, side, found, case)
        self.budget = budget
        self.missing: dict[int, None] = dict.fromkeys(explored.targets)
        self._starts = {one.state: one for one in explored.initial}
        self._graph = TourGraph(list(self._starts), explored.targets)
        self._abandoned = 0
        self._lost_edge = False

    def run(self) -> Walked:
        """Tours until every state that can be reached is done, or a limit is met."""
        try:
            while self.missing and self._abandoned < MOST_ABANDONED:
                before, self._lost_edge = len(self.missing), False
                tree = self._graph.tree(self.missing)
                if not tree:
                    break
                for state in tree[START]:
                    self._tour(self._starts[state], tree)
                assert len(self.missing) < before or self._lost_edge, "a tour gets on, or learns where it cannot"
        except Over as over:
            self.walked.stopped = str(over)
        except MemoryError:
            self.walked.stopped = "memory"
        except KeyboardInterrupt:
            self.walked.stopped = "interrupt"
        return self.walked

    # --- the tour -----------------------------------------------------------------------------------------------

    def _tour(self, initial: Initial, tree: Tree) -> None:
        """One model from its start through the whole tree below an initial state."""
        running = self.begin(initial)
        if details := self.seen(running, initial.state):
            self.differs(None, details, initial.state)
            self._drop(START, initial.state)
            return
        try:
            self._descend(running, initial.state, tree)
        except Abandoned:
            self._abandoned += 1

    def _descend(self, running: Running, root: int, tree: Tree) -> None:
        """Depth first, without recursion: a level holds a state, its mark and the children to come."""
        levels: list[tuple[int, int, Iterator[int]]] = []
        state = root
        while True:
            self._arrive(running, state)
            levels.append((state, running.mark(), iter(tree.get(state, ()))))
            while (step := self._onwards(running, levels[-1])) is None:
                levels.pop()
                if not levels:
                    return
                self._back(running, levels[-1][1], levels[-1][0])
                self.path.pop()
            call, state = step
            self.path.append(call)

    def _onwards(self, running: Running, level: tuple[int, int, Iterator[int]]) -> tuple[Expected, int] | None:
        """The step to the next child that the model goes with; None if there are no more."""
        state, mark, children = level
        for child in children:
            call = self._go(running, state, mark, child)
            if call is not None:
                return call, child
            self._drop(state, child)
        return None

    def _go(self, running: Running, state: int, mark: int, target: int) -> Expected | None:
        """Takes a step that the model takes as the spec does; None if there is none, and the model stands still."""
        wanted = state ^ target
        for entry in self.side.entries(state):
            for call in entry.expected if wanted in entry.changes else ():
                if call.change == wanted:
                    if not self.performed(running, call, target):
                        return call
                    self._back(running, mark, state)
        return None

    def _arrive(self, running: Running, state: int) -> None:
        """Compares every pair of a state that is new."""
        self.budget.look()
        if state not in self.missing:
            return
        try:
            entries = self.side.entries(state) if self.side.engine.inside(state) else []
            compared = self.compare(running, state, entries)
            self.still(running, state)
        except Abandoned:
            self._leave_out(state)
            raise
        self.walked.covered += compared
        self.walked.states += 1
        del self.missing[state]

    # --- what does not work -------------------------------------------------------------------------------------

    def _back(self, running: Running, mark: int, state: int) -> None:
        """Back on the way; if that goes wrong the tour ends here."""
        try:
            running.back(mark)
        except MemoryError:
            raise
        except Exception as error:
            self.differs(None, [raised(error)], state)
            self._leave_out(state)
            raise Abandoned from error

    def _drop(self, source: int, target: int) -> None:
        self._graph.drop(source, target)
        self._lost_edge = True

    def _leave_out(self, state: int) -> None:
        self._graph.leave_out(state)
        self._lost_edge = True
