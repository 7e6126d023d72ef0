"""What software puts into a leaf for the rights that a caller asks for, format by format.

Kernel: the `iommu_set_prot` functions of drivers/iommu/generic_pt/fmt/*.h and `arm_lpae_prot_to_pte` of
drivers/iommu/io-pgtable-arm.c. Memory types are the ordinary cached one of each format.
"""

from __future__ import annotations

import errno
from typing import Final

from models.hw.attributes import (
    ACCESSED,
    DIRTY,
    EXEC,
    MEMORY_TYPE_SHIFT,
    READ,
    SHARE_SHIFT,
    SNOOP,
    TRACKED,
    USER,
    WRITE,
)
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format

NOTHING: Final = 0
"""The request succeeds and maps nothing."""
CACHED: Final = {1: 1, 2: 0xF}
"""ARM: index of the cached type in MAIR as software sets it up, and the MemAttr of write-back memory."""
INNER: Final = 3 << SHARE_SHIFT


def leaf_attributes(shape: Format, prot: int, snoop: bool = False, tracked: bool = False) -> int:
    """The attributes of a leaf for these rights (READ, WRITE, EXEC), NOTHING, or a negative errno.

    `snoop` forces coherence where the leaf can say so; `tracked` makes writes to an ARM leaf show.
    """
    if isinstance(shape, ArmLpae):
        return _arm(shape, prot, tracked)
    if prot & (READ | WRITE) == 0:
        return -errno.EINVAL
    if isinstance(shape, X86First):
        return prot | READ | USER | ACCESSED | (DIRTY if prot & WRITE else 0)
    if isinstance(shape, Riscv):
        return prot | READ | USER | ACCESSED | (DIRTY if prot & WRITE else 0)
    if isinstance(shape, VtdSecond) and not shape.execute:
        prot &= ~EXEC
    attributes = prot & (READ | WRITE | EXEC) if shape.accepts(prot) else prot & (READ | WRITE)
    return attributes | SNOOP if snoop and shape.accepts(attributes | SNOOP) else attributes


def _arm(shape: ArmLpae, prot: int, tracked: bool) -> int:
    if prot & (READ | WRITE) == 0:
        return NOTHING
    attributes = prot & (READ | WRITE | EXEC) | ACCESSED | INNER | CACHED[shape.stage] << MEMORY_TYPE_SHIFT
    if shape.stage == 1:
        attributes |= READ | USER
    if tracked and prot & WRITE:
        # Writable and clean: the right is withheld until hardware grants it on the first write.
        attributes = attributes & ~WRITE | TRACKED
    return attributes
