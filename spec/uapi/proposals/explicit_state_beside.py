"""Two designs of the enumeration side by side: the same calls go to both, and both must answer alike."""

from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership_enum import EnumOwnership, OwnerType, View
from spec.uapi.dma_ownership_state import Device, Group, Owner


@abstract
class BesideAnother(EnumOwnership):
    """One design, with the three fields of another one beside it.

    Every set and release goes to both. A call that only one of them accepts is a warning, and what they store agrees
    while somebody holds the group. Neither design makes choices, so that this is a bisimulation.
    """

    other_type: Ghost[Map[Group, OwnerType]] = everywhere(OwnerType.DMA_API)
    other_cnt: Ghost[Map[Group, Annotated[int, Bounds(0, len(Device) + 2)]]] = everywhere(0)
    other_cookie: Ghost[Map[Group, Owner | None]] = everywhere(None)

    # --- the design beside ---

    def other_lets_in(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> bool:
        """True if the design beside accepts a set; the domain of the group is the same for both."""
        if self.other_cnt[g] > 0:
            return self.other_type[g] is wanted and self.other_cookie[g] == cookie
        return (not self.moves_domain or wanted is not OwnerType.PRIVATE_DOMAIN_USER
                or self.view[g] is View.DEFAULT)

    def other_set(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> None:
        """The set, where both accept it."""
        self.other_type[g] = wanted
        self.other_cookie[g] = cookie
        self.other_cnt[g] += 1

    def other_last_release(self, g: Group) -> None:
        """v4: the type goes back to DMA_API, the cookie stays."""
        self.other_type[g] = OwnerType.DMA_API

    # --- both ---

    def set_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """Ask both, then let both in or none."""
        other_accepts = self.other_lets_in(g, wanted, cookie)
        held = super().set_owner(g, wanted, cookie)
        if held.refused == other_accepts:
            warn("the two designs answer differently", sure="deduced", cites="this comparison")
        if held.done:
            self.other_set(g, wanted, cookie)
        return held

    def release_owner(self, g: Group, held: OwnerType) -> None:
        """Release in both; either may warn."""
        super().release_owner(g, held)
        if self.other_type[g] is not held or self.other_cnt[g] == 0:
            warn("the design beside refuses this release", sure="deduced", cites="this comparison")
        else:
            self.other_cnt[g] -= 1
            if self.other_cnt[g] == 0:
                self.other_last_release(g)

    @invariant
    def both_designs_hold_the_same(self) -> bool:
        """The counts always agree, and type and cookie while somebody holds the group."""
        return all(self.owner_cnt[g] == self.other_cnt[g]
                   and (self.owner_cnt[g] == 0 or (self.dma_owner[g] is self.other_type[g]
                                                   and self.owner_cookie[g] == self.other_cookie[g]))
                   for g in Group)
