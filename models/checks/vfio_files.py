"""Ownership as userspace meets it: groups, containers, iommufds and character devices, sequence by sequence."""

from __future__ import annotations

from typing import Final

from models.checks.steps import Steps
from models.hw.attributes import READ, WRITE
from models.hw.device import Done
from models.hw.oracle import Keeping
from models.kernel import driver_core, iommufd, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.device import Device, DeviceDescription
from models.kernel.drivers import DmaApiDriver
from models.kernel.iommufd import Ioas, Iommufd
from models.kernel.kernel import Kernel
from models.kernel.version import V6_12
from models.kernel.vfio import Container, DeviceFile, GroupFile, Vfio, VfioGroup, vfio_device_of
from models.kernel.vfio_driver import VfioDriver

PAGE: Final = 4096
RW: Final = READ | WRITE
IOVA: Final = 0x10_0000


class User:
    """Three devices, two of them in one group, all with the VFIO driver; and a program that opens them."""

    def __init__(self, steps: Steps, emulated: bool = False) -> None:
        self.steps = steps
        self.kernel = Kernel(V6_12, [DeviceDescription(rid, rid >> 4 & 1) for rid in (0x08, 0x09, 0x18)], 2)
        self.vfio = Vfio(self.kernel)
        self.a, self.b, self.c = self.kernel.devices
        self.native = DmaApiDriver()
        for device in self.kernel.devices:
            driver = VfioDriver(self.vfio, emulated)
            self.steps.same("bind", driver_core.bind(self.kernel, device, driver), "")

    def node(self, device: Device) -> VfioGroup:
        served = vfio_device_of(device)
        assert served is not None
        return served.group

    def open(self, device: Device) -> GroupFile:
        file = vfio_group.open_group(self.vfio, self.node(device))
        self.steps.holds(f"open of a group gives a file, not {file}", isinstance(file, GroupFile))
        assert isinstance(file, GroupFile)
        return file

    def get(self, file: GroupFile, device: Device) -> DeviceFile:
        found = vfio_device.get_device_fd(file, device)
        self.steps.holds(f"GET_DEVICE_FD gives a file, not {found}", isinstance(found, DeviceFile))
        assert isinstance(found, DeviceFile)
        return found

    def cdev(self, device: Device) -> DeviceFile:
        served = vfio_device_of(device)
        assert served is not None
        found = vfio_cdev.open_cdev(served)
        self.steps.holds(f"open of a character device gives a file, not {found}", isinstance(found, DeviceFile))
        assert isinstance(found, DeviceFile)
        return found

    def page(self, word: int) -> int:
        pa = self.kernel.memory.allocate()
        self.kernel.memory.store(pa, word)
        return pa

    def space(self, context: Iommufd, word: int) -> Ioas:
        made = iommufd.make_space(context)
        assert isinstance(made, Ioas)
        self.steps.same("map", iommufd.map_area(made, IOVA, self.page(word), PAGE, RW), "")
        return made

    def reads(self, device: Device, iova: int = IOVA) -> int | None:
        """What a device gets when it reads there; its unit keeps all that it may, and uses it."""
        got = device.issuer.read(iova, Keeping())
        return got.word if isinstance(got, Done) else None

    def idle(self, what: str, *devices: Device) -> None:
        """Nobody holds the groups, and they are on their default domains."""
        for device in devices or self.kernel.devices:
            group = device.home
            found = (group.owner, group.owner_cnt, group.domain is group.default)
            self.steps.same(f"{what}: the group of {device.rid:#x}", found, (None, 0, True))

    def quiet(self) -> None:
        """Nothing was out of order for the kernel."""
        self.steps.same("warnings", self.kernel.warnings, ())


