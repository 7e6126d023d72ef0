"""A process without thread: one instance; its locals are plain fields.

run: ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Deferred work: started by a flag, one worker."""

    queued: bool = False
    items: Annotated[int, Bounds(0, 2)] = 0

    @ioctl
    def put(self) -> Outcome:
        if self.items == 2:
            return refuse(EAGAIN, "full")
        self.items += 1
        self.queued = True
        return DONE

    @process
    def work(self) -> Process:
        require(self.queued)
        self.queued = False
        left: Annotated[int, Bounds(0, 2)] = self.items
        yield "taken"
        while left > 0:
            self.items -= 1
            left -= 1
            yield
        return DONE

    @invariant
    def nothing_forgotten(self) -> bool:
        return implies(self.items > 0, self.queued or at("work"))
