"""Changes of a group's domain: the member-by-member switch, its roll-back, attach, replace and detach."""

from spec.lang import *
from spec.uapi.dma_ownership_state import (
    Blocking,
    Device,
    DmaState,
    Domain,
    Driver,
    Era,
    Group,
    KernelTable,
    Owner,
    TableId,
)


@abstract
class DomainChanges(DmaState):
    """How the core moves the members of a group from one domain to another."""

    driver_check: Switch[bool] = since(Era.E3)    # a domain of another IOMMU driver is refused
    null_is_a_bug: Switch[bool] = since(Era.E3)   # switching to no domain at all is a WARN, no longer a detach

    # --- one device ---

    def device_set(self, d: Device, new: Domain, must: bool) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_device_set_domain(): attach one device."""
        if self.direct_guard and self.require_direct[d] and new == Blocking():
            return refuse(EINVAL, "direct-mapping", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_device_set_domain()")
        if self.deferral and self.deferred[d]:
            if new == self.default[self.home[d]]:
                return DONE
            # cleared before the attach, so a failed claim un-defers the device: see `failed`
            self.deferred[d] = False
            return self.device_attach(d, new, must or self.postponed_attach_succeeds)
        return self.device_attach(d, new, must)

    def device_attach(self, d: Device, new: Domain, must: bool, *, attach_fails: bool) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_attach_device(): the driver's attach_dev, the only place that may fail."""
        if self.attach_faults and not (must and self.reattach_succeeds) and attach_fails:
            if not self.attach_is_atomic:
                self.translate(d, new)
            return refuse(ENOMEM, "attach-failed", sure="recorded",
                          cites="vfio ownership traces, fault injection; drivers/iommu/iommu.c:__iommu_attach_device()")
        self.translate(d, new)
        return DONE

    def translate(self, d: Device, new: Domain) -> None:
        """The IOMMU's table entry, which belongs to a requester id rather than to a device."""
        if self.aliased:
            for e in self.members[self.home[d]]:
                self.hw[e] = new
        self.hw[d] = new

    def device_detach(self, d: Device, *, keeps_translating: bool) -> None:
        """The driver's detach of old: some go to bypass, for others it does nothing."""
        if not keeps_translating:
            self.hw[d] = None

    # --- the whole group ---

    def set_domain(self, g: Group, new: Domain | None, must: bool) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_group_set_domain_internal()."""
        if new == self.domain[g]:
            return DONE
        if new is None:
            self.leave_domain(g)
            return DONE
        if (fence := self.reset_fence(g, must)).refused:
            return fence
        self.switching[g] = new
        moved = self.switch_members(g, new, must)
        if must or moved.done:
            self.domain[g] = new
        self.switching[g] = None
        return moved

    def reset_fence(self, g: Group, must: bool) -> Outcome:
        """Nobody moves a group with a member in reset, except who must."""
        if self.resets and self.recovery_cnt[g] > 0 and not (must and self.must_spares_reset_fence):
            return refuse(EBUSY, "reset-in-progress", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_group_set_domain_internal()")
        return DONE

    def leave_domain(self, g: Group) -> None:
        """To no domain at all: a detach of every member until 6.4, a bug of the caller since."""
        if self.null_is_a_bug:
            warn("switch to no domain", sure="read", cites="drivers/iommu/iommu.c:__iommu_group_set_domain_internal()")
        else:
            for d in self.members[g]:
                self.device_detach(d)
            self.domain[g] = None

    def switch_members(self, g: Group, new: Domain, must: bool) -> Outcome:
        """Move the members in order; the first failure decides, unless all must move."""
        undeferred = self.deferral and any(self.deferred[d] for d in self.members[g])
        result = DONE
        for d in self.members[g]:
            if self.skipped(d):
                continue
            moved = self.device_set(d, new, must)
            if moved.refused:
                if not must:
                    self.switch_back(g, d)
                    return self.failed(moved, undeferred)
                self.block_instead(d, new)
                result = moved
        return result

    def skipped(self, d: Device) -> bool:
        """True if a switch passes over this member because it is in reset."""
        return self.resets and self.blocked[d]

    def switch_back(self, g: Group, failing: Device) -> None:
        """Re-attach the old domain up to the member that failed; without an old one release cleans up."""
        if self.rollback and self.domain[g] is not None:
            for d in self.members[g]:
                if d == failing and not self.revert_failing_member:
                    break
                if not self.skipped(d):
                    self.attach_back(d, self.domain[g])
                if d == failing:
                    break

    def attach_back(self, d: Device, old: Domain) -> None:
        """One member of the roll-back."""
        if self.device_set(d, old, True).refused:
            warn("roll-back failed", sure="read", cites="drivers/iommu/iommu.c:__iommu_group_set_domain_internal()")

    def failed(self, why: Outcome, undeferred: bool) -> Outcome:
        """Pass the error on; an attach that was deferred has taken place meanwhile and stays."""
        if undeferred:
            if why.errno == EINVAL:
                return refuse(EINVAL, "direct-mapping-undeferred", partial=True, sure="read",
                              cites="drivers/iommu/iommu.c:__iommu_device_set_domain()")
            return refuse(ENOMEM, "attach-failed-undeferred", partial=True, sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_device_set_domain()")
        return why

    def block_instead(self, d: Device, new: Domain) -> None:
        """A member that must move and cannot is blocked, so that it keeps no freed domain."""
        if self.rollback and new != Blocking():
            stopped = self.device_set(d, Blocking(), True)
            if stopped.refused:
                warn("device cannot even be blocked", sure="read",
                     cites="drivers/iommu/iommu.c:__iommu_device_set_domain()")

    def must_set(self, g: Group, new: Domain | None) -> None:
        """drivers/iommu/iommu.c:__iommu_group_set_domain_nofail()."""
        if self.set_domain(g, new, True).refused:
            warn("a switch that must succeed failed", sure="recorded",
                 cites="drivers/iommu/iommu.c:__iommu_group_set_domain_nofail()")

    # --- for callers ---

    def attach_guard(self, g: Group) -> Outcome:
        """No test of who owns the group: safety rests on the claim having moved it to blocking."""
        if self.domain[g] is not None and not self.uses_default(g) and self.domain[g] != Blocking():
            return refuse(EBUSY, "private-domain", sure="read", cites="drivers/iommu/iommu.c:__iommu_attach_group()")
        return DONE

    def attach_group(self, g: Group, new: Domain, *, foreign: bool) -> Outcome:
        """drivers/iommu/iommu.c:iommu_attach_group()."""
        if (busy := self.attach_guard(g)).refused:
            return busy
        if self.mistakes and self.driver_check and foreign:
            return refuse(EINVAL, "other-iommu-driver", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_attach_group()")
        return self.set_domain(g, new, False)

    def attach_device(self, d: Device, new: Domain) -> Outcome:
        """drivers/iommu/iommu.c:iommu_attach_device(): only for a device alone in its group."""
        if not self.grouped(d):
            return refuse(ENODEV, "no-group", sure="read", cites="drivers/iommu/iommu.c:iommu_attach_device()")
        if (shared := self.attach_device_guard(d)).refused:
            return shared
        return self.attach_group(self.home[d], new)

    def attach_device_guard(self, d: Device) -> Outcome:
        """Only the number of members keeps one driver from moving a sibling."""
        if len(self.members[self.home[d]]) != 1:
            return refuse(EINVAL, "group-has-siblings", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device()")
        return DONE

    def replace_domain(self, g: Group, new: Domain | None) -> Outcome:
        """drivers/iommu/iommu.c:iommu_group_replace_domain(): any domain to `new` without blocking in between."""
        if new is None:
            return refuse(EINVAL, "no-domain", sure="read", cites="drivers/iommu/iommu.c:iommu_group_replace_domain()")
        return self.set_domain(g, new, False)

    def core_domain(self, g: Group) -> Domain | None:
        """What a group falls back to: blocking while owned, else the default."""
        if self.owner[g] is None:
            return self.default[g]
        return Blocking() if self.blocking_domain else None

    def detach_group(self, g: Group) -> None:
        """drivers/iommu/iommu.c:iommu_detach_group(): cannot fail."""
        self.must_set(g, self.core_domain(g))

    # --- callers: the owner ---

    @kernel(cites="drivers/iommu/iommu.c:iommu_attach_group()", sure="read")
    @when("core_callers")
    def attach(self, g: Group, o: Owner, t: TableId) -> Outcome:
        """An owner attaches a table of its own."""
        require(self.may_attach(g, o))
        attached = self.attach_group(g, self.table(o, t))
        if attached.done:
            self.keep_alive(g, self.table(o, t))
        return attached

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_replace_domain()", sure="read")
    @when("core_callers")
    @since(Era.E2)
    def replace_table(self, g: Group, o: Owner, t: TableId, *, nothing: bool) -> Outcome:
        """An owner exchanges its table without passing through blocking."""
        require(self.owner[g] == o)
        replaced = self.replace_domain(g, None if self.mistakes and nothing else self.table(o, t))
        if replaced.done:
            self.free_tables(g)
            self.keep_alive(g, self.table(o, t))
        return replaced

    @kernel(cites="drivers/iommu/iommu.c:iommu_detach_group()", sure="read")
    @when("core_callers")
    def detach(self, g: Group) -> None:
        """Who attached a table detaches and frees it."""
        require(self.has_table(g))
        self.detach_group(g)
        self.free_tables(g)

    def may_attach(self, g: Group, o: Owner) -> bool:
        """T2: who attaches holds the claim."""
        return len(self.members[g]) > 0 and (self.owner[g] == o or not self.holders_attach)

    # --- callers: a kernel driver with its own domain ---

    @kernel(cites="drivers/iommu/iommu.c:iommu_attach_device()", sure="read")
    @when("kernel_private")
    def attach_private(self, d: Device, whole_group: bool) -> Outcome:
        """A bound driver moves its device, or as sole holder its group, to a domain of its own."""
        require(self.driver[d] is Driver.KPRIV)
        require(KernelTable(device=d) not in self.alive[self.home[d]])
        require(not whole_group or self.sole_holder(d) or not self.holders_attach)
        if whole_group:
            attached = self.attach_group(self.home[d], KernelTable(device=d))
        else:
            attached = self.attach_device(d, KernelTable(device=d))
        if attached.done:
            self.keep_alive(self.home[d], KernelTable(device=d))
        return attached

    def sole_holder(self, d: Device) -> bool:
        """T2: nobody else holds the group."""
        return self.uses[d] and self.owner_cnt[self.home[d]] == 1

    @kernel(cites="drivers/iommu/iommu.c:iommu_detach_device()", sure="read")
    @when("kernel_private")
    def detach_private(self, d: Device) -> None:
        """The driver goes back to the default domain and frees its own."""
        require(KernelTable(device=d) in self.alive[self.home[d]])
        self.drop_private(d)

    def drop_private(self, d: Device) -> None:
        """Detach and free the domain that the driver of `d` attached, if it did."""
        if self.kernel_private and KernelTable(device=d) in self.alive[self.home[d]]:
            self.detach_group(self.home[d])
            self.free(self.home[d], KernelTable(device=d))
