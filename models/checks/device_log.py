"""DMA logging by a tracker in the device, against a set of pages; and resets that meet a request."""

from __future__ import annotations

import random
from typing import Final

from models.checks.steps import Steps
from models.hw.journal import Journal
from models.kernel.dirty_logging import COARSE, END, MOST_RANGES, SMALLEST, LogRequest, ReportRequest, TrackerLog
from models.kernel.migration_device import MigratableDevice
from models.kernel.migration_manner import STRICT
from models.kernel.migration_nature import Nature
from models.kernel.migration_states import PRE_COPY, RESUMING, RUNNING, STOP_COPY

PAGE: Final = SMALLEST
RANGES: Final = ((0, 8 * PAGE), (32 * PAGE, 16 * PAGE))
WRONG: Final[tuple[tuple[LogRequest, str], ...]] = (
    (LogRequest(PAGE, ()), "EINVAL"),
    (LogRequest(PAGE, tuple((2 * n * PAGE, PAGE) for n in range(MOST_RANGES + 1))), "E2BIG"),
    (LogRequest(PAGE, ((8, PAGE),)), "EINVAL"),
    (LogRequest(PAGE, ((END - PAGE, PAGE),)), "EOVERFLOW"),
    (LogRequest(PAGE, ((0, 2 * PAGE), (PAGE, 2 * PAGE))), "EINVAL"),
    (LogRequest(PAGE, ((0, 4 * PAGE), (PAGE, PAGE))), "EINVAL"),
)
"""What START refuses, and how."""


def requests(steps: Steps) -> None:
    """What is refused leaves nothing behind; one start, one stop."""
    nature = Nature()
    log = TrackerLog(Journal(), nature)
    for request, errno in WRONG:
        steps.same(f"START of {len(request.ranges)} ranges", log.start(request), (errno, None))
        steps.same("ranges", (log.ranges, log.allocated), (None, 0))
    steps.same("REPORT before START", log.report(ReportRequest(0, PAGE, PAGE))[0], "EINVAL")
    for place, errno in (
        ("no-memory-for-ranges", "ENOMEM"),
        ("no-memory-for-range", "ENOMEM"),
        ("log copy-out", "EFAULT"),
    ):
        nature.begin({place: (False, True) if place == "no-memory-for-range" else (True,)})
        steps.same(f"START with {place}", log.start(LogRequest(PAGE, RANGES)), (errno, None))
        steps.same(f"what is left of it with {place}", (log.ranges, log.allocated), (None, 0))
    nature.begin()
    steps.same("START", log.start(LogRequest(PAGE, RANGES)), ("", PAGE))
    log.wrote(0)
    steps.same("START again", log.start(LogRequest(PAGE, RANGES))[0], "EINVAL")
    steps.same("what was logged before", log.report(ReportRequest(0, PAGE, PAGE)), ("", (0,)))
    for size in 1024, PAGE + 1, 3 * PAGE:
        steps.same(f"REPORT in pages of {size}", log.report(ReportRequest(0, PAGE, size))[0], "EINVAL")
    steps.same("REPORT beyond the end", log.report(ReportRequest(END - PAGE, PAGE, PAGE))[0], "EOVERFLOW")
    log.wrote(PAGE)
    log.stop()
    steps.same("REPORT after STOP", log.report(ReportRequest(0, PAGE, PAGE))[0], "EINVAL")
    steps.same("START anew", log.start(LogRequest(PAGE, RANGES)), ("", PAGE))
    steps.same("nothing of the old log", log.report(ReportRequest(0, 64 * PAGE, PAGE)), ("", ()))


def windows(steps: Steps, coarse: bool) -> None:
    """Random writes and windows: every page that was written is reported once, in the window that it meets."""
    draw = random.Random(f"log/{coarse}")
    nature = Nature()
    log = TrackerLog(Journal(), nature)
    nature.begin({"coarse-tracker": (coarse,)})
    unit = COARSE if coarse else PAGE
    steps.same("START", log.start(LogRequest(PAGE, RANGES)), ("", unit))
    written: set[int] = set()
    for _ in range(400):
        if draw.random() < 0.6:
            at = draw.randrange(64 * PAGE)
            log.wrote(at)
            if is_logged(at):
                # All of the tracker's page that is to be logged, for it cannot say more.
                base = at // unit * unit
                written |= {each // PAGE for each in range(base, base + unit, PAGE) if is_logged(each)}
            continue
        size = draw.choice((1, 1, 2)) * PAGE
        first, count = draw.randrange(0, 56, 2) * PAGE, draw.choice((1, 2, 4, 8))
        last = first + count * PAGE
        hit = {page for page in written if first <= page * PAGE < last}
        bits = {(page * PAGE - first) // size for page in hit}
        found = log.report(ReportRequest(first, count * PAGE, size))
        steps.same(f"pages of {size:#x} in {first:#x} to {last:#x}", found, ("", tuple(sorted(bits))))
        written -= hit


def is_logged(iova: int) -> bool:
    """True if a write there has to be logged."""
    return any(first <= iova < first + length for first, length in RANGES)


def ready() -> MigratableDevice:
    device = MigratableDevice(STRICT, files=4)
    device.open()
    device.bind()
    return device


def resets_that_meet_a_request(steps: Steps) -> None:
    """Whoever has the mutex does what the reset left when he lets it go: the device runs, and the session is over."""
    for state in RUNNING, PRE_COPY, STOP_COPY, RESUMING:
        for busy in False, True:
            device = ready()
            fd = device.set_state(state).fd
            driver = device.driver
            driver.mutex = busy
            steps.same("RESET", device.reset(), "")
            if busy:
                driver.unlock()
            what = f"after a reset in {state} with the mutex {'taken' if busy else 'free'}"
            steps.same(f"{what}: state", driver.state, RUNNING)
            steps.same(f"{what}: session", (driver.saving, driver.resuming), (None, None))
            hardware = driver.hardware
            steps.same(
                f"{what}: hardware", (hardware.initiates, hardware.responds, hardware.tracks), (True, True, False)
            )
            steps.same(f"{what}: mutex and what is left", (driver.mutex, driver.deferred_reset), (False, False))
            if fd is not None:
                errno = device.write(fd, b"x") if state == RESUMING else device.read(fd, 1)[0]
                steps.same(f"{what}: the data file", errno, "ENODEV")
            steps.same(f"{what}: GET", device.get_state().out, RUNNING)


def device_log(steps: Steps) -> None:
    requests(steps)
    for coarse in False, True:
        windows(steps, coarse)
