"""A partial refusal of a part is passed on as it is, and a choice of its action is read in it, or given by the caller.

By hand: used is 0..2, dirty or not: 6. save: in the 4 with room 2 runs each, all count; 2 refused when full.
save_surely: 4 and 2.
run: -> states=6 transitions=12 refusals=4 tapes=save:2
"""
from spec.lang import *

class Disk(Spec):
    """Room for two."""
    used: Annotated[int, Bounds(0, 2)] = 0
    dirty: bool = False

    @ioctl
    def write(self, *, torn: bool) -> Outcome:
        """Write one."""
        if self.used == 2:
            return refuse(ENOSPC, "no-room")
        if torn:
            self.dirty = True
            return refuse(EIO, "torn", partial=True)
        self.used += 1
        return DONE

class Trap(Spec):
    """A caller of the disk."""
    disk: Disk

    @ioctl
    def save(self) -> Outcome:
        """Once."""
        if (r := self.disk.write()).refused:
            return r
        return DONE

    @ioctl
    def save_surely(self) -> Outcome:
        """Once, and nothing tears."""
        return self.disk.write(torn=False)

    @final
    def over(self) -> bool:
        return self.disk.used == 2

class Flat(Spec):
    """The same, written by hand in one class."""
    used: Annotated[int, Bounds(0, 2)] = 0
    dirty: bool = False

    @ioctl
    def save(self, *, torn: bool) -> Outcome:
        if self.used == 2:
            return refuse(ENOSPC, "no-room")
        if torn:
            self.dirty = True
            return refuse(EIO, "torn", partial=True)
        self.used += 1
        return DONE

    @ioctl
    def save_surely(self) -> Outcome:
        if self.used == 2:
            return refuse(ENOSPC, "no-room")
        self.used += 1
        return DONE

    @final
    def over(self) -> bool:
        return self.used == 2
