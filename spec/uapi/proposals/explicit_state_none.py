"""P01: is a state NONE needed beside a count?"""

from spec.lang import *
from spec.uapi.dma_ownership_enum import OwnershipV3, OwnershipV4, OwnerType
from spec.uapi.dma_ownership_state import Group
from spec.uapi.proposals.explicit_state_beside import BesideAnother


@proposal("P01", status="in v1 to v3, dropped in v4", breaks=(),
          cites="v3 01/18, 2021-12-06; Joerg Roedel: a device always sits in some domain; Jason Gunthorpe: count == 0")
class ExplicitNoneState(BesideAnother):
    """A group that nobody holds is in a state of its own, NONE (v3), beside v4, which has no NONE.

    The verdict HOLDS is the case against NONE: it is the current type exactly while the count is zero, and v3 and v4
    answer every call alike, so that the state carries nothing that the count does not. That v3 refines v4 is checked
    by itself besides; the converse is `CountWithoutNone`, and together they are a bisimulation. Asked for both forms of
    v3: 01/18 alone only counts; with the later patches entering PRIVATE_DOMAIN_USER also detaches the default domain.
    """

    v4: Refines[OwnershipV4]

    dma_owner: Map[Group, OwnerType] = everywhere(OwnerType.NONE)

    configurations = {
        "bookkeeping": configuration("v3 01/18 alone: no call moves a domain.", Device=2, moves_domain=False),
        "domains": configuration("v3 with its later patches: userspace leaves the default domain.", Device=2),
    }

    def free_type(self) -> OwnerType:
        """NONE."""
        return OwnerType.NONE

    @image("v4.dma_owner")
    def type_in_v4(self, g: Group) -> OwnerType:
        """v4 has no NONE: a group that nobody holds is at DMA_API."""
        return OwnerType.DMA_API if self.dma_owner[g] is OwnerType.NONE else self.dma_owner[g]

    @invariant
    def none_says_what_a_count_of_zero_says(self) -> bool:
        """The redundancy that Joerg Roedel and Jason Gunthorpe agreed on."""
        return all((self.dma_owner[g] is OwnerType.NONE) == (self.owner_cnt[g] == 0) for g in Group)

    @goal
    def a_cookie_is_left_behind(self) -> bool:
        """The comparison meets the one field that a release does not reset."""
        return any(self.owner_cnt[g] == 0 and self.owner_cookie[g] is not None for g in Group)


@proposal("P01-count", status="v4, the count alone", breaks=(),
          cites="v4 01/13, 2021-12-17; Jason Gunthorpe: count == 0 carries the same information")
class CountWithoutNone(OwnershipV4):
    """v4 refines v3: where the count is zero, a reader of v3 would see NONE, and no call could tell the difference."""

    v3: Refines[OwnershipV3]

    configurations = {
        "bookkeeping": configuration("v3 01/18 alone: no call moves a domain.", Device=2, moves_domain=False),
        "domains": configuration("v3 with its later patches: userspace leaves the default domain.", Device=2),
    }

    @image("v3.dma_owner")
    def type_in_v3(self, g: Group) -> OwnerType:
        """What v3 would have stored."""
        return OwnerType.NONE if self.owner_cnt[g] == 0 else self.dma_owner[g]
