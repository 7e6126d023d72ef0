"""The VMM on the source: pause, two passes, the last report, the streams; and the way back."""

from enum import Enum, auto

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover_memory import Memory
from spec.uapi.switchover_state import Copy, Device, Fd, Page


class Phase(Enum):
    "How far the migration is. vCPUs run in the first four; in PREPARE to FINISH they do not, nor on the way back."
    QUIET = auto()
    SETUP = auto()
    COPYING = auto()
    UNWIND = auto()
    PREPARE = auto()
    MAIN = auto()
    SYNC = auto()
    FINISH = auto()
    DONE = auto()
    BACK_PREPARE = auto()
    BACK_MAIN = auto()


class Image(Enum):
    """A device in the image: not read; not read, and no longer what it was when another or its own first part was read;
    as it is; as it was at a moment that is over; of no moment that all share."""
    NONE = auto()
    LATE = auto()
    WHOLE = auto()
    PAST = auto()
    TORN = auto()


@abstract
class SourceVmm(Memory):
    """QEMU's order, one step a call. Any step may be put off, and meanwhile the devices do what they may."""

    one_pass: Switch[bool] = False           # from RUNNING to STOP, device by device
    report_first: Switch[bool] = False       # the last report before the main pass
    log_stops_first: Switch[bool] = False    # logging ends when the vCPUs do

    phase: Phase = Phase.QUIET
    image: Ghost[Map[Device, Image]] = everywhere(Image.NONE)

    # --- answers to the questions of the devices ---

    def vcpus_run(self) -> bool:
        """True until the pause and after the way back."""
        return self.phase in (Phase.QUIET, Phase.SETUP, Phase.COPYING, Phase.UNWIND)

    def migrating(self) -> bool:
        """True if a copy of memory is wanted; one that was handed over is nobody's concern here."""
        return self.phase in (Phase.SETUP, Phase.COPYING, Phase.PREPARE, Phase.MAIN, Phase.SYNC, Phase.FINISH)

    def changed(self, d: Device) -> None:
        """What was read of the device is the past; what others still have to be read as was already there then."""
        if self.image[d] is Image.WHOLE:
            self.image[d] = Image.PAST
        elif self.image[d] is Image.NONE and any(self.image[e] is Image.PAST for e in Device):
            self.image[d] = Image.LATE

    def opened(self, d: Device) -> None:
        """A second session: what was sent of the first one does not fit what comes now."""
        if self.fd[d] is not Fd.NONE:
            self.image[d] = Image.LATE
        super().opened(d)

    def stream_garbled(self, d: Device) -> None:
        """A stopped device that is touched may write nonsense into its stream."""
        if self.state[d] is State.STOP_COPY and self.migrating():
            self.image[d] = Image.TORN

    # --- passes ---

    def wanted(self, d: Device) -> State:
        """A device whose data fd the VMM holds was saving before and stays in that session."""
        saves = self.fd[d] is not Fd.NONE
        if self.phase is Phase.SETUP:
            return State.PRE_COPY
        if self.phase is Phase.PREPARE:
            return State.PRE_COPY_P2P if saves else State.RUNNING_P2P
        if self.phase is Phase.MAIN:
            return State.STOP_COPY if saves else State.STOP
        if self.phase is Phase.FINISH:
            return State.STOP_COPY
        if self.phase is Phase.DONE:
            return State.STOP
        if self.phase is Phase.BACK_PREPARE:
            return State.RUNNING_P2P
        return State.RUNNING

    def in_pass(self, d: Device) -> bool:
        """True if the phase sets the state of this device; at the end only of one that does not yet save."""
        if self.phase is Phase.FINISH:
            return not self.failed and self.fd[d] is Fd.NONE
        return self.phase not in (Phase.QUIET, Phase.COPYING, Phase.SYNC)

    def dealt_with(self, d: Device) -> None:
        """At the end a device is dealt with when its stream was read."""
        if self.phase is Phase.FINISH:
            self.calling = None
        else:
            super().dealt_with(d)

    def pass_ended(self) -> None:
        """On to the next phase."""
        if self.phase is not Phase.DONE:
            self.passed = everywhere(False)
        if self.phase is Phase.SETUP:
            self.phase = Phase.COPYING
        elif self.phase is Phase.PREPARE:
            self.phase = Phase.SYNC if self.report_first else Phase.MAIN
        elif self.phase is Phase.MAIN:
            self.phase = Phase.FINISH if self.report_first else Phase.SYNC
        elif self.phase is Phase.BACK_PREPARE:
            self.phase = Phase.BACK_MAIN
        elif self.phase is Phase.UNWIND or self.phase is Phase.BACK_MAIN:
            self.phase = Phase.QUIET
            self.failed = False

    # --- the calls ---

    @ioctl(cites="QEMU hw/vfio/common.c:vfio_multiple_devices_migration_is_supported()", sure="read")
    def migrate(self, *, log_fails: bool) -> Outcome:
        """The `migrate` command: logging begins, devices that can be read while they run are."""
        if self.phase is not Phase.QUIET:
            return refuse(EBUSY, "already-migrating", sure="deduced", cites="QEMU migration/migration.c")
        if len(Device) > 1 and not self.p2p:
            return refuse(EINVAL, "devices-without-p2p", sure="read",
                          cites="QEMU hw/vfio/common.c:vfio_block_multiple_devices_migration()")
        if self.report_errors and log_fails:
            return refuse(ENOMEM, "no-log", sure="deduced",
                          cites="include/uapi/linux/vfio.h:VFIO_DEVICE_FEATURE_DMA_LOGGING_START")
        self.begin_memory()
        self.phase = Phase.SETUP if self.pre_copy else Phase.COPYING
        return DONE

    @kernel(cites="QEMU hw/vfio/common.c:vfio_sync_dirty_bitmap()", sure="read", fair="weak")
    def report(self, *, error: bool) -> None:
        """While the guest runs, and once more when its devices stand still."""
        require(self.phase in (Phase.COPYING, Phase.SYNC) and not self.failed)
        if not self.reported(error):
            self.failed = True
        elif self.phase is Phase.SYNC:
            self.final = True
            self.phase = Phase.MAIN if self.report_first else Phase.FINISH

    @kernel(cites="QEMU migration/ram.c:ram_save_target_page()", sure="deduced", fair="weak")
    def send(self, p: Page) -> None:
        """One page on its way."""
        require(p in self.todo and self.phase in (Phase.COPYING, Phase.FINISH) and not self.failed)
        self.todo = self.todo - {p}
        self.copy[p] = Copy.CURRENT

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_vmstate_change_prepare()", sure="read")
    def pause(self) -> None:
        """The vCPUs stop, then the devices: prepare pass, main pass."""
        require(self.phase is Phase.COPYING and not self.failed)
        if self.log_stops_first:
            self.stop_logging()
        self.phase = Phase.PREPARE if self.p2p and not self.one_pass else Phase.MAIN

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_save_complete_precopy()", sure="read", fair="weak")
    def read_stream(self, d: Device) -> None:
        """Read the data fd to its end; one that is dead answers ENODEV."""
        require(self.phase is Phase.FINISH and not self.failed and not self.passed[d])
        require(self.fd[d] is not Fd.NONE and self.calling is None and not self.broken)
        if self.fd[d] is Fd.DEAD:
            self.failed = True
        else:
            self.image[d] = Image.TORN if self.image[d] in (Image.LATE, Image.TORN) else Image.WHOLE
            self.passed[d] = True

    @kernel(cites="QEMU migration/migration.c:migration_completion()", sure="deduced", fair="weak")
    def complete(self) -> None:
        """Everything was sent: the destination may go on. What follows on this side is cleaning up."""
        require(self.phase is Phase.FINISH and not self.failed)
        require(all(self.passed[d] for d in Device) and self.todo == set())
        self.phase = Phase.DONE
        self.passed = everywhere(False)
        self.fd = everywhere(Fd.NONE)
        self.stop_logging()

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_save_cleanup()", sure="read", fair="weak")
    def cancel(self) -> None:
        """By the user, for a failure here, or, after the end, for one on the destination: devices go on here."""
        require(self.phase in (Phase.COPYING, Phase.SYNC, Phase.FINISH, Phase.DONE))
        require(self.calling is None)
        if self.phase is Phase.COPYING:
            self.phase = Phase.UNWIND
        else:
            self.phase = Phase.BACK_PREPARE if self.p2p and not self.one_pass else Phase.BACK_MAIN
        self.end_memory()
        self.passed = everywhere(False)
        self.fd = everywhere(Fd.NONE)
        self.image = everywhere(Image.NONE)
