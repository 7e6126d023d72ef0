"""A thread waits for a lock that it holds itself.

By hand: nobody, the wait for the free lock, the wait for itself.
run: Thread=1 -> violated=no_lock_cycle,no_deadlock never=twice.lock_2 states=3 transitions=2
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Takes it twice."""

    lock: Mutex[Thread] = FREE
    n: bool = False

    @process(thread=Thread)
    def twice(self, t: Thread) -> Process:
        yield from self.lock.acquire(t)
        self.n = not self.n
        yield from self.lock.acquire(t)
        self.lock.release(t)
        return DONE
