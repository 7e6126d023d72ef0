"""What callers were promised about DMA, kept beside the model by what its calls answered, never by looking into it.

A book says for every device (and PASID) which domain its DMA goes through, and for every domain where its pages go. A
successful call turns one book into the next; a refused one leaves it. That is the whole promise:

- Between calls, a request arrives where the book says, with the rights that it says, or nowhere.
- While a call runs, a request arrives where the book before it or the book after it says, or nowhere: each device and
  each page goes over from old to new by itself, and none sees a third thing.

So from the return of a claim until the release begins no DMA of the group arrives at kernel memory, or at memory of
somebody who does not hold the group: the books that a claim makes have neither (`Book.faults`). Nowhere is always
allowed: DMA may be dropped. What a device does that sends translated requests which it never got an answer for is
outside: with ATS the device is trusted to honour its cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from models.hw.attributes import READ, WRITE

KERNEL: Final = "kernel"
"""The default domain of a group: it reaches memory of the kernel, and nothing is promised about which."""
IDENTITY: Final = "identity"
"""The default domain of a group whose type says so: it reaches everything, as the kernel wants it."""
BLOCKED: Final = "blocked"
"""The blocking domain reaches nothing."""
Note = tuple[str, int | str]
Page = tuple[int, int, int, int]
"""Address, where it goes, READ | WRITE, and the size as a power of two."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of an owner, with what he mapped in it, sorted."""

    owner: str
    pages: tuple[Page, ...] = ()

    def with_page(self, page: Page) -> Domain:
        return Domain(self.owner, tuple(sorted((*self.pages, page))))

    def without_page(self, iova: int) -> Domain:
        return Domain(self.owner, tuple(p for p in self.pages if p[0] != iova))

    def allows(self, iova: int, pa: int, rights: int) -> bool:
        """True if a request may arrive there with these rights."""
        return any(
            at >> lg2 == iova >> lg2 and to + iova - at == pa and not rights & (READ | WRITE) & ~right
            for at, to, right, lg2 in self.pages
        )


@dataclass(frozen=True, slots=True)
class Group:
    """What was said of a group: its members, who holds it how often, and the domain of each PASID (None: without)."""

    members: tuple[int, ...]
    owner: str | None = None
    claims: tuple[int | None, ...] = ()
    """By which devices, or (None) by the group as a whole."""
    domain: str = KERNEL
    default: str = KERNEL
    slots: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """Groups and domains by name, and the members that a reset keeps apart."""

    groups: tuple[tuple[str, Group], ...]
    domains: tuple[tuple[str, Domain], ...] = ()
    fenced: frozenset[int] = field(default_factory=frozenset)
    used: frozenset[int] = field(default_factory=frozenset)
    """Devices whose kernel driver uses the default domain."""
    notes: frozenset[Note] = field(default_factory=frozenset)
    """What the callers know besides, such as which files are open."""

    def group(self, name: str) -> Group:
        return dict(self.groups)[name]

    def group_of(self, rid: int) -> str | None:
        return next((name for name, group in self.groups if rid in group.members), None)

    def are_together(self, rid: int, peer: int) -> bool:
        """True if two devices are in one group: they may reach each other below a switch, as they have one owner."""
        group = self.group_of(rid)
        return group is not None and group == self.group_of(peer)

    def domain(self, name: str) -> Domain:
        return dict(self.domains)[name]

    def with_group(self, name: str, **changes: object) -> Book:
        groups = tuple((n, replace(g, **changes) if n == name else g) for n, g in self.groups)  # type: ignore[arg-type]
        return replace(self, groups=groups)

    def with_domain(self, name: str, domain: Domain | None) -> Book:
        """A domain made, changed or (None) freed."""
        others = [(n, d) for n, d in self.domains if n != name]
        return replace(self, domains=tuple(sorted(others + ([(name, domain)] if domain else []), key=lambda d: d[0])))

    def route(self, rid: int, pasid: int | None) -> str:
        """The name of the domain that the requests of a device go through; BLOCKED if none."""
        name = self.group_of(rid)
        if name is None or rid in self.fenced:
            return BLOCKED
        group = self.group(name)
        return group.domain if pasid is None else dict(group.slots).get(pasid, BLOCKED)

    def is_free(self, domain: str) -> bool:
        """True if nothing uses a domain."""
        return all(g.domain != domain and domain not in dict(g.slots).values() for _, g in self.groups)

    def faults(self) -> Iterator[str]:
        """What is wrong with a book itself: a group in an owner's hands may reach that owner's memory only."""
        for name, group in self.groups:
            for domain in (group.domain, *(d for _, d in group.slots)):
                if group.owner is None:
                    continue
                if domain in (KERNEL, IDENTITY) or (domain != BLOCKED and self.domain(domain).owner != group.owner):
                    yield f"{name} of {group.owner} goes through {domain}"


