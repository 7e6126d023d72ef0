"""A partial refusal may change the state, and counts as a transition even if it does not.

By hand: False -> True -> True.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Trap(Spec):
    """Refuses halfway."""
    n: bool = False

    @ioctl
    def act(self) -> Outcome:
        """Half."""
        self.n = True
        return refuse(EIO, "half", partial=True)

    @action_property
    def partial_is_refused(self, old: Self, outcome: Outcome) -> bool:
        return outcome.refused and outcome.partial and not outcome.done and outcome.errno == EIO

    @final
    def over(self) -> bool:
        return True
