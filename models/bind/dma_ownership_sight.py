"""What the hardware translates with: from the entry of a device in memory down to the mark at `PROBE`, or nothing.

Nothing is asked of the kernel but which tag it gave to which identity domain. A walk is remembered by the words that it
read, every one of which is read again before it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from checker.conform.implementation import Plain
from models.hw.attributes import READ
from models.hw.iommu import walk_stages
from models.hw.memory import Memory
from models.hw.walker import Fault
from models.kernel.device import Device
from models.kernel.kernel import Kernel
from models.kernel.marks import DEFAULT, PRIVATE, PROBE, USER, unmark

Seen = tuple[str, int]
"""What there is ("nothing", "blocked", "bypass", "page"), and the tag or the mark."""


@dataclass(slots=True, eq=False)
class Node:
    """Where a walk reads next, and by the word there what follows: the end, or another node."""

    pa: int
    ends: dict[int, Seen] = field(default_factory=dict)
    nodes: dict[int, Node] = field(default_factory=dict)


BLOCKING: Plain = ("Blocking", ())


def label(word: int, home: int) -> Plain:
    """What the spec calls a domain that maps a page with this mark; `home` is the group that it is seen from."""
    kind, first, second = unmark(word)
    if kind == DEFAULT:
        if first != home:
            raise LookupError(f"the default domain of group {first} is used by group {home}")
        return ("Default", (bool(second),))
    if kind == USER:
        return ("Table", (first, second))
    if kind == PRIVATE:
        return ("KernelTable", (first,))
    raise LookupError(f"{word:#x} is no mark")


class Watched(Memory):
    """Memory that notes which words were read, and leaves no trace of reading what is not there."""

    __slots__ = ("reads",)
    reads: list[tuple[int, int]]

    def load(self, pa: int) -> int:
        number = pa >> 12
        frame = self.frames.get(number) or self.freed.get(number)
        word = 0 if frame is None else frame[pa >> 3 & 511]
        self.reads.append((pa, word))
        return word


class Sight:
    """Looks at the entries of one kernel's devices."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.memory = Watched(kernel.memory.frames, kernel.memory.freed)
        self.known: dict[tuple[int, int | None], Node] = {}

    def domain(self, device: Device, pasid: int | None = None) -> Plain:
        """What the spec calls it. None without an entry: nothing was attached, or everything was taken away."""
        what, word = self.remembered(device.rid, pasid)
        if what == "nothing":
            return None
        if what == "blocked":
            return BLOCKING
        if what == "bypass":
            return label(self.identity(word), device.home.number)
        return label(word, device.home.number)

    def identity(self, tag: int) -> int:
        """The mark of the identity domain with a tag."""
        for domain in self.kernel.domains:
            if domain.tag == tag and domain.kind == "identity":
                return domain.mark
        raise LookupError(f"an entry lets everything pass under tag {tag}, which no domain has")

    def remembered(self, rid: int, pasid: int | None) -> Seen:
        """What an earlier walk found that read the same words, or a new walk."""
        frames = self.kernel.memory.frames
        at = self.known.get((rid, pasid))
        while at is not None:
            pa = at.pa
            frame = frames.get(pa >> 12)
            if frame is None:
                break
            word = frame[pa >> 3 & 511]
            following = at.nodes.get(word)
            if following is None and word in at.ends:
                return at.ends[word]
            at = following
        return self.walk(rid, pasid)

    def walk(self, rid: int, pasid: int | None) -> Seen:
        """Reads the entry and the tables, and remembers the way if all of it is memory in use."""
        reads: list[tuple[int, int]] = []
        self.memory.reads = reads
        seen = self.look(rid, pasid)
        if all(pa >> 12 in self.memory.frames for pa, _ in reads):
            node = self.known.setdefault((rid, pasid), Node(reads[0][0]))
            for (pa, word), (following, _) in pairwise(reads):
                assert node.pa == pa, "a walk goes on by what it has read"
                node = node.nodes.setdefault(word, Node(following))
            node.ends[reads[-1][1]] = seen
        return seen

    def look(self, rid: int, pasid: int | None) -> Seen:
        """One walk."""
        unit = self.kernel.unit
        config = unit.entries.read(self.memory, unit.base, rid, pasid)
        if not config.valid:
            return "nothing", 0
        if config.mode == "bypass":
            return "bypass", config.tag
        if config.mode == "abort":
            return "blocked", 0
        found = walk_stages(self.memory, config, PROBE, READ).result
        return ("blocked", 0) if isinstance(found, Fault) else ("page", self.memory.load(found.address(PROBE)))
