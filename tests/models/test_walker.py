"""Walks by hand-written tables: rights, canonical addresses, skipped levels, and two stages with their memory reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from models.hw.attributes import EXEC, READ, USER, WRITE
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format, Root
from models.hw.memory import Memory
from models.hw.walker import SECOND, Fault, Nested, Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range

PAGE = 1 << 12
RW = READ | WRITE
TOP = 1 << 64


@dataclass(slots=True)
class Counting(Memory):
    """Memory that counts what hardware reads."""

    loads: list[int] = field(default_factory=list)

    def load(self, pa: int) -> int:
        self.loads.append(pa)
        return Memory.load(self, pa)


def by_hand(words: dict[int, int], frames: tuple[int, ...]) -> Memory:
    memory = Memory()
    for frame in frames:
        memory.claim(frame)
    for at, word in words.items():
        memory.store(at, word)
    return memory


def test_a_vtd_table_by_hand() -> None:
    """IOVA 0x4060_1234 is 1, 3, 1 in three levels: three reads, each at the entry that the address names."""
    memory = Counting()
    for frame in 0x1000, 0x2000, 0x3000:
        memory.claim(frame)
    memory.store(0x1000 + 8, 0x2003)
    memory.store(0x2000 + 8 * 3, 0x3001)
    memory.store(0x3000 + 8, 0xABC_D803)
    memory.loads.clear()
    found = Walker(memory, VtdSecond(3)).walk(Root(0x1000, 2), 0x4060_1234, READ)
    assert found.result == Translation(0x4060_1000, 12, 0xABC_D000, READ | USER, True, False)
    assert memory.loads == [0x1008, 0x2018, 0x3008]
    assert [(p.base, p.lg2, p.level, p.pa) for p in found.pointers] == [
        (0x4000_0000, 30, 1, 0x2000),
        (0x4060_0000, 21, 0, 0x3000),
    ]
    write = Walker(memory, VtdSecond(3)).walk(Root(0x1000, 2), 0x4060_1234, WRITE).result
    assert write == Fault("not allowed", 0x4060_1234, 0), "a table without W withholds it"
    assert Walker(memory, VtdSecond(3)).walk(Root(0x1000, 2), 0x4060_2000, READ).result == Fault(
        "not present", 0x4060_2000, 0
    )


def test_skipped_levels_of_amd() -> None:
    """An entry that skips a level translates only addresses whose skipped bits are zero."""
    words = {0x1000: 0x6000_0000_0000_2201, 0x2000 + 8 * 5: 0x6000_0000_0000_9001}
    memory = by_hand(words, (0x1000, 0x2000))
    walker = Walker(memory, AmdHost())
    found = walker.walk(Root(0x1000, 2), 0x5000, READ).result
    assert isinstance(found, Translation) and found.pa == 0x9000
    assert walker.walk(Root(0x1000, 2), 0x20_5000, READ).result == Fault("skipped bits", 0x20_5000, 2)


@pytest.mark.parametrize(
    ("shape", "iova", "is_canonical"),
    [
        (VtdSecond(3), (1 << 39) - 8, True),
        (VtdSecond(3), 1 << 39, False),
        (X86First(4), (1 << 47) - 8, True),
        (X86First(4), 1 << 47, False),
        (X86First(4), TOP - (1 << 47), True),
        (X86First(4), TOP - (1 << 47) - 8, False),
        (X86First(4, signed=False), 1 << 47, False),
        (X86First(5), TOP - (1 << 56), True),
        (Riscv(3), TOP - (1 << 38), True),
        (Riscv(3), 1 << 38, False),
        (Riscv(3, second=True), (1 << 41) - 8, True),
        (Riscv(3, second=True), 1 << 41, False),
        (ArmLpae(2, 40, 3), (1 << 40) - 8, True),
        (ArmLpae(2, 40, 3), 1 << 40, False),
        (AmdHost(start=5, highest=5), TOP - 8, True),
    ],
)
def test_canonical_addresses(shape: Format, iova: int, is_canonical: bool) -> None:
    table = PageTable(Memory(), shape)
    found = Walker(table.memory, shape).walk(table.root, iova, READ).result
    assert isinstance(found, Fault)
    assert found.reason == ("not present" if is_canonical else "not canonical")


def test_concatenated_top_tables() -> None:
    """40 bits with three levels of 4 KiB: two top tables side by side, the second for the upper half."""
    table = PageTable(Memory(), ArmLpae(2, 40, 3))
    assert map_range(table, 1 << 39, 0x8000, PAGE, RW) == 0
    assert table.memory.load(table.root.pa + PAGE) != 0
    found = Walker(table.memory, table.shape).walk(table.root, 1 << 39, WRITE).result
    assert isinstance(found, Translation) and found.pa == 0x8000


def test_unprivileged_requests_need_the_user_bit() -> None:
    words = {0x1000: 0x2003, 0x2000: 0x3003, 0x3000: 0x9403 | 0x4}
    memory = by_hand({**words, 0x3000: 0x9407}, (0x1000, 0x2000, 0x3000))
    walker = Walker(memory, ArmLpae(1, 39, 3))
    assert isinstance(walker.walk(Root(0x1000, 2), 0, READ).result, Translation)
    assert walker.walk(Root(0x1000, 2), 0, READ | USER).result == Fault("not allowed", 0, 0)
    assert isinstance(walker.walk(Root(0x1000, 2), 0, READ | EXEC).result, Translation), "no XN"


class TwoStages:
    """A first stage whose own pages are at guest addresses, and a second stage that says where those are.

    Guest memory is at a fixed distance from host memory, which the second stage maps page by page.
    """

    distance = 1 << 32

    def __init__(self, levels: int = 4, records: bool = False) -> None:
        self.memory = Counting()
        self.second = PageTable(self.memory, VtdSecond(levels), tracked=True)
        self.records = records
        self.first = X86First(4)
        self.guest: dict[int, int] = {}

    def guest_page(self, prot: int = RW) -> int:
        """A page of the guest: its guest address."""
        host = self.memory.allocate()
        guest = host + self.distance
        assert map_range(self.second, guest, host, PAGE, prot) == 0
        self.guest[guest] = host
        return guest

    def put(self, guest: int, word: int) -> None:
        self.memory.store(self.guest[guest & -PAGE] + guest % PAGE, word)

    def build(self, leaf: int, prots: tuple[int, ...] = (RW, RW, RW, RW)) -> Root:
        """Four levels down to one leaf for address 0; `leaf` is its entry."""
        pages = [self.guest_page(prot) for prot in prots]
        for above, below in pairwise(pages):
            self.put(above, below | 0x7)
        self.put(pages[-1], leaf)
        return Root(pages[0], 3)

    def walk(self, root: Root, needed: int) -> Translation | Fault:
        nested = Nested(self.memory, self.first, self.second.shape, True, self.records)
        self.memory.loads.clear()
        return nested.walk(root, self.second.root, 0, needed).result


def test_a_nested_walk_reads_24_entries() -> None:
    """Four levels over four: each first-stage entry costs four reads and its own, and the page itself four more."""
    stages = TwoStages()
    data = stages.guest_page()
    root = stages.build(data | 0x67)
    found = stages.walk(root, WRITE)
    assert isinstance(found, Translation) and found.pa == stages.guest[data]
    stages.memory.loads.clear()
    nested = Nested(stages.memory, stages.first, stages.second.shape)
    assert isinstance(nested.walk(root, stages.second.root, 0, WRITE).result, Translation)
    assert len(stages.memory.loads) == 24


def test_rights_of_both_stages() -> None:
    for first, second, allowed in ((0x67, RW, RW), (0x65, RW, READ), (0x67, READ, READ)):
        stages = TwoStages()
        found = stages.walk(stages.build(stages.guest_page(second) | first), READ)
        assert isinstance(found, Translation) and found.allowed & RW == allowed


def test_faults_say_which_stage() -> None:
    stages = TwoStages()
    root = stages.build(0x67 | 1 << 46)
    found = stages.walk(root, READ)
    assert found == Fault("not present", 1 << 46, 3, SECOND), "the page itself"
    stages = TwoStages()
    root = stages.build(0x67)
    stages.put(root.pa, 1 << 45 | 7)
    assert stages.walk(root, READ) == Fault("not present", 1 << 45, 3, SECOND), "a table of the first stage"
    stages.put(root.pa, 0)
    assert stages.walk(root, READ) == Fault("not present", 0, 3)


def test_a_first_stage_update_is_a_write_to_the_guest() -> None:
    """It needs the right to write in the second stage, and marks the guest's table page as written there."""
    stages = TwoStages(records=True)
    root = stages.build(stages.guest_page() | 0x27)
    assert isinstance(stages.walk(root, WRITE), Translation)
    dirty = [leaf.iova for leaf in stages.second.leaves() if leaf.attributes >> 7 & 1]
    assert sorted(dirty) == sorted(stages.guest), "every table page got its accessed bit, the data page its write"
    stages = TwoStages()
    root = stages.build(stages.guest_page() | 0x27, (RW, RW, RW, READ))
    found = stages.walk(root, WRITE)
    assert isinstance(found, Fault) and (found.reason, found.stage) == ("not allowed", SECOND)


def test_the_smaller_page_of_both_stages() -> None:
    memory = Memory()
    second = PageTable(memory, VtdSecond(3))
    assert map_range(second, 0, 0, 1 << 30, RW) == 0
    first = PageTable(memory, X86First(4))
    assert map_range(first, 5 << 21, 7 << 21, 1 << 21, RW) == 0
    nested = Nested(memory, first.shape, second.shape)
    found = nested.walk(first.root, second.root, (5 << 21) + 0x3008, WRITE | USER).result
    assert isinstance(found, Translation)
    assert (found.base, found.lg2, found.pa) == (5 << 21, 21, 7 << 21)
