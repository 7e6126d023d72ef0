"""A process overridden, one edited, helpers of theirs replaced, switches that turn blocks off.

run: Thread=2 ->
run: Thread=2 careful=False ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Base(Spec):
    """The base."""

    careful: Switch[bool] = True
    n: Annotated[int, Bounds(0, 2)] = 0
    open: bool = True

    def amount(self) -> int:
        return 2

    @process(thread=Thread)
    def add(self, t: Thread) -> Process:
        if not self.open:
            return refuse(EPERM, "closed")
        if self.n == 2:
            return refuse(EBUSY, "full")
        yield "checked"
        self.n = min(2, self.n + self.amount())
        return DONE

    @process(thread=Thread)
    def take(self, t: Thread) -> Process:
        if self.n == 0:
            return refuse(EBUSY, "empty")
        yield
        self.n = 0
        return DONE

    @process(thread=Thread)
    @when("careful")
    def check(self, t: Thread) -> Process:
        yield "checking"
        self.open = not self.open
        return DONE


class Trap(Base):
    """The edits."""

    add = Base.add.with_errno("full", ENOSPC).without("closed")

    def amount(self) -> int:
        return super().amount() - 1

    def take(self, t: Thread) -> Process:
        if self.n == 0:
            return refuse(ENOENT, "nothing")
        seen = self.n
        yield "seen"
        self.n = seen - 1
        return DONE
