"""`first` hands out the lowest free slot, and None when there is none.

By hand: 4 sets of slots; 3 allocations, 4 releases, one refusal.
run: Slot=2 -> states=4 transitions=7 refusals=1
"""
from spec.lang import *

class Slot(Sort, ordered=True): "An id."

class Trap(Spec):
    """Hands out ids."""
    used: Map[Slot, bool] = everywhere(False)
    last: Ghost[bool] = False

    @ioctl
    def alloc(self) -> Outcome:
        """Take the lowest."""
        free = first(s for s in Slot if not self.used[s])
        if free is None:
            return refuse(ENOSPC, "full")
        self.used[free] = True
        return done(id=free)

    @kernel
    def release(self, s: Slot) -> None:
        """Give back."""
        require(self.used[s])
        self.used[s] = False

    @action_property("alloc")
    def lowest_first(self, old: Self, outcome: Outcome) -> bool:
        return all(self.used[t] for s in Slot if self.used[s] and not old.used[s] for t in Slot if t < s)
