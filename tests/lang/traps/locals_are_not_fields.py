"""A local with the name of a field is another thing, and locals do not outlive the call.

By hand: n alternates 0 and 1 through a local called n.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Trap(Spec):
    """One name twice."""
    n: Annotated[int, Bounds(0, 1)] = 0

    @kernel
    def act(self) -> None:
        """Turn."""
        n = 1 - self.n
        self.n = n
