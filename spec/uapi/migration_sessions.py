"""The data files: reading the stream of a saving device, writing that of a resuming one, and what dead files answer."""

from typing import Annotated

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.migration_state import LENGTH, Chunk, File, MigrationState, Way


@abstract
class Sessions(MigrationState):
    """Who reads and writes. Amounts are counted in chunks: `room` and `chunks` are how many of them a call finishes."""

    def not_for(self, f: File, direction: Way) -> Outcome:
        """The file system refuses what the descriptor was not opened for."""
        if not self.held[f]:
            return refuse(EBADF, "no-such-file", sure="recorded", cites="vfio-migration closemig-*")
        if self.way[f] is not direction:
            return refuse(EBADF, "wrong-direction", sure="recorded", cites="vfio-migration dup-RESUMING")
        return DONE

    @ioctl(cites="samples/vfio-mdev/mtty.c:mtty_save_read()", sure="recorded")
    @when("streams")
    def read(self, f: File, room: Annotated[int, Bounds(0, LENGTH)], wait: bool, *, bad_buffer: bool) -> Outcome:
        """Take bytes out; with `room` 0 too few to finish a chunk. `some` tells bytes from the end of the stream."""
        if (bad := self.not_for(f, Way.SAVE)).refused:
            return bad
        if not self.enabled[f]:
            return refuse(ENODEV, "session-over", sure="recorded", cites="vfio-migration arc-STOP_COPY-RUNNING")
        if self.asynchronous and self.broken:
            return refuse(ENODEV, "save-failed", sure="read", cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_save_read()")
        if len(self.unread) == 0:
            return self.nothing_left(wait)
        if self.copy_faults and bad_buffer:
            return refuse(EFAULT, "bad-buffer", sure="read", cites="samples/vfio-mdev/mtty.c:mtty_save_read()")
        self.take_out(room)
        return done(some=True)

    def nothing_left(self, wait: bool) -> Outcome:
        """Nothing to read: not yet, not now, or never again."""
        if self.save_is_under_way():
            if wait:
                return blocked("data-is-coming")
            return refuse(EAGAIN, "data-is-coming", sure="read",
                          cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_save_read()")
        if self.tracked() and not self.pause_looks_like_end:
            return refuse(ENOMSG, "paused", sure="read",
                          cites="include/uapi/linux/vfio.h:VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE")
        return done(some=False)

    def take_out(self, room: int) -> None:
        """Chunks leave in their order."""
        left = room
        for chunk in Chunk:
            if chunk in self.unread and left > 0:
                self.unread = self.unread - {chunk}
                left = left - 1
        if self.reinit and Chunk.INITIAL not in self.unread:
            self.fresh = False

    @ioctl(cites="samples/vfio-mdev/mtty.c:mtty_resume_write()", sure="recorded")
    @when("streams")
    def write(self, f: File, chunks: Annotated[int, Bounds(0, LENGTH + 1)], good: bool, *, looks: bool,
              bad_buffer: bool) -> Outcome:
        """Put bytes in: `good` ones go on where those before ended, in what one saving session gave out."""
        if (bad := self.not_for(f, Way.RESUME)).refused:
            return bad
        if not self.enabled[f]:
            return refuse(ENODEV, "session-over", sure="recorded", cites="vfio-migration arc-RESUMING+data-STOP")
        if self.accepted + chunks > LENGTH:
            return self.too_much()
        if self.copy_faults and bad_buffer:
            return refuse(EFAULT, "bad-buffer", sure="read", cites="samples/vfio-mdev/mtty.c:mtty_resume_write()")
        if not good and looks:
            return self.bad_content(chunks)
        self.put_in(chunks, good)
        return DONE

    def too_much(self) -> Outcome:
        """More than the state of a device has."""
        return refuse(ENOMEM, "too-much", sure="recorded", cites="vfio-migration e2e-toolong")

    def bad_content(self, chunks: int) -> Outcome:
        """A driver may look at once, or wait until the data is loaded; one that says no may still keep the bytes."""
        if self.accepts_corrupt_stream and chunks > 0:
            self.put_in(chunks, False)
            return refuse(EFAULT, "bad-header-kept", partial=True, sure="recorded",
                          cites="vfio-migration e2e-wrongdev")
        return refuse(EINVAL, "bad-content", sure="deduced", cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_resume_write()")

    def put_in(self, chunks: int, good: bool) -> None:
        """The bytes count, whatever they are."""
        if not good and (chunks > 0 or self.accepted < LENGTH):
            self.corrupt = True
        self.accepted += chunks

    @ioctl(cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_save_poll()", sure="read")
    @when("streams")
    def poll(self, f: File) -> Outcome:
        """Ask without waiting whether a call would do something; a dead file is ready to say so."""
        if not self.held[f]:
            return refuse(EBADF, "no-such-file")
        if not self.enabled[f] or (self.asynchronous and self.broken):
            return done(ready=True, hung_up=True)
        if self.way[f] is Way.RESUME:
            return done(ready=True, hung_up=False)
        waits = len(self.unread) == 0 and (self.tracked() or self.save_is_under_way())
        return done(ready=not waits, hung_up=False)

    @ioctl(cites="fs/read_write.c:ksys_pread64(), fs/open.c:stream_open()", sure="recorded")
    @when("streams")
    def seek(self, f: File) -> Outcome:
        """Data files are streams: there is no position to name."""
        if not self.held[f]:
            return refuse(EBADF, "no-such-file")
        return refuse(ESPIPE, "no-position", sure="recorded", cites="vfio-migration e2e-pre1")

    @kernel(cites="samples/vfio-mdev/mtty.c:mtty_release_migf()", sure="recorded")
    def close_fd(self, f: File) -> None:
        """The user lets a data file go; the session is the driver's and stays."""
        require(self.held[f])
        self.held[f] = False
        self.forget_unused(f)

    @kernel(fair="weak")
    @when("patience")
    def read_on(self, f: File) -> None:
        """A user who reads as long as there is something or something is to come."""
        require(self.live(f) and self.state is State.STOP_COPY and len(self.unread) > 0)
        self.take_out(1)
