"""VFIO_DEVICE_FEATURE in the words of the spec `migration`: states and features by number, flags, sizes."""

from __future__ import annotations

from checker.conform.log import LogStep
from checker.conform.protocol import Call, Word
from models.bind.migration_files import Device

STATES = ("ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P", "PRE_COPY", "PRE_COPY_P2P")
FEATURES = {
    1: "MIGRATION",
    2: "DEVICE_STATE",
    6: "LOGGING_START",
    7: "LOGGING_STOP",
    8: "LOGGING_REPORT",
    9: "DATA_SIZE",
}
PAYLOAD = {1: 8, 2: 8, 6: 24, 7: 0, 8: 32, 9: 8}
"""Bytes that stand behind the header of a request about a feature."""
MIGRATION, DEVICE_STATE = 1, 2
HEADER = 8
GET, SET, PROBE = 1 << 16, 1 << 17, 1 << 18
ABOVE_THE_FLAGS = 19
CHUNKS = 2
"""A whole stream, as the spec counts it."""


def state_of(word: str) -> str | None:
    """A state by its name or number; None for a number that is none."""
    if word in STATES:
        return word
    number = int(word, 0)
    return STATES[number] if 0 <= number < len(STATES) else None


def feature_call(flags: int, size: int, step: LogStep, device: Device, output: str = "data0") -> Call:
    """A request about a feature: index and three flags, any other flag, and how much stands behind the header."""
    index = flags & 0xFFFF
    enough = size >= HEADER + PAYLOAD.get(index, 0)
    args: dict[str, Word] = {
        "index": FEATURES.get(index, "UNKNOWN"),
        "get": bool(flags & GET),
        "set_": bool(flags & SET),
        "probe": bool(flags & PROBE),
        "unknown": bool(flags >> ABOVE_THE_FLAGS),
        "size": "TOO_SMALL" if size < HEADER else "ENOUGH" if enough else "HEADER",
    }
    word = step.out.get(output)
    outputs = _outputs(index, int(word, 0), device) if isinstance(word, str) else {}
    return Call("feature", args, step.errno, outputs)


def odd_form(step: LogStep, device: Device, direction: int) -> Call | None:
    """A request for the device state that is not well-formed, as one about its feature; None for one that is."""
    flags = int(step.args.get("flags", str(DEVICE_STATE | direction)), 0)
    size = int(step.args.get("argsz", str(HEADER + PAYLOAD[DEVICE_STATE])), 0)
    call = feature_call(flags, size, step, device)
    return None if (flags, call.args["size"]) == (DEVICE_STATE | direction, "ENOUGH") else call


def _outputs(index: int, word: int, device: Device) -> dict[str, bool | int]:
    """What the first word of an answer says."""
    match FEATURES.get(index):
        case "MIGRATION":
            return {"p2p": bool(word & 2), "pre_copy": bool(word & 4)}
        case "DATA_SIZE":
            return {"chunks": chunks_of(word, device)}
        case _:
            return {}


def chunks_of(length: int, device: Device) -> int:
    """A length in chunks: both for the whole stream."""
    return CHUNKS if length == device.size else int(length > 0)
