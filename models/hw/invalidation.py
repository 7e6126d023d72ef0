"""Invalidation commands by what they remove, in the granularities that the units of all vendors have.

A block of pages is a base and an order: 2^order bytes, naturally aligned; `models.hw.ranges` gives it for a range.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """Device entries that are cached: of one requester and all its PASIDs, or (None) of all. No translation goes."""

    rid: int | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """All translations and pointers of the unit."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Everything under one tag."""

    tag: int


@dataclass(frozen=True, slots=True)
class Process:
    """Everything under one tag and PASID."""

    tag: int
    pasid: int | None


@dataclass(frozen=True, slots=True)
class Pages:
    """Translations of a block under one tag, and pointers to tables unless `leaf_only`."""

    tag: int
    base: int
    order: int
    leaf_only: bool = False


@dataclass(frozen=True, slots=True)
class DevicePages:
    """What the cache of a device has of a block, of one PASID (None: requests without one), or of all."""

    rid: int
    base: int
    order: int
    pasid: int | None = None
    all_pasids: bool = False


UnitCommand = DeviceConfig | Everything | Domain | Process | Pages
Command = UnitCommand | DevicePages


def overlaps(base: int, lg2: int, block: int, order: int) -> bool:
    """True if two naturally aligned blocks have a byte in common."""
    return base >> max(lg2, order) == block >> max(lg2, order)
