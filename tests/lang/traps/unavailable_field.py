"""A field that is switched off keeps its value; with the switch on it is state like any other.

By hand: off: only toggle; on: toggle and put.
run: extra=False -> states=2 transitions=2
run: extra=True -> states=4 transitions=8
"""
from spec.lang import *

class Trap(Spec):
    """One or two fields."""
    extra: Switch[bool] = False
    a: bool = False
    b: bool = field(True, when="extra")

    @kernel
    def toggle(self) -> None:
        """Toggle."""
        self.a = not self.a

    @when("extra")
    @kernel
    def put(self) -> None:
        """Toggle the other."""
        self.b = not self.b

    @unless("extra")
    @invariant
    def keeps_its_value(self) -> bool:
        return self.b
