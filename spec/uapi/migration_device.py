"""Opening, closing and resetting a device that can be migrated."""

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.migration_features import Features
from spec.uapi.migration_state import Handle


@abstract
class DeviceFile(Features):
    """What begins and ends the use of a device, and what makes it as new."""

    @kernel(cites="drivers/vfio/device_cdev.c:vfio_device_fops_cdev_open()", sure="recorded")
    def open(self) -> None:
        """The character device; before it is bound it answers nothing."""
        require(self.handle is Handle.CLOSED)
        self.handle = Handle.OPENED

    @kernel(cites="drivers/vfio/device_cdev.c:vfio_df_ioctl_bind_iommufd()", sure="recorded")
    def bind(self) -> None:
        """The driver opens the device: as new, unless it leaves things as they were."""
        require(self.handle is Handle.OPENED)
        self.handle = Handle.BOUND
        if not self.keeps_state_over_close:
            self.state = State.RUNNING

    @kernel(cites="drivers/vfio/vfio_main.c:vfio_df_device_last_close()", sure="recorded")
    def close(self) -> None:
        """The last descriptor of the device goes; data files die with it."""
        require(self.handle is not Handle.CLOSED)
        if self.handle is Handle.BOUND:
            self.end_session()
            self.tracking = False
            if not self.keeps_state_over_close:
                self.state = State.RUNNING
            if self.reinit:
                self.opted_in = False
            if self.externals:
                self.vectors = False
        self.handle = Handle.CLOSED

    @ioctl(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_ioctl_reset()", sure="recorded")
    def reset(self, *, fails: bool, unable: bool) -> Outcome:
        """VFIO_DEVICE_RESET, where the device has a way to be reset."""
        if (bad := self.no_device()).refused:
            return bad
        if not self.resettable:
            return refuse(EINVAL, "no-reset", sure="recorded", cites="vfio-ownership: reset of devices A and B")
        if self.arc_faults and unable:
            return refuse(ENOTTY, "no-way-to-reset", sure="read", cites="drivers/pci/pci.c:pci_try_reset_function()")
        if self.arc_faults and fails:
            return refuse(EAGAIN, "device-locked", sure="read",
                          cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_ioctl_reset()")
        self.come_back()
        return DONE

    @kernel(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_core_aer_err_detected()", sure="deduced")
    @when("arc_faults")
    def neighbour_reset(self) -> None:
        """A hot reset of another device on the bus, or a recovery from errors, resets this one too."""
        require(self.handle is Handle.BOUND)
        self.come_back()

    @fault(cites="drivers/vfio/pci/pds/vfio_dev.c:pds_vfio_recovery()", sure="read")
    @when("arc_faults")
    @when("enters_error")
    def recover_firmware(self) -> None:
        """The firmware began anew: whatever the device was doing is lost, and it says so."""
        require(self.handle is Handle.BOUND)
        self.fall_into_error()

    @ioctl(cites="drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_set_irqs_ioctl()", sure="read")
    @when("externals")
    def set_irqs(self, on: bool) -> Outcome:
        """Interrupts are programmed in every state, by the kernel and not through the memory of the device."""
        if (bad := self.no_device()).refused:
            return bad
        self.vectors = on
        return DONE

    def come_back(self) -> None:
        """As new: it runs, and nothing of a session is left."""
        self.end_session()
        self.tracking = False
        self.state = State.RUNNING
