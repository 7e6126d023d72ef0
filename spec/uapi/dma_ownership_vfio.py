"""VFIO groups and containers as callers: a type1 container claims the group, an iommufd each device."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership_reset import Resets
from spec.uapi.dma_ownership_state import Device, Domain, Driver, Era, Group, Owner, TableId


class GroupFd(Enum):
    "The one group fd that may be open; REVOKED answers ENODEV since the last VFIO driver left."
    CLOSED = auto()
    OPEN = auto()
    REVOKED = auto()


class Cdev(Enum):
    "The one fd per device character device that is modelled."
    CLOSED = auto()
    OPEN = auto()
    BOUND = auto()


@abstract
class DeviceHolders(Resets):
    """What both ways to reach a device share: who has it open, and what it is attached to in iommufd."""

    is_iommufd: Constant[Map[Owner, bool]] = listed(False, True)   # the others are type1 containers

    group_fd: Map[Group, GroupFd] = everywhere(GroupFd.CLOSED)
    container: Map[Group, Owner | None] = everywhere(None)         # a container, or an iommufd in its place
    backend: Map[Owner, bool] = everywhere(False)   # SET_IOMMU was done; of an iommufd: its compatibility IOAS exists
    opens: Map[Device, Annotated[int, Bounds(0, 2)]] = everywhere(0)   # device fds that came from the group
    cdev: Map[Device, Cdev] = everywhere(Cdev.CLOSED)
    attached: Map[Device, bool] = everywhere(False)                # in iommufd, to the table of its group

    def vfio_bound(self, g: Group) -> bool:
        """True if some member has a VFIO driver."""
        return any(self.driver[d] is Driver.UDRV for d in self.members[g])

    def any_open(self, g: Group) -> bool:
        """True if a device fd that came from the group is open."""
        return any(self.opens[d] > 0 for d in self.members[g])

    def any_attached(self, g: Group) -> bool:
        """True if a device of the group is attached in iommufd."""
        return any(self.attached[d] for d in self.members[g])

    # --- iommufd core ---

    def iommufd_bind(self, d: Device, o: Owner, *, no_memory: bool) -> Outcome:
        """drivers/iommu/iommufd/device.c:iommufd_device_bind(): a device-level claim."""
        if (claimed := self.claim_device(d, o)).refused:
            return claimed
        self.claims[d] = o
        if self.allocation_faults and no_memory:
            self.end_device_claim(d)
            return self.no_object()
        return DONE

    def no_object(self) -> Outcome:
        """The claim was given back."""
        return refuse(ENOMEM, "no-memory-for-device-object", sure="read",
                      cites="drivers/iommu/iommufd/device.c:iommufd_device_bind()")

    def iommufd_attach(self, d: Device, t: TableId) -> Outcome:
        """drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_attach(): the first attaches the group, others join."""
        g = self.home[d]
        new = self.table(self.claims[d], t)
        if self.any_attached(g) and self.domain[g] != new:
            return refuse(EINVAL, "siblings-on-another-table", sure="recorded",
                          cites="vfio ownership traces: first attach of a sibling to another hwpt is EINVAL")
        if (overlaps := self.reserve()).refused:
            return overlaps
        if not self.any_attached(g) and (moved := self.attach_group(g, new)).refused:
            return moved
        self.attached[d] = True
        self.handle[g] = self.slot_zero()
        self.keep_alive(g, new)
        return DONE

    def slot_zero(self) -> bool:
        """True if the attach handle of iommufd sits in slot 0 of the PASID array (6.12)."""
        return self.era >= Era.E3

    def reserve(self, *, reserved: bool) -> Outcome:
        """drivers/iommu/iommufd/io_pagetable.c:iopt_table_enforce_dev_resv_regions(): what it reserves is unmapped."""
        if self.mistakes and reserved:
            return refuse(EADDRINUSE, "reserved-region-in-use", sure="recorded",
                          cites="vfio ownership traces: attach with an overlapping map")
        return DONE

    def iommufd_replace(self, d: Device, t: TableId) -> Outcome:
        """drivers/iommu/iommufd/device.c:iommufd_device_do_replace(): every attached sibling follows."""
        g = self.home[d]
        new = self.table(self.claims[d], t)
        if self.domain[g] == new:
            return DONE
        if (overlaps := self.reserve()).refused:
            return overlaps
        moved = self.replace_domain(g, new)
        if moved.done:
            self.free_tables(g)
            self.keep_alive(g, new)
        return moved

    def iommufd_detach(self, d: Device) -> None:
        """drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_detach(): the last one moves the group."""
        if self.attached[d]:
            self.attached[d] = False
            if not self.any_attached(self.home[d]):
                self.handle[self.home[d]] = False
                self.detach_group(self.home[d])
                self.free_tables(self.home[d])

    def iommufd_unbind(self, d: Device) -> None:
        """Closing a device detaches and unbinds it."""
        self.iommufd_detach(d)
        self.end_device_claim(d)

    # --- the driver side ---

    def removal_guard(self, d: Device) -> Outcome:
        """A VFIO driver's remove waits for every device fd, also for one that is not bound."""
        if self.opens[d] > 0 or self.cdev[d] is not Cdev.CLOSED:
            return blocked("device-open", sure="recorded", cites="vfio ownership traces: unbind blocks on device fds")
        return DONE


