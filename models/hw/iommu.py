"""One unit: from a request to a translation or a fault, through caches that it may use or not, and its command queue.

Everything that hardware may do either way is a question to the oracle: which cached entry is used, which entry that a
walk came by is kept, in which order pending commands run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from models.hw.attributes import READ, RIGHTS, USER, WRITE
from models.hw.caches import CachedConfig, CachedPage, CachedPointer, DeviceCache, Stages, UnitCaches
from models.hw.entries import NOT_PRESENT, Config, EntryReader, LayeredReader, Stage
from models.hw.formats import PAGE_BITS
from models.hw.invalidation import Command, DeviceConfig, DevicePages
from models.hw.journal import Journal, Recorded
from models.hw.memory import Memory
from models.hw.oracle import Oracle
from models.hw.walker import Fault, Nested, Pointer, Translation, Walked, Walker

ABSENT_TAG = 0
"""Under which caching mode keeps that there is no device entry."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a device asks: `needed` are the rights, of an unprivileged request as a rule."""

    rid: int
    iova: int
    needed: int
    pasid: int | None = None


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """What the unit reports of a request that it refused."""

    request: Request
    reason: str
    stage: int
    address: int


@dataclass(slots=True, eq=False)
class Iommu(Recorded):
    """A unit over one memory. `caching_mode` keeps absences; `split` keeps one entry of a contiguous page.

    Pending commands, faults, switches and the set of devices are on the journal; the caches are on theirs.
    """

    memory: Memory
    entries: EntryReader
    base: int
    caching_mode: bool = False
    walk_cache: bool = True
    split: Literal["entry", "group"] = "group"
    enabled: bool = True
    caches: UnitCaches = field(default_factory=UnitCaches)
    device_caches: dict[int, DeviceCache] = field(default_factory=dict)
    pending: list[Command] = field(default_factory=list)
    faults: list[FaultRecord] = field(default_factory=list)
    uppers: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    """Entries of requesters that are kept apart from those of their PASIDs, by requester id."""
    order: Oracle | None = None
    """Who decides in which order pending commands run, if not the one who waits for them."""
    journal: Journal = field(default_factory=Journal)

    def translate(self, request: Request, oracle: Oracle, report: bool = True) -> Translation | Fault:
        """The page that a request goes to. A fault is put on record, unless the device entry or the caller says no."""
        config = self.config(request, oracle)
        found = self._translate(config, request, oracle)
        if isinstance(found, Fault) and report and not config.silent:
            self.faults.append(FaultRecord(request, found.reason, found.stage, found.address))
            self.journal.wrote(self.faults.pop)
        return found

    def config(self, request: Request, oracle: Oracle) -> Config:
        """The device entry that is used: the one in memory, or a cached one."""
        if not self.enabled:
            return Config("bypass")
        cached = self.caches.find_configs(request.rid, request.pasid)
        which = oracle.choose("config", 1 + len(cached)) if cached else 0
        if which:
            return cached[which - 1]
        found = self._read(request, oracle)
        if (found.valid or self.caching_mode) and oracle.choose("keep config", 2):
            self.caches.keep_config(CachedConfig(request.rid, request.pasid, found))
        return found

    def _read(self, request: Request, oracle: Oracle) -> Config:
        """The device entry by a look into memory, which may begin at an upper entry that was kept."""
        reader = self.entries
        if not isinstance(reader, LayeredReader):
            return reader.read(self.memory, self.base, request.rid, request.pasid)
        kept = self.find_uppers(request.rid)
        which = oracle.choose("upper", 1 + len(kept)) if kept else 0
        upper = kept[which - 1] if which else reader.upper(self.memory, self.base, request.rid)
        if upper is None:
            return NOT_PRESENT
        if oracle.choose("keep upper", 2):
            self.keep_upper(request.rid, upper)
        return reader.below(self.memory, upper, request.pasid)

    def find_uppers(self, rid: int) -> list[tuple[int, ...]]:
        return [words for kept, words in self.uppers if kept == rid]

    def keep_upper(self, rid: int, words: tuple[int, ...]) -> None:
        if (rid, words) not in self.uppers:
            self.uppers.append((rid, words))
            self.journal.wrote(self.uppers.pop)

    def submit(self, command: Command) -> None:
        """Queues a command; it may run at any time until a wait is over."""
        self.pending = [*self.pending, command]

    def wait(self, oracle: Oracle, between: Callable[[], None] = lambda: None) -> None:
        """Runs all pending commands, in any order; `between` is what others do meanwhile."""
        while self.pending:
            between()
            which = (self.order or oracle).choose("order", len(self.pending)) if len(self.pending) > 1 else 0
            command = self.pending[which]
            self._run(command)
            # Only now: a command that others see as gone has been run.
            self.pending = [c for n, c in enumerate(self.pending) if n != which]
        between()

    def _run(self, command: Command) -> None:
        if not isinstance(command, DevicePages):
            if isinstance(command, DeviceConfig) and self.uppers:
                self.uppers = [u for u in self.uppers if command.rid is not None and u[0] != command.rid]
            self.caches.invalidate(command)
        elif command.rid in self.device_caches:
            self.device_caches[command.rid].invalidate(command)

    def _translate(self, config: Config, request: Request, oracle: Oracle) -> Translation | Fault:
        if config.mode == "abort":
            return Fault("not present", request.iova, -1, 0)
        if request.needed & ~config.rights:
            return Fault("not allowed", request.iova, -1, 0)
        if config.mode == "bypass":
            base = request.iova >> PAGE_BITS << PAGE_BITS
            return Translation(base, PAGE_BITS, base, config.rights, True, True)
        cached = self.caches.find_pages(config.tag, request.pasid, request.iova)
        which = oracle.choose("page", 1 + len(cached)) if cached else 0
        if which:
            used = self._use(cached[which - 1], config, request, oracle)
            if used is not None:
                return used
        return self._walk(config, request, oracle)

    def _use(self, cached: CachedPage, config: Config, request: Request, oracle: Oracle) -> Translation | Fault | None:
        """What a cached translation gives; None if the table has to be walked after all."""
        page = cached.page
        if page is None:
            return Fault("not present", request.iova, -1)
        if request.needed & ~(page.allowed & config.rights):
            # A right that was added since may be missing here: faulting on it is legal, and so is another walk.
            return Fault("not allowed", request.iova, -1) if oracle.choose("stale rights", 2) else None
        if request.needed & WRITE and not page.dirty and records(config):
            return None
        return page

    def _walk(self, config: Config, request: Request, oracle: Oracle) -> Translation | Fault:
        starts = self.caches.find_pointers(config.tag, request.pasid, request.iova) if self.walk_cache else []
        which = oracle.choose("pointer", 1 + len(starts)) if starts else 0
        walked = walk_stages(self.memory, config, request.iova, request.needed, starts[which - 1] if which else None)
        self._keep(walked, config, request, oracle)
        return walked.result

    def _keep(self, walked: Walked, config: Config, request: Request, oracle: Oracle) -> None:
        """Keeps of a walk what the oracle wants kept."""
        stages = stages_of(config)
        if self.walk_cache and walked.pointers:
            chosen = oracle.choose("keep pointers", 1 << len(walked.pointers))
            for n, pointer in enumerate(walked.pointers):
                if chosen >> n & 1:
                    self.caches.keep_pointer(CachedPointer(config.tag, request.pasid, stages, pointer))
        result = walked.result
        if isinstance(result, Fault):
            if self.caching_mode and result.reason == "not present" and oracle.choose("keep absence", 2):
                base = request.iova >> PAGE_BITS << PAGE_BITS
                self.caches.keep_page(CachedPage(config.tag, request.pasid, stages, base, PAGE_BITS, None))
        elif oracle.choose("keep page", 2):
            page = one_entry(result, request.iova) if self.split == "entry" else result
            self.caches.keep_page(CachedPage(config.tag, request.pasid, stages, page.base, page.lg2, page))


