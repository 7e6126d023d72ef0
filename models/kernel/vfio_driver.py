"""Drivers that hand their device to userspace: bound without a use, registered with VFIO, in no hurry to leave.

Kernel: `vfio_pci_probe()` and `vfio_pci_remove()` of drivers/vfio/pci/vfio_pci.c; `vfio_register_group_dev()`,
`vfio_register_emulated_iommu_dev()` and `vfio_unregister_group_dev()` of drivers/vfio/vfio_main.c.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.kernel import vfio_group
from models.kernel.driver_core import Bound, finish_unbind
from models.kernel.vfio import Vfio, VfioDevice


@dataclass(frozen=True, slots=True)
class VfioDriver:
    """vfio-pci and its like: no DMA before userspace has claimed the device, so that binding counts no use.

    `emulated`: mediates every access, so that its VFIO device is not behind an IOMMU.
    """

    vfio: Vfio = field(repr=False)
    emulated: bool = False
    name: str = "vfio-pci"
    managed: bool = True

    def probe(self, bound: Bound) -> str:
        """Registers the device."""
        return register(self.vfio, bound, self.emulated)

    def remove(self, bound: Bound) -> bool:
        """Unregisters it, once nobody has it open."""
        device = bound.served
        assert isinstance(device, VfioDevice)
        return unregister(device)


def register(vfio: Vfio, bound: Bound, emulated: bool) -> str:
    """Offers a device: a group with a node if it is the first of its group, and a character device."""
    group = vfio_group.join(vfio, bound.device, emulated)
    if isinstance(group, str):
        return group
    if vfio.kernel.faults.fails("vfio-node", bound.device):
        vfio_group.leave(vfio, group)
        return "ENOMEM"
    device = VfioDevice(vfio, bound, group)
    group.devices = (device, *group.devices)
    bound.served = device
    return ""


def unregister(device: VfioDevice) -> bool:
    """Takes the offer back. False if files are open: they are asked to close, and the last one ends it.

    Nodes and names go first, so that nobody opens the device any more.
    """
    group = device.group
    group.devices = tuple(each for each in group.devices if each is not device)
    device.node = False
    if device.files:
        return False
    _withdraw(device)
    return True


def would_wait(device: VfioDevice) -> bool:
    """True if the driver of a device could not leave now."""
    return device.files > 0


def put(device: VfioDevice) -> None:
    """A file is gone. The driver that waits for the last one leaves."""
    device.files -= 1
    if not device.files and not device.node:
        _withdraw(device)
        finish_unbind(device.driver)


def _withdraw(device: VfioDevice) -> None:
    device.driver.served = None
    vfio_group.leave(device.vfio, device.group)
