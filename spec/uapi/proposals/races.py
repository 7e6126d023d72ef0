"""Proposals that stand or fall with the order of steps of two threads."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Owner
from spec.uapi.dma_ownership_type import Kind
from spec.uapi.races.claim_lock import ClaimUnderMutex
from spec.uapi.races.probe_phases import BindInPhases, Phase
from spec.uapi.races.tasks import Task
from spec.uapi.races.type_change import TypeChangeUnderMutex
from spec.uapi.races.vfio_removal import VfioRemoval


@proposal("P07", status="rejected", breaks=("no_kernel_driver_does_dma_in_an_owned_group",),
          cites="Bjorn Helgaas, 2021-11 to 2022-01; answers by Jason Gunthorpe and Lu Baolu")
class UseFromTheProbe(BindInPhases):
    """No flag and no hook: a driver takes its use, or makes its claim, in its own probe.

    The verdict VIOLATED: by then the driver has the device in its hands. Userspace may own the group while the probe
    runs, and a driver that nobody has changed yet never asks at all. The hook comes first, and counting is the default
    because nearly every driver does DMA for the kernel.
    """

    @process(thread=Task, cites="this proposal", sure="deduced")
    def bind(self, t: Task, d: Device, *, probe_fails: bool) -> Process:
        """The probe starts at once and asks on its way."""
        require(self.phase[d] is Phase.NONE and self.device_lock[d] is None)
        yield from self.device_lock[d].acquire(t)
        if self.phase[d] is not Phase.NONE:
            self.device_lock[d].release(t)
            return refuse(EBUSY, "bound-meanwhile", sure="read", cites="drivers/base/dd.c:really_probe()")
        self.phase[d] = Phase.PROBING
        self.does_dma[d] = True
        yield "probing"
        held = self.use()
        if held.refused or probe_fails:
            self.does_dma[d] = False
            self.phase[d] = Phase.NONE
            if held.done:
                self.unuse()
            self.device_lock[d].release(t)
            return refuse(EIO, "probe-failed", sure="guessed", cites="drivers/base/dd.c:really_probe()")
        self.phase[d] = Phase.BOUND
        self.device_lock[d].release(t)
        return DONE


@proposal("P14-mutex", status="draft", breaks=("no_lock_cycle", "the_mutex_is_released"),
          cites="Robin Murphy's draft of a purgatory domain, 2022-05-03; deduced from its text")
class ClaimLocksTwice(ClaimUnderMutex):
    """The draft's helper that makes the domain for owned groups takes the group mutex, which its caller holds.

    The verdict VIOLATED: the first claim waits for itself.
    """

    @process(thread=Task, cites="draft of 2022-05-03", sure="deduced")
    def claim(self, t: Task, o: Owner, *, no_memory: bool) -> Process:
        """As in the base, but the helper locks by itself."""
        yield from self.group_mutex.acquire(t)
        if self.owner is not None:
            self.group_mutex.release(t)
            return refuse(EPERM, "already-held", sure="read", cites="draft of 2022-05-03")
        yield from self.group_mutex.acquire(t)
        if no_memory:
            self.group_mutex.release(t)
            return refuse(ENOMEM, "no-memory-for-purgatory", sure="read", cites="draft of 2022-05-03")
        taken = self.take(o)
        self.group_mutex.release(t)
        return taken


@proposal("P14-unlock", status="draft", breaks=("no_warnings", "the_mutex_is_released"),
          cites="Robin Murphy's draft of a purgatory domain, 2022-05-03; deduced from its text")
class ClaimKeepsTheMutex(ClaimUnderMutex):
    """One way out of the draft's claim returns an error and keeps the group mutex.

    The verdict VIOLATED: the next caller waits for ever, and the thread that returned does not know why.
    """

    @process(thread=Task, cites="draft of 2022-05-03", sure="deduced")
    def claim(self, t: Task, o: Owner, *, no_memory: bool) -> Process:
        """As in the base, but for what happens without memory."""
        yield from self.group_mutex.acquire(t)
        if self.owner is not None:
            self.group_mutex.release(t)
            return refuse(EPERM, "already-held", sure="read", cites="draft of 2022-05-03")
        yield "allocating the blocking domain"
        if no_memory:
            return refuse(ENOMEM, "no-memory-for-purgatory", sure="read", cites="draft of 2022-05-03")
        taken = self.take(o)
        self.group_mutex.release(t)
        return taken


@proposal("P17", status="replaced by the group mutex and the count of holders", breaks=("no_lock_cycle",),
          cites="review of the sysfs type change, before 6.5")
class TypeChangeUnderDeviceLocks(TypeChangeUnderMutex):
    """Writing a type takes the lock of every member, so that no driver can bind or go meanwhile.

    The verdict VIOLATED: the members are only known under the group mutex, and an unplug that holds the lock of its
    device waits for that mutex, so that each has what the other wants. The base, with the mutex and the count, holds.
    """

    @process(thread=Task, cites="this proposal", sure="read")
    def write_type(self, t: Task, kind: Kind) -> Process:
        """The mutex, then every device lock."""
        yield from self.group_mutex.acquire(t)
        for d in self.members:
            yield from self.device_lock[d].acquire(t)
        result = self.exchange(kind)
        for d in self.members:
            self.device_lock[d].release(t)
        self.group_mutex.release(t)
        return result


@proposal("P18", status="a first version hung, the group is revoked instead", breaks=(),
          cites="thread on B11, 2022-10-04 to 2022-10-05")
class WaitForEveryUser(VfioRemoval):
    """Unplug lets nobody in and waits for every user of the group, also for those with an idle group fd.

    The verdict HOLDS rests on the assumption, made here and nowhere else, that every user closes some day; without it
    (`--unfair group_close`) this is B11. Revoking the group, as the base does, needs no assumption about userspace.
    """

    waits_for_group_fd: Switch[bool] = True
    group_close = VfioRemoval.group_close.with_fairness("weak")

    def group_open(self) -> Outcome:
        """Nobody comes in any more."""
        if self.leaving:
            return refuse(ENODEV, "group-is-leaving", sure="deduced", cites="this proposal")
        return super().group_open()
