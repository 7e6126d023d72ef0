"""Devices that join and leave a group, and the window at boot before a group has its default domain."""

from spec.lang import *
from spec.uapi.dma_ownership_driver import DriverCore
from spec.uapi.dma_ownership_state import Default, Device, Domain, Driver, Era, Group


@abstract
class Membership(DriverCore):
    """Hot-add, hot-remove and the end of boot."""

    hot_add_joins: Switch[bool] = since(Era.E3)      # a new member gets the group's domain (e7f85dfbbc9c)
    strict_lifetime: Switch[bool] = since(Era.E1)    # who claimed a group lets go before its last member leaves
    members_before_bind: Switch[bool] = axiom()      # a device gets its group before a driver binds to it

    # --- core ---

    def join(self, d: Device) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_probe_device(): attached before the group's list shows the device."""
        if self.deferral:
            self.deferred[d] = True
        ready = self.prepare_member(d)
        if ready.done:
            self.members[self.home[d]] = self.members[self.home[d]] + (d,)
        elif self.deferral:
            self.deferred[d] = False
        return ready

    def prepare_member(self, d: Device, *, queued: bool) -> Outcome:
        """The domain of the group, or the first default domain, unless the group waits for the end of boot."""
        g = self.home[d]
        if self.domain[g] is not None:
            return self.join_domain(d, self.domain[g])
        if self.default[g] is None and not (self.boot_window and queued):
            if (made := self.first_default(g)).refused:
                return made
            if self.device_set(d, self.default[g], True).refused:
                warn("the first attach of a device failed", sure="read",
                     cites="drivers/iommu/iommu.c:iommu_setup_default_domain()")
        return DONE

    def join_domain(self, d: Device, current: Domain) -> Outcome:
        """What a new member of a group with a domain gets."""
        if self.owner[self.home[d]] is None or self.hot_add_joins:
            return self.device_set(d, current, False)
        return DONE

    def first_default(self, g: Group, *, no_memory: bool) -> Outcome:
        """drivers/iommu/iommu.c:iommu_setup_default_domain() for a group without one."""
        if self.allocation_faults and no_memory:
            return refuse(ENOMEM, "no-memory-for-default-domain", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_setup_default_domain()")
        self.default[g] = Default(second=False)
        self.keep_alive(g, Default(second=False))
        if self.domain[g] is None:
            self.must_set(g, self.default[g])
        return DONE

    def leave(self, d: Device) -> None:
        """drivers/iommu/iommu.c:__iommu_group_remove_device(); who holds the group is not touched."""
        g = self.home[d]
        self.members[g] = without(self.members[g], d)
        self.hw[d] = None
        self.hw_pasid[d] = None
        if len(self.members[g]) == 0:
            if self.owner_cnt[g] != 0 or not self.uses_default(g):
                warn("the last member leaves a group that is held", sure="read",
                     cites="drivers/iommu/iommu.c:__iommu_group_free_device()")
            self.default[g] = None
            self.domain[g] = None
            self.alive[g] = set()

    def before_last_leaves(self, g: Group) -> None:
        """VFIO cuts its link to the group when its last driver goes; a claimer without a driver does it here."""
        if self.strict_lifetime and self.group_owner[g] is not None:
            self.end_group_claim(g)

    # --- actions ---

    @kernel(cites="drivers/iommu/iommu.c:iommu_probe_device()", sure="read")
    @when("membership")
    def hot_add(self, d: Device, *, no_iommu: bool) -> Outcome:
        """A device appears behind the IOMMU."""
        require(not self.grouped(d) and self.in_reset[d] == 0)
        require(self.driver[d] is Driver.NONE or not self.members_before_bind)
        require(not self.no_direct_joiners or not self.require_direct[d] or self.owner[self.home[d]] is None)
        if self.mistakes and no_iommu:
            return refuse(ENODEV, "no-iommu", sure="read", cites="drivers/iommu/iommu.c:__iommu_probe_device()")
        return self.join(d)

    @kernel(cites="drivers/iommu/iommu.c:iommu_release_device()", sure="read")
    @when("membership")
    def hot_remove(self, d: Device) -> None:
        """A device disappears; the driver core has unbound its driver before."""
        require(self.grouped(d) and self.driver[d] is Driver.NONE and self.in_reset[d] == 0)
        require(len(self.members[self.home[d]]) > 1 or self.pasid[self.home[d]] is None)
        if len(self.members[self.home[d]]) == 1:
            self.before_last_leaves(self.home[d])
        if self.deferral:
            self.deferred[d] = False
        self.leave(d)

    @kernel(cites="drivers/iommu/iommu.c:bus_iommu_probe()", sure="read")
    @when("boot_window")
    def boot_finish(self, g: Group) -> Outcome:
        """Groups that were queued during boot get their default domain; nobody looks who holds the group."""
        require(len(self.members[g]) > 0 and self.default[g] is None)
        if (made := self.first_default(g)).refused:
            return made
        if self.domain[g] != self.default[g]:
            return self.set_domain(g, self.default[g], False)
        return DONE
