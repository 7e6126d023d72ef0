"""The SET of a device's state, arc by arc, how it fails, and its reset."""

from spec.lang import *
from spec.uapi.migration_arcs import State, ends_session, first_arc, opens_session
from spec.uapi.switchover_hardware import Hardware
from spec.uapi.switchover_state import Arc, Device, Fd


@abstract
class DeviceStates(Hardware):
    """One VMM thread makes the calls, one after another; between two arcs of a call the other devices go on."""

    drains: Switch[bool] = True          # a device leaves the states that write to peers when its writes have arrived

    # --- inside the kernel ---

    def quiet_enough(self, d: Device, to: State) -> bool:
        """True if the arc may end: a device that stops writing to peers has none of its writes on the way."""
        stays = to in (State.RUNNING, State.PRE_COPY)
        return not self.drains or stays or self.outstanding[d] == set()

    def loads(self, d: Device, to: State) -> bool:
        """True unless the arc needs a stream that is not whole."""
        return True

    def move(self, d: Device, to: State) -> None:
        """One arc is done."""
        if ends_session(self.state[d], to) and self.fd[d] is Fd.LIVE:
            self.fd[d] = Fd.DEAD
        if opens_session(self.state[d], to):
            self.opened(d)
        self.left(d, to)
        self.state[d] = to
        self.disturbed[d] = False

    def opened(self, d: Device) -> None:
        """The VMM gets a data fd. If it holds one already, the device was reset behind its back."""
        if self.fd[d] is not Fd.NONE:
            self.out_of_step(d)
        self.fd[d] = Fd.LIVE

    def out_of_step(self, d: Device) -> None:
        """That is an error of the migration."""
        self.failed = True

    def move_without_fd(self, d: Device, to: State) -> None:
        """The state is the new one, but the data fd could not be handed out, and the answer is EFAULT."""
        held = self.fd[d]
        self.move(d, to)
        self.fd[d] = held

    def left(self, d: Device, to: State) -> None:
        """What else comes with an arc, before the state changes."""

    def to_error(self, d: Device) -> None:
        """A failed arc may leave the device in ERROR; its session is gone."""
        self.state[d] = State.ERROR
        if self.fd[d] is Fd.LIVE:
            self.fd[d] = Fd.DEAD

    def reset(self, d: Device) -> None:
        """VFIO_DEVICE_RESET: from every state to RUNNING, without session and without work."""
        self.changed(d)
        self.state[d] = State.RUNNING
        self.awake[d] = False
        self.disturbed[d] = False
        if self.fd[d] is Fd.LIVE:
            self.fd[d] = Fd.DEAD
        self.outstanding[d] = set()

    # --- the calls of the VMM ---

    def wanted(self, d: Device) -> State:
        """Where the pass under way wants the device."""
        return State.RUNNING

    def in_pass(self, d: Device) -> bool:
        """True if a pass is under way and wants a SET of this device."""
        return False

    def pass_ended(self) -> None:
        """Every device was dealt with."""

    def dealt_with(self, d: Device) -> None:
        """The SET of a device has returned, and so has its recovery."""
        self.calling = None
        self.passed[d] = True
        if all(self.passed[e] for e in Device):
            self.pass_ended()

    @kernel(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_mig_device_state()", sure="read",
            fair="strong")
    def set_state(self, d: Device, *, arc: Arc, fd_faults: bool) -> None:
        """One arc of the SET that the pass asks for; the first begins the call, the last ends it."""
        require(self.in_pass(d) and not self.passed[d] and not self.broken)
        require(self.calling is None or self.calling == d)
        to = first_arc(self.p2p, self.pre_copy, self.state[d], self.wanted(d))
        require(to is None or self.quiet_enough(d, to))
        self.calling = d
        if to is None:
            self.broken = True
        elif to is self.state[d]:
            self.dealt_with(d)
        elif not self.loads(d, to) or (self.faults and arc is Arc.KEEP):
            self.broken = True
        elif self.faults and arc is Arc.ERROR:
            self.to_error(d)
            self.broken = True
        elif self.faults and opens_session(self.state[d], to) and fd_faults:
            self.move_without_fd(d, to)
            self.broken = True
        else:
            self.move(d, to)
            if to is self.wanted(d):
                self.dealt_with(d)

    @kernel(cites="QEMU hw/vfio/migration.c:vfio_migration_set_state()", sure="read", fair="weak")
    def recover(self, d: Device) -> None:
        """A SET has failed: the device is reset, the migration marked as failed, and the pass goes on."""
        require(self.broken and self.calling == d)
        self.broken = False
        self.failed = True
        self.set_or_reset(d)
        self.dealt_with(d)

    def set_or_reset(self, d: Device) -> None:
        """With ERROR for the state to recover to, as in both passes: reset at once."""
        self.reset(d)
        self.fd[d] = Fd.NONE

    @kernel(cites="drivers/vfio/vfio_main.c; include/uapi/linux/vfio.h:VFIO_DEVICE_RESET", sure="read")
    @when("resets")
    def guest_resets(self, d: Device) -> None:
        """The guest asks for a function reset, whenever it runs; a SET under way holds the mutex and comes first.

        The call is the VMM's, so that none is under way when the vCPUs have been paused.
        """
        require(self.vcpus_run() and self.calling != d)
        self.reset(d)
