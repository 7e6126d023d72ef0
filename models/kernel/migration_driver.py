"""A driver that implements migration: the walk, what each arc does, and what ends a session.

Written after drivers/vfio/pci/mlx5/main.c (mlx5vf_pci_set_device_state(), mlx5vf_state_mutex_unlock()) and
samples/vfio-mdev/mtty.c; where drivers differ, `Manner` says how.
"""

from __future__ import annotations

from collections.abc import Callable

from models.hw.journal import Journal, Recorded
from models.kernel.migration_file import DataFile, FileTable
from models.kernel.migration_hardware import MigratableHardware
from models.kernel.migration_manner import EVERYTHING, Manner
from models.kernel.migration_nature import Nature
from models.kernel.migration_states import (
    CAN_P2P,
    ERROR,
    PRE_COPY,
    PRE_COPY_P2P,
    PRE_COPYING,
    RESUMING,
    RUNNING,
    RUNNING_P2P,
    STOP,
    STOP_COPY,
    next_state,
)
from models.kernel.migration_stream import final_part, header, loaded, loaded_unseen, whole_size


class KernelOops(Exception):
    """The kernel killed the caller."""


class MigrationDriver(Recorded):
    """One device and its driver. `saving` and `resuming` are the files of the session that there is."""

    __slots__ = (
        "deferred_reset",
        "files",
        "hardware",
        "manner",
        "mutex",
        "nature",
        "resuming",
        "saving",
        "state",
        "warn",
    )

    def __init__(
        self, journal: Journal, manner: Manner, files: FileTable, nature: Nature, warn: Callable[[str], None]
    ) -> None:
        self.journal = journal
        self.manner = manner
        self.files = files
        self.nature = nature
        self.warn = warn
        self.hardware = MigratableHardware(journal, manner.ports)
        self.state = RUNNING
        self.saving: DataFile | None = None
        self.resuming: DataFile | None = None
        self.mutex = False
        self.deferred_reset = False

    @property
    def capabilities(self) -> int:
        """What the core asks for; a driver without migration is never asked."""
        return EVERYTHING if self.manner.capabilities is None else self.manner.capabilities

    @property
    def p2p(self) -> bool:
        return bool(self.capabilities & CAN_P2P)

    # --- requests ---

    def set_state(self, wanted: int) -> tuple[str, DataFile | None]:
        """Go there arc by arc, with the mutex held. A file is handed over with a reference of its own."""
        self.mutex = True
        try:
            answer = self._walk(wanted)
        finally:
            self.unlock()
        return answer

    def get_state(self) -> int:
        """Where it was while the mutex was held; letting the mutex go may still change that."""
        self.mutex = True
        found = self.state
        self.unlock()
        return found

    def unlock(self) -> None:
        """Let the mutex go, and do what a reset left to whoever had it."""
        while self.deferred_reset:
            self.deferred_reset = False
            self.state = RUNNING
            self.disable_files()
        self.mutex = False

    def reset(self) -> str:
        """The device was reset and runs; say so, now or when the mutex is free."""
        self.hardware.reset()
        if self.mutex and not self.manner.deferred_reset:
            return "BLOCKED"
        self.deferred_reset = True
        if not self.mutex:
            self.mutex = True
            self.unlock()
        return ""

    def open(self) -> None:
        """A new user."""
        if self.manner.fresh_at_open:
            self.state = RUNNING

    def close(self) -> None:
        """The last user has gone; its files go with it, and what a driver makes fresh at the next open is stopped."""
        self.disable_files()
        if self.manner.fresh_at_open:
            self.state = RUNNING
            self.hardware.run(initiates=True, responds=True)

    def recover(self) -> None:
        """The firmware began anew, and nobody knows what became of the device (pds: pds_vfio_recovery())."""
        self._give_up()

    # --- the walk ---

    def _walk(self, wanted: int) -> tuple[str, DataFile | None]:
        made: DataFile | None = None
        if self.state == ERROR and not self.manner.asks_in_error:
            return "EINVAL", None
        while self.state != wanted:
            errno, step, warned = next_state(self.capabilities, self.state, wanted)
            if warned:
                self.warn("vfio_mig_get_next_state: the current state is none of the device's")
            if errno:
                return errno, None
            errno, made = self._take_arc(step)
            if errno:
                return errno, None
            self.state = step
            if made is not None and step != wanted:
                self.warn("a data file in the middle of a walk")
                self.files.put(made)
                return "EINVAL", None
        return "", made

    def _take_arc(self, step: int) -> tuple[str, DataFile | None]:
        """What the hardware cannot do, or what there is no memory for, leaves the state as it is, or breaks it."""
        if self.nature.says("arc-fails"):
            if self.manner.enters_error and self.nature.says("arc-breaks-device"):
                return self._give_up(), None
            return "ENOMEM", None
        before = self.state
        if step == RESUMING:
            return self._begin_resuming()
        if step == STOP_COPY:
            return self._stop_and_save()
        if step in PRE_COPYING and before not in PRE_COPYING:
            return self._begin_pre_copy()
        if before == RESUMING and (errno := self._load()):
            return errno, None
        if before in (RESUMING, STOP_COPY) or (before in PRE_COPYING and step not in PRE_COPYING):
            self.disable_files()
        self.hardware.run(
            initiates=step in (RUNNING, PRE_COPY),
            responds=step in (RUNNING, PRE_COPY, RUNNING_P2P, PRE_COPY_P2P),
        )
        return "", None

    def _give_up(self) -> str:
        """The device is in no state that can be told."""
        self.disable_files()
        self.state = ERROR
        return "EIO"

    # --- saving ---

    def _begin_pre_copy(self) -> tuple[str, DataFile | None]:
        file = self.files.open(saving=True)
        if file is None:
            return "ENFILE", None
        file.put("initial", header(self.manner.ports))
        self.saving = file
        self.hardware.begin_tracking()
        if self.manner.background == "everything":
            self.hardware.save = "dirty"
        return "", file

    def _stop_and_save(self) -> tuple[str, DataFile | None]:
        """The last part of a stream, or all of one. A file that should be there and is not is made anew, as
        mtty_save_device_data() does for a state that outlived its session."""
        file = self.saving
        if file is None:
            file = self.files.open(saving=True)
            if file is None:
                return "ENFILE", None
        self.hardware.run(initiates=False, responds=False)
        if file is self.saving:
            self._finish(file)
            return "", None
        self.saving = file
        self._save_all(file)
        return "", file

    def _finish(self, file: DataFile) -> None:
        """What changed since, unless the save before has failed: nothing can be added to that."""
        hardware = self.hardware
        if file.broken:
            file.broken = False
            self._save_all(file)
            return
        if self.manner.background:
            hardware.end_tracking()
            hardware.save = "final"
            return
        self.collect(file)
        hardware.end_tracking()
        file.put("final", final_part(hardware.ports))

    def _save_all(self, file: DataFile) -> None:
        file.begin_again(header(self.manner.ports))
        self.hardware.end_tracking()
        if self.manner.background == "everything":
            self.hardware.save = "final"
        else:
            file.put("final", final_part(self.hardware.ports))

    def collect(self, file: DataFile) -> None:
        """Fetch what changed, where a driver tells it at all."""
        if self.hardware.changed and self.manner.tells_changes:
            file.put("dirty", self.hardware.changes())
        self.hardware.changed = False

    # --- resuming ---

    def _begin_resuming(self) -> tuple[str, DataFile | None]:
        file = self.files.open(saving=False)
        if file is None:
            return "ENFILE", None
        self.resuming = file
        return "", file

    def _load(self) -> str:
        """Take what was written. What is not all of a stream keeps the device waiting, or breaks it."""
        file = self.resuming
        if file is None:
            if self.manner.trusts_file:
                self.warn("NULL dereference: the file that is to be loaded")
                raise KernelOops
            ports = None
        else:
            ports = self._contained(file.content)
        if ports is None:
            if self.manner.enters_error and self.nature.says("load-gives-up"):
                return self._give_up()
            return "EINVAL"
        self.hardware.load(ports)
        return ""

    def _contained(self, content: bytes) -> tuple[bytes, ...] | None:
        ports = self.manner.ports
        if self.manner.loads == "checked":
            return loaded(content, ports)
        return loaded_unseen(content, ports) if len(content) >= whole_size(ports) else None

    # --- the end of a session ---

    def disable_files(self) -> None:
        """End the session, whichever it is: buffers are freed, readers wake, the hardware tracks no more."""
        for file in (self.resuming, self.saving):
            if file is not None:
                file.disable()
                self.files.disown(file)
        self.resuming = None
        self.saving = None
        self.hardware.end_tracking()

    # --- what the hardware does by itself ---

    def is_pre_copying(self) -> bool:
        """True if the device runs while it is saved."""
        return self.state in PRE_COPYING

    def is_stopped(self) -> bool:
        """True if nothing about the device may change."""
        return self.state in (STOP, STOP_COPY, RESUMING)

    def change(self) -> None:
        """The device works. In pre-copy it notes so, and with a driver that saves in the background begins to save."""
        self.hardware.change()
        if not self.is_pre_copying() or (self.saving is not None and self.saving.broken):
            return
        if self.manner.background:
            self.hardware.save = "dirty"
        else:
            self.hardware.changed = True

    def complete_save(self) -> None:
        """A save in the background is over, and its data is there."""
        save, self.hardware.save = self.hardware.save, None
        if self.saving is None or save is None:
            return
        if save == "dirty":
            self.saving.put("dirty", self.hardware.changes())
        else:
            self.saving.put("final", final_part(self.hardware.ports))

    def fail_save(self) -> None:
        """A save in the background failed. What was read before is of no use without the rest."""
        save, self.hardware.save = self.hardware.save, None
        if self.saving is None or save is None:
            return
        self.saving.broken = True
        if save == "final" or self.manner.failed_pre_copy == "dead":
            self.saving.drop()

    def begin_again(self) -> None:
        """The device was configured anew: what comes is a first part again, and what changed counts from there."""
        if self.saving is not None and not self.saving.broken:
            self.saving.begin_again(header(self.manner.ports))
            self.saving.fresh = True
            self.hardware.changed = False
