"""DMA logging: fact 49 of the recorded kernel, the tracker of a device, and a user that relies on it."""

from __future__ import annotations

import random

from models.kernel.dirty_logging import LogRequest, ReportRequest
from models.kernel.dirty_logging_user import SendingUser
from models.kernel.migration_feature import GET, LOGGING_REPORT, LOGGING_START, LOGGING_STOP, SET
from models.kernel.migration_manner import MLX5, MTTY
from tests.models.migration_user import opened

END = (1 << 64) - 0x1000


def start(*ranges: tuple[int, int], page_size: int = 4096, number: int | None = None) -> LogRequest:
    return LogRequest(page_size, ranges, number)


def test_the_sample_driver_logs_in_any_order() -> None:
    """Fact 49: calls in any order and any state, and the errnos of the core."""
    log = opened(MTTY).log
    ask = ReportRequest(0, 0x1000, 0x1000)
    assert ("", "", "") == (log.stop(), log.report(ask)[0], log.start(start((0, 0x1000)))[0])
    assert ("", 0x1000) == log.start(start((0, 0x1000)))
    for size in (2048, 0x1001, 0):
        assert "EINVAL" == log.report(ReportRequest(0, 0x1000, size))[0]
    assert "EOVERFLOW" == log.report(ReportRequest(END, 0x1000, 0x1000))[0]
    assert "EOVERFLOW" == log.start(start((END, 0x1000)))[0]
    assert ("E2BIG", "EINVAL") == (log.start(start(number=257))[0], log.start(start())[0])
    assert "EINVAL" == log.start(start((0, 0x2000), (0x1000, 0x1000)))[0]


def test_ranges_are_checked_in_their_order() -> None:
    """Corrections to 2.9: which errno comes is decided by the array; an empty range passes, an odd size too."""
    log = opened(MTTY).log
    askew, wraps = (1, 0x1000), (END, 0x1000)
    assert ("EINVAL", "EOVERFLOW") == (log.start(start(askew, wraps))[0], log.start(start(wraps, askew))[0])
    assert "" == log.start(start((0x1000, 0)))[0]
    assert "EINVAL" == log.start(start((0, 0x2000), (0x1000, 0)))[0]
    assert ("", 0x1001) == log.start(start((0, 0x801), page_size=0x1001))


def test_a_tracker_forgets_nothing() -> None:
    """I6: what was written since the last report is in the next, once; stop without start is taken, start twice not."""
    device = opened(MLX5)
    log = device.log
    assert ("", "EINVAL") == (log.stop(), log.report(ReportRequest(0, 0x1000, 0x1000))[0])
    assert ("", 0x1000) == log.start(start((0x1000, 0x3000), (0x8000, 0x1000)))
    assert "EINVAL" == log.start(start((0, 0x1000)))[0]
    for iova in (0x1000, 0x3FFF, 0x7000, 0x8800):
        log.wrote(iova)
    window = ReportRequest(0, 0x10000, 0x1000)
    assert ("", (1, 3, 8)) == log.report(window)
    assert ("", ()) == log.report(window)
    log.wrote(0x2000)
    assert ("", (1,)) == log.report(ReportRequest(0, 0x10000, 0x2000))
    log.wrote(0x2000)
    device.reset()
    assert ("", (2,)) == log.report(window), "a reset keeps the tracker"
    log.wrote(0x2000)
    device.close()
    assert "EINVAL" == log.report(window)[0], "a close frees it"


def test_a_coarse_tracker_names_the_neighbour() -> None:
    """Logged in large pages, reported in small ones."""
    device = opened(MLX5)
    device.nature.begin({"coarse-tracker": [True]})
    assert ("", 0x2000) == device.log.start(start((0, 0x4000)))
    device.log.wrote(0x2000)
    assert ("", (2, 3)) == device.log.report(ReportRequest(0, 0x4000, 0x1000))


