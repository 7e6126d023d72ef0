"""The items of a record are read in order.

By hand: nothing or any of 6 boxes; 6 runs each; the first choice has 3 values.
run: Device=2 -> states=7 transitions=42 tapes=act:3,2
"""
from spec.lang import *

class Device(Sort): "An owner."

class Box(Record):
    n: Annotated[int, Bounds(0, 2)]
    o: Device

class Trap(Spec):
    """Fills a box."""
    b: Box | None = None

    @kernel
    def act(self, *, c: Device, k: Annotated[int, Bounds(0, 2)]) -> None:
        """Fill."""
        self.b = Box(n=k, o=c)

    @final
    def over(self) -> bool:
        return True
