"""A box with a lid: small enough to know by hand what every log of it must give."""

from enum import Enum, auto

from spec.lang import (
    DONE,
    EACCES,
    EALREADY,
    EBUSY,
    EEXIST,
    EIO,
    ENODEV,
    Outcome,
    Set,
    Sort,
    Spec,
    Switch,
    configuration,
    done,
    hardware,
    ioctl,
    profile,
    refuse,
    require,
    warn,
)


class Lid(Enum):
    "Shut, or open."

    SHUT = auto()
    OPEN = auto()


class Thing(Sort, size=2):
    "Something to put in."


class Box(Spec):
    """Things go in while the lid is open; shaking may break one of them, and the log does not say which."""

    greedy: Switch[bool] = False
    warns: Switch[bool] = False
    lid: Lid = Lid.SHUT
    inside: Set[Thing] = set()
    broken: Thing | None = None
    hot: bool = False
    molten: bool = False

    profiles = {"plain": profile(greedy=False), "greedy": profile(greedy=True)}
    configurations = {"two": configuration("Two things.", Thing=2), "one": configuration("One.", Thing=1)}

    @ioctl
    def turn(self, wanted: Lid) -> Outcome:
        """Open or shut it."""
        if self.lid is wanted:
            return refuse(EALREADY, "already-there")
        self.lid = wanted
        return DONE

    @ioctl
    def put(self, t: Thing) -> Outcome:
        """Answers how many are inside."""
        if self.lid is Lid.SHUT:
            return refuse(EACCES, "shut")
        if t in self.inside and not self.greedy:
            return refuse(EEXIST, "inside-already")
        self.inside |= {t}
        return done(count=len(self.inside), lid=self.lid)

    @ioctl
    def shake(self, *, breaks: bool, first_one: bool) -> Outcome:
        """May break one thing; nobody sees which."""
        if self.broken is not None:
            return refuse(EIO, "broken")
        if breaks and len(self.inside) > 0:
            for t in Thing:
                if t in self.inside:
                    self.broken = t
                    if first_one:
                        break
        return DONE

    @ioctl
    def look(self, t: Thing) -> Outcome:
        """Is this one whole?"""
        if self.warns and self.broken == t:
            warn("a broken thing is looked at")
        return done(whole=self.broken != t)

    @ioctl
    def touch(self) -> Outcome:
        """It may have become hot, or worse."""
        if self.molten:
            return refuse(ENODEV, "molten")
        if self.hot:
            return refuse(EBUSY, "hot")
        return DONE

    @ioctl
    def smell(self) -> Outcome:
        """Two ways to be refused with one errno."""
        if self.molten:
            return refuse(EIO, "burnt")
        if self.hot:
            return refuse(EIO, "warm")
        return DONE

    @hardware
    def heat(self) -> None:
        require(self.lid is Lid.SHUT)
        self.hot = True

    @hardware
    def melt(self) -> None:
        require(self.hot)
        self.molten = True
