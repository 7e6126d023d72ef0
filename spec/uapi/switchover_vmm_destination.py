"""The VMM on the destination: every device to RESUMING, the streams, two passes, and then the guest runs."""

from enum import Enum, auto

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover_interrupts import Vector
from spec.uapi.switchover_promises import DevicePromises
from spec.uapi.switchover_state import Device, Fd, Page


class Phase(Enum):
    "How far the destination is; GONE when it gave up, and the guest goes on at the source."
    SETUP = auto()
    LOADING = auto()
    PREPARE = auto()
    MAIN = auto()
    READY = auto()
    RUNS = auto()
    GONE = auto()


class Stream(Enum):
    "How much of a device's stream was written to it."
    NONE = auto()
    PART = auto()
    WHOLE = auto()


class Awaited(Enum):
    "What the VMM waits for before the first pass, but for the streams: vectors and memory; or not all of it."
    BOTH = auto()
    VECTORS = auto()
    MEMORY = auto()


@abstract
class DestinationVmm(DevicePromises):
    """QEMU's order, one step a call."""

    awaited: Switch[Awaited] = Awaited.BOTH
    one_pass: Switch[bool] = False               # from RESUMING to RUNNING, device by device
    cut_streams: Switch[bool] = False            # the source may end in the middle of a stream, unnoticed by the VMM
    validates: Switch[bool] = True               # the device refuses a stream that is not whole
    source_refuses: Switch[bool] = axiom()       # several devices without P2P never leave their source
    overwrites_vectors: Switch[bool] = False     # the stream brings the vector too

    due: Constant[Map[Device, bool]] = everywhere(False)    # an interrupt was pending when the source was read

    phase: Phase = Phase.SETUP
    stream: Map[Device, Stream] = everywhere(Stream.NONE)
    loaded: Ghost[Map[Device, bool]] = everywhere(False)    # the device is what it was at the source
    arrived: Set[Page] = set()                              # pages that came from the source
    written: Ghost[Set[Page]] = set()                       # pages that a device has written here
    clobbered: Ghost[bool] = False                          # one of these was overwritten from the source

    @assume
    @when("source_refuses")
    def what_arrives_was_let_go(self) -> bool:
        """`migrate` of the source has this check; the destination has none of its own."""
        return self.p2p or len(Device) == 1

    @initial
    def fresh(self) -> None:
        """Devices of a VMM that has just opened them: RUNNING, without work, without vectors."""
        self.awake = everywhere(False)
        if self.interrupts:
            self.vector = everywhere(Vector.NONE)

    # --- answers to the questions of the devices ---

    def vcpus_run(self) -> bool:
        """Only at the very end."""
        return self.phase is Phase.RUNS

    def page_written(self, d: Device, p: Page) -> None:
        """From here on the page is no longer that of the source."""
        if p not in self.arrived:
            self.written = self.written | {p}

    def loads(self, d: Device, to: State) -> bool:
        """The driver validates before it leaves RESUMING."""
        leaves = self.state[d] is State.RESUMING and to is State.STOP
        return not self.validates or not leaves or self.stream[d] is Stream.WHOLE

    def left(self, d: Device, to: State) -> None:
        """The stream becomes the device: with its work, and with the interrupt that was due."""
        super().left(d, to)
        if self.state[d] is State.RESUMING and to is State.STOP:
            self.loaded[d] = self.stream[d] is Stream.WHOLE
            self.awake[d] = True
            self.stream[d] = Stream.NONE
            if self.interrupts:
                self.pending[d] = self.due[d]
                if self.overwrites_vectors:
                    self.vector[d] = Vector.NONE

    def reset(self, d: Device) -> None:
        """Whatever was loaded is gone; a reset that the running guest asks for is a part of its life."""
        super().reset(d)
        self.stream[d] = Stream.NONE
        if not self.vcpus_run():
            self.loaded[d] = False

    # --- passes ---

    def wanted(self, d: Device) -> State:
        """RESUMING first; then silent, then running."""
        if self.phase is Phase.SETUP:
            return State.RESUMING
        if self.phase is Phase.PREPARE:
            return State.RUNNING_P2P
        return State.RUNNING

    def in_pass(self, d: Device) -> bool:
        """True if the phase sets states."""
        return self.phase in (Phase.SETUP, Phase.PREPARE, Phase.MAIN)

    def pass_ended(self) -> None:
        """On to the next phase."""
        self.passed = everywhere(False)
        if self.phase is Phase.SETUP:
            self.phase = Phase.LOADING
        elif self.phase is Phase.PREPARE:
            self.phase = Phase.MAIN
        else:
            self.phase = Phase.READY

    # --- the calls ---

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_load_buffer()", sure="read", fair="weak")
    def write_stream(self, d: Device) -> None:
        """Some of the device's stream, then the rest."""
        require(self.phase is Phase.LOADING and not self.failed and self.stream[d] is not Stream.WHOLE)
        if self.fd[d] is not Fd.LIVE:
            self.failed = True
        else:
            self.stream[d] = Stream.WHOLE if self.stream[d] is Stream.PART else Stream.PART

    @kernel(cites="QEMU migration/ram.c:ram_load_precopy()", sure="deduced", fair="weak")
    def receive(self, p: Page) -> None:
        """A page comes from the source."""
        require(p not in self.arrived and self.phase not in (Phase.SETUP, Phase.GONE))
        self.arrived = self.arrived | {p}
        if p in self.written:
            self.clobbered = True

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_vmstate_change_prepare()", sure="read", fair="weak")
    def start(self) -> None:
        """Everything that is waited for is there: prepare pass, main pass."""
        require(self.phase is Phase.LOADING and not self.failed)
        require(all(self.stream[d] is Stream.WHOLE or (self.cut_streams and self.stream[d] is Stream.PART)
                    for d in Device))
        require(self.awaited is Awaited.VECTORS or all(p in self.arrived for p in Page))
        require(not self.interrupts or self.awaited is Awaited.MEMORY
                or all(self.vector[d] is not Vector.NONE for d in Device))
        self.phase = Phase.PREPARE if self.p2p and not self.one_pass else Phase.MAIN

    @kernel(cites="QEMU system/cpus.c:vm_start()", sure="deduced", fair="weak")
    def run(self) -> None:
        """The vCPUs run here."""
        require(self.phase is Phase.READY and not self.failed)
        self.phase = Phase.RUNS
        self.fd = everywhere(Fd.NONE)

    @kernel(cites="QEMU migration/migration.c:process_incoming_migration_co()", sure="deduced", fair="weak")
    def give_up(self) -> None:
        """The VMM exits, which closes and resets its devices; the source takes the guest back."""
        require(self.failed and self.phase in (Phase.LOADING, Phase.READY))
        self.phase = Phase.GONE
        self.state = everywhere(State.RUNNING)
        self.awake = everywhere(False)
        self.outstanding = everywhere(set())
        self.fd = everywhere(Fd.NONE)
        self.stream = everywhere(Stream.NONE)
        self.loaded = everywhere(False)
        if self.interrupts:
            self.pending = everywhere(False)
