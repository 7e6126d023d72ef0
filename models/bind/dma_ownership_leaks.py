"""What is in use and belongs to nothing: domains that nobody refers to, frames that are in no table.

Looking at everything is slow. What was lost at one moment is still all that is lost after writes that cannot lose
anything: to counts, owners, entries of devices, what is believed to be attached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.hw.caches import DeviceCache, UnitCaches
from models.hw.iommu import Iommu
from models.hw.journal import Undo
from models.kernel.callers import User, Waiting
from models.kernel.device import Device
from models.kernel.domain import Domain
from models.kernel.group import Group
from models.kernel.kernel import Kernel

SET = object.__setattr__
HOLDS = {
    Group: frozenset({"default", "blocking"}),
    Device: frozenset({"driver", "tables"}),
    Domain: frozenset({"freed", "owns_page", "page", "table"}),
    Kernel: frozenset({"devices", "domains", "groups"}),
    User: frozenset({"pages", "tables"}),
    Waiting: frozenset[str](),
    Iommu: frozenset[str](),
    UnitCaches: frozenset[str](),
    DeviceCache: frozenset[str](),
}
"""The attributes by which something is held, of the objects that are known."""


class Ledger:
    """Who holds what. `domains` and `frames` say what others than the core hold, `others` what they lost."""

    def __init__(
        self,
        kernel: Kernel,
        domains: Callable[[], Iterable[Domain]],
        frames: Callable[[], Iterable[int]],
        others: Callable[[], tuple[str, ...]] = lambda: (),
    ) -> None:
        self.kernel = kernel
        self.domains = domains
        self.frames = frames
        self.others = others
        self.known: dict[int, tuple[object, tuple[str, ...]]] = {}
        self.last = 0

    def lost(self) -> tuple[str, ...]:
        """What is lost now. A moment is the same as long as its newest write is the newest."""
        entries = self.kernel.journal.entries
        found = self.at(len(entries))
        if found is None:
            found = self.at(self.last)
            if found is None or not self.is_harmless(entries[self.last :]):
                found = self.looked_for()
        self.last = len(entries)
        self.known[self.last] = (entries[-1] if entries else None, found)
        return found

    def settle(self) -> None:
        """Somebody will come back here."""
        length = len(self.kernel.journal.entries)
        if self.at(length) is not None:
            self.last = length

    def at(self, length: int) -> tuple[str, ...] | None:
        """What was lost after so many writes, if these are still the same writes."""
        entries, known = self.kernel.journal.entries, self.known.get(length)
        if known is None or length > len(entries):
            return None
        return known[1] if known[0] is (entries[length - 1] if length else None) else None

    def is_harmless(self, entries: list[Undo]) -> bool:
        """True if nothing can have been lost by these writes."""
        frames = self.kernel.memory.frames
        tables = {id(frames.get(pa >> 12)) for device in self.kernel.devices for pa in device.tables}
        for undo, args in entries:
            if undo is SET:
                held = HOLDS.get(type(args[0]))
                if held is None or args[1] in held:
                    return False
            elif undo is not list.__setitem__ or id(args[0]) not in tables:
                return False
        return True

    def looked_for(self) -> tuple[str, ...]:
        """Everything is looked at."""
        kernel = self.kernel
        living = [*self.domains()]
        for group in kernel.groups:
            living += [d for d in (group.default, group.blocking) if d is not None]
        numbers = {id(d) for d in living}
        lost = [f"a {d.kind} domain with tag {d.tag}" for d in kernel.domains if id(d) not in numbers]
        owned = self.owned(living)
        return (
            *self.others(),
            *lost,
            *(f"frame {number << 12:#x}" for number in kernel.memory.frames if number not in owned),
        )

    def owned(self, living: Iterable[Domain]) -> set[int]:
        """The frames of the unit, of devices, of domains that live, and of others."""
        kernel = self.kernel
        found = {*kernel.hardware.frames(kernel.memory), *self.frames(), *(page >> 12 for page in kernel.firmware)}
        for device in kernel.devices:
            found |= {pa >> 12 for pa in device.tables}
        for domain in living:
            if domain.table is not None and not domain.freed:
                found |= {(pa >> 12) + n for pa, pages in domain.table.tables() for n in range(pages)}
            if domain.owns_page and domain.page is not None:
                found.add(domain.page >> 12)
        return found
