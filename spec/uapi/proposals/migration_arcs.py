"""Proposals about the states and arcs of a migrating device, about failed walks, and about the start of pre-copy."""

from typing import Self

from spec.lang import *
from spec.uapi.migration import Migration
from spec.uapi.migration_arcs import State, e1_blocks, first_arc, pre_copying, saving
from spec.uapi.migration_state import Chunk, Handle


@pure
def first_arc_without_stop(p2p: bool, pre_copy: bool, current: State, wanted: State) -> State | None:
    """The first arc where a device that does not run is always one that saves or resumes."""
    alive = State.RUNNING_P2P if p2p else State.RUNNING
    if wanted is State.STOP:
        return None
    step = first_arc(p2p, pre_copy, current, wanted)
    if step is not State.STOP:
        return step
    return wanted if current is alive else alive


@proposal("MP10", status="STOP stayed", breaks=("walks_stay_in_the_group_of_both_ends",),
          cites="design of the state machine, January 2022")
class NoStop(Migration):
    """States for every combination of direction and silence, and none for a device that is merely stopped.

    The verdict VIOLATED: a source that saved and must take its state back, or any other way from saving to resuming,
    lets the device go on in between. STOP is what lies between the two directions.
    """

    configurations = {"arcs": configuration("All capability sets, no failures.", File=2)}

    def next_arc(self, wanted: State) -> State | None:
        """Without STOP."""
        return first_arc_without_stop(self.p2p, self.pre_copy, self.state, wanted)


@proposal("MP11", status="ERROR promises nothing", breaks=("a_device_in_error_stands_still",),
          cites="review of the state machine, January 2022")
class ErrorStandsStill(Migration):
    """A device that reports ERROR does nothing any more.

    The verdict VIOLATED: to stop it takes a command to a device that does not answer, so that there is a third way to
    fail. Whoever needs silence resets the device.
    """

    still: bool = False
    stopping_succeeds: Switch[bool] = False
    configurations = {
        "arcs": configuration("Arcs fail.", File=1, arc_faults=True),
        "obedient": configuration("Devices that can always be stopped.", File=1, arc_faults=True,
                                  stopping_succeeds=True),
    }

    def fall_into_error(self, *, refuses: bool) -> None:
        """ERROR, and an attempt to stop."""
        super().fall_into_error()
        self.still = self.stopping_succeeds or not refuses

    def come_back(self) -> None:
        """It runs."""
        super().come_back()
        self.still = False

    @invariant
    def a_device_in_error_stands_still(self) -> bool:
        """The promise that is asked for."""
        return implies(self.state is State.ERROR, self.still)


@proposal("MP12", status="optional", breaks=(), cites="documentation of the states, January 2022")
class BadStreamBreaksDown(Migration):
    """Whatever is not a whole stream leads to ERROR.

    Holds; but a stream that is only late cannot be completed any more, and a driver that can stay in RESUMING has to
    give that up. So the choice is the driver's.
    """

    configurations = {"streams": configuration("Data files, no failures.", File=1, streams=True, p2p=False,
                                               pre_copy=False)}

    def load(self) -> Outcome:
        """All or nothing."""
        if self.whole():
            return DONE
        return self.break_down()

    @action_property("set_state")
    def a_device_that_cannot_resume_says_so(self, old: Self, outcome: Outcome, wanted: State | None) -> bool:
        """The promise that is asked for: whoever failed to leave RESUMING finds ERROR."""
        return implies(old.state is State.RESUMING and outcome.refused and self.state is State.RESUMING,
                       wanted is None or wanted is State.ERROR or outcome.reason == "no-way")


@proposal("MP13", status="always ask", breaks=("the_errno_tells_whether_the_state_changed",),
          cites="question of January 2022 on the error of a failed SET")
class ErrnoTells(Migration):
    """EIO means that the device is in ERROR, any other errno that it is where it was.

    The verdict VIOLATED: a walk that gets stuck has left its beginning, and an answer that cannot be written hides
    what happened. The device would have to walk back, which can fail as well.
    """

    configurations = {"arcs": configuration("Arcs and answers fail.", File=1, arc_faults=True, copy_faults=True)}

    @action_property("set_state")
    def the_errno_tells_whether_the_state_changed(self, old: Self, outcome: Outcome) -> bool:
        """What a user would rely on who does not ask."""
        return implies(outcome.refused and outcome.errno != EIO, self.state is old.state)


