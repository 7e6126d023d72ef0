"""The machine that an instance of the spec is held against, with who calls it; and the words of both sides.

A handler performs one action in a world and gives an errno, "" or "BLOCKED"; a reader gives the value of one field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checker.conform.implementation import Plain, Setting
from models.bind.dma_ownership_sight import BLOCKING, Sight, label
from models.bind.dma_ownership_vfio import VfioWorld
from models.bind.dma_ownership_vfio import owner_of as owner_by_cookie
from models.kernel.callers import User, Waiting
from models.kernel.device import Device
from models.kernel.domain import Domain
from models.kernel.group import Group
from models.kernel.kernel import Kernel
from models.kernel.marks import PROBE

Args = tuple[Plain, ...]
Given = Mapping[str, bool]
"""Choices of nature that are arguments of a caller, by their names in the spec."""
Handler = Callable[["World", Args, Given], str]
Reader = Callable[["World"], Plain]


@dataclass(slots=True)
class World:
    """`devices` and `groups` are in the order of the spec's elements; `users` are its owners, `vfio` what has them all.

    Which of both there are is up to the configuration.
    """

    kernel: Kernel
    setting: Setting
    sight: Sight
    waiting: Waiting
    users: tuple[User, ...] = ()
    vfio: VfioWorld | None = None

    @property
    def devices(self) -> tuple[Device, ...]:
        return self.kernel.devices

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.kernel.groups


def owner_of(world: World, group: Group) -> Plain:
    """The owner of a group by its cookie, or None."""
    cookie = group.owner
    if cookie is None:
        return None
    if isinstance(cookie, User):
        return cookie.number
    found = None if world.vfio is None else owner_by_cookie(world.vfio, cookie)
    if found is None:
        raise LookupError(f"{cookie!r} is nobody's cookie")
    return found


def number(value: Plain) -> int:
    """An element of a sort."""
    assert isinstance(value, int), f"{value!r} is no element"
    return value


def named(domain: Domain | None, group: Group) -> Plain:
    """What the spec calls a domain that the core points to."""
    if domain is None:
        return None
    return BLOCKING if domain.kind == "blocked" else label(domain.mark or mark_behind(domain), group.number)


def mark_behind(domain: Domain) -> int:
    """The mark that a domain maps which got it from its user."""
    pa = None if domain.table is None else domain.table.translate(PROBE)
    return 0 if pa is None else domain.kernel.memory.load(pa)
