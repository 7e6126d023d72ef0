"""PASID slot 1: attach, replace and detach for all members of a group. There is no ownership test."""

from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Domain, Driver, Era, Group, KernelTable, Owner, TableId
from spec.uapi.dma_ownership_type import TypeChange


@abstract
class Pasids(TypeChange):
    """One PASID; slot 0, no PASID, belongs to the attach handle of iommufd."""

    group_test_first: Switch[bool] = since(Era.E4)       # ENODEV before EOPNOTSUPP
    incapable_are_skipped: Switch[bool] = since(Era.E4)  # members that cannot issue PASIDs do not count
    undo_only_done: Switch[bool] = since(Era.E3)         # 6.9: undo the members that succeeded, not all of them

    sole_holders_use_pasids: Switch[bool] = axiom()      # T2: a kernel driver only where it holds the group alone

    max_pasids: Constant[Map[Device, Annotated[int, Bounds(0, 2)]]] = everywhere(2)   # 0: cannot issue any

    # --- core ---

    def pasid_guard(self, d: Device, *, unsupported: bool, foreign: bool) -> Outcome:
        """Everything that is tested before the slot, in kernel order."""
        if self.group_test_first and not self.grouped(d):
            return refuse(ENODEV, "pasid-no-group", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        if self.mistakes and unsupported:
            return refuse(EOPNOTSUPP, "no-pasid-support", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        if not self.group_test_first and not self.grouped(d):
            return refuse(ENODEV, "pasid-no-group-late", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        if self.mistakes and foreign:
            return refuse(EINVAL, "not-for-this-pasid", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        return self.pasid_fence(self.home[d])

    def pasid_fence(self, g: Group) -> Outcome:
        """Nobody changes PASIDs of a group with a member in reset."""
        if self.resets and self.era >= Era.E5 and self.recovery_cnt[g] > 0:
            return refuse(EBUSY, "reset-in-progress-pasid", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        return DONE

    def pasid_limits(self, g: Group) -> Outcome:
        """Attach looks at the limits of all members; a replacement leaves that to their drivers."""
        if any(not self.can_pasid(d) and not self.pasid_skips(d) for d in self.members[g]):
            return refuse(EINVAL, "pasid-too-large", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        return DONE

    def can_pasid(self, d: Device) -> bool:
        """True if the device can issue PASID 1."""
        return self.max_pasids[d] > 1

    def pasid_skips(self, d: Device) -> bool:
        """True if the device issues no PASIDs at all and is passed over."""
        return self.incapable_are_skipped and self.max_pasids[d] == 0

    def pasid_attach(self, d: Device, new: Domain) -> Outcome:
        """drivers/iommu/iommu.c:iommu_attach_device_pasid()."""
        g = self.home[d]
        if (bad := self.pasid_guard(d)).refused:
            return bad
        if (small := self.pasid_limits(g)).refused:
            return small
        if self.pasid[g] is not None:
            return refuse(EBUSY, "pasid-taken", sure="read", cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()")
        moved = self.pasid_set_members(g, new)
        if moved.done:
            self.pasid[g] = new
            self.pasid_alive[g] = True
        return moved

    def pasid_set_members(self, g: Group, new: Domain) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_set_group_pasid(): members in order, undone to the old on failure."""
        for d in self.members[g]:
            if not self.pasid_skips(d):
                moved = self.pasid_set(d, new)
                if moved.refused:
                    self.pasid_undo(g, d)
                    return moved
        return DONE

    def pasid_set(self, d: Device, new: Domain, *, attach_fails: bool) -> Outcome:
        """The driver's set_dev_pasid; only a replacement comes to a late joiner that cannot issue the PASID."""
        if not self.can_pasid(d):
            return refuse(EINVAL, "late-joiner-cannot-issue-pasid", partial=True, sure="guessed",
                          cites="drivers/iommu/iommu.c:__iommu_set_group_pasid()")
        if self.attach_faults and attach_fails:
            return refuse(ENOMEM, "pasid-attach-failed", sure="guessed",
                          cites="drivers/iommu/iommu.c:__iommu_set_group_pasid()")
        self.hw_pasid[d] = new
        return DONE

    def pasid_undo(self, g: Group, failing: Device) -> None:
        """Back to what the slot holds, for the members before the one that failed; once for all members."""
        for d in self.members[g]:
            if self.undo_only_done and d == failing:
                break
            if not self.pasid_skips(d):
                self.hw_pasid[d] = self.pasid[g]

    def pasid_clear(self, g: Group) -> None:
        """drivers/iommu/iommu.c:iommu_detach_device_pasid(): every member, also one that joined later."""
        for d in self.members[g]:
            if not self.skipped(d):
                self.hw_pasid[d] = None
        self.pasid[g] = None
        self.pasid_alive[g] = False

    # --- callers ---

    @kernel(cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()", sure="read")
    @when("pasids")
    @since(Era.E2)
    def attach_pasid(self, d: Device, o: Owner, t: TableId) -> Outcome:
        """The owner of the group attaches a table of its own to PASID 1."""
        require(self.owner[self.home[d]] == o or not self.holders_attach)
        return self.pasid_attach(d, self.table(o, t))

    @kernel(cites="drivers/iommu/iommu.c:iommu_attach_device_pasid()", sure="read")
    @when("pasids")
    @since(Era.E2)
    def attach_kernel_pasid(self, d: Device) -> Outcome:
        """A kernel driver uses PASID 1 for a domain of its own."""
        require(self.driver[d] is Driver.KDMA)
        # without this the sibling's `unuse` finds an occupied slot, warns, and its use is never dropped
        require(self.sole_holder(d) or not self.grouped(d) or not self.sole_holders_use_pasids)
        return self.pasid_attach(d, KernelTable(device=d))

    @kernel(cites="drivers/iommu/iommu.c:iommu_replace_device_pasid()", sure="read")
    @when("pasids")
    @since(Era.E4)
    def replace_pasid(self, d: Device, o: Owner, t: TableId) -> Outcome:
        """The owner exchanges the table of PASID 1."""
        require(self.owner[self.home[d]] == o)
        if (bad := self.pasid_guard(d)).refused:
            return bad
        if self.pasid[self.home[d]] is None:
            return refuse(EINVAL, "pasid-empty", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_replace_device_pasid()")
        if self.pasid[self.home[d]] == self.table(o, t):
            return DONE      # the members are not asked, so a late joiner gets nothing
        late = self.has_late_joiner(self.home[d])
        moved = self.pasid_set_members(self.home[d], self.table(o, t))
        if moved.refused:
            return self.pasid_not_replaced(moved, late)
        self.pasid[self.home[d]] = self.table(o, t)
        return DONE

    def has_late_joiner(self, g: Group) -> bool:
        """True if a member joined after the slot was filled and has nothing there."""
        return any(self.hw_pasid[d] is None and not self.pasid_skips(d) for d in self.members[g])

    def pasid_not_replaced(self, why: Outcome, late: bool) -> Outcome:
        """The undo installs the old domain on every member passed, on those too that never had it."""
        if late and why.errno == ENOMEM:
            return refuse(ENOMEM, "late-joiner-got-old-pasid", partial=True, sure="deduced",
                          cites="drivers/iommu/iommu.c:__iommu_set_group_pasid()")
        return why

    @kernel(cites="drivers/iommu/iommu.c:iommu_detach_device_pasid()", sure="read")
    @when("pasids")
    @since(Era.E2)
    def detach_pasid(self, g: Group) -> None:
        """Who attached detaches, and frees the domain."""
        require(self.pasid_alive[g])
        self.pasid_clear(g)

    def quiesce(self, d: Device) -> None:
        """A driver that put its own domain into the slot takes it out before it goes."""
        if self.pasids and self.pasid[self.home[d]] == KernelTable(device=d):
            self.pasid_clear(self.home[d])
        super().quiesce(d)
