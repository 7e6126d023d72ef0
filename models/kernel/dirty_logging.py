"""DMA logging of a device (features 6, 7, 8): the core's checks in their order, and what stands behind them.

The checks are those of drivers/vfio/vfio_main.c: vfio_ioctl_device_feature_logging_start(), ..._stop() and
..._report(); the tracker follows drivers/vfio/pci/mlx5/cmd.c: mlx5vf_start_page_tracker() and
mlx5vf_tracker_read_and_clear(). Logging does not look at the state of the device.
"""

from __future__ import annotations

from typing import NamedTuple

from models.hw.journal import Journal, Recorded
from models.kernel.migration_nature import Nature

SMALLEST = 4096
MOST_RANGES = 256
"""As many as fit into a page of 4 KiB."""
END = 1 << 64
COARSE = 2 * SMALLEST
"""What a tracker may take where it was asked for less."""

Range = tuple[int, int]
"""An address and a length."""


class LogRequest(NamedTuple):
    """The payload of START; `number` where it is not that of the ranges."""

    page_size: int
    ranges: tuple[Range, ...]
    number: int | None = None


class ReportRequest(NamedTuple):
    """The payload of REPORT."""

    iova: int
    length: int
    page_size: int


Answer = tuple[str, int | tuple[int, ...] | None]
"""An errno, and the page size that was taken or the numbers of the bits that were set."""


def wrong_ranges(request: LogRequest, nature: Nature) -> str:
    """The errno of the first range that is wrong: which one decides depends on their order.

    An empty range passes; as the core puts it into its tree it ends before it begins, and meets whatever lies across
    that place.
    """
    seen: list[Range] = []
    for iova, length in request.ranges:
        if nature.says("range copy-in"):
            return "EFAULT"
        if (iova | length) & (request.page_size - 1):
            return "EINVAL"
        if iova + length >= END:
            return "EOVERFLOW"
        last = (iova + length - 1) % END
        if any(first <= last and iova <= end for first, end in seen):
            return "EINVAL"
        seen.append((iova, last))
    return ""


class Log(Recorded):
    """What a driver has for the three features."""

    __slots__ = ("nature",)

    def __init__(self, journal: Journal, nature: Nature) -> None:
        self.journal = journal
        self.nature = nature

    def start(self, request: LogRequest) -> Answer:
        """Log the writes to these ranges. If the answer cannot be written, logging is stopped again."""
        number = len(request.ranges) if request.number is None else request.number
        if not number:
            return "EINVAL", None
        if number > MOST_RANGES:
            return "E2BIG", None
        if self.nature.says("no-memory-for-ranges"):
            return "ENOMEM", None
        if errno := wrong_ranges(request, self.nature):
            return errno, None
        errno, size = self.begin(request)
        if errno:
            return errno, None
        if self.nature.says("log copy-out"):
            self.stop()
            return "EFAULT", None
        return "", size

    def stop(self) -> str:
        """End the log; what was not reported is gone."""
        raise NotImplementedError

    def report(self, request: ReportRequest) -> Answer:
        """Read and clear what was logged of a window."""
        if request.page_size < SMALLEST or request.page_size & (request.page_size - 1):
            return "EINVAL", None
        if request.iova + request.length >= END:
            return "EOVERFLOW", None
        if self.nature.says("no-memory-for-bitmap"):
            return "ENOMEM", None
        return self.read_and_clear(request)

    def begin(self, request: LogRequest) -> tuple[str, int]:
        """The driver's part of START: an errno, or the page size that it took."""
        raise NotImplementedError

    def read_and_clear(self, request: ReportRequest) -> Answer:
        """The driver's part of REPORT."""
        raise NotImplementedError

    def wrote(self, iova: int) -> None:
        """The device wrote to memory; a log that has no tracker does not see it."""

    def names(self, iova: int) -> bool:
        """True if a report of this address would name it now."""
        return False

    def close(self) -> None:
        """The last user of the device has gone."""


class NoLog(Log):
    """A device without logging; the core answers for it."""

    __slots__ = ()


class AnythingLog(Log):
    """The sample driver: every call is taken in any order, and nothing is logged."""

    __slots__ = ()

    def begin(self, request: LogRequest) -> tuple[str, int]:
        return "", request.page_size

    def stop(self) -> str:
        return ""

    def read_and_clear(self, request: ReportRequest) -> Answer:
        return "", ()


class TrackerLog(Log):
    """A tracker in the device: one log at a time, in pages of the device's own size, whatever was asked for.

    `logged` are numbers of small pages: a write logs all of the tracker's page that lie in the ranges, and what is
    outside of the window of a report stays. `allocated` says how many ranges have memory for what is logged of them.
    """

    __slots__ = ("allocated", "logged", "ranges", "size")

    def __init__(self, journal: Journal, nature: Nature) -> None:
        super().__init__(journal, nature)
        self.ranges: tuple[Range, ...] | None = None
        self.size = SMALLEST
        self.logged: frozenset[int] = frozenset()
        self.allocated = 0

    def begin(self, request: LogRequest) -> tuple[str, int]:
        if self.ranges is not None:
            return "EINVAL", 0
        for _ in request.ranges:
            if self.nature.says("no-memory-for-range"):
                self.allocated = 0
                return "ENOMEM", 0
            self.allocated += 1
        self.size = COARSE if self.nature.says("coarse-tracker") else SMALLEST
        self.ranges = request.ranges
        return "", self.size

    def stop(self) -> str:
        """Also where nothing was started (mlx5vf_stop_page_tracker())."""
        self.ranges = None
        self.size = SMALLEST
        self.logged = frozenset()
        self.allocated = 0
        return ""

    def read_and_clear(self, request: ReportRequest) -> Answer:
        """What the tracker had read when it failed is in no bitmap any more."""
        if self.ranges is None:
            return "EINVAL", None
        found = frozenset(page for page in self.logged if _meets(page, request))
        self.logged = self.logged - found
        if self.nature.says("tracker-fails"):
            return "EIO", None
        return "", tuple(sorted({bit for page in found for bit in _bits(page, request)}))

    def covers(self, iova: int) -> bool:
        """True if writes to this address are logged."""
        return any(first <= iova < first + length for first, length in self.ranges or ())

    def wrote(self, iova: int) -> None:
        """Atomic in the hardware: a write is logged before it can be read."""
        if self.covers(iova):
            first = iova // self.size * self.size
            pages = [at // SMALLEST for at in range(first, first + self.size, SMALLEST) if self.covers(at)]
            self.logged = self.logged | {iova // SMALLEST, *pages}

    def names(self, iova: int) -> bool:
        return iova // SMALLEST in self.logged

    def close(self) -> None:
        self.stop()


def _meets(page: int, request: ReportRequest) -> bool:
    first = page * SMALLEST
    return first < request.iova + request.length and request.iova < first + SMALLEST


def _bits(page: int, request: ReportRequest) -> range:
    """The bits of the user's bitmap for a page, counted from the beginning of the window
    (drivers/iommu/iommufd/iova_bitmap.c: iova_bitmap_set())."""
    first = max(page * SMALLEST, request.iova)
    last = min((page + 1) * SMALLEST, request.iova + request.length) - 1
    return range((first - request.iova) // request.page_size, (last - request.iova) // request.page_size + 1)
