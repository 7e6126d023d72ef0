"""An item of another record is a fault.

By hand: Default (act faults), Table, Table and hit.
run: User=1 -> states=3 transitions=5 violated=bounds_are_kept:1
"""
from spec.lang import *

class User(Sort): "An owner."
class Default(Record): "Nobody's."
class Table(Record):
    owner: User
Domain = Default | Table

class Trap(Spec):
    """Looks at the owner."""
    d: Domain = Default()
    hit: bool = False

    @kernel
    def act(self, u: User) -> None:
        """Look."""
        self.hit = self.d.owner == u

    @kernel
    def put(self, u: User) -> None:
        """Set."""
        self.d = Table(owner=u)

    @final
    def over(self) -> bool:
        return True
