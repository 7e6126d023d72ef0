"""Locals of every type that can be kept, dead and alive.

run: Thread=1 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."

class Mode(Enum):
    IDLE = auto()
    BUSY = auto()


class Pair(Record):
    "Two things."
    mode: Mode
    flag: bool


class Nothing(Record):
    "Nothing."


Some = Nothing | Pair


class Trap(Spec):
    """One of each."""

    some: Some = Nothing()
    last: Thread | None = None
    kept: Set[Thread] = set()
    line: Seq[Thread, Max(2)] = ()

    @process(thread=Thread)
    def go(self, t: Thread, mode: Mode, flag: bool) -> Process:
        pair = Pair(mode=mode, flag=flag)
        whole: Some = self.some
        who = self.last
        group = self.kept
        line = self.line
        n: Annotated[int, Bounds(0, 2)] = len(line)
        yield "first"
        self.some = pair if flag else whole
        n = n - 1 if n > 0 else 0
        yield "second"
        self.last = t if who is None else None
        self.kept = group | {t} if len(group) == n else group
        if isinstance(whole, Pair) and whole.flag:
            self.line = ()
        else:
            self.line = line
        yield "third"
        if mode is Mode.BUSY and len(self.line) < 2:
            self.line = self.line + (t,)
        return DONE
