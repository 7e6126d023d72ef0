"""What a device entry says, in the words of no vendor: where the tables of a requester are and what its tag is.

The vendors' words are in `entry_vtd`, `entry_amd` and `entry_arm`; each gives a reader of this protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from models.hw.attributes import RIGHTS
from models.hw.formats import Format, Root
from models.hw.memory import Memory

Mode = Literal["abort", "bypass", "first", "second", "nested"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of translation; `records` is whether hardware sets accessed and dirty bits in it."""

    shape: Format
    root: Root
    records: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """What applies to a requester. `tag` marks what caches keep for it; with `ats` it may send translated requests.

    With `silent` its faults go unreported.
    """

    mode: Mode
    tag: int = 0
    first: Stage | None = None
    second: Stage | None = None
    ats: bool = False
    rights: int = RIGHTS
    silent: bool = False
    valid: bool = True


NOT_PRESENT = Config("abort", valid=False)
"""There is no entry: nothing is translated."""


class EntryReader(Protocol):
    """How a unit finds the entry of a requester in memory."""

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        """What the entry says now; `rid` is the requester id, bus in bits 15:8."""
        ...


@runtime_checkable
class LayeredReader(EntryReader, Protocol):
    """A reader of two layers: an entry of the requester that names a table of entries by PASID.

    A unit may keep the upper layer by itself, and go on from it into a table that memory no longer names.
    """

    def upper(self, memory: Memory, base: int, rid: int) -> tuple[int, ...] | None:
        """The words of the requester's entry; None if there is none."""
        ...

    def below(self, memory: Memory, upper: tuple[int, ...], pasid: int | None) -> Config:
        """What the table that those words name says now."""
        ...


def bits(word: int, high: int, low: int) -> int:
    """The bits high:low of a word, as a number."""
    return word >> low & (1 << high - low + 1) - 1


def put(value: int, high: int, low: int) -> int:
    """A number at the bits high:low; it must fit."""
    assert value >> high - low + 1 == 0, f"{value:#x} does not fit into bits {high}:{low}"
    return value << low


def address(word: int, high: int, low: int) -> int:
    """The address whose bits high:low stand at the same place."""
    return bits(word, high, low) << low
