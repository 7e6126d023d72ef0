"""device_state and the migration region: how a user saves a device in chunks and puts them into another."""

from typing import Annotated

from spec.lang import *
from spec.uapi.migration_v1_state import (
    CHUNKS,
    ERROR,
    PRE_COPY,
    RESUMING,
    RUNNING,
    SAVING,
    Chunk,
    Device,
    Fault,
    Iteration,
    Size,
    V1State,
    saving,
    valid,
)


@abstract
class Region(V1State):
    """What the header of protocol v1 says of the region, and no more."""

    # --- device_state ---

    @ioctl(cites="include/uapi/linux/vfio.h of 5.17, struct vfio_device_migration_info", sure="read")
    def write_state(self, d: Device, value: Annotated[int, Bounds(0, 7)], keeps_reserved: bool) -> Outcome:
        """Write device_state; `keeps_reserved` if the user wrote the reserved bits as it had read them."""
        if not keeps_reserved:
            return refuse(EINVAL, "reserved-bits", sure="guessed", cites="the header: read-modify-write")
        if self.device_state[d] == ERROR:
            return refuse(EIO, "only-a-reset-helps", sure="guessed", cites="the header: an unspecified errno")
        if not valid(value):
            return refuse(EINVAL, "invalid-value", sure="read", cites="the header: VFIO_DEVICE_STATE_VALID")
        return self.change(d, value)

    def change(self, d: Device, value: Annotated[int, Bounds(0, 7)], *, fault: Fault) -> Outcome:
        """The driver serves a valid request, or does not."""
        if value == self.device_state[d]:
            return DONE
        if self.device_state[d] == RESUMING and not self.has_image(d):
            return refuse(EINVAL, "nothing-was-loaded", sure="deduced",
                          cites="a driver cannot run what it does not have")
        if fault is Fault.KEEP:
            return refuse(EIO, "driver-refused", sure="guessed", cites="the header: an unspecified errno")
        if fault is Fault.BREAK:
            self.fail(d)
            return refuse(EIO, "internal-error", partial=True, sure="guessed", cites="the header: an unspecified errno")
        self.enter(d, value)
        return DONE

    def fail(self, d: Device) -> None:
        """The device is in no state that has a name."""
        self.broken[d] = True
        self.report_error(d)

    def report_error(self, d: Device) -> None:
        """VFIO_DEVICE_STATE_SET_ERROR() of the header; the data are gone."""
        self.leave(d, ERROR)
        self.device_state[d] = ERROR

    def enter(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """Everything that goes with the new value."""
        self.leave(d, value)
        self.save_or_load(d, value)
        self.device_state[d] = value

    def has_image(self, d: Device) -> bool:
        """True if the user has put a stream into the device."""
        if self.region:
            return self.loading[d] is not None
        return True

    def leave(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """What ends with the old value."""
        if self.region:
            if saving(self.device_state[d]) and not saving(value):
                self.iteration[d] = Iteration.CLOSED
                self.given[d] = 0
            if self.device_state[d] == RESUMING:
                image = self.loading[d]
                if value != ERROR and image is not None:
                    self.version[d] = image
                    self.restored[d] = self.faithful[d] and self.puts[d] == CHUNKS
                self.loading[d] = None
                self.puts[d] = 0
                self.faithful[d] = True

    def save_or_load(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """What begins with the new value."""
        if self.region:
            if saving(value) and (value == PRE_COPY or not saving(self.device_state[d])):
                self.iteration[d] = Iteration.CLOSED
                self.given[d] = 0
                self.stream[d] = ()
                self.complete[d] = False
                self.precopied[d] = value == PRE_COPY
            if value == SAVING:
                self.saved_at[d] = self.version[d]

    @ioctl(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_core_ioctl() VFIO_DEVICE_RESET", sure="read")
    def reset(self, d: Device) -> Outcome:
        """The only way out of ERROR."""
        self.leave(d, ERROR)
        self.device_state[d] = RUNNING
        self.broken[d] = False
        self.version[d] = False
        if self.region:
            self.restored[d] = False
        self.fresh(d)
        return DONE

    def fresh(self, d: Device) -> None:
        """What else a reset puts back."""

    # --- saving: one chunk at a time ---

    def pending(self, d: Device) -> Annotated[int, Bounds(0, CHUNKS)]:
        """How many chunks the driver still wants to hand out; the last one only when the device has stopped."""
        return (1 if self.device_state[d] == PRE_COPY else CHUNKS) - self.given[d]

    @ioctl(cites="the header, pending_bytes", sure="read")
    @when("region")
    def read_pending(self, d: Device) -> Outcome:
        """Closes an iteration whose chunk was taken, and opens the next if there is more."""
        if not saving(self.device_state[d]):
            return refuse(EINVAL, "not-saving", sure="guessed", cites="the header: undefined outside saving")
        if self.iteration[d] is Iteration.SIZED:
            self.iteration[d] = Iteration.CLOSED
        if self.iteration[d] is Iteration.CLOSED:
            if self.pending(d) > 0:
                self.iteration[d] = Iteration.OPEN
            elif self.device_state[d] == SAVING:
                self.complete[d] = True
        return DONE

    @ioctl(cites="the header, data_offset", sure="read")
    @when("region")
    def read_offset(self, d: Device) -> Outcome:
        """Waits until the chunk is in the region."""
        if self.iteration[d] is Iteration.CLOSED or self.iteration[d] is Iteration.SIZED:
            return refuse(EINVAL, "no-iteration", sure="guessed", cites="the header: undefined")
        if self.iteration[d] is Iteration.OPEN:
            self.iteration[d] = Iteration.STAGED
            self.staged[d] = self.version[d]
        return DONE

    @ioctl(cites="the header, data_size and the data section", sure="read")
    @when("region")
    def take_chunk(self, d: Device) -> Outcome:
        """Read data_size and that many bytes; they come out of the device once."""
        if self.iteration[d] is not Iteration.STAGED:
            return refuse(EINVAL, "nothing-staged", sure="guessed", cites="the header: undefined")
        size = Size.LONG if self.given[d] == 0 else Size.SHORT
        self.stream[d] += (Chunk(of=self.staged[d], size=size),)
        self.given[d] += 1
        self.iteration[d] = Iteration.SIZED
        return DONE

    # --- resuming ---

    @ioctl(cites="the header, data_size while resuming", sure="read")
    @when("region")
    def put_chunk(self, d: Device, index: Annotated[int, Bounds(0, 1)], size: Size) -> Outcome:
        """Place a chunk and write data_size; the driver takes it in before the write returns.

        Nothing in a chunk says where it belongs or how long it was.
        """
        if self.device_state[d] != RESUMING:
            return refuse(EINVAL, "not-resuming", sure="guessed", cites="the header: undefined outside resuming")
        if index >= len(self.stream[d]) or self.puts[d] == CHUNKS:
            return refuse(EINVAL, "no-such-chunk", sure="guessed", cites="the user has no more")
        chunk = self.stream[d][index]
        self.loading[d] = chunk.of if size is chunk.size else not chunk.of
        self.faithful[d] = self.faithful[d] and index == self.puts[d] and size is chunk.size
        self.puts[d] += 1
        return DONE
