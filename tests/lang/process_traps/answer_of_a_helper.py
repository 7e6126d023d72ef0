"""What a helper answers is handed on, from the first block and from a later one.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """A helper refuses."""

    users: Annotated[int, Bounds(0, 2)] = 0

    def get(self, *, fails: bool) -> Outcome:
        if self.users == 2:
            return refuse(EBUSY, "full")
        if fails:
            return refuse(EIO, "broken")
        self.users += 1
        return DONE

    @process(thread=Thread)
    def use(self, t: Thread, twice: bool) -> Process:
        if (r := self.get()).refused:
            return r
        yield "one"
        if twice:
            r = self.get()
            if r.refused and r.errno == EIO:
                return refuse(EAGAIN, "again")
            if r.refused:
                self.users = 0
                return r
        yield
        if not twice:
            return DONE
        return self.get(fails=False)

    @kernel
    def put(self) -> None:
        require(self.users > 0)
        self.users -= 1
