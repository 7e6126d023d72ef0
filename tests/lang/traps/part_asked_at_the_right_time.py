"""What is asked about calls of a part: nothing in the initialiser, and nothing in runs that do not happen.

By hand, n is 0..3 and k what was seen last (None, then 0..2): the initialiser begins with n = 1, which would break
it_never_begins if it were asked.
look: ticks, which would break nothing_ticks, and peeks; then it asks for n = 3 and 2 at once: it never happens.
wait: the same without the peek.
many: up as long as it goes: from 1 two calls, from 3 none (refused at once, which is a step that changes nothing).
note: at n = 1 it sets k to 0.
States (n, k): (1, -), (3, -), (1, 0), (3, 0). many goes in all 4; note goes at n = 1 in 2, is refused in 2.
run: -> states=4 transitions=6 refusals=2 violated=meter.never_up:1
"""
from spec.lang import *

class Meter(Spec):
    """Counts to three."""
    n: Annotated[int, Bounds(0, 3)] = 0
    k: Annotated[int, Bounds(0, 2)] | None = None

    @ioctl
    def up(self) -> Outcome:
        """One more."""
        if self.n == 3:
            return refuse(EBUSY, "full")
        self.n += 1
        return DONE

    @ioctl
    def begin(self) -> Outcome:
        """Only the initialiser does."""
        self.n = 1
        return DONE

    @kernel
    def tick(self) -> None:
        """Nothing happens."""

    @ioctl
    def peek(self) -> Outcome:
        """Only at two."""
        if self.n != 2:
            return refuse(EAGAIN, "not-two")
        return DONE

    @ioctl
    def note(self) -> Outcome:
        """Only at one."""
        if self.n != 1:
            return refuse(EAGAIN, "not-one")
        self.k = 0
        return DONE

    @action_property("up")
    def never_up(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.done, self.n <= 0)

    @action_property("begin")
    def it_never_begins(self, old: Self, outcome: Outcome) -> bool:
        return self.n == 0

    @action_property("tick")
    def nothing_ticks(self, old: Self, outcome: Outcome) -> bool:
        return False

    @action_property("peek")
    def only_at_two(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.refused, old.n != 2)

class Trap(Spec):
    """A caller of the meter."""
    meter: Meter

    @initial
    def boot(self) -> None:
        self.meter.begin()

    @kernel
    def look(self) -> None:
        """Never possible."""
        self.meter.tick()
        self.meter.peek()
        require(self.meter.n == 3 and self.meter.n == 2)

    @kernel
    def wait(self) -> None:
        """Never possible either."""
        self.meter.tick()
        require(self.meter.n == 3 and self.meter.n == 2)

    @kernel
    def many(self) -> None:
        """Until it is full."""
        for i in range(3):
            if self.meter.up().refused:
                break

    @ioctl
    def note(self) -> Outcome:
        """Note it."""
        return self.meter.note()

    @final
    def over(self) -> bool:
        return True
