"""A reader that reads again waits for itself; a lock per flag, read and write waits across two locks.

run: Thread=2 -> violated=no_lock_cycle,no_deadlock never=read.sem_2
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """A set of readers cannot count."""

    sem: Map[bool, RwLock[Thread]] = everywhere(FREE)
    n: bool = False

    @process(thread=Thread)
    def read(self, t: Thread, which: bool) -> Process:
        yield from self.sem[which].acquire_read(t)
        self.n = not self.n
        yield from self.sem[which].acquire_read(t)
        self.sem[which].release(t)
        return DONE
