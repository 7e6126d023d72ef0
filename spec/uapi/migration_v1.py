"""Migration protocol v1 of VFIO (5.8 to 5.17): a bit field and a region. What it really promises."""

from typing import Annotated, Self

from spec.lang import *
from spec.uapi.migration_v1_state import (
    CHUNKS,
    ERROR,
    RESUMING,
    RUNNING,
    SAVING,
    STOP,
    Device,
    Iteration,
    Size,
    documented,
    running,
    saving,
    valid,
)
from spec.uapi.migration_v1_world import World


class MigrationV1(World):
    """Protocol v1, read as its authors read it: a device that does not run is frozen, and has no peers.

    Every promise below is one that the header makes. What it leaves open is in `history/migration_v1.py`: there the
    world gets peers, interrupts and other readings of `not RUNNING`, one at a time.
    """

    configurations = {
        "region": configuration("One device: every value of device_state, one stream saved and put back.", Device=1),
        "world": configuration("The same beside a guest, memory and interrupts; a stream is taken for granted.",
                               Device=1, region=False, host=True),
        "peers": configuration("Two devices that write into each other.", Device=2, region=False, peers=True),
    }

    @invariant
    def only_valid_values_are_shown(self) -> bool:
        """RESUMING goes with no other bit, but for the word for an error."""
        return all(valid(self.device_state[d]) or self.device_state[d] == ERROR for d in Device)

    @action_property("write_state")
    def a_write_that_succeeds_is_read_back(self, old: Self, outcome: Outcome, d: Device,
                                           value: Annotated[int, Bounds(0, 7)]) -> bool:
        """There is no other state on the way that a user could see."""
        return implies(outcome.done, self.device_state[d] == value)

    @action_property("write_state")
    def a_failed_write_leaves_the_state_or_an_error(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """And no errno says which."""
        return implies(outcome.refused, self.device_state[d] == old.device_state[d] or self.device_state[d] == ERROR)

    @action_property("write_state")
    def a_user_never_asks_for_the_error(self, old: Self, outcome: Outcome,
                                        value: Annotated[int, Bounds(0, 7)]) -> bool:
        """110 is for the driver to report."""
        return implies(value == ERROR, outcome.refused)

    @invariant
    def a_broken_device_says_so(self) -> bool:
        """The user reads the value again and learns which of the two it is."""
        return all((self.device_state[d] == ERROR) == self.broken[d] for d in Device)

    @action_property("write_state")
    def a_documented_step_is_one_write(self, old: Self, outcome: Outcome, d: Device,
                                       value: Annotated[int, Bounds(0, 7)], keeps_reserved: bool) -> bool:
        """A step of a flow of the header fails only for a reason of the device's."""
        return implies(documented(old.device_state[d], value) and keeps_reserved,
                       outcome.done or outcome.errno == EIO or outcome.reason == "nothing-was-loaded")

    @action_property
    def only_a_reset_leaves_the_error(self, old: Self) -> bool:
        """A state after ERROR is ERROR or what a reset makes."""
        return all(self.device_state[d] == ERROR or self.device_state[d] == RUNNING
                   for d in Device if old.device_state[d] == ERROR)

    @action_property("write_state")
    def no_write_leaves_the_error(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """Not even one of the same value succeeds."""
        return implies(old.device_state[d] == ERROR, outcome.refused and self.device_state[d] == ERROR)

    @action_property("reset")
    def a_reset_makes_the_device_run(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """From every state."""
        return outcome.done and self.device_state[d] == RUNNING

    @action_property("write_state")
    def other_devices_are_left_alone(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """device_state is a device's own."""
        return all(self.device_state[e] == old.device_state[e] for e in Device if e != d)

    # --- the region ---

    @invariant
    @when("region")
    def iterations_belong_to_saving(self) -> bool:
        """Nothing is handed out otherwise."""
        return all(saving(self.device_state[d]) for d in Device if self.iteration[d] is not Iteration.CLOSED)

    @invariant
    @when("region")
    def a_complete_stream_has_every_chunk_in_order(self) -> bool:
        """pending_bytes is 0 in stop-and-copy only when everything was taken."""
        return all(len(self.stream[d]) == CHUNKS and self.stream[d][0].size is Size.LONG
                   and self.stream[d][1].size is Size.SHORT for d in Device if self.complete[d])

    @invariant
    @when("region")
    def a_complete_stream_ends_with_the_state_in_stop_and_copy(self) -> bool:
        """What was handed out while the device ran may be stale, the end is not."""
        return all(self.stream[d][-1].of == self.saved_at[d] for d in Device if self.complete[d])

    @action_property("write_state")
    @when("region")
    def a_faithful_replay_restores_the_state_in_stop_and_copy(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """The same chunks, in the same order and of the same sizes."""
        return implies(outcome.done and old.device_state[d] == RESUMING and self.device_state[d] != RESUMING
                       and old.complete[d] and old.faithful[d] and old.puts[d] == CHUNKS,
                       self.version[d] == old.saved_at[d])

    @action_property("write_state")
    @when("region")
    def a_write_that_fails_in_place_keeps_the_data(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """What was taken out or put in before it still counts."""
        return implies(outcome.refused and self.device_state[d] != ERROR,
                       self.given[d] == old.given[d] and self.iteration[d] is old.iteration[d]
                       and self.loading[d] == old.loading[d] and self.puts[d] == old.puts[d])

    @during
    def no_value_on_the_way_is_invalid(self, old: Self) -> bool:
        """Other readers of the region may look in the middle of a write."""
        return all(valid(self.device_state[d]) or self.broken[d] for d in Device)

    @action_property("read_pending")
    @when("region")
    def reading_pending_bytes_twice_is_reading_it_once(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """An open iteration stays as it is."""
        return implies(old.iteration[d] is Iteration.OPEN or old.iteration[d] is Iteration.STAGED,
                       outcome.done and self.iteration[d] is old.iteration[d] and self.complete[d] == old.complete[d])

    # --- a device that does not run, as read here ---

    @action_property
    def a_stopped_device_keeps_its_state(self, old: Self) -> bool:
        """Nothing but a stream changes it."""
        return all(self.version[d] == old.version[d] for d in Device
                   if not running(old.device_state[d]) and not running(self.device_state[d])
                   and old.device_state[d] != RESUMING)

    @action_property("dma")
    @when("host")
    def a_stopped_device_writes_no_memory(self, old: Self, d: Device) -> bool:
        """Else what the user sent of memory is stale."""
        return running(old.device_state[d])

    @action_property("interrupt")
    @when("host")
    def a_stopped_device_raises_no_interrupt(self, old: Self, d: Device) -> bool:
        """Nobody would take it along."""
        return running(old.device_state[d])

    @action_property("set_irqs")
    @when("host")
    def the_interrupts_of_a_stopped_device_can_be_programmed(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """At least in STOP: before it runs again it needs them."""
        return implies(old.device_state[d] == STOP, outcome.done)

    # --- the flows of the header ---

    @goal
    @when("region")
    def a_device_is_shut_down(self) -> bool:
        """RUNNING, STOP."""
        return any(self.device_state[d] == STOP and not self.complete[d] for d in Device)

    @goal
    @when("region")
    def a_device_is_saved(self) -> bool:
        """RUNNING, stop-and-copy, STOP."""
        return any(self.device_state[d] == STOP and self.complete[d] and not self.precopied[d] for d in Device)

    @goal
    @when("region")
    def a_device_migrates_live(self) -> bool:
        """RUNNING, pre-copy, stop-and-copy, STOP, and the first chunk was stale."""
        return any(self.device_state[d] == STOP and self.complete[d] and self.precopied[d]
                   and self.stream[d][0].of != self.stream[d][1].of for d in Device)

    @goal
    @when("region")
    def pre_copy_need_not_be_drained(self) -> bool:
        """Both chunks are taken after the stop."""
        return any(self.device_state[d] == SAVING and self.precopied[d] and len(self.stream[d]) == 0 for d in Device)

    @goal
    @when("region")
    def a_device_is_restored(self) -> bool:
        """RUNNING, RESUMING, RUNNING."""
        return any(self.device_state[d] == RUNNING and self.restored[d] and self.complete[d]
                   and self.version[d] == self.saved_at[d] for d in Device)
