"""Transaction commit, and the two-phase protocol that achieves it.

Source: J. Gray and L. Lamport, "Consensus on Transaction Commit", ACM TODS 31(1), 2006, sections 2 and 3; their
modules TCommit and TwoPhase, whose actions these are.
"""

from spec.lang import *

class Manager(Sort, size=3): "A resource manager: one of those that have to agree."
class Stage(Enum): WORKING = auto(); PREPARED = auto(); COMMITTED = auto(); ABORTED = auto()
class Decision(Enum): COMMIT = auto(); ABORT = auto()


class TransactionCommit(Spec):
    """What every commit protocol promises, as a machine that sees all managers at once."""

    stage: Map[Manager, Stage] = everywhere(Stage.WORKING)

    configurations = {"three": configuration("Three managers.", Manager=3)}

    @kernel
    def prepare(self, m: Manager) -> None:
        """Ready to commit, if all are."""
        require(self.stage[m] is Stage.WORKING)
        self.stage[m] = Stage.PREPARED

    @kernel
    def decide_to_commit(self, m: Manager) -> None:
        """All others are ready or have committed."""
        require(self.stage[m] is Stage.PREPARED
                and all(self.stage[o] in (Stage.PREPARED, Stage.COMMITTED) for o in Manager))
        self.stage[m] = Stage.COMMITTED

    @kernel
    def decide_to_abort(self, m: Manager) -> None:
        """Nobody has committed yet."""
        require(self.stage[m] in (Stage.WORKING, Stage.PREPARED)
                and all(self.stage[o] is not Stage.COMMITTED for o in Manager))
        self.stage[m] = Stage.ABORTED

    @invariant
    def nobody_commits_what_another_aborts(self) -> bool:
        return not (any(self.stage[m] is Stage.COMMITTED for m in Manager)
                    and any(self.stage[m] is Stage.ABORTED for m in Manager))

    @goal
    def all_commit(self) -> bool:
        return all(self.stage[m] is Stage.COMMITTED for m in Manager)

    @final
    def all_have_decided(self) -> bool:
        return all(self.stage[m] in (Stage.COMMITTED, Stage.ABORTED) for m in Manager)


class TwoPhaseCommit(Spec):
    """One transaction manager hears who is prepared, decides and tells; messages are never taken back."""

    stage: Map[Manager, Stage] = everywhere(Stage.WORKING)
    decision: Decision | None = None
    heard: Set[Manager] = set()           # whose word that it is prepared has arrived
    prepared: Set[Manager] = set()        # messages of the managers
    told: Set[Decision] = set()           # messages of the transaction manager

    configurations = {
        "three": configuration("Three managers.", Manager=3),
        "six": configuration("Benchmark: six managers, as many as in the comments of the original.", Manager=6),
    }

    @kernel
    def hear(self, m: Manager) -> None:
        """The transaction manager reads a message, perhaps once more."""
        require(self.decision is None and m in self.prepared)
        self.heard |= {m}

    @kernel
    def commit(self) -> None:
        """The transaction manager commits: all are prepared."""
        require(self.decision is None and self.all_are_heard())
        self.decision = Decision.COMMIT
        self.told |= {Decision.COMMIT}

    def all_are_heard(self) -> bool:
        return all(m in self.heard for m in Manager)

    @kernel
    def abort(self) -> None:
        """The transaction manager may abort for reasons of its own."""
        require(self.decision is None)
        self.decision = Decision.ABORT
        self.told |= {Decision.ABORT}

    @kernel
    def prepare(self, m: Manager) -> None:
        """A manager is ready and says so."""
        require(self.stage[m] is Stage.WORKING)
        self.stage[m] = Stage.PREPARED
        self.prepared |= {m}

    @kernel
    def choose_to_abort(self, m: Manager) -> None:
        """A manager gives up before it said that it is prepared; it need not tell."""
        require(self.stage[m] is Stage.WORKING)
        self.stage[m] = Stage.ABORTED

    @kernel
    def obey_commit(self, m: Manager) -> None:
        """A manager reads that all commit."""
        require(Decision.COMMIT in self.told)
        self.stage[m] = Stage.COMMITTED

    @kernel
    def obey_abort(self, m: Manager) -> None:
        """A manager reads that all abort."""
        require(Decision.ABORT in self.told)
        self.stage[m] = Stage.ABORTED

    @invariant
    def nobody_commits_what_another_aborts(self) -> bool:
        return not (any(self.stage[m] is Stage.COMMITTED for m in Manager)
                    and any(self.stage[m] is Stage.ABORTED for m in Manager))

    @goal
    def all_commit(self) -> bool:
        return all(self.stage[m] is Stage.COMMITTED for m in Manager)

    @final
    def all_have_decided(self) -> bool:
        return all(self.stage[m] in (Stage.COMMITTED, Stage.ABORTED) for m in Manager)


class HastyManager(TwoPhaseCommit):
    """Broken: the transaction manager commits as soon as anybody is prepared."""

    def all_are_heard(self) -> bool:
        return len(self.heard) > 0
