"""A user that sends the memory of a device elsewhere while the device writes it, and relies on the log for that."""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel.dirty_logging import SMALLEST, LogRequest, Range, ReportRequest
from models.kernel.migration_device import MigratableDevice, Reply
from models.kernel.migration_feature import (
    FEATURES,
    GET,
    HEADER_SIZE,
    LOGGING_REPORT,
    LOGGING_START,
    LOGGING_STOP,
    SET,
)
from models.kernel.migration_states import RUNNING, STOP

LOSES = ("ENOMEM", "EIO")
"""Errnos of a report behind which bits may be lost: the log is worth nothing then (2.9: treat all memory as dirty)."""


class SendingUser(Recorded):
    """Pages by number. `to_send` is its bitmap; `relied_on` the pages that it asked to be logged; `last` those that a
    report named since the device stopped. `memory` and `sent` are what pages hold, here and at the other end."""

    __slots__ = ("device", "last", "memory", "relied_on", "sent", "to_send", "trusts")

    def __init__(self, device: MigratableDevice, pages: tuple[int, ...]) -> None:
        self.journal = device.journal
        self.device = device
        self.memory = dict.fromkeys(pages, 0)
        self.sent = dict.fromkeys(pages, 0)
        self.to_send: frozenset[int] = frozenset()
        self.relied_on: frozenset[int] = frozenset()
        self.last: frozenset[int] = frozenset()
        self.trusts = False

    # --- the three calls ---

    def start(self, request: LogRequest, sends_all: bool) -> Reply:
        """Begin to rely on the log; with `sends_all` everything is sent once to begin with."""
        reply = self.device.feature(LOGGING_START | SET, _size(LOGGING_START), request)
        if not reply.errno:
            self.relied_on = frozenset(p for p in self.memory if any(_holds(r, p) for r in request.ranges))
            if sends_all:
                self.to_send = self.to_send | self.relied_on
            self.trusts = True
        return reply

    def stop(self) -> Reply:
        return self.device.feature(LOGGING_STOP | SET, _size(LOGGING_STOP))

    def report(self, request: ReportRequest) -> Reply:
        """Bits are only ever added to the bitmap. A report of a stopped device may be the last for its pages."""
        reply = self.device.feature(LOGGING_REPORT | GET, _size(LOGGING_REPORT), request)
        if reply.errno in LOSES:
            self.trusts = False
        if reply.errno:
            return reply
        assert isinstance(reply.out, tuple)
        for bit in reply.out:
            named = (request.iova + bit * request.page_size, request.page_size)
            self.to_send = self.to_send | {p for p in self.memory if _holds(named, p)}
        if not self.device.driver.hardware.initiates:
            self.last = self.last | {p for p in self.memory if _holds((request.iova, request.length), p)}
        return reply

    # --- the device, and sending ---

    def dma(self, page: int) -> None:
        """The device writes a page; one that stands still does not."""
        if self.device.driver.hardware.initiates:
            self.memory = self.memory | {page: self.memory[page] + 1}
            self.device.log.wrote(page * SMALLEST)

    def freeze(self) -> Reply:
        return self.device.set_state(STOP)

    def thaw(self) -> Reply:
        """What was the last report is none any more."""
        self.last = frozenset()
        return self.device.set_state(RUNNING)

    def send(self, page: int) -> None:
        """The page as it is now; its bit is cleared first."""
        self.to_send = self.to_send - {page}
        self.sent = self.sent | {page: self.memory[page]}

    def is_known(self) -> bool:
        """True if every page that is not the same at the other end is in the bitmap, or will be named by a report."""
        log = self.device.log
        return all(
            self.sent[page] == self.memory[page] or page in self.to_send or log.names(page * SMALLEST)
            for page in self.relied_on
        )

    def is_complete(self) -> bool:
        """True if the other end has all that the user relies on, but for what is still to be sent."""
        return all(self.sent[p] == self.memory[p] for p in self.relied_on - self.to_send)


def _holds(where: Range, page: int) -> bool:
    return where[0] <= page * SMALLEST < where[0] + where[1]


def _size(index: int) -> int:
    return HEADER_SIZE + FEATURES[index].payload
