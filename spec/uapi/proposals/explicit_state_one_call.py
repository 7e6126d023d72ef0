"""P04: one call with a type, or separate calls for kernel drivers and for userspace?"""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership_enum import OwnershipV4, OwnerType, View
from spec.uapi.dma_ownership_state import Device, Driver, Group


@proposal("P04", status="in v1 to v4, separate calls since v5",
          breaks=("the_type_private_means_a_private_domain", "drivers_bind_where_the_separate_calls_let_them",
                  "a_private_domain_has_a_single_kernel_holder"),
          cites="thread on v3 01/18, 2021-12-06: Joerg Roedel asks what differs between the types, Jason Gunthorpe"
                " answers that each entry point has predicates of its own")
class OneCallForAllTypes(OwnershipV4):
    """One set and one release with a type, compared with the separate calls that were merged.

    Two of three types refine to the merged fields: userspace holds the group exactly while there is an owner, and a
    group held as DMA_API is on its default domain. The third does not. PRIVATE_DOMAIN states an intention where the
    merged code looks at the domain, so a driver with a domain of its own keeps its siblings out before it attaches;
    and because one test serves all types, two such drivers count as one holder and each may pull the domain from
    under the other. The single errno EBUSY of the one call is the merged EPERM where owners differ.
    """

    configurations = {
        "domains": configuration("Drivers with a domain of their own, ordinary ones, userspace.", Device=2,
                                 has_group=everywhere(True)),
    }

    # --- refinement: `group_owner` stands for the merged `owner`, which is what userspace holds ---

    @invariant
    def the_type_user_means_an_owner(self) -> bool:
        """PRIVATE_DOMAIN_USER <-> owner set."""
        return all((self.owner_cnt[g] > 0 and self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN_USER)
                   == (self.group_owner[g] is not None) for g in Group)

    @invariant
    def the_type_dma_api_means_the_default_domain(self) -> bool:
        """DMA_API -> kernel drivers on the default domain."""
        return all(self.group_owner[g] is None and self.view[g] is View.DEFAULT
                   for g in Group if self.owner_cnt[g] > 0 and self.dma_owner[g] is OwnerType.DMA_API)

    @invariant
    def the_type_private_means_a_private_domain(self) -> bool:
        """PRIVATE_DOMAIN <-> a kernel driver's own domain."""
        return all((self.owner_cnt[g] > 0 and self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN)
                   == (self.group_owner[g] is None and self.view[g] is View.PRIVATE) for g in Group)

    @invariant
    def a_private_domain_has_a_single_kernel_holder(self) -> bool:
        """I18 SINGLE-KP."""
        return all(self.owner_cnt[g] == 1 and self.group_owner[g] is None
                   for g in Group if self.view[g] is View.PRIVATE)

    @action_property("bind")
    def drivers_bind_where_the_separate_calls_let_them(
            self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """iommu_device_use_default_domain() lets in who finds nobody, or kernel drivers on the default domain."""
        g = self.home[d]
        return implies(driver is not Driver.UDRV,
                       outcome.done == (old.owner_cnt[g] == 0
                                        or (old.group_owner[g] is None and old.view[g] is View.DEFAULT)))

    @action_property("claim")
    def userspace_claims_where_the_separate_calls_let_it(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """iommu_group_claim_dma_owner() lets in who finds nobody."""
        return outcome.done == (old.owner_cnt[g] == 0)
