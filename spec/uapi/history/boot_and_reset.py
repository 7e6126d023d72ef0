"""Bugs of PCI resets, in 7.0; those of 6.15 are races and stand in `races.py`."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device


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
