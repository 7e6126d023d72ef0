"""The spec's requests about features as the ioctl that the model takes: index, flags, size, payload."""

from __future__ import annotations

from checker.conform.implementation import Plain
from models.bind.migration_requests import FEATURES, HEADER, PAYLOAD, STATES
from models.kernel.dirty_logging import LogRequest, ReportRequest
from models.kernel.migration_device import Payload
from models.kernel.migration_feature import (
    DEVICE_STATE,
    GET,
    LOGGING_REPORT,
    LOGGING_START,
    PRECOPY_INFO_V2,
    PROBE,
    SET,
)

INDEXES = {name: index for index, name in FEATURES.items()} | {"PRECOPY_INFO_V2": PRECOPY_INFO_V2, "UNKNOWN": 0x7F}
UNKNOWN_FLAG = 1 << 19
PAYLOADS: dict[int, Payload] = {
    DEVICE_STATE: len(STATES),
    LOGGING_START: LogRequest(4096, ((0, 4096),)),
    LOGGING_REPORT: ReportRequest(0, 4096, 4096),
}
"""What a well-formed request of the spec carries: of the device state, a number that is none."""

Request = tuple[int, int, int, Payload]


def request_of(args: tuple[Plain, ...]) -> Request:
    """Index, flags, argsz, payload. Too little for a feature is one byte less than it wants."""
    found = _KNOWN.get(args)
    if found is None:
        found = _KNOWN[args] = _request_of(args)
    return found


def _request_of(args: tuple[Plain, ...]) -> Request:
    name, get, set_, probe, unknown, size = args
    index = INDEXES[str(name)]
    wanted = PAYLOAD.get(index, 0)
    behind = {"TOO_SMALL": -1, "HEADER": max(wanted - 1, 0), "ENOUGH": wanted}[str(size)]
    flags = index | GET * bool(get) | SET * bool(set_) | PROBE * bool(probe) | UNKNOWN_FLAG * bool(unknown)
    return index, flags, HEADER + behind, PAYLOADS.get(index, 0)


_KNOWN: dict[tuple[Plain, ...], Request] = {}
