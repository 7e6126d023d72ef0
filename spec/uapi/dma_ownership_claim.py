"""Claim and release of a group, by the group or by one of its devices."""

from spec.lang import *
from spec.uapi.dma_ownership_domains import DomainChanges
from spec.uapi.dma_ownership_state import Blocking, Device, Domain, Driver, Era, Group, Owner


@abstract
class Claims(DomainChanges):
    """Who may take a group away from the kernel, and how it comes back."""

    null_cookie_test: Switch[bool] = since(Era.E2)
    same_owner_counts: Switch[bool] = until(Era.V5)   # the owner may claim a group again and is counted

    # --- core ---

    def claim_group(self, g: Group, o: Owner | None) -> Outcome:
        """drivers/iommu/iommu.c:iommu_group_claim_dma_owner()."""
        if (bad := self.cookie_test(o)).refused:
            return bad
        if self.same_owner_counts and self.owner_cnt[g] > 0 and self.owner[g] == o:
            self.owner_cnt[g] += 1
            return DONE
        if (held := self.claim_guard(g)).refused:
            return held
        return self.take(g, o)

    def cookie_test(self, o: Owner | None) -> Outcome:
        """A claim without a cookie would look like a kernel driver."""
        if self.null_cookie_test and o is None:
            warn("claim without a cookie", sure="read", cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()")
            return refuse(EINVAL, "no-cookie", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()")
        return DONE

    def claim_guard(self, g: Group) -> Outcome:
        """One errno for kernel drivers, another owner and the same owner."""
        if self.owner_cnt[g] != 0:
            return refuse(EPERM, "already-held", sure="recorded",
                          cites="vfio ownership traces: EPERM beside a kernel driver and beside another owner")
        return DONE

    def claim_device(self, d: Device, o: Owner | None) -> Outcome:
        """drivers/iommu/iommu.c:iommu_device_claim_dma_owner(): devices of one group may share a cookie."""
        if (bad := self.cookie_test(o)).refused:
            return bad
        if not self.grouped(d):
            return refuse(ENODEV, "no-group", sure="read", cites="drivers/iommu/iommu.c:iommu_device_claim_dma_owner()")
        g = self.home[d]
        if self.owner_cnt[g] == 0:
            return self.take(g, o)
        if (foreign := self.share_guard(g, o)).refused:
            return foreign
        self.owner_cnt[g] += 1
        return DONE

    def share_guard(self, g: Group, o: Owner | None) -> Outcome:
        """Only the present owner may add a claim."""
        if self.owner[g] != o:
            return refuse(EPERM, "foreign-owner", sure="recorded",
                          cites="vfio ownership traces: BIND_IOMMUFD by a second context is EPERM")
        return DONE

    def take(self, g: Group, o: Owner | None) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_take_dma_ownership(): the first claim moves every member to blocking."""
        if (foreign := self.take_guard(g)).refused:
            return foreign
        if (none := self.make_blocking(g)).refused:
            return none
        if (moved := self.set_domain(g, self.claimed_domain(), False)).refused:
            return moved
        self.owner[g] = o
        self.owner_cnt[g] += 1
        return DONE

    def take_guard(self, g: Group) -> Outcome:
        """Nobody may have left a domain of his own behind."""
        if self.domain[g] is not None and not self.uses_default(g):
            return refuse(EBUSY, "foreign-domain", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_take_dma_ownership()")
        if self.slots_occupied(g):
            return refuse(EBUSY, "pasid-in-use", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_take_dma_ownership()")
        return DONE

    def claimed_domain(self) -> Domain | None:
        """Where a claim puts the group: v5 and v8 only detached it."""
        return Blocking() if self.blocking_domain else None

    def make_blocking(self, g: Group, *, no_memory: bool) -> Outcome:
        """drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain().

        The domain is kept for the group's life; that a later call cannot fail any more is not modelled.
        """
        if self.blocking_domain and self.allocation_faults and no_memory:
            if self.era <= Era.E1:
                return refuse(EINVAL, "no-blocking-domain", sure="read",
                              cites="drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain()")
            return refuse(ENOMEM, "no-memory-for-blocking-domain", sure="read",
                          cites="drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain()")
        return DONE

    def release_group(self, g: Group) -> None:
        """drivers/iommu/iommu.c:iommu_group_release_dma_owner()."""
        if self.same_owner_counts and self.owner_cnt[g] > 1:
            self.owner_cnt[g] -= 1
        else:
            self.let_go(g)

    def release_device(self, d: Device) -> None:
        """drivers/iommu/iommu.c:iommu_device_release_dma_owner(): who calls is not checked."""
        g = self.home[d]
        if self.owner_cnt[g] > 1:
            self.owner_cnt[g] -= 1
        else:
            self.let_go(g)

    def let_go(self, g: Group) -> None:
        """drivers/iommu/iommu.c:__iommu_release_dma_ownership(): the last claim ends, the default returns."""
        if self.owner_cnt[g] == 0 or self.owner[g] is None or self.slots_occupied(g):
            warn("release of a group that is not owned, or with a PASID attached", sure="read",
                 cites="drivers/iommu/iommu.c:__iommu_release_dma_ownership()")
        else:
            self.owner_cnt[g] = 0
            self.owner[g] = None
            self.must_set(g, self.default[g])

    # --- in-kernel callers: claims and releases come in pairs ---

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()", sure="read")
    @when("core_callers")
    def group_claim(self, g: Group, o: Owner | None) -> Outcome:
        """Claim a whole group for a cookie."""
        require(len(self.members[g]) > 0 and self.may_claim(g, o))
        claimed = self.claim_group(g, o)
        if claimed.done:
            self.group_owner[g] = o
        return claimed

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_release_dma_owner()", sure="read")
    @when("core_callers")
    def group_release(self, g: Group) -> None:
        """The claimer lets the group go and frees its tables."""
        require(self.group_owner[g] is not None and self.pasid[g] is None)
        self.end_group_claim(g)

    def end_group_claim(self, g: Group) -> None:
        """Release, then free: the hardware must not use a table any more."""
        self.release_group(g)
        if self.owner_cnt[g] == 0:
            self.group_owner[g] = None
            self.free_tables(g)

    @kernel(cites="drivers/iommu/iommu.c:iommu_device_claim_dma_owner()", sure="read")
    @when("core_callers")
    @since(Era.E2)
    def device_claim(self, d: Device, o: Owner | None) -> Outcome:
        """The managed driver of a device claims its group."""
        require(self.driver[d] is Driver.UDRV and self.claims[d] is None)
        require(self.may_claim(self.home[d], o))
        # a VFIO group and an iommufd context are never the same pointer
        require(self.group_owner[self.home[d]] is None or self.group_owner[self.home[d]] != o)
        claimed = self.claim_device(d, o)
        if claimed.done:
            self.claims[d] = o
        return claimed

    @kernel(cites="drivers/iommu/iommu.c:iommu_device_release_dma_owner()", sure="read")
    @when("core_callers")
    @since(Era.E2)
    def device_release(self, d: Device) -> None:
        """The driver that claimed lets go; the last one of a group frees the tables."""
        require(self.claims[d] is not None)
        require(self.owner_cnt[self.home[d]] > 1 or self.pasid[self.home[d]] is None)
        self.end_device_claim(d)

    def end_device_claim(self, d: Device) -> None:
        """Release, then free."""
        self.release_device(d)
        self.claims[d] = None
        if self.owner_cnt[self.home[d]] == 0:
            self.free_tables(self.home[d])

    def may_claim(self, g: Group, o: Owner | None) -> bool:
        """What in-kernel callers are trusted with; v5 would count claims of one owner without end."""
        return ((not self.same_owner_counts or self.owner_cnt[g] <= len(Device))
                and (o is not None or not self.cookies_are_real)
                and (self.default[g] is not None or len(self.members[g]) == 0 or not self.claims_wait_for_boot))
