"""Proposals about what counts as the default domain, and about PASIDs."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Domain, Group, Owner, Table


@proposal("P21", status="merged in 6.0, reverted in 6.7",
          breaks=("a_private_domain_has_a_single_kernel_holder",),
          cites="'iommu: Fix false ownership failure on AMD systems with PASID activated', 2022-09")
class AnyIdentityIsDefault(DmaOwnership):
    """Two identity domains count as one, so that a driver's own identity domain passes for the default.

    Modelled on a system whose default domain is an identity domain, as those of all drivers are.
    """

    configurations = {
        "private": configuration("Drivers with an identity domain of their own.", Device=2, kernel_private=True),
    }

    def uses_default(self, g: Group) -> bool:
        """The object does not matter, only its type."""
        return self.is_kernel_table(self.domain[g]) or super().uses_default(g)


@proposal("P26", status="absent", breaks=(), cites="drivers/iommu/iommu.c:iommu_attach_device_pasid() has no such test")
class PasidNeedsTheHolder(DmaOwnership):
    """Attaching a PASID is refused to everybody but the holder of the group.

    Asked without the axiom that only holders attach, as far as PASIDs go: the test carries the promise alone.
    """

    holders_attach: Switch[bool] = False
    configurations = {"pasid": configuration("Claims and PASIDs.", Device=2, pasids=True)}

    def may_attach(self, g: Group, o: Owner) -> bool:
        """Slot 0, the group itself, stays with its owner."""
        return len(self.members[g]) > 0 and self.owner[g] == o

    def pasid_attach(self, d: Device, new: Domain) -> Outcome:
        """The owner of the table must own the group."""
        if isinstance(new, Table) and self.owner[self.home[d]] != new.owner:
            return refuse(EPERM, "not-the-holder", sure="deduced", cites="this proposal")
        return super().pasid_attach(d, new)
