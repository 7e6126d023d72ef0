"""What `and` and `implies` skip cannot fault.

By hand: nothing picked, picked, picked and set; two calls each.
run: Device=1 -> states=3 transitions=6
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Asks before it looks."""
    o: Device | None = None
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self) -> None:
        """Set."""
        if self.o is not None and not self.m[self.o]:
            self.m[self.o] = True

    @kernel
    def pick(self, d: Device) -> None:
        """Pick."""
        self.o = d

    @invariant
    def looks_only_if_there(self) -> bool:
        return implies(self.o is not None, self.m[self.o] or not self.m[self.o])

    @final
    def over(self) -> bool:
        return True
