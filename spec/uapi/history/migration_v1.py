"""What protocol v1 could not keep: the twelve problems of November 2021, one at a time, and a macro nobody compiled.

Each puts the protocol into a world in which the question comes up, with a promise that a user would want there. The
protocol is not edited; where the answer is open, a constant takes every answer, and each breaks something.
"""

from enum import Enum, auto
from typing import Annotated, Self

from spec.lang import *
from spec.uapi.migration_v1 import MigrationV1
from spec.uapi.migration_v1_state import RESUMING, SAVING, Device, Reading, running
from spec.uapi.migration_v1_wishes import PeersWish, WithNdma


@history("M02", breaks=("a_broken_device_says_so",),
         cites="fix of VFIO_DEVICE_STATE_SET_ERROR posted 2021-10-26")
class MisspeltErrorMacro(MigrationV1):
    """The macro that reports an error named a bit that does not exist, so no driver can have used it.

    A device whose write failed for good then shows the value it had before, and the user goes on.
    """

    configurations = {"region": configuration("One device.", Device=1)}

    def report_error(self, d: Device) -> None:
        """It does not compile."""


@history("V01", breaks=("a_stopped_device_writes_no_memory", "a_stopped_device_raises_no_interrupt",
                        "a_stopped_device_keeps_its_state", "a_complete_stream_ends_with_the_state_in_stop_and_copy",
                        "a_faithful_replay_restores_the_state_in_stop_and_copy"),
         cites="thread of 2021-10 and 2021-11, mlx5: what does !RUNNING mean")
class StopIsUndefined(MigrationV1):
    """Nothing says what a device that does not run may do; so it may do everything."""

    reading: Constant[Reading] = Reading.LOOSE
    configurations = {
        "world": configuration("A guest, memory and interrupts.", Device=1, region=False, host=True),
        "region": configuration("A stream is saved and put back.", Device=1),
    }


