"""Reaching every cache that may hold a removed translation: all units, all tags, then the devices' own caches.

Kernel: `cache_tag_flush_range` of drivers/iommu/intel/cache.c and `arm_smmu_tlb_inv_range_domain` of arm-smmu-v3.c.
Units are done and have said so before any device is told to drop its own, or the device could refill from a stale unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from models.hw.invalidation import DeviceConfig, DevicePages, Domain, Pages
from models.hw.iommu import Iommu
from models.hw.oracle import Oracle, Plain
from models.hw.ranges import EVERYTHING, block, masked


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """One use of a table: by a requester (and PASID) at a unit under a tag; `ats` if the device keeps translations.

    `nested` is the tag of a domain that is built on the table, under which the device's combined translations are.
    """

    unit: Iommu
    tag: int
    rid: int
    pasid: int | None = None
    ats: bool = False
    nested: int | None = None


@dataclass(slots=True)
class Flusher:
    """The flush of one table. `most` is the largest address mask of a page-selective command, as 2^most pages.

    `oracle` and `between` are what hardware does while commands run.
    """

    attachments: list[Attachment] = field(default_factory=list)
    most: int = 18
    oracle: Oracle = field(default_factory=Plain)
    between: Callable[[], None] = lambda: None

    def flush(self, first: int, last: int, leaf_only: bool) -> None:
        """When it returns, no cache holds anything of these bytes; pointers to tables only if `leaf_only`."""
        for unit, tags in self._tags():
            found = masked(first, last, self.most)
            for tag, is_nested in tags:
                if is_nested or found is None:
                    unit.submit(Domain(tag))
                else:
                    unit.submit(Pages(tag, found[0], found[1] + 12, leaf_only))
            unit.wait(self.oracle, self.between)
        base, order = block(first, last)
        for at in self.attachments:
            if at.ats and at.unit.enabled:
                everything = DevicePages(at.rid, 0, EVERYTHING, all_pasids=True)
                at.unit.submit(everything if at.nested is not None else DevicePages(at.rid, base, order, at.pasid))
        self._wait_all()

    def entry_changed(self, at: Attachment) -> None:
        """After the device entry of an attachment changed: the cached entry, then translations, then the device."""
        at.unit.submit(DeviceConfig(at.rid))
        at.unit.wait(self.oracle, self.between)
        for tag in {at.tag, at.nested if at.nested is not None else at.tag}:
            at.unit.submit(Domain(tag))
        at.unit.wait(self.oracle, self.between)
        if at.ats:
            at.unit.submit(DevicePages(at.rid, 0, EVERYTHING, all_pasids=True))
            at.unit.wait(self.oracle, self.between)

    def _tags(self) -> list[tuple[Iommu, list[tuple[int, bool]]]]:
        """The tags of every unit in use, each once, and whether each is of a nested domain."""
        found: list[tuple[Iommu, list[tuple[int, bool]]]] = []
        for at in self.attachments:
            tags = next((tags for unit, tags in found if unit is at.unit), None)
            if tags is None:
                tags = []
                found.append((at.unit, tags))
            for tag in [(at.tag, False)] + ([(at.nested, True)] if at.nested is not None else []):
                if tag not in tags:
                    tags.append(tag)
        return found

    def _wait_all(self) -> None:
        for unit, _ in self._tags():
            unit.wait(self.oracle, self.between)
