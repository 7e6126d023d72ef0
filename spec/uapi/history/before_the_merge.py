"""Bugs of the years before Linux 5.19 and of the series that ended them."""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver, Group


@history("B01", breaks=("kernel_and_userspace_never_share_a_group", "no_warnings"),
         cites="series 'Fix BUG_ON in vfio_iommu_group_notifier()', 2021-11-15 to 2022-04-18")
class BindIntoLiveGroup(DmaOwnership):
    """VFIO looked only after a kernel driver was bound into its group, and then crashed the machine."""

    configurations = {"core": configuration("Claims and drivers only.", Device=2)}

    def use_guard(self, g: Group) -> Outcome:
        """Nothing is tested before the bind; the notifier's BUG stands here as a warning."""
        if self.owner[g] is not None:
            warn("a kernel driver was bound into a group in use", sure="read",
                 cites="drivers/vfio/vfio.c:vfio_iommu_group_notifier() of 5.15")
        return DONE


@history("B02", breaks=("kernel_and_userspace_never_share_a_group", "a_new_member_gets_the_domain_of_its_group"),
         cites="the same series; vfio_group_nb_add_dev() of 5.15 only warns")
class HotAddIntoLiveGroup(DmaOwnership):
    """A device was added to a group in use, and a kernel driver probed on it at once.

    Only devices that join a live group escape the test here, so that the trace is not that of B01.
    """

    hot_add_joins: Switch[bool] = False
    joined_late: Map[Device, bool] = everywhere(False)   # found a group in use when it came
    configurations = {"membership": configuration("Claims, drivers and membership.", Device=2, membership=True)}

    def prepare_member(self, d: Device) -> Outcome:
        """Nothing but a message in the log."""
        self.joined_late[d] = self.owner[self.home[d]] is not None
        return super().prepare_member(d)

    def use(self, d: Device) -> Outcome:
        """Nobody asks the group about a device that came later."""
        if self.grouped(d) and self.joined_late[d]:
            self.owner_cnt[self.home[d]] += 1
            self.uses[d] = True
            return DONE
        return super().use(d)


@history("B03", breaks=("no_warnings", "owner_count_is_the_number_of_holders",
                        "no_kernel_driver_is_bound_in_an_owned_group"),
         cites="Eric Auger on v7 01/11, 2022-03-04; cured in v8 by the order of calls")
class UseBeforeTheGroupExists(DmaOwnership):
    """`use` ran before firmware set-up created the group, so it counted nothing, and `unuse` did.

    Worse than the warning: a claim between the two succeeds under a kernel driver, whose unbind then takes away the
    count of the claim.
    """

    members_before_bind: Switch[bool] = False
    configurations = {"membership": configuration("Drivers and membership.", Device=1, membership=True)}

    @invariant
    def no_kernel_driver_is_bound_in_an_owned_group(self) -> bool:
        """I1 EXCL for drivers that are bound without having been counted."""
        return all(self.driver[d] is not Driver.KDMA for g in Group for d in self.members[g]
                   if self.owner[g] is not None)


@history("B04", breaks=("owned_devices_reach_only_their_owners_memory", "userspace_dma_never_reaches_kernel_memory"),
         cites="thread of 2022-05-02; 0286300e6045 'iommu_group_claim_dma_owner() must always assign a domain'")
class ClaimWithoutDomain(DmaOwnership):
    """A claim only detached the group; several IOMMU drivers then go to bypass.

    The state right after the claim is unsafe already; a managed driver makes it an open door for userspace.
    """

    blocking_domain: Switch[bool] = False
    null_is_a_bug: Switch[bool] = False
    configurations = {"core": configuration("Claims and drivers only.", Device=2)}


@history("B05", breaks=("hardware_uses_living_domains",),
         cites="Qian Cai on the resent v8, 2022-05-02; the same fix, 0286300e6045")
class DetachThatDoesNothing(DmaOwnership):
    """A detach of an owned group left SMMUv3 on the table that its owner then freed.

    The group itself believes in no domain at all meanwhile, which is all that I5 could compare the hardware with.
    """

    blocking_domain: Switch[bool] = False
    null_is_a_bug: Switch[bool] = False
    configurations = {"core": configuration("Claims, drivers and tables.", Device=2)}

    def device_detach(self, d: Device) -> None:
        """SMMUv3 of the day: nothing happens."""
