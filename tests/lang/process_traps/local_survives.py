"""A local and a parameter live across yields; each thread has its own.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Two threads, two values at a time."""

    sum: Annotated[int, Bounds(0, 2)] = 0

    @process(thread=Thread)
    def add(self, t: Thread, a: Annotated[int, Bounds(0, 1)], up: bool) -> Process:
        seen = self.sum
        yield "read"
        if seen + a > 2 or not up:
            return refuse(EINVAL, "too-much")
        yield "computed"
        self.sum = seen + a
        return done(value=seen)

    @kernel
    def reset(self) -> None:
        require(self.sum == 2)
        self.sum = 0

    @goal
    def an_update_is_lost(self) -> bool:
        return any(at(t, "computed") and at(u, "computed") for t in Thread for u in Thread if t != u)
