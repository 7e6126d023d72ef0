"""VFIO groups as callers of DMA ownership: the shipped spec is a part, with the calls that VFIO makes into it."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver, Group, Owner


class OwnershipCalls(DmaOwnership):
    """The in-kernel interface as callers see it: every call is answered."""

    @ioctl(cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner()", sure="read")
    def claim(self, g: Group, o: Owner) -> Outcome:
        """Claim a group for a container."""
        claimed = self.claim_group(g, o)
        if claimed.done:
            self.group_owner[g] = o
        return claimed

    @ioctl(cites="drivers/iommu/iommu.c:iommu_group_release_dma_owner()", sure="read")
    def release(self, g: Group) -> Outcome:
        """Give the group back."""
        if self.group_owner[g] is None:
            return refuse(EINVAL, "not-claimed")
        self.end_group_claim(g)
        return DONE


class VfioAttach(Spec):
    """A group joins a container, which claims it, and leaves it again."""

    ownership: OwnershipCalls = part("bind", "unbind", core_callers=False)

    container: Map[Group, Owner | None] = everywhere(None)

    configurations = {"one": configuration("One group of two devices.", Device=2)}

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()", sure="read")
    def set_container(self, g: Group, o: Owner) -> Outcome:
        """VFIO_GROUP_SET_CONTAINER."""
        if self.container[g] is not None:
            return refuse(EINVAL, "has-a-container")
        if not any(self.ownership.driver[d] is Driver.UDRV for d in Device):
            return refuse(ENODEV, "no-vfio-driver")
        if (claimed := self.ownership.claim(g, o)).refused:
            return claimed
        self.container[g] = o
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_unset_container()", sure="read")
    def unset_container(self, g: Group) -> Outcome:
        """VFIO_GROUP_UNSET_CONTAINER."""
        if self.container[g] is None:
            return refuse(EINVAL, "has-no-container")
        if (released := self.ownership.release(g)).refused:
            return released
        self.container[g] = None
        return DONE

    @invariant
    def a_container_owns_its_groups(self) -> bool:
        return all(self.ownership.owner[g] == self.container[g] for g in Group)

    @action_property("unset_container")
    def the_kernel_has_the_group_back(self, old: Self, outcome: Outcome, g: Group) -> bool:
        return implies(outcome.done, self.ownership.domain[g] == self.ownership.default[g])

    @goal
    def a_claimed_group_keeps_kernel_drivers_out(self) -> bool:
        return any(self.ownership.owner[g] is not None for g in Group)


class ForgetsToRelease(VfioAttach):
    """Leaves the container and keeps the claim."""

    @ioctl
    def unset_container(self, g: Group) -> Outcome:
        if self.container[g] is None:
            return refuse(EINVAL, "has-no-container")
        self.container[g] = None
        return DONE


class JoinsBeforeClaiming(VfioAttach):
    """Writes first, and passes the refusal of the claim on."""

    @ioctl
    def set_container(self, g: Group, o: Owner) -> Outcome:
        if self.container[g] is not None:
            return refuse(EINVAL, "has-a-container")
        self.container[g] = o
        return self.ownership.claim(g, o)


class LosesTheDefault(OwnershipCalls):
    """A release that leaves the group where the claim put it."""

    def let_go(self, g: Group) -> None:
        self.owner_cnt[g] = 0
        self.owner[g] = None


class AttachesToIt(VfioAttach):
    """The same callers over the broken part."""

    ownership: LosesTheDefault = part("bind", "unbind", core_callers=False)
