"""A refusal that is passed on after the first part was put back changes nothing; forgetting it is found.

By hand: a and b have a free slot or not: 4. both: goes in 1, refused in 3, one of them after a roll-back.
drop: goes from neither free; from b free it puts a back and is refused; refused in 2. b.get, b.put: 2 go, 2 refused
each. The bad one is both, b.put, drop.
run: -> states=4 transitions=7 refusals=9 violated=refused_calls_change_nothing:3
"""
from spec.lang import *

class Slot(Spec):
    """Free or not."""
    free: bool = True

    @ioctl
    def get(self) -> Outcome:
        """Take it."""
        if not self.free:
            return refuse(EBUSY, "taken")
        self.free = False
        return DONE

    @ioctl
    def put(self) -> Outcome:
        """Give it back."""
        if self.free:
            return refuse(EINVAL, "not-taken")
        self.free = True
        return DONE

class Trap(Spec):
    """Takes two or none."""
    a: Slot
    b: Slot = part(all)

    @ioctl
    def both(self) -> Outcome:
        """Take both."""
        if (r := self.a.get()).refused:
            return r
        if (r := self.b.get()).refused:
            self.a.put()
            return r
        return DONE

    @ioctl
    def drop(self) -> Outcome:
        """Give both back, and forget that the second may say no."""
        if self.a.free:
            return refuse(EINVAL, "nothing")
        self.a.put()
        return self.b.put()

class Flat(Spec):
    """The same, written by hand in one class."""
    a: bool = True
    b: bool = True

    @ioctl
    def both(self) -> Outcome:
        if not self.a or not self.b:
            return refuse(EBUSY, "taken")
        self.a = False
        self.b = False
        return DONE

    @ioctl
    def drop(self) -> Outcome:
        if self.a:
            return refuse(EINVAL, "nothing")
        self.a = True
        return self.b_put()

    @ioctl
    def b_get(self) -> Outcome:
        if not self.b:
            return refuse(EBUSY, "taken")
        self.b = False
        return DONE

    @ioctl
    def b_put(self) -> Outcome:
        if self.b:
            return refuse(EINVAL, "not-taken")
        self.b = True
        return DONE
