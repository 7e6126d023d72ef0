"""RCU-like: an object is unlinked at once and freed when all readers of before are gone.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Box(Sort, size=3):
    "An object."


class State(Enum):
    FREE_BOX = auto()
    LINKED = auto()
    RETIRED = auto()


class Trap(Spec):
    """Readers hold no lock; the one who frees waits for those who were there."""

    state: Map[Box, State] = everywhere(State.FREE_BOX)
    linked: Box | None = None
    readers: Set[Thread] = set()

    @process(thread=Thread)
    def read(self, t: Thread) -> Process:
        require(self.linked is not None)
        self.readers |= {t}
        mine = self.linked
        yield "reading"
        if self.state[mine] is State.FREE_BOX:
            warn("use after free")
        self.readers -= {t}
        return DONE

    @process(thread=Thread)
    def replace_box(self, t: Thread, new: Box) -> Process:
        require(self.state[new] is State.FREE_BOX)
        old = self.linked
        self.linked = new
        self.state[new] = State.LINKED
        if old is None:
            yield
            return DONE
        self.state[old] = State.RETIRED
        before = self.readers
        yield until(len(before & self.readers) == 0)
        self.state[old] = State.FREE_BOX
        return DONE

    @goal
    def a_reader_holds_a_retired_box(self) -> bool:
        return any(self.state[b] is State.RETIRED for b in Box) and any(at(t, "reading") for t in Thread)
