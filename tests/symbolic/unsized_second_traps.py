"""Small specs that break a promise, drawn up by a second reader who wanted a wrong proof; see `unsized_traps`."""

from __future__ import annotations

from tests.symbolic.unsized_traps import KEPT

SECOND = {
    "a variable of an outer turn that only some turns assign": '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def walk(self, h: Group, f: Device) -> None:
        """An inner turn reads what an earlier outer turn assigned."""
        v = h
        for g in Group:
            if self.home[f] == g:
                v = g
            for d in self.row[g]:
                self.on[d] = v != g

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "a variable of an outer turn that an inner loop assigns": '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def walk(self, h: Group, f: Device) -> None:
        """The first inner loop may assign nothing; then the value is that of an earlier turn."""
        v = h
        for g in Group:
            for x in self.row[g]:
                if self.home[f] == g:
                    v = g
            for d in self.row[g]:
                self.on[d] = v != g

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "how often one stands in a row who was assigned in an earlier turn": '''
    times: Map[Device, Annotated[int, Bounds(0, 3)]] = everywhere(0)

    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self, g: Group, f: Device) -> None:
        """The variable is that of an earlier turn where this one does not assign it."""
        v = f
        for d in Device:
            if self.home[d] == g:
                v = d
            self.times[d] = sum(1 for e in self.row[g] if e == v)
        self.bad = any(self.times[d] > 0 and self.home[d] == g and d not in self.row[g] for d in Device)
        if any(self.times[d] > 0 and d not in self.row[g] for d in Device):
            self.bad = True
'''
    + KEPT,
    "a variable that only the turn which leaves assigns": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self, f: Device) -> None:
        """Without anyone on it stays what it was."""
        found = f
        for d in Device:
            if self.on[d]:
                found = d
                break
        self.bad = not self.on[found]
'''
    + KEPT,
    "a turn that another turn's loop left half done": '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def walk(self, x: Device) -> None:
        """The inner loop ends the outer one."""
        for g in Group:
            for d in self.row[g]:
                if d == x:
                    return
                self.on[d] = True
            self.lit[g] = True
        self.bad = True

    @invariant
    def kept(self) -> bool:
        """A group with a device that is on may be left half done."""
        return all(self.lit[self.home[d]] for d in Device if self.on[d])
''',
    "a count that grows by two": '''
    @kernel
    def both(self, d: Device, e: Device) -> None:
        """Two at once, or one."""
        before = sum(1 for x in Device if self.on[x])
        self.on[d] = True
        self.on[e] = True
        self.bad = sum(1 for x in Device if self.on[x]) > before + 1
'''
    + KEPT,
    "a count of others than the arguments": '''
    @kernel
    def spread(self, d: Device) -> None:
        """All that share the group."""
        before = sum(1 for x in Device if self.on[x])
        for x in Device:
            if self.home[x] == self.home[d]:
                self.on[x] = True
        self.bad = sum(1 for x in Device if self.on[x]) > before + 1
'''
    + KEPT,
    "a length after two of one": '''
    @kernel
    def join(self, g: Group, d: Device, e: Device) -> None:
        """The same one twice leaves one."""
        require(d not in self.row[g] and e not in self.row[g])
        before = len(self.row[g])
        self.row[g] = self.row[g] + (d,)
        if e not in self.row[g]:
            self.row[g] = self.row[g] + (e,)
        self.bad = len(self.row[g]) == before + 1
'''
    + KEPT,
    "a choice that helpers make afresh in every turn": '''
    def may(self, *, c: bool) -> bool:
        return c

    @kernel
    def walk(self) -> None:
        """Each turn has its own."""
        for d in Device:
            self.on[d] = self.may()

    @invariant
    def kept(self) -> bool:
        """They differ."""
        return all(self.on[d] == self.on[e] for d in Device for e in Device)
''',
    "a field of a record in one arm": '''
    share: Map[Device, Share] = everywhere(Share(device=None, side=Side.LEFT))

    @kernel
    def turn(self, d: Device, e: Device, c: bool) -> None:
        """The side goes with the mate."""
        self.share[d] = Share(device=e, side=Side.RIGHT) if c else replace(self.share[d], device=e)

    @invariant
    def kept(self) -> bool:
        """With a mate, and yet left."""
        return all(self.share[d].side is Side.RIGHT for d in Device if self.share[d].device is not None)
''',
    "the first of a row is not the first of all": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @kernel
    def look(self, g: Group) -> None:
        """Order of joining against order of the sort."""
        one = first(d for d in self.row[g])
        two = first(d for d in Device if d in self.row[g])
        self.bad = one != two
'''
    + KEPT,
    "a set whose items go": '''
    seen: Set[Device] = set()

    @kernel
    def look(self, d: Device) -> None:
        """One more."""
        self.seen |= {d}

    @kernel
    def forget(self, d: Device) -> None:
        """One fewer, if it was there."""
        before = sum(1 for x in self.seen)
        self.seen -= {d}
        self.bad = sum(1 for x in self.seen) < before
'''
    + KEPT,
    "a field that only a loop over a row can write": '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def light(self) -> None:
        """Never at first, for the rows are empty."""
        for g in Group:
            for d in self.row[g]:
                self.on[d] = True
                if self.on[d]:
                    self.maybe[d] = d

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(self.maybe[d] is None for d in Device)
''',
    "a loop that gathers only those at home": '''
    @kernel
    def regroup(self, g: Group) -> None:
        """All devices again, each where it belongs."""
        self.row = everywhere(())
        for d in Device:
            self.row[self.home[d]] = self.row[self.home[d]] + (d,)
        self.bad = len(self.row[g]) == 2
'''
    + KEPT,
    "an inner loop whose variable hides in the outer": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @kernel
    def walk(self, f: Device) -> None:
        """The last group whose home has someone on."""
        last: Group | None = None
        for g in Group:
            for d in Device:
                if self.on[d] and self.home[d] == g:
                    last = g
        self.bad = last is not None and any(self.on[d] and self.home[d] != last for d in Device)
'''
    + KEPT,
    "a row that was taken before it was cleared": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One more."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @kernel
    def clear_it(self, g: Group) -> None:
        """The turns are those of the row as it was."""
        whole = self.row[g]
        self.row[g] = ()
        for d in whole:
            self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "a promise about a size": '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True

    @invariant
    def kept(self) -> bool:
        """Not all of them, if there are two."""
        return len(Device) == 1 or sum(1 for d in Device if self.on[d]) < len(Device)
''',
}
