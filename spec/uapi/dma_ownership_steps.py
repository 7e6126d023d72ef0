"""What single steps promise: release restores, errors leave no trace, idle groups can be claimed and used."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership_lemmas import StateLemmas
from spec.uapi.dma_ownership_state import Blocking, Device, Domain, Driver, Era, Group, Table
from spec.uapi.dma_ownership_vfio import GroupFd


@abstract
class StepPromises(StateLemmas):
    """Action properties and goals."""

    # --- I6 CHANGE ---

    @action_property
    @since(Era.E1)
    def only_claim_and_release_lead_between_kernel_and_user(self, old: Self, outcome: Outcome) -> bool:
        """I6 CHANGE: whose kind of domain a group uses changes only together with its owner; rests on T2."""
        return all(self.is_users(self.domain[g]) == self.is_users(old.domain[g])
                   for g in Group if (old.owner[g] is None) == (self.owner[g] is None))

    def is_users(self, it: Domain | None) -> bool:
        """True for what a group of userspace is on."""
        return it is not None and (isinstance(it, Table) or isinstance(it, Blocking))

    @action_property
    @since(Era.E3)
    def the_default_domain_is_exchanged_only_while_nobody_holds_the_group(self, old: Self, outcome: Outcome) -> bool:
        """I6 CHANGE, for the object behind the DMA API."""
        return all(old.owner_cnt[g] == 0 for g in Group
                   if old.default[g] is not None and self.default[g] is not None and old.default[g] != self.default[g])

    # --- I7 RESTORE ---

    @action_property
    @since(Era.E1)
    def the_last_release_restores_the_default_domain(self, old: Self, outcome: Outcome) -> bool:
        """I7 RESTORE: also in the hardware, except for members in reset or deferred."""
        return all(self.domain[g] == self.default[g]
                   and all(self.hw[d] == self.default[g] for d in self.members[g] if self.settled(d))
                   for g in Group if old.owner[g] is not None and self.owner_cnt[g] == 0
                   and len(self.members[g]) > 0)

    # --- I8 ROLLBACK ---

    @action_property
    @since(Era.E3)
    def an_error_leaves_every_device_where_it_was(self, old: Self, outcome: Outcome) -> bool:
        """I8 ROLLBACK, except that an attach that was deferred may have taken place."""
        return implies(outcome.refused and not outcome.partial,
                       all(self.hw[d] == old.hw[d] and self.hw_pasid[d] == old.hw_pasid[d] for d in Device))

    @action_property
    def an_error_leaves_the_group_as_it_was(self, old: Self, outcome: Outcome) -> bool:
        """I8 ROLLBACK, for what the core believes."""
        return implies(outcome.refused,
                       all(self.owner_cnt[g] == old.owner_cnt[g] and self.owner[g] == old.owner[g]
                           and self.domain[g] == old.domain[g] and self.pasid[g] == old.pasid[g]
                           and self.members[g] == old.members[g] for g in Group))

    # --- I12 JOIN ---

    @action_property("hot_add")
    @since(Era.E3)
    @when("membership")
    def a_new_member_gets_the_domain_of_its_group(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """I12 JOIN: before a driver can bind to it, or at its first mapping where that is deferred."""
        return implies(outcome.done and not self.deferred[d], self.hw[d] == self.domain[self.home[d]])

    # --- L2, L3, L7 as far as single steps can say ---

    @action_property("group_claim")
    @since(Era.E1)
    @when("core_callers")
    def an_idle_group_can_be_claimed(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """L2: unless a member must not be blocked, is in reset, or resources run out."""
        return implies(old.owner_cnt[g] == 0 and old.recovery_cnt[g] == 0
                       and not any(self.require_direct[d] for d in old.members[g]),
                       outcome.done or outcome.errno == ENOMEM or outcome.reason == "no-blocking-domain")

    @action_property("set_container")
    @since(Era.E1)
    @when("vfio")
    def an_idle_group_can_join_a_container(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """L2 for VFIO, also for groups without an IOMMU."""
        return implies(old.owner_cnt[g] == 0 and old.recovery_cnt[g] == 0 and old.container[g] is None
                       and old.group_fd[g] is GroupFd.OPEN
                       and not any(self.require_direct[d] for d in old.members[g]),
                       outcome.done or outcome.errno == ENOMEM or outcome.reason == "no-blocking-domain")

    @action_property("bind")
    def a_kernel_driver_can_bind_where_nobody_holds_the_group(
            self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """L3: after the last release nothing of the owner keeps a driver out."""
        return implies(old.owner_cnt[self.home[d]] == 0 and driver is Driver.KDMA
                       and (old.default[self.home[d]] is not None or d not in old.members[self.home[d]]),
                       outcome.done or outcome.reason == "probe-failed")

    @action_property("bind")
    @unless("kernel_private", "pasids")
    def kernel_drivers_can_share_a_group(
            self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """L3: a group that the kernel uses takes further drivers."""
        return implies(old.owner_cnt[self.home[d]] > 0 and old.owner[self.home[d]] is None and driver is Driver.KDMA,
                       outcome.done or outcome.reason == "probe-failed")

    @action_property("group_claim")
    @when("core_callers")
    def only_a_holder_keeps_a_claim_out(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """L7: a group whose drivers are all managed, and that nobody claimed, is never already held."""
        return implies(outcome.errno == EPERM,
                       old.owner[g] is not None
                       or any(old.uses[d] and (old.driver[d] is Driver.KDMA or old.driver[d] is Driver.KPRIV)
                              for d in old.members[g]))

    # --- situations that must be reachable ---

    @goal
    def two_kernel_drivers_share_a_group(self) -> bool:
        """KERNEL with a count of two."""
        return any(self.owner_cnt[g] == 2 and self.owner[g] is None for g in Group)

    @goal
    def an_owner_waits_on_the_blocking_domain(self) -> bool:
        """USER_BLK."""
        return any(self.owner[g] is not None and self.domain[g] == Blocking() for g in Group)

    @goal
    def an_owner_uses_its_own_table(self) -> bool:
        """USER_MAP."""
        return any(self.has_table(g) and self.owner[g] is not None for g in Group)

    @goal
    @since(Era.E2)
    def two_devices_are_claimed_with_one_cookie(self) -> bool:
        """A count of two that belongs to userspace."""
        return any(self.owner_cnt[g] == 2 and self.owner[g] is not None for g in Group)

    @goal
    @when("kernel_private")
    def a_kernel_driver_uses_its_own_domain(self) -> bool:
        """KPRIVATE."""
        return any(self.is_kernel_table(self.domain[g]) for g in Group)

    @goal
    @when("membership")
    def a_device_joins_its_owners_table(self) -> bool:
        """The last member is attached to a user's table and has no driver yet."""
        return any(isinstance(self.domain[g], Table) and self.driver[d] is Driver.NONE and self.hw[d] == self.domain[g]
                   for g in Group for d in self.members[g])

    @goal
    @since(Era.E5)
    @when("resets")
    def a_release_overtakes_a_reset(self) -> bool:
        """The group went back to its default while a member is still blocked."""
        return any(self.blocked[d] and self.idle(self.home[d]) for d in Device)

    @goal
    @when("deferral")
    def a_claim_undefers_a_device(self) -> bool:
        """No driver ever mapped anything, yet the device is attached for real."""
        return any(not self.deferred[d] and self.hw[d] == self.default[self.home[d]] for d in Device
                   if self.grouped(d))
