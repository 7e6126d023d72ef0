"""A change of the default-domain type against the removal of devices: two locks, and a test outside of one."""

from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership_state import Device
from spec.uapi.dma_ownership_type import Kind
from spec.uapi.races.tasks import Task


class TypeChangeUnderMutex(Spec):
    """One group: writing a type takes the group mutex only, and the count of holders stands in for the drivers.

    Binding and unplugging hold the lock of the device and take the group mutex inside.
    """

    device_lock: Map[Device, Mutex[Task]] = everywhere(FREE)
    group_mutex: Mutex[Task] = FREE
    members: Seq[Device, Max(len(Device))] = ()
    owner_cnt: Annotated[int, Bounds(0, len(Device))] = 0
    default: Kind | None = None                        # the type of the default domain, None without one
    uses: Map[Device, bool] = everywhere(False)
    started_on: Ghost[Map[Device, Kind | None]] = everywhere(None)   # for whom DMA addresses were made

    configurations = {"two-devices": configuration("Two devices, two tasks.", Device=2)}

    @initial
    def boot(self) -> None:
        """All devices are members, none has a driver."""
        for d in Device:
            self.members = self.members + (d,)
        self.default = Kind.DMA

    # --- devices ---

    @process(thread=Task, cites="drivers/base/dd.c:really_probe()", sure="read")
    def bind(self, t: Task, d: Device) -> Process:
        """A kernel driver: one use of the default domain."""
        require(not self.uses[d] and d in self.members)
        yield from self.device_lock[d].acquire(t)
        yield from self.group_mutex.acquire(t)
        if not self.uses[d] and d in self.members:
            self.owner_cnt += 1
            self.uses[d] = True
            self.started_on[d] = self.default
        self.group_mutex.release(t)
        self.device_lock[d].release(t)
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_release_device()", sure="read")
    def unplug(self, t: Task, d: Device) -> Process:
        """Unbind, then leave the group; the last one takes the default domain along."""
        require(d in self.members)
        yield from self.device_lock[d].acquire(t)
        yield from self.group_mutex.acquire(t)
        if self.uses[d]:
            self.owner_cnt -= 1
            self.uses[d] = False
        self.leave(d)
        self.group_mutex.release(t)
        self.device_lock[d].release(t)
        return DONE

    def leave(self, d: Device) -> None:
        """drivers/iommu/iommu.c:__iommu_group_remove_device()."""
        if d in self.members:
            self.members = without(self.members, d)
            if len(self.members) == 0:
                self.default = None

    # --- sysfs ---

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    def write_type(self, t: Task, kind: Kind) -> Process:
        """Exchange the default domain while nobody holds the group."""
        yield from self.group_mutex.acquire(t)
        result = self.exchange(kind)
        self.group_mutex.release(t)
        return result

    def exchange(self, kind: Kind) -> Outcome:
        """Under the group mutex."""
        if len(self.members) == 0 or self.owner_cnt != 0:
            return refuse(EPERM, "group-in-use", sure="read", cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        self.default = kind
        return DONE

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    def start_flush_queue(self, t: Task) -> Process:
        """DMA to DMA-FQ: in place, whoever holds the group."""
        yield from self.group_mutex.acquire(t)
        if self.default is None:
            self.group_mutex.release(t)
            return refuse(EINVAL, "no-default-domain", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        self.default = self.with_queue(self.default)
        self.group_mutex.release(t)
        return DONE

    @pure
    def with_queue(self, kind: Kind) -> Kind:
        """The type with a flush queue."""
        return Kind.DMA_FQ if kind is Kind.DMA else kind

    # --- promises ---

    @invariant
    def owner_count_is_the_number_of_users(self) -> bool:
        """I2 COUNT."""
        return self.owner_cnt == sum(1 for d in Device if self.uses[d])

    @invariant
    def no_driver_is_moved_to_another_type(self) -> bool:
        """I6 CHANGE: a flush queue may be added, nothing else changes under a driver."""
        return all(self.default is not None and self.with_queue(self.default) is self.with_queue(self.started_on[d])
                   for d in Device if self.uses[d])
