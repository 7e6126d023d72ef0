"""Candidates: read in source or seen under fault injection, not settled; kept apart from bugs that were fixed."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.races.mixed_backends import MixedBackends
from spec.uapi.races.reset_and_attach import ResetAndAttach
from spec.uapi.races.tasks import Task
from spec.uapi.races.type_change import TypeChangeUnderMutex


@candidate("OC1", breaks=("no_warnings", "hardware_uses_living_domains",
                          "groups_with_direct_mappings_are_never_claimed"),
           cites="read in 6.12.117, not reproduced: drivers/iommu/iommu.c:__iommu_probe_device()")
class DirectDeviceJoinsOwnedGroup(DmaOwnership):
    """A device that firmware forbids to block joins a group on a user's table; detach cannot move it back.

    Asked without T3. On the blocking domain the group would refuse the device; on a table nothing does.
    """

    no_direct_joiners: Switch[bool] = False
    configurations = {
        "direct": configuration("One device demands 1:1 regions; devices come and go.", Device=2, membership=True,
                                require_direct=listed(False, True)),
    }


@candidate("OC2", breaks=("bounds_are_kept",),
           cites="read in 6.12.117 and newer, not reproduced: drivers/iommu/iommu.c:iommu_group_store_type()")
class FlushQueueRacesRemoval(TypeChangeUnderMutex):
    """Writing DMA-FQ looks for a default domain before it takes the group mutex, and uses that domain inside.

    Where the last device leaves in between there is no domain any more.
    """

    configurations = {"one-device": configuration("One device, two tasks.", Device=1)}

    @process(thread=Task, cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    def start_flush_queue(self, t: Task) -> Process:
        """The test outside, the use inside."""
        if self.default is None:
            return refuse(EINVAL, "no-default-domain", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        yield from self.group_mutex.acquire(t)
        self.default = self.with_queue(self.default)
        self.group_mutex.release(t)
        return DONE


@candidate("OC3", breaks=("no_warnings", "the_last_release_restores_the_default_domain",
                          "kernel_drivers_start_on_a_domain_made_for_them", "hardware_uses_living_domains"),
           cites="recorded with fault injection on 6.12 and VT-d; what the hardware translates then was not observed")
class ReattachMayFail(DmaOwnership):
    """Without the axiom that what was attached before can be attached again, the last release may fail.

    Where DMA of the former owner may go then: nowhere, as long as the device can at least be blocked; into the
    owner's table, freed by now, if that fails too. What the next driver sees: `use` of an idle group does not look
    at the hardware and succeeds, so the driver starts on the blocking domain or on that table. One device, so that
    every failure is one of a release or a detach and none of a roll-back.
    """

    reattach_succeeds: Switch[bool] = False
    configurations = {"core": configuration("Claims, tables and failing attaches.", Device=1, attach_faults=True)}


@candidate("OC4", breaks=("resetting_devices_get_no_invalidations",),
           cites="[PATCH v5 1/5] of the series for 7.0, 2025-11-10: a hardening, no practical case known")
class FirstMappingWithoutMutex(ResetAndAttach):
    """Until 7.0 the attach that was postponed to the first mapping took no lock.

    A reset that begins between its test and its attach finds its device attached again. It needs a kdump kernel, and
    a driver that maps for the first time while somebody resets its device.
    """

    mapping_takes_mutex: Switch[bool] = False


@candidate("OC5", breaks=("no_warnings", "an_access_exists_while_its_device_is_open",
                          "a_container_counts_its_group_and_its_device"),
           cites="read in 6.12.117, not reproduced: drivers/vfio/vfio_main.c:vfio_df_device_last_close()")
class LastFileDecides(MixedBackends):
    """A mediated device is opened in an iommufd, its group moved into a container, and the device opened again.

    The file that is closed last was opened with the container, so a use of the container is given back that nobody
    took, with a reference to the group's file too many, and the access to the iommufd stays.
    """

    device_remembers: Switch[bool] = False