def containers(steps: Steps) -> None:
    """SET_CONTAINER claims, the last file releases; an open device keeps the container, not its group's descriptor."""
    it = User(steps)
    file, container = it.open(it.a), Container(it.kernel)
    steps.same("a second open", vfio_group.open_group(it.vfio, it.node(it.b)), "EBUSY")
    steps.same("GET_DEVICE_FD before SET_CONTAINER", vfio_device.get_device_fd(file, it.a), "EINVAL")
    steps.same("SET_CONTAINER", vfio_group.set_container(file, container), "")
    group = it.a.home
    steps.holds("claimed and blocked", group.owner is not None and group.domain is group.blocking)
    steps.same("SET_CONTAINER again", vfio_group.set_container(file, container), "EINVAL")
    steps.same("GET_DEVICE_FD before SET_IOMMU", vfio_device.get_device_fd(file, it.a), "EINVAL")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    steps.same("MAP", vfio_container.map_dma(container, IOVA, it.page(7), PAGE, RW), "")
    steps.same("both devices read", (it.reads(it.a), it.reads(it.b)), (7, 7))
    device = it.get(file, it.a)
    steps.same("UNSET_CONTAINER with a device open", vfio_group.unset_container(file), "EBUSY")
    vfio_group.close_group(file)
    steps.same("open while a device keeps the file", vfio_group.open_group(it.vfio, it.node(it.a)), "EBUSY")
    steps.same("the device still reads", it.reads(it.a), 7)
    loose: set[bool] = set()
    kernels = (group.default, group.blocking)
    it.kernel.journal.observer = lambda: loose.add(group.owner is None and group.domain not in kernels)
    vfio_device.close_file(device)
    it.kernel.journal.observer = None
    steps.same("on the user's domain without an owner", loose, {False})
    it.idle("after the last close")
    steps.same("neither device reads", (it.reads(it.a), it.reads(it.b)), (None, None))
    it.quiet()


def two_groups(steps: Steps) -> None:
    """Groups that join later see what is mapped; a group that leaves takes nothing along; UNMAP is for all."""
    it = User(steps)
    container = Container(it.kernel)
    first, second = it.open(it.a), it.open(it.c)
    steps.same("SET_CONTAINER", vfio_group.set_container(first, container), "")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    steps.same("MAP", vfio_container.map_dma(container, IOVA, it.page(7), PAGE, RW), "")
    steps.same("SET_CONTAINER of the second", vfio_group.set_container(second, container), "")
    steps.same("MAP", vfio_container.map_dma(container, IOVA + PAGE, it.page(8), 2 * PAGE, RW), "")
    seen = (it.reads(it.a), it.reads(it.c), it.reads(it.a, IOVA + PAGE), it.reads(it.c, IOVA + PAGE))
    steps.same("both groups read both", seen, (7, 7, 8, 8))
    steps.same("UNMAP of a part", vfio_container.unmap_dma(container, IOVA + PAGE, PAGE), ("EINVAL", 0))
    steps.same("UNMAP", vfio_container.unmap_dma(container, IOVA, 3 * PAGE), ("", 3 * PAGE))
    steps.same("neither reads", (it.reads(it.a), it.reads(it.c)), (None, None))
    steps.same("MAP over itself", vfio_container.map_dma(container, IOVA, it.page(7), PAGE, RW), "")
    steps.same("MAP over it", vfio_container.map_dma(container, IOVA, it.page(9), PAGE, RW), "EEXIST")
    steps.same("UNSET_CONTAINER of the first", vfio_group.unset_container(first), "")
    it.idle("after UNSET_CONTAINER", it.a)
    steps.same("the other still reads", (it.reads(it.a), it.reads(it.c)), (None, 7))
    vfio_group.close_group(second)
    vfio_group.close_group(first)
    it.idle("at the end")
    it.quiet()


def failing_attach(steps: Steps) -> None:
    """A group that cannot be attached is not claimed either."""
    it = User(steps)
    container = Container(it.kernel)
    first, second = it.open(it.a), it.open(it.c)
    steps.same("SET_CONTAINER", vfio_group.set_container(first, container), "")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    it.kernel.faults.begin((("type1-group", True),))
    steps.same("SET_CONTAINER that fails", vfio_group.set_container(second, container), "ENOMEM")
    it.kernel.faults.begin()
    it.idle("after the failure", it.c)
    steps.same("SET_CONTAINER", vfio_group.set_container(second, container), "")
    vfio_group.close_group(first)
    vfio_group.close_group(second)
    it.idle("at the end")
    it.quiet()


def failing_set_iommu(steps: Steps) -> None:
    """SET_IOMMU is for all groups or for none."""
    it = User(steps)
    container = Container(it.kernel)
    files = [it.open(it.a), it.open(it.c)]
    for file in files:
        steps.same("SET_CONTAINER", vfio_group.set_container(file, container), "")
    for number in range(3):
        it.kernel.faults.begin(tuple(("attach-failed", n == number) for n in range(number + 1)))
        steps.same(f"SET_IOMMU that fails at {number}", vfio_container.set_iommu(container), "ENOMEM")
        it.kernel.faults.begin()
        blocked = [group.domain is group.blocking for group in it.kernel.groups]
        steps.same("both groups are blocked", (blocked, container.backend), ([True, True], None))
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    for file in files:
        vfio_group.close_group(file)
    it.idle("at the end")
    it.quiet()


