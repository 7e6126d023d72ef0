"""Small machines for tests of the IOMMU core: some devices in one group, and what each of them reaches now."""

from __future__ import annotations

from typing import Any

from models.hw.device import Done
from models.hw.oracle import Oracle, Plain
from models.kernel.callers import User
from models.kernel.device import Device, DeviceDescription
from models.kernel.kernel import Kernel
from models.kernel.marks import PROBE, unmark
from models.kernel.version import V6_12, Version

Reached = tuple[int, int, int]
"""The kind and the numbers of a mark."""
FIRST = 0x10


def machine(devices: int = 2, version: Version = V6_12, present: bool = True, **options: Any) -> Kernel:
    """A kernel with devices in one group; options are for all devices, or for the kernel."""
    kernel_options = {name: options.pop(name) for name in ("is_kdump", "caching_mode", "oracle") if name in options}
    descriptions = [DeviceDescription(FIRST + n, 0, **options) for n in range(devices)]
    return Kernel(version, descriptions, present=present, **kernel_options)


def user(kernel: Kernel, number: int = 0, tables: int = 2) -> User:
    """Somebody in userspace."""
    return User(kernel, number, tables)


def reached(device: Device, pasid: int | None = None, oracle: Oracle | None = None) -> Reached | None:
    """Whose page a read at the address that all domains map arrives at, by DMA; None if it is refused."""
    done = device.issuer.read(PROBE, oracle or Plain(), pasid)
    return unmark(done.word) if isinstance(done, Done) else None


def everywhere(kernel: Kernel, pasid: int | None = None) -> list[Reached | None]:
    """What all devices reach."""
    return [reached(device, pasid) for device in kernel.devices]
