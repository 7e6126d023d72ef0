"""Proposals about many devices: what falls silent, who cuts the paths between them, what stops with an error.

P9 (list for each region what is accessible when stopped) has no class here: it names offsets of a bus, and the states
know a device only as a whole.
"""

from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover import Switchover
from spec.uapi.switchover_state import Device


@proposal("MP03", status="became the P2P states",
          cites="J. Gunthorpe, 'vfio: Documentation for the migration region' v2, 2021-11-29: the NDMA bit")
class NoDmaAtAll(Switchover):
    """A state between running and stopped in which the device issues no DMA of any kind.

    The verdict HOLDS, and more than what was merged: with memory as quiet as the peers even a last report before the
    main pass loses no page, which with P2P states it does (W02). The price: the device must stop everything.
    """

    tells_apart: Switch[bool] = False
    configurations = {
        "two-passes": configuration("The order of the merged interface.", Device=2, faults=True),
        "early-report": configuration("The last report before the main pass.", Device=2, faults=True,
                                      report_first=True),
    }


@proposal("MP05", status="interrupts are not covered by the P2P states",
          cites="vfio documentation RFC; K. Tian, 2022-01-07")
class SilentDevicesDoNotInterrupt(Switchover):
    """A silent device raises no interrupt either, for an MSI is a DMA write.

    The verdict HOLDS, and buys nothing here: what is due stays pending and moves with the device, as it does when the
    device stops. That a vCPU may be waiting for it (the reason against) matters only while vCPUs run, and they do not.
    """

    configurations = {"interrupts": configuration("Two devices with an interrupt each.", Device=2, interrupts=True)}

    def may_interrupt(self, d: Device) -> bool:
        """Only where DMA may begin."""
        return self.initiates(d) or self.unspecified(d)

    @action_property("raise_interrupt")
    def a_silent_device_raises_nothing(self, old: Self, d: Device) -> bool:
        """What is proposed."""
        return old.state[d] in (State.RUNNING, State.PRE_COPY, State.ERROR)


@proposal("MP06", status="either is valid", breaks=("no_dirty_page_is_lost",
                                                    "a_saved_image_is_one_instant_of_the_source"),
          cites="A. Williamson, 2022-01: stopping all DMA is stricter than needed")
class OnlyPeersAreSpared(Switchover):
    """Stop writes to peers and let DMA to memory go on, but keep the early report that NDMA would allow.

    The verdict VIOLATED is about the report alone: with the last one behind the main pass (`report_first=false`) every
    promise holds. Merged so, with the order of the VMM in the documentation.
    """

    report_first: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P.", Device=2)}


@proposal("MP07", status="allowed, not specified", breaks=("no_write_to_a_peer_is_lost",
                                                           "the_first_device_stops_when_all_are_silent",
                                                           "a_saved_image_is_one_instant_of_the_source"),
          cites="linux-pci, 2021-11-01; documentation drafts")
class UserUnmapsPeers(Switchover):
    """No state for silence: the user takes the BARs of peers out of the IOMMU before it stops the first device.

    The verdict VIOLATED: the device that writes is running and posted its write, and that the IOMMU drops it instead of
    a stopped device is no help to who counts it as done. It would do only if the guest's drivers stopped before.
    """

    migrate = Switchover.migrate.without("devices-without-p2p")
    configurations = {"stop-copy": configuration("Two devices without P2P.", Device=2, p2p=False, pre_copy=False)}

    def reaches_peers(self) -> bool:
        """True while the BARs are mapped."""
        return self.vcpus_run()

    @hardware(cites="drivers/iommu: a posted write to what is not mapped is dropped", sure="deduced")
    def arrive(self, d: Device, to: Device) -> None:
        """Or does not."""
        require(to in self.outstanding[d])
        self.outstanding[d] = self.outstanding[d] - {to}
        if not self.reaches_peers():
            self.lost = True
        elif self.executes(to):
            self.changed(to)


@proposal("MP08", status="not adopted", breaks=("no_write_to_a_peer_is_lost",
                                                "the_first_device_stops_when_all_are_silent",
                                                "a_saved_image_is_one_instant_of_the_source"),
          cites="linux-pci, 2021-11-01: zap the mappings while the device is not running")
