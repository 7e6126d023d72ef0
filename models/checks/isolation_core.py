"""The callers of the IOMMU core: owners with domains, kernel drivers, resets, PASIDs, members that come and go.

They are legal callers: who attaches holds the group, who releases has claimed, who frees a domain has nothing on it,
who claimed a group as a whole does not claim its devices too (VFIO and iommufd claim with cookies of their own; a
release of the group would drop the claims by devices). The core promises nothing to others: it asks nobody who owns the
group at an attach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from models.checks.isolation import Call
from models.checks.isolation_hardware import Requester
from models.checks.isolation_promise import (
    IDENTITY,
    KERNEL,
    Book,
    Change,
    Domain,
    Group,
    attached,
    claimed,
    detached,
    fenced,
    freed,
    joined,
    left,
    mapped,
    released,
    retyped,
    slot_set,
    unmapped,
    used,
)
from models.hw.attributes import READ, WRITE
from models.hw.device import Bus
from models.hw.formats import PAGE, PAGE_BITS
from models.hw.iommu import Iommu
from models.hw.journal import Journal
from models.hw.memory import Memory
from models.kernel import claim, default_domain, driver_use, membership, pasid, reset, switch
from models.kernel.device import DeviceDescription
from models.kernel.domain import Domain as KernelDomain
from models.kernel.domain import make_domain
from models.kernel.kernel import Kernel
from models.kernel.marks import PROBE
from models.kernel.version import V7_0, Version

WINDOWS = 0xF000_0000
"""Where the registers of devices are, a page each."""
USERS = 0x5000_0000
"""Where the memory of owners is."""
LARGE = 0x8000_0000
LARGE_BITS = 21
PASID = 1


@dataclass(frozen=True, slots=True)
class Size:
    """How large a stage is: the group of each device, the domains of each owner, the pages of each domain."""

    groups: tuple[int, ...] = (0, 0)
    owners: tuple[str, ...] = ("o1", "o2")
    domains: int = 2
    pages: int = 1
    mapped: int = 1
    """How many pages of each domain are mapped at the beginning."""
    pasids: bool = False
    mixed: bool = False
    """Whether an owner claims a group as a whole and its devices at a time, which no caller in the kernel does."""
    direct: tuple[int, ...] = ()
    """Devices for which firmware demands a 1:1 region, so that they refuse to be blocked."""


class CoreStage:
    """A kernel with everything that its callers have."""

    def __init__(
        self, size: Size, version: Version = V7_0, make: Callable[..., Kernel] = Kernel, **options: bool
    ) -> None:
        self.size = size
        ats = options.pop("ats", True)
        described = [
            DeviceDescription(0x10 + n, g, ats, require_direct=0x10 + n in size.direct)
            for n, g in enumerate(size.groups)
        ]
        self.kernel = kernel = make(version, described, groups=1 + max(size.groups), **options)
        kernel.unit.enabled = True
        kernel.bus.windows = {d.rid: (WINDOWS + n * PAGE, PAGE) for n, d in enumerate(described)}
        self.owners = {name: Owner(name) for name in size.owners}
        self.domains: dict[str, KernelDomain] = {}
        self.promised: list[tuple[str, Domain]] = []
        self.memory_of: dict[int, str] = {}
        for owner in size.owners:
            for n in range(size.domains):
                self._make(owner, f"{owner}.{n}", n)
        default = kernel.groups[0].default
        kernel_page = default.page if default is not None and default.page is not None else kernel.hardware.base
        places = tuple(PROBE + n * PAGE for n in range(size.pages))
        self._iovas = (*places, kernel_page, WINDOWS + PAGE * (len(described) - 1))

    def _make(self, owner: str, name: str, number: int) -> None:
        """A domain with its first pages; its owner's memory goes with it."""
        made = make_domain(self.kernel, "paging")
        assert not isinstance(made, str), made
        self.domains[name] = made
        promised = Domain(owner)
        for page in range(self.size.pages):
            pa = self.page_of(name, page)
            self.memory_of[pa >> PAGE_BITS] = owner
            if page < self.size.mapped:
                self.kernel.memory.claim(pa)
                assert not made.map(PROBE + page * PAGE, pa, PAGE, rights_of(page))
                promised = promised.with_page((PROBE + page * PAGE, pa, rights_of(page), PAGE_BITS))
        large = self.large_of(name) >> PAGE_BITS
        self.memory_of |= dict.fromkeys(range(large, large + (1 << LARGE_BITS - PAGE_BITS)), owner)
        self.promised.append((name, promised))

    def large_of(self, domain: str) -> int:
        """Where memory for a large page of a domain is."""
        return LARGE + (self.page_of(domain, 0) - USERS >> PAGE_BITS + 4 << LARGE_BITS)

    def page_of(self, domain: str, page: int) -> int:
        """Where a page of a domain is: every one has its own place."""
        number = list(self.owners).index(domain.split(".")[0]) * 16 + int(domain.split(".")[1])
        return USERS + (number * 16 + page) * PAGE

    @property
    def journal(self) -> Journal:
        return self.kernel.journal

    @property
    def memory(self) -> Memory:
        return self.kernel.memory

    @property
    def unit(self) -> Iommu:
        return self.kernel.unit

    @property
    def bus(self) -> Bus:
        return self.kernel.bus

    @property
    def iovas(self) -> tuple[int, ...]:
        return self._iovas

    def book(self) -> Book:
        groups = []
        for group in self.kernel.groups:
            groups.append((f"g{group.number}", Group(tuple(d.rid for d in group.members))))
        return Book(tuple(groups), tuple(sorted(self.promised, key=lambda d: d[0])))

    def requesters(self, books: Sequence[Book]) -> tuple[Requester, ...]:
        rids = sorted({rid for book in books for _, group in book.groups for rid in group.members})
        pasids: tuple[int | None, ...] = (None, PASID) if self.size.pasids else (None,)
        return tuple((rid, p) for rid in rids for p in pasids)

    def owner_of(self, pa: int) -> str:
        number = pa >> PAGE_BITS
        if number in self.kernel.memory.freed:
            return "memory that was given back"
        if number in self.memory_of:
            return f"memory of {self.memory_of[number]}"
        return KERNEL if number in self.kernel.memory.frames else "nothing"

    def perform(self, call: Call, inject: int | None = None) -> str:
        """One call, of which the n-th place that may fail fails."""
        self.kernel.faults.begin(inject=inject)
        return call.perform()

    def reached(self) -> tuple[str, ...]:
        return self.kernel.faults.reached

    def calls(self, book: Book) -> list[Call]:
        found: list[Call] = []
        for name, group in book.groups:
            found += self._of_group(book, name, group)
        for name, domain in book.domains:
            found += self._of_domain(book, name, domain)
        for device in self.kernel.devices:
            found += self._of_device(book, device.rid)
        return found

    def _of_group(self, book: Book, name: str, group: Group) -> list[Call]:
        it = self.kernel.groups[int(name[1:])]
        found = []
        for owner, cookie in self.owners.items():
            act = partial(claim.claim_group, it, cookie)
            found.append(call(f"claim({name}, {owner})", act, claimed(name, owner, None)))
        if not group.members:
            return []
        for word, default in (("identity", IDENTITY), ("DMA", KERNEL)):
            written = partial(default_domain.write_type, it, word)
            found.append(call(f"write-type({name}, {word})", written, retyped(name, default)))
        return found + (self._of_owned(book, name, group) if group.owner else [])

    def _of_owned(self, book: Book, name: str, group: Group) -> list[Call]:
        """What the holder of a group may do with it."""
        it = self.kernel.groups[int(name[1:])]
        found = []
        if None in group.claims and not group.slots:
            found.append(call(f"release({name})", partial(claim.release_group, it), released(name, None)))
        if group.domain in self.domains:
            found.append(call(f"detach({name})", partial(switch.detach_group, it), detached(name)))
        if group.slots:
            empty = partial(pasid.detach_pasid, it, PASID)
            found.append(call(f"detach-pasid({name})", empty, slot_set(name, PASID, None)))
        for domain, its in book.domains:
            if its.owner != group.owner:
                continue
            real, now = self.domains[domain], attached(name, domain)
            found.append(call(f"attach({name}, {domain})", partial(switch.attach_group, it, real), now))
            if domain != group.domain:
                found.append(call(f"replace({name}, {domain})", partial(switch.replace_group, it, real), now))
            if self.size.pasids:
                filled = slot_set(name, PASID, domain)
                act = partial(pasid.attach_pasid, it.members[0], PASID, real)
                found.append(call(f"attach-pasid({name}, {domain})", act, filled))
        return found

    def _of_domain(self, book: Book, name: str, domain: Domain) -> list[Call]:
        real = self.domains[name]
        found, there = self._large(name, domain, real), {iova for iova, _, _, _ in domain.pages}
        for page in range(self.size.pages):
            iova, pa, rights = PROBE + page * PAGE, self.page_of(name, page), rights_of(page)
            if (iova, pa, rights, PAGE_BITS) in domain.pages:
                act, back = partial(unmap, real, iova, PAGE), partial(self.kernel.memory.free, pa)
                found.append(Call(f"unmap({name}, {page})", act, unmapped(name, iova), back))
            elif iova not in there and (PROBE, LARGE_BITS) not in [(p[0], p[3]) for p in domain.pages]:
                change = mapped(name, (iova, pa, rights, PAGE_BITS))
                found.append(call(f"map({name}, {page})", self._map(real, iova, pa, rights), change))
        if book.is_free(name):
            back = partial(self._hand_back, domain)
            found.append(Call(f"free({name})", partial(quiet, real.free), freed(name), back))
        return found

    def _large(self, name: str, domain: Domain, real: KernelDomain) -> list[Call]:
        """A page of 2 MiB where the small ones are: only when these are gone, over the table that they left."""
        pa, rights, size = self.large_of(name), READ | WRITE, 1 << LARGE_BITS
        if not domain.pages:
            act = partial(real.map, PROBE, pa, size, rights)
            return [call(f"map-large({name})", act, mapped(name, (PROBE, pa, rights, LARGE_BITS)))]
        if domain.pages == ((PROBE, pa, rights, LARGE_BITS),):
            return [call(f"unmap-large({name})", partial(unmap, real, PROBE, size), unmapped(name, PROBE))]
        return []

    def _map(self, domain: KernelDomain, iova: int, pa: int, rights: int) -> Callable[[], str]:
        """The owner takes a page and maps it; if that fails he gives it back."""

        def act() -> str:
            self.kernel.memory.claim(pa)
            error = domain.map(iova, pa, PAGE, rights)
            if error:
                self.kernel.memory.free(pa)
            return error

        return act

    def _hand_back(self, domain: Domain) -> None:
        for _, pa, _, lg2 in domain.pages:
            if lg2 == PAGE_BITS:
                self.kernel.memory.free(pa)

    def _of_device(self, book: Book, rid: int) -> list[Call]:
        device = next(d for d in self.kernel.devices if d.rid == rid)
        home, name = f"g{device.home.number}", f"{rid:#x}"
        if device.group is None:
            return [call(f"add({name})", partial(membership.add, device), joined(home, rid))]
        group, found = book.group(home), []
        for owner, cookie in self.owners.items():
            if owner == group.owner and None in group.claims and not self.size.mixed:
                continue
            act = partial(claim.claim_device, device, cookie)
            found.append(call(f"claim({name}, {owner})", act, claimed(home, owner, rid)))
        if rid in group.claims and (len(group.claims) > 1 or not group.slots):
            found.append(call(f"release({name})", partial(claim.release_device, device), released(home, rid)))
        if rid in book.used:
            found.append(call(f"unuse({name})", partial(driver_use.unuse_default, device), used(rid, False)))
        else:
            found.append(call(f"use({name})", partial(driver_use.use_default, device), used(rid, True)))
        if rid in book.fenced:
            found.append(call(f"done({name})", partial(reset.done, device), fenced(rid, False)))
        elif self.kernel.version.has_resets and device.ats:
            found.append(call(f"prepare({name})", partial(reset.prepare, device), fenced(rid, True)))
        if rid not in group.claims and rid not in book.used and rid not in book.fenced and self._may_leave(group):
            found.append(call(f"remove({name})", partial(membership.remove, device), left(home, rid)))
        return found

    def _may_leave(self, group: Group) -> bool:
        """The last member of a group that is held stays: its driver would still be there."""
        return len(group.members) > 1 or not group.claims


class Owner:
    """Who claims: a container, an iommufd."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def call(name: str, act: Callable[[], str | None], change: Change) -> Call:
    """A call that gives an errno, or nothing if it cannot fail."""
    return Call(name, lambda: act() or "", change)


def quiet(act: Callable[[], None]) -> str:
    act()
    return ""


def unmap(domain: KernelDomain, iova: int, size: int) -> str:
    removed = domain.unmap(iova, size)
    assert removed == size, f"{removed:#x} bytes went, not {size:#x}"
    return ""


def rights_of(page: int) -> int:
    """Every other page is only read."""
    return READ if page & 1 else READ | WRITE
