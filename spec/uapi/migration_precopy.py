"""Pre-copy: what changes while it is saved, what can be asked about it, and a save that goes on in the background."""

from spec.lang import *
from spec.uapi.migration_sessions import Sessions
from spec.uapi.migration_state import Chunk, File, Way


@abstract
class PreCopy(Sessions):
    """The stream of a device that still runs."""

    @ioctl(cites="include/uapi/linux/vfio.h:VFIO_MIG_GET_PRECOPY_INFO", sure="recorded")
    @when("streams")
    def precopy_info(self, f: File, short: bool, *, bad_buffer: bool) -> Outcome:
        """How much is left: of what there was at the beginning, and of what changed since."""
        if not self.held[f]:
            return refuse(EBADF, "no-such-file", sure="recorded", cites="vfio-migration closemig-*")
        if self.way[f] is not Way.SAVE or not self.pre_copy:
            return refuse(ENOTTY, "no-such-request", sure="recorded", cites="vfio-migration arc-RUNNING-RESUMING")
        if short:
            return refuse(EINVAL, "size-too-small", sure="recorded", cites="vfio-migration precopy-info-args")
        if not self.tracked():
            return refuse(EINVAL, "not-in-pre-copy", sure="recorded", cites="vfio-migration arc-STOP-STOP_COPY")
        if not self.enabled[f]:
            return refuse(ENODEV, "session-over", sure="recorded", cites="vfio-migration rnd-1-0037")
        if (failed := self.ask_for_more()).refused:
            return failed
        if self.copy_faults and bad_buffer:
            return refuse(EFAULT, "bad-buffer", sure="read", cites="samples/vfio-mdev/mtty.c:mtty_precopy_ioctl()")
        return done(initial=Chunk.INITIAL in self.unread, dirty=Chunk.DIRTY in self.unread,
                    fresh=self.flag_of_fresh_data())

    def ask_for_more(self) -> Outcome:
        """A driver that saves in the background asks what changed; there is nothing to add to a broken image."""
        if self.asynchronous and self.broken:
            return refuse(ENODEV, "save-failed", sure="read",
                          cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_precopy_ioctl()")
        return DONE

    def flag_of_fresh_data(self) -> bool:
        """Before this flag had a meaning, what the user had written there came back."""
        return self.reinit and self.fresh

    @hardware
    @when("streams")
    def change(self) -> None:
        """The device runs and is not any more what was read."""
        require(self.tracked() and self.file is not None and not self.image_is_broken())
        if self.asynchronous:
            self.in_flight = True
        else:
            self.unread = self.unread | {Chunk.DIRTY}

    @hardware(cites="include/uapi/linux/vfio.h:VFIO_PRECOPY_INFO_REINIT", sure="read")
    @when("streams")
    @when("reinit")
    def begin_again(self) -> None:
        """So much changed that there is a new initial chunk; only where the user can be told."""
        require(self.tracked() and self.file is not None and self.may_begin_again() and not self.image_is_broken())
        self.unread = {Chunk.INITIAL}
        self.fresh = True

    def may_begin_again(self) -> bool:
        """True if the user asked to be told."""
        return self.opted_in

    def image_is_broken(self) -> bool:
        """True if a save in the background failed."""
        return self.asynchronous and self.broken

    @hardware(fair="weak", cites="drivers/vfio/pci/mlx5/cmd.c:mlx5vf_mig_file_save_work()", sure="read")
    @when("asynchronous")
    def save_completes(self) -> None:
        """The data is in the file: more of what changed, or the last of it."""
        require(self.in_flight)
        self.in_flight = False
        if self.tracked():
            self.unread = self.unread | {Chunk.DIRTY}
        else:
            self.unread = self.unread | {Chunk.FINAL}

    @hardware(cites="drivers/vfio/pci/mlx5/cmd.c:mlx5vf_mig_file_cleanup_cb()", sure="read")
    @when("asynchronous")
    @when("arc_faults")
    def save_fails(self) -> None:
        """The device could not save; what it gave out before is of no use."""
        require(self.in_flight)
        self.in_flight = False
        self.broken = True
        self.unread = set()
