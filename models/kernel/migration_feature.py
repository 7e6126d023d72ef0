"""VFIO_DEVICE_FEATURE: which features there are, and what is looked at before any of them
(drivers/vfio/vfio_main.c: vfio_ioctl_device_feature(), vfio_check_feature())."""

from __future__ import annotations

from typing import NamedTuple

MIGRATION, DEVICE_STATE = 1, 2
LOGGING_START, LOGGING_STOP, LOGGING_REPORT = 6, 7, 8
DATA_SIZE = 9
PRECOPY_INFO_V2 = 12

INDEX_MASK = 0xFFFF
GET, SET, PROBE = 1 << 16, 1 << 17, 1 << 18
KNOWN_FLAGS = INDEX_MASK | GET | SET | PROBE
HEADER_SIZE = 8
"""argsz and flags."""


class Feature(NamedTuple):
    """Which way a feature goes, and how many bytes stand behind the header."""

    ways: int
    payload: int


FEATURES = {
    MIGRATION: Feature(GET, 8),
    DEVICE_STATE: Feature(GET | SET, 8),
    LOGGING_START: Feature(SET, 24),
    LOGGING_STOP: Feature(SET, 0),
    LOGGING_REPORT: Feature(GET, 32),
    DATA_SIZE: Feature(GET, 8),
    PRECOPY_INFO_V2: Feature(SET, 0),
}
MIGRATION_FEATURES = frozenset({MIGRATION, DEVICE_STATE, DATA_SIZE})
LOGGING_FEATURES = frozenset({LOGGING_START, LOGGING_STOP, LOGGING_REPORT})


def wrong_header(argsz: int, flags: int) -> str:
    """The errno of a request that is wrong whatever it is about; "" if it is not."""
    if argsz < HEADER_SIZE:
        return "EINVAL"
    if flags & ~KNOWN_FLAGS:
        return "EINVAL"
    return "EINVAL" if flags & GET and flags & SET and not flags & PROBE else ""


def wrong_form(feature: Feature, argsz: int, flags: int) -> str | None:
    """What a request about a feature that is there is answered without doing anything: an errno, or "" for a probe.

    None if it has to be done.
    """
    if flags & (GET | SET) & ~feature.ways:
        return "EINVAL"
    if flags & PROBE:
        return ""
    if not flags & (GET | SET):
        return "EINVAL"
    return "EINVAL" if argsz - HEADER_SIZE < feature.payload else None
