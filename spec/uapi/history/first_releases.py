"""Bugs of the merged interface from 5.19 to 6.4."""

from typing import Annotated

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Domain, Driver, Group, Owner


@history("B06", breaks=("an_idle_group_can_join_a_container",),
         cites="Eric Farman, 2022-05-18; a3da1ab6fbea 'vfio: Do not manipulate iommu dma_owner for fake iommu groups'")
class ClaimOfFakeGroups(DmaOwnership):
    """Groups of mediated devices have no IOMMU behind them, so their claim could only fail."""

    claim_real_groups_only: Switch[bool] = False
    configurations = {
        "emulated": configuration("One mediated device.", Device=1, Owner=1, core_callers=False, vfio=True,
                                  emulated=everywhere(True)),
    }


@history("B07", breaks=("only_a_holder_keeps_a_claim_out", "a_managed_driver_never_blocks_its_own_claim"),
         cites="c490513c818d 'vfio/pci: Add driver_managed_dma to the new vfio_pci drivers', 2022-05-19")
class VariantDriverWithoutFlag(DmaOwnership):
    """A VFIO driver without driver_managed_dma counts as a kernel user and locks its own claim out, for ever."""

    configurations = {
        "core": configuration("Claims and drivers only.", Device=1),
        "patient": configuration("A user asks again until it gets its device.", Device=1, Owner=1, patience=True),
    }

    def managed(self, driver: Driver) -> bool:
        """The new VFIO drivers lacked the flag."""
        return driver is Driver.KSTUB


@history("B09", breaks=("an_idle_group_can_be_claimed", "a_user_gets_an_idle_group"),
         cites="thread 'vfio on POWER without iommu_ops', 2022-07-01")
class ClaimWithoutIommuOperations(DmaOwnership):
    """POWER had groups but no IOMMU operations, so that nothing could be blocked and every claim failed.

    Modelled as a claim that has nothing to allocate a blocking domain from.
    """

    configurations = {
        "core": configuration("Claims only.", Device=1),
        "patient": configuration("A user asks again until it gets its device.", Device=1, Owner=1, patience=True),
    }

    def make_blocking(self, g: Group) -> Outcome:
        """There are no operations to ask."""
        return refuse(EINVAL, "no-iommu-operations-at-all", sure="read", cites="thread of 2022-07-01")


@history("B13", breaks=("refused_calls_change_nothing",),
         cites="a6a9a5da6808 'iommu: Fix refcount leak in iommu_device_claim_dma_owner', 2022-12-30")
class ClaimLeaksAReference(DmaOwnership):
    """The test for a missing cookie returned without dropping the reference to the group taken before it."""

    references: Map[Group, Annotated[int, Bounds(0, 2)]] = everywhere(0)
    cookies_are_real: Switch[bool] = False
    configurations = {"core": configuration("Claims and drivers only.", Device=1)}

    def claim_device(self, d: Device, o: Owner | None) -> Outcome:
        """The reference is taken first and dropped on every way out but one."""
        g = self.home[d]
        self.references[g] = min(self.references[g] + 1, 2)
        if (bad := self.cookie_test(o)).refused:
            return bad
        claimed = super().claim_device(d, o)
        self.references[g] -= 1
        return claimed


@history("B14", breaks=("hardware_uses_living_domains",),
         cites="dd8a25c557e1 'iommu: Remove deferred attach check from __iommu_detach_device()', 2023-01")
class DetachSkippedWhileDeferred(DmaOwnership):
    """A device whose first attach was deferred could be attached to another domain, but not detached from it."""

    configurations = {
        "deferral": configuration("One device, deferred.", Device=1, deferral=True, kernel_private=True),
    }

    def device_set(self, d: Device, new: Domain, must: bool) -> Outcome:
        """The attach does not end the deferral, so that the way back to the default is still skipped."""
        if self.deferred[d] and new == self.default[self.home[d]]:
            return DONE
        return self.device_attach(d, new, must)


@history("B16", breaks=("a_new_member_gets_the_domain_of_its_group", "owned_devices_reach_only_their_owners_memory",
                        "members_use_the_domain_of_their_group"),
         cites="e7f85dfbbc9c 'iommu: Fix iommu_probe_device() to attach the right domain', 6.5")
class HotAddSkipsAttach(DmaOwnership):
    """A device that joined an owned group was attached to nothing."""

    hot_add_joins: Switch[bool] = False
    configurations = {"membership": configuration("Claims, drivers and membership.", Device=2, membership=True)}


@history("B18", breaks=("devices_with_direct_mappings_are_never_blocked",
                        "groups_with_direct_mappings_are_never_claimed"),
         cites="a48ce36e2786 'iommu: Prevent RESV_DIRECT devices from blocking domains', 2023-06 to 2023-08")
class DirectMappingsWereClaimable(DmaOwnership):
    """A device for which firmware demands 1:1 regions could be blocked by a claim."""

    direct_guard: Switch[bool] = False
    configurations = {"core": configuration("Claims and drivers.", Device=2, require_direct=listed(True, False))}


@history("B19", breaks=("owner_count_is_the_number_of_holders", "only_a_holder_keeps_a_claim_out",
                        "a_group_that_nobody_holds_becomes_idle"),
         cites="reported by Zenghui Yu, 2023; fixes 25f3bcfc54bc; drivers/base/dd.c:really_probe()")
class TestRemoveKeepsTheUse(DmaOwnership):
    """The debug option that removes a driver right after its probe did not undo its use.

    The count is wrong after one bind, and after the unbind it keeps every claim out.
    """

    test_remove_cleans_up: Switch[bool] = False
    configurations = {"core": configuration("Claims and drivers.", Device=2, test_remove=True)}


@history("B32", breaks=("only_a_holder_keeps_a_claim_out", "a_managed_driver_never_blocks_its_own_claim"),
         cites="'iommu/fsl: Use driver_managed_dma to allow VFIO to work', 6.5")
class ControllerCountsAsUser(DmaOwnership):
    """The driver of a PCI host controller shared the group of its children and was not managed."""

    configurations = {
        "core": configuration("Claims and drivers.", Device=2, stubs=True),
        "patient": configuration("A user asks again until it gets its device.", Device=2, Owner=1, stubs=True,
                                 patience=True),
    }

    def managed(self, driver: Driver) -> bool:
        """The controller's driver does no DMA, but lacks the flag."""
        return driver is Driver.UDRV


@history("B34", breaks=("owner_count_is_the_number_of_holders", "no_warnings", "only_a_holder_keeps_a_claim_out",
                        "a_group_that_nobody_holds_becomes_idle"),
         cites="drivers/iommu/iommu.c:iommu_group_claim_dma_owner() of 6.1 has no test; deduced, no report known")
class ClaimWithoutCookie(DmaOwnership):
    """5.19 took a group for the cookie NULL: counted, but looking like a kernel driver, and never released.

    Asked without the axiom that cookies are real.
    """

    null_cookie_test: Switch[bool] = False
    cookies_are_real: Switch[bool] = False
    configurations = {"core": configuration("Claims only.", Device=1)}

    @kernel(cites="drivers/iommu/iommu.c:iommu_group_release_dma_owner()", sure="read")
    @when("core_callers")
    def group_release(self, g: Group) -> None:
        """Whoever claimed with NULL believes that it holds the group."""
        require(self.owner_cnt[g] > self.use_sum(g) and self.pasid[g] is None)
        self.end_group_claim(g)
