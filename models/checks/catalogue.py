"""The formats that checks run over, each with the parameters that matter."""

from __future__ import annotations

from typing import Final

from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_toy import Toy
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format

FORMATS: Final[dict[str, Format]] = {
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
"""By the name that reports show."""

SMALL_SET: Final = ("vtd-3", "x86-4", "amd-3", "arm1-39", "arm2-40", "riscv-39", "toy")
"""One of each kind, for checks whose cost counts."""