def test_a_log_that_cannot_be_told_of_is_stopped() -> None:
    """2.9: EFAULT at the answer."""
    device = opened(MLX5)
    device.nature.begin({"log copy-out": [True]})
    reply = device.feature(LOGGING_START | SET, 32, start((0, 0x1000)))
    assert "EFAULT" == reply.errno
    assert "" == device.feature(LOGGING_START | SET, 32, start((0, 0x1000))).errno
    assert ("", ()) == device.feature(LOGGING_REPORT | GET, 40, ReportRequest(0, 0x1000, 0x1000))[:2]
    assert "" == device.feature(LOGGING_STOP | SET, 8).errno


def test_a_start_without_memory_leaves_none_behind() -> None:
    """5.3, number 19: the way back gives back what was taken."""
    device = opened(MLX5)
    device.nature.begin({"no-memory-for-range": [False, True]})
    assert ("ENOMEM", None) == device.log.start(start((0, 0x1000), (0x2000, 0x1000)))
    assert ("EINVAL", None) == device.log.report(ReportRequest(0, 0x1000, 0x1000))
    assert 0 == device.log.allocated  # type: ignore[attr-defined]


def test_an_odd_window() -> None:
    """Bits count from where the window begins, whatever is a page there; what is outside stays logged."""
    log = opened(MLX5).log
    assert "" == log.start(start((0, 0x8000)))[0]
    for page in range(8):
        log.wrote(page * 0x1000)
    assert ("", (0,)) == log.report(ReportRequest(0x3000, 0x1000, 0x2000))
    assert ("", (0,)) == log.report(ReportRequest(0x0800, 0x1000, 0x1000))
    assert ("", ()) == log.report(ReportRequest(0x1000, 0, 0x1000))
    assert ("", (2, 4, 5, 6, 7)) == log.report(ReportRequest(0, 0x8000, 0x1000))


def test_a_user_loses_no_page() -> None:
    """I6: writes, reports of any window and page size, and sending, at random; at the end nothing is missing."""
    draw = random.Random(7)
    pages = tuple(range(2, 10))
    for _ in range(200):
        user = SendingUser(opened(MLX5), pages)
        user.device.nature.begin({"coarse-tracker": [draw.random() < 0.5]})
        request = LogRequest(0x1000, ((0x2000, 0x4000), (0x7000, 0x3000)))
        assert "" == user.start(request, sends_all=True).errno
        for _ in range(draw.randrange(40)):
            act(user, draw)
            assert not user.relied_on or user.is_known()
        assert "" == user.freeze().errno
        before = user.memory
        user.dma(2)
        assert before == user.memory
        assert "" == user.report(ReportRequest(0x2000, 0x8000, 0x1000)).errno
        for page in sorted(user.to_send):
            user.send(page)
        assert user.is_complete()
        assert user.relied_on <= user.last


def act(user: SendingUser, draw: random.Random) -> None:
    """A write, a report or a page that is sent."""
    call = draw.randrange(4)
    if call < 2:
        user.dma(draw.randrange(2, 10))
    elif call == 2:
        first, count = draw.randrange(2, 10), draw.randrange(4)
        size = draw.choice((0x1000, 0x2000, 0x4000))
        assert "" == user.report(ReportRequest(first * 0x1000, count * 0x1000, size)).errno
    elif user.to_send:
        user.send(draw.choice(sorted(user.to_send)))


def test_a_user_does_not_trust_a_log_that_failed() -> None:
    """2.9: behind an error of a report all memory counts as written."""
    user = SendingUser(opened(MLX5), (2, 3))
    assert "" == user.start(start((0x2000, 0x2000)), sends_all=False).errno
    user.dma(2)
    user.device.nature.begin({"tracker-fails": [True]})
    assert "EIO" == user.report(ReportRequest(0x2000, 0x1000, 0x1000)).errno
    assert not user.trusts
    assert not user.is_known()
