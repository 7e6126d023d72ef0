"""Driver core: how binding and unbinding a driver holds and drops one use of the default domain."""

from spec.lang import *
from spec.uapi.dma_ownership_claim import Claims
from spec.uapi.dma_ownership_state import Device, Driver, Era, Group


@abstract
class DriverCore(Claims):
    """Binding is one step: configure with `use`, then probe. A failed probe undoes the use."""

    readiness_test: Switch[bool] = since(Era.E4)         # wait for the default domain (b46064a18810)
    test_remove_cleans_up: Switch[bool] = since(Era.E3)  # the debug option pairs use and unuse
    stubs: Switch[bool] = False                          # drivers without DMA that do not count
    probe_faults: Switch[bool] = False                   # a probe may fail
    test_remove: Switch[bool] = False                    # the driver core's debug option: probe, remove, probe

    # --- core ---

    def managed(self, driver: Driver) -> bool:
        """True if the driver has the flag driver_managed_dma, so that binding does not count as a use."""
        return driver is Driver.KSTUB or driver is Driver.UDRV

    def use(self, d: Device) -> Outcome:
        """drivers/iommu/iommu.c:iommu_device_use_default_domain()."""
        if not self.grouped(d):
            return DONE
        g = self.home[d]
        if self.readiness_test and self.default[g] is None:
            return refuse(EPROBE_DEFER, "no-default-domain-yet", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_device_use_default_domain(); bind reports EAGAIN")
        if (busy := self.use_guard(g)).refused:
            return busy
        self.owner_cnt[g] += 1
        self.uses[d] = True
        return DONE

    def use_guard(self, g: Group) -> Outcome:
        """Looks at the domain only when somebody holds the group: an idle group must be on its default."""
        if self.owner_cnt[g] > 0:
            if self.owner[g] is not None:
                return refuse(EBUSY, "owned", sure="recorded",
                              cites="vfio ownership traces: bind is EBUSY (EINVAL through drivers_probe)")
            if not self.uses_default(g):
                return refuse(EBUSY, "not-on-default-domain", sure="read",
                              cites="drivers/iommu/iommu.c:iommu_device_use_default_domain()")
            if self.slots_occupied(g):
                return refuse(EBUSY, "sibling-uses-pasid", sure="read",
                              cites="drivers/iommu/iommu.c:iommu_device_use_default_domain()")
        return DONE

    def unuse(self, d: Device) -> None:
        """drivers/iommu/iommu.c:iommu_device_unuse_default_domain()."""
        if self.grouped(d):
            g = self.home[d]
            if self.owner_cnt[g] == 0 or self.slots_occupied(g):
                warn("unuse of a group nobody uses, or with a PASID attached", sure="read",
                     cites="drivers/iommu/iommu.c:iommu_device_unuse_default_domain()")
            else:
                self.owner_cnt[g] -= 1
                self.uses[d] = False

    def configure(self, d: Device, driver: Driver) -> Outcome:
        """drivers/pci/pci-driver.c:pci_dma_configure() and its like: firmware has set up DMA before this."""
        if self.managed(driver):
            return DONE
        return self.use(d)

    def cleanup(self, d: Device, driver: Driver) -> None:
        """drivers/pci/pci-driver.c:pci_dma_cleanup(): after the driver's remove, or when its probe failed."""
        if not self.managed(driver):
            self.unuse(d)

    def quiesce(self, d: Device) -> None:
        """The driver's own remove: it gives back what it took before `cleanup` runs."""
        self.drop_private(d)

    def probe_guard(self, d: Device, driver: Driver) -> Outcome:
        """What a driver's probe asks for by itself."""
        return DONE

    def removal_guard(self, d: Device) -> Outcome:
        """What a driver's remove waits for."""
        return DONE

    def driver_left(self, d: Device) -> None:
        """What happens when the driver is gone."""

    # --- actions ---

    @kernel(cites="drivers/base/dd.c:really_probe()", sure="recorded")
    def bind(self, d: Device, driver: Driver, *, probe_fails: bool) -> Outcome:
        """Bind a driver: configure, then probe."""
        require(self.driver[d] is Driver.NONE and self.exists(driver))
        if (ready := self.configure(d, driver)).refused:
            return ready
        if self.test_remove:
            again = self.remove_and_retry(d, driver)
            if again.refused:
                return again
        if (unfit := self.probe_guard(d, driver)).refused:
            self.cleanup(d, driver)
            return unfit
        if self.probe_faults and probe_fails:
            self.cleanup(d, driver)
            return self.probe_failed()
        self.driver[d] = driver
        return DONE

    def remove_and_retry(self, d: Device, driver: Driver) -> Outcome:
        """drivers/base/dd.c:really_probe() with DEBUG_TEST_DRIVER_REMOVE: remove right after the first probe."""
        if self.test_remove_cleans_up:
            self.cleanup(d, driver)
        return self.configure(d, driver)

    def probe_failed(self) -> Outcome:
        """The driver's own error, whatever it is."""
        return refuse(EIO, "probe-failed", sure="guessed", cites="drivers/base/dd.c:really_probe()")

    def exists(self, driver: Driver) -> bool:
        """True if this class of drivers takes part."""
        match_private = self.kernel_private and driver is Driver.KPRIV
        match_stub = self.stubs and driver is Driver.KSTUB
        return driver is Driver.KDMA or driver is Driver.UDRV or match_private or match_stub

    @kernel(cites="drivers/base/dd.c:__device_release_driver()", sure="recorded")
    def unbind(self, d: Device) -> Outcome:
        """Unbind: the driver's remove, then `cleanup`."""
        require(self.driver[d] is not Driver.NONE)
        require(not self.core_callers or self.claims[d] is None)
        require(self.in_reset[d] == 0)
        if (busy := self.removal_guard(d)).blocked:
            return busy
        driver = self.driver[d]
        self.quiesce(d)
        self.driver[d] = Driver.NONE
        self.cleanup(d, driver)
        self.driver_left(d)
        return DONE

    @kernel(cites="drivers/iommu/iommu.c:iommu_deferred_attach()", sure="read")
    @when("deferral")
    def deferred_attach(self, d: Device) -> Outcome:
        """The first DMA mapping of a driver brings the postponed attach.

        A reset ends the deferral, so EBUSY for a device in reset needs a race with the test of the flag.
        """
        require(self.deferred[d] and self.uses[d])
        attached = self.device_attach(d, self.default[self.home[d]], False)
        if attached.done:
            self.deferred[d] = False
        return attached
