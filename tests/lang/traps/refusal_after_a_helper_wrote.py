"""A refusal after a write is a violation and still a transition; the second one changes nothing.

By hand: False -> True by the violating refusal; then a plain refusal.
run: -> states=2 transitions=1 refusals=1 violated=refused_calls_change_nothing:1
"""
from spec.lang import *

class Trap(Spec):
    """Forgets to undo."""
    n: bool = False

    @ioctl
    def act(self) -> Outcome:
        """Mark, then refuse."""
        self.mark()
        return refuse(EBUSY, "late")

    def mark(self) -> None:
        """Write."""
        self.n = True

    @final
    def over(self) -> bool:
        return True
