"""Bounded model checking: whether something is broken (reached) by a path of 0, 1, 2 ... steps, by unrolling.

NOTE(depth): a depth is finished when everything still wanted is shown not to be broken there. So the path of every
name that is found is a shortest one, and no depth is passed over: where the solver gives no answer, the search ends.
NOTE(order): at depth d first the d-th step is asked, while its inputs may be anything; only then it has to be valid and
lead to the state that is asked next.
NOTE(local): what every step from a state where nothing undecided is broken keeps, is clear at depth d once everything
is clear at depth d - 1. With `local` such names are not asked at d; this looks at single steps only, as induction does.
Source: A. Biere, A. Cimatti, E. Clarke, Y. Zhu, Symbolic model checking without BDDs (1999).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from checker.symbolic.answers import BmcResult, Bounded, Path
from checker.symbolic.circuit import FALSE, Lit
from checker.symbolic.induction_step import StepCase, step_cases
from checker.symbolic.solver import Deadline, Solver, Unknown
from checker.symbolic.system import Ask, System
from checker.symbolic.unroll import Initialiser, Unrolling, Variables, any_of


def search(
    system: System,
    wanted: Sequence[str],
    *,
    depth: int | None,
    deadline: Deadline,
    report: Callable[[int], None] | None = None,
    known: Sequence[str] = (),
    local: bool = False,
) -> BmcResult:
    """Looks for a shortest path to each of the wanted names, up to `depth` steps, or as long as something is wanted.

    `report` is called with every depth that is finished. `known` are names that are proved: they are never asked, and
    that no state breaks them helps the solver. `local`: see the note; a search without it shares nothing with the
    proofs of induction. A limit of time or memory, Ctrl-C and a solver that gives up
    end the search with a reason; what was found stays. KeyError for a name that is no ask.
    """
    bmc = Bmc(system, wanted, deadline, known, local=local)
    reason = ""
    try:
        while bmc.undecided and not bmc.ended and (depth is None or bmc.depth < depth):
            bmc.deepen()
            if report is not None:
                report(bmc.depth)
    except Unknown as unknown:
        reason = unknown.reason
    except KeyboardInterrupt:
        reason = "interrupt"
    if not reason and bmc.undecided:
        reason = "end" if bmc.ended else "depth"
    return BmcResult(bmc.found, Bounded(bmc.depth, reason, bmc.inductive))


class Bmc:
    """A search that is taken one depth further at a time; `depth` is the last one finished, `found` what was found.

    `ended` where no run has more steps than `depth`, or where what is undecided is clear at every depth; it is
    then `inductive`.
    """

    def __init__(
        self,
        system: System,
        wanted: Sequence[str],
        deadline: Deadline,
        known: Sequence[str] = (),
        *,
        local: bool = False,
    ) -> None:
        self.system, self.deadline = system, deadline
        self.undecided: list[Ask] = [system.ask(name) for name in dict.fromkeys(wanted) if name not in known]
        self.known = [replace(system.ask(name), step=FALSE, start=FALSE) for name in known]
        self.found: dict[str, Path] = {}
        self.depth = -1
        self.ended = self.inductive = False
        self.local = local
        self.steps: list[StepCase] = []
        self.kept: frozenset[str] = frozenset()
        self.clear: frozenset[str] = frozenset()
        self.variables = Variables(Solver(deadline))
        self.initialiser = Initialiser(system, self.undecided, self.variables)
        self.unrolling = Unrolling(system, [*self.undecided, *self.known], self.variables)

    def deepen(self) -> None:
        """Finishes the next depth. `Unknown` where the solver does not answer; then `depth` stays."""
        self._first() if self.depth < 0 else self._next()
        self.depth += 1
        if self.local and self.undecided and not self.ended:
            self._look_at_steps()

    def _first(self) -> None:
        self._look([(ask, self.initialiser.var(ask.start)) for ask in self.undecided if ask.start != FALSE], 0, 0)
        frame = self.unrolling.add_frame()
        self.unrolling.begin(self.initialiser)
        self._look_at_state(frame)

    def _next(self) -> None:
        frame = self.unrolling.frames - 1
        if steps := [(ask, ask.step) for ask in self._asked() if ask.step != FALSE]:
            self.unrolling.need("steps", frame)
            self._look(self._literals(steps, frame), frame + 1, frame + 1)
        self.unrolling.add_frame()
        self.unrolling.move(frame)
        self._look_at_state(frame + 1)

    def _look_at_state(self, frame: int) -> None:
        self.unrolling.need("states", frame)
        proved = [(ask, ask.state) for ask in (*self.known, *self.undecided) if ask not in self._asked()]
        self.variables.solver.add([[-variable] for _, variable in self._literals(proved, frame)])
        self._look(self._literals([(ask, ask.state) for ask in self._asked()], frame), frame + 1, frame)
        self.ended = not self.variables.solver.solve()  # no path is so long

    def _literals(self, lits: list[tuple[Ask, Lit]], frame: int) -> list[tuple[Ask, int]]:
        return [(ask, self.unrolling.var(lit, frame)) for ask, lit in lits if lit != FALSE]

    def _asked(self) -> list[Ask]:
        """What may be broken at the next depth."""
        return [ask for ask in self.undecided if ask.name not in self.kept]

    def _look_at_steps(self) -> None:
        """What is kept by every step, as long as what is undecided is clear: see NOTE(local)."""
        names = [ask.name for ask in self.undecided]
        clear = frozenset([*names, *(ask.name for ask in self.known)])
        if clear == self.clear:
            return
        if not self.steps:
            self.steps = step_cases(self.system, sorted(clear), self.deadline)
        kept = [name for name in names if all(step.violated(clear, [name]) is None for step in self.steps)]
        self.clear, self.kept = clear, frozenset(kept)
        self.ended = self.inductive = len(kept) == len(names)

    def _look(self, places: list[tuple[Ask, int]], states: int, steps: int) -> None:
        """One question for all of them; while the answer is yes, those that the model breaks are found."""
        solver = self.variables.solver
        while any_of(self.variables, [variable for _, variable in places]):
            broken = [ask for ask, variable in places if solver.value(variable)]
            path = self.unrolling.path(states, steps, self.initialiser)
            self.found |= {ask.name: path for ask in broken}
            self.undecided = [ask for ask in self.undecided if ask not in broken]
            places = [(ask, variable) for ask, variable in places if ask not in broken]
        solver.add([[-variable] for _, variable in places])
