"""The callers of VFIO: whoever opens its files, in any order, and those who bind and unbind drivers.

Nobody has to be careful here: every sequence of open, close and ioctl is legal, and the promise is VFIO's. An owner is
a container or an iommufd, with one address space each. What is known of files is in the notes of the book.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from models.checks.isolation import Call
from models.checks.isolation_core import CoreStage, Size, call, rights_of
from models.checks.isolation_files import (
    asked_to_leave,
    attached_device,
    bound_cdev,
    closed_cdev,
    closed_device,
    closed_group,
    detached_device,
    joined_container,
    noted,
    unnoted,
    with_backend,
    without_container,
)
from models.checks.isolation_promise import Book, Domain, Group, mapped, unmapped
from models.hw.formats import PAGE, PAGE_BITS
from models.hw.journal import Recorded
from models.kernel import driver_core, iommufd, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.device import Device
from models.kernel.driver_core import BLOCKED as WAITS
from models.kernel.drivers import DmaApiDriver
from models.kernel.iommufd import Ioas, Iommufd
from models.kernel.marks import PROBE
from models.kernel.version import V6_12, Version
from models.kernel.vfio import Container, DeviceFile, GroupFile, Vfio, VfioGroup, vfio_device_of
from models.kernel.vfio_driver import VfioDriver


class Desk(Recorded):
    """The files that are open: of groups by name, of devices by requester id."""

    __slots__ = ("devices", "groups")

    def __init__(self, vfio: Vfio) -> None:
        self.journal = vfio.journal
        self.groups: tuple[tuple[str, GroupFile], ...] = ()
        self.devices: tuple[tuple[int, DeviceFile], ...] = ()


class VfioStage(CoreStage):
    """Devices in groups, containers (owners c...) and iommufds (f...). With `bound` VFIO's driver has all devices."""

    def __init__(self, size: Size, version: Version = V6_12, bound: bool = True) -> None:
        super().__init__(replace(size, domains=0), version)
        self.vfio = vfio = Vfio(self.kernel)
        self.desk = Desk(vfio)
        self.vfio_driver = VfioDriver(vfio)
        self.containers = {o: Container(self.kernel) for o in size.owners if o.startswith("c")}
        self.spaces: dict[str, Ioas] = {}
        self.contexts = {o: Iommufd(self.kernel) for o in size.owners if o.startswith("f")}
        for name, context in self.contexts.items():
            space = iommufd.make_space(context)
            assert not isinstance(space, str)
            self.spaces[name] = space
        for owner in size.owners:
            for page in range(size.pages):
                self.memory_of[self.page_of(f"{owner}.0", page) >> PAGE_BITS] = owner
        for device in self.kernel.devices if bound else ():
            assert not driver_core.bind(self.kernel, device, self.vfio_driver)

    def book(self) -> Book:
        notes = frozenset(("vfio", d.rid) for d in self.kernel.devices if driver_core.bound_to(d) is not None)
        domains = tuple((name, Domain(name)) for name in sorted(self.spaces))
        return replace(super().book(), domains=domains, notes=notes)

    def calls(self, book: Book) -> list[Call]:
        found: list[Call] = []
        for name, group in book.groups:
            found += self._of_file(book, name, group)
        for device in self.kernel.devices:
            found += self._of_driver(book, device) + self._of_opened(book, device)
        for owner in self.containers:
            backend = partial(vfio_container.set_iommu, self.containers[owner])
            found.append(call(f"set-iommu({owner})", backend, with_backend(owner)))
        for owner, domain in book.domains:
            found += self._of_space(owner, domain)
        return [replace(c, done=self._given_back(book, c)) for c in found]

    def _given_back(self, before: Book, made: Call) -> partial[None]:
        """Memory that nothing maps any more goes back to where it came from."""
        return partial(self._hand_back_all, before, made.change(before))

    def _hand_back_all(self, before: Book, after: Book) -> None:
        kept = {pa for _, domain in after.domains for _, pa, _, _ in domain.pages}
        for pa in sorted({pa for _, domain in before.domains for _, pa, _, _ in domain.pages} - kept):
            self.kernel.memory.free(pa)

    # --- a group's file ---

    def _of_file(self, book: Book, name: str, group: Group) -> list[Call]:
        file = dict(self.desk.groups).get(name)
        if file is None or not file.descriptor:
            vfio = self._vfio_group(group)
            if vfio is None:
                return []
            return [call(f"open({name})", partial(self._open_group, name, vfio), noted(("file", name)))]
        found = [
            call(f"close({name})", partial(vfio_group.close_group, file), closed_group(name)),
            call(f"unset({name})", partial(vfio_group.unset_container, file), without_container(name)),
        ]
        for owner, container in self.containers.items():
            change = joined_container(name, owner)
            found.append(call(f"set({name}, {owner})", partial(vfio_group.set_container, file, container), change))
        for rid in group.members:
            if ("device", rid) not in book.notes and ("cdev", rid) not in book.notes:
                act = partial(self._open_device, file, rid)
                found.append(call(f"get-device({name}, {rid:#x})", act, noted(("device", rid))))
        return found

    def _vfio_group(self, group: Group) -> VfioGroup | None:
        found = [vfio_group.find(self.vfio, self._device(rid)) for rid in group.members]
        return next((f for f in found if f is not None), None)

    def _device(self, rid: int) -> Device:
        return next(d for d in self.kernel.devices if d.rid == rid)

    def _open_group(self, name: str, group: VfioGroup) -> str:
        file = vfio_group.open_group(self.vfio, group)
        if isinstance(file, str):
            return file
        self.desk.groups = (*((n, f) for n, f in self.desk.groups if n != name), (name, file))
        return ""

    def _open_device(self, file: GroupFile, rid: int) -> str:
        made = vfio_device.get_device_fd(file, self._device(rid))
        if isinstance(made, str):
            return made
        self.desk.devices = (*self.desk.devices, (rid, made))
        return ""

    # --- drivers ---

    def _of_driver(self, book: Book, device: Device) -> list[Call]:
        rid = device.rid
        if ("leaving", rid) in book.notes:
            return []
        if ("vfio", rid) in book.notes:
            act = partial(self._unbind, device)
            return [call(f"unbind({rid:#x}, vfio)", act, asked_to_leave(rid))]
        if ("kernel", rid) in book.notes:
            act = partial(driver_core.unbind, device)
            return [call(f"unbind({rid:#x}, kernel)", act, unnoted(("kernel", rid)))]
        drivers = (("vfio", self.vfio_driver), ("kernel", DmaApiDriver()))
        return [
            call(f"bind({rid:#x}, {name})", partial(driver_core.bind, self.kernel, device, it), noted((name, rid)))
            for name, it in drivers
        ]

    def _unbind(self, device: Device) -> str:
        """To wait for others to close is no refusal: the driver has been asked."""
        answer = driver_core.unbind(device)
        return "" if answer == WAITS else answer

    # --- a device's file ---

    def _of_opened(self, book: Book, device: Device) -> list[Call]:
        rid = device.rid
        file = dict(self.desk.devices).get(rid)
        if file is None:
            return self._cdev(device) if ("vfio", rid) in book.notes and ("leaving", rid) not in book.notes else []
        if file.from_group:
            return [call(f"close-device({rid:#x})", partial(self._close, rid, file), closed_device(rid))]
        found = [call(f"close-device({rid:#x})", partial(self._close, rid, file), closed_cdev(rid))]
        found.append(call(f"detach-pt({rid:#x})", partial(vfio_cdev.detach_pt, file), detached_device(rid)))
        for owner, space in self.spaces.items():
            if book.group(book.group_of(rid) or "").owner == owner:
                act = partial(vfio_cdev.attach_pt, file, space)
                found.append(call(f"attach-pt({rid:#x}, {owner})", act, attached_device(rid, owner)))
        return found

    def _cdev(self, device: Device) -> list[Call]:
        found = []
        for owner, context in self.contexts.items():
            act = partial(self._open_cdev, device, context)
            found.append(call(f"bind-iommufd({device.rid:#x}, {owner})", act, bound_cdev(device.rid, owner)))
        return found

    def _open_cdev(self, device: Device, context: Iommufd) -> str:
        """Opens the character device and binds it; if that is refused, closes it again."""
        offered = vfio_device_of(device)
        assert offered is not None
        file = vfio_cdev.open_cdev(offered)
        if isinstance(file, str):
            return file
        if error := vfio_cdev.bind_iommufd(file, context):
            vfio_device.close_file(file)
            return error
        self.desk.devices = (*self.desk.devices, (device.rid, file))
        return ""

    def _close(self, rid: int, file: DeviceFile) -> None:
        vfio_device.close_file(file)
        self.desk.devices = tuple(d for d in self.desk.devices if d[0] != rid)

    # --- address spaces ---

    def _of_space(self, owner: str, domain: Domain) -> list[Call]:
        found, there = [], {iova for iova, _, _, _ in domain.pages}
        for page in range(self.size.pages):
            iova, pa, rights = PROBE + page * PAGE, self.page_of(f"{owner}.0", page), rights_of(page)
            if iova in there:
                found.append(call(f"unmap({owner}, {page})", partial(self._unmap, owner, iova), unmapped(owner, iova)))
            else:
                change = mapped(owner, (iova, pa, rights, PAGE_BITS))
                found.append(call(f"map({owner}, {page})", partial(self._map_page, owner, iova, pa, rights), change))
        return found

    def _map_page(self, owner: str, iova: int, pa: int, rights: int) -> str:
        self.kernel.memory.claim(pa)
        if owner in self.spaces:
            error = iommufd.map_area(self.spaces[owner], iova, pa, PAGE, rights)
        else:
            error = vfio_container.map_dma(self.containers[owner], iova, pa, PAGE, rights)
        if error:
            self.kernel.memory.free(pa)
        return error

    def _unmap(self, owner: str, iova: int) -> str:
        if owner in self.spaces:
            error, gone = iommufd.unmap_areas(self.spaces[owner], iova, PAGE)
        else:
            error, gone = vfio_container.unmap_dma(self.containers[owner], iova, PAGE)
        assert error or gone == PAGE, f"{gone:#x} bytes went"
        return error
