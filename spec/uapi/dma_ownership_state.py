"""The words and the state that all specs of DMA ownership share: devices, groups, owners, domains, drivers, eras."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *


class Device(Sort, size=3):
    "A device; three are needed to tell the failing member from the one before and the one not reached."


class Group(Sort, size=1):
    "The smallest set of devices that the IOMMU can isolate from the rest."


class Owner(Sort, size=2):
    "An opaque cookie that is never NULL: a VFIO container or group, or an iommufd context."


class TableId(Sort, size=1, ordered=True):
    "Tells the page tables of one owner apart."


class Era(OrderedEnum):
    "Two revisions of the series under review, then the merged interface: 5.19, 6.2, 6.5, 6.15, 7.0."
    V5 = auto()
    V8 = auto()
    E1 = auto()
    E2 = auto()
    E3 = auto()
    E4 = auto()
    E5 = auto()


class Driver(Enum):
    "Classes of drivers. KDMA uses the DMA API, KPRIV a domain of its own, KSTUB nothing, UDRV serves userspace."
    NONE = auto()
    KDMA = auto()
    KPRIV = auto()
    KSTUB = auto()
    UDRV = auto()


class Default(Record):
    "The domain of the DMA API; a change of its type makes a second object and frees the first."
    second: bool


class Blocking(Record):
    "Reaches nothing: a true blocked domain, or an empty page table where the driver has none."


class Table(Record):
    "A domain with what one owner mapped, and nothing else."
    owner: Owner
    index: TableId


class KernelTable(Record):
    "A domain that the kernel driver of one device made for itself; it reaches kernel memory."
    device: Device


Domain = Default | Blocking | Table | KernelTable


@abstract
class DmaState(Spec):
    """The state of groups and devices, with the switches that more than one concern reads."""

    # --- era and the fixes inside it ---
    era: Switch[Era] = Era.E5
    blocking_domain: Switch[bool] = since(Era.E1)        # a claim always assigns a domain (0286300e6045)
    rollback: Switch[bool] = since(Era.E3)               # a failed switch re-attaches the old domain
    revert_failing_member: Switch[bool] = until(Era.E4)  # the roll-back includes the member that failed
    direct_guard: Switch[bool] = since(Era.E3)           # 6.6: firmware's 1:1 regions forbid blocking (a48ce36e2786)
    must_spares_reset_fence: Switch[bool] = since(Era.E5)  # calls that must succeed pass it (5474e6e17a26)

    # --- features, switched on by configurations ---
    core_callers: Switch[bool] = True        # the in-kernel interface called directly, in place of VFIO and iommufd
    kernel_private: Switch[bool] = False     # drivers with a domain of their own
    membership: Switch[bool] = False         # devices come and go
    boot_window: Switch[bool] = False        # groups start without a default domain
    pasids: Switch[bool] = False             # PASID slot 1
    resets: Switch[bool] = False             # PCI resets
    deferral: Switch[bool] = False           # kdump: the first attach waits for the first mapping
    vfio: Switch[bool] = False               # VFIO groups and containers
    iommufd: Switch[bool] = False            # VFIO character devices bound to an iommufd
    attach_faults: Switch[bool] = False      # attaching one device may fail
    allocation_faults: Switch[bool] = False  # memory may run out
    aliased: Switch[bool] = False            # the members of a group share one requester id
    mistakes: Switch[bool] = False           # callers pass arguments that are simply wrong

    # --- axioms ---
    trusted_drivers: Switch[bool] = axiom()     # T1: a managed driver starts no DMA without a claim
    holders_attach: Switch[bool] = axiom()      # T2: only the claimer, or the sole kernel holder, attaches a group
    no_direct_joiners: Switch[bool] = axiom()   # T3: no device with 1:1 regions joins an owned group
    attach_is_atomic: Switch[bool] = axiom()    # a failed attach of one device leaves that device as it was
    reattach_succeeds: Switch[bool] = axiom()   # A-REATTACH: what must succeed does (first attach, undo, release)
    postponed_attach_succeeds: Switch[bool] = axiom()  # the first real attach of a deferred device does not fail
    cookies_are_real: Switch[bool] = axiom()    # nobody claims with a NULL cookie
    claims_wait_for_boot: Switch[bool] = axiom()  # nobody claims a group that has no default domain yet
    groups_are_closed: Switch[bool] = axiom()   # devices in reach of each other are put into one group

    # --- topology and firmware ---
    home: Constant[Map[Device, Group]] = every()                         # the group a device is or will be in
    require_direct: Constant[Map[Device, bool]] = everywhere(False)      # firmware demands a 1:1 region
    reaches: Constant[Map[tuple[Device, Device], bool]] = everywhere(False)  # peer-to-peer into the other's MMIO

    # --- group, under the group mutex ---
    members: Map[Group, Seq[Device, Max(len(Device))]] = everywhere(())  # in order of joining
    owner_cnt: Map[Group, Annotated[int, Bounds(0, 2 * len(Device))]] = everywhere(0)  # holders of one kind
    owner: Map[Group, Owner | None] = everywhere(None)
    domain: Map[Group, Domain | None] = everywhere(None)                 # what the group believes it uses
    default: Map[Group, Domain | None] = everywhere(None)
    handle: Map[Group, bool] = everywhere(False)        # slot 0 (no PASID) holds the handle of an iommufd attach
    pasid: Map[Group, Domain | None] = everywhere(None)                  # slot 1
    recovery_cnt: Map[Group, Annotated[int, Bounds(0, len(Device))]] = everywhere(0)

    # --- device ---
    hw: Map[Device, Domain | None] = everywhere(None)        # what the hardware translates with; None is bypass
    hw_pasid: Map[Device, Domain | None] = everywhere(None)  # the same for slot 1; None reaches nothing
    driver: Map[Device, Driver] = everywhere(Driver.NONE)    # a driver whose probe succeeded
    deferred: Map[Device, bool] = everywhere(False)
    blocked: Map[Device, bool] = everywhere(False)
    reset_depth: Map[Device, Annotated[int, Bounds(0, 2)]] = everywhere(0)

    # --- what callers believe, and what only the proof needs ---
    uses: Ghost[Map[Device, bool]] = everywhere(False)             # holds one use of the default domain
    claims: Ghost[Map[Device, Owner | None]] = everywhere(None)    # holds a device-level claim
    group_owner: Ghost[Map[Group, Owner | None]] = everywhere(None)
    alive: Ghost[Map[Group, Set[Domain]]] = everywhere(set())      # objects not freed yet, blocking ones apart
    pasid_alive: Ghost[Map[Group, bool]] = everywhere(False)       # the object a caller put into slot 1 exists
    in_reset: Ghost[Map[Device, Annotated[int, Bounds(0, 2)]]] = everywhere(0)  # may ignore invalidations
    switching: Ghost[Map[Group, Domain | None]] = everywhere(None)  # where a switch under way leads

    @assume
    @when("groups_are_closed")
    def devices_in_reach_share_a_group(self) -> bool:
        """I17 CLOSE: grouping follows the access control of the PCIe fabric."""
        return all(self.home[d] == self.home[e] for d in Device for e in Device if self.reaches[d, e])

    @initial
    def boot(self) -> None:
        """Every device is a member and on the default domain, unless a feature starts earlier."""
        if not self.membership:
            for d in Device:
                self.members[self.home[d]] = self.members[self.home[d]] + (d,)
        if not self.membership and not self.boot_window:
            for g in Group:
                if len(self.members[g]) > 0:
                    self.give_default(g)

    def give_default(self, g: Group) -> None:
        """Put every member on a fresh default domain, except those whose attach is deferred."""
        self.default[g] = Default(second=False)
        self.domain[g] = Default(second=False)
        self.keep_alive(g, Default(second=False))
        for d in self.members[g]:
            if self.deferral:
                self.deferred[d] = True
            else:
                self.hw[d] = Default(second=False)

    # --- small questions and ghosts ---

    def grouped(self, d: Device) -> bool:
        """True if the device has an iommu_group."""
        return d in self.members[self.home[d]]

    def idle(self, g: Group) -> bool:
        """True if nobody holds the group and it is on its default domain."""
        return (self.owner_cnt[g] == 0 and self.owner[g] is None and self.domain[g] is not None
                and self.domain[g] == self.default[g])

    def uses_default(self, g: Group) -> bool:
        """True if the group counts as being on its default domain."""
        return self.domain[g] == self.default[g]

    def slots_occupied(self, g: Group) -> bool:
        """True if the PASID array of the group is not empty."""
        return self.handle[g] or self.pasid[g] is not None

    def keep_alive(self, g: Group, it: Domain) -> None:
        """Note that a domain seen from this group exists."""
        self.alive[g] = self.alive[g] | {it}

    def free(self, g: Group, it: Domain) -> None:
        """Note that a domain seen from this group was freed."""
        self.alive[g] = self.alive[g] - {it}

    def free_tables(self, g: Group) -> None:
        """The owner frees what it attached to this group, believing that it is detached."""
        self.alive[g] = {it for it in self.alive[g] if not isinstance(it, Table)}

    def has_table(self, g: Group) -> bool:
        """True if an owner believes that a table of its own is attached to the group."""
        return any(isinstance(it, Table) for it in self.alive[g])

    def table(self, o: Owner, t: TableId) -> Domain:
        """The domain with this owner and index."""
        return Table(owner=o, index=t)
