"""Progress: what comes in the end, provided that what was begun is ended and what was taken is given back some day."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Driver, Era, Group, Owner
from spec.uapi.dma_ownership_steps import StepPromises
from spec.uapi.dma_ownership_vfio import Cdev, GroupFd


@abstract
class Progress(StepPromises):
    """Liveness, with the steps that are not put off for ever.

    Fair are a driver's removal, a release, the end of a reset, the end of boot, the close of a device, and a call that
    is tried again. Not fair is whatever begins something (bind, claim, open, attach, reset), and the close of a
    group fd: a user may keep an idle one for ever, and nobody may wait for that. Weak fairness is enough but for a
    release by who also uses PASIDs: the slot is filled and emptied any number of times before the release may come.
    """

    patience: Switch[bool] = False     # drivers and users whose call was refused try it again until it succeeds

    tries: Map[Device, bool] = field(everywhere(False), when="patience")          # a kernel driver for this device
    asks: Map[Device, Owner | None] = field(everywhere(None), when="patience")    # a user of this device

    unbind = StepPromises.unbind.with_fairness("weak")
    group_release = StepPromises.group_release.with_fairness("strong")
    device_release = StepPromises.device_release.with_fairness("strong")
    detach_pasid = StepPromises.detach_pasid.with_fairness("weak")
    reset_end = StepPromises.reset_end.with_fairness("weak")
    boot_finish = StepPromises.boot_finish.with_fairness("weak")
    device_close = StepPromises.device_close.with_fairness("weak")

    @lemma
    @when("patience")
    def who_asks_serves_userspace(self) -> bool:
        """Only the driver that serves userspace passes on what its users ask for."""
        return all(self.driver[d] is Driver.UDRV for d in Device if self.asks[d] is not None)

    # --- who tries again ---

    @kernel(cites="drivers/base/dd.c:really_probe()", sure="deduced")
    @when("patience")
    def start_trying(self, d: Device) -> None:
        """A kernel driver wants a device; refused or too early, its probe is tried again."""
        require(self.driver[d] is Driver.NONE and self.grouped(d) and not self.tries[d])
        self.tries[d] = True

    @kernel(cites="drivers/base/dd.c:really_probe()", sure="deduced", fair="weak")
    @when("patience")
    def try_again(self, d: Device) -> Outcome:
        """One more probe; another driver may have been first."""
        require(self.tries[d])
        if self.driver[d] is Driver.NONE:
            if (busy := self.configure(d, Driver.KDMA)).refused:
                return busy
            self.driver[d] = Driver.KDMA
        self.tries[d] = False
        return DONE

    @kernel(cites="drivers/iommu/iommu.c:iommu_device_claim_dma_owner()", sure="deduced")
    @when("patience")
    @since(Era.E2)
    def start_asking(self, d: Device, o: Owner) -> None:
        """A user opens a device and wants it claimed."""
        require(self.driver[d] is Driver.UDRV and self.grouped(d))
        require(self.claims[d] is None and self.asks[d] is None)
        self.asks[d] = o

    @kernel(cites="drivers/iommu/iommu.c:iommu_device_claim_dma_owner()", sure="deduced", fair="weak")
    @when("patience")
    @since(Era.E2)
    def ask_again(self, d: Device) -> Outcome:
        """One more claim; what in-kernel callers are trusted with holds for it too."""
        require(self.asks[d] is not None and self.may_claim(self.home[d], self.asks[d]))
        require(self.group_owner[self.home[d]] is None or self.group_owner[self.home[d]] != self.asks[d])
        if self.claims[d] is None:
            if (held := self.claim_device(d, self.asks[d])).refused:
                return held
            self.claims[d] = self.asks[d]
        self.asks[d] = None
        return DONE

    @kernel(cites="drivers/vfio/vfio_main.c:vfio_device_fops_release()", sure="deduced")
    @when("patience")
    @since(Era.E2)
    def stop_asking(self, d: Device) -> None:
        """The user gives up."""
        require(self.asks[d] is not None)
        self.asks[d] = None

    def removal_guard(self, d: Device) -> Outcome:
        """Who asks has the device open."""
        if self.patience and self.asks[d] is not None:
            return blocked("user-waits", sure="deduced", cites="vfio ownership traces: unbind blocks on device fds")
        return super().removal_guard(d)

    def leave(self, d: Device) -> None:
        """A device that is gone is wanted by nobody."""
        if self.patience:
            self.tries[d] = False
        super().leave(d)

    # --- words ---

    def nobody_holds(self, g: Group) -> bool:
        """True if every use was dropped and every claim released, as far as the holders know."""
        return self.use_sum(g) == 0 and self.claim_sum(g) == 0

    def can_block(self, g: Group) -> bool:
        """True if nothing but a holder could keep a claim out."""
        return (self.default[g] is not None and self.recovery_cnt[g] == 0
                and not any(self.require_direct[d] for d in self.members[g]))

    def serves_only(self, g: Group, o: Owner | None) -> bool:
        """True if all drivers of the group are managed, and nobody but this owner claims it."""
        return (not any(self.driver[d] is Driver.KDMA or self.driver[d] is Driver.KPRIV for d in self.members[g])
                and (self.claim_sum(g) == 0 or (self.owner[g] == o and self.group_owner[g] is None))
                and not self.slots_occupied(g))

    # --- L1 ---

    @leads_to
    @since(Era.E1)
    def a_group_that_nobody_holds_becomes_idle(self, g: Group) -> Promise:
        """L1: when all holders let go, the group is on its default domain and counts nobody.

        Unless somebody holds it again by then, or it is empty.
        """
        return leads_to(self.nobody_holds(g) and len(self.members[g]) > 0,
                        self.idle(g) or not self.nobody_holds(g) or len(self.members[g]) == 0)

    @leads_to
    @unless("resets")
    def a_use_ends(self, d: Device) -> Promise:
        """L1: a driver that is unbound holds nothing; not asked where one reset after the other holds the unbind up."""
        return leads_to(self.uses[d], not self.uses[d])

    @leads_to
    @when("core_callers")
    @unless("same_owner_counts")
    def a_claim_of_a_group_ends(self, g: Group) -> Promise:
        """L1: a release cannot be held up; not asked where the owner may always claim again before it releases."""
        return leads_to(self.group_owner[g] is not None, self.group_owner[g] is None)

    @leads_to
    @when("core_callers")
    @since(Era.E2)
    def a_claim_of_a_device_ends(self, d: Device) -> Promise:
        """L1: nor that of a device."""
        return leads_to(self.claims[d] is not None, self.claims[d] is None)

    @leads_to
    @when("vfio")
    def a_closed_group_leaves_its_container(self, g: Group) -> Promise:
        """L1 for VFIO: the devices that are still open are the last that a container waits for."""
        return leads_to(self.group_fd[g] is GroupFd.CLOSED and self.container[g] is not None,
                        self.container[g] is None)

    # --- L2, L7 ---

    @leads_to
    @when("patience")
    @since(Era.E2)
    def a_user_gets_an_idle_group(self, d: Device) -> Promise:
        """L2: a claim that is tried again on an idle group succeeds, unless somebody else was first."""
        return leads_to(self.asks[d] is not None and self.idle(self.home[d]) and self.can_block(self.home[d]),
                        self.asks[d] is None or not self.idle(self.home[d]) or not self.can_block(self.home[d]))

    @leads_to
    @when("patience")
    @since(Era.E2)
    def a_managed_driver_never_blocks_its_own_claim(self, d: Device) -> Promise:
        """L7: among managed drivers the first user gets the group, whatever the group counts."""
        return leads_to(self.asks[d] is not None and self.serves_only(self.home[d], self.asks[d])
                        and self.can_block(self.home[d]),
                        self.asks[d] is None or not self.serves_only(self.home[d], self.asks[d])
                        or not self.can_block(self.home[d]))

    # --- L3, L6 ---

    @leads_to
    @when("patience")
    @unless("kernel_private", "pasids")
    def a_kernel_driver_gets_a_group_without_owner(self, d: Device) -> Promise:
        """L3: after the release a kernel driver that is tried again binds, also beside others."""
        return leads_to(self.tries[d] and self.owner[self.home[d]] is None and self.default[self.home[d]] is not None,
                        not self.tries[d] or self.owner[self.home[d]] is not None)

    @leads_to
    @when("patience", "boot_window")
    @unless("kernel_private", "pasids")
    @since(Era.E4)
    def a_deferred_probe_is_made_in_the_end(self, d: Device) -> Promise:
        """L6: a probe that came before the default domain succeeds after it, unless a user was first."""
        return leads_to(self.tries[d] and self.default[self.home[d]] is None,
                        self.driver[d] is not Driver.NONE or self.owner[self.home[d]] is not None
                        or not self.grouped(d))

    # --- L4 ---

    @leads_to
    @since(Era.E5)
    @when("resets")
    @unless("nested_resets")
    def a_reset_ends(self, d: Device) -> Promise:
        """L4: each prepare is followed by a done, so that EBUSY does not last."""
        return leads_to(self.blocked[d], not self.blocked[d])

    @leads_to
    @since(Era.E5)
    @when("resets")
    def an_inner_reset_ends(self, d: Device) -> Promise:
        """L4 for a reset inside a reset; the outer one goes on, and may contain another."""
        return leads_to(self.reset_depth[d] == 2, self.reset_depth[d] < 2)

    # --- L5 ---

    @leads_to
    @when("vfio")
    def a_removal_waits_for_open_devices_only(self, d: Device) -> Promise:
        """L5: with its own fds closed a device can be unplugged, whatever becomes of the group fd."""
        return leads_to(self.driver[d] is Driver.UDRV and self.opens[d] == 0 and self.cdev[d] is Cdev.CLOSED,
                        self.driver[d] is Driver.NONE or self.opens[d] > 0 or self.cdev[d] is not Cdev.CLOSED)
