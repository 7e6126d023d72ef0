"""What happens around a device that migrates by protocol v1: memory, guests, other devices, interrupts."""

from spec.lang import *
from spec.uapi.migration_v1_region import Region
from spec.uapi.migration_v1_state import Device, Reading


@abstract
class World(Region):
    """The protocol says nothing of most of this; `reading` and the switches say what is assumed."""

    @hardware(cites="a guest that uses its device", sure="deduced")
    def work(self, d: Device) -> None:
        """The device changes its internal state by itself."""
        require(self.may_act(d))
        self.version[d] = not self.version[d]

    @hardware(cites="DMA to guest memory", sure="deduced")
    @when("host")
    def dma(self, d: Device) -> None:
        """The device writes guest memory."""
        require(self.may_act(d))

    @hardware(cites="an interrupt of the device", sure="deduced")
    @when("host")
    def interrupt(self, d: Device) -> None:
        """The device raises an interrupt."""
        require(self.may_act(d))

    @ioctl(cites="a store of a guest or of the user to a BAR that is mapped", sure="deduced")
    @when("host")
    def mmio(self, d: Device) -> Outcome:
        """Write a register: a device that runs or is quiescent obeys."""
        if self.stopped(d) and self.reading is Reading.FROZEN:
            return DONE
        self.version[d] = not self.version[d]
        return DONE

    # --- peer to peer ---

    def starts_dma(self, d: Device) -> bool:
        """True if nothing keeps the device from starting DMA."""
        return self.may_act(d)

    @hardware(cites="a write of one device into a BAR of another", sure="deduced")
    @when("peers")
    def p2p(self, a: Device, b: Device) -> None:
        """The writer learns nothing of what became of it."""
        require(a != b and self.starts_dma(a))
        if not self.stopped(b) or self.reading is Reading.QUIESCENT:
            self.version[b] = not self.version[b]

    @ioctl(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_ioctl_set_irqs()", sure="read")
    @when("host")
    def set_irqs(self, d: Device) -> Outcome:
        """The kernel writes the MSI-X table of the device, whatever the device is doing."""
        return DONE
