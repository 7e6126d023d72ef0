"""Small specs that break a promise by loops over sequences, the only loops that are summarised when they may be left.

`OUTSIDE` names all traps, of every file, that use what is outside the fragment: each is refused with that reason.
"""

from __future__ import annotations

from tests.symbolic.unsized_traps import KEPT

JOIN = '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)
'''
TURN_ON = '''
    @kernel
    def turn_on(self, d: Device) -> None:
        """On."""
        self.on[d] = True
'''

ROWS = {
    "a row that is left by what an earlier turn did": JOIN
    + '''
    @kernel
    def walk(self, g: Group, first_one: Device) -> None:
        """The second turn is left because the first one was not."""
        for d in self.row[g]:
            if self.maybe[first_one] is not None:
                break
            self.maybe[d] = d
        self.bad = any(self.maybe[d] is None for d in self.row[g])
'''
    + KEPT,
    "the first of a row to leave": JOIN
    + '''
    @kernel
    def walk(self, g: Group, x: Device) -> None:
        """Those before it take place."""
        for d in self.row[g]:
            if d == x:
                break
            self.on[d] = True
        self.bad = x in self.row[g] and any(self.on[d] for d in self.row[g])
'''
    + KEPT,
    "those after the first of a row that leaves": JOIN
    + '''
    @kernel
    def walk(self, g: Group, x: Device) -> None:
        """They are left out."""
        for d in self.row[g]:
            if d == x:
                break
            self.on[d] = True
        self.bad = any(not self.on[d] for d in self.row[g] if d != x)
'''
    + KEPT,
    "a row that nobody leaves": JOIN
    + TURN_ON
    + '''
    @kernel
    def walk(self, g: Group) -> Outcome:
        """All are on."""
        for d in self.row[g]:
            if not self.on[d]:
                return refuse(EBUSY, "off")
            self.maybe[d] = d
        self.bad = any(self.maybe[d] is not None for d in self.row[g])
        return DONE
'''
    + KEPT,
    "what the turn that leaves a row wrote": JOIN
    + '''
    @kernel
    def walk(self, g: Group, x: Device) -> Outcome:
        """It writes before it leaves."""
        for d in self.row[g]:
            self.on[d] = True
            if d == x:
                return refuse(EBUSY, "left", partial=True)
        return DONE

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
''',
    "an undo that stops too early": JOIN
    + '''
    @kernel
    def walk(self, g: Group, x: Device, y: Device) -> Outcome:
        """What was done before y is undone, not what was done from there to x."""
        for d in self.row[g]:
            if d == x:
                for e in self.row[g]:
                    if e == y or e == d:
                        break
                    self.on[e] = False
                return refuse(EBUSY, "undone", partial=True)
            self.on[d] = True
        return DONE

    @invariant
    def kept(self) -> bool:
        """All of a group or none of it."""
        return all(self.on[d] == self.on[e] for g in Group for d in self.row[g] for e in self.row[g])
''',
    "an inner row that does not reach all": JOIN
    + '''
    @kernel
    def walk(self, h: Group) -> None:
        """All groups but one."""
        for g in Group:
            if g != h:
                for d in self.row[g]:
                    self.on[d] = True
        self.bad = any(not self.on[d] for g in Group for d in self.row[g])
'''
    + KEPT,
    "a row in which one stands who left another": '''
    @kernel
    def join(self, g: Group, d: Device) -> None:
        """One may stand in two rows."""
        require(d not in self.row[g])
        self.row[g] = self.row[g] + (d,)

    @kernel
    def walk(self) -> None:
        """Each of its turns turns it over."""
        self.on = everywhere(False)
        for g in Group:
            for d in self.row[g]:
                self.on[d] = not self.on[d]
        self.bad = any(not self.on[d] for g in Group for d in self.row[g])
'''
    + KEPT,
}

OUTSIDE = frozenset(
    {
        "a count of the set of those who may be nobody",
        "a field of a record in one arm",
        "a loop in a loop that is left",
        "a loop that is left by what an earlier turn did",
        "a loop that proves itself",
        "what a loop inside a loop assigned",
        "a loop that warns and goes on to leave",
        "a promise about a size",
        "a promise that goes wrong for want of room",
        "a promise that goes wrong further in",
        "a promise that goes wrong in a loop",
        "a promise that goes wrong in a loop and says nothing",
        "a promise that goes wrong in a set",
        "a promise that goes wrong in what it takes",
        "a row in which one stands who left another",
        "a row of sides with repetitions",
        "a row that counts one twice",
        "a row that is written out with repetitions",
        "a row that turns over one twice",
        "a set whose items go",
        "a size of one",
        "a sum of twos",
        "a turn that another turn's loop left half done",
        "a turn that writes through what another turn makes true",
        "a variable of an outer turn that an inner loop assigns",
        "a variable of an outer turn that only some turns assign",
        "a variable that no turn assigns",
        "a variable that only the turn which leaves assigns",
        "a write to one who is elsewhere",
        "an inner loop that writes for others",
        "an inner loop whose variable hides in the outer",
        "how often one stands in a row who was assigned in an earlier turn",
        "none in a record",
        "rows in another order",
        "rows that are gathered onto what is there",
        "the first of a row is not the first of all",
        "the first of pairs",
        "the first of two variables",
        "the first to leave",
        "the last of the turns",
        "the last of the turns and the first",
        "two rounds with choices of their own",
        "what is appended comes last",
        "what was written before a break",
        "what was written before it went on",
    }
)
