"""DMA ownership of an IOMMU group: who may let its devices do DMA, and which domain they use meanwhile.

Start with `dma_ownership_state.py` for the words; each other file is one concern and extends the one before it.
"""

from spec.lang import *
from spec.uapi.dma_ownership_progress import Progress
from spec.uapi.dma_ownership_state import Era


class DmaOwnership(Progress):
    """DMA ownership of IOMMU groups, from the series under review to Linux 7.0.

    Every action is atomic under the group mutex, except for what a reset splits; where the order of two threads matters
    a spec in `races` has the locks. Not modelled anywhere: a second fd of one character device, and no-IOMMU mode.

    Refusals that only a caller who breaks an axiom meets: `no-cookie`, and `foreign-domain` and `pasid-in-use` of
    `take_guard`, which the promise about groups that nobody holds makes unreachable. `no-group-to-bind` needs a kernel
    without VFIO groups, for they do not let a driver bind to a device without an iommu_group.

    What the profile 6.1.y breaks, and why: a switch that fails at a later member is not rolled back before 6.5
    (refused_calls_change_nothing, hardware_uses_living_domains, the_hardware_sees_only_the_old_and_the_new_domain);
    a device that joins an owned group gets no domain before 6.5 (owned_devices_reach_only_their_owners_memory,
    userspace_dma_never_reaches_kernel_memory); the driver core's test-remove option does not drop the use before 6.6
    (owner_count_is_the_number_of_holders, only_a_holder_keeps_a_claim_out, no_warnings, bounds_are_kept).
    """

    profiles = {
        "6.1.y": profile(era=Era.E1),
        "6.12.y": profile(era=Era.E3, readiness_test=True),
        "7.0": profile(era=Era.E5),
    }

    configurations = {
        "core": configuration(
            "Claims, drivers, tables that replace one another, faults at every member. Members stay; no other feature.",
            TableId=2, attach_faults=True, allocation_faults=True, probe_faults=True, stubs=True, mistakes=True),
        "members": configuration(
            "Devices come and go and the default-domain type changes. Leaves out private domains, PASIDs, resets.",
            membership=True, type_change=True, attach_faults=True, allocation_faults=True, mistakes=True),
        "private": configuration(
            "Drivers with a domain of their own, alone in a group and not. Leaves out faults, PASIDs, resets.",
            membership=True, kernel_private=True, type_change=True),
        "boot": configuration(
            "Groups wait for their default domain, devices are reset meanwhile. Leaves out attach faults and PASIDs.",
            Device=2, membership=True, boot_window=True, type_change=True, allocation_faults=True, resets=True),
        "pasid": configuration(
            "PASID slot 1 under every mix of device limits, devices come and go. Leaves out resets.",
            Device=2, TableId=2, membership=True, pasids=True, attach_faults=True, mistakes=True, max_pasids=every()),
        "reset": configuration(
            "Resets, nested and of siblings, with PASIDs; one device has no ATS. Members stay.",
            resets=True, pasids=True, attach_faults=True, allocation_faults=True, ats=listed(True, True, False)),
        "firmware": configuration(
            "Every choice of devices with 1:1 regions; first attaches wait for the first mapping. Leaves out PASIDs.",
            Device=2, membership=True, deferral=True, resets=True, attach_faults=True, test_remove=True,
            require_direct=every()),
        "groups": configuration(
            "Two groups, every topology and reach. Leaves out faults and everything that is not a claim or a driver.",
            Device=2, Group=2, home=every(), reaches=every()),
        "vfio": configuration(
            "VFIO groups, containers, iommufds and character devices as the only callers. Leaves out resets, PASIDs.",
            Device=2, TableId=2, core_callers=False, vfio=True, iommufd=True, membership=True,
            attach_faults=True, allocation_faults=True, mistakes=True, is_iommufd=every()),
        "emulated": configuration(
            "Mediated devices: groups without an IOMMU behind VFIO. Leaves out character devices.",
            Device=2, Group=2, core_callers=False, vfio=True, emulated=everywhere(True), is_iommufd=every()),
        "progress": configuration(
            "Drivers and users that try again until they succeed, at boot and beside resets that do not nest.",
            Device=2, Owner=1, membership=True, boot_window=True, resets=True, nested_resets=False, patience=True),
        "everything": configuration(
            "Benchmark: most features at once; not searched by default.",
            membership=True, kernel_private=True, stubs=True, pasids=True, resets=True, type_change=True,
            deferral=True, attach_faults=True, allocation_faults=True),
    }
