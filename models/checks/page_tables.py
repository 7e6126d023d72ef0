"""The checks of page tables and what caches them, the quick ones first."""

from __future__ import annotations

from typing import Final

from models.checks.caching import break_before_make, caching, no_write_is_lost
from models.checks.codec import codec
from models.checks.contract import contract
from models.checks.device_entries import device_entries
from models.checks.dirty import dirty
from models.checks.hunt import adversary
from models.checks.map_random import twin
from models.checks.ranges import invalidation, page_sizes
from models.checks.steps import Check
from models.checks.walks import walks

CHECKS: Final[tuple[Check, ...]] = (
    Check("codec", "entries by hand, there and back, sizes, dirty and clean (T3, T6 to T9)", codec),
    Check("device entries", "context, PASID, device table and stream table entries by hand", device_entries),
    Check("page sizes", "best page sizes and runs of them against trying each (T2)", page_sizes),
    Check("invalidation", "ranges against the blocks of commands, commands against what they remove", invalidation),
    Check("walks", "walks of one and of two stages over tables written by hand", walks),
    Check("contract", "map and unmap case by case (U1 to U4, U6, U7, P7, P8)", contract),
    Check("dirty", "what is reported as written, against a set of pages", dirty),
    Check(
        "break-before-make", "a leaf never appears while the table that it replaces may be cached", break_before_make
    ),
    Check("caching", "flushing rule by rule: units, tags, devices, nested children, tables freed last", caching),
    Check(
        "adversary", "short sequences under a walker that keeps all it may, at every write (P1 to P4, P6)", adversary
    ),
    Check("lost writes", "a device that writes at every moment while dirty pages are read (P5)", no_write_is_lost),
    Check("twin", "random maps, unmaps and overlaps against a dictionary (U5, U8)", twin),
)
