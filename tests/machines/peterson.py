"""Peterson's algorithm: two threads, one flag each and whose turn it is.

Source: G. L. Peterson, "Myths about the mutual exclusion problem", Information Processing Letters 12(3), 1981. The
steps are those of `tlaplus/Examples`, specifications/locks_auxiliary_vars/Peterson.tla: a0 is idle, a4 is "leaving".
"""

from spec.lang import *

class Thread(Sort, size=2): "One of the two that compete."


class Peterson(Spec):
    """A thread says that it wants to enter, gives way, and waits until the other does not want to or gave way later."""

    wants: Map[Thread, bool] = everywhere(False)
    turn: Thread | None = None        # of the first thread once it is set up

    configurations = {"two": configuration("Two threads.", Thread=2)}

    @initial
    def boot(self) -> None:
        self.turn = first(t for t in Thread)

    @process(thread=Thread)
    def enter(self, t: Thread) -> Process:
        yield "wanting"
        self.wants[t] = True
        yield "giving way"
        self.turn = self.other(t)
        yield until(self.turn == t or not self.wants[self.other(t)])
        yield "critical"
        yield "leaving"
        self.wants[t] = False
        return DONE

    @pure
    def other(self, t: Thread) -> Thread:
        return first(o for o in Thread if o != t)

    @invariant
    def never_both(self) -> bool:
        return sum(1 for t in Thread if at(t, "critical") or at(t, "leaving")) < 2

    @leads_to
    def who_wants_to_enter_does(self, t: Thread) -> Promise:
        """Weak fairness is enough: once the other has given way again, the way in stays open."""
        return leads_to(at(t, "giving way"), at(t, "critical"))

    @goal
    def one_is_in(self) -> bool:
        return any(at(t, "critical") for t in Thread)


class FlagLast(Peterson):
    """Broken: the two assignments in the other order."""

    @process(thread=Thread)
    def enter(self, t: Thread) -> Process:
        yield "wanting"
        self.turn = self.other(t)
        yield "giving way"
        self.wants[t] = True
        yield until(self.turn == t or not self.wants[self.other(t)])
        yield "critical"
        yield "leaving"
        self.wants[t] = False
        return DONE
