"""Readers share, a writer is alone; try variants; upgrading waits for itself.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Readers and writers."""

    sem: RwLock[Thread] = FREE
    value: bool = False

    @process(thread=Thread)
    def read(self, t: Thread, upgrade: bool) -> Process:
        yield from self.sem.acquire_read(t)
        before = self.value
        yield "reading"
        if before != self.value:
            warn("changed under a reader")
        if upgrade:
            again = self.sem.try_acquire_read(t)
            if not again:
                self.sem.release(t)
                return refuse(EAGAIN, "no-upgrade")
        self.sem.release(t)
        return DONE

    @process(thread=Thread)
    def write(self, t: Thread, patient: bool) -> Process:
        if patient:
            yield from self.sem.acquire_write(t)
        else:
            got = self.sem.try_acquire_write(t)
            if not got:
                return refuse(EBUSY, "in-use")
        self.value = not self.value
        yield "writing"
        self.sem.release(t)
        return DONE

    @invariant
    def alone(self) -> bool:
        return self.sem.writer is None or len(self.sem.readers) == 0

    @goal
    def two_readers(self) -> bool:
        return len(self.sem.readers) == 2
