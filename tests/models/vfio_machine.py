"""A machine for the tests of VFIO: two devices in one group and one alone, as in the recorded sequences."""

from __future__ import annotations

from typing import TypeVar

from models.hw.attributes import READ, WRITE
from models.hw.device import Done
from models.hw.journal import Recorded
from models.hw.oracle import Keeping
from models.kernel import driver_core, iommufd, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.device import Device, DeviceDescription
from models.kernel.drivers import DmaApiDriver
from models.kernel.iommufd import Ioas, Iommufd
from models.kernel.kernel import Kernel
from models.kernel.version import V6_12, Version
from models.kernel.vfio import Container, DeviceFile, GroupFile, Vfio, VfioDevice, VfioGroup, vfio_device_of
from models.kernel.vfio_driver import VfioDriver

PAGE = 4096
RW = READ | WRITE


class Machine:
    """A, B and C with their drivers, and short names for the calls of a program."""

    def __init__(self, version: Version = V6_12, emulated: bool = False) -> None:
        descriptions = [DeviceDescription(0x08, 0), DeviceDescription(0x10, 0), DeviceDescription(0x18, 1)]
        self.kernel = Kernel(version, descriptions, 2)
        self.vfio = Vfio(self.kernel)
        self.native = DmaApiDriver()
        self.user = VfioDriver(self.vfio, emulated)
        self.a, self.b, self.c = self.kernel.devices

    def bind(self, *devices: Device) -> None:
        """Binds the VFIO driver."""
        for device in devices:
            assert "" == driver_core.bind(self.kernel, device, self.user)

    def bind_native(self, device: Device) -> str:
        """Binds a driver that uses the DMA API."""
        return driver_core.bind(self.kernel, device, self.native)

    def served(self, device: Device) -> VfioDevice:
        """The VFIO device."""
        found = vfio_device_of(device)
        assert found is not None
        return found

    def node(self, device: Device) -> VfioGroup:
        """What /dev/vfio/N of the device's group leads to."""
        return self.served(device).group

    def open_group(self, device: Device) -> GroupFile:
        """Opens the group's node, which must work."""
        return opened(vfio_group.open_group(self.vfio, self.node(device)), GroupFile)

    def in_container(self, device: Device, kind: int = 3) -> tuple[GroupFile, Container]:
        """A group in a fresh container with its backend."""
        file, container = self.open_group(device), Container(self.kernel)
        assert "" == vfio_group.set_container(file, container)
        assert "" == vfio_container.set_iommu(container, kind)
        return file, container

    def container(self) -> Container:
        """A fresh container."""
        return Container(self.kernel)

    def in_iommufd(self, device: Device, context: Iommufd | None = None) -> tuple[GroupFile, Iommufd]:
        """A group with an iommufd in place of a container."""
        file, context = self.open_group(device), context or Iommufd(self.kernel)
        assert "" == vfio_group.set_container(file, context)
        return file, context

    def get(self, file: GroupFile, device: Device) -> DeviceFile:
        """Opens a device through its group, which must work."""
        return opened(vfio_device.get_device_fd(file, device), DeviceFile)

    def cdev(self, device: Device, context: Iommufd | None = None) -> DeviceFile:
        """Opens a character device and, with a context, binds it."""
        file = opened(vfio_cdev.open_cdev(self.served(device)), DeviceFile)
        if context is not None:
            assert "" == vfio_cdev.bind_iommufd(file, context)
        return file

    def page(self, word: int) -> int:
        """A page of the program with a word on it."""
        pa = self.kernel.memory.allocate()
        self.kernel.memory.store(pa, word)
        return pa

    def space(self, context: Iommufd, word: int = 0, iova: int = 0x10_0000) -> Ioas:
        """An address space; with a word it maps a page that has it."""
        made = opened(iommufd.make_space(context), Ioas)
        if word:
            assert "" == iommufd.map_area(made, iova, self.page(word), PAGE, RW)
        return made

    def reads(self, device: Device, iova: int = 0x10_0000) -> int | None:
        """What the device gets when it reads there, or None if that is refused. Its unit uses what it cached before."""
        got = device.issuer.read(iova, Keeping())
        return got.word if isinstance(got, Done) else None


File = TypeVar("File", bound=Recorded)


def opened(found: File | str, kind: type[File]) -> File:
    """The file; a refusal is a failure of the test."""
    assert isinstance(found, kind), found
    return found
