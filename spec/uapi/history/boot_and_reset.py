"""Bugs of 6.15 and later: the default domain that comes late, and PCI resets."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver


@history("B21", breaks=("kernel_drivers_start_on_a_domain_made_for_them",),
         cites="b46064a18810 'iommu: Handle race with default domain setup', 2025-02")
class ProbeBeforeDefaultDomain(DmaOwnership):
    """A driver could probe between the creation of its group and that of the default domain.

    The race is between two threads; the window that it uses is an ordinary sequence of atomic steps.
    """

    readiness_test: Switch[bool] = False
    configurations = {"boot": configuration("Boot and drivers.", Device=1, membership=True, boot_window=True)}


@history("B22", breaks=("owner_count_is_the_number_of_holders", "managed_drivers_do_not_count_as_uses",
                        "devices_without_a_driver_hold_nothing"),
         cites="78447d4545b2 'PCI: Fix driver_managed_dma check', 2025-04-25; fixes bcb81ac6ae3c")
class FlagOfAStaleDriver(DmaOwnership):
    """The flag of a driver was read through a pointer made before the driver was there.

    The IOMMU sets firmware up again for devices without a driver, which must not count as a use. The pointer to the
    driver and the test that there is one are two steps; where a driver binds in between, the test passes and the
    flag is whatever lies near address zero.
    """

    rereading: Map[Device, bool] = everywhere(False)   # the pointer is made, the test is still to come
    configurations = {"core": configuration("Claims and drivers.", Device=1)}

    @kernel(cites="drivers/pci/pci-driver.c:pci_dma_configure()", sure="read")
    def firmware_reread_begins(self, d: Device) -> None:
        """The pointer is computed from a driver that is NULL."""
        require(self.driver[d] is Driver.NONE and not self.rereading[d])
        self.rereading[d] = True

    @kernel(cites="drivers/pci/pci-driver.c:pci_dma_configure()", sure="read")
    def firmware_reread_ends(self, d: Device, *, looks_managed: bool) -> None:
        """The test finds a driver by now."""
        require(self.rereading[d])
        self.rereading[d] = False
        if self.driver[d] is not Driver.NONE and not looks_managed:
            self.use(d)


@history("B23", breaks=("resetting_devices_get_no_invalidations",),
         cites="c279e83953d9 'Introduce pci_dev_reset_iommu_prepare/done()', 7.0")
class ResetWithoutBlocking(DmaOwnership):
    """A device in reset stayed attached and was sent invalidations that it never answered."""

    reset_blocks_device: Switch[bool] = False
    configurations = {"reset": configuration("Resets.", Device=2, resets=True)}


@history("B25", breaks=("resetting_devices_get_no_invalidations", "no_warnings"),
         cites="b296ca1fb43a 'Replace per-group resetting_domain with per-gdev blocked flag', 2026")
class OneResetFlagForTheGroup(DmaOwnership):
    """The group remembered that one of its devices is in reset, not which: the first to finish freed all."""

    configurations = {"reset": configuration("Resets of two members.", Device=2, resets=True)}

    def unfence(self, d: Device) -> None:
        """The end of one reset ends it for every member; the second `done` then finds nothing to undo."""
        for e in self.members[self.home[d]]:
            if self.blocked[e]:
                super().unfence(e)


@history("B26", breaks=("no_warnings", "the_last_release_restores_the_default_domain", "groups_refer_to_living_domains",
                        "hardware_uses_living_domains"),
         cites="5474e6e17a26 'Fix WARN_ON in __iommu_group_set_domain_nofail() due to reset', CVE-2026-52952")
class ResetFencesReleasePath(DmaOwnership):
    """Calls that must succeed were refused during a reset, and left the group on a domain that was then freed."""

    must_spares_reset_fence: Switch[bool] = False
    configurations = {"reset": configuration("Claims, tables and resets.", Device=1, resets=True)}


@history("B27", breaks=("bounds_are_kept",),
         cites="d769711fcddd 'Fix NULL group->domain dereference in pci_dev_reset_iommu_done()', 2026")
class ResetDoneWithoutDomain(DmaOwnership):
    """The end of a reset attached the domain of a group that has none."""

    done_tests_for_domain: Switch[bool] = False
    configurations = {
        "boot": configuration("Boot and resets.", Device=1, membership=True, boot_window=True, resets=True),
    }


@history("B28", breaks=("resetting_devices_have_no_pasid_installed",),
         cites="1615e8896a8f 'Fix pasid attach in pci_dev_reset_iommu_prepare/done()', 2026")
class ResetDoneSetsAllPasids(DmaOwnership):
    """The end of one device's reset installed the PASIDs on its siblings too, also on one still in reset."""

    done_sets_own_pasids: Switch[bool] = False
    configurations = {"reset": configuration("PASIDs and resets.", Device=2, resets=True, pasids=True)}


@history("B30", breaks=("resetting_devices_get_no_invalidations",),
         cites="15dd29ca6206 'Warn on premature unblock during DMA aliased sibling reset', 2026; open")
class AliasedSiblingUnblocks(DmaOwnership):
    """Two functions share a requester id, so that ending the reset of one re-opens the other. Still open."""

    aliased: Switch[bool] = True
    configurations = {"reset": configuration("Two devices behind one requester id.", Device=2, resets=True)}