@proposal("MP14", status="rejected: the driver cleans", breaks=("a_resuming_device_has_no_past",),
          cites="documentation of the states, January 2022")
class UserCleansBeforeResuming(Migration):
    """The user resets the device before it resumes, so that the driver needs not.

    The verdict VIOLATED for users who do not; with a driver that cleans on the way to RESUMING (`driver_cleans`), which
    is what the documentation now allows, every promise is kept.
    """

    used: bool = False                 # the device remembers something of its own
    driver_cleans: Switch[bool] = False
    configurations = {
        "arcs": configuration("All capability sets, no failures.", File=1),
        "cleaning": configuration("The driver cleans.", File=1, driver_cleans=True),
    }

    @hardware
    def work(self) -> None:
        """The device runs and its state becomes its own."""
        require(self.state is State.RUNNING and self.handle is Handle.BOUND)
        self.used = True

    def enter(self, step: State) -> None:
        """A driver may clean where a session to resume begins."""
        super().enter(step)
        if step is State.RESUMING and self.driver_cleans:
            self.used = False

    def come_back(self) -> None:
        """A reset cleans."""
        super().come_back()
        self.used = False

    @invariant
    def a_resuming_device_has_no_past(self) -> bool:
        """What is loaded is all that there is."""
        return implies(self.state is State.RESUMING, not self.used)


@proposal("MP16", status="blocked, kept for a later flag",
          breaks=("walks_stay_in_the_group_of_both_ends", "a_stream_goes_on_between_saving_states"),
          cites="include/uapi/linux/vfio.h: STOP_COPY to PRE_COPY")
class TrackAgainByTheRule(Migration):
    """The rule without E1: from STOP_COPY one can ask for pre-copy again, by way of STOP.

    The verdict VIOLATED: the device runs in between, and the stream that was begun ends on the way without a word.
    """

    way_back_is_blocked: Switch[bool] = False
    configurations = {"arcs": configuration("All capability sets, no failures.", File=2)}


@proposal("MP16-arc", status="blocked, kept for a later flag", breaks=("nothing_comes_after_the_final_part",),
          cites="include/uapi/linux/vfio.h: STOP_COPY to PRE_COPY")
class TrackAgainByAnArc(Migration):
    """An arc of its own leads from STOP_COPY back to pre-copy, in the same stream.

    The verdict VIOLATED: the stream has its final part in its middle. What it means for whoever reads it would have
    to be said first, which is what the flag is for.
    """

    configurations = {"arcs": configuration("All capability sets, no failures.", File=1)}

    def next_arc(self, wanted: State) -> State | None:
        """One step."""
        if self.pre_copy and e1_blocks(self.state, wanted) and (self.p2p or wanted is State.PRE_COPY):
            return wanted
        return super().next_arc(wanted)


@proposal("MP17", status="optional", breaks=("tracking_begins_with_something_to_read",),
          cites="the region protocol, where pre-copy was part of every device")
class PreCopyForAll(Migration):
    """Every device has pre-copy; one that has nothing to say then says nothing.

    The verdict VIOLATED: an estimate of 0 is what a user waits for to stop the machine, and here it says nothing about
    how much is to come.
    """

    configurations = {"arcs": configuration("With and without P2P, no failures.", File=1, p2p=every(), pre_copy=True)}

    def fill(self, before: State, step: State) -> None:
        """An empty implementation."""
        if step is State.STOP_COPY:
            self.unread = {Chunk.INITIAL, Chunk.FINAL}
        elif pre_copying(step) and not saving(before):
            self.unread = set()


@proposal("MP20", status="only for those who asked", breaks=("a_new_beginning_is_told",),
          cites="review of the new initial chunk, February 2026")
class BeginAgainUnasked(Migration):
    """A device begins its first chunk again whoever reads, and shows the flag to all.

    The verdict VIOLATED: a kernel of before gave back what the user had written into the flags, so that a user of
    before cannot know the flag from its own garbage.
    """

    reinit: Switch[bool] = True
    configurations = {"streams": configuration("Nobody opts in.", File=1, streams=True, p2p=False, pre_copy=True)}

    def may_begin_again(self) -> bool:
        """Whenever it wants."""
        return True
