"""A mutex around two writes; try_acquire does not wait; everybody sees who holds it.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Device(Sort, size=2):
    "Has a lock."


class Trap(Spec):
    """Nobody sees the middle."""

    lock: Map[Device, Mutex[Thread]] = everywhere(FREE)
    a: Map[Device, bool] = everywhere(False)
    b: Map[Device, bool] = everywhere(False)

    @process(thread=Thread)
    def flip(self, t: Thread, d: Device) -> Process:
        yield from self.lock[d].acquire(t)
        self.a[d] = not self.a[d]
        yield "middle"
        self.b[d] = not self.b[d]
        self.lock[d].release(t)
        return DONE

    @process(thread=Thread)
    def peek(self, t: Thread, d: Device) -> Process:
        if not self.lock[d].try_acquire(t):
            return refuse(EAGAIN, "locked")
        seen = self.a[d]
        yield "looking"
        if seen != self.b[d]:
            warn("saw the middle")
        self.lock[d].release(t)
        return DONE

    @invariant
    def alike_when_free(self) -> bool:
        return all(self.a[d] == self.b[d] for d in Device if self.lock[d] is None)

    @invariant
    def who_is_in_the_middle_holds_a_lock(self) -> bool:
        return all(any(self.lock[d] == t for d in Device) for t in Thread if at(t, "middle"))
