"""An optional record equals a record with the same items, and None equals no record.

By hand: (None, F); two boxes, same or not.
run: User=2 -> states=5 transitions=10
"""
from spec.lang import *

class User(Sort): "An owner."

class Box(Record):
    owner: User
    full: bool

class Trap(Spec):
    """Compares records."""
    o: Box | None = None
    same: bool = False

    @kernel
    def act(self, u: User) -> None:
        """Compare, then store."""
        self.same = self.o == Box(full=True, owner=u)
        self.o = Box(owner=u, full=True)

    @final
    def over(self) -> bool:
        return True
