"""Locks of a sequence of devices taken one after the other; two sequences make two orders.

run: Thread=2 -> violated=no_lock_cycle
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Device(Sort, size=2, ordered=True):
    "Has a lock."


class Trap(Spec):
    """All locks, in the order given."""

    lock: Map[Device, Mutex[Thread]] = everywhere(FREE)
    order: Seq[Device, Max(2)] = ()
    all_held: bool = False

    @kernel
    def choose(self, d: Device, e: Device) -> None:
        require(d != e and len(self.order) == 0)
        self.order = (d, e)

    @kernel
    def forget(self) -> None:
        require(len(self.order) > 0)
        self.order = ()

    @process(thread=Thread)
    def lock_all(self, t: Thread) -> Process:
        for d in self.order:
            yield from self.lock[d].acquire(t)
        self.all_held = True
        yield "held"
        self.all_held = False
        for d in Device:
            if self.lock[d] == t:
                self.lock[d].release(t)
        return DONE