class StoppedDevicesAreZapped(Switchover):
    """The kernel takes the user's mappings of a stopped device away, so that no access reaches it.

    The verdict VIOLATED where devices write to each other: their writes do not go through a process's mappings. Against
    a VMM that never pauses its vCPUs (`misuse`) it protects the streams, which `zaps=false` loses.
    """

    zaps: Switch[bool] = True
    vcpus_stay: Switch[bool] = False
    migrate = Switchover.migrate.without("devices-without-p2p")
    configurations = {
        "peers": configuration("Two devices without P2P.", Device=2, p2p=False, pre_copy=False),
        "misuse": configuration("One device, and vCPUs that are not paused.", Device=1, p2p=False, pre_copy=False,
                                vcpus_stay=True),
    }

    def vcpus_run(self) -> bool:
        """A VMM that breaks the rules."""
        return self.vcpus_stay or super().vcpus_run()

    def stream_garbled(self, d: Device) -> None:
        """What is not mapped cannot be touched."""
        if not self.zaps:
            super().stream_garbled(d)


@proposal("MP11-peers", status="ERROR has no promise of behaviour; reset it",
          cites="A. Williamson and J. Gunthorpe, 2022-01")
class ErrorMeansStopped(Switchover):
    """A device in ERROR issues nothing.

    The verdict HOLDS, with a promise that the merged interface cannot give: no write at all goes astray, also none of
    the device that has just failed (`error_is_silent=false` breaks it). Declined, for it would be another action that
    can fail; and the VMM resets the device anyway, and drops the migration.
    """

    error_is_silent: Switch[bool] = True
    configurations = {"p2p": configuration("Two devices with P2P; any arc may fail.", Device=2, pre_copy=False,
                                           faults=True)}

    hit: Ghost[bool] = False      # a write arrived at a stopped device

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read")
    def arrive(self, d: Device, to: Device) -> None:
        """As merged, and remembered."""
        super().arrive(d, to)
        if self.stands_still(to):
            self.hit = True

    @invariant
    def no_write_goes_astray(self) -> bool:
        """Of whatever device."""
        return not self.hit


@proposal("MP15", status="left out; devices whose faults a vCPU completes are not supported",
          breaks=("a_pause_ends", "no_deadlock"),
          cites="linux-pci, 2021-12 to 2022-01: blocking NDMA until page requests finish")
class SilenceWaitsForPageRequests(Switchover):
    """The arc into silence ends when the page requests of the device are answered.

    The verdict VIOLATED: who answers is the guest, whose vCPUs are paused by then, and the SET never returns.
    """

    progress: Switch[bool] = True
    configurations = {"one": configuration("One device with P2P.", Device=1, pre_copy=False)}

    requested: Map[Device, bool] = everywhere(False)      # a page request waits for its answer

    @hardware(cites="PCI Express PRI; drivers/iommu/io-pgfault.c", sure="deduced")
    def request_page(self, d: Device) -> None:
        """The device met a page that is not there."""
        require(self.initiates(d) and self.awake[d] and not self.requested[d])
        self.requested[d] = True

    @kernel(cites="PCI Express PRI; a guest that owns its page tables", sure="deduced", fair="weak")
    def answer_page(self, d: Device) -> None:
        """By an instruction of the guest."""
        require(self.requested[d] and self.vcpus_run())
        self.requested[d] = False

    def quiet_enough(self, d: Device, to: State) -> bool:
        """Also no page request is open."""
        return super().quiet_enough(d, to) and (to in (State.RUNNING, State.PRE_COPY) or not self.requested[d])

    def reset(self, d: Device) -> None:
        """Nobody waits any more."""
        super().reset(d)
        self.requested[d] = False


@proposal("MP18", status="declined; a driver documents that its platform lacks P2P", breaks=("no_warnings",),
          cites="S. Thodi and J. Gunthorpe, 2023-05")
class NoPathBetweenDevices(Switchover):
    """Devices without P2P states may migrate together where the platform has no path between them.

    The verdict VIOLATED: no write is ever lost, but nothing keeps the guest from trying. The IOMMU holds a mapping, and
    what the platform does with the transaction is its own affair. With guests that do not (`guests_abide`) all holds.
    """

    guests_abide: Switch[bool] = False
    migrate = Switchover.migrate.without("devices-without-p2p")
    configurations = {"stop-copy": configuration("Two devices without P2P.", Device=2, p2p=False, pre_copy=False)}

    the_first_device_stops_when_all_are_silent = None

    def may_write_peers(self, d: Device) -> bool:
        """It takes a driver that has the address."""
        return not self.guests_abide and super().may_write_peers(d)

    def may_write_memory(self, d: Device) -> bool:
        """As merged."""
        return super().may_write_peers(d) or super().may_write_memory(d)

    @hardware(cites="J. Gunthorpe, 2023-05: the platform may crash", sure="deduced")
    def arrive(self, d: Device, to: Device) -> None:
        """It does not."""
        require(to in self.outstanding[d])
        self.outstanding[d] = self.outstanding[d] - {to}
        warn("a write without a path to its target is an error of the platform", sure="deduced", cites="this proposal")
