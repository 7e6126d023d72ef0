"""Two processes over one sort: a thread is in at most one; points of the same label stay apart.

By hand: 3 numbers, each thread out, up or down, but never both up at 2 nor both down at 0: 3 * 9 - 2.
run: Thread=2 -> states=25
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Up and down."""

    n: Annotated[int, Bounds(0, 2)] = 0

    @process(thread=Thread)
    def up(self, t: Thread) -> Process:
        require(self.n < 2)
        yield "go"
        if self.n == 2:
            return refuse(EBUSY, "full")
        self.n += 1
        return DONE

    @process(thread=Thread)
    def down(self, t: Thread) -> Process:
        require(self.n > 0)
        yield "go"
        if self.n == 0:
            return refuse(EBUSY, "empty")
        self.n -= 1
        return DONE

    @invariant
    def in_one_of_them(self) -> bool:
        return all(not (at(t, "up") and at(t, "down")) and idle(t) != (at(t, "up") or at(t, "down")) for t in Thread)

    @goal
    def both_run(self) -> bool:
        return any(at(t, "up.go") for t in Thread) and any(at(t, "down.go") for t in Thread)
