"""Bugs of the core and of drivers that implement migration: walks, sessions, pre-copy, and races with a reset."""

from spec.lang import *
from spec.uapi.migration import Migration
from spec.uapi.migration_arcs import State, e1_blocks, pre_copying
from spec.uapi.migration_reset import ResetRace
from spec.uapi.migration_state import LENGTH


@history("M01", breaks=("every_request_ends",),
         cites="a26b499b757c 'vfio: prevent infinite loop in vfio_mig_get_next_state() on blocked arc'")
class BlockedArcIsLookedUpForEver(Migration):
    """The entry that blocks an arc fails the test for support too, so the lookup goes on from it to itself.

    Modelled as an arc that leads nowhere, so that a walk of bounded length does not arrive.
    """

    configurations = {"arcs": configuration("All capability sets, no failures.", File=1)}

    def next_arc(self, wanted: State) -> State | None:
        """What is blocked is skipped like what is not supported."""
        if self.pre_copy and e1_blocks(self.state, wanted):
            return self.state
        return super().next_arc(wanted)


@history("M04", breaks=("only_the_file_of_the_session_is_alive", "what_is_read_belongs_to_the_session"),
         cites="457f73082547 'vfio/pds: Make sure migration file isn't accessed after reset'")
class FileOutlivesReset(Migration):
    """A reset freed the buffers and left the file enabled."""

    configurations = {"streams": configuration("No failures.", File=1, streams=True, p2p=False, pre_copy=False)}

    def come_back(self) -> None:
        """The buffers go; the file does not know."""
        f = self.file
        super().come_back()
        if f is not None and self.held[f]:
            self.enabled[f] = True


@history("M05", breaks=("no_lock_cycle", "a_reset_comes_to_running"),
         cites="fd94213e1417 'hisi_acc_vfio_pci: Remove the deferred_reset logic'")
class ResetWaitsForCopies(ResetRace):
    """A request copies to its user under the state mutex, and a reset waits for that mutex with locks held."""

    deferred: Switch[bool] = False
    configurations = {"two": configuration("Two threads.", Task=2)}


@history("M06", breaks=("no_reset_is_lost",),
         cites="a22099ed7936 'hisi_acc_vfio_pci: fix VF reset timeout issue'")
class ResetBesideThatOfTheParent(ResetRace):
    """A function is reset while its parent is; the reset gets lost and times out."""

    waits_for_parent: Switch[bool] = False
    configurations = {"parent": configuration("One thread and the parent function.", Task=1, parent=True)}


@history("M08", breaks=("a_reset_leaves_the_device_as_new",), cites="libvfio-user issue 458, April 2021")
class ResetLeavesStopped(Migration):
    """A reset left the device stopped, and the next user could not use it."""

    configurations = {"arcs": configuration("All capability sets, no failures.", File=1)}

    def come_back(self) -> None:
        """As new, but for the state."""
        super().come_back()
        self.state = State.STOP


@history("M08-keep", breaks=("a_reset_leaves_the_device_as_new",), cites="libvfio-user issue 853, pull request 854")
class ResetKeepsState(Migration):
    """A guest that resets its device in pre-copy surprises the VMM, whose copy of the state is then wrong.

    So a reset of an emulated device keeps the state. The kernel decided otherwise: a reset leads to RUNNING, and the
    VMM must be told of it.
    """

    configurations = {"arcs": configuration("All capability sets, no failures.", File=1)}

    def come_back(self) -> None:
        """What the guest had in the device is lost; the migration goes on."""


@history("M09", breaks=("no_warnings",),
         cites="'vfio/mlx5: Protect mlx5vf_disable_fds() upon close device', 2022-06-28")
class CloseFreesWithoutMutex(ResetRace):
    """Closing the device disabled the files without the state mutex, beside others who did."""

    configurations = {"one": configuration("One thread beside the one that closes.", Task=1)}

    @process(cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_pci_close_device()", sure="read")
    def close_device(self) -> Process:
        """Look, then free."""
        had = self.session
        yield "about to free"
        if had and not self.session:
            warn("double free of a data file", sure="deduced",
                 cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_disable_fds()")
        elif had:
            self.settle()


@history("M11", breaks=("hardware_tracks_only_while_it_is_asked_to",),
         cites="6de042240b0f 'vfio/mlx5: Let firmware knows upon leaving PRE_COPY back to RUNNING'")
class CancelLeavesTracking(Migration):
    """A migration that was cancelled in pre-copy left the firmware with what it needs for tracking."""

    configurations = {"arcs": configuration("All capability sets, no failures.", File=1)}

    def track(self, step: State) -> None:
        """Only a stopped device was told that tracking is over."""
        if pre_copying(step):
            self.tracking = True
        elif step is State.STOP_COPY or step is State.STOP:
            self.tracking = False


@history("M12", breaks=("nothing_is_added_to_a_broken_image",),
         cites="d8d577b5fa2a 'vfio/mlx5: Block incremental query upon migf state error'")
class QueryOnBrokenImage(Migration):
    """After a save had failed in pre-copy, the device was asked what had changed since."""

    configurations = {
        "background": configuration("Saves in the background fail.", File=1, streams=True, asynchronous=True,
                                    arc_faults=True, p2p=False, pre_copy=True),
    }

    def ask_for_more(self) -> Outcome:
        """Nobody looked at the error."""
        if self.broken:
            self.in_flight = True
        return DONE


@history("M14", breaks=("a_pause_is_no_save_under_way",),
         cites="bd0da611312b 'vfio/mlx5: consider inflight SAVE during PRE_COPY'")
class PauseBeforeASave(Migration):
    """A read in pre-copy said that there was nothing for now, while a save was on its way."""

    configurations = {
        "background": configuration("Saves in the background.", File=1, streams=True, asynchronous=True,
                                    p2p=False, pre_copy=True),
    }

    def nothing_left(self, wait: bool) -> Outcome:
        """Pre-copy comes first."""
        if self.tracked():
            return refuse(ENOMSG, "paused", sure="read", cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_save_read()")
        return super().nothing_left(wait)


@history("M16", breaks=("only_a_whole_stream_is_loaded",),
         cites="2777a40998de 'hisi_acc_vfio_pci: bugfix live migration function without VF device driver'")
class LoadWithoutData(Migration):
    """A device whose guest had no driver was resumed from queues that were never written."""

    configurations = {"streams": configuration("No failures.", File=1, streams=True, p2p=False, pre_copy=False)}

    def has_all_bytes(self) -> bool:
        """Nobody looked how much there is."""
        return True

    accepts_corrupt_stream: Switch[bool] = True


@history("M17", breaks=("bounds_are_kept",),
         cites="'hisi_acc_vfio_pci: fix integer overflow check in hisi_acc_vf_resume_write()', July 2022")
class HugeWriteWrapsAround(Migration):
    """A length so large that its sum with the position wraps around passed the test for the size."""

    configurations = {"streams": configuration("No failures.", File=1, streams=True, p2p=False, pre_copy=False)}

    def too_much(self) -> Outcome:
        """The sum is small, where there is something to add to."""
        if self.accepted == 0:
            return super().too_much()
        self.put_in(LENGTH, True)
        return DONE
