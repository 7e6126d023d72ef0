"""Choices in several blocks, each read in one; two calls choose afresh.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Coins."""

    heads: Annotated[int, Bounds(0, 2)] = 0

    def toss(self, *, coin: bool) -> bool:
        return coin

    @process(thread=Thread)
    def play(self, t: Thread, *, first: bool, second: bool) -> Process:
        won = first
        yield "tossed"
        if self.toss() and second and won:
            self.heads = 2
        elif second:
            self.heads = 1
        yield
        if self.toss():
            self.heads = 0
        return DONE
