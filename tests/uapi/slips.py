# ruff: noqa: F403, F405
"""Slips that a careless edit of the ownership code could make; no report of any is known, each must be found.

Every class declares the promises that it breaks; `test_slips.py` has the traces that were worked out by hand.
"""

from spec.lang import *
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Device, Driver, Group, KernelTable, Owner


@candidate("S1", breaks=("userspace_dma_never_reaches_kernel_memory",), cites="deduced")
class ReleaseBeforeQuiesce(DmaOwnership):
    """The claim is released while userspace can still make the device issue DMA."""

    still_open: Ghost[Map[Device, bool]] = everywhere(False)
    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    def end_device_claim(self, d: Device) -> None:
        """Release, then stop userspace."""
        self.still_open[d] = True
        super().end_device_claim(d)

    @kernel
    def quiesce_userspace(self, d: Device) -> None:
        """Too late."""
        require(self.still_open[d])
        self.still_open[d] = False

    def may_issue_user_dma(self, d: Device) -> bool:
        """As long as the file works."""
        return self.still_open[d] or super().may_issue_user_dma(d)


@candidate(
    "S2",
    breaks=(
        "refused_calls_change_nothing",
        "an_error_leaves_the_group_as_it_was",
        "a_group_has_an_owner_exactly_while_claimed",
    ),
    cites="deduced",
)
class OwnerBeforeSwitch(DmaOwnership):
    """A claim notes the owner before it switches the domain, and does not take that back on failure."""

    configurations = {"core": configuration("Claims and failing attaches.", Device=2, attach_faults=True)}

    def take(self, g: Group, o: Owner | None) -> Outcome:
        """The owner comes first."""
        if (foreign := self.take_guard(g)).refused:
            return foreign
        self.owner[g] = o
        moved = self.set_domain(g, self.claimed_domain(), False)
        if moved.done:
            self.owner_cnt[g] += 1
        return moved


@candidate("S3", breaks=("bounds_are_kept",), cites="deduced")
class UnuseWithoutZeroTest(DmaOwnership):
    """`unuse` subtracts without looking, where B03 only warned."""

    members_before_bind: Switch[bool] = False
    configurations = {"membership": configuration("Drivers and membership.", Device=1, membership=True)}

    def unuse(self, d: Device) -> None:
        """One less, come what may."""
        if self.grouped(d):
            self.owner_cnt[self.home[d]] -= 1
            self.uses[d] = False


@candidate("S4", breaks=("owner_count_is_the_number_of_holders",), cites="deduced")
class RemovalDropsACount(DmaOwnership):
    """The removal of a device also takes a holder away."""

    configurations = {"membership": configuration("Claims and membership.", Device=2, Owner=1, membership=True)}

    def leave(self, d: Device) -> None:
        """One device less, one holder less."""
        if self.owner_cnt[self.home[d]] > 0:
            self.owner_cnt[self.home[d]] -= 1
        super().leave(d)


@candidate("S5", breaks=("no_warnings", "a_group_has_an_owner_exactly_while_claimed"), cites="deduced")
class AnybodyReleases(DmaOwnership):
    """A managed driver releases without having claimed; nobody checks who calls."""

    configurations = {"core": configuration("Claims and drivers.", Device=2)}

    @kernel
    @when("core_callers")
    def device_release(self, d: Device) -> None:
        """Whoever serves userspace."""
        require(self.driver[d] is Driver.UDRV and self.owner_cnt[self.home[d]] == 1)
        self.end_device_claim(d)


@candidate(
    "S6", breaks=("a_group_nobody_holds_is_on_its_default_domain", "an_idle_group_can_be_claimed"), cites="deduced"
)
class PrivateDomainIsLeftBehind(DmaOwnership):
    """A kernel driver goes without detaching its own domain."""

    configurations = {"private": configuration("Drivers with a domain of their own.", Device=1, kernel_private=True)}

    def quiesce(self, d: Device) -> None:
        """Nothing is given back."""


