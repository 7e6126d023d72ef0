"""A shelf with two places: small, and with everything that a spec can say to a model."""

from enum import Enum, auto

from spec.lang import (
    DONE,
    EACCES,
    EBUSY,
    EINVAL,
    EIO,
    ENOENT,
    ENOMEM,
    Constant,
    Ghost,
    Map,
    Max,
    Outcome,
    Record,
    Seq,
    Set,
    Sort,
    Spec,
    Switch,
    axiom,
    blocked,
    configuration,
    done,
    every,
    everywhere,
    hardware,
    initial,
    ioctl,
    profile,
    refuse,
    require,
    warn,
)


class Item(Sort, size=2):
    "Something to put down."


class Place(Sort, size=2):
    "Where one item can lie."


class Lamp(Enum):
    "Off, or lit."

    OFF = auto()
    LIT = auto()


class Full(Record):
    "The item that lies there."

    item: Item


class Sticky(Record):
    "Nothing lies there, and nothing ever will."


class Shelf(Spec):
    """Items are put on places and taken away; a hook may break, and a lamp flickers."""

    strict: Switch[bool] = True
    rollback_succeeds: Switch[bool] = axiom()

    heavy: Constant[Map[Item, bool]] = every()

    on: Map[Place, Full | Sticky | None] = everywhere(None)
    lamp: Lamp = Lamp.OFF
    touched: Set[Item] = set()
    last: Seq[Item, Max(1)] = ()
    swapped: Ghost[bool] = False

    profiles = {"strict": profile(strict=True), "lax": profile(strict=False)}
    configurations = {"two": configuration("Two items."), "one": configuration("One item.", Item=1)}

    @initial
    def boot(self, *, lit: bool) -> None:
        self.lamp = Lamp.LIT if lit else Lamp.OFF

    @ioctl
    def put(self, i: Item, p: Place) -> Outcome:
        """Puts an item down; the hook may break, and so may the note that is taken."""
        if self.lamp is Lamp.OFF:
            return refuse(EACCES, "dark")
        if self.on[p] is not None:
            return refuse(EBUSY, "full")
        if self.lies(i):
            return refuse(EINVAL, "lies-elsewhere")
        return self.hang(i, p)

    def hang(self, i: Item, p: Place, *, breaks: bool, no_paper: bool) -> Outcome:
        """A heavy item may break the hook."""
        if self.heavy[i] and breaks:
            self.on[p] = Sticky()
            return refuse(EIO, "hook-broke", partial=True)
        if no_paper:
            return refuse(ENOMEM, "no-paper")
        self.on[p] = Full(item=i)
        self.last = (i,)
        self.touched |= {i}
        return done(where=p, before=self.count() - 1)

    def lies(self, i: Item) -> bool:
        return any(self.on[p] == Full(item=i) for p in Place)

    def count(self) -> int:
        return sum(1 for p in Place if isinstance(self.on[p], Full))

    @ioctl
    def take(self, p: Place) -> Outcome:
        """Takes away what lies there."""
        if not isinstance(self.on[p], Full):
            return refuse(ENOENT, "empty")
        if self.strict and self.lamp is Lamp.OFF:
            warn("taken in the dark")
        self.on[p] = None
        return DONE

    @ioctl
    def swap(self, a: Place, b: Place) -> Outcome:
        """Exchanges what lies on two places, one after the other; what slips is put back."""
        if self.lamp is Lamp.OFF:
            return blocked("waits-for-light")
        if self.slips() or self.slips():
            return refuse(EIO, "slipped")
        self.swapped = self.swapped or a != b
        first = self.on[a]
        self.on[a] = self.on[b]
        self.on[b] = first
        return DONE

    def slips(self, *, slipped: bool) -> bool:
        return slipped

    @hardware
    def burn_out(self) -> None:
        require(self.lamp is Lamp.LIT)
        self.lamp = Lamp.OFF

    @hardware
    def new_bulb(self) -> None:
        require(self.lamp is Lamp.OFF and self.count() < 2)
        self.lamp = Lamp.LIT
