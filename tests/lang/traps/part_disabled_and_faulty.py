"""A call of a part's action that cannot happen keeps the whole from happening; a fault in it is a fault of the whole.

By hand: off; on; hot and shown, then heated once more (level 2 of 2). heat needs it on: from off show is disabled.
start: 1 goes, 3 refused. show: goes twice, the third time the level leaves its bounds.
run: -> states=4 transitions=3 refusals=3 violated=bounds_are_kept:4 faults=show:1
"""
from spec.lang import *

class Boiler(Spec):
    """Heats while it is on."""
    on: bool = False
    level: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def heat(self) -> None:
        """One degree."""
        require(self.on)
        self.level += 1

    @ioctl
    def start(self) -> Outcome:
        """Switch on."""
        if self.on:
            return refuse(EALREADY, "on")
        self.on = True
        return DONE

class Trap(Spec):
    """Shows that it heats."""
    boiler: Boiler = part("start")
    shown: bool = False

    @kernel
    def show(self) -> None:
        """Heat and show."""
        self.boiler.heat()
        self.shown = True

    @final
    def over(self) -> bool:
        return True

class Flat(Spec):
    """The same, written by hand in one class."""
    on: bool = False
    level: Annotated[int, Bounds(0, 2)] = 0
    shown: bool = False

    @ioctl
    def start(self) -> Outcome:
        if self.on:
            return refuse(EALREADY, "on")
        self.on = True
        return DONE

    @kernel
    def show(self) -> None:
        require(self.on)
        self.level += 1
        self.shown = True

    @final
    def over(self) -> bool:
        return True
