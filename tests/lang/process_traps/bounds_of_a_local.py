"""A local with bounds is checked when it is assigned, as a field is.

run: Thread=1 -> violated=bounds_are_kept,no_deadlock
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Counts too far."""

    n: Annotated[int, Bounds(0, 3)] = 0

    @process(thread=Thread)
    def count(self, t: Thread) -> Process:
        k: Annotated[int, Bounds(0, 2)] = self.n
        yield "kept"
        k = k + 1
        self.n = k
        yield
        self.n = k
        return DONE
