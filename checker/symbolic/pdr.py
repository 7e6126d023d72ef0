"""IC3, property directed reachability: an inductive invariant that keeps all wanted promises, or paths that break them.

NOTE(frames): frame 0 is the initial states; frame i > 0 is what is left by the blocked cubes of levels >= i where all
promises are kept of states. A step from frame i ends in frame i + 1, and no step from a frame below the highest breaks
anything. Where two frames have the same cubes, they are an invariant.
NOTE(lifting): a cube in a proof obligation has only states from which the same inputs lead on, so a cube that meets the
initial states is a path.
NOTE(again): a cube that was blocked while a promise was assumed that turned out to be broken is out of reach for as
many steps, but steps into it are not ruled out by the frame below any more. So the cubes of a fixpoint may be no
invariant; then what is left is searched anew, without that promise from the beginning.
Sources: A. Bradley, SAT-based model checking without unrolling (2011); N. Een, A. Mishchenko, R. Brayton, Efficient
implementation of property directed reachability (2011).
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.symbolic.answers import Clause, Path, PdrResult, Proof
from checker.symbolic.pdr_cubes import Cube, outside
from checker.symbolic.pdr_frames import Frames
from checker.symbolic.pdr_generalise import Generaliser
from checker.symbolic.pdr_obligations import Agenda, Obligation
from checker.symbolic.pdr_path import broken_at_end, walk
from checker.symbolic.pdr_questions import Known
from checker.symbolic.pdr_relation import Relation
from checker.symbolic.pdr_starts import Starts
from checker.symbolic.pdr_verify import verify_proof
from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.system import Ask, System


def prove(system: System, wanted: Sequence[str], *, deadline: Deadline, known: Proof | None = None) -> PdrResult:
    """Proves the wanted names together, or breaks some of them; then the proof is one of all the others.

    What `known` proves is assumed, and is part of the proof that is returned, whose `k` is that of `known`. A limit,
    Ctrl-C or a solver that gives up is the `reason`; what is broken by then stays. KeyError for a name that is no
    ask, ValueError for a known proof that is none.
    """
    asks = [system.ask(name) for name in dict.fromkeys(wanted)]
    broken: dict[str, Path] = {}
    try:
        if known is not None and (fault := verify_proof(system, known.promises, known, deadline)):
            raise ValueError(f"what is given as known is not proved: {fault}")
        while True:
            run = Pdr(system, asks, deadline, known, broken)
            clauses = run.search()
            if not run.asks:
                return PdrResult(None, broken)
            proof = _proof(run, clauses, known)
            fault = verify_proof(system, [ask.name for ask in run.asks], proof, deadline)
            if not fault:
                return PdrResult(proof, broken)
            if len(run.asks) == len(asks):
                return PdrResult(None, broken, f"the invariant found is none: {fault}")
            asks = run.asks  # NOTE(again)
    except Unknown as unknown:
        return PdrResult(None, broken, unknown.reason)
    except KeyboardInterrupt:
        return PdrResult(None, broken, "interrupt")


def _proof(run: Pdr, clauses: tuple[Clause, ...], known: Proof | None) -> Proof:
    names = tuple(ask.name for ask in run.asks)
    if known is None:
        return Proof("pdr", 1, names, clauses, run.frames.top)
    promises = tuple(dict.fromkeys([*known.promises, *names]))
    return Proof("pdr", known.k, promises, (*known.clauses, *clauses), run.frames.top, simple=known.simple)


class Pdr:
    """One search; `asks` are the promises that are not broken, `broken` gets a path for each of the others."""

    def __init__(
        self,
        system: System,
        asks: Sequence[Ask],
        deadline: Deadline,
        known: Proof | None = None,
        broken: dict[str, Path] | None = None,
    ) -> None:
        self.system = system
        self.deadline = deadline
        self.asks = list(asks)
        self.broken: dict[str, Path] = {} if broken is None else broken
        names = known.promises if known else ()
        proved = [system.ask(name) for name in names]
        self.starts = Starts(system, asks, deadline)
        assumed = Known(tuple(proved), known.clauses if known else ())
        self.relation = Relation(system, asks, assumed, self.starts.solver)
        self.generaliser = Generaliser(self.relation, self.starts)
        self.frames = Frames()
        self.agenda = Agenda()
        self.obstacles: dict[Cube, Cube] = {}

    def search(self) -> tuple[Clause, ...]:
        """The clauses of an invariant that keeps all promises that are not broken. `Unknown` at a limit."""
        self._look_at_starts()
        while self.asks:
            self._clear()
            if not self.asks:
                break
            self._open()
            fixed = self._push()
            if fixed is not None:
                return tuple(outside(cube) for cube in self.frames.at(fixed))
        return ()

    # --- what is broken ---------------------------------------------------------------------------------------------

    def _look_at_starts(self) -> None:
        """What the initialiser breaks, and what initial states break."""
        while True:
            asks, inputs = self.starts.breaks_itself(self.asks)
            if not asks:
                break
            self._found(Path((), (), inputs), asks)
        while (start := self.starts.broken(self.asks)) is not None:
            path = Path((start[0],), (), start[1])
            self._found(path, broken_at_end(self.system, path, self.asks))

    def _trace(self, first: Obligation) -> None:
        """A cube that meets the initial states."""
        path = walk(self.system, *self.starts.within(first.cube), first)
        asks = broken_at_end(self.system, path, self.asks)
        assert asks, "a path breaks nothing"
        self._found(path, asks)

    def _found(self, path: Path, asks: list[Ask]) -> None:
        self.broken |= {ask.name: path for ask in asks}
        self.asks = [ask for ask in self.asks if ask not in asks]
        self.relation.promise(self.asks)
        self.agenda.clear()

    # --- the highest frame ------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        """Blocks all states of the highest frame from which one step breaks something."""
        top = self.frames.top
        while (obligation := self.relation.broken(top, self.asks)) is not None:
            if top == 0:
                self._trace(obligation)
            else:
                self.agenda.push(top, obligation)
                self._block()

    # --- obligations ------------------------------------------------------------------------------------------------

    def _block(self) -> None:
        """Deals with all obligations: each ends in a blocked cube, or one of them in a path."""
        while self.agenda:
            self.relation.renew(self.frames.everything())
            level, obligation = self.agenda.pop()
            if self.starts.meets(obligation.cube):
                self._trace(obligation)
            elif self.frames.blocks(obligation.cube, level):
                self._again(level, obligation)
            else:
                self._answer(level, obligation)

    def _answer(self, level: int, obligation: Obligation) -> None:
        part = self.generaliser.blocked(level - 1, obligation.cube)
        if part is None:
            before = Obligation(*self.relation.before(obligation.cube), obligation)
            if level == 1:
                self._trace(before)
            else:
                self.agenda.push(level, obligation)
                self.agenda.push(level - 1, before)
            return
        cube = self.generaliser.enlarge(level - 1, part)
        while level < self.frames.top and (further := self.generaliser.blocked(level, cube)) is not None:
            cube, level = further, level + 1
        self._add(cube, level)
        self._again(level, obligation)

    def _again(self, level: int, obligation: Obligation) -> None:
        """The same cube may be reached in more steps."""
        if level < self.frames.top:
            self.agenda.push(level + 1, obligation)

    def _add(self, cube: Cube, level: int) -> None:
        self.frames.add(cube, level)
        self.relation.block(cube, level)

    # --- levels -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self.frames.open()
        self.relation.open()

    def _push(self) -> int | None:
        """Moves cubes up as far as steps allow; the level of a frame that is like the one above it, if there is one."""
        for level in range(1, self.frames.top):
            for cube in list(self.frames.levels[level]):
                if cube in self.frames.levels[level] and not self._held_back(cube, level):
                    further = self.generaliser.blocked(level, cube)
                    if further is None:
                        self.obstacles[cube] = self.relation.model()
                    else:
                        self._add(further, level + 1)
            if not self.frames.levels[level]:
                return level + 1
        return None

    def _held_back(self, cube: Cube, level: int) -> bool:
        """Whether the state from which a step led into the cube when it was last tried is still in the frame."""
        state = self.obstacles.get(cube)
        return state is not None and not self.frames.blocks(state, level)
