"""A plain loop and comprehensions in a turn that waits in its middle: their text stands in one block twice.

run: Thread=1 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Device(Sort, size=2):
    "A device."


class Trap(Spec):
    """Marks devices in turns."""

    marked: Set[Device] = set()
    rounds: Annotated[int, Bounds(0, 3)] = 0

    @process(thread=Thread)
    def mark(self, t: Thread, first_of_all: Device) -> Process:
        self.rounds = 0
        while self.rounds < 3:
            for d in Device:
                if d in self.marked or all(e in self.marked for e in Device if e != d):
                    continue
                if d == first_of_all or first_of_all in self.marked:
                    self.marked |= {d}
                    break
            yield "marked"
            left = {d for d in Device if d not in self.marked}
            for d in left:
                if any(e in self.marked for e in Device if e != d):
                    self.marked |= {x for x in Device if x == d}
            if len(left) == 0:
                self.marked = set()
            self.rounds += 1
            yield
        return DONE

    @kernel
    def unmark(self, d: Device) -> None:
        require(d in self.marked)
        self.marked -= {d}
