"""A reader that wants to write waits for itself.

run: Thread=2 -> violated=no_lock_cycle,no_deadlock never=upgrade.sem_2
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Upgrade."""

    sem: RwLock[Thread] = FREE
    n: bool = False

    @process(thread=Thread)
    def upgrade(self, t: Thread) -> Process:
        yield from self.sem.acquire_read(t)
        yield from self.sem.acquire_write(t)
        self.n = not self.n
        self.sem.release(t)
        return DONE
