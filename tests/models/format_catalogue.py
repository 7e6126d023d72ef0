"""The formats that the tests run over, each with the parameters that matter."""

from __future__ import annotations

from typing import Any

import pytest

from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_toy import Toy
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format

FORMATS: dict[str, Format] = {
    "vtd-3": VtdSecond(3),
    "vtd-4": VtdSecond(4),
    "vtd-5": VtdSecond(5),
    "vtd-4k": VtdSecond(3, superpages=0, snoop_control=False),
    "x86-3": X86First(3),
    "x86-4": X86First(4),
    "x86-5": X86First(5),
    "x86-47": X86First(4, signed=False),
    "x86-c": X86First(4, encryption=1 << 47),
    "amd-3": AmdHost(),
    "amd-2": AmdHost(start=1),
    "amd-6": AmdHost(start=5),
    "arm1-39": ArmLpae(1, 39, 3),
    "arm1-48": ArmLpae(1, 48, 4),
    "arm2-39": ArmLpae(2, 39, 3),
    "arm2-40": ArmLpae(2, 40, 3),
    "arm2-43": ArmLpae(2, 43, 3),
    "riscv-39": Riscv(3),
    "riscv-48": Riscv(4),
    "riscv-57": Riscv(5),
    "riscv-39x4": Riscv(3, second=True),
    "toy": Toy(),
}
"""By the name that test ids show."""


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
