"""The caches of a unit and of a device: what is kept, under which tags, and what each command removes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from models.hw.entries import Config
from models.hw.invalidation import DeviceConfig, DevicePages, Domain, Everything, Pages, Process, UnitCommand, overlaps
from models.hw.walker import Pointer, Translation

Stages = Literal["first", "second", "nested"]


@dataclass(frozen=True, slots=True)
class CachedConfig:
    """A device entry."""

    rid: int
    pasid: int | None
    config: Config


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A final translation, or (None) that there was none, which only units with caching mode keep."""

    tag: int
    pasid: int | None
    stages: Stages
    base: int
    lg2: int
    page: Translation | None


@dataclass(frozen=True, slots=True)
class CachedPointer:
    """A pointer to a table."""

    tag: int
    pasid: int | None
    stages: Stages
    pointer: Pointer


@dataclass(slots=True)
class UnitCaches:
    """Context cache, IOTLB and walk cache of one unit, entries in the order in which they came.

    `second_drops_first` is whether invalidating pages of a second stage removes the combined translations that were
    made through it under the same tag (VT-d does, ARM does not); `leaf_only_honoured` is whether pointers survive a
    command for leaves only.
    """

    second_drops_first: bool = True
    leaf_only_honoured: bool = True
    configs: list[CachedConfig] = field(default_factory=list)
    pages: list[CachedPage] = field(default_factory=list)
    pointers: list[CachedPointer] = field(default_factory=list)

    def keep_config(self, entry: CachedConfig) -> None:
        if entry not in self.configs:
            self.configs.append(entry)

    def keep_page(self, entry: CachedPage) -> None:
        if entry not in self.pages:
            self.pages.append(entry)

    def keep_pointer(self, entry: CachedPointer) -> None:
        if entry not in self.pointers:
            self.pointers.append(entry)

    def find_configs(self, rid: int, pasid: int | None) -> list[Config]:
        return [c.config for c in self.configs if (c.rid, c.pasid) == (rid, pasid)]

    def find_pages(self, tag: int, pasid: int | None, iova: int) -> list[CachedPage]:
        return [p for p in self.pages if (p.tag, p.pasid) == (tag, pasid) and iova >> p.lg2 == p.base >> p.lg2]

    def find_pointers(self, tag: int, pasid: int | None, iova: int) -> list[Pointer]:
        return [
            p.pointer
            for p in self.pointers
            if (p.tag, p.pasid) == (tag, pasid) and iova >> p.pointer.lg2 == p.pointer.base >> p.pointer.lg2
        ]

    def invalidate(self, command: UnitCommand) -> None:
        """Removes what the command says, and no more."""
        match command:
            case DeviceConfig(rid):
                self.configs = [c for c in self.configs if rid is not None and c.rid != rid]
            case Everything():
                self.pages, self.pointers = [], []
            case Domain(tag):
                self.pages = [p for p in self.pages if p.tag != tag]
                self.pointers = [p for p in self.pointers if p.tag != tag]
            case Process(tag, pasid):
                self.pages = [p for p in self.pages if (p.tag, p.pasid) != (tag, pasid)]
                self.pointers = [p for p in self.pointers if (p.tag, p.pasid) != (tag, pasid)]
            case Pages():
                self._invalidate_pages(command)
            case _:
                assert_never(command)

    def _invalidate_pages(self, command: Pages) -> None:
        self.pages = [p for p in self.pages if not self._is_hit(p.tag, p.stages, p.base, p.lg2, command)]
        if command.leaf_only and self.leaf_only_honoured:
            return
        self.pointers = [
            p for p in self.pointers if not self._is_hit(p.tag, p.stages, p.pointer.base, p.pointer.lg2, command)
        ]

    def _is_hit(self, tag: int, stages: Stages, base: int, lg2: int, command: Pages) -> bool:
        if tag != command.tag:
            return False
        if stages == "nested":
            # A block of second-stage addresses says nothing about where it is in the first stage.
            return self.second_drops_first
        return overlaps(base, lg2, command.base, command.order)

    def copy(self) -> UnitCaches:
        """A snapshot; entries are values."""
        return replace(self, configs=list(self.configs), pages=list(self.pages), pointers=list(self.pointers))


@dataclass(frozen=True, slots=True)
class DevicePage:
    """A translation that a device got by ATS."""

    pasid: int | None
    page: Translation


@dataclass(slots=True)
class DeviceCache:
    """The ATC of one device; it never keeps that there was no translation."""

    pages: list[DevicePage] = field(default_factory=list)

    def keep(self, entry: DevicePage) -> None:
        if entry not in self.pages:
            self.pages.append(entry)

    def find(self, pasid: int | None, iova: int) -> list[Translation]:
        return [p.page for p in self.pages if p.pasid == pasid and iova >> p.page.lg2 == p.page.base >> p.page.lg2]

    def invalidate(self, command: DevicePages) -> None:
        self.pages = [
            p
            for p in self.pages
            if not (command.all_pasids or p.pasid == command.pasid)
            or not overlaps(p.page.base, p.page.lg2, command.base, command.order)
        ]
