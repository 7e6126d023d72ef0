"""The proposals v3 and v4: one call that sets an ownership type and a cookie, before the interface that was merged."""

from enum import Enum, auto
from typing import Annotated, Self

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Driver, Group, Owner


class OwnerType(Enum):
    "v3 starts at NONE; v4 has no NONE and starts at DMA_API."
    NONE = auto()
    DMA_API = auto()
    PRIVATE_DOMAIN = auto()
    PRIVATE_DOMAIN_USER = auto()


class View(Enum):
    "What the devices of a group translate with."
    DEFAULT = auto()
    PRIVATE = auto()
    DETACHED = auto()
    TABLE = auto()


@abstract
class EnumOwnership(Spec):
    """DMA ownership by an enumeration (v3 and v4 of the series, 2021-12)."""

    moves_domain: Switch[bool] = True     # later patches of v3: entering USER detaches; 01/18 alone only counts
    cookie_is_cleared: Switch[bool] = False   # neither v3 nor v4 clears the cookie at the last release

    home: Constant[Map[Device, Group]] = every()
    has_group: Constant[Map[Device, bool]] = every()

    dma_owner: Map[Group, OwnerType] = everywhere(OwnerType.DMA_API)
    owner_cnt: Map[Group, Annotated[int, Bounds(0, len(Device) + 2)]] = everywhere(0)
    owner_cookie: Map[Group, Owner | None] = everywhere(None)
    view: Map[Group, View] = everywhere(View.DEFAULT)
    driver: Map[Device, Driver] = everywhere(Driver.NONE)
    group_owner: Ghost[Map[Group, Owner | None]] = everywhere(None)

    def free_type(self) -> OwnerType:
        """The type of a group that nobody holds."""
        return OwnerType.DMA_API

    # --- core ---

    def set_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """iommu_device_set_dma_owner() and its group twin: one errno for another type and for another cookie."""
        if self.owner_cnt[g] > 0:
            if self.dma_owner[g] is not wanted or self.owner_cookie[g] != cookie:
                return refuse(EBUSY, "held-otherwise", sure="read", cites="v3 01/18 iommu_device_set_dma_owner()")
            self.owner_cnt[g] += 1
            return DONE
        return self.first_owner(g, wanted, cookie)

    def first_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """Count zero: what is stored is overwritten, whatever it was."""
        if self.moves_domain and wanted is OwnerType.PRIVATE_DOMAIN_USER:
            if self.view[g] is not View.DEFAULT:
                return refuse(EBUSY, "private-domain-attached", sure="read", cites="later patches of v3")
            self.view[g] = View.DETACHED
        self.dma_owner[g] = wanted
        self.owner_cookie[g] = cookie
        self.owner_cnt[g] = 1
        return DONE

    def release_owner(self, g: Group, held: OwnerType) -> None:
        """iommu_device_release_dma_owner(): the cookie is not compared."""
        if self.dma_owner[g] is not held or self.owner_cnt[g] == 0:
            warn("release of another type, or of a group nobody holds", sure="read",
                 cites="v3 01/18 iommu_device_release_dma_owner()")
        else:
            self.owner_cnt[g] -= 1
            if self.owner_cnt[g] == 0:
                self.last_release(g)

    def last_release(self, g: Group) -> None:
        """Nobody holds the group any more."""
        if self.moves_domain and self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN_USER:
            if self.view[g] is View.TABLE:
                warn("private domain still attached", sure="read", cites="later patches of v3")
            self.view[g] = View.DEFAULT
        self.dma_owner[g] = self.free_type()
        if self.cookie_is_cleared:
            self.owner_cookie[g] = None

    @pure
    def type_of(self, driver: Driver) -> OwnerType:
        """What the driver core sets for a driver of this class."""
        return OwnerType.PRIVATE_DOMAIN if driver is Driver.KPRIV else OwnerType.DMA_API

    def counts(self, d: Device) -> bool:
        """True if the device's driver holds the group."""
        return self.has_group[d] and (self.driver[d] is Driver.KDMA or self.driver[d] is Driver.KPRIV)

    # --- actions ---

    @kernel(cites="v3 01/18 and the driver core hook", sure="read")
    def bind(self, d: Device, driver: Driver) -> Outcome:
        """Bind a driver; one with the flag to suppress it sets nothing."""
        require(self.driver[d] is Driver.NONE)
        require(driver is Driver.KDMA or driver is Driver.KPRIV or driver is Driver.UDRV)
        if driver is not Driver.UDRV:
            if not self.has_group[d]:
                if driver is Driver.KPRIV:
                    return refuse(ENODEV, "no-group", sure="read", cites="v3 01/18 iommu_device_set_dma_owner()")
            else:
                held = self.set_owner(self.home[d], self.type_of(driver), None)
                if held.refused:
                    return held
        self.driver[d] = driver
        return DONE

    @kernel(cites="v3 01/18 and the driver core hook", sure="read")
    def unbind(self, d: Device) -> None:
        """Unbind: a private domain is detached first."""
        require(self.driver[d] is not Driver.NONE)
        if self.counts(d):
            if self.driver[d] is Driver.KPRIV and self.owner_cnt[self.home[d]] == 1:
                self.view[self.home[d]] = View.DEFAULT
            self.release_owner(self.home[d], self.type_of(self.driver[d]))
        self.driver[d] = Driver.NONE

    @kernel(cites="v3, attach of a private domain by a driver that set PRIVATE_DOMAIN", sure="deduced")
    def attach_private(self, d: Device) -> None:
        """A driver that holds the group as PRIVATE_DOMAIN attaches its domain."""
        require(self.counts(d) and self.driver[d] is Driver.KPRIV)
        self.view[self.home[d]] = View.PRIVATE

    @ioctl(cites="v3, VFIO group set container", sure="read")
    def claim(self, g: Group, o: Owner) -> Outcome:
        """Userspace takes a group."""
        if self.group_owner[g] is not None:
            return refuse(EINVAL, "container-already-set", sure="read", cites="drivers/vfio/vfio.c")
        held = self.set_owner(g, OwnerType.PRIVATE_DOMAIN_USER, o)
        if held.done:
            self.group_owner[g] = o
        return held

    @kernel(cites="v3, VFIO attach", sure="read")
    def attach(self, g: Group) -> None:
        """The owner attaches its table."""
        require(self.group_owner[g] is not None and self.view[g] is not View.TABLE)
        self.view[g] = View.TABLE

    @kernel(cites="v3, VFIO group release", sure="read")
    def release(self, g: Group) -> None:
        """The owner detaches and lets go."""
        require(self.group_owner[g] is not None)
        self.view[g] = View.DETACHED if self.moves_domain else View.DEFAULT
        self.release_owner(g, OwnerType.PRIVATE_DOMAIN_USER)
        self.group_owner[g] = None

    # --- lemmas ---

    @lemma
    def the_type_is_that_of_all_holders(self) -> bool:
        """Nobody gets in under another type."""
        return (all(self.dma_owner[self.home[d]] is self.type_of(self.driver[d]) for d in Device if self.counts(d))
                and all(self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN_USER
                        for g in Group if self.group_owner[g] is not None))

    @lemma
    def kernel_drivers_hold_without_a_cookie(self) -> bool:
        """Two of them never differ in it."""
        return all(self.owner_cookie[self.home[d]] is None for d in Device if self.counts(d))

    @lemma
    def views_belong_to_holders(self) -> bool:
        """A group leaves its default domain with a holder, and comes back with the last one."""
        return all(self.group_owner[g] is not None
                   or self.view[g] is View.DEFAULT
                   or (self.view[g] is View.PRIVATE and self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN
                       and self.owner_cnt[g] > 0) for g in Group)

    @lemma
    def drivers_are_of_the_classes_that_bind(self) -> bool:
        """There are no stubs here."""
        return all(self.driver[d] is not Driver.KSTUB for d in Device)

    # --- promises, the same for both ---

    @invariant
    def kernel_and_userspace_never_share_a_group(self) -> bool:
        """I1 EXCL."""
        return all(self.group_owner[self.home[d]] is None for d in Device if self.counts(d))

    @invariant
    def owner_count_is_the_number_of_holders(self) -> bool:
        """I2 COUNT."""
        return all(self.owner_cnt[g] == sum(1 for d in Device if self.home[d] == g and self.counts(d))
                   + (1 if self.group_owner[g] is not None else 0) for g in Group)

    @invariant
    def the_cookie_is_the_owners_while_claimed(self) -> bool:
        """I3 COOKIE."""
        return all(self.owner_cookie[g] == self.group_owner[g] for g in Group if self.group_owner[g] is not None)

    @invariant
    def a_group_that_nobody_holds_has_the_free_type(self) -> bool:
        """What NONE says in v3 the count says in v4."""
        return all(self.dma_owner[g] is self.free_type() for g in Group if self.owner_cnt[g] == 0)

    @invariant
    @when("moves_domain")
    def owned_groups_leave_the_default_domain(self) -> bool:
        """I4 NOKERN, as far as the group's domain tells."""
        return all(self.view[g] is View.DETACHED or self.view[g] is View.TABLE
                   for g in Group if self.group_owner[g] is not None)

    @action_property("release", "unbind")
    def the_last_release_restores_the_default_domain(self, old: Self, outcome: Outcome) -> bool:
        """I7 RESTORE."""
        return all(self.view[g] is View.DEFAULT for g in Group if old.owner_cnt[g] > 0 and self.owner_cnt[g] == 0)

    @action_property("claim")
    def a_stale_cookie_keeps_nobody_out(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """L2: what the last owner left behind never decides."""
        return implies(old.owner_cnt[g] == 0, outcome.done)

    @goal
    def two_drivers_share_a_type(self) -> bool:
        """A count of two."""
        return any(self.owner_cnt[g] == 2 for g in Group)


class OwnershipV3(EnumOwnership):
    """v3 of the series: an explicit NONE, and a count beside it."""

    dma_owner: Map[Group, OwnerType] = everywhere(OwnerType.NONE)

    def free_type(self) -> OwnerType:
        """NONE."""
        return OwnerType.NONE


class OwnershipV4(EnumOwnership):
    """v4 of the series: a device always sits in some domain, so a free group is at DMA_API with a count of zero."""
