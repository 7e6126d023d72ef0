"""What single ops of an ownership log are in the spec: forms that the recorded logs have rarely or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import Call, Fixed, Judge, Look, Skip, Translated
from models.bind.dma_ownership_log import COMPAT, TRANSLATION
from models.bind.dma_ownership_log_files import IDLE_CONTAINER, IDLE_IOMMUFD, IOMMUFDS, is_context, is_nothing
from spec.lang.errors import RequestError
from tests.conform.judging import RECORDED
from tests.conform.ownership import NAMES, judged
from tests.sessions import Run


def step(op: str, errno: str = "OK", new: str = "", out: dict[str, Any] | None = None, **args: str) -> LogStep:
    names = tuple(name if ":" in name else f"{name}:fd" for name in new.split())
    given = {"out": new.split(":")[0], **args} if names else args
    return LogStep(op, given, errno, out or {}, names)


def whole(*steps: LogStep, group: str = "") -> LogSequence:
    return LogSequence("by hand", 1, steps, group=group)


def last(*steps: LogStep, group: str = "") -> Translated:
    """What the last of these steps is."""
    reader = TRANSLATION.begin(whole(*steps, group=group))
    return [reader.step(s) for s in steps][-1]


def calls(*steps: LogStep, group: str = "") -> list[Call | Look]:
    found = last(*steps, group=group)
    assert isinstance(found, Judge), found
    return list(found.calls)


def call(*steps: LogStep, group: str = "") -> tuple[str, dict[str, Any], str]:
    """The only call of the last step."""
    (only,) = calls(*steps, group=group)
    assert isinstance(only, Call)
    return only.action, dict(only.args), only.errno


def agrees(*steps: LogStep, group: str = "") -> bool:
    """True if the spec does these steps, none of them skipped."""
    found = judged([whole(*steps, group=group)])
    assert not found.total.skipped, found.why_skipped
    return not found.differ


def bind(dev: str, drv: str = "vfio-pci", errno: str = "OK", after: str = "", **args: str) -> LogStep:
    return step("DRV_BIND", errno, out={"driver": after or drv}, dev=dev, drv=drv, **args)


def query(dev: str, driver: str, cdev: int, group: int) -> LogStep:
    return step("DRV_QUERY", out={"driver": driver, "has_cdev": cdev, "has_group": group}, dev=dev)


VFIO = bind("A")
GROUP, CONTAINER = step("GROUP_OPEN", new="g", dev="A"), step("CONTAINER_OPEN", new="k")
JOINED = (
    VFIO,
    GROUP,
    CONTAINER,
    step("GROUP_SET_CONTAINER", fd="g", container="k"),
    step("SET_IOMMU", fd="k", type="1"),
)
CDEV = step("CDEV_OPEN", new="c", dev="A")
BOUND = (VFIO, CDEV, step("BIND_IOMMUFD", fd="c", iommufd="ctx0", new="id:idev"))
DEVICE = step("GROUP_GET_DEVICE_FD", new="v", fd="g", dev="A")


def test_what_names_are() -> None:
    assert [True, True, True, True, False] == [is_nothing(n) for n in ("?g", "!g", "998", "-1", "g2")]
    assert [True, False, False] == [is_context(n) for n in ("ctx0", "ctx", "c1")]


def test_a_driver_that_does_not_match_changes_nothing() -> None:
    assert agrees(bind("A", "vfio-pci", "ENODEV", "none", nooverride="1"), query("A", "none", 0, 0))
    assert not agrees(bind("A", "vfio-pci", "ENODEV", nooverride="1"))
    assert agrees(bind("A", "e1000", nooverride="1"), query("A", "e1000", 0, 0))
    assert isinstance(last(bind("A", "e1000e")), Skip)


def test_a_driver_that_was_bound_is_not_bound_again() -> None:
    assert agrees(VFIO, bind("A", "e1000", "EBUSY", "vfio-pci"))
    assert not agrees(VFIO, bind("A", "e1000"))
    assert not agrees(VFIO, bind("A", "e1000", "EBUSY", "none"))
    assert agrees(step("DRV_UNBIND", "ENOENT", dev="A")) and not agrees(step("DRV_UNBIND", dev="A"))


def test_a_probe_takes_the_override_or_the_device_s_own_driver() -> None:
    probe = step("DRV_PROBE", out={"driver": "e1000"}, dev="A")
    assert agrees(probe, query("A", "e1000", 0, 0))
    set_ = step("DRV_OVERRIDE", dev="A", drv="vfio-pci")
    assert agrees(set_, step("DRV_PROBE", out={"driver": "vfio-pci"}, dev="A"), query("A", "vfio-pci", 1, 1))
    assert not agrees(set_, probe)
    owned = (bind("B"), step("CDEV_OPEN", new="c", dev="B"), step("BIND_IOMMUFD", fd="c", iommufd="ctx0"))
    assert agrees(*owned, step("DRV_PROBE", "EINVAL", out={"driver": "none"}, dev="A"))
    assert not agrees(*owned, step("DRV_PROBE", "EBUSY", out={"driver": "none"}, dev="A"))


def test_owners_are_elements_when_they_take_something() -> None:
    joining = step("GROUP_SET_CONTAINER", fd="g", container="k")
    assert ("set_container", {"g": "g0", "o": f"o{IOMMUFDS}"}, "OK") == call(VFIO, GROUP, CONTAINER, joining)
    assert ("set_container", {"g": "g0", "o": "o0"}, "OK") == call(VFIO, GROUP, CONTAINER, joining, group=COMPAT)
    assert f"o{IDLE_CONTAINER}" == call(CONTAINER, step("SET_IOMMU", "EINVAL", fd="k", type="1"))[1]["o"]
    idle = step("SET_IOMMU", "ENODEV", fd="k", type="1")
    assert f"o{IDLE_IOMMUFD}" == call(CONTAINER, idle, group=COMPAT)[1]["o"]
    assert agrees(CONTAINER, idle, group=COMPAT) and not agrees(CONTAINER, idle)


def test_more_owners_than_elements_are_skipped_and_not_guessed() -> None:
    steps = [VFIO, GROUP]
    for n in range(IOMMUFDS):
        steps += [step("GROUP_SET_CONTAINER", fd="g", container=f"ctx{n}"), step("GROUP_UNSET_CONTAINER", fd="g")]
    reader = TRANSLATION.begin(whole(*steps))
    found = [isinstance(reader.step(s), Skip) for s in (*steps, query("A", "vfio-pci", 1, 1))]
    assert [False] * (2 * IOMMUFDS) + [True] * 3 == found


def test_a_file_that_is_no_container() -> None:
    assert Fixed("EBADF", "no such container") == last(VFIO, GROUP, step("GROUP_SET_CONTAINER", fd="g", container="?k"))
    for errno, before in (("EBADFD", (VFIO, GROUP)), ("EINVAL", (*JOINED,))):
        assert agrees(*before, step("GROUP_SET_CONTAINER", errno, fd="g", container="g"))
    gone = (VFIO, GROUP, step("DRV_UNBIND", dev="A"))
    assert agrees(*gone, step("GROUP_SET_CONTAINER", "ENODEV", fd="g", container="g"))


def test_types_of_a_container() -> None:
    assert agrees(*JOINED[:4], step("SET_IOMMU", "ENODEV", fd="k", type="99"))
    assert agrees(*JOINED, step("SET_IOMMU", "EINVAL", fd="k", type="99"))
    assert agrees(CONTAINER, step("SET_IOMMU", "EINVAL", fd="k", type="99"))
    assert last(CONTAINER, step("SET_IOMMU", "EINVAL", fd="k", type="99"), group=COMPAT) == Fixed(
        "EINVAL", "an iommufd knows two types", "arguments"
    )
    assert isinstance(last(step("SET_IOMMU", "EBADF", fd="ctx0", type="1")), Fixed)


def test_what_an_iommufd_maps_and_chooses_is_noted() -> None:
    mapped = step("DMA_MAP", fd="ctx0", iova="0", len="4096", va="0")
    joined = (VFIO, GROUP, step("GROUP_SET_CONTAINER", fd="g", container="ctx0"))
    assert isinstance(last(*joined, mapped, step("SET_IOMMU", "EINVAL", fd="ctx0", type="1")), Skip)
    assert agrees(*joined, step("SET_IOMMU", fd="ctx0", type="3"))
    chosen = step("VFIO_IOAS", oop="set", ioas="i")
    assert isinstance(last(*joined, chosen, step("SET_IOMMU", fd="ctx0", type="3")), Skip)


def test_a_name_that_stands_for_nothing_is_asked_where_nothing_of_its_kind_is_open() -> None:
    failed = step("GROUP_OPEN", "ENOENT", dev="A"), step("GROUP_STATUS", "EBADF", fd="?g")
    assert isinstance(last(*failed), Fixed)
    again = step("GROUP_OPEN", "EBUSY", dev="A")
    named = replace(again, args={"dev": "A", "out": "h"})
    unset = step("GROUP_UNSET_CONTAINER", "EBADF", fd="?h")
    assert isinstance(last(VFIO, GROUP, named, unset), Fixed)
    closed = step("CLOSE", fd="g")
    assert ("unset_container", {"g": "g0"}, "EBADF") == call(VFIO, GROUP, named, closed, unset)
    assert agrees(VFIO, GROUP, named, closed, unset) and not agrees(VFIO, GROUP, closed, replace(unset, errno="EINVAL"))
    assert agrees(
        VFIO, GROUP, closed, step("CLOSE", "EBADF", fd="!g"), step("GROUP_GET_DEVICE_FD", "EBADF", fd="!g", dev="A")
    )
    gone = (*BOUND, step("CLOSE", fd="c"), step("ATTACH_IOMMUFD_PT", "EBADF", fd="!c", pt="i"))
    assert agrees(*gone, step("DETACH_IOMMUFD_PT", "EBADF", fd="!c"), step("CLOSE", "EBADF", fd="!c"))


def test_a_name_that_no_step_made_is_none() -> None:
    assert agrees(step("CLOSE", "EBADF", fd="lost")) and not agrees(step("CLOSE", fd="lost"))


def test_a_device_of_another_group() -> None:
    for dev in ("C", "nosuch"):
        assert agrees(*JOINED, step("GROUP_GET_DEVICE_FD", "ENODEV", fd="g", dev=dev))


def test_a_third_descriptor_of_a_device_is_skipped() -> None:
    again = [step("GROUP_GET_DEVICE_FD", new=name, fd="g", dev="A") for name in ("w", "x")]
    closing = [step("CLOSE", fd=name) for name in ("v", "w", "x")]
    steps = (*JOINED, DEVICE, *again, *closing, step("GROUP_UNSET_CONTAINER", fd="g"))
    found = judged([whole(*steps)])
    assert not found.differ and {"GROUP_GET_DEVICE_FD": 1, "CLOSE": 1} == {
        op: tally.skipped for op, tally in found.ops.items() if tally.skipped
    }


def test_several_descriptors_of_a_character_device() -> None:
    """What counts is whether one is bound, and whether any is open."""
    second = step("CDEV_OPEN", new="d", dev="A")
    assert agrees(*BOUND, second, step("DEVICE_INFO", "EINVAL", fd="d"), step("DEVICE_INFO", fd="c"))
    assert agrees(*BOUND, second, step("BIND_IOMMUFD", "EINVAL", fd="d", iommufd="ctx1"))
    assert agrees(*BOUND, second, step("BIND_IOMMUFD", "EBADF", fd="d", iommufd="998"))
    assert agrees(*BOUND, second, step("ATTACH_IOMMUFD_PT", "EINVAL", fd="d", pt="i"))
    assert agrees(*BOUND, second, step("CLOSE", fd="c"), step("BIND_IOMMUFD", fd="d", iommufd="ctx1"))
    assert agrees(*BOUND, second, step("CLOSE", fd="d"), step("DEVICE_INFO", fd="c"))
    assert agrees(VFIO, CDEV, second, step("CLOSE", fd="c"), step("DRV_UNBIND", "BLOCKED", dev="A", job="j"))


def test_the_form_of_a_bind_and_its_iommufd() -> None:
    for args in ({"argsz": "15"}, {"flags": "1"}, {"iommufd": "-1"}):
        asked = step("BIND_IOMMUFD", "EINVAL", fd="c", **{"iommufd": "ctx0", **args})
        assert isinstance(last(VFIO, CDEV, asked), Fixed) and agrees(VFIO, CDEV, asked)
    for given, errno in (("998", "EBADF"), ("c", "EBADFD"), ("k", "EBADFD")):
        assert agrees(VFIO, CDEV, CONTAINER, step("BIND_IOMMUFD", errno, fd="c", iommufd=given))
        other = {"EBADF": "EBADFD", "EBADFD": "EBADF"}[errno]
        assert not agrees(VFIO, CDEV, CONTAINER, step("BIND_IOMMUFD", other, fd="c", iommufd=given))
    assert agrees(VFIO, CDEV, CONTAINER, step("BIND_IOMMUFD", fd="c", iommufd="k"), group=COMPAT)
    assert agrees(*JOINED, DEVICE, step("BIND_IOMMUFD", "EINVAL", fd="v", iommufd="ctx0"))


def attach(fd: str, pt: str, errno: str = "OK", made: str = "") -> LogStep:
    return step("ATTACH_IOMMUFD_PT", errno, new=f"{made}:hwpt" if made else "", out={"pt": made or pt}, fd=fd, pt=pt)


def test_tables_of_an_iommufd() -> None:
    """What the kernel makes for an IOAS is that IOAS; siblings share one, and another is refused at first."""
    ioas = step("IOAS_ALLOC", new="i:ioas"), step("IOAS_ALLOC", new="j:ioas")
    sibling = bind("B"), step("CDEV_OPEN", new="d", dev="B"), step("BIND_IOMMUFD", fd="d", iommufd="ctx0")
    ready = (*BOUND, *sibling, *ioas, attach("c", "i", made="auto0"))
    for steps in ((attach("d", "j", "EINVAL"),), (attach("d", "auto0"),), (attach("d", "i"), attach("c", "j"))):
        found = judged([whole(*ready, *steps)])
        assert not found.differ and {"IOAS_ALLOC": 2} == {o: t.skipped for o, t in found.ops.items() if t.skipped}
    assert judged([whole(*ready, attach("d", "j"))]).differ
    assert last(*ready, attach("d", "id", "EINVAL")) == Fixed("EINVAL", "an object that is no table", "arguments")
    assert last(*ready, attach("d", "?j", "ENOENT")) == Fixed("ENOENT", "no such table", "arguments")
    assert isinstance(last(*ready, attach("d", "j", "EADDRINUSE")), Skip)


def test_a_removal_that_waits_goes_on_when_the_last_descriptor_is_closed() -> None:
    waits = (*JOINED, DEVICE, CDEV, step("DRV_UNBIND", "BLOCKED", dev="A", job="j"))
    beside = (step("CDEV_OPEN", "ENOENT", dev="A"), step("GROUP_GET_DEVICE_FD", "ENODEV", fd="g", dev="A"))
    assert agrees(*waits, query("A", "none", 0, 1), *beside)
    assert isinstance(last(*waits, bind("A")), Skip) and isinstance(last(*waits, step("JOIN", job="j")), Skip)
    closed = (*waits, step("CLOSE", fd="v"), step("CLOSE", fd="c"))
    shown = [c.action for c in calls(*closed) if isinstance(c, Call)]
    assert ["cdev_close", "unbind"] == shown
    assert agrees(*closed, step("JOIN", job="j"), query("A", "none", 0, 0), step("GROUP_STATUS", "ENODEV", fd="g"))


def test_a_group_fd_that_outlived_its_group() -> None:
    """Unbound and bound again, the group is another one: the old descriptor can only be closed."""
    back = (VFIO, GROUP, step("DRV_UNBIND", dev="A"), VFIO, step("GROUP_OPEN", new="h", dev="A"))
    assert isinstance(last(*back, step("GROUP_STATUS", "ENODEV", fd="g")), Skip)
    assert agrees(*back, step("CLOSE", fd="g"), step("GROUP_STATUS", fd="h", out={"viable": 1, "container_set": 0}))


def test_a_second_name_for_a_file() -> None:
    copied = (VFIO, GROUP, step("DUP", new="h", fd="g"))
    assert agrees(*copied, step("CLOSE", fd="g"), step("GROUP_OPEN", "EBUSY", dev="B"), step("CLOSE", fd="h"))
    assert agrees(*copied, step("CLOSE", fd="g"), step("CLOSE", fd="h"), step("GROUP_OPEN", dev="B", new="i"))
    assert agrees(step("DUP", "EBADF", fd="?g"))


def test_a_device_that_the_map_does_not_have() -> None:
    """Also its group in a container: nothing more can be said of that container."""
    strange = (step("GROUP_OPEN", new="g", dev="S1"), CONTAINER, step("GROUP_SET_CONTAINER", fd="g", container="k"))
    after = step("SET_IOMMU", fd="k", type="1"), step("CLOSE", fd="g"), VFIO
    reader = TRANSLATION.begin(whole(*strange, *after))
    assert [True, False, True, True, True, True] == [isinstance(reader.step(s), Skip) for s in (*strange, *after)]


def test_an_unknown_op_and_a_step_that_lacks_what_it_needs() -> None:
    assert Skip("the translation knows no such op") == last(step("PAINT"))
    for bad in (step("CLOSE"), step("GROUP_STATUS", fd="g", argsz="many"), step("CTX_OPEN")):
        with pytest.raises(RequestError, match=rf":1: step 3, {bad.op}, cannot be read"):
            judged([whole(VFIO, GROUP, bad)])


def test_contexts() -> None:
    """One that is closed and opened again is another one."""
    assert agrees(step("CTX_OPEN", ctx="0"))
    again = (step("CTX_CLOSE", ctx="0"), step("CTX_OPEN", ctx="0"))
    sibling = (bind("B"), step("CDEV_OPEN", new="d", dev="B"), step("BIND_IOMMUFD", "EPERM", fd="d", iommufd="ctx0"))
    assert agrees(*BOUND, *again, *sibling) and not agrees(*BOUND, *sibling)


def test_the_type_of_a_default_domain() -> None:
    def write(word: str, errno: str = "OK") -> LogStep:
        return step("GROUP_TYPE", errno, dev="B", set=word)

    assert agrees(write("identity"), step("GROUP_TYPE", out={"type": "identity"}, dev="A"), write("auto"))
    assert agrees(write("foo", "EINVAL"), step("GROUP_TYPE", out={"type": "DMA"}, dev="A"))
    assert not agrees(write("identity"), step("GROUP_TYPE", out={"type": "identity"}, dev="C"))
    assert not agrees(step("GROUP_TYPE", out={"type": "strange"}, dev="C"))


def test_an_instance_that_lacks_what_the_log_needs(run: Run) -> None:
    """Character devices are of 6.6; sizes of the user must hold the constants of the map."""
    path = str(RECORDED / f"{NAMES[0]}.jsonl.gz")
    for options, message in (
        (("--kernel", "6.1.y"), "the translation asks for the field cdev"),
        (("--size", "Owner=2"), "the translation fixes the constant is_iommufd, which cannot be"),
    ):
        found = run("validate", path, "--spec", "dma_ownership", *options)
        assert 2 == found.code and message in found.err
