"""Where DMA arrives now, whatever hardware cached so far: every device entry, pointer and page that it may still use.

The adversary keeps all that it may keep at every moment. Invalidation removes entry by entry and no walk needs an entry
to be missing, so keeping more never takes an arrival away: one sweep stands for every choice of what was cached when.
`issue` sends real requests through the device instead; tests see that they arrive nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.hw.adversary import without_unrecorded_write
from models.hw.attributes import READ, RIGHTS, WRITE
from models.hw.caches import CachedConfig, CachedPage, CachedPointer, DeviceCache, DevicePage, UnitCaches
from models.hw.device import Bus, Device, Done
from models.hw.entries import NOT_PRESENT, Config, LayeredReader
from models.hw.formats import PAGE_BITS
from models.hw.iommu import Iommu, one_entry, stages_of, walk_stages
from models.hw.journal import Journal, Undo
from models.hw.oracle import Scripted, every_tape
from models.hw.walker import Pointer, Translation, Walked

Requester = tuple[int, int | None]
"""Requester id and PASID."""
Walks = dict[tuple[object, ...], Walked]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that gets through: who sent it, to which address, and where it arrives with which rights."""

    rid: int
    pasid: int | None
    iova: int
    pa: int
    rights: int
    peer: int | None = None


def is_seen_by_hardware(undo: Undo) -> bool:
    """True if a write changes what hardware may do: memory, a command that was run, devices; not software's own notes.

    A command that is only queued changes nothing yet. What it removes from a cache does not count by itself: it counts
    when it leaves the queue, so that no walk happens in the middle of it.
    """
    function, arguments = undo
    if function is not object.__setattr__:
        return not (arguments and isinstance(arguments[0], UnitCaches | DeviceCache))
    what, name, old = arguments
    if isinstance(what, Iommu) and name == "uppers":
        return False
    if isinstance(what, Iommu) and name == "pending" and isinstance(old, list):
        return len(what.pending) < len(old)
    return isinstance(what, Iommu | Bus | Device)


def sweep(unit: Iommu, bus: Bus, requesters: Iterable[Requester], iovas: tuple[int, ...]) -> list[Arrival]:
    """Keeps everything that may be kept, and gives every arrival that is possible then."""
    walks: Walks = {}
    found: list[Arrival] = []
    for rid, pasid in requesters:
        configs = usable_configs(unit, rid, pasid)
        translated = any(config.ats for config in configs)
        for iova in iovas:
            peer = bus.shortcut(rid, iova)
            if peer is not None:
                found.append(Arrival(rid, pasid, iova, iova, RIGHTS, peer))
            for page in pages_of(unit, rid, pasid, iova, configs, translated, walks):
                pa = page.address(iova)
                found.append(Arrival(rid, pasid, iova, pa, page.allowed, bus.owner_of(pa)))
    return found


def usable_configs(unit: Iommu, rid: int, pasid: int | None) -> list[Config]:
    """Every device entry that may be used, kept or in memory, and keeps the one in memory."""
    if not unit.enabled:
        return [Config("bypass")]
    found = read_configs(unit, rid, pasid)
    for config in found:
        if config.valid or unit.caching_mode:
            unit.caches.keep_config(CachedConfig(rid, pasid, config))
    kept = unit.caches.find_configs(rid, pasid)
    return kept + [config for config in found if config not in kept]


def read_configs(unit: Iommu, rid: int, pasid: int | None) -> list[Config]:
    """What a look into memory may find, from the top or from an upper entry that was kept."""
    reader = unit.entries
    if not isinstance(reader, LayeredReader):
        return [reader.read(unit.memory, unit.base, rid, pasid)]
    upper = reader.upper(unit.memory, unit.base, rid)
    if upper is not None:
        unit.keep_upper(rid, upper)
    return [reader.below(unit.memory, words, pasid) for words in unit.find_uppers(rid)] or [NOT_PRESENT]


def pages_of(
    unit: Iommu, rid: int, pasid: int | None, iova: int, configs: list[Config], translated: bool, walks: Walks
) -> list[Translation]:
    """Every translation of one address: by a walk, from the unit's cache, or from the device's own."""
    found: list[Translation] = []
    for config in configs:
        if config.mode == "bypass":
            base = iova >> PAGE_BITS << PAGE_BITS
            found.append(Translation(base, PAGE_BITS, base, config.rights, True, True))
        elif config.mode != "abort":
            absorb(unit, pasid, iova, config, walks)
            for cached in unit.caches.find_pages(config.tag, pasid, iova):
                if cached.page is not None and cached.page not in found:
                    found.append(cached.page)
    cache = unit.device_caches.get(rid) if translated else None
    if cache is None:
        return found
    for page in found:
        cache.keep(DevicePage(pasid, without_unrecorded_write(unit, rid, pasid, page)))
    return found + [page for page in cache.find(pasid, iova) if page not in found]


def absorb(unit: Iommu, pasid: int | None, iova: int, config: Config, walks: Walks) -> None:
    """Walks an address from the root and from every pointer that is kept, and keeps all that comes of it."""
    stages, tag = stages_of(config), config.tag
    starts: list[Pointer | None] = [None]
    if unit.walk_cache:
        starts += unit.caches.find_pointers(tag, pasid, iova)
    for start in starts:
        key = (config.first, config.second, iova, start)
        walked = walks.get(key)
        if walked is None:
            walked = walks[key] = walk_stages(unit.memory, config, iova, 0, start)
        if unit.walk_cache:
            for pointer in walked.pointers:
                unit.caches.keep_pointer(CachedPointer(tag, pasid, stages, pointer))
                if pointer not in starts:
                    starts.append(pointer)
        if isinstance(walked.result, Translation):
            page = one_entry(walked.result, iova) if unit.split == "entry" else walked.result
            unit.caches.keep_page(CachedPage(tag, pasid, stages, page.base, page.lg2, page))


@dataclass(slots=True)
class Using:
    """Hardware that is asked what it uses of what it kept; it keeps nothing more."""

    script: Scripted

    def choose(self, what: str, among: int) -> int:
        return 0 if what.startswith("keep") else self.script.choose(what, among)


def issue(devices: Iterable[Device], pasids: tuple[int | None, ...], iovas: tuple[int, ...]) -> Iterator[Arrival]:
    """Sends real requests, by every choice that the unit and the device have, and takes everything back after each."""
    for device in devices:
        for pasid in pasids:
            for iova in iovas:
                for right in (READ, WRITE):
                    yield from _issue(device, pasid, iova, right)


def _issue(device: Device, pasid: int | None, iova: int, right: int) -> Iterator[Arrival]:
    journal: Journal = device.unit.journal
    got: list[Arrival] = []

    def once(script: Scripted) -> None:
        mark, oracle = journal.mark(), Using(script)
        done = device.read(iova, oracle, pasid) if right == READ else device.write(iova, 0x5A, oracle, pasid)
        journal.back(mark)
        if isinstance(done, Done):
            got.append(Arrival(device.rid, pasid, iova, done.pa, right, done.peer))

    for _ in every_tape(once, 100_000):
        pass
    yield from got
