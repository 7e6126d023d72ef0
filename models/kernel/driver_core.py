"""Binding and unbinding drivers: how a driver that does DMA through the kernel holds its group's default domain.

Kernel: `really_probe()` and `__device_release_driver()` of drivers/base/dd.c, `pci_dma_configure()` and
`pci_dma_cleanup()` of drivers/pci/pci-driver.c. What the sysfs files answer is in `write_bind` and the ones after it.
"""

from __future__ import annotations

from typing import Final, Protocol

from models.hw.journal import Recorded
from models.kernel import driver_use
from models.kernel.device import Device
from models.kernel.kernel import Kernel

BLOCKED: Final = "BLOCKED"
"""The call does not return before somebody else has closed something."""


class Driver(Protocol):
    """A class of drivers, without state of its own. `managed` is the flag driver_managed_dma."""

    @property
    def name(self) -> str:
        """As below /sys/bus/pci/drivers."""
        ...

    @property
    def managed(self) -> bool:
        """True if the driver does no DMA before it has claimed its device, so that binding counts no use."""
        ...

    def probe(self, bound: Bound) -> str:
        """Takes a device; an errno or ""."""
        ...

    def remove(self, bound: Bound) -> bool:
        """Lets go of a device. False if that has to wait; `finish_unbind` is called when it is over."""
        ...


class Bound(Recorded):
    """A driver and the device that it is bound to, with what the driver keeps for it.

    `probed` until its remove has begun; while remove waits the device still has its driver, but sysfs shows none.
    """

    __slots__ = ("device", "domain", "driver", "kernel", "probed", "served")

    def __init__(self, device: Device, driver: Driver) -> None:
        self.journal = device.journal
        self.kernel = device.kernel
        self.device = device
        self.driver = driver
        self.probed = False
        self.domain: Recorded | None = None
        self.served: Recorded | None = None


def bound_to(device: Device) -> Bound | None:
    """The driver of a device."""
    found = device.driver
    assert found is None or isinstance(found, Bound)
    return found


def bind(kernel: Kernel, device: Device, driver: Driver, test_remove: bool = False) -> str:
    """Binds a driver: DMA is configured, then the driver probes. With `test_remove` it is removed once in between."""
    if bound_to(device) is not None:
        return "EBUSY"
    bound = Bound(device, driver)
    for last in (False, True) if test_remove else (True,):
        if error := dma_configure(device, driver):
            return error
        device.driver = bound
        if error := _probe(kernel, bound):
            device.driver = None
            dma_cleanup(device, driver)
            return error
        if not last:
            removed = driver.remove(bound)
            assert removed, "nobody can have opened the device yet"
            device.driver = None
            dma_cleanup(device, driver)
    bound.probed = True
    return ""


def _probe(kernel: Kernel, bound: Bound) -> str:
    """The driver's own probe, which may fail in ways that are not modelled."""
    if kernel.faults.fails("probe", bound.device):
        return "EIO"
    return bound.driver.probe(bound)


def dma_configure(device: Device, driver: Driver) -> str:
    """Firmware has set up DMA before this; unless the driver is trusted with DMA it is a use of the default domain."""
    return "" if driver.managed else driver_use.use_default(device)


def dma_cleanup(device: Device, driver: Driver) -> None:
    """Undoes `dma_configure`, after the driver's remove or when its probe failed."""
    if not driver.managed:
        driver_use.unuse_default(device)


def unbind(device: Device) -> str:
    """Unbinds the driver of a device. BLOCKED while the driver's remove waits: it goes on by itself."""
    bound = bound_to(device)
    if bound is None or not bound.probed:
        return "ENODEV"
    bound.probed = False
    if not bound.driver.remove(bound):
        return BLOCKED
    finish_unbind(bound)
    return ""


def finish_unbind(bound: Bound) -> None:
    """The driver's remove is over."""
    bound.device.driver = None
    dma_cleanup(bound.device, bound.driver)


# --- sysfs ---


def write_bind(kernel: Kernel, device: Device, driver: Driver) -> str:
    """Writing to drivers/NAME/bind: a probe that is deferred answers EAGAIN."""
    error = bind(kernel, device, driver)
    return "EAGAIN" if error == "EPROBE_DEFER" else error


def write_drivers_probe(kernel: Kernel, device: Device, driver: Driver) -> str:
    """Writing to bus/drivers_probe: whatever goes wrong, it answers EINVAL."""
    return "EINVAL" if bind(kernel, device, driver) else ""


def shown_driver(device: Device) -> str:
    """The name that the link `driver` of a device has: gone as soon as the driver is asked to leave."""
    bound = bound_to(device)
    return bound.driver.name if bound is not None and bound.probed else ""
