"""Proposals about which drivers and which calls count: groups or devices, hooks, port drivers, uses put aside."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver, Group, Owner


@proposal("P05", status="both forms were merged", breaks=("an_owner_can_claim_its_other_devices",),
          cites="thread on v3 01/18, 2021-12-06: Joerg Roedel, a setting of the group should take the group; Jason"
                " Gunthorpe, drivers should see devices, and the group form is there for VFIO's group interface")
class OnlyGroupsAreClaimed(DmaOwnership):
    """There is no claim of a device: whoever has one claims the whole group.

    The verdict VIOLATED is what the form for devices is for: a second device of the same user finds its group held,
    and the errno does not say by whom. Everything else holds, so that a user of whole groups loses nothing.
    """

    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    def claim_device(self, d: Device, o: Owner | None) -> Outcome:
        """The group of the device, as if it had been named."""
        return self.claim_group(self.home[d], o)

    @action_property("device_claim")
    def an_owner_can_claim_its_other_devices(
            self, old: Self, outcome: Outcome, d: Device, o: Owner | None) -> bool:
        """What iommufd does for every device of a group that its user binds."""
        return implies(old.owner[self.home[d]] is not None and old.owner[self.home[d]] == o, outcome.done)


@proposal("P06", status="driver core in v1 and v4, buses in v2, v3 and since v5",
          breaks=("no_kernel_driver_is_bound_in_an_owned_group",),
          cites="Greg Kroah-Hartman on v1 and v4: few buses care; Jason Gunthorpe, Christoph Hellwig: easy to miss one")
class HooksInBuses(DmaOwnership):
    """The pair of hooks belongs to each bus, and a bus may lack it.

    Where every bus has the pair, as a hook in the driver core would have it, everything holds. The verdict VIOLATED
    comes from one bus without: its drivers are invisible to the count, and userspace gets the group beside them.
    """

    bus_has_hooks: Constant[Map[Device, bool]] = everywhere(True)

    configurations = {
        "every-bus": configuration("As with a hook in the driver core.", Device=2),
        "one-bus-without": configuration("The second device is on a bus without the hooks.", Device=2,
                                         bus_has_hooks=listed(True, False)),
    }

    def configure(self, d: Device, driver: Driver) -> Outcome:
        """The bus is asked, if it knows how to answer."""
        if not self.bus_has_hooks[d]:
            return DONE
        return super().configure(d, driver)

    def cleanup(self, d: Device, driver: Driver) -> None:
        """The other one of the pair."""
        if self.bus_has_hooks[d]:
            super().cleanup(d, driver)

    @invariant
    def no_kernel_driver_is_bound_in_an_owned_group(self) -> bool:
        """I1 EXCL for drivers that are bound without having been counted."""
        return all(self.driver[d] is not Driver.KDMA for g in Group for d in self.members[g]
                   if self.owner[g] is not None)


@proposal("P22", status="all port drivers are allowed", breaks=("no_driver_with_dma_is_bound_in_an_owned_group",),
          cites="Bjorn Helgaas on 04/11, 2021-11-16, and on v5 09/14, 2022-01-04: can it do DMA?; Lu Baolu's answers")
class EveryPortDriverIsManaged(DmaOwnership):
    """The drivers of PCIe ports never count, whatever their port does.

    As long as no port does DMA everything holds, which is the trust that the merged flag puts into them. The verdict
    VIOLATED asks what that trust is worth: a port that does DMA sits in an owned group. With `ports_with_dma_count`,
    the answer to Bjorn Helgaas's question, everything holds, and groups behind such a port cannot be assigned.
    """

    ports_with_dma_count: Switch[bool] = False
    port_does_dma: Constant[Map[Device, bool]] = everywhere(False)

    configurations = {
        "ports-without-dma": configuration("As the merged code believes.", Device=2, stubs=True),
        "a-port-with-dma": configuration("The first device is a port whose service does DMA.", Device=2, stubs=True,
                                         port_does_dma=listed(True, False)),
    }

    def counts_as_port(self, d: Device, driver: Driver) -> bool:
        """True for a port driver that is a kernel user after all."""
        return self.ports_with_dma_count and driver is Driver.KSTUB and self.port_does_dma[d]

    def configure(self, d: Device, driver: Driver) -> Outcome:
        """Bind."""
        if self.counts_as_port(d, driver):
            return self.use(d)
        return super().configure(d, driver)

    def cleanup(self, d: Device, driver: Driver) -> None:
        """Unbind."""
        if self.counts_as_port(d, driver):
            self.unuse(d)
        else:
            super().cleanup(d, driver)

    @invariant
    def managed_drivers_do_not_count_as_uses(self) -> bool:
        """As in the base, but for the ports that count."""
        return all(not self.uses[d] or self.counts_as_port(d, self.driver[d])
                   for d in Device if self.managed(self.driver[d]))

    @invariant
    def no_driver_with_dma_is_bound_in_an_owned_group(self) -> bool:
        """I1 EXCL for what drivers do rather than for what they are counted as."""
        return all(self.driver[d] is not Driver.KSTUB or not self.port_does_dma[d]
                   for g in Group for d in self.members[g] if self.owner[g] is not None)

    @action_property("group_claim")
    @when("core_callers")
    def only_a_holder_keeps_a_claim_out(self, old: Self, outcome: Outcome, g: Group) -> bool:
        """L7, with the ports that count among the holders."""
        return implies(outcome.errno == EPERM,
                       old.owner[g] is not None
                       or any(old.uses[d] and (old.driver[d] is Driver.KDMA or self.counts_as_port(d, old.driver[d]))
                              for d in old.members[g]))


@proposal("P23", status="no user shown, not accepted",
          breaks=("no_warnings", "owner_count_is_the_number_of_holders", "a_bound_driver_gets_its_use_back"),
          cites="Cindy Lu, Jason Wang: vDPA would export use and unuse, 2023-11")
class UseIsPutAside(DmaOwnership):
    """A bound kernel driver drops its use so that iommufd can claim, and takes it again later.

    The verdict VIOLATED: binding and use are a pair no longer. Unbinding while the use is dropped takes away a count
    that is not there, or that is the claimer's, and taking it again can be refused to a driver that stays bound. The
    managed flag with a claim does the same without either.
    """

    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    @kernel(cites="thread of 2023-11: iommu_device_unuse_default_domain() exported", sure="read")
    def drop_use(self, d: Device) -> None:
        """The driver stops its DMA and drops the use."""
        require(self.driver[d] is Driver.KDMA and self.uses[d])
        self.unuse(d)

    @kernel(cites="thread of 2023-11: iommu_device_use_default_domain() exported", sure="read")
    def use_again(self, d: Device) -> Outcome:
        """The driver wants its device back."""
        require(self.driver[d] is Driver.KDMA and not self.uses[d])
        return self.use(d)

    @action_property("use_again")
    def a_bound_driver_gets_its_use_back(self, old: Self, outcome: Outcome) -> bool:
        """Nothing can be done about a driver that is bound and must not do DMA."""
        return outcome.done


@proposal("P24", status="a workaround until POWER had operations",
          breaks=("kernel_and_userspace_never_share_a_group", "a_group_has_an_owner_exactly_while_claimed"),
          cites="thread 'vfio on POWER without iommu_ops', 2022-07-01")
class ClaimSkippedWithoutOperations(DmaOwnership):
    """A group without IOMMU operations is not claimed at all, and VFIO goes on.

    The verdict VIOLATED is the price: on that platform nobody keeps kernel drivers out of a group in use. Groups with
    operations keep everything. That devices without operations are on a default domain here changes nothing, for only
    the counts are asked.
    """

    has_operations: Constant[Map[Group, bool]] = everywhere(True)

    configurations = {
        "with-operations": configuration("Claims and drivers.", Device=2),
        "without-operations": configuration("A group of POWER.", Device=2, has_operations=everywhere(False)),
    }

    def claim_group(self, g: Group, o: Owner | None) -> Outcome:
        """Skipped."""
        if not self.has_operations[g]:
            return DONE
        return super().claim_group(g, o)

    def claim_device(self, d: Device, o: Owner | None) -> Outcome:
        """Skipped."""
        if not self.has_operations[self.home[d]]:
            return DONE
        return super().claim_device(d, o)

    def release_group(self, g: Group) -> None:
        """Nothing was claimed."""
        if self.has_operations[g]:
            super().release_group(g)

    def release_device(self, d: Device) -> None:
        """Nothing was claimed."""
        if self.has_operations[self.home[d]]:
            super().release_device(d)