Change = Callable[[Book], Book]
"""What a call that succeeds makes of a book."""


def claimed(group: str, owner: str, by: int | None) -> Change:
    """The first claim blocks the group; the same owner may claim it again, device by device."""

    def after(book: Book) -> Book:
        now = book.group(group)
        if now.owner == owner:
            return book.with_group(group, claims=(*now.claims, by))
        return book.with_group(group, owner=owner, claims=(by,), domain=BLOCKED)

    return after


def released(group: str, by: int | None) -> Change:
    """The last claim gives the group back to the kernel; that of the group as a whole is the only one."""

    def after(book: Book) -> Book:
        now = book.group(group)
        rest = list(now.claims)
        rest.remove(by)
        if rest:
            return book.with_group(group, claims=tuple(rest))
        return book.with_group(group, owner=None, claims=(), domain=now.default)

    return after


def attached(group: str, domain: str) -> Change:
    return lambda book: book.with_group(group, domain=domain)


def detached(group: str) -> Change:
    """To the blocking domain while somebody owns the group, else to the default domain."""

    def after(book: Book) -> Book:
        now = book.group(group)
        return book.with_group(group, domain=BLOCKED if now.owner else now.default)

    return after


def retyped(group: str, default: str = IDENTITY) -> Change:
    """Another default domain, and the group on it."""
    return lambda book: book.with_group(group, default=default, domain=default)


def joined(group: str, rid: int) -> Change:
    """A new member goes through what the group goes through; a group without members begins anew."""

    def after(book: Book) -> Book:
        now = book.group(group)
        if not now.members:
            return book.with_group(group, members=(rid,), domain=KERNEL, default=KERNEL)
        return book.with_group(group, members=(*now.members, rid))

    return after


def left(group: str, rid: int) -> Change:
    def after(book: Book) -> Book:
        rest = tuple(r for r in book.group(group).members if r != rid)
        return book.with_group(group, members=rest)

    return after


def slot_set(group: str, pasid: int, domain: str | None) -> Change:
    def after(book: Book) -> Book:
        slots = [s for s in book.group(group).slots if s[0] != pasid]
        return book.with_group(group, slots=tuple(slots + ([(pasid, domain)] if domain else [])))

    return after


def mapped(domain: str, page: Page) -> Change:
    return lambda book: book.with_domain(domain, book.domain(domain).with_page(page))


def unmapped(domain: str, iova: int) -> Change:
    return lambda book: book.with_domain(domain, book.domain(domain).without_page(iova))


def freed(domain: str) -> Change:
    return lambda book: book.with_domain(domain, None)


def fenced(rid: int, on: bool) -> Change:
    return lambda book: replace(book, fenced=book.fenced | {rid} if on else book.fenced - {rid})


def used(rid: int, on: bool) -> Change:
    return lambda book: replace(book, used=book.used | {rid} if on else book.used - {rid})


def unchanged(book: Book) -> Book:
    return book
