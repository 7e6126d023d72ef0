"""Lemmas: facts about single states that nobody was promised, but that make the promises inductive.

A lemma is proved together with the promises, like one; a search by enumeration does not need it.
"""

from spec.lang import *
from spec.uapi.dma_ownership_promises import StatePromises
from spec.uapi.dma_ownership_state import Blocking, Default, Device, Domain, Driver, Group, KernelTable, Owner, Table
from spec.uapi.dma_ownership_vfio import Cdev, GroupFd


@abstract
class StateLemmas(StatePromises):
    """What a state between two calls looks like."""

    # --- members ---

    @lemma
    def members_are_listed_once_and_at_home(self) -> bool:
        """The list of a group has its devices, each at most once."""
        return all(self.home[d] == g and sum(1 for e in self.members[g] if e == d) == 1
                   for g in Group for d in self.members[g])

    @lemma
    @unless("membership")
    def every_device_is_a_member(self) -> bool:
        """Without hot-plug nobody comes or goes."""
        return all(self.grouped(d) for d in Device)

    @lemma
    def groups_without_members_are_empty(self) -> bool:
        """The last member takes the domains with it."""
        return all(self.domain[g] is None and self.default[g] is None and self.alive[g] == set()
                   and self.owner[g] is None and self.owner_cnt[g] == 0
                   for g in Group if len(self.members[g]) == 0)

    # --- between two calls ---

    @lemma
    def no_switch_is_under_way(self) -> bool:
        """A switch of domains begins and ends within one call."""
        return all(self.switching[g] is None for g in Group)

    # --- who holds what ---

    @lemma
    @when("members_before_bind")
    def kernel_drivers_hold_the_uses(self) -> bool:
        """Exactly the drivers that do DMA for the kernel hold a use; without a group there is nothing to use."""
        return all(self.uses[d] == (self.grouped(d) and self.driver[d] is not Driver.NONE
                                    and not self.managed(self.driver[d])) for d in Device)

    @lemma
    def userspace_drivers_hold_the_claims(self) -> bool:
        """Only the driver that serves userspace claims."""
        return all(self.driver[d] is Driver.UDRV for d in Device if self.claims[d] is not None)

    @lemma
    def drivers_take_part(self) -> bool:
        """Only classes of drivers that this configuration has are bound."""
        return all(self.driver[d] is Driver.NONE or self.exists(self.driver[d]) for d in Device)

    # --- objects ---

    @lemma
    def defaults_are_default_domains(self) -> bool:
        """A group's default domain is one, it exists, and there is no other."""
        return all((self.default[g] is None or isinstance(self.default[g], Default))
                   and all(self.default[g] == it for it in self.alive[g] if isinstance(it, Default))
                   for g in Group)

    @lemma
    def blocking_domains_are_not_counted(self) -> bool:
        """They live as long as the group."""
        return all(Blocking() not in self.alive[g] for g in Group)

    @lemma
    def tables_belong_to_the_owner(self) -> bool:
        """Who lets a group go has freed its tables."""
        return all(self.is_owners(it, self.owner[g]) for g in Group for it in self.alive[g])

    def is_owners(self, it: Domain, o: Owner | None) -> bool:
        """True unless the domain is the table of somebody else."""
        if isinstance(it, Table):
            return it.owner == o
        return True

    @lemma
    def private_domains_belong_to_private_drivers(self) -> bool:
        """They are freed before the driver leaves."""
        return all(self.has_private_driver(it, g) for g in Group for it in self.alive[g])

    def has_private_driver(self, it: Domain, g: Group) -> bool:
        """True unless the domain was made for a device without such a driver, or for one of another group."""
        if isinstance(it, KernelTable):
            return self.driver[it.device] is Driver.KPRIV and self.home[it.device] == g and self.uses[it.device]
        return True

    # --- after boot ---

    @lemma
    @unless("boot_window")
    def groups_with_members_have_domains(self) -> bool:
        """A group gets its default domain with its first member."""
        return all(self.default[g] is not None and self.domain[g] is not None
                   for g in Group if len(self.members[g]) > 0)

    @lemma
    def believed_and_default_domain_come_together(self) -> bool:
        """A group has both domains or none."""
        return all((self.domain[g] is None) == (self.default[g] is None) for g in Group)

    @lemma
    @when("readiness_test", "claims_wait_for_boot")
    def nobody_holds_a_group_without_domains(self) -> bool:
        """Drivers and claims wait for the default domain."""
        return all(self.owner_cnt[g] == 0 and self.owner[g] is None for g in Group if self.default[g] is None)

    @lemma
    @when("blocking_domain")
    def groups_are_believed_on_their_holders_domain(self) -> bool:
        """An owned group is blocked or on a table of its owner; all others are on their default or a private domain."""
        return all(self.only_owners(self.domain[g], self.owner[g]) if self.owner[g] is not None
                   else self.uses_default(g) or self.is_kernel_table(self.domain[g]) for g in Group)

    @lemma
    @when("deferral")
    def deferred_devices_are_on_no_domain_yet(self) -> bool:
        """A postponed attach is one to the default domain, which the group believes it is on."""
        return all(self.grouped(d) and self.hw[d] is None and not self.blocked[d] and self.uses_default(self.home[d])
                   for d in Device if self.deferred[d])

    @lemma
    def claims_are_of_one_kind(self) -> bool:
        """A group is claimed as a whole or by its devices."""
        return all(self.claims[d] is None for d in Device if self.group_owner[self.home[d]] is not None)

    # --- PASIDs ---

    @lemma
    @when("pasids")
    def occupied_slots_belong_to_who_holds_the_group(self) -> bool:
        """A table in slot 1 is the owner's; a kernel driver's domain there means that it holds the group alone."""
        return all(self.may_hold_slot(self.pasid[g], g) for g in Group)

    def may_hold_slot(self, it: Domain | None, g: Group) -> bool:
        """True if the domain may be in slot 1 of the group."""
        if it is None:
            return True
        if isinstance(it, Table):
            return it.owner == self.owner[g]
        if isinstance(it, KernelTable):
            return self.uses[it.device] and self.home[it.device] == g and self.owner_cnt[g] == 1
        return False

    @lemma
    @when("pasids")
    def slots_hold_living_domains(self) -> bool:
        """Who empties the slot frees, and nobody frees before."""
        return all(self.pasid_alive[g] == (self.pasid[g] is not None) for g in Group)

    @lemma
    @when("pasids")
    def devices_outside_have_no_pasid_installed(self) -> bool:
        """A device that left its group, or cannot issue PASIDs, translates none."""
        return all(self.hw_pasid[d] is None for d in Device
                   if not self.grouped(d) or self.pasid_skips(d))

    # --- resets ---

    @lemma
    @when("resets", "reset_blocks_device")
    def nested_resets_are_counted(self) -> bool:
        """The depth is that of the resets under way, for devices that take part."""
        return all(self.reset_depth[d] == (self.in_reset[d] if self.ats[d] and self.grouped(d) else 0) for d in Device)

    # --- VFIO and iommufd as callers ---

    @lemma
    @unless("core_callers")
    def containers_hold_the_group_claims(self) -> bool:
        """A type1 container claims its groups, an iommufd in its place does not."""
        return all(self.group_owner[g] == self.claimer(g) for g in Group)

    def claimer(self, g: Group) -> Owner | None:
        """Who must hold the group-level claim."""
        o = self.container[g]
        if o is None:
            return None
        return None if self.is_iommufd[o] or not self.needs_claim(g) else o

    @lemma
    @unless("core_callers")
    def backends_belong_to_containers_in_use(self) -> bool:
        """SET_IOMMU of a container lasts until the last group leaves."""
        return all(self.is_iommufd[o] or any(self.container[g] == o for g in Group)
                   for o in Owner if self.backend[o])

    @lemma
    @unless("core_callers")
    def tables_are_in_use(self) -> bool:
        """A table exists for a group while its container has a backend or a device is attached, and is used then."""
        return all(self.has_table(g) == (self.any_attached(g) or self.has_backend(g))
                   and all(self.domain[g] == it for it in self.alive[g] if isinstance(it, Table)) for g in Group)

    def has_backend(self, g: Group) -> bool:
        """True if a type1 container attached the group."""
        o = self.group_owner[g]
        return o is not None and self.backend[o]

    @lemma
    @unless("core_callers")
    def open_devices_have_their_driver(self) -> bool:
        """Unbinding waits for every fd, so a device that is open has a VFIO driver and a group."""
        return (all(self.driver[d] is Driver.UDRV for d in Device
                    if self.opens[d] > 0 or self.cdev[d] is not Cdev.CLOSED)
                and all(self.grouped(d) for d in Device if self.opens[d] > 0 or self.cdev[d] is Cdev.BOUND))

    @lemma
    @unless("core_callers")
    def device_claims_are_those_of_iommufds(self) -> bool:
        """A bound character device, or a device opened through a group with an iommufd, claims."""
        return all((self.claims[d] is not None) == (self.cdev[d] is Cdev.BOUND or self.attached_by_group(d))
                   and (self.cdev[d] is not Cdev.BOUND or self.opens[d] == 0)
                   and self.is_iommufds(self.claims[d])
                   and not (self.emulated[self.home[d]] and self.attached_by_group(d)) for d in Device)

    def attached_by_group(self, d: Device) -> bool:
        """True if the device is open through its group and attached in iommufd."""
        return self.opens[d] > 0 and self.attached[d]

    def is_iommufds(self, o: Owner | None) -> bool:
        """True for no owner and for an iommufd."""
        return o is None or self.is_iommufd[o]

    @lemma
    @unless("core_callers")
    def attached_devices_claim(self) -> bool:
        """Attaching needs a claim, and fills slot 0 of the PASID array."""
        return (all(self.claims[d] is not None for d in Device if self.attached[d])
                and all(self.handle[g] == (self.any_attached(g) and self.slot_zero()) for g in Group))

    @lemma
    @when("vfio")
    def open_groups_have_no_bound_character_device(self) -> bool:
        """One excludes the other."""
        return all(self.cdev[d] is not Cdev.BOUND for g in Group for d in self.members[g]
                   if self.group_fd[g] is GroupFd.OPEN)

    @lemma
    @when("vfio")
    def devices_opened_without_a_claim_keep_their_container(self) -> bool:
        """A type1 container outlives the group fd while a device is open."""
        return all(self.keeps_unclaimed(self.container[self.home[d]], self.home[d]) for d in Device
                   if self.opens[d] > 0 and self.claims[d] is None)

    def keeps_unclaimed(self, o: Owner | None, g: Group) -> bool:
        """True if a device may be open through this container without a claim of its own."""
        return self.emulated[g] or (o is not None and not self.is_iommufd[o])

    @lemma
    @when("vfio", "strict_lifetime")
    def open_groups_and_containers_have_a_driver(self) -> bool:
        """The last VFIO driver that leaves takes a container with it and revokes the group fd."""
        return all(self.vfio_bound(g) for g in Group
                   if self.group_fd[g] is GroupFd.OPEN
                   or (self.container[g] is not None and not self.is_iommufds_own(g)))

    @lemma
    @when("vfio")
    def containers_are_held_by_an_fd(self) -> bool:
        """By the group fd, also a revoked one for an iommufd, or, for a type1 container, by the fd of a device."""
        return all(self.group_fd[g] is GroupFd.OPEN
                   or (self.group_fd[g] is GroupFd.REVOKED and self.is_iommufds_own(g))
                   or (self.group_fd[g] is GroupFd.CLOSED and self.any_unclaimed(g) and not self.is_iommufds_own(g))
                   for g in Group if self.container[g] is not None)

    def any_unclaimed(self, g: Group) -> bool:
        """True if a device is open that does not claim by itself."""
        return any(self.opens[d] > 0 and self.claims[d] is None for d in self.members[g])

    def is_iommufds_own(self, g: Group) -> bool:
        """True if an iommufd stands in for the container."""
        return any(self.is_iommufd[o] for o in Owner if self.container[g] == o)