def own_domains(steps: Steps) -> None:
    """A group that cannot share the domain of the others has one of its own, with all that is mapped."""
    it = User(steps)
    container = Container(it.kernel)
    first, second = it.open(it.c), it.open(it.a)
    steps.same("SET_CONTAINER", vfio_group.set_container(first, container), "")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    steps.same("MAP", vfio_container.map_dma(container, IOVA, it.page(7), PAGE, RW), "")
    # Two members are blocked, then moved to a domain of their own, then to the shared one, where the first fails.
    it.kernel.faults.begin(tuple(("attach-failed", n == 4) for n in range(5)))
    steps.same("SET_CONTAINER of a group that cannot share", vfio_group.set_container(second, container), "")
    it.kernel.faults.begin()
    steps.holds("two domains", it.a.home.domain is not it.c.home.domain)
    steps.same("both read what was mapped", (it.reads(it.a), it.reads(it.c)), (7, 7))
    steps.same("MAP", vfio_container.map_dma(container, IOVA + PAGE, it.page(8), PAGE, RW), "")
    steps.same("both read it", (it.reads(it.a, IOVA + PAGE), it.reads(it.c, IOVA + PAGE)), (8, 8))
    steps.same("UNMAP", vfio_container.unmap_dma(container, IOVA, 2 * PAGE), ("", 2 * PAGE))
    steps.same("neither reads", (it.reads(it.a), it.reads(it.c)), (None, None))
    vfio_group.close_group(first)
    vfio_group.close_group(second)
    it.idle("at the end")
    it.quiet()


def kernel_drivers(steps: Steps) -> None:
    """A group is the kernel's or a user's; the VFIO driver itself is neither."""
    it = User(steps)
    it.idle("with VFIO drivers bound")
    steps.same("unbind", driver_core.unbind(it.b), "")
    steps.same("bind a driver of the kernel", driver_core.bind(it.kernel, it.b, it.native), "")
    file, container = it.open(it.a), Container(it.kernel)
    steps.same("SET_CONTAINER beside it", vfio_group.set_container(file, container), "EPERM")
    steps.same("unbind it", driver_core.unbind(it.b), "")
    steps.same("SET_CONTAINER", vfio_group.set_container(file, container), "")
    steps.same("bind it again", driver_core.bind(it.kernel, it.b, it.native), "EBUSY")
    vfio_group.close_group(file)
    steps.same("bind it after the close", driver_core.bind(it.kernel, it.b, it.native), "")
    it.quiet()


def emulated(steps: Steps) -> None:
    """A group without an IOMMU is put into a container like any other, and claims nothing."""
    it = User(steps, emulated=True)
    file, container = it.open(it.a), Container(it.kernel)
    steps.same("SET_CONTAINER", vfio_group.set_container(file, container), "")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    device = it.get(file, it.a)
    it.idle("with an emulated device open")
    vfio_device.close_file(device)
    vfio_group.close_group(file)
    it.quiet()


def leaving_drivers(steps: Steps) -> None:
    """A driver waits for files of its device, not for an idle group; the last one takes the group out."""
    it = User(steps)
    file, container = it.open(it.c), Container(it.kernel)
    steps.same("SET_CONTAINER", vfio_group.set_container(file, container), "")
    steps.same("SET_IOMMU", vfio_container.set_iommu(container), "")
    device = it.get(file, it.c)
    steps.same("unbind with a file open", driver_core.unbind(it.c), driver_core.BLOCKED)
    steps.holds("still claimed", it.c.home.owner is not None)
    vfio_device.close_file(device)
    steps.same("the driver has left", it.c.driver, None)
    it.idle("after the driver left", it.c)
    steps.same("GET_STATUS of a revoked group", vfio_group.status(file)[0], "ENODEV")
    vfio_group.close_group(file)
    it = User(steps)
    file = it.open(it.c)
    steps.same("SET_CONTAINER", vfio_group.set_container(file, Container(it.kernel)), "")
    steps.same("unbind with an idle group open", driver_core.unbind(it.c), "")
    it.idle("after the driver left an open group", it.c)
    vfio_group.close_group(file)
    it.quiet()


