"""Proposals about which domain a group is on and who may put it there, about PASIDs and the width of groups."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Domain, Driver, Group, KernelTable, Owner, Table


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


@proposal("P09", status="in v2 to v4 with tegra as its user, dropped in v5",
          breaks=("a_private_domain_has_a_single_kernel_holder", "ordinary_drivers_stay_on_the_default_domain",
                  "drivers_that_share_a_domain_can_bind"),
          cites="attach_device_shared of v2 to v4; Robin Murphy: drivers must still know about groups to pick the call")
class PrivateDomainIsShared(DmaOwnership):
    """Several drivers of a group attach to one domain of theirs: the first attaches it, the last detaches it.

    The verdict VIOLATED: nobody tells the call which holders take part, so an ordinary driver of the group loses the
    default domain; and under the merged `use` a sharing sibling that binds after the first attach is refused.
    """

    shares: Map[Device, bool] = everywhere(False)
    configurations = {"private": configuration("Drivers that share a domain.", Device=2, kernel_private=True)}

    @kernel(cites="iommu_attach_device_shared() of v4", sure="read")
    @when("kernel_private")
    def attach_private(self, d: Device) -> Outcome:
        """The first one attaches, the others join."""
        require(self.driver[d] is Driver.KPRIV and not self.shares[d])
        g = self.home[d]
        if not any(self.shares[e] for e in self.members[g]):
            if (attached := self.attach_group(g, self.shared_domain())).refused:
                return attached
            self.keep_alive(g, self.shared_domain())
        self.shares[d] = True
        return DONE

    @kernel(cites="iommu_detach_device_shared() of v4", sure="read")
    @when("kernel_private")
    def detach_private(self, d: Device) -> None:
        """The last one detaches and frees."""
        require(self.shares[d])
        self.drop_private(d)

    def drop_private(self, d: Device) -> None:
        """Also when a driver goes."""
        if self.shares[d]:
            self.shares[d] = False
            if not any(self.shares[e] for e in self.members[self.home[d]]):
                self.detach_group(self.home[d])
                self.free(self.home[d], self.shared_domain())

    def shared_domain(self) -> Domain:
        """One object, whoever made it."""
        return KernelTable(device=first(d for d in Device))

    @invariant
    def ordinary_drivers_stay_on_the_default_domain(self) -> bool:
        """I16 for drivers of the DMA API: nothing but the default domain is theirs."""
        return all(self.hw[d] == self.default[self.home[d]] for d in Device if self.driver[d] is Driver.KDMA)

    @action_property("bind")
    def drivers_that_share_a_domain_can_bind(
            self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """In any order, not only before the first attach."""
        return implies(driver is Driver.KPRIV and any(old.shares[e] for e in Device if self.home[e] == self.home[d]),
                       outcome.done)


@proposal("P13", status="adopted in spirit: iommu_group_replace_domain()", breaks=(),
          cites="thread on v1 01/11, 2021-11: Jason Gunthorpe on a call that replaces the domain of an owned group")
class OwnersReplaceDomains(DmaOwnership):
    """The owner of a group replaces its domain, whatever it is, and there is no attach for owners.

    The verdict HOLDS: that an owned group is never on the default domain needs no state of its own and no guard in
    attach. It follows from the claim, which replaces the default domain by the blocking one, and from calls that
    replace one domain of the owner by another.
    """

    configurations = {"core": configuration("Claims and tables.", Device=2, TableId=2, attach_faults=True)}

    def attach_group(self, g: Group, new: Domain) -> Outcome:
        """No test of what the group is on."""
        return self.replace_domain(g, new)

    @invariant
    def owned_groups_are_never_on_the_default_domain(self) -> bool:
        """What the type USER of v3 was for."""
        return all(self.domain[g] is not None and self.domain[g] != self.default[g]
                   for g in Group if self.owner[g] is not None)


@proposal("P25", status="under discussion when read", breaks=("existing_assignments_still_work",),
          cites="'Fix incorrect iommu_groups with PCIe ACS', v2 2025-07-09, v3 2025-09")
class GroupsAsWideAsTheirReach(DmaOwnership):
    """Devices that reach each other are put into one group, where each had a group of its own before.

    Every promise about isolation holds, which is what B31 lacks. The verdict VIOLATED is the regression that people
    fear: one device serves a guest and its neighbour serves the kernel, until the new kernel boots. A group that
    changes while it is owned has no place here, for a device joins its group once and for all.
    """

    configurations = {
        "groups": configuration("Two devices that reach each other, two groups to be in.", Device=2, Group=2,
                                home=every(), reaches=everywhere(True)),
    }

    @action_property("bind")
    def existing_assignments_still_work(self, old: Self, outcome: Outcome, d: Device, driver: Driver) -> bool:
        """A kernel driver binds, whoever claimed the neighbour."""
        return implies(driver is Driver.KDMA and not any(old.group_owner[g] is not None for g in Group), outcome.done)
