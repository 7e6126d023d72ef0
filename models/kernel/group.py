"""Groups as the core sees them: the smallest set of devices that can be told apart. Kernel: `struct iommu_group`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.hw.journal import Recorded
from models.kernel.device import Device
from models.kernel.domain import Domain

if TYPE_CHECKING:
    from models.kernel.kernel import Kernel


class Group(Recorded):
    """Members in the order of joining; `domain` is what the group is believed to use.

    `handle` is what sits in slot 0 of the PASID array: the attach of an iommufd. `pasids` are the other slots.
    `generation` counts the default domains since the group got its first.
    """

    __slots__ = (
        "blocking",
        "default",
        "domain",
        "generation",
        "handle",
        "kernel",
        "members",
        "number",
        "owner",
        "owner_cnt",
        "pasids",
        "recovery_cnt",
    )

    def __init__(self, kernel: Kernel, number: int) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.number = number
        self.members: tuple[Device, ...] = ()
        self.owner: object | None = None
        self.owner_cnt = 0
        self.domain: Domain | None = None
        self.default: Domain | None = None
        self.blocking: Domain | None = None
        self.handle: object | None = None
        self.pasids: tuple[tuple[int, Domain], ...] = ()
        self.recovery_cnt = 0
        self.generation = 0

    def slots_are_occupied(self) -> bool:
        """True if the PASID array is not empty."""
        return self.handle is not None or bool(self.pasids)

    def slot(self, pasid: int) -> Domain | None:
        """What a PASID of the group is attached to."""
        for number, domain in self.pasids:
            if number == pasid:
                return domain
        return None

    def fill_slot(self, pasid: int, domain: Domain | None) -> None:
        """Puts a domain into a slot, or empties it."""
        rest = tuple(s for s in self.pasids if s[0] != pasid)
        self.pasids = rest if domain is None else (*rest, (pasid, domain))
