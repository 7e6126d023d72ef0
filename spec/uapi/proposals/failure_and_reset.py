"""Proposals about what cannot be undone: claims without a blocking domain, releases that fail, resets in a group."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Domain, Group, Owner


@proposal("P15", status="the claim fails: EINVAL in 5.19, the allocator's errno since",
          breaks=("owned_devices_reach_only_their_owners_memory", "userspace_dma_never_reaches_kernel_memory"),
          cites="thread of 2022-05-02 to 2022-05-09; 0286300e6045")
class DetachAndHope(DmaOwnership):
    """A claim that gets no blocking domain detaches the group and succeeds.

    The verdict VIOLATED: what is detached is not blocked, so this is B04 again, kept for the days when memory is
    short. That the claim is refused instead costs nothing but the claim.
    """

    null_is_a_bug: Switch[bool] = False
    configurations = {"core": configuration("Claims while memory may run out.", Device=2, allocation_faults=True)}

    def take(self, g: Group, o: Owner | None) -> Outcome:
        """As merged, but for the answer to a failed allocation."""
        if (foreign := self.take_guard(g)).refused:
            return foreign
        if self.make_blocking(g).refused:
            self.leave_domain(g)
        else:
            moved = self.set_domain(g, self.claimed_domain(), False)
            if moved.refused:
                return moved
        self.owner[g] = o
        self.owner_cnt[g] += 1
        return DONE


@proposal("P16", status="releases warn and go on",
          breaks=("a_group_has_an_owner_exactly_while_claimed", "hardware_uses_living_domains",
                  "a_group_that_nobody_holds_becomes_idle"),
          cites="review of v5 to v8: a release that may fail, and whom to tell")
class ReleaseMayFail(DmaOwnership):
    """A release whose switch to the default domain fails is undone and answered with the error.

    The verdict VIOLATED, for the callers that there are: a file is closed by then and cannot be unclosed, so the
    group stays owned by nobody, on a table that its owner frees. Callers that can keep their claim (`callers_stay`)
    keep every promise. The merged release goes on and falls back to the blocking domain; what that may lead to is OC3.
    """

    callers_stay: Switch[bool] = False
    configurations = {"core": configuration("Claims, tables and failing attaches.", Device=2, attach_faults=True)}

    def let_go(self, g: Group) -> None:
        """The default domain first; the owner stays where that fails."""
        if self.owner_cnt[g] == 0 or self.owner[g] is None:
            warn("release of a group that is not owned", sure="read",
                 cites="drivers/iommu/iommu.c:__iommu_release_dma_ownership()")
        elif self.set_domain(g, self.default[g], False).done:
            self.owner_cnt[g] = 0
            self.owner[g] = None

    def end_group_claim(self, g: Group) -> None:
        """Closing a file."""
        self.release_group(g)
        if self.owner_cnt[g] == 0 or not self.callers_stay:
            self.group_owner[g] = None
            self.free_tables(g)

    def end_device_claim(self, d: Device) -> None:
        """Closing a device."""
        others = self.owner_cnt[self.home[d]] > 1
        self.release_device(d)
        if others or self.owner_cnt[self.home[d]] == 0 or not self.callers_stay:
            self.claims[d] = None
            if not others:
                self.free_tables(self.home[d])


@proposal("P19", status="one flag per device since b296ca1fb43a",
          breaks=("no_device_waits_for_the_reset_of_a_sibling",),
          cites="drivers/iommu/iommu.c:pci_dev_reset_iommu_prepare() as first merged: resetting_domain of the group")
class OneResetAtATime(DmaOwnership):
    """The group remembers one reset, and a second member has to wait.

    Done this way the state of the group is safe, unlike B25, where a second reset was let in and forgotten. The
    verdict VIOLATED is what a state per device buys: a slot or bus reset prepares all members before it ends any.
    What is left open with either is a requester id that siblings share (B30).
    """

    configurations = {"reset": configuration("Claims and resets.", Device=2, resets=True)}

    def reset_prepare(self, d: Device) -> Outcome:
        """Refused while a sibling is in reset."""
        if self.ats[d] and self.grouped(d) and self.reset_depth[d] == 0 and self.recovery_cnt[self.home[d]] > 0:
            return refuse(EBUSY, "sibling-in-reset", sure="read",
                          cites="drivers/iommu/iommu.c:pci_dev_reset_iommu_prepare() as first merged")
        return super().reset_prepare(d)

    @action_property("reset_begin")
    def no_device_waits_for_the_reset_of_a_sibling(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """Only its own trouble keeps a device from being reset."""
        return implies(old.in_reset[d] == 0, outcome.done)


@proposal("P20", status="attaches are refused during a reset: EBUSY",
          breaks=("no_warnings", "members_use_the_domain_of_their_group"),
          cites="review of 'Introduce pci_dev_reset_iommu_prepare/done()', v1 to v7, 2025")
class AttachesWaitForTheReset(DmaOwnership):
    """An attach during a reset is accepted, and the device in reset gets the domain when it is done.

    The verdict VIOLATED is a missing messenger: the device may refuse a domain that it never had, and the call that
    asked for it has long been answered. While no attach fails everything holds. Of the other ideas, ignoring
    the time-outs is B23 under another name, and blocking only address translation requests has no state here.
    """

    had: Ghost[Map[Device, Domain | None]] = everywhere(None)   # what the device in reset was attached to before
    configurations = {"reset": configuration("Claims, tables, resets.", Device=2, resets=True, attach_faults=True)}

    def reset_fence(self, g: Group, must: bool) -> Outcome:
        """Nobody is turned away."""
        return DONE

    def fence(self, d: Device) -> None:
        """Remember what the axiom about attaching again speaks of."""
        super().fence(d)
        self.had[d] = self.domain[self.home[d]]

    def reset_attach_back(self, d: Device) -> None:
        """The axiom covers what was attached before, and the default domain."""
        g = self.home[d]
        again = self.domain[g] == self.had[d] or self.domain[g] == self.default[g]
        if self.device_attach(d, self.domain[g], again).refused:
            warn("an attach that was promised during a reset failed", sure="deduced", cites="this proposal")
