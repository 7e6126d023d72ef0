"""Walks by hand-written tables: rights, canonical addresses, skipped levels, and two stages with their memory reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from models.checks.steps import Steps
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


def by_hand(words: dict[int, int], frames: tuple[int, ...]) -> Counting:
    memory = Counting()
    for frame in frames:
        memory.claim(frame)
    for at, word in words.items():
        memory.store(at, word)
    return memory


def three_levels(steps: Steps) -> None:
    """IOVA 0x4060_1234 is 1, 3, 1 in three levels: three reads, each at the entry that the address names."""
    memory = by_hand({0x1008: 0x2003, 0x2018: 0x3001, 0x3008: 0xABC_D803}, (0x1000, 0x2000, 0x3000))
    walker, root = Walker(memory, VtdSecond(3)), Root(0x1000, 2)
    found = walker.walk(root, 0x4060_1234, READ)
    expected = Translation(0x4060_1000, 12, 0xABC_D000, READ | USER, True, False)
    steps.same("translation", found.result, expected)
    steps.same("entries read", memory.loads, [0x1008, 0x2018, 0x3008])
    pointers = [(p.base, p.lg2, p.level, p.pa) for p in found.pointers]
    steps.same("tables", pointers, [(0x4000_0000, 30, 1, 0x2000), (0x4060_0000, 21, 0, 0x3000)])
    write = walker.walk(root, 0x4060_1234, WRITE).result
    steps.same("a table without W withholds it", write, Fault("not allowed", 0x4060_1234, 0))
    memory.store(0x1008, 0x2001)
    memory.store(0x2018, 0x3003)
    memory.store(0x3008, 0xABC_D003)
    write = walker.walk(root, 0x4060_1234, WRITE).result
    steps.same("so does one further up", write, Fault("not allowed", 0x4060_1234, 0))
    nothing = walker.walk(root, 0x4060_2000, READ).result
    steps.same("an empty entry", nothing, Fault("not present", 0x4060_2000, 0))


def skipped_levels(steps: Steps) -> None:
    """An AMD entry that skips a level translates only addresses whose skipped bits are zero."""
    memory = by_hand({0x1000: 0x6000_0000_0000_2201, 0x2028: 0x6000_0000_0000_9001}, (0x1000, 0x2000))
    walker = Walker(memory, AmdHost())
    found = walker.walk(Root(0x1000, 2), 0x5000, READ).result
    steps.holds("skipped bits are zero", isinstance(found, Translation) and found.pa == 0x9000)
    found = walker.walk(Root(0x1000, 2), 0x20_5000, READ).result
    steps.same("skipped bits are not", found, Fault("skipped bits", 0x20_5000, 2))


CANONICAL: Final[tuple[tuple[Format, int, bool], ...]] = (
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
)


def canonical(steps: Steps) -> None:
    for shape, iova, is_canonical in CANONICAL:
        table = PageTable(Memory(), shape)
        found = Walker(table.memory, shape).walk(table.root, iova, READ).result
        expected = "not present" if is_canonical else "not canonical"
        steps.same(f"{shape.name} {iova:#x}", getattr(found, "reason", ""), expected)


def concatenated(steps: Steps) -> None:
    """40 bits with three levels of 4 KiB: two top tables side by side, the second for the upper half."""
    table = PageTable(Memory(), ArmLpae(2, 40, 3))
    steps.same("map the upper half", map_range(table, 1 << 39, 0x8000, PAGE, RW), 0)
    steps.holds("it is in the second top table", table.memory.load(table.root.pa + PAGE) != 0)
    found = Walker(table.memory, table.shape).walk(table.root, 1 << 39, WRITE).result
    steps.holds("a walk finds it", isinstance(found, Translation) and found.pa == 0x8000)


def unprivileged(steps: Steps) -> None:
    """An unprivileged request needs the bit that lets it; nothing withholds execution here."""
    memory = by_hand({0x1000: 0x2003, 0x2000: 0x3003, 0x3000: 0x9407}, (0x1000, 0x2000, 0x3000))
    walker, root = Walker(memory, ArmLpae(1, 39, 3)), Root(0x1000, 2)
    steps.holds("privileged", isinstance(walker.walk(root, 0, READ).result, Translation))
    steps.same("unprivileged", walker.walk(root, 0, READ | USER).result, Fault("not allowed", 0, 0))
    steps.holds("executed", isinstance(walker.walk(root, 0, READ | EXEC).result, Translation))


def access_flag(steps: Steps) -> None:
    """Hardware that records nothing faults on an entry whose accessed bit is not set; hardware that does, sets it."""
    for shape, bit in (ArmLpae(1, 39, 3), 10), (ArmLpae(2, 40, 3), 10), (Riscv(3), 6):
        table = PageTable(Memory(), shape)
        steps.same(f"{shape.name}: map", map_range(table, 0, 0x8000, PAGE, RW), 0)
        slot = table.tables()[-1][0]
        table.memory.store(slot, table.memory.load(slot) & ~(1 << bit))
        found = Walker(table.memory, shape).walk(table.root, 0, READ).result
        steps.same(f"{shape.name}: no recording", getattr(found, "reason", ""), "access flag")
        found = Walker(table.memory, shape, records=True).walk(table.root, 0, READ).result
        steps.holds(f"{shape.name}: recording", isinstance(found, Translation))


class Interfering(Memory):
    """Somebody unmaps whatever hardware is about to mark."""

    def swap(self, pa: int, expected: int, word: int) -> bool:
        self.store(pa, 0)
        return Memory.swap(self, pa, expected, word)


def overtaken(steps: Steps) -> None:
    """The update of an entry is conditional on what was walked: a page that was unmapped meanwhile is not revived."""
    shape = VtdSecond(3)
    table = PageTable(Memory(), shape)
    steps.same("map", map_range(table, 0, 0x8000, PAGE, RW), 0)
    memory = Interfering(frames=table.memory.frames)
    for pa, _ in table.tables()[:2]:
        memory.store(pa, memory.load(pa) | 1 << 8)
    found = Walker(memory, shape, records=True).walk(table.root, 0, WRITE).result
    steps.same("a walk that was overtaken", getattr(found, "reason", ""), "not present")
    slot = table.tables()[-1][0]
    steps.same("the entry stays empty", memory.load(slot), 0)


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
        error = map_range(self.second, guest, host, PAGE, prot)
        assert error == 0, error
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


def both_stages(steps: Steps) -> None:
    """24 reads, the rights of both, faults by stage, and updates of the first stage as writes to the guest."""
    stages = TwoStages()
    data = stages.guest_page()
    root = stages.build(data | 0x67)
    found = stages.walk(root, WRITE)
    steps.holds("the page", isinstance(found, Translation) and found.pa == stages.guest[data])
    stages.memory.loads.clear()
    again = Nested(stages.memory, stages.first, stages.second.shape).walk(root, stages.second.root, 0, WRITE).result
    steps.holds("the page again", isinstance(again, Translation))
    steps.same("reads of a walk of four levels over four", len(stages.memory.loads), 24)
    for first, second, allowed in ((0x67, RW, RW), (0x65, RW, READ), (0x67, READ, READ)):
        stages = TwoStages()
        found = stages.walk(stages.build(stages.guest_page(second) | first), READ)
        rights = found.allowed & RW if isinstance(found, Translation) else None
        steps.same(f"rights of {first:#x} over {second}", rights, allowed)
    stages = TwoStages()
    root = stages.build(0x67 | 1 << 46)
    missing = Fault("not present", 1 << 46, 3, SECOND)
    steps.same("no second stage for the page", stages.walk(root, READ), missing)
    stages.put(root.pa, 1 << 45 | 7)
    missing = Fault("not present", 1 << 45, 3, SECOND)
    steps.same("no second stage for a table", stages.walk(root, READ), missing)
    stages.put(root.pa, 0)
    steps.same("nothing in the first stage", stages.walk(root, READ), Fault("not present", 0, 3))


def updates_of_the_first_stage(steps: Steps) -> None:
    """They need the right to write in the second stage, and mark the guest's table pages as written there."""
    stages = TwoStages(records=True)
    root = stages.build(stages.guest_page() | 0x27)
    steps.holds("write", isinstance(stages.walk(root, WRITE), Translation))
    dirty = [leaf.iova for leaf in stages.second.leaves() if leaf.attributes >> 7 & 1]
    steps.same("pages of the guest that were written", sorted(dirty), sorted(stages.guest))
    stages = TwoStages()
    root = stages.build(stages.guest_page() | 0x27, (RW, RW, RW, READ))
    found = stages.walk(root, WRITE)
    refused = (getattr(found, "reason", ""), getattr(found, "stage", 0))
    steps.same("a table that may not be written", refused, ("not allowed", SECOND))


def smaller_page(steps: Steps) -> None:
    """A page of both stages is as large as the smaller one."""
    memory = Memory()
    second = PageTable(memory, VtdSecond(3))
    steps.same("map", map_range(second, 0, 0, 1 << 30, RW), 0)
    first = PageTable(memory, X86First(4))
    steps.same("map", map_range(first, 5 << 21, 7 << 21, 1 << 21, RW), 0)
    nested = Nested(memory, first.shape, second.shape)
    found = nested.walk(first.root, second.root, (5 << 21) + 0x3008, WRITE | USER).result
    where = (found.base, found.lg2, found.pa) if isinstance(found, Translation) else None
    steps.same("page", where, (5 << 21, 21, 7 << 21))


PARTS = (
    three_levels,
    skipped_levels,
    canonical,
    concatenated,
    unprivileged,
    access_flag,
    overtaken,
    both_stages,
    updates_of_the_first_stage,
    smaller_page,
)


def walks(steps: Steps) -> None:
    for part in PARTS:
        part(steps)
