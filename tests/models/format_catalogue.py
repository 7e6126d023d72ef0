"""The formats that the tests run over, and the leaves of those whose entries are proved."""

from __future__ import annotations

from typing import Any

import pytest

from models.checks.catalogue import FORMATS

__all__ = ["FORMATS", "PROVED", "cases"]

PROVED = ("vtd-5", "vtd-4k", "x86-5", "x86-c", "amd-6", "arm1-48", "arm2-43", "riscv-57", "riscv-39x4", "toy")
"""Those whose entries are proved: the others have the same entries on fewer levels."""


EDGES = (12, 13, 16, 20, 21, 22, 30, 38, 40, 51)
"""The AMD sizes that the fast proofs take; there is a case for every power of two."""


def cases() -> list[Any]:
    """Every format, level and page size that a leaf of the level may have, as a power of two."""
    found = [
        (name, level, lg2)
        for name in PROVED
        for level in range(FORMATS[name].tops[1] + 1)
        for lg2 in range(FORMATS[name].sizes(level).bit_length())
        if FORMATS[name].sizes(level) >> lg2 & 1
    ]
    return [pytest.param(*c, marks=[pytest.mark.slow] if "amd" in c[0] and c[2] not in EDGES else []) for c in found]
