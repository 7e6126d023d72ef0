"""Binding in phases, configure, probe and finish, against claims of the group."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership_state import Device
from spec.uapi.races.tasks import Hw, Task


class Phase(Enum):
    "Where the driver of a device is."
    NONE = auto()
    PROBING = auto()
    BOUND = auto()


class BindInPhases(Spec):
    """One group: kernel drivers are counted before their probe touches the device, and until after it failed.

    Userspace claims and releases the group meanwhile. Every step is under the group mutex or needs none, so that
    no lock is held between two of them; the device lock keeps a second bind of the same device out. Strong fairness
    says that a mutex is handed over: who waits for a device lock gets it, however often others bind and unbind.
    """

    device_lock: Map[Device, Mutex[Task]] = everywhere(FREE)
    owner_cnt: Annotated[int, Bounds(0, len(Device))] = 0
    owned: bool = False
    hw: Hw = Hw.DEFAULT
    phase: Map[Device, Phase] = everywhere(Phase.NONE)
    does_dma: Map[Device, bool] = everywhere(False)       # a kernel driver lets the device do DMA

    configurations = {"two-devices": configuration("Two devices, two tasks.", Device=2)}

    # --- under the group mutex ---

    def use(self) -> Outcome:
        """drivers/iommu/iommu.c:iommu_device_use_default_domain()."""
        if self.owned:
            return refuse(EBUSY, "owned", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_device_use_default_domain()")
        self.owner_cnt += 1
        return DONE

    def unuse(self) -> None:
        """drivers/iommu/iommu.c:iommu_device_unuse_default_domain()."""
        if self.owner_cnt == 0 or self.owned:
            warn("unuse of a group nobody uses", sure="read",
                 cites="drivers/iommu/iommu.c:iommu_device_unuse_default_domain()")
        else:
            self.owner_cnt -= 1

    # --- the driver core ---

    @process(thread=Task, fair="strong", cites="drivers/base/dd.c:really_probe()", sure="read")
    def bind(self, t: Task, d: Device, *, probe_fails: bool) -> Process:
        """Configure, probe, finish; a failed probe is cleaned up after."""
        require(self.phase[d] is Phase.NONE and self.device_lock[d] is None)
        yield from self.device_lock[d].acquire(t)
        if self.phase[d] is not Phase.NONE:
            self.device_lock[d].release(t)
            return refuse(EBUSY, "bound-meanwhile", sure="read", cites="drivers/base/dd.c:really_probe()")
        if (busy := self.use()).refused:
            self.device_lock[d].release(t)
            return busy
        yield "configured"
        self.phase[d] = Phase.PROBING
        self.does_dma[d] = True
        yield "probing"
        if probe_fails:
            self.does_dma[d] = False
            self.phase[d] = Phase.NONE
            yield "probe failed"
            self.unuse()
            self.device_lock[d].release(t)
            return refuse(EIO, "probe-failed", sure="guessed", cites="drivers/base/dd.c:really_probe()")
        self.phase[d] = Phase.BOUND
        self.device_lock[d].release(t)
        return DONE

    @process(thread=Task, fair="strong", cites="drivers/base/dd.c:__device_release_driver()", sure="read")
    def unbind(self, t: Task, d: Device) -> Process:
        """The driver's remove, then the cleanup."""
        require(self.phase[d] is Phase.BOUND)
        yield from self.device_lock[d].acquire(t)
        if self.phase[d] is Phase.BOUND:
            self.does_dma[d] = False
            yield "the driver has stopped"
            self.unuse()
            self.phase[d] = Phase.NONE
        self.device_lock[d].release(t)
        return DONE

    # --- userspace ---

    @ioctl(cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()", sure="read")
    def claim(self) -> Outcome:
        """Claim the group."""
        if self.owned or self.owner_cnt != 0:
            return refuse(EPERM, "already-held", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()")
        self.owned = True
        self.hw = Hw.BLOCKING
        return DONE

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_release_dma_owner()", sure="read")
    def release(self) -> None:
        """Release it."""
        require(self.owned)
        self.owned = False
        self.hw = Hw.DEFAULT

    # --- promises ---

    @invariant
    def no_kernel_driver_does_dma_in_an_owned_group(self) -> bool:
        """I1 EXCL, in every phase."""
        return implies(self.owned, not any(self.does_dma[d] for d in Device))

    @invariant
    def kernel_drivers_do_dma_on_the_default_domain(self) -> bool:
        """I16 READY."""
        return implies(any(self.does_dma[d] for d in Device), self.hw is Hw.DEFAULT)

    @leads_to
    def a_bind_ends(self, t: Task) -> Promise:
        """With a driver or without."""
        return leads_to(at(t, "bind"), not at(t, "bind"))

    @goal
    def a_claim_meets_a_probe(self) -> bool:
        """Userspace may ask in the middle of a probe."""
        return any(self.phase[d] is Phase.PROBING for d in Device)
