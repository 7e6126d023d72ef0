"""Bugs that need two threads: the small specs of `spec/uapi/races` with the one test or lock that was missing."""

from spec.lang import *
from spec.uapi.dma_ownership_state import Device, Driver
from spec.uapi.races.boot import ProbeAtBoot
from spec.uapi.races.firmware_reread import FirmwareIsReread
from spec.uapi.races.vfio_removal import VfioRemoval


@history("B10", breaks=("no_warnings", "a_device_that_left_is_attached_to_nothing"),
         cites="ca5f21b25749 'vfio: Follow a strict lifetime for struct iommu_group', 2022-09-08; seen on s390")
class GroupOutlivesItsDevices(VfioRemoval):
    """VFIO kept a group claimed after its last driver was gone, and let go when the hardware had left the IOMMU.

    The core warns as the last member leaves a held group; the close that comes later attaches the default domain to a
    device that has left.
    """

    strict_lifetime: Switch[bool] = False


@history("B11", breaks=("a_removal_ends",),
         cites="regression of the fix of B10, 2022-10-04; cured by a group that lives on without its iommu_group")
class UnplugWaitsForGroupFd(VfioRemoval):
    """The removal of the last VFIO driver waited for an open group fd, even with no device open: for ever.

    Asked with a removal that uses any chance that it gets, so that what holds it up is the idle fd and not somebody
    who opens and closes it all the time.
    """

    waits_for_group_fd: Switch[bool] = True
    remove = VfioRemoval.remove.with_fairness("strong")


@history("B21", breaks=("kernel_drivers_start_on_a_domain_made_for_them", "a_started_driver_keeps_its_domain"),
         cites="b46064a18810 'iommu: Handle race with default domain setup', 2025-02")
class ProbeBeforeDefaultDomain(ProbeAtBoot):
    """A driver could probe between the creation of its group and that of the default domain.

    It maps its first buffers for no translation at all, and is then switched from under them.
    """

    readiness_test: Switch[bool] = False


@history("B22", breaks=("owner_count_is_the_number_of_holders", "managed_drivers_do_not_count_as_uses",
                        "devices_without_a_driver_hold_nothing"),
         cites="78447d4545b2 'PCI: Fix driver_managed_dma check', 2025-04-25; fixes bcb81ac6ae3c")
class FlagOfAStaleDriver(FirmwareIsReread):
    """The flag of a driver was read through a pointer made before the driver was there.

    The pointer to the driver and the test that there is one were two reads; where a driver binds in between, the test
    passes and the flag is whatever lies near address zero.
    """

    configurations = {"core": configuration("Claims and drivers.", Device=1)}

    def has_driver(self, d: Device, seen: Driver) -> bool:
        """Reads again."""
        return self.driver[d] is not Driver.NONE
