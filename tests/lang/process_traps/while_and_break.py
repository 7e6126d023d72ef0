"""`while` with break and continue around yields, nested in an if.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Counts until somebody says stop."""

    n: Annotated[int, Bounds(0, 4)] = 0
    stop: bool = False

    @process(thread=Thread)
    def count(self, t: Thread, down: bool) -> Process:
        if down:
            while self.n > 0:
                self.n -= 1
                yield "down"
                if self.stop:
                    continue
                yield "down again"
        else:
            while True:
                if self.stop:
                    break
                yield "look"
                if self.n == 4:
                    yield "full"
                    break
                self.n += 1
        self.stop = not self.stop
        return DONE
