"""Proposals about who may claim, use and attach; most were turned down, and the verdict says why."""

from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Domain, Driver, Group, Owner


@proposal("P08", status="rejected in v7", breaks=(), cites="Robin Murphy on v6 01/11, 2022-02-23")
class OwnerClaimsAgain(DmaOwnership):
    """The owner of a group may claim it again and is counted, as in v5 and v6.

    Nothing breaks as long as the owner releases as often as it claimed; it was turned down because nobody had a
    use for a second claim of a group, only new ways to get out of step. That a claim ends is not asked: who claims
    again before every release never lets go.
    """

    same_owner_counts: Switch[bool] = True
    group_claims: Ghost[Map[Group, Annotated[int, Bounds(0, 2)]]] = everywhere(0)   # how often the owner claimed
    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_set_dma_owner() of v5 and v6", sure="read")
    @when("core_callers")
    def group_claim(self, g: Group, o: Owner | None) -> Outcome:
        """Claim, or claim again."""
        require(self.group_claims[g] < 2 and o is not None)
        claimed = self.claim_group(g, o)
        if claimed.done:
            self.group_owner[g] = o
            self.group_claims[g] += 1
        return claimed

    def end_group_claim(self, g: Group) -> None:
        """Every claim has its release; the last one ends the ownership by this owner."""
        self.release_group(g)
        self.group_claims[g] -= 1
        if self.group_claims[g] == 0:
            self.group_owner[g] = None
            if self.owner_cnt[g] == 0:
                self.free_tables(g)

    def claim_sum(self, g: Group) -> int:
        """Every claim of a group counts."""
        return (sum(1 for d in Device if self.home[d] == g and self.claims[d] is not None) + self.group_claims[g])


@proposal("P10", status="not merged", breaks=(), cites="Jason Gunthorpe, 2021-11-18 and 2021-12-24")
class AttachIfSoleHolder(DmaOwnership):
    """`iommu_attach_device()` looks at the number of holders, not of members.

    A driver may then move a group whose other devices have no driver; `use` keeps kernel drivers out meanwhile.
    """

    configurations = {
        "private": configuration("Drivers with a domain of their own; devices come and go.", Device=2,
                                 membership=True, kernel_private=True),
    }

    def attach_device_guard(self, d: Device) -> Outcome:
        """The caller must be the only holder."""
        if self.owner_cnt[self.home[d]] != 1:
            return refuse(EBUSY, "other-holders", sure="read", cites="Jason Gunthorpe, 2021-11-18")
        return DONE


@proposal("P11", status="not merged", breaks=("owned_devices_reach_only_their_owners_memory",),
          cites="Jason Gunthorpe, 2021-11-18")
class AttachNeedsAnOwner(DmaOwnership):
    """`iommu_attach_group()` is refused unless the group is owned or has exactly one kernel holder.

    Asked without the axiom that only the claimer attaches: the test does not look at who calls, so a second
    caller can still put its table under the owner's devices.
    """

    holders_attach: Switch[bool] = False
    configurations = {"core": configuration("Claims, drivers and tables.", Device=2)}

    def attach_guard(self, g: Group) -> Outcome:
        """Owned, or one kernel holder."""
        if self.owner[g] is None and self.owner_cnt[g] != 1:
            return refuse(EPERM, "not-held", sure="read", cites="Jason Gunthorpe, 2021-11-18")
        return super().attach_guard(g)


@proposal("P12", status="corrected the next day",
          breaks=("kernel_drivers_can_share_a_group", "a_kernel_driver_gets_a_group_without_owner"),
          cites="Jason Gunthorpe's sketch of 2021-12-23; Lu Baolu's answer")
class UseOnlyIdleGroups(DmaOwnership):
    """`use` succeeds only while nobody holds the group: the second kernel driver of a group fails to bind."""

    configurations = {
        "core": configuration("Claims and drivers.", Device=2),
        "patient": configuration("A driver is tried again until it binds.", Device=2, Owner=1, patience=True),
    }

    def use_guard(self, g: Group) -> Outcome:
        """Nobody may hold the group, not even a kernel driver."""
        if self.owner_cnt[g] != 0:
            return refuse(EBUSY, "held", sure="read", cites="sketch of 2021-12-23")
        return DONE


@proposal("P14", status="rejected", breaks=("an_idle_group_can_be_claimed", "a_user_gets_an_idle_group"),
          cites="Robin Murphy, 2022-05-03")
class RefuseWhatCannotBlock(DmaOwnership):
    """A claim is refused where the IOMMU driver cannot block: working systems would lose their devices."""

    blockable: Constant[Map[Device, bool]] = listed(True, False)
    configurations = {
        "core": configuration("Claims and drivers.", Device=2),
        "patient": configuration("A user asks again until it gets its device.", Device=2, Owner=1, patience=True),
    }

    def take_guard(self, g: Group) -> Outcome:
        """Every member must be able to block."""
        if any(not self.blockable[d] for d in self.members[g]):
            return refuse(EOPNOTSUPP, "cannot-block", sure="read", cites="thread of 2022-05-03")
        return super().take_guard(g)


@proposal("P14-draft", status="draft", breaks=("members_use_the_domain_of_their_group",),
          cites="Robin Murphy's draft of a purgatory domain, 2022-05-03; the unchecked attach is deduced")
class ClaimIgnoresFailedSwitch(DmaOwnership):
    """The draft of a domain for owned groups did not look at whether attaching it worked.

    Its lock that is taken twice is P14-mutex, the way out that keeps it P14-unlock.
    """

    rollback: Switch[bool] = False
    configurations = {"core": configuration("Claims and attaches that fail.", Device=2, attach_faults=True)}

    def set_domain(self, g: Group, new: Domain | None, must: bool) -> Outcome:
        """What `switch_members` answers is dropped for the blocking domain."""
        moved = super().set_domain(g, new, must)
        if moved.refused and new == self.claimed_domain():
            self.domain[g] = new
            return DONE
        return moved


@proposal("P27", status="out of tree",
          breaks=("kernel_and_userspace_never_share_a_group", "a_group_has_an_owner_exactly_while_claimed",
                  "userspace_dma_never_reaches_kernel_memory"),
          cites="a downstream patch whose name says that it skips the group claim; its text was not seen")
class SkipTheClaim(DmaOwnership):
    """The claim reports success and does nothing."""

    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    def claim_group(self, g: Group, o: Owner | None) -> Outcome:
        """Nothing is recorded and nothing is moved."""
        return DONE

    def may_issue_user_dma(self, d: Device) -> bool:
        """Userspace believes what it was told."""
        return self.driver[d] is Driver.UDRV and self.group_owner[self.home[d]] is not None
