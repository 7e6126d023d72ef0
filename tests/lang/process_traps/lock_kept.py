"""A process that ends with a lock warns, on one path; another releases what it does not hold.

run: Thread=2 -> violated=no_warnings,bounds_are_kept,no_lock_cycle,no_deadlock
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Forgets on its error path."""

    lock: Mutex[Thread] = FREE
    n: bool = False

    @process(thread=Thread)
    def change(self, t: Thread, *, fails: bool) -> Process:
        yield from self.lock.acquire(t)
        if fails:
            return refuse(EIO, "broken")
        self.n = not self.n
        self.lock.release(t)
        return DONE

    @process(thread=Thread)
    def drop(self, t: Thread) -> Process:
        require(self.n)
        yield
        self.lock.release(t)
        return DONE
