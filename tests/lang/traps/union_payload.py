"""Records of a union differ by their items; `isinstance` asks the variant only.

By hand: Default, Table(u0), Table(u1); two calls each.
run: User=2 -> states=3 transitions=6
"""
from spec.lang import *

class User(Sort): "An owner."
class Default(Record): "Nobody's."
class Table(Record):
    owner: User
Domain = Default | Table

class Trap(Spec):
    """Toggles or takes over."""
    d: Domain = Default()

    @kernel
    def act(self, u: User) -> None:
        """Take or give back."""
        if isinstance(self.d, Table) and self.d == Table(owner=u):
            self.d = Default()
        else:
            self.d = Table(owner=u)

    @invariant
    def one_variant(self) -> bool:
        return isinstance(self.d, Table) != (self.d == Default())

    @final
    def over(self) -> bool:
        return True
