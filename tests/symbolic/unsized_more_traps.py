"""More small specs that break a promise, see `unsized_traps`."""

from __future__ import annotations

from tests.symbolic.unsized_traps import KEPT

MORE = {
    "a variable that hides another": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    def mates(self, d: Device) -> bool:
        return any(self.on[d] for d in self.row[self.home[d]])

    @kernel
    def join(self, d: Device) -> None:
        """One more."""
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def look(self, d: Device, e: Device) -> None:
        """The rows of two groups."""
        one = self.mates(d)
        two = self.mates(e)
        self.bad = one and not two
'''
    + KEPT,
    "none in one arm": '''
    @kernel
    def pair_off(self, d: Device, e: Device, c: bool) -> None:
        """A mate, or none."""
        found: Device | None = None
        if c:
            found = e
        self.maybe[d] = found if self.on[e] else None
        self.on[d] = c

    @invariant
    def kept(self) -> bool:
        """Some have mates."""
        return all(self.maybe[d] is None for d in Device)
''',
    "none in a record": '''
    share: Map[Device, Share] = everywhere(Share(device=None, side=Side.LEFT))

    @kernel
    def pair_off(self, d: Device, e: Device, c: bool) -> None:
        """A mate, or none."""
        if c:
            found = Share(device=None, side=Side.RIGHT)
        else:
            found = Share(device=e, side=Side.LEFT)
        self.share[d] = found

    @kernel
    def part(self, d: Device) -> None:
        """No mate."""
        self.share[d] = replace(self.share[d], device=None)

    @invariant
    def kept(self) -> bool:
        """Some have mates."""
        return all(self.share[d].device is None for d in Device)
''',
    "none that always comes": '''
    share: Map[Device, Share] = everywhere(Share(device=None, side=Side.LEFT))

    @kernel
    def pair_off(self, d: Device, e: Device, c: bool) -> None:
        """A mate, or none."""
        if c:
            found = Share(device=None, side=Side.RIGHT)
        else:
            found = Share(device=e, side=Side.LEFT)
        self.share[d] = found

    @invariant
    def kept(self) -> bool:
        """Some have none."""
        return all(self.share[d].side is Side.LEFT for d in Device)
''',
    "a set of those who may be nobody": '''
    seen: Set[Device | None] = set()

    @kernel
    def look(self, d: Device, c: bool) -> None:
        """One more."""
        if c:
            self.seen |= {None}
        else:
            self.seen |= {d}

    @kernel
    def ask(self, d: Device) -> None:
        """A plain device is asked for, and as one that may be nobody."""
        found: Device | None = d
        self.bad = d in self.seen and found in self.seen and None in self.seen
'''
    + KEPT,
    "a count of the set of those who may be nobody": '''
    seen: Set[Device | None] = set()

    @kernel
    def look(self, d: Device, c: bool) -> None:
        """One more."""
        if c:
            self.seen |= {None}
        else:
            self.seen |= {d}

    @invariant
    def kept(self) -> bool:
        """Nobody counts too."""
        return sum(1 for x in self.seen) <= 1
''',
    "a loop that is left by what an earlier turn did": '''
    @kernel
    def start(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self, first_one: Device) -> None:
        """The second turn is left because the first one was not."""
        for d in Device:
            if self.maybe[first_one] is not None:
                break
            self.maybe[d] = d
        self.bad = any(self.maybe[d] is None for d in Device)
'''
    + KEPT,
    "a loop in a loop that is left": '''
    @kernel
    def walk(self, x: Device) -> None:
        """The inner loop is left, the outer goes on."""
        for g in Group:
            for d in Device:
                if d == x:
                    break
                if self.home[d] == g:
                    self.on[d] = True
            self.lit[g] = True

    @kernel
    def look(self) -> None:
        """All groups are lit, some devices are off, some are on."""
        self.bad = any(self.on[d] for d in Device) and any(not self.on[d] for d in Device)
'''
    + KEPT,
    "a turn that writes through what another turn makes true": '''
    chief: Constant[Map[Group, Device]] = every()

    @kernel
    def walk(self) -> None:
        """The chief of a group may be elsewhere."""
        for g in Group:
            if self.lit[g]:
                break
            self.on[self.chief[g]] = True

    @kernel
    def light(self, g: Group) -> None:
        """On."""
        self.lit[g] = True

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "a size that is more than one": '''
    number: Annotated[int, Bounds(0, len(Device))] = 0

    @kernel
    def more(self) -> None:
        """Up to the number of devices."""
        self.number += 1

    @invariant
    def kept(self) -> bool:
        """Only of two at most."""
        return self.number <= 2
''',
    "all of them at once": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """With one device that is all of them."""
        return any(not self.on[d] for d in Device)
''',
    "an initial state of its own": '''
    @initial
    def boot(self, *, d: Device, c: bool) -> None:
        """One may be on."""
        if c:
            self.on[d] = True

    @kernel
    def turn_off(self, d: Device) -> None:
        """Off."""
        self.on[d] = False

    @invariant
    def kept(self) -> bool:
        """Not at the start."""
        return all(not self.on[d] for d in Device)
''',
    "two that take one name": '''
    link: Map[tuple[Device, Device], bool] = everywhere(False)

    @kernel
    def tie(self, d: Device, e: Device) -> None:
        """They may be one."""
        for x in Device:
            self.link[x, e] = x == d or self.link[x, e]

    @invariant
    def kept(self) -> bool:
        """Nobody is tied to itself."""
        return all(not self.link[d, d] for d in Device)
''',
    "the last of the turns": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self) -> None:
        """What the last turn leaves may differ from what the first does."""
        found: Device | None = None
        for d in Device:
            if self.on[d]:
                found = d
        earliest = first(d for d in Device if self.on[d])
        self.bad = found != earliest
'''
    + KEPT,
    "a process that goes on": '''
    @process
    def work(self) -> Process:
        """Others run in between."""
        found = any(self.on[d] for d in Device)
        yield "looked"
        self.bad = found != any(self.on[d] for d in Device)

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True
'''
    + KEPT,
    "one out of a row that holds it twice": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        self.row[g] = self.row[g] + (d,)

    @kernel
    def leave(self, g: Group, d: Device) -> None:
        """All of its entries."""
        before = len(self.row[g])
        self.row[g] = without(self.row[g], d)
        self.bad = before > len(self.row[g]) + 1
'''
    + KEPT,
}
