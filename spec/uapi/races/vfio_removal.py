"""Removal of the last VFIO driver of a group against the files that userspace has open."""

from spec.lang import *
from spec.uapi.dma_ownership_vfio import GroupFd
from spec.uapi.races.tasks import Hw


class VfioRemoval(Spec):
    """One device, one group, one container: unplug waits for the fd of the device, and for nothing else.

    Every call is one step, for all take VFIO's group lock. The removal has three: wait for the users of the device,
    cut VFIO's link to the group, leave the IOMMU driver.
    """

    waits_for_group_fd: Switch[bool] = False
    strict_lifetime: Switch[bool] = True      # what VFIO holds of the group it gives back before the device leaves

    group_fd: GroupFd = GroupFd.CLOSED
    container: bool = False                   # the group is in a type1 container, and thereby claimed
    device_open: bool = False
    bound: bool = True                        # the VFIO driver is bound
    leaving: bool = False                     # its remove has begun: no new user
    in_iommu: bool = True                     # the device has not left the IOMMU driver
    hw: Hw = Hw.DEFAULT

    # --- VFIO ---

    def leave_container(self) -> None:
        """Detach and release: the default domain is attached again."""
        self.container = False
        if not self.in_iommu:
            warn("the default domain is attached to a device that has left", sure="read",
                 cites="drivers/iommu/iommu.c:__iommu_release_dma_ownership()")
        self.hw = Hw.DEFAULT

    @ioctl(cites="drivers/vfio/group.c:vfio_group_fops_open()", sure="read")
    def group_open(self) -> Outcome:
        """open(/dev/vfio/N), by one process at a time."""
        if not self.bound:
            return refuse(ENODEV, "no-vfio-driver", sure="read", cites="drivers/vfio/group.c:vfio_group_fops_open()")
        if self.group_fd is not GroupFd.CLOSED or self.container:
            return refuse(EBUSY, "already-open", sure="read", cites="drivers/vfio/group.c:vfio_group_fops_open()")
        self.group_fd = GroupFd.OPEN
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_fops_release()", sure="read")
    def group_close(self) -> Outcome:
        """close() of the group fd; an open device keeps the container."""
        if self.group_fd is GroupFd.CLOSED:
            return refuse(EBADF, "not-open", sure="read", cites="fs/open.c:close_fd()")
        self.group_fd = GroupFd.CLOSED
        if self.container and not self.device_open:
            self.leave_container()
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()", sure="read")
    def set_container(self) -> Outcome:
        """Claim the group and attach it to the container's table."""
        if self.group_fd is GroupFd.CLOSED:
            return refuse(EBADF, "not-open-set", sure="read", cites="fs/ioctl.c:ioctl()")
        if self.container:
            return refuse(EINVAL, "already-set", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()")
        if self.group_fd is GroupFd.REVOKED or not self.in_iommu:
            return refuse(ENODEV, "group-revoked", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()")
        self.container = True
        self.hw = Hw.TABLE
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_get_device_fd()", sure="read")
    def get_device_fd(self) -> Outcome:
        """Open the device through its group."""
        if self.group_fd is GroupFd.CLOSED:
            return refuse(EBADF, "not-open-get", sure="read", cites="fs/ioctl.c:ioctl()")
        if not self.bound or self.leaving:
            return refuse(ENODEV, "no-such-device", sure="read",
                          cites="drivers/vfio/group.c:vfio_device_get_from_name()")
        if not self.container or self.device_open:
            return refuse(EINVAL, "no-container-or-open", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_ioctl_get_device_fd()")
        self.device_open = True
        return DONE

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_device_fops_release()", sure="read")
    def device_close(self) -> Outcome:
        """close() of the device fd."""
        if not self.device_open:
            return refuse(EBADF, "not-open-device", sure="read", cites="fs/open.c:close_fd()")
        self.device_open = False
        if self.group_fd is GroupFd.CLOSED:
            self.leave_container()
        return DONE

    # --- removal ---

    @process(cites="drivers/base/dd.c:__device_release_driver(); drivers/iommu/iommu.c:iommu_release_device()",
             sure="read")
    def remove(self) -> Process:
        """The driver's remove, then the device leaves its group."""
        require(self.bound and not self.leaving)
        self.leaving = True
        yield until(not self.device_open and (not self.waits_for_group_fd or self.group_fd is GroupFd.CLOSED))
        if self.strict_lifetime:
            if self.container:
                self.leave_container()
            if self.group_fd is GroupFd.OPEN:
                self.group_fd = GroupFd.REVOKED
        self.bound = False
        yield "the driver is gone"
        if self.container:
            warn("the last member leaves a group that is held", sure="read",
                 cites="drivers/iommu/iommu.c:__iommu_group_free_device()")
        self.in_iommu = False
        self.hw = Hw.BYPASS
        return DONE

    @kernel(cites="drivers/iommu/iommu.c:iommu_probe_device()", sure="read")
    def replug(self) -> None:
        """The device comes back and gets its driver, once nobody has the old group open."""
        require(not self.in_iommu and self.group_fd is GroupFd.CLOSED)
        self.in_iommu = True
        self.hw = Hw.DEFAULT
        self.leaving = False
        self.bound = True

    # --- promises ---

    @invariant
    def a_device_that_left_is_attached_to_nothing(self) -> bool:
        """I7, I10: nobody attaches a device that has left the IOMMU driver."""
        return implies(not self.in_iommu, self.hw is Hw.BYPASS)

    @invariant
    def an_open_device_has_a_driver(self) -> bool:
        """The removal waits for the users of the device."""
        return implies(self.device_open, self.bound)

    @leads_to
    def a_removal_ends(self) -> Promise:
        """L5: once the fd of the device is closed; the group fd may stay open for ever."""
        return leads_to(self.leaving and not self.device_open, not self.in_iommu)
