"""Hardware at its worst in one run: keeps everything that it may keep, of every address, from every pointer it has.

Keeping more never takes a behaviour away: what no cache holds after this, no order of speculative walks brings in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.hw.attributes import WRITE
from models.hw.caches import CachedConfig, CachedPage, CachedPointer, DevicePage
from models.hw.entries import Config
from models.hw.formats import PAGE_BITS
from models.hw.iommu import Iommu, Request, one_entry, records, stages_of, walk_stages
from models.hw.walker import Fault, Translation


def possible_configs(unit: Iommu, rid: int, pasid: int | None) -> list[Config]:
    """Every device entry that the unit may use for a requester now, and keeps from now on."""
    found = unit.entries.read(unit.memory, unit.base, rid, pasid)
    if found.valid or unit.caching_mode:
        unit.caches.keep_config(CachedConfig(rid, pasid, found))
    return [found, *(c for c in unit.caches.find_configs(rid, pasid) if c != found)]


def absorb(unit: Iommu, rid: int, pasid: int | None, iovas: Iterable[int]) -> None:
    """Walks every address from the root and from every kept pointer, and keeps all that comes of it."""
    configs = possible_configs(unit, rid, pasid)
    cache = unit.device_caches.get(rid) if any(config.ats for config in configs) else None
    for iova in iovas:
        for page in possible_pages(unit, rid, pasid, iova):
            if cache is not None:
                cache.keep(DevicePage(pasid, without_unrecorded_write(unit, rid, pasid, page)))


def without_unrecorded_write(unit: Iommu, rid: int, pasid: int | None, page: Translation) -> Translation:
    """What a device gets that only asked to read: the right to write comes with the dirty bit, where there is one."""
    if page.dirty or not any(records(config) for config in possible_configs(unit, rid, pasid)):
        return page
    return replace(page, allowed=page.allowed & ~WRITE)


def possible_pages(unit: Iommu, rid: int, pasid: int | None, iova: int) -> list[Translation]:
    """Every translation that a request may get from the unit now, by the caches or by a walk."""
    found: list[Translation] = []
    for config in possible_configs(unit, rid, pasid):
        if config.mode not in ("first", "second", "nested"):
            continue
        _absorb_one(unit, Request(rid, iova, 0, pasid), config)
        for cached in unit.caches.find_pages(config.tag, pasid, iova):
            if cached.page is not None and cached.page not in found:
                found.append(cached.page)
    return found


def may_fault(unit: Iommu, rid: int, pasid: int | None, iova: int) -> bool:
    """True if some walk or kept absence refuses an address now."""
    for config in possible_configs(unit, rid, pasid):
        if config.mode == "abort":
            return True
        if config.mode == "bypass":
            continue
        starts = [None, *unit.caches.find_pointers(config.tag, pasid, iova)]
        walks = [walk_stages(unit.memory, config, iova, 0, start).result for start in starts]
        kept = unit.caches.find_pages(config.tag, pasid, iova)
        if any(isinstance(w, Fault) for w in walks) or any(k.page is None for k in kept):
            return True
    return False


def _absorb_one(unit: Iommu, request: Request, config: Config) -> None:
    stages, tag, pasid = stages_of(config), config.tag, request.pasid
    starts = [None, *(unit.caches.find_pointers(tag, pasid, request.iova) if unit.walk_cache else [])]
    done = 0
    while done < len(starts):
        walked = walk_stages(unit.memory, config, request.iova, request.needed, starts[done])
        done += 1
        for pointer in walked.pointers if unit.walk_cache else ():
            unit.caches.keep_pointer(CachedPointer(tag, pasid, stages, pointer))
            if pointer not in starts:
                starts.append(pointer)
        result = walked.result
        if isinstance(result, Translation):
            page = one_entry(result, request.iova) if unit.split == "entry" else result
            unit.caches.keep_page(CachedPage(tag, pasid, stages, page.base, page.lg2, page))
        elif unit.caching_mode and result.reason == "not present":
            base = request.iova >> PAGE_BITS << PAGE_BITS
            unit.caches.keep_page(CachedPage(tag, pasid, stages, base, PAGE_BITS, None))
