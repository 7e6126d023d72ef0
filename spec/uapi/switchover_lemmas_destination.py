"""Lemmas of the destination: facts about single states that nobody was promised, but that make the promises inductive.

As in `switchover_lemmas.py`, facts that an edit takes away are kept apart from those it leaves.
"""

from spec.lang import *
from spec.uapi.migration_arcs import State, frozen, saving
from spec.uapi.switchover_interrupts import Vector
from spec.uapi.switchover_state import Device, Page
from spec.uapi.switchover_vmm_destination import Awaited, DestinationVmm, Phase


@abstract
class DestinationLemmas(DestinationVmm):
    """What a state of the destination looks like in each phase."""

    # --- calls and passes ---

    @lemma
    def calls_are_made_in_passes(self) -> bool:
        """Between passes no SET is under way, and nobody was dealt with yet."""
        return all(self.calling is None and not self.passed[d] for d in Device if not self.in_pass(d))

    @lemma
    def a_device_is_dealt_with_once(self) -> bool:
        """Its SET has returned then."""
        return all(not self.passed[d] for d in Device if self.calling == d)

    @lemma
    def what_is_broken_is_a_call(self) -> bool:
        """It is recovered from before the next one."""
        return implies(self.broken, self.calling is not None)

    # --- where the devices are ---

    @lemma
    def only_what_failed_is_in_error(self) -> bool:
        """The VMM recovers from ERROR before it does anything else."""
        return all(self.broken and self.calling == d for d in Device if self.state[d] is State.ERROR)

    @lemma
    def nobody_saves(self) -> bool:
        """On this side devices are loaded."""
        return all(not saving(self.state[d]) for d in Device)

    @lemma
    def devices_wait_for_their_stream(self) -> bool:
        """A device that was dealt with first is RESUMING until the passes begin, unless something went wrong."""
        return all(self.state[d] is State.RESUMING for d in Device
                   if not self.failed
                   and (self.phase is Phase.LOADING or (self.phase is Phase.SETUP and self.passed[d])))

    @lemma
    def the_main_pass_ends_in_running(self) -> bool:
        """A device that was dealt with runs, and so does one that was given up."""
        return all(self.state[d] is State.RUNNING for d in Device if self.was_let_go(d))

    def was_let_go(self, d: Device) -> bool:
        """True when the main pass has dealt with the device, and for good."""
        return (self.phase in (Phase.READY, Phase.RUNS, Phase.GONE)
                or (self.phase is Phase.MAIN and self.passed[d]))

    @lemma
    def nobody_disturbs_the_silence(self) -> bool:
        """vCPUs stand still while there is one."""
        return all(not self.disturbed[d] for d in Device)

    # --- silence ---

    @lemma
    def devices_sleep_until_they_are_loaded(self) -> bool:
        """The stream brings the work."""
        return all(not self.awake[d] for d in Device
                   if self.phase in (Phase.SETUP, Phase.LOADING, Phase.GONE) or self.state[d] is State.RESUMING)

    @lemma
    def no_device_writes_to_itself(self) -> bool:
        """A peer is somebody else."""
        return all(d not in self.outstanding[d] for d in Device)

    @lemma
    def nobody_writes_to_peers_before_the_main_pass(self) -> bool:
        """Nor has a write on its way, unless the device is in ERROR."""
        return all(self.unspecified(d) or (self.outstanding[d] == set() and not self.may_write_peers(d))
                   for d in Device if self.p2p and self.phase in (Phase.SETUP, Phase.LOADING, Phase.PREPARE))

    @lemma
    def nobody_stands_still_behind_the_prepare_pass(self) -> bool:
        """All devices answer when the first begins to write."""
        return all(not frozen(self.state[d]) for d in Device
                   if self.p2p and (self.phase is Phase.MAIN or (self.phase is Phase.PREPARE and self.passed[d])))

    # --- what comes from the source ---

    @lemma
    def devices_leave_resuming_when_loaded(self) -> bool:
        """The stream was whole, or something went wrong."""
        return all(self.loaded[d] for d in Device
                   if self.passes_began() and not self.failed
                   and self.state[d] is not State.RESUMING and self.state[d] is not State.ERROR)

    def passes_began(self) -> bool:
        """True once everything that is waited for was there."""
        return self.phase in (Phase.PREPARE, Phase.MAIN, Phase.READY, Phase.RUNS)

    @lemma
    def memory_comes_first(self) -> bool:
        """Devices are let go when all of it has arrived."""
        return implies(self.passes_began() and self.awaited is not Awaited.VECTORS,
                       all(p in self.arrived for p in Page))

    @lemma
    def only_devices_in_error_write_early(self) -> bool:
        """Before memory has arrived nobody else writes."""
        return self.failed or self.broken or self.written == set()

    # --- interrupts ---

    @lemma
    @when("interrupts")
    def vectors_come_first(self) -> bool:
        """They are set up before devices are let go."""
        return all(self.vector[d] is not Vector.NONE for d in Device
                   if self.passes_began() and self.awaited is not Awaited.MEMORY)

    @lemma
    @when("interrupts")
    def nothing_is_due_before_the_stream_says_so(self) -> bool:
        """A device without work finds nothing to tell, unless it is in ERROR."""
        return all(not self.pending[d] for d in Device
                   if (self.phase in (Phase.SETUP, Phase.LOADING, Phase.GONE) and not self.unspecified(d))
                   or self.state[d] is State.RESUMING)
