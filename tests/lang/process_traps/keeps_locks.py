"""A lock that is meant to be kept: no warning, and another call of the thread lets it go.

By hand: free with each thread out or waiting, or held by one with the other out or waiting: 4 + 2 * 2; every
thread that is out can call, every holder let go, and a holder that calls again is refused.
run: Thread=2 -> states=8 transitions=14 refusals=4
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Lock and unlock as two calls."""

    lock: Mutex[Thread] = FREE

    @process(thread=Thread, keeps_locks=True)
    def grab(self, t: Thread) -> Process:
        if self.lock == t:
            return refuse(EDEADLK, "mine-already")
        yield from self.lock.acquire(t)
        return DONE

    @kernel
    def let_go(self, t: Thread) -> None:
        require(self.lock == t)
        self.lock.release(t)
