"""Bugs of a switchover of several devices: who let them migrate, in which order they stopped, what a log forgot.

Ids with M are known bugs. Those with W are warnings: nobody is known to have shipped them, but the order in which a
VMM does things, and what a driver leaves alone, is right for the reason that they show.
"""

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover import Switchover
from spec.uapi.switchover_destination import SwitchoverDestination
from spec.uapi.switchover_state import Device
from spec.uapi.switchover_vmm_destination import Awaited
from spec.uapi.switchover_vmm_source import Phase


@history("M20", breaks=("no_write_to_a_peer_is_lost", "a_saved_image_is_one_instant_of_the_source",
                        "the_first_device_stops_when_all_are_silent"),
         cites="QEMU 'vfio/migration: Block multiple devices migration', 2023-02; lifted for P2P by 5c7a4b60350e")
class TwoDevicesWithoutP2p(Switchover):
    """Several devices that cannot fall silent were allowed to migrate: the first is stopped while the second writes.

    The second device counts its write as done, the first never sees it, and both are saved so.
    """

    migrate = Switchover.migrate.without("devices-without-p2p")
    configurations = {
        "stop-copy": configuration("Two devices that have STOP_COPY and nothing else.", Device=2, p2p=False,
                                   pre_copy=False),
    }


@history("W01", breaks=("no_write_to_a_peer_is_lost", "a_saved_image_is_one_instant_of_the_source",
                              "the_first_device_stops_when_all_are_silent"),
         cites="what 94f775e428f8 and 9d3103c81be3 (QEMU, two passes, 2023-09) are for")
class OnePassForAll(Switchover):
    """The devices have P2P, but each goes from RUNNING to STOP before the next one begins."""

    one_pass: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2, pre_copy=False)}


@history("W02", breaks=("no_dirty_page_is_lost", "a_saved_image_is_one_instant_of_the_source"),
         cites="include/uapi/linux/vfio.h:VFIO_DEVICE_STATE_RUNNING_P2P forbids no DMA to memory; deduced")
class LastReportBeforeStop(Switchover):
    """The last report is taken when all devices are silent: silent towards peers, not towards memory."""

    report_first: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2, pre_copy=False)}


@history("W03", breaks=("no_dirty_page_is_lost", "a_saved_image_is_one_instant_of_the_source"),
         cites="include/uapi/linux/vfio.h:VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP; deduced")
class LoggingEndsWithTheVcpus(Switchover):
    """Logging is stopped when the vCPUs are, and what it knew goes with it; a lax driver still answers the report."""

    log_stops_first: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2, pre_copy=False)}


@history("W04", breaks=("no_dirty_page_is_lost", "a_saved_image_is_one_instant_of_the_source"),
         cites="include/uapi/linux/vfio.h:VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT; deduced")
class ReportErrorIgnored(Switchover):
    """A report fails and the VMM goes on with what it has. All of memory is dirty then, or the migration ends."""

    heeds_report_errors: Switch[bool] = False
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2, pre_copy=False, report_errors=True)}


@history("M16-flush", breaks=("stopped_devices_write_no_memory", "no_dirty_page_is_lost",
                        "a_saved_image_is_one_instant_of_the_source", "stopped_devices_do_not_change"),
         cites="e63c46639873 'bugfix cache write-back issue', 6.16")
class CacheFlushedAfterStop(Switchover):
    """The stop is answered, and only then the device writes its cache back to memory."""

    configurations = {"stop-copy": configuration("One device without P2P.", Device=1, p2p=False, pre_copy=False)}

    def may_write_memory(self, d: Device) -> bool:
        """Also in STOP, where nothing is taken up any more but something may be left."""
        return super().may_write_memory(d) or (self.state[d] is State.STOP and self.awake[d])


@history("M22", breaks=("a_guest_that_runs_has_all_its_devices",),
         cites="QEMU 'Reset device if setting recover state fails', 2022")
class RecoveryWithoutReset(Switchover):
    """A SET fails, and so does the one that should undo it: the device is left where it is, in ERROR for good."""

    configurations = {"pre-copy": configuration("Two devices with all capabilities; any arc may fail.", faults=True)}

    def set_or_reset(self, d: Device) -> None:
        """No state can be set from ERROR, and nobody resets."""
        if self.state[d] is not State.ERROR:
            super().set_or_reset(d)


@history("W05", breaks=("no_write_to_a_peer_is_lost", "a_saved_image_is_one_instant_of_the_source"),
         cites="include/uapi/linux/vfio.h:VFIO_DEVICE_STATE_RUNNING_P2P: the user must not touch the device; deduced")
class VcpusRunThroughThePreparePass(Switchover):
    """vCPUs are paused when all devices are silent; an access before that makes a silent device speak again."""

    configurations = {"p2p": configuration("Two devices with P2P.", Device=2, pre_copy=False)}

    def vcpus_run(self) -> bool:
        """Also while devices fall silent."""
        return super().vcpus_run() or self.phase is Phase.PREPARE


