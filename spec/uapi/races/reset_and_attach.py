"""A reset of one device against attaches of its group: what the group mutex keeps apart."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device
from spec.uapi.races.tasks import Hw, Task


class ResetAndAttach(Spec):
    """One group whose owner attaches and detaches a table, while its devices are reset and mapped for the first time.

    An attach goes from member to member and others run between two of them; a reset blocks its device first and
    attaches it to the domain of the group last. In a kdump kernel the first attach waits for the first mapping.
    """

    mapping_takes_mutex: Switch[bool] = True     # 7.0: the attach that was postponed is made under the group mutex

    group_mutex: Mutex[Task] = FREE
    members: Seq[Device, Max(len(Device))] = ()
    domain: Hw = Hw.DEFAULT                      # what the group believes it uses
    hw: Map[Device, Hw] = everywhere(Hw.BYPASS)
    deferred: Map[Device, bool] = everywhere(True)
    blocked: Map[Device, bool] = everywhere(False)
    in_reset: Ghost[Map[Device, bool]] = everywhere(False)   # may ignore an invalidation

    configurations = {"two-devices": configuration("Two devices, two tasks.", Device=2)}

    @initial
    def boot(self) -> None:
        """All devices are members; none is attached for real."""
        for d in Device:
            self.members = self.members + (d,)

    def in_recovery(self) -> bool:
        """True if a member is in reset."""
        return any(self.blocked[d] for d in Device)

    @process(thread=Task, cites="drivers/iommu/iommu.c:__iommu_group_set_domain_internal()", sure="read")
    def attach(self, t: Task) -> Process:
        """The owner attaches its table, to one member after the other."""
        require(self.domain is Hw.DEFAULT)
        yield from self.group_mutex.acquire(t)
        if self.in_recovery():
            self.group_mutex.release(t)
            return refuse(EBUSY, "reset-in-progress", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_group_set_domain_internal()")
        for d in self.members:
            self.deferred[d] = False
            self.hw[d] = Hw.TABLE
            yield "next member"
        self.domain = Hw.TABLE
        self.group_mutex.release(t)
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:__iommu_group_set_domain_nofail()", sure="read")
    def detach(self, t: Task) -> Process:
        """Back to the default domain; members in reset are passed over and follow when they are done."""
        require(self.domain is Hw.TABLE)
        yield from self.group_mutex.acquire(t)
        for d in self.members:
            if not self.blocked[d]:
                self.hw[d] = Hw.DEFAULT
            yield "next member"
        self.domain = Hw.DEFAULT
        self.group_mutex.release(t)
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:pci_dev_reset_iommu_prepare()", sure="read")
    def reset(self, t: Task, d: Device) -> Process:
        """Block, reset, attach again."""
        require(not self.blocked[d])
        yield from self.group_mutex.acquire(t)
        if self.blocked[d]:
            self.group_mutex.release(t)
            return refuse(EBUSY, "already-in-reset", sure="deduced", cites="the device lock keeps a second reset out")
        self.deferred[d] = False
        self.hw[d] = Hw.BLOCKING
        self.blocked[d] = True
        self.in_reset[d] = True
        self.group_mutex.release(t)
        yield "the device is in reset"
        self.in_reset[d] = False
        yield from self.group_mutex.acquire(t)
        self.hw[d] = self.domain
        self.blocked[d] = False
        self.group_mutex.release(t)
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_deferred_attach()", sure="read")
    def first_mapping(self, t: Task, d: Device) -> Process:
        """A driver maps for the first time: the postponed attach takes place."""
        require(self.deferred[d] and self.domain is Hw.DEFAULT)
        if self.mapping_takes_mutex:
            yield from self.group_mutex.acquire(t)
        else:
            yield "deferred, not yet attached"
        if self.mapping_takes_mutex and (self.blocked[d] or not self.deferred[d]):
            self.group_mutex.release(t)
            if self.blocked[d]:
                return refuse(EBUSY, "in-reset", sure="read", cites="drivers/iommu/iommu.c:iommu_deferred_attach()")
            return DONE
        self.hw[d] = Hw.DEFAULT
        self.deferred[d] = False
        if self.mapping_takes_mutex:
            self.group_mutex.release(t)
        return DONE

    # --- promises ---

    @invariant
    def resetting_devices_get_no_invalidations(self) -> bool:
        """I15 RESET."""
        return all(self.hw[d] is Hw.BLOCKING for d in Device if self.in_reset[d])

    @invariant
    def members_use_the_domain_of_their_group(self) -> bool:
        """I5 SAME, while nobody switches the group."""
        return implies(self.group_mutex is None,
                       all(self.hw[d] is self.domain for d in Device if not self.blocked[d] and not self.deferred[d]))

    @leads_to
    def a_reset_ends(self, d: Device) -> Promise:
        """L4: so that EBUSY does not last."""
        return leads_to(self.blocked[d], not self.blocked[d])

    @goal
    def a_detach_passes_over_a_device_in_reset(self) -> bool:
        """The two meet."""
        return self.domain is Hw.DEFAULT and any(self.blocked[d] and not self.deferred[d] for d in Device)
