"""The caches of a unit and of a device: what is kept, under which tags, and what each command removes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, assert_never

from models.hw.entries import Config
from models.hw.invalidation import DeviceConfig, DevicePages, Domain, Everything, Pages, Process, UnitCommand, overlaps
from models.hw.journal import Journal, Recorded
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


def keep(entries: list[Any], entry: object, journal: Journal) -> None:
    """Adds an entry that is not there yet."""
    if entry not in entries:
        entries.append(entry)
        journal.wrote(entries.pop)


@dataclass(slots=True)
class UnitCaches(Recorded):
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
    journal: Journal = field(default_factory=Journal, compare=False)

    def keep_config(self, entry: CachedConfig) -> None:
        keep(self.configs, entry, self.journal)

    def keep_page(self, entry: CachedPage) -> None:
        keep(self.pages, entry, self.journal)

    def keep_pointer(self, entry: CachedPointer) -> None:
        keep(self.pointers, entry, self.journal)

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
                self._keep_configs([c for c in self.configs if rid is not None and c.rid != rid])
            case Everything():
                self._keep([], [])
            case Domain(tag):
                self._keep([p for p in self.pages if p.tag != tag], [p for p in self.pointers if p.tag != tag])
            case Process(tag, pasid):
                self._keep(
                    [p for p in self.pages if (p.tag, p.pasid) != (tag, pasid)],
                    [p for p in self.pointers if (p.tag, p.pasid) != (tag, pasid)],
                )
            case Pages():
                self._invalidate_pages(command)
            case _:
                assert_never(command)

    def _invalidate_pages(self, command: Pages) -> None:
        pages = [p for p in self.pages if not self._is_hit(p.tag, p.stages, p.base, p.lg2, command)]
        pointers = self.pointers
        if not (command.leaf_only and self.leaf_only_honoured):
            hit = self._is_hit
            pointers = [p for p in pointers if not hit(p.tag, p.stages, p.pointer.base, p.pointer.lg2, command)]
        self._keep(pages, pointers)

    def _keep(self, pages: list[CachedPage], pointers: list[CachedPointer]) -> None:
        """Drops everything else; pointers first, or a walk from one could bring back a page that is gone."""
        if len(pointers) != len(self.pointers):
            self.pointers = pointers
        if len(pages) != len(self.pages):
            self.pages = pages

    def _keep_configs(self, configs: list[CachedConfig]) -> None:
        if len(configs) != len(self.configs):
            self.configs = configs

    def _is_hit(self, tag: int, stages: Stages, base: int, lg2: int, command: Pages) -> bool:
        if tag != command.tag:
            return False
        if stages == "nested":
            # A block of second-stage addresses says nothing about where it is in the first stage.
            return self.second_drops_first
        return overlaps(base, lg2, command.base, command.order)

    def copy(self) -> UnitCaches:
        """A snapshot with a journal of its own; entries are values."""
        return replace(
            self,
            configs=list(self.configs),
            pages=list(self.pages),
            pointers=list(self.pointers),
            journal=Journal(),
        )


@dataclass(frozen=True, slots=True)
class DevicePage:
    """A translation that a device got by ATS."""

    pasid: int | None
    page: Translation


@dataclass(slots=True)
class DeviceCache(Recorded):
    """The ATC of one device; it never keeps that there was no translation."""

    pages: list[DevicePage] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal, compare=False)

    def keep(self, entry: DevicePage) -> None:
        keep(self.pages, entry, self.journal)

    def find(self, pasid: int | None, iova: int) -> list[Translation]:
        return [p.page for p in self.pages if p.pasid == pasid and iova >> p.page.lg2 == p.page.base >> p.page.lg2]

    def invalidate(self, command: DevicePages) -> None:
        pages = [
            p
            for p in self.pages
            if not (command.all_pasids or p.pasid == command.pasid)
            or not overlaps(p.page.base, p.page.lg2, command.base, command.order)
        ]
        if len(pages) != len(self.pages):
            self.pages = pages
