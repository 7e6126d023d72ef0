"""A claim under the group mutex, with the allocation that it makes while it holds it."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Owner
from spec.uapi.races.tasks import Hw, Task


class ClaimUnderMutex(Spec):
    """One group, always on its default domain when nobody holds it; claims move the members one by one.

    Every way out of a claim unlocks, and nothing that a claim calls locks again.
    """

    group_mutex: Mutex[Task] = FREE
    owner: Owner | None = None
    domain: Hw = Hw.DEFAULT                              # what the group believes it uses
    hw: Map[Device, Hw] = everywhere(Hw.DEFAULT)

    configurations = {"two-tasks": configuration("Two devices, two claimers.", Device=2)}

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()", sure="read")
    def claim(self, t: Task, o: Owner, *, no_memory: bool) -> Process:
        """Take the group: allocate the blocking domain, attach it."""
        yield from self.group_mutex.acquire(t)
        if self.owner is not None:
            self.group_mutex.release(t)
            return refuse(EPERM, "already-held", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()")
        yield "allocating the blocking domain"
        if no_memory:
            self.group_mutex.release(t)
            return refuse(ENOMEM, "no-memory-for-blocking-domain", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain()")
        taken = self.take(o)
        self.group_mutex.release(t)
        return taken

    def take(self, o: Owner, *, attach_fails: bool) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_take_dma_ownership(), once there is a blocking domain."""
        if attach_fails:
            return refuse(ENOMEM, "attach-failed", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_take_dma_ownership()")
        for d in Device:
            self.hw[d] = Hw.BLOCKING
        self.domain = Hw.BLOCKING
        self.owner = o
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_group_release_dma_owner()", sure="read")
    def release(self, t: Task, o: Owner) -> Process:
        """Give the group back."""
        require(self.owner == o)
        yield from self.group_mutex.acquire(t)
        if self.owner == o:
            self.owner = None
            self.domain = Hw.DEFAULT
            for d in Device:
                self.hw[d] = Hw.DEFAULT
        self.group_mutex.release(t)
        return DONE

    @invariant
    def members_use_the_domain_of_their_group(self) -> bool:
        """I5 SAME."""
        return all(self.hw[d] is self.domain for d in Device)

    @invariant
    def owned_devices_leave_the_default_domain(self) -> bool:
        """I4 NOKERN."""
        return implies(self.owner is not None, all(self.hw[d] is not Hw.DEFAULT for d in Device))

    @leads_to
    def the_mutex_is_released(self, t: Task) -> Promise:
        """Nobody keeps the group for ever."""
        return leads_to(self.group_mutex == t, self.group_mutex != t)