def walk_stages(memory: Memory, config: Config, iova: int, needed: int, start: Pointer | None = None) -> Walked:
    """Walks the tables that a device entry names."""
    first, second = config.first, config.second
    if first is not None and second is not None:
        nested = Nested(memory, first.shape, second.shape, first.records, second.records)
        return nested.walk(first.root, second.root, iova, needed, start)
    stage = only_stage(config)
    return Walker(memory, stage.shape, stage.records).walk(stage.root, iova, needed, start)


def only_stage(config: Config) -> Stage:
    stage = config.first or config.second
    assert stage is not None, f"{config.mode} has tables"
    return stage


def records(config: Config) -> bool:
    """True if some stage sets dirty bits."""
    return any(stage is not None and stage.records for stage in (config.first, config.second))


def stages_of(config: Config) -> Stages:
    if config.first is not None and config.second is not None:
        return "nested"
    return "first" if config.first is not None else "second"


def one_entry(page: Translation, iova: int) -> Translation:
    """The 4 KiB of a page that an address is in."""
    base = iova >> PAGE_BITS << PAGE_BITS
    return Translation(base, PAGE_BITS, page.address(base), page.allowed, page.snoop, page.dirty)


def needed_for(write: bool) -> int:
    """The rights that an ordinary request needs."""
    return (WRITE if write else READ) | USER & RIGHTS
