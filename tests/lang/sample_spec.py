# ruff: noqa: E701, E702, F403, F405, RUF005
"""A spec with one of everything the language has; nothing here is true of any kernel."""

from enum import Enum, auto
from typing import TYPE_CHECKING

from spec.lang import *

if TYPE_CHECKING:
    from collections.abc import Sequence  # noqa: F401

LIMIT = 2
NAME = "sample"

class Device(Sort, size=2): "A device."
class User(Sort): "Somebody with an open file."
class Slot(Sort, size=2, ordered=True): "An id; `first` hands out the lowest."

class Mode(Enum):
    IDLE = auto()
    BUSY = auto()

class Era(OrderedEnum): E1 = auto(); E2 = auto(); E3 = auto()

class Default(Record): "The DMA-API domain."
class Blocking(Record): "Reaches nothing."
class Table(Record):
    "A domain that a user made."
    owner: User
    index: Slot
Domain = Default | Blocking | Table

@pure
def opposite(m: Mode) -> Mode:
    """The other mode."""
    return Mode.BUSY if m is Mode.IDLE else Mode.IDLE


class Counted(Spec):
    """A mixin that counts."""

    count: Annotated[int, Bounds(0, LIMIT)] = 0

    @helper
    def attach(self, d: Device, u: User, *, fails: bool) -> Outcome:
        """Count it."""
        self.count = min(self.count + 1, LIMIT)
        return DONE