@history("M20-resume", breaks=("no_write_to_a_peer_is_lost", "the_first_device_stops_when_all_are_silent"),
         cites="QEMU 'vfio/migration: Block multiple devices migration', 2023-02")
class TwoDevicesWithoutP2pResume(SwitchoverDestination):
    """The other half of the same bug: the first device that runs again writes to one that is not there yet.

    Asked without the axiom that the source refuses.
    """

    source_refuses: Switch[bool] = False
    configurations = {
        "stop-copy": configuration("Two devices that have STOP_COPY and nothing else.", Device=2, p2p=False,
                                   pre_copy=False),
    }


@history("W06", breaks=("no_write_to_a_peer_is_lost", "the_first_device_stops_when_all_are_silent"),
         cites="what 94f775e428f8 and 9d3103c81be3 (QEMU, two passes, 2023-09) are for")
class OnePassWhenResuming(SwitchoverDestination):
    """The devices have P2P, but each goes from RESUMING to RUNNING before the next one begins."""

    one_pass: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2)}


@history("W07", breaks=("no_interrupt_is_lost",),
         cites="linux-pci, 2021-11: when to call SET_IRQS; include/uapi/linux/vfio.h leaves it open; deduced")
class VectorsAfterThePreparePass(SwitchoverDestination):
    """SET_IRQS when the devices run: one that is silent towards peers may raise what was due before that."""

    awaited: Switch[Awaited] = Awaited.MEMORY
    configurations = {"one": configuration("One device.", Device=1, interrupts=True, due=every())}


@history("W08", breaks=("no_interrupt_is_lost", "a_set_leaves_the_vector_alone"),
         cites="linux-pci, 2021-11: state that is controlled from outside must not be changed by a resume; deduced")
class StreamBringsTheVector(SwitchoverDestination):
    """The device loads its MSI-X table with the rest, over what SET_IRQS has put there."""

    overwrites_vectors: Switch[bool] = True
    configurations = {"one": configuration("One device.", Device=1, interrupts=True, due=every())}


@history("W09", breaks=("what_a_device_has_written_stays", "the_guest_runs_with_all_of_its_memory"),
         cites="QEMU hw/vfio/migration.c blocks postcopy; deduced")
class DevicesBeforeMemory(SwitchoverDestination):
    """Postcopy with devices: they run, and write to pages that then come from the source."""

    awaited: Switch[Awaited] = Awaited.VECTORS
    configurations = {"one": configuration("One device.", Device=1)}


@history("W10", breaks=("only_a_whole_stream_is_loaded", "the_guest_runs_with_all_that_its_devices_were"),
         cites="recorded on samples/vfio-mdev/mtty.c: a corrupt stream is accepted")
class StreamIsNotValidated(SwitchoverDestination):
    """The driver takes whatever was written to it."""

    validates: Switch[bool] = False
    configurations = {"one": configuration("One device, whose stream may end early.", Device=1, cut_streams=True)}


@history("W11", breaks=("a_saved_image_is_one_instant_of_the_source",),
         cites="libvfio-user issue 853, 2026-04: a guest reset in pre-copy; QEMU takes a second data fd for an error")
class SecondDataFdIsTaken(Switchover):
    """The guest resets a device in pre-copy; the next SET opens a new session, and the VMM reads on."""

    configurations = {"one": configuration("One device that the guest resets.", Device=1, resets=True)}

    def out_of_step(self, d: Device) -> None:
        """Nothing seems wrong."""


@candidate("MC1", breaks=("a_saved_image_is_one_instant_of_the_source",),
           cites="deduced; libvfio-user issue 853 is the same question asked of a guest reset")
class HostResetsWhileSaving(Switchover):
    """The host resets both devices, one already saved and one not: the image has the second reset without the first.

    A VMM that was pre-copying notices, for its data fd is dead. One that saves from STOP asks for STOP_COPY.
    """

    configurations = {
        "from-stop": configuration("Two devices with P2P, without pre-copy.", Device=2, pre_copy=False),
        "pre-copy": configuration("The same with pre-copy: nothing is broken.", Device=2),
    }

    @kernel(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_core_aer_err_detected(); a hot reset by a neighbour",
            sure="deduced")
    def host_resets(self, d: Device) -> None:
        """At any time, and no VMM is told."""
        require(self.calling != d)
        self.reset(d)


@candidate("MC2", breaks=("the_guest_runs_with_all_that_its_devices_were",),
           cites="deduced; the state after a reset is RUNNING, which is what the VMM asks for next")
class HostResetsWhileResuming(SwitchoverDestination):
    """The host resets a device between the load and the run; every SET succeeds, and the guest runs beside it."""

    configurations = {"one": configuration("One device.", Device=1)}

    @kernel(cites="drivers/vfio/pci/vfio_pci_core.c:vfio_pci_core_aer_err_detected(); a hot reset by a neighbour",
            sure="deduced")
    def host_resets(self, d: Device) -> None:
        """At any time, and no VMM is told."""
        require(self.calling != d)
        self.reset(d)
