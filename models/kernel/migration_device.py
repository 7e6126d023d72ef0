"""A device that can be migrated, as its user meets it: open, bind, ioctls, reset, data files.

The order of the checks is that of drivers/vfio/vfio_main.c: vfio_device_fops_unl_ioctl(), vfio_ioctl_device_feature(),
vfio_ioctl_device_feature_mig_device_state(), vfio_ioct_mig_return_fd().
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from models.hw.journal import Journal
from models.kernel.dirty_logging import AnythingLog, Log, LogRequest, NoLog, ReportRequest, TrackerLog
from models.kernel.migration_driver import KernelOops, MigrationDriver
from models.kernel.migration_feature import (
    DATA_SIZE,
    DEVICE_STATE,
    FEATURES,
    GET,
    HEADER_SIZE,
    INDEX_MASK,
    LOGGING_FEATURES,
    LOGGING_START,
    LOGGING_STOP,
    MIGRATION,
    MIGRATION_FEATURES,
    PRECOPY_INFO_V2,
    SET,
    wrong_form,
    wrong_header,
)
from models.kernel.migration_file import FileTable
from models.kernel.migration_manner import Manner
from models.kernel.migration_nature import Nature
from models.kernel.migration_states import CAN_PRE_COPY
from models.kernel.migration_streams import DataFiles

Handle = Literal["closed", "opened", "bound"]
Payload = int | LogRequest | ReportRequest


class Reply(NamedTuple):
    """What an ioctl gave: an errno ("" is success, "BLOCKED" no return), and what was written to the user."""

    errno: str
    out: int | tuple[int, ...] | None = None
    """A word, or the pages that were logged."""
    fd: int | None = None
    """A new descriptor of a data file."""


class MigratableDevice(DataFiles):
    """One device with its driver, its open files and the log of what it writes.

    `oopsed`: a caller was killed inside. What follows is of no worth then: the model goes on as if the mutex that the
    caller held had been free.
    """

    __slots__ = ("handle", "log", "manner", "nature", "oopsed", "warnings")

    def __init__(self, manner: Manner, journal: Journal | None = None, files: int = 16) -> None:
        self.journal = journal or Journal()
        self.manner = manner
        self.nature = Nature()
        self.warnings: tuple[str, ...] = ()
        self.oopsed = False
        self.handle: Handle = "closed"
        self.opted_in = False
        table = FileTable(self.journal, files)
        self.driver = MigrationDriver(self.journal, manner, table, self.nature, self.warn)
        self.log = _log(manner, self.journal, self.nature)

    def warn(self, text: str) -> None:
        """The kernel complains about itself."""
        self.warnings = (*self.warnings, text)

    # --- opening and closing ---

    def open(self) -> str:
        """The character device; it answers nothing before it is bound."""
        if self.handle != "closed":
            return "EBUSY"
        self.handle = "opened"
        return ""

    def bind(self) -> str:
        """Whether it may be bound is a matter of ownership; here it may."""
        if self.handle != "opened":
            return "EINVAL"
        self.handle = "bound"
        self.driver.open()
        return ""

    def close(self) -> str:
        """The last descriptor of the device goes. Descriptors of data files stay, and are good for nothing."""
        if self.handle == "closed":
            return "EBADF"
        if self.handle == "bound":
            self.driver.close()
            self.log.close()
            self.driver.hardware.vectors = False
            self.opted_in = False
        self.handle = "closed"
        return ""

    def _entered(self) -> str:
        """What every ioctl of a device file looks at first."""
        if self.handle == "closed":
            return "EBADF"
        if self.handle == "opened":
            return "EINVAL"
        return "EIO" if self.nature.says("does-not-wake") else ""

    # --- features ---

    def feature(self, flags: int, argsz: int, payload: Payload = 0) -> Reply:
        """VFIO_DEVICE_FEATURE; `payload` is what stands behind the header in the user's memory."""
        if errno := self._entered():
            return Reply(errno)
        if self.nature.says("header copy-in"):
            return Reply("EFAULT")
        if errno := wrong_header(argsz, flags):
            return Reply(errno)
        index = flags & INDEX_MASK
        if errno := self._missing(index):
            return Reply(errno)
        form = FEATURES[index]
        answered = wrong_form(form, argsz, flags)
        if answered is not None:
            return Reply(answered)
        if form.payload and self.nature.says("payload copy"):
            return Reply("EFAULT")
        return self._do(index, flags, payload)

    def _missing(self, index: int) -> str:
        """The errno for a feature that this kernel, this driver or this device does not have."""
        capabilities = self.manner.capabilities
        if index in MIGRATION_FEATURES:
            return "ENOTTY" if capabilities is None else ""
        if index in LOGGING_FEATURES:
            return "ENOTTY" if isinstance(self.log, NoLog) else ""
        if index == PRECOPY_INFO_V2 and self.manner.reinit:
            return "" if (capabilities or 0) & CAN_PRE_COPY else "EINVAL"
        return "ENOTTY"

    def _do(self, index: int, flags: int, payload: Payload) -> Reply:
        if index == DEVICE_STATE:
            assert isinstance(payload, int)
            return self._set_state(payload) if flags & SET else self._get_state()
        if index == MIGRATION:
            return Reply("", self.manner.capabilities)
        if index == DATA_SIZE:
            return Reply("", self.data_size())
        if index == PRECOPY_INFO_V2:
            self.opted_in = True
            return Reply("")
        if index == LOGGING_STOP:
            return Reply(self.log.stop())
        if index == LOGGING_START:
            assert isinstance(payload, LogRequest)
            return Reply(*self.log.start(payload))
        assert isinstance(payload, ReportRequest)
        return Reply(*self.log.report(payload))

    def _set_state(self, wanted: int) -> Reply:
        """The walk, then the way back to the user, which may fail when everything has happened already."""
        try:
            errno, made = self.driver.set_state(wanted)
        except KernelOops:
            self.oopsed = True
            return Reply("BLOCKED")
        if made is None:
            return Reply("EFAULT" if self.nature.says("answer copy-out") else errno)
        lost = ""
        if self.nature.says("no-descriptor"):
            lost = "EMFILE"
        elif self.nature.says("answer copy-out"):
            lost = "EFAULT"
        if lost:
            self.driver.files.put(made)
            return Reply(lost)
        return Reply("", None, made.number)

    def _get_state(self) -> Reply:
        found = self.driver.get_state()
        return Reply("EFAULT") if self.nature.says("state copy-out") else Reply("", found)

    # --- the requests that users make most ---

    def set_state(self, wanted: int) -> Reply:
        """A well-formed SET of the device state."""
        return self.feature(DEVICE_STATE | SET, _size(DEVICE_STATE), wanted)

    def get_state(self) -> Reply:
        """A well-formed GET of it."""
        return self.feature(DEVICE_STATE | GET, _size(DEVICE_STATE))

    def ask_data_size(self) -> Reply:
        """A well-formed request for the estimate."""
        return self.feature(DATA_SIZE | GET, _size(DATA_SIZE))

    # --- other ioctls ---

    def reset(self) -> str:
        """VFIO_DEVICE_RESET."""
        if errno := self._entered():
            return errno
        if not self.manner.resets:
            return "EINVAL"
        if self.nature.says("reset-unable"):
            return "ENOTTY"
        if self.nature.says("reset-locked"):
            return "EAGAIN"
        return self.driver.reset()

    def set_irqs(self, on: bool) -> str:
        """Interrupts are programmed by the kernel itself, in every state of the device."""
        if errno := self._entered():
            return errno
        self.driver.hardware.vectors = on
        return ""

    def leaks(self) -> tuple[str, ...]:
        """What is allocated and belongs to nothing any more."""
        found = []
        owned = (self.driver.saving, self.driver.resuming)
        for file in self.driver.files.files:
            if file is None:
                continue
            if not file.users and file not in owned:
                found.append(f"data file {file.number}")
            if file not in owned and (file.pieces or file.content):
                found.append(f"buffers of data file {file.number}")
        if self.driver.hardware.save is not None and self.driver.saving is None:
            found.append("a save that nobody reads")
        return tuple(found)


def _size(index: int) -> int:
    return HEADER_SIZE + FEATURES[index].payload


def _log(manner: Manner, journal: Journal, nature: Nature) -> Log:
    if manner.logging == "tracker":
        return TrackerLog(journal, nature)
    return AnythingLog(journal, nature) if manner.logging else NoLog(journal, nature)
