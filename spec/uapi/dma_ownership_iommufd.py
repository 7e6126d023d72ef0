"""VFIO character devices bound to an iommufd: bind, attach, replace, detach, close."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Driver, Era, Group, Owner, TableId
from spec.uapi.dma_ownership_vfio import Cdev, GroupFd, VfioGroups


@abstract
class IommufdDevices(VfioGroups):
    """/dev/vfio/devices/vfioN (6.6), one fd per device."""

    @ioctl(cites="drivers/vfio/device_cdev.c:vfio_device_fops_cdev_open()", sure="recorded")
    @when("iommufd")
    @since(Era.E3)
    def cdev_open(self, d: Device) -> Outcome:
        """open(/dev/vfio/devices/vfioN); a second fd of the same device is not modelled."""
        if self.driver[d] is not Driver.UDRV:
            return refuse(ENOENT, "no-vfio-device", sure="recorded",
                          cites="vfio ownership traces: the cdev node goes with the driver")
        if self.cdev[d] is Cdev.CLOSED:
            self.cdev[d] = Cdev.OPEN
        return DONE

    @ioctl(cites="drivers/vfio/device_cdev.c:vfio_df_ioctl_bind_iommufd()", sure="recorded")
    @when("iommufd")
    @since(Era.E3)
    def bind_iommufd(self, d: Device, o: Owner, *, shared_interrupts: bool, incoherent: bool) -> Outcome:
        """VFIO_DEVICE_BIND_IOMMUFD."""
        if self.cdev[d] is Cdev.CLOSED:
            return refuse(EBADF, "cdev-not-open", sure="read", cites="fs/ioctl.c:ioctl()")
        if self.grouped(d) and self.group_file_open(self.home[d]):
            return refuse(EBUSY, "group-fd-open", sure="recorded",
                          cites="vfio ownership traces: BIND looks at the group fd before anything else")
        if self.cdev[d] is Cdev.BOUND:
            return refuse(EINVAL, "already-bound", sure="recorded", cites="vfio ownership traces: BIND twice")
        if not self.is_iommufd[o]:
            return refuse(EBADFD, "not-an-iommufd", sure="recorded", cites="vfio ownership traces: BIND with other fd")
        if self.opens[d] > 0:
            return refuse(EINVAL, "open-through-group", sure="recorded",
                          cites="vfio ownership traces: device already open through another fd")
        if self.mistakes and incoherent:
            return refuse(EINVAL, "not-cache-coherent", sure="read",
                          cites="drivers/iommu/iommufd/device.c:iommufd_device_bind()")
        if not self.grouped(d):
            return refuse(ENODEV, "no-group-to-bind", sure="read",
                          cites="drivers/iommu/iommufd/device.c:iommufd_device_bind()")
        if self.mistakes and shared_interrupts:
            return refuse(EPERM, "interrupts-not-isolated", sure="read",
                          cites="drivers/iommu/iommufd/device.c:iommufd_device_bind()")
        if (bound := self.iommufd_bind(d, o)).refused:
            return bound
        self.cdev[d] = Cdev.BOUND
        return DONE

    def group_file_open(self, g: Group) -> bool:
        """drivers/vfio/group.c:vfio_device_block_group(): an open device of a type1 container keeps the group file."""
        return (self.group_fd[g] is GroupFd.OPEN
                or (self.group_fd[g] is GroupFd.CLOSED and self.container[g] is not None))

    @ioctl(cites="drivers/vfio/device_cdev.c:vfio_df_ioctl_attach_pt()", sure="recorded")
    @when("iommufd")
    @since(Era.E3)
    def attach_pt(self, d: Device, t: TableId) -> Outcome:
        """VFIO_DEVICE_ATTACH_IOMMUFD_PT: attaching an attached device replaces, for the whole group."""
        if self.cdev[d] is Cdev.CLOSED:
            return refuse(EBADF, "cdev-not-open-attach", sure="recorded", cites="fs/ioctl.c:ioctl()")
        if self.cdev[d] is not Cdev.BOUND:
            return refuse(EINVAL, "attach-before-bind", sure="recorded",
                          cites="vfio ownership traces: before BIND every other ioctl is EINVAL")
        if self.attached[d]:
            return self.iommufd_replace(d, t)
        return self.iommufd_attach(d, t)

    @ioctl(cites="drivers/vfio/device_cdev.c:vfio_df_ioctl_detach_pt()", sure="recorded")
    @when("iommufd")
    @since(Era.E3)
    def detach_pt(self, d: Device) -> Outcome:
        """VFIO_DEVICE_DETACH_IOMMUFD_PT: fine also when not attached."""
        if self.cdev[d] is Cdev.CLOSED:
            return refuse(EBADF, "cdev-not-open-detach", sure="recorded", cites="fs/ioctl.c:ioctl()")
        if self.cdev[d] is not Cdev.BOUND:
            return refuse(EINVAL, "detach-before-bind", sure="recorded",
                          cites="vfio ownership traces: before BIND every other ioctl is EINVAL")
        self.iommufd_detach(d)
        return DONE

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_device_fops_release()", sure="recorded")
    @when("iommufd")
    @since(Era.E3)
    def cdev_close(self, d: Device) -> Outcome:
        """close(): detaches and unbinds."""
        if self.cdev[d] is Cdev.CLOSED:
            return refuse(EBADF, "cdev-not-open-close", sure="read", cites="fs/open.c:close_fd()")
        if self.cdev[d] is Cdev.BOUND:
            self.iommufd_unbind(d)
        self.cdev[d] = Cdev.CLOSED
        return DONE
