"""`break` and `continue` belong to the innermost loop.

By hand: one turn of the outer loop adds 0 + 2 + 3, two turns 10; the second call repeats.
run: -> states=2 transitions=2 goals=ten:1
"""
from spec.lang import *

class Trap(Spec):
    """Adds."""
    n: Annotated[int, Bounds(0, 20)] = 0

    @kernel
    def act(self) -> None:
        """Add up."""
        total = 0
        for y in range(3):
            if y == 1:
                continue
            for x in range(6):
                if x == 1:
                    continue
                if x == 4:
                    break
                total += x
        self.n = total

    @goal
    def ten(self) -> bool:
        return self.n == 10

    @final
    def over(self) -> bool:
        return True
