"""A count, and forms of it that behave alike or do not."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *


class Group(Sort, size=2):
    "Something to hold."


class Kind(Enum):
    "Whether somebody holds it."

    NONE = auto()
    USER = auto()


class Counted(Spec):
    """Every group has a count of at most two."""

    holders: Map[Group, Annotated[int, Bounds(0, 2)]] = everywhere(0)
    version: Annotated[int, Bounds(0, 3)] = 0

    @ioctl
    def take(self, g: Group) -> Outcome:
        """One more."""
        if self.holders[g] == 2:
            return refuse(EBUSY, "full")
        self.holders[g] += 1
        return DONE

    @ioctl
    def drop(self, g: Group) -> Outcome:
        """One less."""
        if self.holders[g] == 0:
            return refuse(EINVAL, "not-held")
        self.holders[g] -= 1
        return done(left=self.holders[g])


class Enumerated(Spec):
    """An explicit NONE, and a flag for the second holder."""

    counted: Refines[Counted]
    kind: Map[Group, Kind] = everywhere(Kind.NONE)
    twice: Map[Group, bool] = everywhere(False)
    version: Annotated[int, Bounds(0, 3)] = 0

    @image("counted.holders")
    def count(self, g: Group) -> int:
        """What the count would be."""
        if self.kind[g] is Kind.NONE:
            return 0
        return 2 if self.twice[g] else 1

    @ioctl
    def take(self, g: Group) -> Outcome:
        """One more."""
        if self.kind[g] is Kind.NONE:
            self.kind[g] = Kind.USER
            return DONE
        if self.twice[g]:
            return refuse(EBUSY, "full")
        self.twice[g] = True
        return DONE

    @ioctl
    def drop(self, g: Group) -> Outcome:
        """One less."""
        if self.kind[g] is Kind.NONE:
            return refuse(EINVAL, "not-held")
        if self.twice[g]:
            self.twice[g] = False
            return done(left=1)
        self.kind[g] = Kind.NONE
        return done(left=0)


class OtherErrno(Enumerated):
    """Breaks it in one step: a refusal with another errno."""

    drop = Enumerated.drop.with_errno("not-held", EPERM)


class OtherOutput(Enumerated):
    """Breaks it in three steps: the same change with another output."""

    @ioctl
    def drop(self, g: Group) -> Outcome:
        """One less, and always tells that nothing is left."""
        if self.kind[g] is Kind.NONE:
            return refuse(EINVAL, "not-held")
        if self.twice[g]:
            self.twice[g] = False
            return done(left=0)
        self.kind[g] = Kind.NONE
        return done(left=0)


class DropsAll(Enumerated):
    """Breaks it in three steps: one drop lets both holders go."""

    @ioctl
    def drop(self, g: Group) -> Outcome:
        """None left."""
        if self.kind[g] is Kind.NONE:
            return refuse(EINVAL, "not-held")
        self.twice[g] = False
        self.kind[g] = Kind.NONE
        return done(left=0)


class StartsHeld(Enumerated):
    """Breaks it before the first step."""

    twice: Map[Group, bool] = everywhere(True)
    kind: Map[Group, Kind] = everywhere(Kind.USER)


class WritesWhatNeverChanges(Enumerated):
    """Breaks it in one step: `version` is fixed in `Counted`."""

    @kernel
    def bump(self) -> None:
        """A change of something that `Counted` has and never changes."""
        require(self.version < 3)
        self.version += 1


class Forgets(Enumerated):
    """Breaks it in three steps: an action that `Counted` does not have changes the count as no step of it does."""

    @kernel
    def forget(self) -> None:
        """Everything is let go of at once."""
        self.kind = everywhere(Kind.NONE)
        self.twice = everywhere(False)


class DropsBehind(Enumerated):
    """Keeps it: an action that `Counted` does not have does what one of its drops does."""

    @kernel
    def drop_one_of_two(self, g: Group) -> None:
        """As a drop would."""
        require(self.twice[g])
        self.twice[g] = False


class NoValue(Enumerated):
    """Breaks it in two steps: the image of a group held twice is a fault."""

    ends: Map[Group, Group | None] = everywhere(None)

    @image("counted.holders")
    def count(self, g: Group) -> int:
        """A project of None where the group is held twice."""
        if self.twice[g]:
            return 2 if self.same(self.ends[g], g) else 0
        return 0 if self.kind[g] is Kind.NONE else 1

    @pure
    def same(self, a: Group, b: Group) -> bool:
        """Equal."""
        return a == b
