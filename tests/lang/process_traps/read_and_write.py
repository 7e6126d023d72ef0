"""A reader of one lock that wants to write another: two of them wait for each other, each other's way round.

run: Thread=2 -> violated=no_lock_cycle,no_deadlock
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Left and right."""

    sem: Map[bool, RwLock[Thread]] = everywhere(FREE)
    n: Annotated[int, Bounds(0, 1)] = 0

    @process(thread=Thread)
    def cross(self, t: Thread, side: bool) -> Process:
        yield from self.sem[side].acquire_read(t)
        yield from self.sem[not side].acquire_write(t)
        self.n = 1 - self.n
        self.sem[not side].release(t)
        self.sem[side].release(t)
        return DONE
