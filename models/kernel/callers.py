"""In-kernel users of the core, that do what they should: users with page tables of their own, drivers with PASIDs.

They stand for VFIO and iommufd where those are left out. What a caller believes to have attached it detaches before it
frees it, and it frees a domain when it believes that no group uses it any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.hw.journal import Recorded
from models.kernel import claim, membership, pasid, switch
from models.kernel.device import Device
from models.kernel.domain import Domain, make_domain
from models.kernel.driver_core import Bound, Driver, bind
from models.kernel.group import Group
from models.kernel.kernel import Kernel
from models.kernel.marks import PRIVATE, USER, mark

PASID = 1
"""The one PASID that these callers use."""
Use = tuple[Group, "int | None", Domain]
"""A group, a PASID or none, and the domain that the user attached there."""


class User(Recorded):
    """Somebody in userspace, with memory of his own, as a cookie. `pages` are what his tables map, by their index."""

    __slots__ = ("claimed", "kernel", "number", "pages", "tables", "uses")

    def __init__(self, kernel: Kernel, number: int, tables: int) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.number = number
        self.pages = tuple(kernel.memory.allocate() for _ in range(tables))
        self.tables: tuple[Domain | None, ...] = (None,) * tables
        self.uses: tuple[Use, ...] = ()
        self.claimed: tuple[Group | Device, ...] = ()
        for index in range(tables):
            self.table(index)

    # --- claims ---

    def claim_group(self, group: Group) -> str:
        refused = claim.claim_group(group, self)
        if not refused:
            self.claimed += (group,)
        return refused

    def release_group(self, group: Group) -> None:
        """Lets a group go with what is attached to it, then frees the tables."""
        claim.release_group(group)
        self.claimed = tuple(c for c in self.claimed if c is not group)
        self.forget_unclaimed(group)

    def claim_device(self, device: Device) -> str:
        refused = claim.claim_device(device, self)
        if not refused:
            self.claimed += (device,)
        return refused

    def release_device(self, device: Device) -> None:
        """Lets a device go; with the last claim of its group the tables are freed."""
        claim.release_device(device)
        self.claimed = tuple(c for c in self.claimed if c is not device)
        self.forget_unclaimed(device.home)

    def forget_unclaimed(self, group: Group) -> None:
        """Nothing of this user is attached to a group that he does not claim any more."""
        if not any(c is group or (isinstance(c, Device) and c.home is group) for c in self.claimed):
            self.forget(group, None)

    # --- tables ---

    def table(self, index: int) -> Domain | str:
        """A table that maps a page of this user, or "ENOMEM"; made before it is wanted, if there was memory."""
        found = self.tables[index]
        if found is None:
            made = make_domain(self.kernel, "paging", mark(USER, self.number, index), self.pages[index])
            if isinstance(made, str):
                return made
            self.keep(index, made)
            return made
        return found

    def keep(self, index: int, domain: Domain | None) -> None:
        """Notes a table that was made or freed."""
        self.tables = (*self.tables[:index], domain, *self.tables[index + 1 :])

    def attach(self, group: Group, index: int) -> str:
        domain = self.table(index)
        if isinstance(domain, str):
            return domain
        refused = switch.attach_group(group, domain)
        if not refused:
            self.uses += ((group, None, domain),)
        return refused

    def replace(self, group: Group, index: int | None) -> str:
        """Exchanges the table of a group, or (None) hands in no table at all."""
        if index is None:
            return switch.replace_group(group, None)
        domain = self.table(index)
        if isinstance(domain, str):
            return domain
        refused = switch.replace_group(group, domain)
        if not refused:
            self.uses += ((group, None, domain),)
            self.forget(group, None, domain)
        return refused

    def detach(self, group: Group) -> None:
        switch.detach_group(group)
        self.forget(group, None)

    def attach_pasid(self, device: Device, index: int) -> str:
        domain = self.table(index)
        if isinstance(domain, str):
            return domain
        refused = pasid.attach_pasid(device, PASID, domain)
        if not refused:
            self.uses += ((device.home, PASID, domain),)
        return refused

    def replace_pasid(self, device: Device, index: int) -> str:
        domain = self.table(index)
        if isinstance(domain, str):
            return domain
        refused = pasid.replace_pasid(device, PASID, domain)
        if not refused:
            self.uses += ((device.home, PASID, domain),)
            self.forget(device.home, PASID, domain)
        return refused

    def detach_pasid(self, group: Group) -> None:
        pasid.detach_pasid(group, PASID)
        self.forget(group, PASID)

    def has_table(self, group: Group, number: int | None) -> bool:
        """True if he believes that a table of his is attached there."""
        return any(u[0] is group and u[1] == number for u in self.uses)

    def forget(self, group: Group, number: int | None, kept: Domain | None = None) -> None:
        """Ends the uses of a group, but for one of the domain that is kept, and frees what is used nowhere else.

        A fresh table takes the place of one that is freed.
        """
        ended = tuple(u for u in self.uses if u[0] is group and u[1] == number)
        if not ended:
            return
        left = tuple(u for u in self.uses if not (u[0] is group and u[1] == number))
        self.uses = left if kept is None else (*left, (group, number, kept))
        for index, domain in enumerate(self.tables):
            if domain is not None and any(u[2] is domain for u in ended) and all(u[2] is not domain for u in self.uses):
                self.keep(index, None)
                domain.free()
                self.table(index)


@dataclass(frozen=True, slots=True)
class PasidDriver:
    """An ordinary driver that may besides use a PASID for a domain of its own."""

    name: str = "dma-api"
    managed: bool = False

    def probe(self, bound: Bound) -> str:
        """Always takes the device."""
        return ""

    def remove(self, bound: Bound) -> bool:
        """Gives the domain back before the core drops the use."""
        detach_kernel_pasid(bound)
        return True


def attach_kernel_pasid(bound: Bound) -> str:
    """A driver makes a domain and puts it into the slot of the PASID."""
    device = bound.device
    made = make_domain(bound.kernel, "paging", mark(PRIVATE, device.number))
    if isinstance(made, str):
        return made
    refused = pasid.attach_pasid(device, PASID, made)
    if refused:
        made.free()
    else:
        bound.domain = made
    return refused


def detach_kernel_pasid(bound: Bound) -> None:
    """Takes it out and frees it; nothing if there is none."""
    domain = bound.domain
    if domain is not None:
        assert isinstance(domain, Domain)
        bound.domain = None
        pasid.detach_pasid(bound.device.home, PASID)
        domain.free()


class Waiting(Recorded):
    """Who tries again: the devices whose kernel driver is probed again, and the users of devices that they do not have.

    Kernel: the list of deferred probes in drivers/base/dd.c; programs that open a device until they may.
    """

    __slots__ = ("asking", "probing")

    def __init__(self, kernel: Kernel) -> None:
        self.journal = kernel.journal
        self.probing: tuple[Device, ...] = ()
        self.asking: tuple[tuple[Device, User], ...] = ()

    def probe(self, device: Device, driver: Driver) -> str:
        """One more probe; another driver may have been first."""
        if device.driver is None and (refused := bind(device.kernel, device, driver)):
            return refused
        self.probing = tuple(d for d in self.probing if d is not device)
        return ""

    def ask(self, device: Device) -> str:
        """One more claim, unless the user has the device already."""
        user = self.user_of(device)
        assert user is not None, "somebody asks"
        if device not in user.claimed and (refused := user.claim_device(device)):
            return refused
        self.stop_asking(device)
        return ""

    def user_of(self, device: Device) -> User | None:
        """Who asks for a device."""
        return next((user for d, user in self.asking if d is device), None)

    def stop_asking(self, device: Device) -> None:
        """The user has it, or gives up."""
        self.asking = tuple(a for a in self.asking if a[0] is not device)


@dataclass(frozen=True, slots=True)
class UserDriver:
    """A driver that serves users directly: bound without a use, and in place until nobody waits for its device."""

    waiting: Waiting = field(repr=False)
    name: str = "user"
    managed: bool = True

    def probe(self, bound: Bound) -> str:
        """Always takes the device."""
        return ""

    def remove(self, bound: Bound) -> bool:
        """Who asks has the device open."""
        return self.waiting.user_of(bound.device) is None


def unplug(device: Device, users: Iterable[User], waiting: Waiting) -> None:
    """A device is taken out; who claims its group lets go before the last member leaves. Nobody waits for it longer."""
    if len(device.home.members) == 1:
        for user in users:
            if device.home in user.claimed:
                user.release_group(device.home)
    membership.remove(device)
    waiting.probing = tuple(d for d in waiting.probing if d is not device)
