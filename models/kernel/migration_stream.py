"""The bytes of a stream: a header, then a record for each port, as the sample driver has them (24 and 36 bytes).

A device that tells its changes puts a record of the port that changed between the two. Each record ends with a
checksum; whether anybody looks at it is a matter of the driver.
"""

from __future__ import annotations

import struct
import zlib
from typing import Literal

Kind = Literal["initial", "dirty", "final"]
Piece = tuple[Kind, bytes]
"""A part of a stream that was not read yet."""

HEADER = struct.Struct("<QIIII")
"""Magic, flags, major and minor version, number of ports."""
MAGIC, FLAGS, MAJOR, MINOR = 0x6D_69_67_72_61_74_65_21, 0, 1, 0
HEADER_SIZE = HEADER.size
RECORD = struct.Struct("<B31sI")
"""What it is, the registers of the port, the checksum."""
RECORD_SIZE = RECORD.size
REGISTERS = 31
DIRTY, FINAL = ord("D"), ord("F")


def header(ports: int) -> bytes:
    """The first bytes of every stream of a device with so many ports."""
    return HEADER.pack(MAGIC, FLAGS, MAJOR, MINOR, ports)


def record(tag: int, registers: bytes) -> bytes:
    """One port."""
    return RECORD.pack(tag, registers, zlib.crc32(bytes((tag,)) + registers))


def final_part(ports: tuple[bytes, ...]) -> bytes:
    """What follows the header when the device stands still."""
    return b"".join(record(FINAL, registers) for registers in ports)


def whole_size(ports: int) -> int:
    """Bytes of a stream in which nothing changed on the way."""
    return HEADER_SIZE + RECORD_SIZE * ports


def limit(content: bytes, ports: int, with_changes: bool) -> int:
    """Bytes of the stream that begins like this: records of changes come on top of the rest."""
    changes = content[HEADER_SIZE::RECORD_SIZE].count(DIRTY) if with_changes else 0
    return whole_size(ports) + RECORD_SIZE * changes


def is_good_header(content: bytes, ports: int) -> bool:
    """True if a device with so many ports can read what follows."""
    return content[:HEADER_SIZE] == header(ports)


def loaded(content: bytes, ports: int) -> tuple[bytes, ...] | None:
    """The registers of all ports, or None if the stream is not what one device gave out, from its first byte to its
    last."""
    records = [content[at : at + RECORD_SIZE] for at in range(HEADER_SIZE, len(content), RECORD_SIZE)]
    if not is_good_header(content, ports) or len(records) < ports or len(records[-1]) < RECORD_SIZE:
        return None
    parts = [RECORD.unpack(each) for each in records]
    if any(check != zlib.crc32(bytes((tag,)) + registers) for tag, registers, check in parts):
        return None
    tags = [tag for tag, _, _ in parts]
    if tags != [DIRTY] * (len(tags) - ports) + [FINAL] * ports:
        return None
    return tuple(registers for _, registers, _ in parts[-ports:])


def loaded_unseen(content: bytes, ports: int) -> tuple[bytes, ...]:
    """The registers as they lie there, whatever they are."""
    first = len(content) - RECORD_SIZE * ports
    return tuple(content[at + 1 : at + 1 + REGISTERS] for at in range(first, len(content), RECORD_SIZE))
