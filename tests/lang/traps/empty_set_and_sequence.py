"""Over nothing, `all` is True, `any` False, `sum` 0, `first` None.

By hand: the first call makes ok True.
run: Device=2 -> states=2 transitions=2 goals=all_as_said:1
"""
from spec.lang import *

class Device(Sort): "An item."

class Trap(Spec):
    """Asks about nothing."""
    s: Set[Device] = set()
    q: Seq[Device, Max(2)] = ()
    ok: bool = False

    @kernel
    def act(self) -> None:
        """Ask."""
        self.s = set()
        self.q = rest(self.q)
        none = first(x for x in self.q)
        every_one = all(x != x for x in self.s) and not any(x == x for x in self.q)
        self.ok = every_one and sum(1 for x in self.s) == 0 and none is None and len(self.q) == 0

    @goal
    def all_as_said(self) -> bool:
        return self.ok

    @final
    def over(self) -> bool:
        return True
