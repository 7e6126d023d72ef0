"""Small specs about any number of elements, one of which is right and the others nearly so."""

from __future__ import annotations

HEAD = '''"""Claims of groups."""

from typing import Annotated

from spec.lang import *


class Device(Sort, size=2):
    "A device."


class Group(Sort, size=2):
    "A group."


class Owner(Sort, size=2):
    "An owner."


class Claims(Spec):
    """Groups are used by devices or claimed by one owner."""

    home: Constant[Map[Device, Group]] = every()

    members: Map[Group, Seq[Device, Max(len(Device))]] = everywhere(())
    cnt: Map[Group, Annotated[int, Bounds(0, 2 * len(Device))]] = everywhere(0)
    owner: Map[Group, Owner | None] = everywhere(None)
    uses: Map[Device, bool] = everywhere(False)
    on: Map[Device, bool] = everywhere(False)
    want: Map[Group, bool] = everywhere(False)

    @kernel
    def join(self, d: Device) -> None:
        """A device joins, as its group is."""
        require(d not in self.members[self.home[d]])
        self.on[d] = JOINS
        self.members[self.home[d]] = self.members[self.home[d]] + (d,)

    @kernel
    def use(self, d: Device) -> Outcome:
        """One more user."""
        require(not self.uses[d])
        if USE_GUARD:
            return refuse(EBUSY, "owned")
        self.cnt[self.home[d]] += 1
        self.uses[d] = True
        return DONE

    @kernel
    def unuse(self, d: Device) -> None:
        """One less."""
        require(DROP_GUARD)
        self.cnt[self.home[d]] -= 1
        self.uses[d] = False

    @kernel
    def claim(self, g: Group, o: Owner) -> Outcome:
        """All for one owner."""
        if CLAIM_GUARD:
            return refuse(EBUSY, "held")
        self.cnt[g] = CLAIM_COUNT
        self.owner[g] = o
        return DONE

    @kernel
    def switch(self, g: Group, new: bool) -> Outcome:
        """Members one by one, back if one fails."""
        for d in self.members[g]:
            if self.set_one(d, new).refused:
                for e in self.members[g]:
                    if e == d:
                        BREAKS
                    self.on[e] = self.want[g]
                return refuse(EIO, "failed", partial=True)
        self.want[g] = new
        return DONE

    def set_one(self, d: Device, new: bool, *, fails: bool) -> Outcome:
        """May fail."""
        if fails:
            return refuse(EIO, "one-failed")
        self.on[d] = new
        return DONE

    def users(self, g: Group) -> int:
        """How many."""
        return sum(1 for d in Device if self.home[d] == g and self.uses[d])

    @invariant
    def counted(self) -> bool:
        """The count is right."""
        return all(self.cnt[g] == self.users(g) + (1 if self.owner[g] is not None else 0) for g in Group)

    @invariant
    def excluded(self) -> bool:
        """Users or an owner."""
        return all(self.users(g) == 0 for g in Group if self.owner[g] is not None)

    @invariant
    def alike(self) -> bool:
        """All members are as their group is."""
        return all(self.on[d] == self.want[g] for g in Group for d in self.members[g])

    @invariant
    def at_most_three(self) -> bool:
        """True of two devices, not of any number."""
        return all(self.users(g) <= 3 for g in Group)
'''

RIGHT = {
    "JOINS": "self.want[self.home[d]]",
    "USE_GUARD": "self.owner[self.home[d]] is not None",
    "DROP_GUARD": "self.uses[d]",
    "CLAIM_GUARD": "self.cnt[g] > 0",
    "CLAIM_COUNT": "1",
    "BREAKS": "break",
}

WRONG = {
    "a device joins off": ({"JOINS": "False"}, {"alike"}),
    "use does not look": ({"USE_GUARD": "d not in self.members[self.home[d]]"}, {"excluded"}),
    "use looks at other groups": ({"USE_GUARD": "all(self.owner[g] is not None for g in Group)"}, {"excluded"}),
    "unuse of what is not used": ({"DROP_GUARD": "self.cnt[self.home[d]] > 0"}, {"counted"}),
    "claim does not look": ({"CLAIM_GUARD": "self.owner[g] is not None"}, {"counted", "excluded"}),
    "claim looks at one": ({"CLAIM_GUARD": "self.cnt[g] == 1"}, {"counted", "excluded"}),
    "claim counts two": ({"CLAIM_COUNT": "2"}, {"counted"}),
    "claim adds to the count": ({"CLAIM_COUNT": "self.cnt[g]"}, {"counted"}),
    "the undo goes on": ({"BREAKS": "continue"}, set()),
    "the undo skips nothing": ({"BREAKS": "return refuse(EIO, 'stopped', partial=True)"}, set()),
    "the undo is cut short": ({"BREAKS": "break", "self.on[e] = self.want[g]": "self.on[e] = new"}, {"alike"}),
    "the undo is left out": ({"self.on[e] = self.want[g]": "self.want[g] = self.want[g]"}, {"alike"}),
    "the group follows too early": ({'return refuse(EIO, "failed", partial=True)': "break"}, {"alike"}),
    "the switch forgets": ({"self.want[g] = new\n": "self.want[g] = self.want[g]\n"}, {"alike"}),
}


def text(changes: dict[str, str]) -> str:
    """The spec with these changes."""
    found = HEAD
    for word, new in {**RIGHT, **changes}.items():
        found = found.replace(word, new)
    return found
