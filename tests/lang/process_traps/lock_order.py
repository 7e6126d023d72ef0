"""Two locks in two orders.

run: Thread=2 -> violated=no_lock_cycle,no_deadlock
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """AB and BA."""

    a: Mutex[Thread] = FREE
    b: Mutex[Thread] = FREE
    n: bool = False

    @process(thread=Thread)
    def up(self, t: Thread) -> Process:
        yield from self.a.acquire(t)
        yield from self.b.acquire(t)
        self.n = True
        self.b.release(t)
        self.a.release(t)
        return DONE

    @process(thread=Thread)
    def down(self, t: Thread) -> Process:
        yield from self.b.acquire(t)
        yield from self.a.acquire(t)
        self.n = False
        self.a.release(t)
        self.b.release(t)
        return DONE
