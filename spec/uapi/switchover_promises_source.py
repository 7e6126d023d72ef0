"""What a switchover promises on the source: one instant, no lost page, nothing left behind, and an end."""

from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State, frozen
from spec.uapi.switchover_lemmas import SourceLemmas
from spec.uapi.switchover_state import Copy, Device, Fd, Page
from spec.uapi.switchover_vmm_source import Image, Phase


@abstract
class SourcePromises(SourceLemmas):
    """Each has a number, I1 to I16 and L1 to L6, by which it is known."""

    progress: Switch[bool] = False       # ask whether what was begun ends

    @invariant
    def a_saved_image_is_one_instant_of_the_source(self) -> bool:
        """I4: memory as sent and every device as read, with nothing that one of them did and another did not see.

        Devices are followed exactly, also where the instant is over (`PAST`, `LATE`). Of pages more is asked than one
        instant: that the copy is current at the end, for none may change once the first device was read.
        """
        return implies(self.phase is Phase.DONE,
                       all(self.image[d] in (Image.WHOLE, Image.PAST) for d in Device)
                       and all(self.copy[p] is Copy.CURRENT for p in Page) and not self.lost)

    @invariant
    def no_dirty_page_is_lost(self) -> bool:
        """I6: behind the last report the VMM knows of every page that differs from its copy, or of a failure."""
        return all(self.copy[p] is Copy.CURRENT or p in self.todo for p in Page
                   if self.final and not self.failed and not self.broken)

    @action_property
    def stopped_devices_do_not_change(self, old: Self) -> bool:
        """I3: what was read of a stopped device stays true until the device is let go or reset."""
        return all(self.image[d] is not Image.PAST for d in Device
                   if old.image[d] is Image.WHOLE and frozen(old.state[d]) and frozen(self.state[d]))

    @invariant
    def nothing_is_left_of_a_migration_that_ended(self) -> bool:
        """L6: no log, no session, no list; a migration can begin anew."""
        return implies(self.phase is Phase.QUIET,
                       not self.logging and all(self.fd[d] is Fd.NONE for d in Device) and self.todo == set())

    @invariant
    def a_guest_that_runs_has_all_its_devices(self) -> bool:
        """L1: when a migration is over and the guest goes on here, every device is RUNNING."""
        return implies(self.phase is Phase.QUIET, all(self.state[d] is State.RUNNING for d in Device))

    @goal
    def a_migration_completes(self) -> bool:
        """The image is whole, and the source has cleaned up."""
        return self.phase is Phase.DONE and all(self.passed[d] for d in Device)

    @leads_to
    @when("progress")
    def a_pause_ends(self) -> Promise:
        """L3 and L6: either side runs the guest in the end, whatever fails on the way."""
        return leads_to(not self.vcpus_run(), self.phase is Phase.DONE or self.phase is Phase.QUIET)

    @leads_to
    @when("progress")
    def a_cancelled_migration_is_over_some_day(self) -> Promise:
        """L6."""
        return leads_to(self.phase in (Phase.UNWIND, Phase.BACK_PREPARE, Phase.BACK_MAIN), self.phase is Phase.QUIET)
