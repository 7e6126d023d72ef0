"""A loop in a loop, both with yields, left from inside by return.

run: Thread=1 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Pairs."""

    last: Annotated[int, Bounds(0, 9)] = 0
    odd: bool = False

    @process(thread=Thread)
    def pairs(self, t: Thread, *, cut: bool) -> Process:
        early = cut
        for i in range(2):
            self.odd = not self.odd
            for j in range(i, 3):
                if j == 1 and self.odd:
                    continue
                yield "inner"
                self.last = 3 * i + j
                if early and j == 2:
                    return refuse(EINTR, "cut")
            if self.odd:
                continue
            yield "outer"
        return DONE

    @kernel
    def flip(self) -> None:
        require(self.last == 2)
        self.odd = not self.odd
