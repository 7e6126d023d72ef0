"""Refusals in the first block change nothing and are refusals; later ones are not.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Opens in two steps."""

    open: bool = False
    busy: bool = False

    @process(thread=Thread)
    def start(self, t: Thread, *, oom: bool) -> Process:
        if self.open:
            return refuse(EBUSY, "already-open")
        if oom:
            return refuse(ENOMEM, "no-memory")
        yield "checked"
        if self.open:
            return refuse(EBUSY, "lost-the-race")
        self.open = True
        yield
        return DONE

    @kernel
    def close(self) -> None:
        require(self.open)
        self.open = False
