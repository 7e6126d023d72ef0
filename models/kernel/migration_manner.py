"""What differs from driver to driver: one description for each, and three that are known.

Every entry is something a driver decides for itself; the core of VFIO and the uAPI leave it open, or are broken by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.kernel.migration_states import CAN_P2P, CAN_PRE_COPY, CAN_STOP_COPY

EVERYTHING = CAN_STOP_COPY | CAN_P2P | CAN_PRE_COPY


@dataclass(frozen=True, slots=True)
class Manner:
    """How a driver does it. `capabilities` None: it has no migration at all."""

    capabilities: int | None = EVERYTHING
    ports: int = 1
    resets: bool = True
    """The device has a way to be reset."""

    # --- states ---
    asks_in_error: bool = False
    """Asks the core for the next arc in ERROR too, which is a WARN."""
    enters_error: bool = True
    """An arc that fails may leave the device in ERROR."""
    fresh_at_open: bool = True
    """Opening the device begins in RUNNING; else where the last user left it."""
    deferred_reset: bool = True
    """A reset that finds the state mutex taken leaves the rest to whoever has it; else it waits."""

    # --- streams ---
    loads: Literal["checked", "by length"] = "checked"
    """What is looked at before a stream is loaded: all of it, or how long it is."""
    looks: Literal["when told", "at the header"] = "when told"
    """When a write is refused for what is in it: whenever the device says so, or as the header becomes complete."""
    keeps_refused: bool = False
    """Bytes of a write that was refused for its content stay in the file, and the errno is EFAULT, not EINVAL."""
    size_first: bool = False
    """A write that is too long is refused before anybody looks whether the file is dead."""
    trusts_file: bool = False
    """Loads what is in the file without looking whether there is one."""
    pause_is_end: bool = False
    """A read in pre-copy with nothing to give answers 0 and not ENOMSG."""
    tells_changes: bool = True
    """What changes in pre-copy can be read in pre-copy; else there is only the header."""
    polls: Literal["both", "saving", "neither"] = "both"
    """Which data files have a poll of their own; the others are always ready and never hang up."""

    # --- saving in the background ---
    background: Literal["", "changes", "everything"] = ""
    """What is saved after the request for it has returned: nothing, what follows the first part, or first parts too."""
    failed_pre_copy: Literal["dead", "pause"] = "dead"
    """What a save that failed in pre-copy leaves until STOP_COPY takes a whole image: reads fail, or find a pause."""

    # --- other features ---
    logging: Literal["", "anything", "tracker"] = ""
    """DMA logging: none, one that takes every call and logs nothing, or a tracker in the device."""
    reinit: bool = False
    """The kernel knows PRECOPY_INFOv2 (2026), and the device can begin pre-copy anew."""


STRICT = Manner()
"""Keeps every rule of the uAPI."""

MTTY = Manner(
    asks_in_error=True,
    enters_error=False,
    fresh_at_open=False,
    loads="by length",
    looks="at the header",
    keeps_refused=True,
    size_first=True,
    trusts_file=True,
    pause_is_end=True,
    tells_changes=False,
    polls="neither",
    logging="anything",
)
"""samples/vfio-mdev/mtty.c as of 6.12."""

MLX5 = Manner(
    asks_in_error=True,
    enters_error=False,
    polls="saving",
    background="everything",
    failed_pre_copy="pause",
    logging="tracker",
)
"""drivers/vfio/pci/mlx5/ as far as it goes here.

Left out: images that are loaded while they are written, so that leaving RESUMING loads nothing and looks at nothing;
waiting for a save under way before the device is suspended; cancelling pre-copy, which saves once more and may fail
with EIO when the session is gone already.
"""
