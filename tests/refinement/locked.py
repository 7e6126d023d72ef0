"""An atomic increment, and processes that do it in several steps, with and without a lock."""

from typing import Annotated

from spec.lang import *


class Task(Sort, size=2):
    "A task in the kernel."


class Atomic(Spec):
    """The whole call at one moment."""

    count: Annotated[int, Bounds(0, 2)] = 0

    @ioctl
    def add(self, t: Task) -> Outcome:
        """One more, and tells how many."""
        if self.count == 2:
            return refuse(ENOSPC, "full")
        self.count += 1
        return done(now=self.count)

    @kernel
    def reset(self) -> None:
        """Back to nothing."""
        self.count = 0


class Locked(Spec):
    """Keeps it: reads and writes under a mutex, and the effect is the write."""

    atomic: Refines[Atomic]
    count: Annotated[int, Bounds(0, 2)] = 0
    lock: Mutex[Task] = FREE

    @process(thread=Task)
    def add(self, t: Task) -> Process:
        """Takes the lock, reads, writes, lets go."""
        yield from self.lock.acquire(t)
        seen: Annotated[int, Bounds(0, 2)] = self.count
        yield "has read"
        if seen == 2:
            self.lock.release(t)
            return refuse(ENOSPC, "full")
        self.count = seen + 1
        yield "has written"
        self.lock.release(t)
        return done(now=seen + 1)

    @kernel
    def reset(self) -> None:
        """Only while nobody adds."""
        require(self.lock is None)
        self.count = 0


class Unlocked(Locked):
    """Breaks it: two tasks read the same count, and one of the two additions is lost."""

    def add(self, t: Task) -> Process:
        """No lock."""
        seen: Annotated[int, Bounds(0, 2)] = self.count
        yield "has read"
        if seen == 2:
            return refuse(ENOSPC, "full")
        self.count = seen + 1
        yield "has written"
        return done(now=seen + 1)


class WritesTwice(Locked):
    """Breaks it: what others see changes in two blocks of one call."""

    def add(self, t: Task) -> Process:
        """Up, down, up."""
        yield from self.lock.acquire(t)
        if self.count == 2:
            self.lock.release(t)
            return refuse(ENOSPC, "full")
        self.count += 1
        yield "once"
        self.count -= 1
        yield "back"
        self.count += 1
        self.lock.release(t)
        return done(now=self.count)


class AddsTwice(Locked):
    """Breaks it: each of two blocks does what an addition does, and the answer is that of the second."""

    def add(self, t: Task) -> Process:
        """Up and up again."""
        yield from self.lock.acquire(t)
        if self.count == 2:
            self.lock.release(t)
            return refuse(ENOSPC, "full")
        self.count += 1
        yield "once"
        self.count += 1
        self.lock.release(t)
        return done(now=self.count)


class WrongAnswer(Locked):
    """Breaks it: the effect is that of a success, the answer at the end is a refusal."""

    def add(self, t: Task) -> Process:
        """Changes its mind."""
        yield from self.lock.acquire(t)
        if self.count == 2:
            self.lock.release(t)
            return refuse(ENOSPC, "full")
        self.count += 1
        yield "has written"
        self.lock.release(t)
        return refuse(EIO, "changed-its-mind")


class LateRefusal(Locked):
    """Keeps it: what decides a refusal is read in one block and told in a later one, when it may be no longer true."""

    def add(self, t: Task) -> Process:
        """Looks, then tells."""
        if self.count == 2:
            yield "knows"
            return refuse(ENOSPC, "full")
        yield from self.lock.acquire(t)
        if self.count == 2:
            self.lock.release(t)
            return refuse(ENOSPC, "full")
        self.count += 1
        self.lock.release(t)
        return done(now=self.count)
