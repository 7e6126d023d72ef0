"""The program that calls VFIO: its descriptors, the containers and iommufds that stand for the owners of the spec.

What the spec calls an owner is an open container or an iommufd; its tables are address spaces. The calls are in
`dma_ownership_vfio_calls`, the fields in `dma_ownership_vfio_fields`. Every table maps a page that carries its mark, so
that a walk from a device entry tells whose table it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from checker.conform.implementation import Plain, Setting
from models.hw.attributes import READ, WRITE
from models.hw.journal import Recorded
from models.kernel import iommufd as iommufd_core
from models.kernel import iommufd_compat, vfio_container
from models.kernel.device import Device
from models.kernel.domain import Domain
from models.kernel.driver_core import Driver
from models.kernel.drivers import DmaApiDriver, PrivateDomainDriver, StubDriver
from models.kernel.iommufd import Ioas, Iommufd, IommufdDevice
from models.kernel.kernel import Kernel
from models.kernel.marks import PROBE, USER, mark
from models.kernel.vfio import Container, DeviceFile, EmulatedGroup, GroupFile, Vfio, VfioGroup, vfio_device_of
from models.kernel.vfio_driver import VfioDriver

PAGE = 4096


class VfioWorld(Recorded):
    """VFIO in a kernel, and one program. `owners` are in the order of the spec, and so are devices and groups.

    `group_files`, `device_files` and `cdev_files` are the program's descriptors: at most one per group, any number per
    device, one per character device.
    """

    __slots__ = (
        "cdev_files",
        "device_files",
        "drivers",
        "group_files",
        "homes",
        "kernel",
        "owners",
        "pages",
        "spaces",
        "test_remove",
        "vfio",
    )

    def __init__(self, kernel: Kernel, setting: Setting) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.vfio = Vfio(kernel)
        self.homes: tuple[tuple[Device, ...], ...] = tuple(
            tuple(d for d in kernel.devices if d.home is g) for g in kernel.groups
        )
        emulated = setting.constants.get("emulated")
        self.drivers = self._drivers(isinstance(emulated, tuple) and any(emulated))
        self.test_remove = setting.switches.get("test_remove") is True
        self.owners = tuple(self._owner(kind) for kind in self._kinds(setting))
        self.group_files: tuple[GroupFile | None, ...] = (None,) * len(kernel.groups)
        self.device_files: tuple[tuple[DeviceFile, ...], ...] = ((),) * len(kernel.devices)
        self.cdev_files: tuple[DeviceFile | None, ...] = (None,) * len(kernel.devices)
        tables = setting.sizes.get("TableId", 1)
        self.pages = tuple(self._page(o, t) for o in range(len(self.owners)) for t in range(tables))
        self.spaces = tuple(
            tuple(self._space(owner, o * tables + t) for t in range(tables)) if isinstance(owner, Iommufd) else ()
            for o, owner in enumerate(self.owners)
        )

    def _drivers(self, emulated: bool) -> dict[str, Driver]:
        if emulated and any(len(devices) > 1 for devices in self.homes):
            raise ValueError("an emulated device has a group of its own: one device in each group, please")
        return {
            "KDMA": DmaApiDriver(),
            "KPRIV": PrivateDomainDriver(),
            "KSTUB": StubDriver(),
            "UDRV": VfioDriver(self.vfio, emulated),
        }

    def _kinds(self, setting: Setting) -> tuple[Plain, ...]:
        kinds = setting.constants.get("is_iommufd", ())
        assert isinstance(kinds, tuple)
        return kinds

    def _owner(self, is_iommufd: Plain) -> Container | Iommufd:
        return Iommufd(self.kernel) if is_iommufd else Container(self.kernel)

    def _page(self, owner: int, table: int) -> int:
        page = self.kernel.memory.allocate()
        self.kernel.memory.store(page, mark(USER, owner, table))
        return page

    def _space(self, iommufd: Iommufd, page: int) -> Ioas:
        space = iommufd_core.make_space(iommufd)
        assert isinstance(space, Ioas)
        refused = iommufd_core.map_area(space, PROBE, self.pages[page], PAGE, READ | WRITE)
        assert not refused
        return space

    def page_of(self, owner: int) -> int:
        """The page that the first table of an owner maps."""
        return self.pages[owner * (len(self.pages) // len(self.owners))]

    def driver_name(self, driver: Driver) -> str:
        """What the spec calls a class of drivers."""
        for name, each in self.drivers.items():
            if each is driver:
                return name
        raise AssertionError(f"{driver.name} is not a driver of the spec")


# --- who is who ---


def owner_of(world: VfioWorld, cookie: object) -> int | None:
    """The owner that a claim was made for: a VFIO group claims for the container that it is in."""
    who = cookie.container if isinstance(cookie, VfioGroup) else cookie
    for number, owner in enumerate(world.owners):
        if owner is who:
            return number
    return None


def table_of(world: VfioWorld, domain: Domain) -> tuple[int, int] | None:
    """The owner and the number of the table that a domain is, if it belongs to one."""
    for number, owner in enumerate(world.owners):
        if isinstance(owner, Iommufd):
            for space in owner.spaces:
                if any(table.domain is domain for table in space.tables):
                    return number, space_number(world, number, space)
        elif owner.backend is not None and any(shared.domain is domain for shared in owner.backend.domains):
            return number, 0
    return None


def space_number(world: VfioWorld, owner: int, space: Ioas) -> int:
    """The number of the table that an address space stands for; the one for compatibility is the first."""
    for number, each in enumerate(world.spaces[owner]):
        if each is space:
            return number
    return 0


def space_of(world: VfioWorld, owner: int, table: int) -> Ioas:
    """The address space that a program names when it means a table."""
    iommufd = world.owners[owner]
    assert isinstance(iommufd, Iommufd)
    if table == 0 and iommufd.compatible is not None:
        return iommufd.compatible
    return world.spaces[owner][table]


def node_of(world: VfioWorld, group: int) -> VfioGroup | None:
    """What is behind /dev/vfio/N of a group; that of an emulated device counts as the one of its home."""
    for each in world.vfio.groups:
        below = each.group
        home = below.device.home if isinstance(below, EmulatedGroup) and below.device is not None else below
        if home is world.kernel.groups[group]:
            return each
    return None


def group_of(world: VfioWorld, group: int) -> VfioGroup | None:
    """The VFIO group that the program talks to: the one that it has open, else the one behind the node."""
    file = world.group_files[group]
    return file.group if file is not None else node_of(world, group)


def held_domains(world: VfioWorld) -> list[Domain]:
    """Every domain that belongs to a container or an iommufd."""
    found: list[Domain] = []
    for owner in world.owners:
        if isinstance(owner, Iommufd):
            found += [table.domain for space in owner.spaces for table in space.tables]
        elif owner.backend is not None:
            found += [shared.domain for shared in owner.backend.domains]
    return found


def held_frames(world: VfioWorld) -> set[int]:
    """The frames that the program's pages are in."""
    return {pa >> 12 for pa in world.pages}


