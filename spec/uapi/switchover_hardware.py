"""What a device does by itself and what it answers to, state by state: the guards are the uAPI's text as code."""

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover_state import Device, Page, SwitchoverState


@abstract
class Hardware(SwitchoverState):
    """DMA, writes between devices, accesses from outside. ERROR promises nothing, so anything may happen in it."""

    # --- what the states allow ---

    def unspecified(self, d: Device) -> bool:
        """True if nobody says what the device does."""
        return self.state[d] is State.ERROR and not self.error_is_silent

    def initiates(self, d: Device) -> bool:
        """True if the device may begin writes to its peers."""
        return self.state[d] in (State.RUNNING, State.PRE_COPY)

    def silent(self, d: Device) -> bool:
        """True if the device only answers."""
        return self.state[d] in (State.RUNNING_P2P, State.PRE_COPY_P2P)

    def executes(self, d: Device) -> bool:
        """True if the device is alive, so that what arrives has an effect and its state may change."""
        return self.initiates(d) or self.silent(d)

    def stands_still(self, d: Device) -> bool:
        """True if the device must begin nothing and change by nothing but its stream."""
        return self.state[d] in (State.STOP, State.STOP_COPY, State.RESUMING)

    def may_write_peers(self, d: Device) -> bool:
        """Busy and allowed to; or silent but disturbed; or in ERROR."""
        return (self.awake[d] and (self.initiates(d) or (self.silent(d) and self.disturbed[d]))) or self.unspecified(d)

    def may_write_memory(self, d: Device) -> bool:
        """As for peers, and silent devices that can tell the two apart go on."""
        return self.may_write_peers(d) or (self.awake[d] and self.silent(d) and self.tells_apart)

    # --- what the hardware does ---

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read")
    def write_memory(self, d: Device, p: Page) -> None:
        """DMA to guest memory: the device counts it as done, and the page changes."""
        require(self.may_write_memory(d))
        self.changed(d)
        self.page_written(d, p)

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read")
    def write_peer(self, d: Device, to: Device) -> None:
        """A posted write to the BAR of another device: done for who issues it, before it arrives."""
        require(d != to and to not in self.outstanding[d])
        require(self.may_write_peers(d))
        self.changed(d)
        self.outstanding[d] = self.outstanding[d] | {to}

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read", fair="weak")
    def arrive(self, d: Device, to: Device) -> None:
        """The write has an effect where the device is alive; nothing happens to the host where it is not."""
        require(to in self.outstanding[d])
        self.outstanding[d] = self.outstanding[d] - {to}
        if self.executes(to):
            self.changed(to)
        elif self.stands_still(to):
            self.stream_garbled(to)
            self.lost = self.lost or self.state[d] is not State.ERROR

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read")
    def touch(self, d: Device) -> None:
        """An access of a vCPU to the device's registers: gives it work, or disturbs the silence, or is tolerated."""
        require(self.vcpus_run())
        if self.executes(d):
            self.changed(d)
            self.awake[d] = True
            if self.silent(d):
                self.disturbed[d] = True
        elif self.stands_still(d):
            self.stream_garbled(d)

    def stream_garbled(self, d: Device) -> None:
        """Misuse of a stopped device may spoil its stream, and nothing else."""
