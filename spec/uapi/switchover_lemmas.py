"""Lemmas of the source: facts about single states that nobody was promised, but that make the promises inductive.

A lemma is proved together with the promises, like one; a search by enumeration does not need it. Where an edit breaks
one of them, what rests on the others is still proved.
"""

from spec.lang import *
from spec.uapi.migration_arcs import State, frozen
from spec.uapi.switchover_interrupts import Vector
from spec.uapi.switchover_state import Copy, Device, Fd, Page
from spec.uapi.switchover_vmm_source import Image, Phase, SourceVmm


@abstract
class SourceLemmas(SourceVmm):
    """What a state of the source looks like in each phase."""

    # --- calls and passes ---

    @lemma
    def calls_are_made_in_passes(self) -> bool:
        """Between passes no SET is under way, and nobody was dealt with yet."""
        return implies(self.phase in (Phase.QUIET, Phase.COPYING, Phase.SYNC),
                       self.calling is None and all(not self.passed[d] for d in Device))

    @lemma
    def a_device_is_dealt_with_once(self) -> bool:
        """Its SET has returned then."""
        return all(not self.passed[d] for d in Device if self.calling == d)

    @lemma
    def what_is_broken_is_a_call(self) -> bool:
        """It is recovered from before the next one."""
        return implies(self.broken, self.calling is not None)

    @lemma
    def several_devices_without_p2p_stay(self) -> bool:
        """Their migration is refused."""
        return self.p2p or len(Device) == 1 or self.phase is Phase.QUIET

    @lemma
    @when("interrupts")
    def vectors_stay_in_place(self) -> bool:
        """On this side every device has one, masked or not."""
        return all(self.vector[d] is not Vector.NONE for d in Device)

    @lemma
    def phases_need_capabilities(self) -> bool:
        """There is no first pass without pre-copy, so nobody saves then, and there are not two of them without P2P."""
        return ((self.pre_copy or self.phase is not Phase.SETUP)
                and (self.p2p or self.phase not in (Phase.PREPARE, Phase.BACK_PREPARE))
                and all(self.pre_copy or self.fd[d] is Fd.NONE for d in Device
                        if self.phase in (Phase.COPYING, Phase.PREPARE)))

    @lemma
    @unless("faults")
    def passes_ask_for_what_can_be_had(self) -> bool:
        """No SET fails by itself."""
        return not self.broken

    # --- what a phase leaves behind ---

    @lemma
    def nothing_is_kept_beyond_a_migration(self) -> bool:
        """Who completes or cancels stops the logs and closes the data fds, before any device is let go."""
        return implies(self.over() or self.phase is Phase.DONE,
                       not self.logging and self.todo == set() and all(self.fd[d] is Fd.NONE for d in Device))

    def over(self) -> bool:
        """True if no migration is under way, or one is being undone."""
        return self.phase in (Phase.QUIET, Phase.UNWIND, Phase.BACK_PREPARE, Phase.BACK_MAIN)

    @lemma
    def failures_are_forgotten_at_the_end(self) -> bool:
        """A new migration begins without them."""
        return implies(self.phase is Phase.QUIET, not self.failed)

    @lemma
    def devices_save_from_the_first_pass_on(self) -> bool:
        """Each has a data fd, though it may be dead, unless something went wrong."""
        return all(self.fd[d] is not Fd.NONE for d in Device
                   if self.pre_copy and self.migrating() and not self.failed and not self.broken
                   and (self.passed[d] or self.state[d] is State.PRE_COPY or self.phase is not Phase.SETUP))

    # --- where the devices are ---

    @lemma
    def only_what_failed_is_in_error(self) -> bool:
        """The VMM recovers from ERROR before it does anything else."""
        return all(self.broken and self.calling == d for d in Device if self.state[d] is State.ERROR)

    @lemma
    def errors_are_known(self) -> bool:
        """A device in ERROR, that was to be stopped, has failed the migration or will."""
        return all(self.failed or (self.broken and self.calling == d) for d in Device
                   if self.state[d] is State.ERROR and self.was_quieted(d))

    def was_quieted(self, d: Device) -> bool:
        """True from the moment on in which the prepare pass has dealt with the device, until vCPUs may go on."""
        return (self.phase in (Phase.MAIN, Phase.SYNC, Phase.FINISH, Phase.DONE, Phase.BACK_PREPARE)
                or (self.phase is Phase.PREPARE and self.passed[d]))

    @lemma
    def devices_run_while_the_guest_does(self) -> bool:
        """Nobody is silent, and nobody stands still."""
        return all(self.state[d] in (State.RUNNING, State.PRE_COPY, State.ERROR) for d in Device
                   if self.phase in (Phase.QUIET, Phase.SETUP, Phase.COPYING, Phase.UNWIND))

    @lemma
    def nobody_disturbs_the_silence(self) -> bool:
        """vCPUs stand still while there is one."""
        return all(not self.disturbed[d] for d in Device)

    @lemma
    def the_way_back_ends_in_running(self) -> bool:
        """A device that was dealt with runs, or, if it was not recovered, is in ERROR."""
        return all(self.state[d] in (State.RUNNING, State.ERROR) for d in Device
                   if self.phase is Phase.QUIET
                   or (self.passed[d] and self.phase in (Phase.UNWIND, Phase.BACK_MAIN)))

    # --- silence ---

    @lemma
    def no_device_writes_to_itself(self) -> bool:
        """A peer is somebody else."""
        return all(d not in self.outstanding[d] for d in Device)

    @lemma
    def what_was_quieted_stays_quiet(self) -> bool:
        """A device that is silent, stopped or reset has no write on its way and begins none, unless it is in ERROR."""
        return all(self.unspecified(d) or (self.outstanding[d] == set() and not self.may_write_peers(d))
                   for d in Device if self.p2p and self.was_quieted(d))

    @lemma
    @unless("faults")
    def what_was_quieted_is_silent_or_stopped(self) -> bool:
        """Nobody had to be reset: the same, but for devices that are disturbed."""
        return all(not self.initiates(d) for d in Device if self.p2p and self.was_quieted(d))

    @lemma
    def nobody_stands_still_before_the_main_pass(self) -> bool:
        """Nor behind the first pass of the way back."""
        return all(not frozen(self.state[d]) for d in Device
                   if self.phase is Phase.PREPARE or (self.p2p and self.back(d)))

    def back(self, d: Device) -> bool:
        """True if the first of two passes has brought the device back."""
        return self.phase is Phase.BACK_MAIN or (self.phase is Phase.BACK_PREPARE and self.passed[d])

    # --- stillness ---

    @lemma
    def the_main_pass_stops(self) -> bool:
        """A device that was dealt with stands still, unless something went wrong."""
        return all(frozen(self.state[d]) for d in Device if self.was_stopped(d))

    @lemma
    def what_was_stopped_writes_no_memory(self) -> bool:
        """The same if a device is reset behind the back of the VMM: it has no work then."""
        return all(not self.may_write_memory(d) for d in Device if self.was_stopped(d))

    def was_stopped(self, d: Device) -> bool:
        """True behind the main pass until the end, if nothing went wrong."""
        return (not self.failed and not self.broken
                and (self.phase is Phase.FINISH or (self.phase is Phase.SYNC and not self.report_first)
                     or (self.phase is Phase.MAIN and self.passed[d])))

    # --- memory ---

    @lemma
    def the_last_report_comes_once(self) -> bool:
        """Behind the pass that must be over by then, and before the streams are read."""
        return (implies(self.final, self.reports_are_over() or self.phase is Phase.DONE)
                and implies(self.reports_are_over(), self.final))

    def reports_are_over(self) -> bool:
        """True between the last report and the end."""
        return self.phase is Phase.FINISH or (self.report_first and self.phase is Phase.MAIN)

    @lemma
    def stale_pages_are_listed_or_logged(self) -> bool:
        """While a copy is wanted and nothing failed, whatever differs from it is known somewhere."""
        return implies(self.migrating() and not self.failed,
                       self.logging and all(self.copy[p] is Copy.CURRENT or p in self.todo
                                            or any(p in self.log[d] for d in Device) for p in Page))

    @lemma
    def nobody_writes_memory_behind_the_last_report(self) -> bool:
        """If it is early, silent devices must leave memory alone as well."""
        return all(not self.may_write_memory(d) for d in Device
                   if not self.failed and not self.broken and (self.reports_are_over() or self.phase is Phase.SYNC))

    # --- images ---

    @lemma
    def nothing_is_read_outside_of_a_migration(self) -> bool:
        """Who cancels throws away what was read."""
        return all(self.image[d] is Image.NONE for d in Device if self.over())

    @lemma
    def streams_are_read_at_the_end(self) -> bool:
        """Those that were read are whole, or were, and one that comes too late is dead; unless something failed."""
        return all(self.readable(d) for d in Device if self.migrating() and not self.failed and not self.broken)

    def readable(self, d: Device) -> bool:
        """True if the image can still be made whole."""
        if self.phase is Phase.FINISH and self.passed[d]:
            return self.image[d] in (Image.WHOLE, Image.PAST)
        return self.image[d] is Image.NONE or (self.image[d] is Image.LATE and self.fd[d] is Fd.DEAD)
