"""A walrus keeps the outcome for the lines below.

By hand: fails refuses and changes nothing.
run: -> states=2 transitions=2 refusals=2
"""
from spec.lang import *

class Trap(Spec):
    """Passes a refusal on."""
    n: bool = False

    @ioctl
    def act(self) -> Outcome:
        """Try."""
        if (r := self.attempt()).refused:
            return r
        self.n = True
        return r

    @helper
    def attempt(self, *, fails: bool) -> Outcome:
        """Nature's refusal."""
        if fails:
            return refuse(EBUSY, "busy")
        return DONE

    @final
    def over(self) -> bool:
        return True
