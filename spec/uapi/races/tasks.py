"""What the specs of races share: the threads of the kernel, and what a device may translate with."""

from enum import Enum, auto

from spec.lang import *


class Task(Sort, size=2):
    "A thread of the kernel, or the one that is in a system call."


class Hw(Enum):
    "What the IOMMU translates the DMA of a device with."
    BYPASS = auto()
    DEFAULT = auto()
    BLOCKING = auto()
    TABLE = auto()
