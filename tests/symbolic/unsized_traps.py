"""Small specs that break a promise in a way that a proof for any size may overlook; each name says what it is."""

from __future__ import annotations

HEAD = '''"""A trap."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *


class Device(Sort, size=2):
    "A device."


class Group(Sort, size=2):
    "A group."


class Side(Enum): LEFT = auto(); RIGHT = auto()
class Pair(Record):
    "A device and a side."
    device: Device
    side: Side


class Share(Record):
    "A device, if any, and a side."
    device: Device | None
    side: Side


class Trap(Spec):
    """What looks as if it were kept."""

    home: Constant[Map[Device, Group]] = every()
    on: Map[Device, bool] = everywhere(False)
    lit: Map[Group, bool] = everywhere(False)
    maybe: Map[Device, Device | None] = everywhere(None)
    row: Map[Group, Seq[Device, Max(len(Device))]] = everywhere(())
    bad: bool = False
'''

KEPT = '''
    @invariant
    def kept(self) -> bool:
        """Not so."""
        return not self.bad
'''

TRAPS = {
    "two choices of one helper": '''
    def chosen_is_on(self, *, d: Device) -> bool:
        if self.maybe[d] is not None:
            return False
        return any(self.on[e] for e in Device if e == d)

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def look(self) -> None:
        """The first choice may be on and the second off."""
        first_time = self.chosen_is_on()
        second_time = self.chosen_is_on()
        self.bad = first_time and not second_time
'''
    + KEPT,
    "a choice that is counted": '''
    def chosen(self, *, d: Device) -> int:
        if self.maybe[d] is not None:
            return 0
        return sum(1 for e in Device if self.on[e] and e == d)

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def look(self) -> None:
        """The first choice may be on and the second off."""
        before = self.chosen()
        self.bad = before > self.chosen()
'''
    + KEPT,
    "rows that were gathered before the key changed": '''
    other: Constant[Map[Device, Group]] = every()
    moved: bool = False

    @kernel
    def gather(self) -> None:
        """They are entered where they were."""
        self.row = everywhere(())
        for e in Device:
            self.row[self.other[e] if self.moved else self.home[e]] += (e,)
        self.moved = True

    @kernel
    def back(self) -> None:
        """Not moved any more."""
        self.moved = False

    @invariant
    def kept(self) -> bool:
        """It was where they were."""
        return all(d in self.row[self.other[d]] for d in Device if self.moved)
''',
    "rows that are gathered twice": '''
    def gather(self, mine: bool) -> None:
        self.row = everywhere(())
        for e in Device:
            self.row[self.home[e] if mine else self.other[e]] += (e,)

    other: Constant[Map[Device, Group]] = every()

    @kernel
    def look(self, g: Group) -> None:
        """The second time there are others."""
        self.gather(True)
        before = len(self.row[g])
        self.gather(False)
        self.bad = before != len(self.row[g])
        self.row = everywhere(())
'''
    + KEPT,
    "two rounds with choices of their own": '''
    def flip(self, *, up: bool) -> bool:
        return up

    @kernel
    def run(self) -> None:
        """What is up in the first round may be down in the second."""
        for side in Side:
            for d in Device:
                before = self.on[d]
                self.on[d] = self.flip()
                if side is Side.RIGHT and before and not self.on[d]:
                    self.maybe[d] = d

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(self.maybe[d] is None for d in Device)
''',
    "a field named as what is found": '''
    any0: bool = False
    any1: bool = False
    any2: bool = False
    any3: bool = False
    all0: bool = False
    all1: bool = False
    all2: bool = False

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def look(self) -> None:
        """They have nothing to do with each other."""
        self.bad = any(self.on[d] for d in Device) and not self.any0
        self.bad = self.bad and not self.any1 and not self.any2 and not self.any3

    @kernel
    def set_any(self, v: bool) -> None:
        """So that it is not fixed."""
        self.any0 = v
        self.any1 = v
        self.any2 = v
        self.any3 = v
'''
    + KEPT,
    "the first of pairs": '''
    pairs: Set[Pair] = set()

    @kernel
    def put(self, d: Device, s: Side) -> None:
        """One more."""
        self.pairs |= {Pair(device=d, side=s)}

    @kernel
    def look(self) -> None:
        """The first device comes first, with whatever side."""
        found = first(p for p in self.pairs)
        if found is not None and found.side is Side.RIGHT:
            self.bad = any(p.side is Side.LEFT for p in self.pairs)
'''
    + KEPT,
    "the first of two variables": '''
    @kernel
    def put(self, d: Device) -> None:
        """One more."""
        self.on[d] = True

    @kernel
    def look(self) -> None:
        """The first device comes first, with whatever side."""
        found = first(s for d in Device for s in Side if (self.on[d] and s is Side.LEFT) or s is Side.RIGHT)
        if found is Side.RIGHT:
            self.bad = any(self.on[d] for d in Device)
'''
    + KEPT,
    "a promise that goes wrong in a loop": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        found = True
        for d in Device:
            if self.on[d]:
                e: Device = self.maybe[d]
                found = True
        return found
''',
    "a promise that goes wrong in what it takes": '''
    def other(self, d: Device) -> Device:
        return self.maybe[d]

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        found = first(self.other(d) for d in Device if self.on[d])
        return found is None or found is not None
''',
    "a promise that goes wrong for want of room": '''
    @kernel
    def put(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @invariant
    def kept(self) -> bool:
        """No room for one more when it is full."""
        return all(d in self.row[g] + (d,) for g in Group for d in Device)
''',
    "a row of sides with repetitions": '''
    @kernel
    def look(self, s: Side) -> None:
        """It stands there twice."""
        found: Seq[Side, Max(2)] = (s,)
        found = found + (s,)
        self.bad = sum(1 for x in found if x is s) == 2
'''
    + KEPT,
    "a row that is written out with repetitions": '''
    @kernel
    def look(self, d: Device) -> None:
        """It stands there twice."""
        found: Seq[Device, Max(2)] = ()
        found = found + (d,)
        found = found + (d,)
        self.bad = sum(1 for x in found) == 2
'''
    + KEPT,
}