class Base(Spec):
    """Two devices and their users."""

    era: Switch[Era] = Era.E3
    rollback: Switch[bool] = since(Era.E2)
    old_rule: Switch[bool] = until(Era.E1)
    pasids: Switch[bool] = False
    reattach_succeeds: Switch[bool] = axiom()

    direct: Constant[Map[Device, bool]] = everywhere(False)
    home: Constant[Map[Device, Mode]] = listed(Mode.IDLE, Mode.BUSY)

    owner: Map[Device, User | None] = everywhere(None)
    domain: Map[Device, Domain] = everywhere(Default())
    uses: Map[tuple[Device, Slot], bool] = everywhere(False)
    order: Seq[Device, Max(len(Device))] = ()
    mode: Mode = Mode.IDLE
    "Whether anything is bound."
    claimed: Ghost[Set[User]] = set()
    slot: Map[Device, Slot | None] = field(everywhere(None), since=Era.E2, when="pasids")

    profiles = {"6.1.y": profile(era=Era.E1), "6.12.y": profile(era=Era.E3)}
    configurations = {
        "core": configuration("No slots.", User=2),
        "slots": configuration("Slots on.", User=1, pasids=True, direct=listed(False, True)),
    }

    @ioctl(cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()", sure="read", any_order=("busy",))
    def claim(self, d: Device, who: User, *, oom: bool) -> Outcome:
        """Take `d`."""
        if self.owner[d] is not None:
            return refuse(EPERM, "already-held", sure="recorded", cites="sample")
        if d in self.order and len(self.order) > 1:
            return refuse(EBUSY, "busy")
        if oom:
            return refuse(ENOMEM, "no-memory")
        if (r := self.attach(d, who)).refused:
            return r
        self.owner[d] = who
        self.claimed |= {who}
        return done(index=len(self.order))

    @helper
    def attach(self, d: Device, u: User, *, fails: bool) -> Outcome:
        """Switch the hardware over."""
        if fails and not self.direct[d]:
            return refuse(EINVAL, "attach-failed")
        free = first(s for s in Slot if not any(self.uses[x, s] for x in Device))
        if free is None:
            self.domain[d] = Blocking()
            return DONE
        table = Table(owner=u, index=free)
        self.domain[d] = replace(table, index=free)
        self.uses[d, free] = True
        self.order = without(self.order, d) + (d,)
        self.mode = opposite(Mode.IDLE)
        return DONE

    @ioctl
    def release(self, d: Device, who: User) -> Outcome:
        """Give `d` back."""
        if self.owner[d] != who:
            return refuse(EPERM, "not-owner")
        now = self.domain[d]
        if isinstance(now, Table) and now.owner == who:
            self.uses[d, now.index] = False
        self.domain[d] = Default()
        self.owner[d] = None
        self.order = without(self.order, d)
        self.claimed = {u for u in self.claimed if any(self.owner[x] == u for x in Device)}
        if len(self.order) == 0 and self.mode is not Mode.IDLE:
            self.mode = Mode.IDLE
        return DONE

    @when("pasids")
    @ioctl
    def assign(self, d: Device, s: Slot) -> Outcome:
        """Name a slot."""
        if self.slot[d] == s:
            return refuse(EEXIST, "same-slot")
        for x in Device:
            other = self.slot[x]
            if other is None:
                continue
            if other >= s and x != d:
                return blocked("slot-order")
        self.slot[d] = s
        return DONE

    @kernel
    def drop_last(self) -> None:
        """Forget the newest entry."""
        require(0 < len(self.order) <= LIMIT and self.mode is Mode.BUSY)
        if self.order[0] in (self.order[len(self.order) - 1],) and self.old_rule:
            warn("the only one", sure="guessed")
        self.order = rest(self.order)

    @hardware
    def reset(self, d: Device) -> None:
        """Nothing survives."""
        require(not self.old_rule)
        self.domain[d] = Default()
        for s in Slot:
            if not self.uses[d, s]:
                continue
            self.uses[d, s] = False
            break

    @fault(cites="sample")
    def lose(self, d: Device) -> Outcome:
        """A loss with a partial effect."""
        require(self.owner[d] is not None)
        self.uses = everywhere(False)
        return refuse(EIO, "lost", partial=True)

    @invariant
    def few_entries(self) -> bool:
        return len(self.order) <= len(Device) and sum(1 for s in Slot if any(self.uses[d, s] for d in Device)) <= 2

    @invariant
    def owned_devices_are_claimed(self) -> bool:
        return all(implies(self.owner[d] is not None, self.owner[d] in self.claimed) for d in Device)

    @action_property("release")
    def a_release_frees(self, old: Self, outcome: Outcome, d: Device) -> bool:
        return implies(outcome.done, self.owner[d] is None and old.owner[d] is not None)

    @during
    def owners_change_last(self, old: Self) -> bool:
        return min(len(old.order), 1) + max(0, 1) >= 0

    @goal
    def both_are_held(self) -> bool:
        return min(1 if self.owner[d] is not None else 0 for d in Device) == 1

    @final
    def nothing_is_held(self) -> bool:
        return all(self.owner[d] is None for d in Device)

    @boundary
    def short(self) -> bool:
        return len(self.order) < 2 or len(self.claimed & self.claimed) - len(self.claimed - self.claimed) >= 0

    @assume
    def some_device_is_free(self) -> bool:
        return any(not self.direct[d] for d in Device)

    @initial
    def boot(self, *, busy: bool) -> None:
        if busy and self.pasids:
            self.mode = Mode.BUSY


@pure
def first_device() -> Device | None:
    """The lowest device."""
    return first(d for d in Device)


class Counting(Base):
    """Goes on to the next class."""

    @helper
    def attach(self, d: Device, u: User, *, fails: bool) -> Outcome:
        """The base's, with a failure that the caller fixes."""
        if first_device() == d:
            return DONE
        return super().attach(d, u, fails=False)


class Both(Counting, Counted):
    """Two bases."""

    def claim(self, d: Device, who: User, *, oom: bool) -> Outcome:
        """Both attach."""
        done_first = super().claim(d, who, oom=oom)
        if done_first.refused or done_first.errno == EIO or done_first.reason == "lost":
            return done_first
        self.count = min(self.count + 1, LIMIT)
        return done_first


@history("B1", breaks=("owned_devices_are_claimed",), cites="0123456789ab")
class Forgets(Base):
    """A small edit."""

    claim = Base.claim.without("already-held").with_errno("busy", EAGAIN).checking_first("no-memory")
    few_entries = None
    rollback: Switch[bool] = False

    def release(self, d: Device, who: User) -> Outcome:
        """The base's."""
        if 3 // 2 * 2 % 3 - 1 != 1:
            return super().release(d, who)
        return DONE
