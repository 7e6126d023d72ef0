"""The model of DMA logging against the spec `dma_logging`: the device, its tracker, and a user that sends memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import cast

from checker.conform.implementation import Answer, Case, Choice, Plain, Running, Setting
from models.kernel.dirty_logging import (
    COARSE,
    MOST_RANGES,
    SMALLEST,
    LogRequest,
    Range,
    ReportRequest,
    TrackerLog,
)
from models.kernel.dirty_logging_user import SendingUser
from models.kernel.migration_device import MigratableDevice, Reply
from models.kernel.migration_manner import Manner

LOW, HIGH = 2, 3
"""The two pages of the spec, which make one large page."""
PAGES = (LOW, HIGH)
SIZES = {"TINY": SMALLEST // 2, "ODD": 3, "SMALL": SMALLEST, "LARGE": COARSE}
SIZE_NAMES = {size: name for name, size in SIZES.items()}
SPANS: Mapping[str, Range] = {
    "LOW_PAGE": (LOW * SMALLEST, SMALLEST),
    "HIGH_PAGE": (HIGH * SMALLEST, SMALLEST),
    "BOTH": (LOW * SMALLEST, COARSE),
    "EMPTY": (HIGH * SMALLEST, 0),
    "WRAPS": ((1 << 64) - COARSE, COARSE),
}
NUMBERS = {"NONE": 0, "ONE": 1, "TWO": 2, "TOO_MANY": MOST_RANGES + 1}

CHOICES = {
    "check_range.entry_faults": "range copy-in",
    "allocate.no_first": "no-memory-for-range",
    "allocate.no_second": "no-memory-for-range",
    "log_start.coarse": "coarse-tracker",
    "copy_out.answer_faults": "log copy-out",
    "report.no_memory": "no-memory-for-bitmap",
    "read_and_clear.tracker_fails": "tracker-fails",
}

OF_REQUESTS = ("does-not-wake", "header copy-in", "payload copy", "arc-fails", "arc-breaks-device", "answer copy-out")
SURE = {place: f"must {place}" for place in OF_REQUESTS}
"""What can fail about any request, and about SET of the device state: the spec `migration` speaks of that."""

Args = tuple[Plain, ...]
NONE: Mapping[str, Plain] = {}
NOTHING: Mapping[str, int] = {}


class RunningLog:
    """One device with its log, and its user."""

    def __init__(self, manner: Manner, setting: Setting) -> None:
        self.device = MigratableDevice(manner, files=1)
        self.device.open()
        self.device.bind()
        self.strict = bool(setting.switches["strict"])
        self.user = SendingUser(self.device, PAGES)
        self.hardware = self.device.driver.hardware
        self.tracker = self.device.log if isinstance(self.device.log, TrackerLog) else None
        self.readers = tuple(FIELDS[name] for name in setting.fields)

    def perform(self, action: str, args: Args, choices: tuple[Choice, ...], inject: int | None = None) -> Answer:
        """Performs a call of the spec on the model."""
        nature = self.device.nature
        script: dict[str, list[bool]] = {}
        for name, value in choices:
            script.setdefault(CHOICES[name], []).append(bool(value))
        nature.begin(script, inject)
        reply = ACTIONS[action](self, args)
        reached = tuple([SURE.get(place, place) for place in nature.reached])
        unasked = nature.unasked() if choices else NOTHING
        unused = tuple([name for name in dict(choices) if CHOICES[name] in unasked]) if unasked else ()
        if reply.errno:
            return Answer("refused", reply.errno, NONE, False, reached, unused)
        told = {"size": SIZE_NAMES[cast(int, reply.out)]} if action.startswith("start") else NONE
        return Answer("done", "", told, False, reached, unused)

    def state(self) -> tuple[Plain, ...]:
        return tuple([read(self) for read in self.readers])

    def mark(self) -> int:
        return self.device.journal.mark()

    def back(self, mark: int) -> None:
        self.device.journal.back(mark)

    def leaks(self) -> tuple[str, ...]:
        log = self.tracker
        lost = log is not None and log.ranges is None and (log.allocated or log.logged)
        return (*self.device.leaks(), *(("memory of the tracker",) if lost else ()))

    # --- calls ---

    def start(self, args: Args) -> Reply:
        number, first, second, size = (str(arg) for arg in args)
        ranges = (SPANS[first], SPANS[second])
        count = NUMBERS[number]
        return self.user.start(LogRequest(SIZES[size], ranges[:count], count), self.strict)

    def start_range(self, args: Args) -> Reply:
        return self.user.start(LogRequest(SMALLEST, (SPANS[str(args[0])],)), self.strict)

    def report(self, args: Args) -> Reply:
        iova, length = SPANS[str(args[0])]
        return self.user.report(ReportRequest(iova, length, SIZES[str(args[1])]))


def _user(call: Callable[[SendingUser, int], Reply | None]) -> Callable[[RunningLog, Args], Reply]:
    """A call of the user, about a page if it has an argument."""
    return lambda running, args: call(running.user, _page(args[0]) if args else 0) or Reply("")


def _page(word: Plain) -> int:
    return HIGH if word == "HIGH" else LOW


ACTIONS: Mapping[str, Callable[[RunningLog, Args], Reply]] = {
    "start": RunningLog.start,
    "start_range": RunningLog.start_range,
    "report": RunningLog.report,
    "stop": _user(lambda user, _: user.stop()),
    "freeze": _user(lambda user, _: user.freeze()),
    "thaw": _user(lambda user, _: user.thaw()),
    "dma": _user(lambda user, page: user.dma(page)),
    "send": _user(lambda user, page: user.send(page)),
    "finish": _user(lambda user, _: None),
}


@cache
def _pages(numbers: frozenset[int]) -> tuple[bool, ...]:
    """A set of pages, page by page."""
    return tuple([page in numbers for page in PAGES])


@cache
def _in_range(ranges: tuple[Range, ...] | None) -> tuple[bool, ...]:
    """The pages that lie in some ranges."""
    return tuple([any(at <= page * SMALLEST < at + length for at, length in ranges or ()) for page in PAGES])


def _read_tracker(read: Callable[[TrackerLog], Plain], without: Plain) -> Callable[[RunningLog], Plain]:
    """A field of the tracker, where there is one."""
    return lambda running: without if running.tracker is None else read(running.tracker)


NO_PAGE = (False, False)
FIELDS: Mapping[str, Callable[[RunningLog], Plain]] = {
    "frozen": lambda running: not running.hardware.initiates,
    "on": _read_tracker(lambda log: log.ranges is not None, False),
    "in_range": _read_tracker(lambda log: _in_range(log.ranges), NO_PAGE),
    "logged": _read_tracker(lambda log: _pages(log.logged), NO_PAGE),
    "log_size": _read_tracker(lambda log: SIZE_NAMES[log.size], "SMALL"),
    "allocated": _read_tracker(lambda log: (log.allocated > 0, log.allocated > 1), NO_PAGE),
    "bitmap": lambda running: _pages(running.user.to_send),
    "asked": lambda running: _pages(running.user.relied_on),
    "final": lambda running: _pages(running.user.last),
    "trusted": lambda running: running.user.trusts,
}


@dataclass(frozen=True, slots=True)
class LoggingModel:
    """What the checker asks for."""

    spec: str = "dma_logging"
    cases: tuple[Case, ...] = tuple(Case(name, None, name) for name in ("rules", "traffic", "mtty", "without"))
    choice_of: Mapping[str, str] = field(
        default_factory=lambda: {place: name for name, place in CHOICES.items() if not name.startswith("allocate")}
    )
    must: str = "must "

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        """A device that runs, with nothing logged."""
        logging = "tracker" if setting.switches["strict"] else "anything"
        has_log = setting.constants.get("has_log_operations", True)
        return RunningLog(Manner(logging=logging if has_log else ""), setting)  # type: ignore[arg-type]


MODEL = LoggingModel()
