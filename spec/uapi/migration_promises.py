"""What the migration of one device promises; which driver keeps which promise is a matter of its profile."""

from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State, first_arc, frozen, pre_copying, quiescent, saving, supported
from spec.uapi.migration_device import DeviceFile
from spec.uapi.migration_state import Chunk, File, Handle, Way, is_whole


@pure
def on_the_way(p2p: bool, pre_copy: bool, current: State, wanted: State, s: State) -> bool:
    """True if the walk may get stuck in this state: it is `current`, or comes before `wanted`."""
    place: State | None = current
    for _ in range(4):
        if place is None or place is s or place is wanted:
            break
        place = first_arc(p2p, pre_copy, place, wanted)
    return place is s and place is not wanted


@pure
def stays_in_group(before: State, wanted: State, s: State) -> bool:
    """True if the state shares with both ends of the walk what they have in common."""
    return ((saving(s) or not saving(before) or not saving(wanted))
            and (quiescent(s) or not quiescent(before) or not quiescent(wanted))
            and (frozen(s) or not frozen(before) or not frozen(wanted)))


@abstract
class Promises(DeviceFile):
    """Sessions first, then walks, then what comes at the end of a run."""

    # --- sessions ---

    @invariant
    def the_device_is_in_a_state_that_it_has(self) -> bool:
        """I15: what is not among the capabilities is never reached, not even in passing."""
        return self.state is State.ERROR or supported(self.p2p, self.pre_copy, self.state)

    @invariant
    def a_session_is_there_exactly_in_the_states_that_have_one(self) -> bool:
        """I9, after every call and however it ended."""
        direction = self.session_way()
        if direction is Way.NONE:
            return self.file is None
        return self.file is not None and self.way[self.file] is direction

    @invariant
    def only_the_file_of_the_session_is_alive(self) -> bool:
        """I8: there is one at most, and those of former sessions are dead."""
        return all(self.enabled[f] == (self.file == f) for f in File)

    @invariant
    def a_session_leaves_no_data(self) -> bool:
        """I8: buffers of one session are not found by the next."""
        return ((saving(self.state) or len(self.unread) == 0)
                and (self.state is State.RESUMING or (self.accepted == 0 and not self.corrupt)))

    @invariant
    def hardware_tracks_only_while_it_is_asked_to(self) -> bool:
        """L6: so that a migration that was cancelled can be tried again."""
        return self.tracking == self.tracked()

    @action_property("read")
    @when("streams")
    def what_is_read_belongs_to_the_session(self, old: Self, outcome: Outcome, f: File) -> bool:
        """I8: bytes of one session come out of its file only."""
        return implies(outcome.done, old.file == f)

    @action_property("write")
    @when("streams")
    def what_is_written_goes_to_the_session(self, old: Self, outcome: Outcome, f: File) -> bool:
        """I8, the other way."""
        return implies(outcome.done, old.file == f and old.state is State.RESUMING)

    @action_property("set_state")
    @when("streams")
    def only_a_whole_stream_is_loaded(self, old: Self) -> bool:
        """I10: else the device keeps waiting for the rest, or gives up."""
        return implies(old.state is State.RESUMING and self.state is not State.RESUMING,
                       is_whole(old.accepted, old.corrupt) or self.state is State.ERROR)

    @action_property("read")
    @when("streams")
    def a_pause_is_told_from_the_end(self, old: Self, outcome: Outcome) -> bool:
        """A read in pre-copy never says that this was all."""
        return implies(pre_copying(old.state) and outcome.done, len(old.unread) > 0)

    @action_property("read")
    @when("asynchronous")
    def a_pause_is_no_save_under_way(self, old: Self, outcome: Outcome) -> bool:
        """ENOMSG means that there is nothing and that nothing is on its way."""
        return implies(outcome.errno == ENOMSG, len(old.unread) == 0 and not old.in_flight)

    @invariant
    @when("asynchronous")
    def nothing_is_added_to_a_broken_image(self) -> bool:
        """I10: what follows a save that failed begins anew."""
        return implies(self.broken, not self.in_flight and len(self.unread) == 0)

    @action_property("precopy_info")
    @when("reinit")
    def a_new_beginning_is_told(self, old: Self, outcome: Outcome) -> bool:
        """Whoever is told of a first chunk after a first chunk can know it from a flag."""
        return implies(outcome.done and old.fresh, old.opted_in)

    @action_property("set_state")
    @when("externals")
    def the_kernel_keeps_its_vectors(self, old: Self) -> bool:
        """I16: interrupt vectors are no part of the stream."""
        return self.vectors == old.vectors

    @invariant
    def nothing_comes_after_the_final_part(self) -> bool:
        """A stream has one end."""
        return Chunk.FINAL not in self.unread or self.state is State.STOP_COPY

    @action_property("set_state")
    def tracking_begins_with_something_to_read(self, old: Self, outcome: Outcome) -> bool:
        """The first estimate of what there was at the beginning is not 0."""
        return implies(outcome.done and pre_copying(self.state) and not saving(old.state), Chunk.INITIAL in self.unread)

    # --- walks ---

    @action_property("set_state")
    def every_request_ends(self, outcome: Outcome) -> bool:
        """L3: with an answer."""
        return not outcome.blocked

    @action_property("set_state")
    def a_request_that_is_done_has_brought_the_device_there(self, outcome: Outcome, wanted: State | None) -> bool:
        """SET does not return before."""
        return implies(outcome.done, self.state is wanted)

    @action_property("set_state")
    def what_is_invalid_changes_nothing(self, old: Self, outcome: Outcome) -> bool:
        """I12: EINVAL is the errno after which nothing needs to be looked at."""
        return implies(outcome.errno == EINVAL, self.state is old.state and self.file == old.file)

    @action_property("set_state")
    def a_failed_walk_ends_on_its_way(self, old: Self, outcome: Outcome, wanted: State | None) -> bool:
        """I11: before the arc that failed, or in ERROR; where only the answer failed, at the end."""
        if not outcome.refused or self.state is old.state or self.state is State.ERROR:
            return True
        if wanted is None:
            return False
        if outcome.errno in (EFAULT, EMFILE) and self.state is wanted:
            return True
        return on_the_way(self.p2p, self.pre_copy, old.state, wanted, self.state)

    @action_property("set_state")
    def running_is_one_request_away(self, old: Self, outcome: Outcome, wanted: State | None) -> bool:
        """L1: from everywhere but ERROR, unless an arc fails; a device that waits for a stream waits for all of it."""
        return implies(wanted is State.RUNNING and old.handle is Handle.BOUND and self.migratable
                       and old.state is not State.ERROR and old.state is not State.RESUMING, outcome.errno != EINVAL)

    @action_property("set_state")
    def a_stream_goes_on_between_saving_states(self, old: Self) -> bool:
        """I7: whoever reads keeps reading from the file that it has."""
        return implies(saving(old.state) and saving(self.state), self.file == old.file)

    @during
    def walks_stay_in_the_group_of_both_ends(self, old: Self) -> bool:
        """I7: a device that is saved, silent or frozen before and after is so all the way, or broken."""
        to = self.walking_to
        return to is None or self.state is State.ERROR or stays_in_group(old.state, to, self.state)

    @during
    def only_a_failure_leads_to_error(self, old: Self) -> bool:
        """I7: no walk passes it, and what was broken is not walked out of."""
        to = self.walking_to
        return implies(to is not None and old.state is State.ERROR, self.state is State.ERROR)

    @action_property("reset", "neighbour_reset")
    def a_reset_leaves_the_device_as_new(self, outcome: Outcome) -> bool:
        """The one way out of ERROR, and for a resuming device the way to give up."""
        return implies(outcome.done, self.state is State.RUNNING and self.file is None)

    @action_property("get_state", "data_size", "poll", "seek", "precopy_info", "feature", "read", "write", "close_fd",
                     "change", "begin_again", "save_completes", "save_fails", "read_on", "open")
    def nothing_moves_by_itself(self, old: Self) -> bool:
        """I13: states change by request, by reset and by the use of the device coming to an end."""
        return self.state is old.state and self.file == old.file

    @action_property("get_state", "data_size", "poll", "seek")
    def asking_changes_nothing(self, old: Self) -> bool:
        """I14: also not what there is to read, or who holds it."""
        return (self.unread == old.unread and self.accepted == old.accepted and self.tracking == old.tracking
                and all(self.held[f] == old.held[f] and self.way[f] is old.way[f] for f in File))

    # --- goals ---

    @goal
    def a_session_that_nobody_can_reach(self) -> bool:
        """The user never got the descriptor, or closed it; only leaving the state ends the session."""
        return self.file is not None and not self.held[self.file]

    @goal
    @when("streams")
    def a_whole_stream_is_there(self) -> bool:
        """All of it arrived, and can be loaded."""
        return self.state is State.RESUMING and self.whole()

    # --- promises about whole runs ---

    @leads_to
    @when("patience")
    def a_patient_reader_reaches_the_end(self, f: File) -> Promise:
        """L4: unless the session ends first, or the reader goes."""
        return leads_to(self.live(f) and self.state is State.STOP_COPY,
                        not self.live(f) or self.state is not State.STOP_COPY
                        or (len(self.unread) == 0 and not self.save_is_under_way()))
