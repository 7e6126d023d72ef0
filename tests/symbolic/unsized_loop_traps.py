"""Small specs that break a promise through loops, counts and starts, see `unsized_traps`."""

from __future__ import annotations

from tests.symbolic.unsized_traps import KEPT

LOOPS = {
    "a write to one who is elsewhere": '''
    chief: Constant[Map[Group, Device]] = every()

    @kernel
    def walk(self) -> None:
        """The chief of a group may be elsewhere."""
        for g in Group:
            self.on[self.chief[g]] = True

    @invariant
    def kept(self) -> bool:
        """Only chiefs of their own group are on."""
        return all(self.chief[self.home[d]] == d for d in Device if self.on[d])
''',
    "a loop that proves itself": '''
    chief: Constant[Map[Group, Device]] = every()
    level: Annotated[int, Bounds(0, 3)] = 0

    @kernel
    def walk(self) -> None:
        """All chiefs from elsewhere are on after the loop, so that the level is in its bounds."""
        for g in Group:
            if self.home[self.chief[g]] != g:
                self.on[self.chief[g]] = True
        self.level = 9 if any(self.home[self.chief[g]] != g and not self.on[self.chief[g]] for g in Group) else 1

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "an inner loop that writes for others": '''
    @kernel
    def relight(self, h: Group, c: bool) -> None:
        """All devices are as the last group is."""
        self.lit[h] = c
        for g in Group:
            for d in Device:
                self.on[d] = self.lit[g]

    @invariant
    def kept(self) -> bool:
        """Not as their own."""
        return all(self.on[d] == self.lit[self.home[d]] for d in Device)
''',
    "a turn that reads what an earlier one wrote": '''
    @kernel
    def walk(self) -> None:
        """Only the first is on afterwards."""
        for d in Device:
            self.on[d] = not any(self.on[e] for e in Device)

    @invariant
    def kept(self) -> bool:
        """They differ."""
        return all(self.on[d] == self.on[e] for d in Device for e in Device)
''',
    "a loop over some": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @kernel
    def walk(self, g: Group) -> None:
        """Those in the row."""
        for d in self.row[g]:
            self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """They differ."""
        return all(self.on[d] == self.on[e] for d in Device for e in Device)
''',
    "one of a pair": '''
    link: Map[tuple[Device, Device], bool] = everywhere(False)

    @kernel
    def tie(self, d: Device, e: Device) -> None:
        """These two."""
        self.link[d, e] = True

    @invariant
    def kept(self) -> bool:
        """Not with all."""
        return all(self.link[d, e] == self.link[d, f] for d in Device for e in Device for f in Device)
''',
    "what only the start writes": '''
    @initial
    def boot(self, *, g: Group) -> None:
        """One is lit."""
        self.lit[g] = True

    @kernel
    def look(self, g: Group) -> None:
        """It may be that one."""
        self.bad = self.lit[g]
'''
    + KEPT,
    "a promise that goes wrong": '''
    def has_mate(self, d: Device) -> bool:
        e: Device = self.maybe[d]
        return e == d or e != d

    @kernel
    def turn_on(self, d: Device) -> None:
        """On, without a mate."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        return all(self.has_mate(d) for d in Device if self.on[d])
''',
    "a promise that goes wrong further in": '''
    def has_mate(self, d: Device) -> bool:
        e: Device = self.maybe[d]
        return e == d or e != d

    @kernel
    def turn_on(self, d: Device) -> None:
        """On, without a mate."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """It looks at what is not there."""
        return not any(not self.has_mate(d) for d in Device if self.on[d])
''',
    "a row that counts one twice": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """Even if it is there."""
        self.row[g] = self.row[g] + (d,)

    @kernel
    def look(self, g: Group, d: Device) -> None:
        """Nothing else is in the row, and yet there are two."""
        self.bad = all(x == d for x in self.row[g]) and sum(1 for x in self.row[g]) > 1
'''
    + KEPT,
    "many at once": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    def number_on(self) -> int:
        return sum(1 for x in Device if self.on[x])

    @kernel
    def clear_them(self, d: Device) -> None:
        """All off."""
        before = self.number_on()
        for x in Device:
            self.on[x] = False
        self.bad = before > self.number_on() + 1
'''
    + KEPT,
    "a size of one": '''
    @kernel
    def look(self) -> None:
        """There may be one only."""
        self.bad = len(Device) == 1
'''
    + KEPT,
    "the first to leave": '''
    @kernel
    def walk(self, x: Device) -> None:
        """Those before it are on, and it is not."""
        for d in Device:
            if d == x:
                break
            self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """They differ."""
        return all(self.on[d] == self.on[e] for d in Device for e in Device)
''',
    "a loop that warns and goes on to leave": '''
    @kernel
    def walk(self, x: Device) -> None:
        """The one at which it is left is on too."""
        for d in Device:
            if d == x:
                self.on[d] = True
                break

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "the last of the turns and the first": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self) -> None:
        """They are one only if there is one."""
        one: Device | None = None
        for d in Device:
            if self.on[d]:
                one = d
                break
        two: Device | None = None
        for e in Device:
            if self.on[e]:
                two = e
        self.bad = one != two
'''
    + KEPT,
    "more than one": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return sum(1 for d in Device if self.on[d]) <= 1
''',
    "one of two fields": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def light(self, g: Group) -> None:
        """Lit."""
        self.lit[g] = True

    @invariant
    def kept(self) -> bool:
        """Not both."""
        return all(not (self.on[d] and self.lit[self.home[d]]) for d in Device)
''',
    "help that is lost later": '''
    @kernel
    def look(self) -> None:
        """One may be on."""
        self.bad = any(self.on[d] for d in Device)

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def helps(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
'''
    + KEPT,
}
