"""Small specs that break a promise, one for each rule that could be broken without any other trap noticing."""

from __future__ import annotations

from tests.symbolic.unsized_traps import KEPT

TURN_ON = '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True
'''
NEVER_ON = '''
    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
'''
JOIN = '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)
'''
JOIN_AGAIN = JOIN.replace("        require(d not in self.row[g])\n", "")

THIRD = {
    "a row that turns over one twice": JOIN_AGAIN
    + '''
    @kernel
    def walk(self, g: Group) -> None:
        """Two turns of one device undo each other."""
        self.on = everywhere(False)
        for d in self.row[g]:
            self.on[d] = not self.on[d]
        self.bad = any(not self.on[d] for d in self.row[g])
'''
    + KEPT,
    "a variable that no turn assigns": TURN_ON
    + '''
    @kernel
    def look(self) -> None:
        """Nobody may be on."""
        side = Side.LEFT
        for d in Device:
            if self.on[d]:
                side = Side.RIGHT
        self.bad = side is Side.LEFT
'''
    + KEPT,
    "what a loop inside a loop assigned": '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def walk(self, h: Group) -> None:
        """The value of the last turn of all is kept."""
        v = h
        for g in Group:
            for d in self.row[g]:
                v = g
        self.bad = v != h
'''
    + KEPT,
    "rows that are gathered onto what is there": JOIN
    + '''
    @kernel
    def regroup(self, g: Group) -> None:
        """What was elsewhere stays."""
        for d in Device:
            self.row[self.home[d]] = self.row[self.home[d]] + (d,)
        self.bad = any(self.home[d] != g for d in self.row[g])
'''
    + KEPT,
    "what is appended comes last": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more, and a look who is last."""
        require(d not in self.row[g])
        before = len(self.row[g])
        self.row[g] = self.row[g] + (d,)
        last: Device | None = None
        for x in self.row[g]:
            last = x
        self.bad = before > 0 and last == d
'''
    + KEPT,
    "who is taken out is out": JOIN
    + '''
    @kernel
    def leave(self, g: Group, d: Device) -> None:
        """One fewer."""
        require(d in self.row[g])
        self.row[g] = without(self.row[g], d)
        self.bad = d not in self.row[g]
'''
    + KEPT,
    "rows in another order": JOIN
    + '''
    @kernel
    def look(self, g: Group, h: Group) -> None:
        """As many entries and the same ones, and yet not the same row."""
        require(len(self.row[g]) == len(self.row[h]))
        alike = all((x in self.row[g]) == (x in self.row[h]) for x in Device)
        self.bad = alike and self.row[g] != self.row[h]
'''
    + KEPT,
    "one that stands twice": JOIN_AGAIN
    + '''
    @kernel
    def look(self, g: Group, d: Device) -> None:
        """It may."""
        self.bad = sum(1 for e in self.row[g] if e == d) > 1
'''
    + KEPT,
    "one that is not in a set": '''
    seen: Set[Device] = set()

    @kernel
    def see(self, d: Device) -> None:
        """One more."""
        self.seen |= {d}

    @kernel
    def look(self, d: Device) -> None:
        """It may not be there."""
        self.bad = not any(x == d for x in self.seen)
'''
    + KEPT,
    "what is required on the other path": TURN_ON
    + '''
    @kernel
    def act(self, d: Device, c: bool) -> None:
        """Required only without c."""
        if c:
            one = 1
        else:
            one = 2
            require(self.on[d])
        self.bad = one == 1 and not self.on[d]
'''
    + KEPT,
    "what is required on this path": TURN_ON
    + '''
    @kernel
    def act(self, d: Device, c: bool) -> None:
        """Required only with c."""
        if c:
            require(self.on[d])
        self.bad = not self.on[d]
'''
    + KEPT,
    "what an early return wrote": '''
    def mark(self, d: Device, *, c: bool) -> bool:
        if c:
            self.on[d] = True
            return True
        return False

    @kernel
    def act(self, d: Device) -> None:
        """Perhaps."""
        found = self.mark(d)
        self.bad = False and found
'''
    + NEVER_ON,
    "what was written before a break": '''
    @kernel
    def act(self, d: Device, c: bool) -> None:
        """At the first side."""
        for s in Side:
            if c:
                self.on[d] = True
                break
'''
    + NEVER_ON,
    "what was written before it went on": '''
    @kernel
    def act(self, d: Device, c: bool) -> None:
        """At both sides."""
        for s in Side:
            if c:
                self.on[d] = True
                continue
            self.bad = False
'''
    + NEVER_ON,
    "what would not fit on the other path": '''
    level: Annotated[int, Bounds(0, 3)] = 0

    @kernel
    def act(self, c: bool) -> None:
        """At the top without going further."""
        if c:
            self.level += 1
        self.bad = self.level == 3 and not c
'''
    + KEPT,
    "a field that is written once another is": TURN_ON
    + '''
    @kernel
    def light(self, d: Device, g: Group) -> None:
        """Once one is on."""
        if self.on[d]:
            self.lit[g] = True

    @kernel
    def look(self, g: Group) -> None:
        """It may be."""
        self.bad = self.lit[g]
'''
    + KEPT,
    "none in one case and some in the other": '''
    @kernel
    def pair_off(self, d: Device, e: Device) -> None:
        """A mate."""
        self.maybe[d] = e

    @kernel
    def look(self, d: Device) -> None:
        """Still alone."""
        self.bad = self.maybe[d] is None
'''
    + KEPT,
    "one of two keys": '''
    link: Map[tuple[Device, Side], bool] = everywhere(False)

    @kernel
    def tie(self, d: Device) -> None:
        """On the left, and not on the right."""
        self.link[d, Side.LEFT] = True
        self.bad = not self.link[d, Side.RIGHT]
'''
    + KEPT,
    "a set that loses one": '''
    seen: Set[Device] = set()

    @kernel
    def see(self, d: Device) -> None:
        """One more."""
        self.seen |= {d}

    @kernel
    def forget(self, d: Device) -> None:
        """One fewer."""
        require(d in self.seen)
        self.seen -= {d}
        self.bad = d not in self.seen
'''
    + KEPT,
    "a sum of twos": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """Only one."""
        require(all(not self.on[x] for x in Device))
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """Two of it."""
        return sum(2 for d in Device if self.on[d]) <= 1
''',
    "a promise that goes wrong in a loop and says nothing": TURN_ON
    + '''
    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        for d in Device:
            if self.on[d]:
                e: Device = self.maybe[d]
        return True
''',
    "a promise that goes wrong in a set": TURN_ON
    + '''
    def other(self, d: Device) -> Device:
        return self.maybe[d]

    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        return all(self.on[d] or d not in {x for x in Device if self.on[x] and self.other(x) == x} for d in Device)
''',
}
