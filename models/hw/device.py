"""Devices and the bus they sit on: DMA by requester id and PASID, through the ATC or not, to memory or to a peer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from models.hw.attributes import WRITE
from models.hw.caches import DeviceCache, DevicePage
from models.hw.iommu import Iommu, Request, needed_for, records
from models.hw.journal import Journal, Recorded
from models.hw.memory import Memory
from models.hw.oracle import Oracle
from models.hw.walker import Fault


@dataclass(frozen=True, slots=True)
class Done:
    """A request that arrived: where, with which word, and at which device if not in memory."""

    pa: int
    word: int
    peer: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that did not arrive."""

    reason: str


@dataclass(slots=True, eq=False)
class Bus(Recorded):
    """Physical addresses: memory, and the windows of devices by requester id as (first byte, length).

    Without `redirect` (ACS), an address inside a window of a device below the same switch goes straight to it, and no
    unit sees the request. `switches` says below which switch a device is.
    """

    memory: Memory
    windows: dict[int, tuple[int, int]] = field(default_factory=dict)
    switches: dict[int, int] = field(default_factory=dict)
    redirect: bool = True
    arrived: list[tuple[int, int, int]] = field(default_factory=list)
    """What peers got: (requester, window of, address)."""
    journal: Journal = field(default_factory=Journal)

    def owner_of(self, pa: int) -> int | None:
        for rid, (first, length) in self.windows.items():
            if first <= pa < first + length:
                return rid
        return None

    def shortcut(self, rid: int, iova: int) -> int | None:
        """The peer that an untranslated request reaches without any unit, if there is one."""
        peer = self.owner_of(iova)
        if self.redirect or peer is None or peer == rid:
            return None
        return peer if self.switches.get(rid) == self.switches.get(peer, -1) else None

    def deliver(self, rid: int, pa: int, word: int | None) -> Done:
        """Reads (None) or writes a word at a physical address."""
        peer = self.owner_of(pa)
        if peer is not None:
            self.arrived.append((rid, peer, pa))
            self.journal.wrote(self.arrived.pop)
            return Done(pa, word or 0, peer)
        if word is None:
            return Done(pa, self.memory.load(pa))
        self.memory.store(pa, word)
        return Done(pa, word)


@dataclass(slots=True, eq=False)
class Device(Recorded):
    """A device behind one unit. With `ats` it asks for translations, may keep them, and sends translated requests."""

    rid: int
    unit: Iommu
    bus: Bus
    ats: bool = False
    cache: DeviceCache = field(default_factory=DeviceCache)
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        self.unit.device_caches = {**self.unit.device_caches, self.rid: self.cache}

    def read(self, iova: int, oracle: Oracle, pasid: int | None = None) -> Done | Refused:
        return self._issue(iova, None, oracle, pasid)

    def write(self, iova: int, word: int, oracle: Oracle, pasid: int | None = None) -> Done | Refused:
        return self._issue(iova, word, oracle, pasid)

    def _issue(self, iova: int, word: int | None, oracle: Oracle, pasid: int | None) -> Done | Refused:
        request = Request(self.rid, iova, needed_for(word is not None), pasid)
        peer = self.bus.shortcut(self.rid, iova)
        if peer is not None:
            return self.bus.deliver(self.rid, iova, word)
        if self.ats:
            return self._translated(request, word, oracle)
        found = self.unit.translate(request, oracle)
        if isinstance(found, Fault):
            return Refused(found.reason)
        return self.bus.deliver(self.rid, found.address(iova), word)

    def _translated(self, request: Request, word: int | None, oracle: Oracle) -> Done | Refused:
        """By an address that the device has from its cache, or asks for now."""
        config = self.unit.config(request, oracle)
        if not config.ats:
            return Refused("translated requests are not allowed")
        cached = [t for t in self.cache.find(request.pasid, request.iova) if not request.needed & ~t.allowed]
        which = oracle.choose("device page", 1 + len(cached)) if cached else 0
        if which:
            return self.bus.deliver(self.rid, cached[which - 1].address(request.iova), word)
        found = self.unit.translate(request, oracle)
        if isinstance(found, Fault):
            return Refused(found.reason)
        if not request.needed & WRITE and not found.dirty and records(config):
            # A translation for reading does not carry the right to write: nothing would record the write.
            found = replace(found, allowed=found.allowed & ~WRITE)
        if oracle.choose("keep device page", 2):
            self.cache.keep(DevicePage(request.pasid, found))
        return self.bus.deliver(self.rid, found.address(request.iova), word)
