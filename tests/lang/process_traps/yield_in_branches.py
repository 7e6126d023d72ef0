"""Branches of which some wait: what stands behind them runs in either case.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Three doors."""

    n: Annotated[int, Bounds(0, 7)] = 0

    @process(thread=Thread)
    def walk(self, t: Thread, a: bool, b: bool) -> Process:
        if a:
            self.n = 1
            yield "a"
            if self.n != 1:
                self.n = 2
                if b:
                    yield "a changed"
        elif b:
            self.n = 3
        else:
            yield "neither"
        for k in range(2):
            if self.n == 4 + k:
                break
        self.n = 4 if a else 5
        if b:
            yield "b"
        self.n = 6 if a and b else 7
        return DONE
