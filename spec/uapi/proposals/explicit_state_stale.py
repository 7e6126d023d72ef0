"""P02: may a group that nobody holds keep the type and the cookie of its last holder?"""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership_enum import OwnerType
from spec.uapi.dma_ownership_state import Device, Driver, Group, Owner
from spec.uapi.proposals.explicit_state_beside import BesideAnother


@proposal("P02", status="in v4, replaced in v5", breaks=(), cites="v4 01/13, 2021-12-17")
class StaleTypeAndCookie(BesideAnother):
    """A group that nobody holds keeps the cookie, or type and cookie, of its last holder (v4).

    The verdict HOLDS says that this is harmless: beside it runs a design that clears both at the last release, and no
    call is answered differently. It is harmless because a set at count zero looks at neither and overwrites both, and
    a release at count zero is refused whatever the type. v4 as posted resets the type to DMA_API and keeps the
    cookie; that it keeps the type too is how the debate reads, and is asked as well.
    """

    type_is_kept: Switch[bool] = False

    configurations = {
        "cookie": configuration("v4 as posted: only the cookie stays.", Device=2),
        "type-and-cookie": configuration("Both stay.", Device=2, type_is_kept=True),
    }

    def last_release(self, g: Group) -> None:
        """What the last holder stored stays."""
        last = self.dma_owner[g]
        super().last_release(g)
        if self.type_is_kept:
            self.dma_owner[g] = last

    def other_last_release(self, g: Group) -> None:
        """The design beside leaves nothing behind."""
        self.other_type[g] = OwnerType.DMA_API
        self.other_cookie[g] = None

    @invariant
    @unless("type_is_kept")
    def a_group_that_nobody_holds_has_the_free_type(self) -> bool:
        """As in the base; false by intention where the type stays."""
        return all(self.dma_owner[g] is self.free_type() for g in Group if self.owner_cnt[g] == 0)

    @action_property("bind")
    def a_stale_type_keeps_no_driver_out(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """What the last owner left behind never decides about a driver either."""
        return implies(old.owner_cnt[self.home[d]] == 0 and self.has_group[d], outcome.done)

    @action_property("bind")
    def the_first_driver_overwrites_what_was_left(
            self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """After a set at count zero, type and cookie are those of the call."""
        return implies(old.owner_cnt[self.home[d]] == 0 and self.counts(d),
                       self.dma_owner[self.home[d]] is self.type_of(driver)
                       and self.owner_cookie[self.home[d]] is None)

    @action_property("claim")
    def the_first_claim_overwrites_what_was_left(self, old: Self, outcome: Outcome, g: Group, o: Owner) -> bool:
        """The same for userspace."""
        return implies(old.owner_cnt[g] == 0 and outcome.done,
                       self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN_USER and self.owner_cookie[g] == o)

    @goal
    def a_cookie_is_left_behind(self) -> bool:
        """There is something stale to look at."""
        return any(self.owner_cnt[g] == 0 and self.owner_cookie[g] is not None for g in Group)
