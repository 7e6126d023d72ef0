"""What a user can do with a data file: read, write, poll, seek, ask for estimates, duplicate, close.

Written after mtty_save_read(), mtty_resume_write() and mtty_precopy_ioctl() of samples/vfio-mdev/mtty.c, and
mlx5vf_save_read(), mlx5vf_save_poll(), mlx5vf_precopy_ioctl() and mlx5vf_resume_write() of
drivers/vfio/pci/mlx5/main.c.
"""

from __future__ import annotations

from typing import NamedTuple

from models.hw.journal import Recorded
from models.kernel.migration_driver import MigrationDriver
from models.kernel.migration_file import DataFile
from models.kernel.migration_states import CAN_PRE_COPY
from models.kernel.migration_stream import HEADER_SIZE, is_good_header, limit, whole_size

PRECOPY_SIZE = 24
"""Bytes of the structure of estimates."""
REINIT = 1
"""Flag of an answer: there is a new first part."""


class Estimates(NamedTuple):
    """What is left to read in pre-copy."""

    flags: int
    initial_bytes: int
    dirty_bytes: int


NO_ESTIMATES = Estimates(0, 0, 0)


class Poll(NamedTuple):
    """`ready`: a call would not wait. `hung_up`: nothing more will come."""

    ready: bool
    hung_up: bool


class DataFiles(Recorded):
    """The data files of a device, by descriptor: here the number in the table of open files."""

    __slots__ = ("driver", "opted_in")
    driver: MigrationDriver
    opted_in: bool
    """The user understands the flags of estimates (PRECOPY_INFOv2)."""

    # --- reading ---

    def read(self, number: int, count: int, wait: bool = True) -> tuple[str, bytes]:
        """The next bytes, or none at the end; "BLOCKED" if the reader has to wait for them."""
        file = self.driver.files.held(number)
        if file is None or not file.saving:
            return "EBADF", b""
        if file.disabled or self._is_dead(file):
            return "ENODEV", b""
        self.driver.collect(file)
        if not file.pieces:
            return self._nothing(wait), b""
        if self.driver.nature.says("read copy-out"):
            return "EFAULT", b""
        taken = file.take(count)
        if file.fresh and not file.left("initial"):
            file.fresh = False
        return "", taken

    def _is_dead(self, file: DataFile) -> bool:
        """True if a save failed and nothing can be read of it any more."""
        return file.broken and (self.driver.manner.failed_pre_copy == "dead" or not self.driver.is_pre_copying())

    def _nothing(self, wait: bool) -> str:
        """A save that is on its way is waited for; else pre-copy pauses, and a stopped device is at its end."""
        if self.driver.hardware.save is not None:
            return "BLOCKED" if wait else "EAGAIN"
        if self.driver.is_pre_copying() and not self.driver.manner.pause_is_end:
            return "ENOMSG"
        return ""

    # --- writing ---

    def write(self, number: int, data: bytes) -> str:
        """All of it or nothing, but for a driver that keeps what it refuses."""
        file = self.driver.files.held(number)
        if file is None or file.saving:
            return "EBADF"
        manner = self.driver.manner
        content = file.content + data
        too_long = len(content) > limit(content, manner.ports, manner.tells_changes)
        if manner.size_first and too_long:
            return "ENOMEM"
        if file.disabled:
            return "ENODEV"
        if too_long:
            return "ENOMEM"
        if self.driver.nature.says("write copy-in"):
            return "EFAULT"
        if self._refuses(file.content, content):
            if not manner.keeps_refused or not self._completes(file.content, content):
                return "EINVAL"
            file.content = content
            return "EFAULT"
        file.content = content
        return ""

    def _refuses(self, before: bytes, after: bytes) -> bool:
        """True if somebody looks at what was written, and does not like it."""
        if self.driver.manner.looks == "when told":
            return self.driver.nature.says("content-refused")
        completes = len(before) < HEADER_SIZE <= len(after)
        return completes and not is_good_header(after, self.driver.manner.ports)

    def _completes(self, before: bytes, after: bytes) -> bool:
        """True if a part of the stream became complete: what is looked at only then is in the file already."""
        return any(len(before) < end <= len(after) for end in (HEADER_SIZE, whole_size(self.driver.manner.ports)))

    # --- asking ---

    def precopy_info(self, number: int, argsz: int = PRECOPY_SIZE, flags: int = 0) -> tuple[str, Estimates]:
        """VFIO_MIG_GET_PRECOPY_INFO; flags of a user who does not know of the new one come back as they are."""
        driver = self.driver
        file = driver.files.held(number)
        if file is None:
            return "EBADF", NO_ESTIMATES
        if not file.saving or not driver.capabilities & CAN_PRE_COPY:
            return "ENOTTY", NO_ESTIMATES
        if driver.nature.says("estimates copy-in"):
            return "EFAULT", NO_ESTIMATES
        if argsz < PRECOPY_SIZE or not driver.is_pre_copying():
            return "EINVAL", NO_ESTIMATES
        if file.disabled or (file.broken and driver.manner.failed_pre_copy == "dead"):
            return "ENODEV", NO_ESTIMATES
        driver.collect(file)
        if driver.nature.says("estimates copy-out"):
            return "EFAULT", NO_ESTIMATES
        told = (REINIT if file.fresh else 0) if self.opted_in else flags
        return "", Estimates(told, file.left("initial"), file.left("dirty"))

    def poll(self, number: int) -> tuple[str, Poll]:
        """A file without a poll of its own is always ready (fs/select.c: DEFAULT_POLLMASK)."""
        file = self.driver.files.held(number)
        if file is None:
            return "EBADF", Poll(False, False)
        polls = self.driver.manner.polls
        if polls == "neither" or (polls == "saving" and not file.saving):
            return "", Poll(True, False)
        if file.disabled or (file.saving and self._is_dead(file)):
            return "", Poll(True, True)
        return "", Poll(not file.saving or not self._waits(file), False)

    def _waits(self, file: DataFile) -> bool:
        """True if there is nothing to read now and that is not the end."""
        hardware = self.driver.hardware
        if file.pieces or (hardware.changed and self.driver.manner.tells_changes):
            return False
        return self.driver.is_pre_copying() or hardware.save is not None

    def seek(self, number: int) -> str:
        """Streams have no position to name, for lseek, pread and pwrite alike (fs/open.c: stream_open())."""
        return "EBADF" if self.driver.files.held(number) is None else "ESPIPE"

    # --- descriptors ---

    def dup(self, number: int) -> str:
        """A second descriptor of a file."""
        file = self.driver.files.held(number)
        if file is None:
            return "EBADF"
        file.users += 1
        return ""

    def close_file(self, number: int) -> str:
        """A descriptor is closed; the session is the driver's and stays."""
        file = self.driver.files.held(number)
        if file is None:
            return "EBADF"
        self.driver.files.put(file)
        return ""

    def data_size(self) -> int:
        """An estimate of the bytes that a device that is stopped now would give out: at most all."""
        return whole_size(self.driver.manner.ports)
