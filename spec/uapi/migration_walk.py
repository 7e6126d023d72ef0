"""SET and GET of the device state: the walk over the arcs, what each arc does, and where a walk can get stuck."""

from spec.lang import *
from spec.uapi.migration_arcs import State, ends_session, first_arc_by, opens_session, pre_copying, saving
from spec.uapi.migration_precopy import PreCopy
from spec.uapi.migration_state import LENGTH, Chunk, File, Handle, Way


@abstract
class Walk(PreCopy):
    """A request is answered when the walk is over: in the state that was asked for, or wherever it got stuck."""

    def no_device(self, *, sleeps: bool) -> Outcome:
        """What every ioctl of a device file looks at first."""
        if self.handle is Handle.CLOSED:
            return refuse(EBADF, "device-not-open", sure="deduced", cites="fs/ioctl.c")
        if self.handle is Handle.OPENED:
            return refuse(EINVAL, "not-bound", sure="recorded", cites="vfio-migration unbound")
        if self.copy_faults and sleeps:
            return refuse(EIO, "does-not-wake", sure="read",
                          cites="drivers/vfio/vfio_main.c:vfio_device_fops_unl_ioctl()")
        return DONE

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_mig_device_state()", sure="recorded")
    def set_state(self, wanted: State | None, *, no_descriptor: bool, bad_copy: bool) -> Outcome:
        """Bring the device into a state; None is any number that is no state. `fd` tells a data file that was made."""
        if (bad := self.no_device()).refused:
            return bad
        if not self.migratable:
            return refuse(ENOTTY, "not-migratable", sure="read",
                          cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_mig_device_state()")
        before = self.state
        walked = self.walk(wanted)
        if walked.blocked:
            return walked
        made = self.newly_made()
        if walked.done and made is not None and self.copy_faults and no_descriptor:
            return refuse(EMFILE, "no-descriptor", partial=True, sure="read",
                          cites="drivers/vfio/vfio_main.c:vfio_ioct_mig_return_fd()")
        if self.copy_faults and bad_copy:
            return self.fails_to_tell(self.state is before)
        if walked.refused:
            return walked
        if made is not None:
            self.held[made] = True
        return done(fd=made)

    def newly_made(self) -> File | None:
        """The file that this walk made, if the session is still there."""
        made = self.made
        self.made = None
        return made

    def fails_to_tell(self, stayed: bool) -> Outcome:
        """The answer cannot be written: whatever happened has happened, and this errno stands for any other."""
        if stayed:
            return refuse(EFAULT, "cannot-tell", sure="recorded", cites="vfio-migration, fault injection")
        return refuse(EFAULT, "cannot-tell-of-the-change", partial=True, sure="recorded",
                      cites="vfio-migration, fault injection")

    # --- the walk ---

    def next_arc(self, wanted: State) -> State | None:
        """The core is asked for the next arc, each time anew."""
        return first_arc_by(self.p2p, self.pre_copy, self.state, wanted, self.way_back_is_blocked,
                            self.group_is_open_inside, self.saving_is_no_passage)

    def walk(self, wanted: State | None) -> Outcome:
        """Go from arc to arc until the device is where it shall be."""
        if self.state is State.ERROR and (wanted is not State.ERROR or not self.warns_in_error):
            return self.asked_in_error()
        if wanted is None:
            return refuse(EINVAL, "no-such-state", sure="recorded", cites="vfio-migration arc-STOP-8")
        if self.state is not wanted and self.next_arc(wanted) is None:
            return refuse(EINVAL, "no-way", sure="recorded", cites="vfio-migration arc-STOP_COPY-PRE_COPY")
        self.walking_to = wanted
        walked = self.take_arcs(wanted)
        self.walking_to = None
        return walked

    def asked_in_error(self) -> Outcome:
        """Nothing but a reset leaves ERROR; most drivers ask the core nevertheless, which thinks that a bug."""
        if self.warns_in_error:
            warn("next state of a device in ERROR", sure="read",
                 cites="drivers/vfio/vfio_main.c:vfio_mig_get_next_state()")
        return refuse(EINVAL, "in-error", sure="read", cites="drivers/vfio/vfio_main.c:vfio_mig_get_next_state()")

    def take_arcs(self, wanted: State) -> Outcome:
        """No walk has more than four arcs."""
        for taken in range(4):
            if self.state is wanted:
                break
            step = self.next_arc(wanted)
            if (stuck := self.take_arc(step, taken == 0)).refused:
                return stuck
            if stuck.blocked:
                return stuck
        if self.state is not wanted:
            return blocked("the-walk-does-not-end")
        return DONE

    # --- one arc ---

    def take_arc(self, step: State, is_first: bool, *, fails: bool, breaks_down: bool) -> Outcome:
        """What a driver does for one arc; a failure leaves the state before the arc, or ERROR."""
        if self.arc_faults and fails:
            if self.enters_error and breaks_down:
                return self.break_down()
            return self.stay(is_first)
        if opens_session(self.state, step) or self.lacks_its_file(step):
            f = first(f for f in File if self.way[f] is Way.NONE)
            if f is None:
                return self.no_file(is_first)
            self.begin_session(f, Way.SAVE if saving(step) else Way.RESUME)
        if self.state is State.RESUMING:
            if (loaded := self.load()).refused:
                return loaded
            if loaded.blocked:
                return loaded
        self.enter(step)
        return DONE

    def lacks_its_file(self, step: State) -> bool:
        """True if the stream should go on but was lost with a former user; a driver that keeps states begins anew."""
        return self.keeps_state_over_close and self.file is None and step is State.STOP_COPY and saving(self.state)

    def stay(self, is_first: bool) -> Outcome:
        """The arc was not taken; those before it were."""
        if is_first:
            return refuse(ENOMEM, "first-arc-failed", sure="recorded", cites="vfio-migration, fault injection")
        return refuse(ENOMEM, "later-arc-failed", partial=True, sure="recorded",
                      cites="vfio-migration, fault injection")

    def no_file(self, is_first: bool) -> Outcome:
        """There are too many open files."""
        if is_first:
            return refuse(ENFILE, "no-file", sure="read", cites="fs/file_table.c:alloc_empty_file()")
        return refuse(ENFILE, "no-file-later", partial=True, sure="read", cites="fs/file_table.c:alloc_empty_file()")

    def break_down(self) -> Outcome:
        """An arc failed so that the state before it is lost as well."""
        self.fall_into_error()
        return refuse(EIO, "broke-down", partial=True, sure="read",
                      cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_pci_set_device_state()")

    def fall_into_error(self) -> None:
        """The device is in no state that can be told; its session is over."""
        self.end_session()
        self.tracking = False
        self.state = State.ERROR

    def load(self, *, gives_up: bool) -> Outcome:
        """A resuming device takes what was written; it keeps its state where that is not all, or gives up."""
        if self.file is None and self.trusts_its_file:
            warn("NULL dereference: the file of the stream is gone", sure="recorded",
                 cites="vfio-migration oops-reopen-RESUMING")
            return blocked("killed-by-an-oops")
        if self.whole() or (self.accepts_corrupt_stream and self.has_all_bytes()):
            return DONE
        if self.enters_error and gives_up:
            return self.break_down()
        return refuse(EINVAL, "stream-not-whole", sure="recorded", cites="vfio-migration arc-RESUMING-STOP")

    def has_all_bytes(self) -> bool:
        """True if the stream has its length."""
        return self.accepted == LENGTH

    def enter(self, step: State) -> None:
        """The session of the old state ends where it does, and the new state is published."""
        before = self.state
        if ends_session(before, step):
            self.end_session()
        self.fill(before, step)
        if not (pre_copying(before) and pre_copying(step)):
            self.track(step)
        self.state = step

    def fill(self, before: State, step: State) -> None:
        """What there is to read: a first chunk in pre-copy, everything that is missing in STOP_COPY."""
        if pre_copying(step) and not saving(before):
            self.unread = {Chunk.INITIAL}
        elif step is State.STOP_COPY:
            self.finish(saving(before) and self.made is None)

    def finish(self, tracked: bool) -> None:
        """The last part, or a whole image where there is none that it could be the last part of."""
        if not tracked or (self.asynchronous and self.broken):
            self.unread = {Chunk.INITIAL, Chunk.FINAL}
            if self.asynchronous:
                self.broken = False
        elif self.asynchronous:
            self.in_flight = True
        else:
            self.unread = self.unread | {Chunk.FINAL}

    def track(self, step: State) -> None:
        """The hardware gets and gives back what it needs to track changes."""
        self.tracking = pre_copying(step)

    # --- GET ---

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_mig_device_state()", sure="recorded")
    def get_state(self, *, bad_copy: bool) -> Outcome:
        """Where the device is."""
        if (bad := self.no_device()).refused:
            return bad
        if not self.migratable:
            return refuse(ENOTTY, "not-migratable")
        if self.copy_faults and bad_copy:
            return refuse(EFAULT, "cannot-tell")
        return done(state=self.state)