@candidate("S7", breaks=("the_default_domain_is_exchanged_only_while_nobody_holds_the_group",), cites="deduced")
class TypeTestsTheDomainOnly(DmaOwnership):
    """A change of type looks for the default domain, not for holders."""

    configurations = {"core": configuration("Drivers and changes of type.", Device=1, type_change=True)}

    def type_guard(self, g: Group) -> Outcome:
        """A group that kernel drivers use passes."""
        if len(self.members[g]) == 0 or not self.uses_default(g):
            return refuse(EPERM, "group-in-use", sure="deduced", cites="this slip")
        return DONE


@candidate(
    "S8",
    breaks=("a_private_domain_has_a_single_kernel_holder", "ordinary_drivers_stay_on_the_default_domain"),
    cites="deduced",
)
class AttachAfterTheCount(DmaOwnership):
    """A driver's attach counts the members first and takes the group mutex for the switch only."""

    configurations = {
        "private": configuration("Drivers and membership.", Device=2, Owner=1, membership=True, kernel_private=True)
    }

    attaching: Map[Device, bool] = everywhere(False)

    @process
    def attach_alone(self, d: Device) -> Process:
        """Others run between the two, but the driver stays."""
        require(self.driver[d] is Driver.KPRIV and self.grouped(d) and self.domain[self.home[d]] is not None)
        require(KernelTable(device=d) not in self.alive[self.home[d]])
        if len(self.members[self.home[d]]) != 1:
            return refuse(EINVAL, "group-has-siblings-at-first", sure="deduced", cites="this slip")
        self.attaching[d] = True
        yield "counted"
        self.attaching[d] = False
        attached = self.attach_group(self.home[d], KernelTable(device=d))
        if attached.done:
            self.keep_alive(self.home[d], KernelTable(device=d))
        return attached

    def removal_guard(self, d: Device) -> Outcome:
        """A driver does not go in the middle of its own call."""
        if self.attaching[d]:
            return blocked("driver-attaches", sure="deduced", cites="this slip")
        return super().removal_guard(d)

    @invariant
    def ordinary_drivers_stay_on_the_default_domain(self) -> bool:
        """I16 for drivers of the DMA API."""
        return all(
            self.hw[d] == self.default[self.home[d]]
            for d in Device
            if self.driver[d] is Driver.KDMA and self.grouped(d)
        )


@candidate("S9", breaks=("a_reset_ends", "no_warnings"), cites="deduced")
class SecondDoneIsIgnored(DmaOwnership):
    """The group has one flag for a reset (B25); the `done` of a sibling clears it, the next one does nothing."""

    one_in_reset: Map[Group, bool] = everywhere(False)
    configurations = {"reset": configuration("Resets of two members.", Device=2, resets=True, nested_resets=False)}

    def fence(self, d: Device) -> None:
        """Set by whoever comes."""
        self.one_in_reset[self.home[d]] = True
        super().fence(d)

    def reset_done(self, d: Device) -> None:
        """Cleared by the first to finish; the others find nothing to undo."""
        if self.one_in_reset[self.home[d]]:
            self.one_in_reset[self.home[d]] = False
            super().reset_done(d)
        else:
            warn("reset is done that was not prepared", sure="deduced", cites="this slip")


@candidate("S10", breaks=("a_deferred_probe_is_made_in_the_end",), cites="deduced")
class DeferredProbeIsForgotten(DmaOwnership):
    """A probe that came too early is taken off the list by its first failure."""

    configurations = {
        "boot": configuration(
            "A driver is tried at boot.", Device=1, Owner=1, membership=True, boot_window=True, patience=True
        )
    }

    def try_again(self, d: Device) -> Outcome:
        """Once is enough."""
        require(self.tries[d])
        self.tries[d] = False
        if self.driver[d] is Driver.NONE and self.default[self.home[d]] is not None:
            if self.configure(d, Driver.KDMA).done:
                self.driver[d] = Driver.KDMA
        return DONE
