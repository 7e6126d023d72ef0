"""What the states promise: exclusion, counting, isolation of owned groups, agreement of belief and hardware."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership_iommufd import IommufdDevices
from spec.uapi.dma_ownership_state import (
    Blocking,
    Default,
    Device,
    Domain,
    Driver,
    Era,
    Group,
    KernelTable,
    Owner,
    Table,
)
from spec.uapi.dma_ownership_vfio import Cdev


@abstract
class StatePromises(IommufdDevices):
    """Invariants; each names its number and the era that promises it."""

    # --- words for the promises ---

    def use_sum(self, g: Group) -> int:
        """Devices that hold a use of the default domain."""
        return sum(1 for d in Device if self.home[d] == g and self.uses[d])

    def claim_sum(self, g: Group) -> int:
        """Device-level claims, and one for the group-level claim."""
        return (sum(1 for d in Device if self.home[d] == g and self.claims[d] is not None)
                + (1 if self.group_owner[g] is not None else 0))

    def settled(self, d: Device) -> bool:
        """True if the hardware should follow the group: neither deferred nor in reset, nor a twin of who is."""
        return (not self.deferred[d] and not self.blocked[d]
                and not (self.aliased and self.recovery_cnt[self.home[d]] > 0))

    # --- who holds the group ---

    @invariant
    def kernel_and_userspace_never_share_a_group(self) -> bool:
        """I1 EXCL."""
        return all(self.claim_sum(g) == 0 for g in Group if self.use_sum(g) > 0)

    @invariant
    @since(Era.V8)
    def owner_count_is_the_number_of_holders(self) -> bool:
        """I2 COUNT."""
        return all(self.owner_cnt[g] == self.use_sum(g) + self.claim_sum(g) for g in Group)

    @invariant
    def a_group_has_an_owner_exactly_while_claimed(self) -> bool:
        """I2 COUNT, second half; so an owner implies a count above zero."""
        return all((self.owner[g] is not None) == (self.claim_sum(g) > 0) for g in Group)

    @invariant
    def all_claims_carry_the_cookie_of_the_owner(self) -> bool:
        """I3 COOKIE, for devices."""
        return all(self.claims[d] == self.owner[self.home[d]] for d in Device if self.claims[d] is not None)

    @invariant
    def a_group_claim_carries_the_cookie_of_the_owner(self) -> bool:
        """I3 COOKIE, for groups."""
        return all(self.group_owner[g] == self.owner[g] for g in Group if self.group_owner[g] is not None)

    # --- what the hardware may reach ---

    @invariant
    @since(Era.E1)
    def owned_devices_reach_only_their_owners_memory(self) -> bool:
        """I4 NOKERN: from the claim until after the release, on every member."""
        return all(self.only_owners(self.hw[d], self.owner[g])
                   for g in Group for d in self.members[g] if self.owner[g] is not None)

    @invariant
    @since(Era.E2)
    @when("pasids")
    def owned_pasids_reach_only_their_owners_memory(self) -> bool:
        """I4 NOKERN, for slot 1."""
        return all(self.hw_pasid[d] is None or self.only_owners(self.hw_pasid[d], self.owner[g])
                   for g in Group for d in self.members[g] if self.owner[g] is not None)

    def only_owners(self, it: Domain | None, o: Owner | None) -> bool:
        """True if the domain reaches nothing but what this owner mapped."""
        if it is None:
            return False
        if isinstance(it, Table):
            return it.owner == o
        return isinstance(it, Blocking)

    @invariant
    @since(Era.E1)
    def userspace_dma_never_reaches_kernel_memory(self) -> bool:
        """I4 NOKERN, strong form under T1: without T1 a managed driver may start DMA when it binds."""
        return all(not self.reaches_kernel(self.hw[d]) for d in Device
                   if self.grouped(d) and self.may_issue_user_dma(d))

    def may_issue_user_dma(self, d: Device) -> bool:
        """True if userspace may make this device issue DMA."""
        return (self.driver[d] is Driver.UDRV
                and (not self.trusted_drivers or self.owner[self.home[d]] is not None))

    def reaches_kernel(self, it: Domain | None) -> bool:
        """True if DMA through the domain can hit kernel memory; no domain counts, for it may be bypass."""
        if it is None:
            return True
        return isinstance(it, Default) or isinstance(it, KernelTable)

    @invariant
    @since(Era.E3)
    def members_use_the_domain_of_their_group(self) -> bool:
        """I5 SAME."""
        return all(self.hw[d] == self.domain[g] for g in Group for d in self.members[g]
                   if self.domain[g] is not None and self.settled(d))

    @invariant
    @since(Era.E5)
    @when("resets")
    def members_in_reset_are_blocked(self) -> bool:
        """I5 SAME, for a reset."""
        return all(self.hw[d] == Blocking() for d in Device if self.blocked[d])

    @invariant
    @since(Era.E2)
    @when("pasids")
    def members_use_the_pasid_domain_of_their_group(self) -> bool:
        """I5 SAME, for slot 1; a member that joined later has nothing there."""
        return all(self.hw_pasid[d] == self.pasid[g] for g in Group for d in self.members[g]
                   if self.hw_pasid[d] is not None)

    @invariant
    @since(Era.E1)
    def a_group_nobody_holds_is_on_its_default_domain(self) -> bool:
        """I9 IDLEDEF: `use` of an idle group does not look at the domain."""
        return all((self.domain[g] is None or self.domain[g] == self.default[g]) and not self.slots_occupied(g)
                   for g in Group if self.owner_cnt[g] == 0)

    # --- lifetime ---

    def exists_for(self, g: Group, it: Domain | None) -> bool:
        """True if the domain was not freed; the blocking domain lives as long as its group."""
        if it is None:
            return True
        return isinstance(it, Blocking) or it in self.alive[g]

    @invariant
    def groups_refer_to_living_domains(self) -> bool:
        """I10 LIVEOBJ, what the core believes."""
        return all(self.exists_for(g, self.domain[g]) and self.exists_for(g, self.default[g])
                   and implies(self.pasid[g] is not None, self.pasid_alive[g]) for g in Group)

    @invariant
    @since(Era.E1)
    def hardware_uses_living_domains(self) -> bool:
        """I10 LIVEOBJ, what the IOMMU walks."""
        return all(self.exists_for(self.home[d], self.hw[d])
                   and implies(self.hw_pasid[d] is not None, self.pasid_alive[self.home[d]]) for d in Device)

    @invariant
    def devices_without_a_driver_hold_nothing(self) -> bool:
        """I11 NOLEAK."""
        return all(not self.uses[d] and self.claims[d] is None for d in Device if self.driver[d] is Driver.NONE)

    @invariant
    def removed_devices_hold_nothing(self) -> bool:
        """I11 NOLEAK, for a device outside its group."""
        return all(not self.uses[d] and self.claims[d] is None and self.hw[d] is None
                   for d in Device if not self.grouped(d))

    @invariant
    @since(Era.E2)
    @unless("core_callers")
    def closed_devices_claim_nothing(self) -> bool:
        """I11 NOLEAK, for VFIO: a claim needs an open fd."""
        return all(self.opens[d] > 0 or self.cdev[d] is Cdev.BOUND for d in Device if self.claims[d] is not None)

    @invariant
    @when("vfio")
    def closed_groups_claim_nothing(self) -> bool:
        """I11 NOLEAK, for containers: a group-level claim lives with the container."""
        return all(self.container[g] == self.group_owner[g] for g in Group if self.group_owner[g] is not None)

    # --- firmware, reset, topology ---

    @invariant
    @since(Era.E3)
    def devices_with_direct_mappings_are_never_blocked(self) -> bool:
        """I14 DIRECT."""
        return all(self.hw[d] != Blocking() for d in Device if self.require_direct[d] and not self.blocked[d])

    @invariant
    @since(Era.E3)
    def groups_with_direct_mappings_are_never_claimed(self) -> bool:
        """I14 DIRECT, the group; rests on T3 for devices that join later."""
        return all(not any(self.require_direct[d] for d in self.members[g])
                   for g in Group if self.owner[g] is not None)

    @invariant
    @since(Era.E5)
    @when("resets")
    def resetting_devices_get_no_invalidations(self) -> bool:
        """I15 RESET: who may ignore an invalidation is blocked; not promised where requester ids are shared."""
        return all(self.hw[d] == Blocking() for g in Group for d in self.members[g]
                   if self.in_reset[d] > 0 and self.ats[d])

    @invariant
    @since(Era.E5)
    @when("resets")
    def resetting_devices_have_no_pasid_installed(self) -> bool:
        """I15 RESET, for slot 1."""
        return all(self.hw_pasid[d] is None for d in Device if self.in_reset[d] > 0 and self.ats[d])

    @invariant
    @since(Era.E5)
    @when("resets")
    def recovery_count_is_the_number_of_blocked_members(self) -> bool:
        """I15 RESET, the counts."""
        return (all(self.recovery_cnt[g] == sum(1 for d in self.members[g] if self.blocked[d]) for g in Group)
                and all(self.blocked[d] == (self.reset_depth[d] > 0) for d in Device))

    @invariant
    @since(Era.E4)
    def kernel_drivers_start_on_a_domain_made_for_them(self) -> bool:
        """I16 READY, except for members that are in reset or still deferred."""
        return all(self.default[self.home[d]] is not None and self.is_drivers_own(self.hw[d])
                   for d in Device if self.uses[d] and self.settled(d))

    def is_drivers_own(self, it: Domain | None) -> bool:
        """True for a default domain, or one that a kernel driver made."""
        if it is None:
            return False
        return isinstance(it, Default) or isinstance(it, KernelTable)

    @invariant
    def devices_in_reach_never_mix_kernel_and_userspace(self) -> bool:
        """I17 CLOSE: what I1 is worth where a device can reach another's registers."""
        return all(not (self.uses[d] and self.owner[self.home[e]] is not None)
                   for e in Device for d in Device if self.reaches[e, d])

    @invariant
    @when("kernel_private")
    def a_private_domain_has_a_single_kernel_holder(self) -> bool:
        """I18 SINGLE-KP."""
        return all(self.owner_cnt[g] == 1 and self.owner[g] is None
                   for g in Group if self.is_kernel_table(self.domain[g]))

    def is_kernel_table(self, it: Domain | None) -> bool:
        """True for the domain of a kernel driver."""
        return isinstance(it, KernelTable)

    @invariant
    def managed_drivers_do_not_count_as_uses(self) -> bool:
        """L7: so a managed driver never locks its own claim out."""
        return all(not self.uses[d] for d in Device if self.managed(self.driver[d]))

    # --- in the middle of a switch ---

    @during
    def the_hardware_sees_only_the_old_and_the_new_domain(self, old: Self) -> bool:
        """I13 OLDNEW: or nothing at all, when a member was blocked."""
        return all(self.hw[d] == old.hw[d] or self.hw[d] == self.domain[self.home[d]]
                   or self.hw[d] == self.switching[self.home[d]]
                   or self.hw[d] == Blocking() for d in Device if self.grouped(d))
