"""Candidates: read in source or seen under fault injection, not settled; kept apart from bugs that were fixed."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Default, Group
from spec.uapi.dma_ownership_type import Kind


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
class FlushQueueRacesRemoval(DmaOwnership):
    """Writing DMA-FQ looks for a default domain before it takes the group mutex, and uses that domain inside.

    The two halves are two steps here; where the last device leaves in between there is no domain any more.
    """

    writing: Map[Group, bool] = everywhere(False)   # the test is passed, the mutex not yet taken
    configurations = {
        "members": configuration("One device that comes and goes.", Device=1, Owner=1, membership=True,
                                 type_change=True),
    }

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    def flush_queue_begins(self, g: Group) -> None:
        """Outside the mutex: there is a default domain."""
        require(not self.writing[g] and self.default[g] is not None and self.default_kind[g] is Kind.DMA)
        self.writing[g] = True

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    def flush_queue_ends(self, g: Group) -> None:
        """Inside: the domain is dereferenced."""
        require(self.writing[g])
        self.writing[g] = False
        started = self.flush_queue_of(self.default[g])
        self.default_kind[g] = started

    @pure
    def flush_queue_of(self, it: Default) -> Kind:
        """A flush queue for this domain."""
        return Kind.DMA_FQ


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