@history("V02", breaks=("no_p2p_write_is_lost",), cites="thread of 2021-10 and 2021-11: P2P between assigned devices")
class DevicesStopOneByOne(PeersWish):
    """A device is stopped while another still runs and writes into its BAR; no order of stopping them avoids that."""

    configurations = {"peers": configuration("Two devices.", Device=2, region=False, peers=True)}

    @action_property("write_state")
    def whoever_stops_first_is_exposed(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """This one holds, which is the problem."""
        return implies(self.stopped(d) and all(running(old.device_state[e]) for e in Device),
                       any(self.starts_dma(e) for e in Device if e != d))


@history("V03", breaks=("no_p2p_write_is_lost", "a_stopped_device_keeps_its_state"),
         cites="drivers/vfio/pci/mlx5: the flags QUIESCED and FREEZED of the first version")
class QuiescentOrFrozen(PeersWish):
    """One bit for two states: a frozen device loses what peers write, and one that answers them is not static.

    mlx5 needed both, and had two flags of its own beside the bit.
    """

    reading: Constant[Reading] = every()
    configurations = {"peers": configuration("Two devices, either reading.", Device=2, region=False, peers=True)}

    @assume
    def the_reading_is_one_of_the_two(self) -> bool:
        """With neither see V01."""
        return self.reading is not Reading.LOOSE


@history("V04", breaks=("the_interrupts_of_a_stopped_device_can_be_programmed", "nothing_touches_a_stopped_device"),
         cites="thread of 2021-10 and 2021-11: a resume programs MSI-X through SET_IRQS")
class StoppedButProgrammed(MigrationV1):
    """A device that is to be absolutely static cannot be given the interrupts that it needs when it runs again."""

    static: Constant[bool] = every()     # no access at all while the device does not run
    configurations = {"world": configuration("With the rule, and without.", Device=1, region=False, host=True)}

    def set_irqs(self, d: Device) -> Outcome:
        """The rule spares nobody."""
        if self.static and self.stopped(d):
            return refuse(EBUSY, "device-is-stopped", sure="guessed", cites="the rule taken literally")
        return super().set_irqs(d)

    @action_property("set_irqs")
    def nothing_touches_a_stopped_device(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """What "stopped" would mean."""
        return implies(outcome.done, running(old.device_state[d]))


@history("V05", breaks=("no_register_of_a_stopped_device_is_written",),
         cites="thread of 2021-10 and 2021-11: SET_IRQS is an ioctl, the MMIO is the kernel's")
class KernelTouchesForTheUser(MigrationV1):
    """The user's mappings are taken away while the device does not run; SET_IRQS still writes its registers.

    Whether that counts is a question of words, and was answered: it is exempt, being core MSI-X code. What the search
    shows is only that an exemption is needed.
    """

    configurations = {"world": configuration("One device.", Device=1, region=False, host=True)}

    def mmio(self, d: Device) -> Outcome:
        """There is no mapping to go through."""
        if self.stopped(d):
            return refuse(EFAULT, "mapping-is-gone", sure="deduced", cites="a zap of the user's mappings")
        return super().mmio(d)

    @action_property("mmio", "set_irqs")
    def no_register_of_a_stopped_device_is_written(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """By anybody."""
        return implies(outcome.done, running(old.device_state[d]))


@history("V06", breaks=("nothing_touches_a_device_that_saves_or_resumes",
                        "programmed_interrupts_are_there_when_the_device_runs"),
         cites="thread of 2021-10 and 2021-11: SET_IRQS after resuming is cleared and before running is set")
class IrqsAtAnyTime(MigrationV1):
    """Nothing says when SET_IRQS has its place; before the stream is loaded its effect may be lost.

    When it *should* come is a preference; that the wrong time loses interrupts is the consequence.
    """

    programmed: Map[Device, bool] = everywhere(False)     # the device has its interrupts
    asked: Ghost[Map[Device, bool]] = everywhere(False)   # the user has given them
    configurations = {"world": configuration("One device.", Device=1, region=False, host=True)}

    def set_irqs(self, d: Device) -> Outcome:
        """Accepted in every state."""
        self.programmed[d] = True
        self.asked[d] = True
        return DONE

    def leave(self, d: Device, value: Annotated[int, Bounds(0, 7)], *, stream_has_interrupts: bool) -> None:
        """The stream may bring interrupts of its own."""
        if self.device_state[d] == RESUMING and stream_has_interrupts:
            self.programmed[d] = False
        super().leave(d, value)

    def fresh(self, d: Device) -> None:
        """A reset takes the interrupts away."""
        self.programmed[d] = False
        self.asked[d] = False

    @action_property("set_irqs")
    def nothing_touches_a_device_that_saves_or_resumes(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """The time that was preferred."""
        return implies(old.device_state[d] == SAVING or old.device_state[d] == RESUMING, outcome.refused)

    @invariant
    def programmed_interrupts_are_there_when_the_device_runs(self) -> bool:
        """Whoever was told that they are programmed relies on it."""
        return all(self.programmed[d] for d in Device if self.asked[d] and running(self.device_state[d]))


class Vector(Sort, size=2): "An interrupt of the host that an entry of the MSI-X table can point at."


@history("V07", breaks=("the_host_listens_where_the_device_signals",),
         cites="thread of 2021-10 and 2021-11: interrupts are rebalanced at any time")
class VectorsMove(MigrationV1):
    """The MSI-X table is part of the stream, and the host moves the interrupt between the save and the resume."""

    table: Map[Device, Vector | None] = everywhere(None)         # what the device signals
    routed: Map[Device, Vector | None] = everywhere(None)        # where the host listens
    saved_table: Map[Device, Vector | None] = everywhere(None)   # what the stream tells
    configurations = {"world": configuration("One device that is saved and put back.", Device=1, region=False)}

    @initial
    def boot(self) -> None:
        """Every device has an interrupt."""
        for d in Device:
            self.route(d)

    def route(self, d: Device, *, v: Vector) -> None:
        """Nature says which."""
        self.table[d] = v
        self.routed[d] = v

    @kernel(cites="the affinity of an interrupt of the host changes", sure="deduced")
    def rebalance(self, d: Device, v: Vector) -> None:
        """The host rewrites the entry of the device and listens at the new place."""
        require(self.routed[d] != v)
        self.table[d] = v
        self.routed[d] = v

    def enter(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """The table goes along like any other register."""
        if value == SAVING:
            self.saved_table[d] = self.table[d]
        elif self.device_state[d] == RESUMING and self.saved_table[d] is not None:
            self.load_table(d)
        super().enter(d, value)

    def load_table(self, d: Device) -> None:
        """What was saved is put back."""
        self.table[d] = self.saved_table[d]

    @invariant
    def the_host_listens_where_the_device_signals(self) -> bool:
        """Else the interrupt goes to nobody, or to somebody else."""
        return all(self.table[d] == self.routed[d] for d in Device)


@history("V08", breaks=("no_p2p_write_is_lost", "every_device_can_be_silenced"),
         cites="thread of 2021-10 and 2021-11: hns accelerators")
class DeviceThatCannotQuiesce(WithNdma):
    """One device cannot run, answer and be silent at once; beside it no bit and no order helps the others."""

    can_quiesce: Constant[Map[Device, bool]] = listed(True, False)
    configurations = {"peers": configuration("The second device is of that kind.",
                                             Device=2, region=False, peers=True)}

    @action_property("write_ndma")
    def every_device_can_be_silenced(self, old: Self, outcome: Outcome) -> bool:
        """What a mandatory bit would mean."""
        return implies(outcome.refused, outcome.errno == EIO)


class Access(Enum):
    "What somebody may want of a device that does not run."
    CONFIG = auto()
    MSIX_TABLE = auto()
    BAR = auto()


@history("V09", breaks=("what_a_resume_needs_is_allowed",),
         cites="thread of 2021-10 and 2021-11: a list of what is allowed while stopped")
class NoListOfAccesses(MigrationV1):
    """Without a list each driver may refuse what it likes, and each user expect what it likes.

    A question of words: every choice of `tolerates` conforms, so the search takes all of them, and finds the ones that
    a resume cannot work with. It says nothing of which list would be the right one.
    """

    tolerates: Constant[Map[Access, bool]] = every()
    configurations = {"world": configuration("Every list.", Device=1, region=False)}

    @ioctl(cites="read and write of regions of the device", sure="deduced")
    def access(self, d: Device, what: Access) -> Outcome:
        """The driver knows what its device stands."""
        if self.stopped(d) and not self.tolerates[what]:
            return refuse(EIO, "not-while-stopped", sure="guessed", cites="nothing says so or otherwise")
        return DONE

    @action_property("access")
    def what_a_resume_needs_is_allowed(self, old: Self, outcome: Outcome, what: Access) -> bool:
        """Config space and the interrupts."""
        return implies(what is not Access.BAR, outcome.done)


@history("V10", breaks=("no_external_dma_reaches_a_stopped_device", "no_p2p_write_is_lost"),
         cites="thread of 2021-10 and 2021-11: is it the user who stops DMA into a stopped device")
class UserStopsExternalDma(PeersWish):
    """Read so, the user takes the BARs of a device out of the IOMMU before it stops it.

    If it does not, a stopped device is written to; if it does, the writes of running peers fail at the IOMMU.
    """

    bar_mapped: Map[Device, bool] = everywhere(True)
    configurations = {"peers": configuration("Two devices.", Device=2, region=False, peers=True)}

    @ioctl(cites="drivers/vfio/vfio_iommu_type1.c: VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA", sure="read")
    def map_bar(self, d: Device, on: bool) -> Outcome:
        """Let peers reach the device, or not."""
        self.bar_mapped[d] = on
        return DONE

    def p2p(self, a: Device, b: Device) -> None:
        """Stops at the IOMMU where nothing is mapped."""
        require(a != b and self.starts_dma(a))
        if self.bar_mapped[b] and not self.stopped(b):
            self.version[b] = not self.version[b]

    @action_property("p2p")
    def no_external_dma_reaches_a_stopped_device(self, old: Self, b: Device) -> bool:
        """What somebody has to see to."""
        return implies(old.bar_mapped[b], running(old.device_state[b]))

    @action_property("p2p")
    def no_p2p_write_is_lost(self, old: Self, b: Device) -> bool:
        """It arrives at a device that runs."""
        return old.bar_mapped[b] and running(old.device_state[b])


@history("V11", breaks=("only_sets_that_can_be_silenced_migrate",),
         cites="thread of 2021-10 and 2021-11: consequences for QEMU")
class NothingToAskAbout(MigrationV1):
    """A VMM has to refuse sets with a device that cannot be silenced, and the region does not say which can."""

    can_quiesce: Constant[Map[Device, bool]] = every()   # can be alive and start nothing
    started: bool = False
    configurations = {"peers": configuration("Every mix of two devices.", Device=2, region=False)}

    @ioctl(cites="QEMU hw/vfio/migration.c: every device has a migration region", sure="deduced")
    def start_migration(self) -> Outcome:
        """The VMM begins, having found the region of every device."""
        if not self.looks_good():
            return refuse(EBUSY, "migration-blocked", sure="deduced", cites="QEMU: a migration blocker")
        self.started = True
        return DONE

    def looks_good(self) -> bool:
        """Every device has the region, and there is nothing else to look at."""
        return True

    @action_property("start_migration")
    def only_sets_that_can_be_silenced_migrate(self, old: Self, outcome: Outcome) -> bool:
        """Else it ends like V08."""
        return implies(outcome.done, all(self.can_quiesce[d] for d in Device))


@history("V12", breaks=("the_interrupts_of_a_stopped_device_can_be_programmed", "no_p2p_write_is_lost"),
         cites="thread of 2021-10 and 2021-11: zap the user's mappings while !RUNNING")
class ZappedLikeInReset(PeersWish):
    """The mappings of a stopped device are zapped the way that a reset does it.

    A reset lets nobody at the device, SET_IRQS included, which a resume needs; so the zap would have to be another one.
    Peers come through the IOMMU, which a zap leaves alone.
    """

    configurations = {
        "world": configuration("A guest and interrupts.", Device=1, region=False, host=True),
        "peers": configuration("Two devices.", Device=2, region=False, peers=True),
    }

    def mmio(self, d: Device) -> Outcome:
        """No mapping."""
        if self.stopped(d):
            return refuse(EFAULT, "mapping-is-gone", sure="deduced", cites="vfio_pci_zap_and_down_write_memory_lock()")
        return super().mmio(d)

    def set_irqs(self, d: Device) -> Outcome:
        """The memory of the device is off."""
        if self.stopped(d):
            return refuse(EIO, "memory-is-off", sure="deduced", cites="drivers/vfio/pci: memory_lock")
        return super().set_irqs(d)
