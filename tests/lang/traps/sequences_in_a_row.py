"""`s + t` has the room of `s`, whatever the room of `t`; a display in front takes the room of the sequence behind it.

By hand, Device=2, short = (0) with room 2 and long = () with room 3: `feed` appends short to long: () -> (0) -> (0, 0)
-> (0, 0, 0), then it faults. `turn` puts long behind short and keeps the number in n: fits while long has at most one
entry (n = 1, then 2), else it faults. `front` is (1,) + short: n = 2. `both` is () + long[1:], n its length: 0, 0, 1, 2.
States: long has k entries, k = 0..3, and n is what some action has left there. n = 0 at first. k = 0: n in {0, 1
(turn), 2 (front)}, so 3; feed keeps n, so k = 1..3 have n in {0, 1, 2} too and nothing more: 12. Steps: feed 9 (k < 3);
turn 6 (k < 2); front 12; both 12.
run: Device=2 -> states=12 transitions=39 violated=bounds_are_kept:3 faults=feed:3,turn:6
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Puts sequences together."""
    short: Seq[Device, Max(2)] = ()
    long: Seq[Device, Max(3)] = ()
    n: Annotated[int, Bounds(0, 3)] = 0

    @initial
    def boot(self) -> None:
        for d in Device:
            if len(self.short) == 0:
                self.short += (d,)

    @kernel
    def feed(self) -> None:
        """Grow the long one."""
        self.long += self.short

    @kernel
    def turn(self) -> None:
        """The short one first."""
        self.n = len(self.short + self.long)

    @kernel
    def front(self, d: Device) -> None:
        """A display first."""
        require(d not in self.short)
        self.n = len((d,) + self.short)

    @kernel
    def both(self) -> None:
        """Nothing first."""
        self.n = len(() + self.long[1:])

    @final
    def over(self) -> bool:
        return True
