"""The IOMMU side sets up firmware's DMA data again while the driver core binds a driver."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver


class FirmwareIsReread(DmaOwnership):
    """DMA ownership with the second caller of a bus's configure step, which must never count as a use.

    The IOMMU calls for devices without a driver. It reads the pointer to the driver once, so that a driver that binds
    meanwhile is not seen.
    """

    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    # Asked of the base: no device comes, goes, has direct mappings or reaches another group here.
    removed_devices_hold_nothing = None
    devices_with_direct_mappings_are_never_blocked = None
    devices_in_reach_never_mix_kernel_and_userspace = None
    the_default_domain_is_exchanged_only_while_nobody_holds_the_group = None

    @process(cites="drivers/pci/pci-driver.c:pci_dma_configure()", sure="read")
    def firmware_reread(self, d: Device, *, looks_managed: bool) -> Process:
        """The driver is read, firmware is read, and only then the driver's flag decides about a use."""
        require(self.driver[d] is Driver.NONE)
        seen = self.driver[d]
        yield "the driver was read"
        if self.has_driver(d, seen) and not looks_managed:
            self.use(d)
        return DONE

    def has_driver(self, d: Device, seen: Driver) -> bool:
        """Asks what was read at first."""
        return seen is not Driver.NONE