@abstract
class VfioGroups(DeviceHolders):
    """/dev/vfio/N and the container."""

    claim_real_groups_only: Switch[bool] = since(Era.E1)   # a3da1ab6fbea: no claim where there is no IOMMU
    emulated_backends_do_not_mix: Switch[bool] = axiom()   # no mediated device moves between container and iommufd
    emulated: Constant[Map[Group, bool]] = everywhere(False)   # mediated devices: a group without IOMMU operations

    @assume
    @when("vfio")
    def each_emulated_device_has_its_own_group(self) -> bool:
        """drivers/vfio/group.c:vfio_noiommu_group_alloc(): a group is made for each of them."""
        return all(d == e or self.home[d] != self.home[e] or not self.emulated[self.home[d]]
                   for d in Device for e in Device)

    @assume
    @when("vfio", "emulated_backends_do_not_mix")
    def emulated_devices_have_one_kind_of_backend(self) -> bool:
        """A device that is open in an iommufd while its group joins a container is looked at in `mixed_backends`."""
        return not any(self.emulated[g] for g in Group) or all(self.is_iommufd[o] == self.is_iommufd[p]
                                                              for o in Owner for p in Owner)

    def probe_guard(self, d: Device, driver: Driver) -> Outcome:
        """drivers/vfio/group.c:vfio_group_find_or_alloc(): no VFIO device without an iommu_group."""
        if self.vfio and driver is Driver.UDRV and not self.grouped(d):
            return refuse(EINVAL, "no-group-for-vfio", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_find_or_alloc()")
        return super().probe_guard(d, driver)

    def driver_left(self, d: Device) -> None:
        """drivers/vfio/group.c:vfio_device_remove_group(): the last driver detaches a container, not an iommufd."""
        g = self.home[d]
        if self.vfio and not self.vfio_bound(g) and self.strict_lifetime:
            if self.container[g] is not None and not self.is_iommufd[self.container[g]]:
                self.leave_container(g)
            if self.group_fd[g] is GroupFd.OPEN:
                self.group_fd[g] = GroupFd.REVOKED

    def make_blocking(self, g: Group) -> Outcome:
        """Without IOMMU operations there is nothing to allocate from; a claim that is skipped never gets here."""
        if not self.claim_real_groups_only and self.emulated[g]:
            return refuse(EINVAL, "no-iommu-operations", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain()")
        return super().make_blocking(g)

    def needs_claim(self, g: Group) -> bool:
        """True if joining a type1 container claims the group."""
        return not self.emulated[g] or not self.claim_real_groups_only

    def leave_container(self, g: Group) -> None:
        """drivers/vfio/group.c:vfio_group_detach_container(): detach, then release."""
        o = self.container[g]
        self.container[g] = None
        if not self.is_iommufd[o]:
            if not any(self.container[h] == o for h in Group):
                self.backend[o] = False
            if self.needs_claim(g):
                if self.has_table(g):
                    self.detach_group(g)
                    self.free_tables(g)
                self.end_group_claim(g)

    def join_container(self, g: Group, o: Owner) -> Outcome:
        """drivers/vfio/container.c:vfio_container_attach_group(): claim, then attach if there is a backend."""
        if self.needs_claim(g):
            if (claimed := self.claim_group(g, o)).refused:
                return claimed
            self.group_owner[g] = o
            if self.backend[o]:
                attached = self.type1_attach(g, o)
                if attached.refused:
                    self.end_group_claim(g)
                    return attached
        return DONE

    def type1_attach(self, g: Group, o: Owner) -> Outcome:
        """drivers/vfio/vfio_iommu_type1.c:vfio_iommu_type1_attach_group()."""
        attached = self.attach_group(g, self.first_table(o))
        if attached.done:
            self.keep_alive(g, self.first_table(o))
        return attached

    def first_table(self, o: Owner) -> Domain:
        """The one table of a container, or the compatibility table of an iommufd."""
        return self.table(o, first(t for t in TableId))

    # --- actions ---

    @ioctl(cites="drivers/vfio/group.c:vfio_group_fops_open()", sure="recorded")
    @when("vfio")
    def group_open(self, g: Group) -> Outcome:
        """open(/dev/vfio/N)."""
        if not self.vfio_bound(g):
            return refuse(ENOENT, "no-vfio-driver", sure="recorded",
                          cites="vfio ownership traces: the node of a group goes with its last VFIO driver")
        if any(self.cdev[d] is Cdev.BOUND for d in self.members[g]):
            return refuse(EBUSY, "character-device-bound", sure="recorded",
                          cites="vfio ownership traces: a bound cdev makes GROUP_OPEN EBUSY")
        if self.group_fd[g] is GroupFd.OPEN:
            return refuse(EBUSY, "already-open", sure="recorded", cites="vfio ownership traces: one open per group")
        if self.container[g] is not None and self.group_fd[g] is not GroupFd.REVOKED:
            return refuse(EBUSY, "devices-keep-it-open", sure="recorded",
                          cites="vfio ownership traces: reopening with a type1 device open is EBUSY")
        self.container[g] = None       # a revoked fd leads to an object that the new node no longer names
        self.group_fd[g] = GroupFd.OPEN
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_fops_release()", sure="recorded")
    @when("vfio")
    def group_close(self, g: Group) -> Outcome:
        """close() of the group fd; open devices keep a type1 container, not an iommufd."""
        if self.group_fd[g] is GroupFd.CLOSED:
            return refuse(EBADF, "not-open-close", sure="read", cites="fs/open.c:close_fd()")
        self.group_fd[g] = GroupFd.CLOSED
        if self.container[g] is not None and (self.is_iommufd[self.container[g]] or not self.any_open(g)):
            self.leave_container(g)
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()", sure="recorded")
    @when("vfio")
    def set_container(self, g: Group, o: Owner, *, no_memory: bool) -> Outcome:
        """VFIO_GROUP_SET_CONTAINER with a container or an iommufd."""
        if self.group_fd[g] is GroupFd.CLOSED:
            return refuse(EBADF, "not-open", sure="read", cites="fs/ioctl.c:ioctl()")
        if self.container[g] is not None:
            return refuse(EINVAL, "container-already-set", sure="recorded",
                          cites="vfio ownership traces: SET_CONTAINER twice is EINVAL")
        if self.group_fd[g] is GroupFd.REVOKED:
            return refuse(ENODEV, "group-revoked", sure="recorded",
                          cites="vfio ownership traces: after the last unbind the open group answers ENODEV")
        if self.is_iommufd[o]:
            if self.allocation_faults and no_memory:
                return refuse(ENOMEM, "no-compatibility-table", sure="read",
                              cites="drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_compat_ioas_create()")
            self.backend[o] = True
        elif (joined := self.join_container(g, o)).refused:
            return joined
        self.container[g] = o
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_unset_container()", sure="recorded")
    @when("vfio")
    def unset_container(self, g: Group) -> Outcome:
        """VFIO_GROUP_UNSET_CONTAINER."""
        if self.group_fd[g] is GroupFd.CLOSED:
            return refuse(EBADF, "not-open-unset", sure="read", cites="fs/ioctl.c:ioctl()")
        if self.container[g] is None:
            return refuse(EINVAL, "no-container", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_ioctl_unset_container()")
        if not self.is_iommufd[self.container[g]] and self.any_open(g):
            return refuse(EBUSY, "devices-open", sure="recorded",
                          cites="vfio ownership traces: UNSET_CONTAINER with an open device")
        self.leave_container(g)
        return DONE

    @ioctl(cites="drivers/vfio/container.c:vfio_ioctl_set_iommu()", sure="read")
    @when("vfio")
    def set_iommu(self, o: Owner) -> Outcome:
        """VFIO_SET_IOMMU: a type1 container attaches every group in it, or none; an iommufd only looks at itself."""
        if self.is_iommufd[o]:
            return self.compat_set_iommu(o)
        if not any(self.container[g] == o for g in Group) or self.backend[o]:
            return refuse(EINVAL, "no-group-or-already-set", sure="read",
                          cites="drivers/vfio/container.c:vfio_ioctl_set_iommu()")
        attached = self.attach_all(o)
        if attached.refused:
            return attached
        self.backend[o] = True
        return DONE

    def compat_set_iommu(self, o: Owner) -> Outcome:
        """drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_set_iommu(): any number of times, once there is an IOAS."""
        if not self.backend[o]:
            return refuse(ENODEV, "no-compatibility-table-yet", sure="recorded",
                          cites="vfio ownership traces: SET_IOMMU on an iommufd before a group joined it")
        return DONE

    def attach_all(self, o: Owner) -> Outcome:
        """drivers/vfio/container.c:__vfio_container_attach_groups(): undone for all when one fails."""
        for g in Group:
            if self.container[g] == o and self.needs_claim(g):
                attached = self.type1_attach(g, o)
                if attached.refused:
                    self.detach_all(o)
                    return attached
        return DONE

    def detach_all(self, o: Owner) -> None:
        """Undo for the groups that were attached."""
        for g in Group:
            if self.container[g] == o and self.has_table(g):
                self.detach_group(g)
                self.free_tables(g)

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_get_device_fd()", sure="recorded")
    @when("vfio")
    def get_device_fd(self, d: Device) -> Outcome:
        """VFIO_GROUP_GET_DEVICE_FD on the fd of the device's group; with an iommufd the first open binds it."""
        g = self.home[d]
        if self.group_fd[g] is GroupFd.CLOSED or self.opens[d] == 2:
            return refuse(EBADF, "not-open-get", sure="read", cites="fs/ioctl.c:ioctl()")
        if self.group_fd[g] is GroupFd.REVOKED or not self.grouped(d) or self.driver[d] is not Driver.UDRV:
            return refuse(ENODEV, "no-such-device", sure="read",
                          cites="drivers/vfio/group.c:vfio_device_get_from_name()")
        o = self.container[g]
        if o is None or (not self.is_iommufd[o] and not self.backend[o]):
            return refuse(EINVAL, "no-container-to-open-in", sure="recorded",
                          cites="vfio ownership traces: EINVAL without container or before SET_IOMMU")
        if self.is_iommufd[o] and self.opens[d] == 0 and not self.emulated[g]:
            bound = self.compat_bind(d, o)
            if bound.refused:
                return bound
        self.opens[d] += 1
        return DONE

    def compat_bind(self, d: Device, o: Owner) -> Outcome:
        """drivers/vfio/iommufd.c:vfio_iommufd_compat_attach_ioas(): bind and attach; both or none."""
        if (bound := self.iommufd_bind(d, o)).refused:
            return bound
        attached = self.iommufd_attach(d, first(t for t in TableId))
        if attached.refused:
            self.end_device_claim(d)
        return attached

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_device_fops_release()", sure="recorded")
    @when("vfio")
    def device_close(self, d: Device) -> Outcome:
        """close() of a device fd that came from the group."""
        if self.opens[d] == 0:
            return refuse(EBADF, "not-open-device", sure="read", cites="fs/open.c:close_fd()")
        self.opens[d] -= 1
        g = self.home[d]
        if self.opens[d] == 0:
            if self.claims[d] is not None:
                self.iommufd_unbind(d)
            elif self.group_fd[g] is GroupFd.CLOSED and not self.any_open(g) and self.container[g] is not None:
                self.leave_container(g)
        return DONE
