"""A reference count that another thread may drop to zero between two blocks.

run: Thread=2 -> violated=no_warnings
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """The lookup takes its reference too late."""

    count: Annotated[int, Bounds(0, 3)] = 1
    freed: bool = False

    @process(thread=Thread)
    def look_up(self, t: Thread) -> Process:
        require(not self.freed)
        yield "found"
        if self.freed:
            warn("reference to a freed object")
            return refuse(ENOENT, "gone")
        self.count += 1
        yield "using"
        self.count -= 1
        if self.count == 0:
            self.freed = True
        return DONE

    @kernel
    def drop(self) -> None:
        require(self.count == 1 and not self.freed)
        self.count = 0
        self.freed = True

    @final
    def gone(self) -> bool:
        return self.freed
