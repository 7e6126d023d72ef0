"""Probe against the set-up of the IOMMU at boot: a device has a group before the group has a default domain."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Driver
from spec.uapi.races.tasks import Hw, Task


class ProbeAtBoot(Spec):
    """One device: the IOMMU driver sets up groups, then default domains, while drivers are bound.

    A probe that comes between the two is told to try again. What is promised about it is that the domain on which a
    driver starts is the one that it keeps.
    """

    readiness_test: Switch[bool] = True

    group_mutex: Mutex[Task] = FREE
    begun: bool = False                      # the IOMMU driver has registered
    grouped: bool = False
    default: bool = False                    # the group has a default domain
    hw: Hw = Hw.BYPASS
    driver: Driver = Driver.NONE
    probing: bool = False                    # the driver core lets one probe of a device in at a time
    uses: bool = False
    retries: bool = False                    # the device is on the list of deferred probes
    started_on: Ghost[Hw] = Hw.BYPASS        # what the driver's DMA addresses are made for

    configurations = {"two-tasks": configuration("The IOMMU driver and one probe.")}

    @process(thread=Task, cites="drivers/iommu/iommu.c:bus_iommu_probe()", sure="read")
    def iommu_setup(self, t: Task) -> Process:
        """First all groups, then their default domains."""
        require(not self.begun)
        self.begun = True
        yield from self.group_mutex.acquire(t)
        self.grouped = True
        self.group_mutex.release(t)
        yield "groups are made"
        yield from self.group_mutex.acquire(t)
        self.default = True
        self.hw = Hw.DEFAULT
        self.group_mutex.release(t)
        return DONE

    @process(thread=Task, cites="drivers/base/dd.c:really_probe()", sure="read")
    def probe(self, t: Task) -> Process:
        """Configure, which takes a use of the default domain, then the driver's own probe."""
        require(self.driver is Driver.NONE and not self.probing and self.grouped)
        require(not self.retries or self.default)
        self.probing = True
        self.retries = False
        yield from self.group_mutex.acquire(t)
        if self.readiness_test and not self.default:
            self.group_mutex.release(t)
            self.probing = False
            self.retries = True
            return refuse(EPROBE_DEFER, "no-default-domain-yet", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_device_use_default_domain()")
        self.uses = True
        self.group_mutex.release(t)
        yield "configured"
        self.started_on = self.hw
        self.driver = Driver.KDMA
        self.probing = False
        return DONE

    @kernel(cites="drivers/base/dd.c:__device_release_driver()", sure="read")
    def unbind(self) -> None:
        """The driver goes and drops its use."""
        require(self.driver is not Driver.NONE)
        self.driver = Driver.NONE
        self.uses = False

    @invariant
    def a_started_driver_keeps_its_domain(self) -> bool:
        """I16 READY: nobody is switched from under its DMA."""
        return implies(self.driver is Driver.KDMA, self.hw is self.started_on)

    @invariant
    def kernel_drivers_start_on_a_domain_made_for_them(self) -> bool:
        """I16 READY: nobody starts with direct DMA."""
        return implies(self.driver is Driver.KDMA, self.started_on is Hw.DEFAULT)
