"""The reference kernel against the spec `dma_ownership`: which instances, and how one begins.

A switch that says which fixes a kernel has must be as the two versions of the model are; what the spec leaves to
nature the model leaves to whoever drives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from checker.conform.implementation import Case, Choice, Plain, Running, Setting
from models.bind import dma_ownership_vfio as vfio_held
from models.bind import dma_ownership_vfio_calls as vfio_calls
from models.bind import dma_ownership_vfio_fields as vfio_fields
from models.bind.dma_ownership_core import ARGUMENTS, DEVICE_FIELDS, GROUP_FIELDS, HANDLERS, PLACES
from models.bind.dma_ownership_leaks import Ledger
from models.bind.dma_ownership_running import Part, RunningOwnership, Words
from models.bind.dma_ownership_sight import Sight
from models.bind.dma_ownership_vfio import VfioWorld
from models.bind.dma_ownership_world import Args, Given, Handler, World
from models.kernel.callers import User, Waiting
from models.kernel.device import DeviceDescription
from models.kernel.domain import Domain
from models.kernel.driver_core import Bound
from models.kernel.kernel import Kernel
from models.kernel.version import V6_12, V7_0, Version

TWO, THREE = "Device=2", "Device=3"
SMALL: Final = {
    "core": THREE,
    "members": TWO,
    "private": TWO,
    "boot": TWO,
    "pasid": TWO,
    "reset": THREE,
    "firmware": TWO,
    "groups": TWO,
    "progress": TWO,
    "vfio": TWO,
    "emulated": "Group=2",
}
"""The configurations of the spec, and a size at which all pairs can be compared."""
KERNELS: Final = ("6.12.y", "7.0")
FIRST_RID: Final = 0x10

ALWAYS: Final = (
    "blocking_domain",
    "rollback",
    "direct_guard",
    "driver_check",
    "null_is_a_bug",
    "null_cookie_test",
    "readiness_test",
    "test_remove_cleans_up",
    "hot_add_joins",
    "strict_lifetime",
    "count_guards_type",
    "undo_only_done",
    "claim_real_groups_only",
)
"""Fixes that both versions have."""
NEVER: Final = ("same_owner_counts", "aliased")
LATE: Final = (
    "group_test_first",
    "incapable_are_skipped",
    "must_spares_reset_fence",
    "reset_blocks_device",
    "done_tests_for_domain",
    "done_sets_own_pasids",
)
"""What 7.0 has and 6.12 has not."""
EARLY: Final = ("revert_failing_member",)


def version_of(switches: Mapping[str, Plain]) -> Version:
    """The kernel that the switches describe. ValueError if the model has none like that."""
    version = {"E3": V6_12, "E5": V7_0}.get(str(switches["era"]))
    if version is None:
        raise ValueError(f"no kernel of the model is of era {switches['era']}")
    late = version is V7_0
    wanted = {**dict.fromkeys(ALWAYS, True), **dict.fromkeys(NEVER, False)}
    wanted |= {**dict.fromkeys(LATE, late), **dict.fromkeys(EARLY, not late)}
    for name, value in wanted.items():
        if name in switches and switches[name] != value:
            raise ValueError(f"{version.name} of the model has no {name} = {switches[name]}")
    return version


def constant(setting: Setting, name: str, number: int, otherwise: Plain) -> Plain:
    """One value of a constant by its element; `otherwise` if the instance does not read it."""
    values = setting.constants.get(name)
    return values[number] if isinstance(values, tuple) else otherwise


def description(setting: Setting, number: int) -> DeviceDescription:
    """A device as the constants say it is."""
    max_pasids = constant(setting, "max_pasids", number, 2)
    home = constant(setting, "home", number, 0)
    assert isinstance(max_pasids, int) and isinstance(home, int)
    return DeviceDescription(
        FIRST_RID + number,
        home,
        bool(constant(setting, "ats", number, True)),
        max_pasids,
        bool(constant(setting, "require_direct", number, False)),
    )


def make_world(setting: Setting) -> World:
    """The machine as it is at the beginning, with VFIO or with users who call the core themselves."""
    switches, sizes = setting.switches, setting.sizes
    kernel = Kernel(
        version_of(switches),
        [description(setting, n) for n in range(sizes["Device"])],
        sizes["Group"],
        not switches["membership"],
        bool(switches["deferral"]),
    )
    world = World(kernel, setting, Sight(kernel), Waiting(kernel))
    if switches["vfio"] or switches["iommufd"]:
        world.vfio = VfioWorld(kernel, setting)
    else:
        world.users = tuple(User(kernel, n, sizes["TableId"]) for n in range(sizes["Owner"]))
    return world


def part_of(world: World, name: str) -> Part:
    """What gives one field: the values for all groups or for all devices."""
    vfio = world.vfio
    if vfio is not None and name in vfio_fields.READERS:
        see = vfio_fields.READERS[name]
        return lambda: see(vfio)
    if name in GROUP_FIELDS:
        read, groups = GROUP_FIELDS[name], world.groups
        return lambda: tuple([read(world, g) for g in groups])
    if name in DEVICE_FIELDS:
        look, devices = DEVICE_FIELDS[name], world.devices
        return lambda: tuple([look(world, d) for d in devices])
    raise ValueError(f"the model shows no {name}")


def words_of(world: World) -> Words:
    """The actions and choices of an instance: those of VFIO take the place of those of the core."""
    places = {choice: place for place, choice in PLACES.items()}
    if world.vfio is None:
        return Words(HANDLERS, places, ARGUMENTS)
    handlers = {**HANDLERS, **{name: through_vfio(call) for name, call in vfio_calls.HANDLERS.items()}}
    return Words(handlers, {**places, **vfio_calls.PLACES}, ARGUMENTS)


def through_vfio(call: Callable[[VfioWorld, Args], str]) -> Handler:
    """A call of the program that uses VFIO."""

    def handler(world: World, args: Args, given: Given) -> str:
        assert world.vfio is not None
        return call(world.vfio, args)

    return handler


def ledger_of(world: World) -> Ledger:
    """Who holds domains and frames besides the core: users and drivers, or VFIO."""
    vfio = world.vfio
    if vfio is None:
        return Ledger(world.kernel, lambda: held_domains(world), lambda: held_frames(world))
    return Ledger(
        world.kernel,
        lambda: [*held_domains(world), *vfio_held.held_domains(vfio)],
        lambda: vfio_held.held_frames(vfio),
        lambda: vfio_held.vfio_leaks(vfio),
    )


def held_domains(world: World) -> list[Domain]:
    """What users have, and drivers."""
    found = [d for user in world.users for d in user.tables if d is not None]
    for device in world.devices:
        if isinstance(device.driver, Bound) and isinstance(device.driver.domain, Domain):
            found.append(device.driver.domain)
    return found


def held_frames(world: World) -> list[int]:
    """The pages of users."""
    return [page >> 12 for user in world.users for page in user.pages]


def cases() -> tuple[Case, ...]:
    """Every configuration with both kernels, at sizes that can be searched; and larger ones to be sampled."""
    small = [Case(f"{name}-{kernel}", kernel, name, (size,)) for name, size in SMALL.items() for kernel in KERNELS]
    more = [name for name, size in SMALL.items() if size == TWO]
    large = [Case(f"{name}-3-{kernel}", kernel, name, (THREE,), large=True) for name in more for kernel in KERNELS]
    return (*small, *large)


KEPT: Final = "the blocking domain is kept for the life of its group, so only its first allocation can fail"
CHOICES: Final = {**PLACES, **{place: choice for choice, place in vfio_calls.PLACES.items()}}
CLAIMS: Final = ("group_claim", "device_claim", "set_container", "get_device_fd", "bind_iommufd", "reset_begin")
BEYOND: Final = {(action, "make_blocking.no_memory"): KEPT for action in CLAIMS}
"""What the spec lets nature choose in every state, and the kernel cannot come by in some."""


@dataclass(frozen=True, slots=True)
class OwnershipModel:
    """What the checker asks for."""

    spec: str = "dma_ownership"
    cases: tuple[Case, ...] = field(default_factory=cases)
    choice_of: Mapping[str, str] = field(default_factory=lambda: CHOICES)
    beyond: Mapping[tuple[str, str], str] = field(default_factory=lambda: BEYOND)

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        """A fresh machine. ValueError for a kernel that the model is not."""
        world = make_world(setting)
        parts = tuple(part_of(world, name) for name in setting.fields)
        return RunningOwnership(world, words_of(world), parts, ledger_of(world))


MODEL = OwnershipModel()