def vfio_leaks(world: VfioWorld) -> tuple[str, ...]:
    """What VFIO and iommufd keep and nobody has open."""
    leaks = []
    for device in world.kernel.devices:
        served = vfio_device_of(device)
        files = len(world.device_files[device.number]) + (world.cdev_files[device.number] is not None)
        if served is not None and served.files != files:
            leaks.append(f"device {device.number} counts {served.files} files, {files} are open")
        if served is not None and served.opened == 0 and (served.bound is not None or served.attached):
            leaks.append(f"device {device.number} is in an iommufd and nobody has it open")
    for number, owner in enumerate(world.owners):
        if isinstance(owner, Iommufd):
            leaks += _iommufd_leaks(world, number, owner)
        elif owner.backend is not None and not owner.groups:
            leaks.append(f"container {number} has a backend and no group")
    return tuple(leaks)


def _iommufd_leaks(world: VfioWorld, number: int, iommufd: Iommufd) -> Iterator[str]:
    bound = [vfio_device_of(d) for d in world.kernel.devices]
    for each in iommufd.devices:
        if not any(served is not None and served.bound is each for served in bound):
            yield f"iommufd {number} has a device that no VFIO device is bound to"
    for group in iommufd.groups:
        if group.bound != sum(isinstance(d, IommufdDevice) and d.group is group for d in iommufd.devices):
            yield f"iommufd {number} miscounts the devices of a group"
    for space in iommufd.spaces:
        if any(table.automatic and not table.users for table in space.tables):
            yield f"iommufd {number} keeps an automatic table that nobody uses"
        if any(owner not in iommufd.devices for _, _, owner in space.reserved):
            yield f"iommufd {number} keeps a reserved region of a device that is gone"


# --- what the program does beside the calls of the spec ---


@contextmanager
def undisturbed(kernel: Kernel) -> Iterator[None]:
    """Calls of the program that are not the one under test: nothing fails in them, and they are not counted."""
    faults = kernel.faults
    kept = faults.script, faults.inject, faults.reached, faults.unused
    faults.begin()
    yield
    faults.script, faults.inject, faults.reached, faults.unused = kept


def map_mark(world: VfioWorld, owner: int) -> None:
    """Maps the owner's page, as soon as there is something to map it into."""
    who = world.owners[owner]
    with undisturbed(world.kernel):
        if isinstance(who, Iommufd):
            if who.compatible is not None and not who.compatible.areas:
                refused = iommufd_compat.map_dma(who, PROBE, world.page_of(owner), PAGE, READ | WRITE)
                assert not refused
        elif who.backend is not None and not who.backend.mappings:
            refused = vfio_container.map_dma(who, PROBE, world.page_of(owner), PAGE, READ | WRITE)
            assert not refused
