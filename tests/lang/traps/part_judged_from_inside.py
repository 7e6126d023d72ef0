"""A call of a part's action is a step of the part: its promises see the state before that call, not before the whole.

By hand: (level, frozen) is 0F, 1T, 2T, 1F, 2F. freeze_and_fill: 3 go, 2 refused; each fills a frozen valve, though
the first began with it not frozen. twice: 1 goes, 4 refused; the level rises by two, but by one in each call. thaw: 5.
The valve fills by itself: 3 go, 2 refused; the state before is then that of the step again.
run: -> states=5 transitions=12 refusals=8 violated=valve.a_frozen_valve_stays:1
"""
from spec.lang import *

class Valve(Spec):
    """Forgets that it is frozen."""
    frozen: bool = False
    level: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def freeze(self) -> None:
        """It freezes."""
        self.frozen = True

    @ioctl
    def thaw(self) -> Outcome:
        """Warm it."""
        self.frozen = False
        return DONE

    @ioctl
    def fill(self) -> Outcome:
        """One more."""
        if self.level == 2:
            return refuse(ENOSPC, "full")
        self.level += 1
        return DONE

    @action_property("fill")
    def a_frozen_valve_stays(self, old: Self, outcome: Outcome) -> bool:
        return implies(old.frozen, self.level == old.level)

    @during
    def one_at_a_time(self, old: Self) -> bool:
        return self.level <= old.level + 1

class Trap(Spec):
    """A caller that does two things at once."""
    valve: Valve = part("fill")

    @ioctl
    def freeze_and_fill(self) -> Outcome:
        """Both in one step."""
        if self.valve.level == 2:
            return refuse(ENOSPC, "full-before")
        self.valve.freeze()
        return self.valve.fill()

    @ioctl
    def twice(self) -> Outcome:
        """Fill an empty one."""
        if self.valve.level > 0:
            return refuse(EBUSY, "not-empty")
        self.valve.fill()
        return self.valve.fill()

    @ioctl
    def thaw(self) -> Outcome:
        """Warm it."""
        return self.valve.thaw()

    @final
    def full(self) -> bool:
        return self.valve.level == 2
