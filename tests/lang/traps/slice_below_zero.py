"""A bound that is worked out and below 0 is a fault: nothing is counted from the end by accident.

By hand: q is empty or holds one entry; `act` cuts from len(q) - 1, which faults only when q is empty; `upto` does
the same at the other bound; `late` reads its choice before the bound is looked at, so two runs fault when q is empty.
When q holds one entry, act leaves (x), upto and late leave () or (x) [stored in r]. States: (q, r) = ((), ()),
((x), ()), ((x), (x)); steps: 1 push; then from each of the two others 1 act, 1 upto, 2 late.
run: Device=1 -> states=3 transitions=9 violated=bounds_are_kept:1 faults=act:1,upto:1,late:2 tapes=late:2
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Cuts before the first."""
    q: Seq[Device, Max(1)] = ()
    r: Seq[Device, Max(1)] = ()

    @kernel
    def act(self) -> None:
        """From a bound on."""
        self.r = self.q[len(self.q) - 1:]

    @kernel
    def upto(self) -> None:
        """Up to a bound."""
        self.r = self.q[:len(self.q) - 1]

    @kernel
    def late(self, *, all_of_it: bool) -> None:
        """A choice behind the bound that is wrong."""
        self.r = self.q[len(self.q) - 1:1 if all_of_it else 0]

    @kernel
    def push(self, d: Device) -> None:
        """Grow."""
        require(len(self.q) == 0)
        self.q = self.q + (d,)

    @final
    def over(self) -> bool:
        return True
