"""Groups that were too small for the fabric they describe."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership


@history("B31", breaks=("devices_in_reach_never_mix_kernel_and_userspace",),
         cites="'Fix incorrect iommu_groups with PCIe ACS', v2 2025-07-09, v3 2025-09; merge not checked")
class GroupsTooSmallForTheirReach(DmaOwnership):
    """Ports without access control let one group's device reach the registers of another's."""

    groups_are_closed: Switch[bool] = False
    configurations = {
        "groups": configuration("Two groups of one device that reach each other.", Device=2, Group=2,
                                home=every(), reaches=everywhere(True)),
    }
