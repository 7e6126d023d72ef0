"""A sequence lock: the writer makes a counter odd while it writes; a reader that sees it change reads again.

Source: the kernel's include/linux/seqlock.h; C. Lameter, "Effective synchronization on Linux/NUMA systems", 2005. Every
access to memory is one step and all threads see them in one order; what weaker orders do is not modelled.
"""

from spec.lang import *

WRITES = 2
LAST = 2 * WRITES

class Reader(Sort, size=1): "Reads both halves of the value."


class SeqLock(Spec):
    """One writer that stores the number of its write in two halves, at most WRITES times; readers that must not mix."""

    sequence: Annotated[int, Bounds(0, LAST)] = 0
    left: Annotated[int, Bounds(0, WRITES)] = 0
    right: Annotated[int, Bounds(0, WRITES)] = 0
    torn: Ghost[bool] = False              # a reader went home with halves of two writes
    fresh: Ghost[bool] = False             # a reader went home with the last write

    configurations = {
        "one_reader": configuration("One reader.", Reader=1),
        "two_readers": configuration("Two readers.", Reader=2),
    }

    @process
    def write(self) -> Process:
        require(self.sequence < LAST)
        self.sequence += 1
        yield "left half"
        self.left += 1
        yield "right half"
        self.right += 1
        yield "finished"
        self.sequence += 1
        return DONE

    @process(thread=Reader)
    def read(self, r: Reader) -> Process:
        while True:
            yield until(self.sequence % 2 == 0)
            start: Annotated[int, Bounds(0, LAST)] = self.sequence
            yield "left half"
            left: Annotated[int, Bounds(0, WRITES)] = self.left
            yield "right half"
            right: Annotated[int, Bounds(0, WRITES)] = self.right
            yield "look again"
            if self.is_unchanged(start):
                self.torn = self.torn or left != right
                self.fresh = self.fresh or left == WRITES
                return DONE

    def is_unchanged(self, start: int) -> bool:
        return self.sequence == start

    @invariant
    def no_reader_mixes_two_writes(self) -> bool:
        return not self.torn

    @goal
    def the_last_write_is_read(self) -> bool:
        return self.fresh

    @final
    def all_is_written(self) -> bool:
        return self.sequence == LAST


class NeverLooksAgain(SeqLock):
    """Broken: a reader waits for an even counter, but does not look again."""

    def is_unchanged(self, start: int) -> bool:
        return True


class LooksAtOneBit(SeqLock):
    """Broken: a counter so short that one write brings it back: even is even."""

    def is_unchanged(self, start: int) -> bool:
        return self.sequence % 2 == start % 2
