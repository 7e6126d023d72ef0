"""A loop over a sequence that waits in some turns only; the sequence is taken once.

run: Thread=1 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Item(Sort, size=3):
    "What is worked on."


class Trap(Spec):
    """Items come and go while the loop runs over what it saw."""

    waiting: Seq[Item, Max(3)] = ()
    seen: Seq[Item, Max(3)] = ()

    @process(thread=Thread)
    def drain(self, t: Thread, skip: Item) -> Process:
        self.seen = ()
        for x in self.waiting:
            if x == skip:
                continue
            self.waiting = without(self.waiting, x)
            self.seen = self.seen + (x,)
            if len(self.seen) == 2:
                break
            yield "item"
        yield
        return DONE

    @kernel
    def put(self, x: Item) -> None:
        require(x not in self.waiting and len(self.waiting) < 3)
        self.waiting = self.waiting + (x,)