def character_devices(steps: Steps) -> None:
    """BIND claims for the context, excludes the group's file and other contexts; close lets go."""
    it = User(steps)
    context, other = Iommufd(it.kernel), Iommufd(it.kernel)
    file = it.open(it.b)
    first, second = it.cdev(it.a), it.cdev(it.b)
    steps.same("BIND beside the group's file", vfio_cdev.bind_iommufd(first, context), "EBUSY")
    vfio_group.close_group(file)
    steps.same("BIND", vfio_cdev.bind_iommufd(first, context), "")
    steps.same("open beside it", vfio_group.open_group(it.vfio, it.node(it.b)), "EBUSY")
    steps.same("BIND by another context", vfio_cdev.bind_iommufd(second, other), "EPERM")
    it.kernel.faults.begin((("device-object", True),))
    steps.same("BIND that fails", vfio_cdev.bind_iommufd(second, context), "ENOMEM")
    it.kernel.faults.begin()
    steps.same("claims after it failed", it.a.home.owner_cnt, 1)
    steps.same("BIND of the sibling", vfio_cdev.bind_iommufd(second, context), "")
    steps.same("claims", (it.a.home.owner is context, it.a.home.owner_cnt), (True, 2))
    vfio_device.close_file(first)
    steps.same("claims after one close", (it.a.home.owner is context, it.a.home.owner_cnt), (True, 1))
    vfio_device.close_file(second)
    it.idle("after both")
    steps.same("the context has nothing left", (context.devices, context.groups), ((), ()))
    it.quiet()


def attaches(steps: Steps) -> None:
    """The first attach moves the group, the last detach blocks it; siblings share one table, a replace has no gap."""
    it = User(steps)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2)
    files = [it.cdev(device) for device in (it.a, it.b)]
    for file in files:
        steps.same("BIND", vfio_cdev.bind_iommufd(file, context), "")
    steps.same("ATTACH", vfio_cdev.attach_pt(files[0], one), "")
    steps.same("the whole group reads", (it.reads(it.a), it.reads(it.b)), (1, 1))
    steps.same("ATTACH of the sibling elsewhere", vfio_cdev.attach_pt(files[1], two), "EINVAL")
    steps.same("ATTACH of the sibling", vfio_cdev.attach_pt(files[1], one), "")
    blocked: set[bool] = set()
    it.kernel.journal.observer = lambda: blocked.add(it.a.home.domain is it.a.home.blocking)
    steps.same("ATTACH elsewhere, which replaces", vfio_cdev.attach_pt(files[0], two), "")
    it.kernel.journal.observer = None
    steps.same("blocked in between", blocked, {False})
    steps.same("the whole group reads the other", (it.reads(it.a), it.reads(it.b)), (2, 2))
    steps.same("tables", (len(one.tables), len(two.tables)), (0, 1))
    steps.same("DETACH of one", vfio_cdev.detach_pt(files[0]), "")
    steps.same("the sibling still reads", it.reads(it.b), 2)
    steps.same("DETACH of the last", vfio_cdev.detach_pt(files[1]), "")
    steps.same("nobody reads", (it.reads(it.a), it.reads(it.b)), (None, None))
    steps.holds("blocked", it.a.home.domain is it.a.home.blocking and it.a.home.handle is None)
    steps.same("tables at the end", (one.tables, two.tables), ((), ()))
    steps.same("ATTACH again", vfio_cdev.attach_pt(files[0], one), "")
    steps.same("it reads", it.reads(it.a), 1)
    vfio_device.close_file(files[0])
    steps.same("its close detaches", it.reads(it.a), None)
    vfio_device.close_file(files[1])
    it.idle("at the end")
    it.quiet()


def areas(steps: Steps) -> None:
    """Whole areas only; a failed map leaves no table with a part of it."""
    it = User(steps)
    context = Iommufd(it.kernel)
    space = it.space(context, 1)
    steps.same("map two pages", iommufd.map_area(space, IOVA + PAGE, it.page(2), 2 * PAGE, RW), "")
    steps.same("map over them", iommufd.map_area(space, IOVA + 2 * PAGE, it.page(3), PAGE, RW), "EEXIST")
    steps.same("unmap a part", iommufd.unmap_areas(space, IOVA + PAGE, PAGE), ("ENOENT", 0))
    file = it.cdev(it.a)
    steps.same("BIND", vfio_cdev.bind_iommufd(file, context), "")
    steps.same("ATTACH", vfio_cdev.attach_pt(file, space), "")
    steps.same("both are there", (it.reads(it.a), it.reads(it.a, IOVA + PAGE)), (1, 2))
    steps.same("unmap both", iommufd.unmap_areas(space, IOVA, 3 * PAGE), ("", 3 * PAGE))
    steps.same("neither is", (it.reads(it.a), it.reads(it.a, IOVA + PAGE)), (None, None))
    vfio_device.close_file(file)
    it.quiet()


PARTS: Final = (
    containers,
    two_groups,
    failing_attach,
    failing_set_iommu,
    own_domains,
    kernel_drivers,
    emulated,
    leaving_drivers,
    character_devices,
    attaches,
    areas,
)


def vfio_files(steps: Steps) -> None:
    for part in PARTS:
        part(steps)
