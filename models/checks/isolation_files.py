"""What success of a VFIO call promises: who may be reached follows from which files are open.

Notes of a book: ("file", group) while the group's descriptor is open; ("device", rid) while a device is open through
it, ("cdev", rid) while one is bound through its character device, ("attached", rid) while that is attached; ("vfio",
rid) and ("kernel", rid) for the driver of a device, ("leaving", rid) while VFIO's waits for files to close.
"""

from __future__ import annotations

from dataclasses import replace

from models.checks.isolation_promise import BLOCKED, Book, Change, Domain, Note, claimed, released


def noted(note: Note) -> Change:
    return lambda book: replace(book, notes=book.notes | {note})


def unnoted(*notes: Note) -> Change:
    return lambda book: replace(book, notes=book.notes - set(notes))


def group_of(book: Book, rid: int) -> str:
    name = book.group_of(rid)
    assert name is not None, "devices stay in their groups here"
    return name


def joined_container(group: str, owner: str) -> Change:
    """Claimed and blocked; attached at once if the container has its backend."""

    def after(book: Book) -> Book:
        there = owner in dict(book.domains)
        return claimed(group, owner, None)(book).with_group(group, domain=owner if there else BLOCKED)

    return after


def with_backend(owner: str) -> Change:
    """An empty address space for every group of the container."""

    def after(book: Book) -> Book:
        for name, group in book.groups:
            if group.owner == owner:
                book = book.with_group(name, domain=owner)
        return book.with_domain(owner, Domain(owner))

    return after


def without_container(group: str) -> Change:
    """Back to the kernel; with the last group of a container goes all that was mapped. Nothing for an iommufd."""

    def after(book: Book) -> Book:
        owner = book.group(group).owner
        if owner is None or None not in book.group(group).claims:
            return book
        book = released(group, None)(book)
        last = all(g.owner != owner for _, g in book.groups)
        return book.with_domain(owner, None) if last else book

    return after


def closed_group(group: str) -> Change:
    """The container is left when the last device that was opened through the file is closed too."""

    def after(book: Book) -> Book:
        return let_go(unnoted(("file", group))(book), group)

    return after


def let_go(book: Book, group: str) -> Book:
    """The container is left if neither the group's file nor a device of it is open."""
    opened = any(("device", rid) in book.notes for rid in book.group(group).members)
    return book if opened or ("file", group) in book.notes else without_container(group)(book)


def closed_device(rid: int) -> Change:
    def after(book: Book) -> Book:
        book = let_go(unnoted(("device", rid))(book), group_of(book, rid))
        return left_driver(book, rid) if ("leaving", rid) in book.notes else book

    return after


def bound_cdev(rid: int, owner: str) -> Change:
    return lambda book: noted(("cdev", rid))(claimed(group_of(book, rid), owner, rid)(book))


def attached_device(rid: int, owner: str) -> Change:
    return lambda book: noted(("attached", rid))(book).with_group(group_of(book, rid), domain=owner)


def detached_device(rid: int) -> Change:
    """The group is blocked when its last attached device is detached."""

    def after(book: Book) -> Book:
        group = group_of(book, rid)
        if ("attached", rid) not in book.notes:
            return book
        book = unnoted(("attached", rid))(book)
        others = any(("attached", r) in book.notes for r in book.group(group).members)
        return book if others else book.with_group(group, domain=BLOCKED)

    return after


def closed_cdev(rid: int) -> Change:
    """Detached, then given up."""

    def after(book: Book) -> Book:
        book = unnoted(("cdev", rid))(detached_device(rid)(book))
        book = released(group_of(book, rid), rid)(book)
        return left_driver(book, rid) if ("leaving", rid) in book.notes else book

    return after


def asked_to_leave(rid: int) -> Change:
    """VFIO's driver leaves now, or when the last file of the device is closed."""

    def after(book: Book) -> Book:
        if ("device", rid) in book.notes or ("cdev", rid) in book.notes:
            return noted(("leaving", rid))(book)
        return left_driver(book, rid)

    return after


def left_driver(book: Book, rid: int) -> Book:
    """With the last such driver of a group, the group leaves its container."""
    group = group_of(book, rid)
    book = unnoted(("vfio", rid), ("leaving", rid))(book)
    last = not any(("vfio", r) in book.notes for r in book.group(group).members)
    return without_container(group)(book) if last else book
