"""The bracket around a PCI reset: the device is blocked meanwhile, the group keeps what it believes."""

from spec.lang import *
from spec.uapi.dma_ownership_pasid import Pasids
from spec.uapi.dma_ownership_state import Blocking, Device, Era, Group


@abstract
class Resets(Pasids):
    """7.0: pci_dev_reset_iommu_prepare() and pci_dev_reset_iommu_done(), with the fixes that followed."""

    reset_blocks_device: Switch[bool] = since(Era.E5)        # c279e83953d9
    done_tests_for_domain: Switch[bool] = since(Era.E5)      # d769711fcddd: there may be no domain to go back to
    done_sets_own_pasids: Switch[bool] = since(Era.E5)       # 1615e8896a8f: not those of the whole group
    nested_resets: Switch[bool] = True                       # of a function and of its bus

    ats: Constant[Map[Device, bool]] = everywhere(True)      # only these take part

    # --- core ---

    def reset_prepare(self, d: Device) -> Outcome:
        """drivers/iommu/iommu.c:pci_dev_reset_iommu_prepare()."""
        if not self.ats[d]:
            return DONE
        if not self.grouped(d):
            return DONE
        if self.reset_depth[d] > 0:
            self.reset_depth[d] += 1
            return DONE
        if (none := self.make_blocking(self.home[d])).refused:
            return none
        # a group that is on the blocking domain already has its members there
        if self.domain[self.home[d]] != Blocking() and (moved := self.device_attach(d, Blocking(), False)).refused:
            return moved
        self.fence(d)
        return DONE

    def fence(self, d: Device) -> None:
        """One device is blocked, on its PASIDs as well; its siblings are only counted."""
        if self.deferral:
            self.deferred[d] = False
        self.blocked[d] = True
        if self.pasids:
            self.hw_pasid[d] = None
        self.reset_depth[d] = 1
        self.recovery_cnt[self.home[d]] += 1

    def reset_done(self, d: Device) -> None:
        """drivers/iommu/iommu.c:pci_dev_reset_iommu_done()."""
        if self.ats[d] and self.grouped(d):
            if self.reset_depth[d] == 0:
                warn("reset is done that was not prepared", sure="read",
                     cites="drivers/iommu/iommu.c:pci_dev_reset_iommu_done()")
            elif self.reset_depth[d] > 1:
                self.reset_depth[d] -= 1
            else:
                self.unfence(d)

    def unfence(self, d: Device) -> None:
        """Back to what the group uses now, which may have changed meanwhile."""
        g = self.home[d]
        if self.has_domain_to_return_to(g):
            self.reset_attach_back(d)
        self.blocked[d] = False
        self.reset_depth[d] = 0
        if self.pasids:
            self.reset_pasids_back(d)
        self.recovery_cnt[g] -= 1

    def has_domain_to_return_to(self, g: Group) -> bool:
        """A group whose default domain could not be allocated has none."""
        if self.domain[g] is None:
            return not self.done_tests_for_domain
        return self.domain[g] != Blocking()

    def reset_attach_back(self, d: Device) -> None:
        """Attach the device to the domain of its group."""
        if self.device_attach(d, self.domain[self.home[d]], True).refused:
            warn("cannot leave reset", sure="read", cites="drivers/iommu/iommu.c:pci_dev_reset_iommu_done()")

    def reset_pasids_back(self, d: Device) -> None:
        """Install the occupied slots again, on this device only."""
        g = self.home[d]
        for e in self.members[g]:
            if (e == d or not self.done_sets_own_pasids) and not self.pasid_skips(e):
                self.hw_pasid[e] = self.pasid[g]

    # --- actions ---

    @hardware(cites="drivers/pci/pci.c:pcie_flr()", sure="read")
    @when("resets")
    def reset_begin(self, d: Device) -> Outcome:
        """Somebody resets a device; two resets may nest, as a function and its bus."""
        require(self.in_reset[d] < 2 and (self.nested_resets or self.in_reset[d] == 0))
        if self.reset_blocks_device:
            ready = self.reset_prepare(d)
            if ready.refused:
                return ready
        self.in_reset[d] += 1
        return DONE

    @hardware(cites="drivers/pci/pci.c:pcie_flr()", sure="read")
    @when("resets")
    def reset_end(self, d: Device) -> None:
        """The device is back."""
        require(self.in_reset[d] > 0)
        self.in_reset[d] -= 1
        if self.reset_blocks_device:
            self.reset_done(d)
