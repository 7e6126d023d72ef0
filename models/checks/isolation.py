"""Isolation, end to end: a device's DMA arrives only where its owner mapped it, at every moment of every call.

The check makes calls of the model, every sequence up to a length or many at random, and after every single write that
they make (a word of a page table or of a device entry, a command queued or run, an attribute of software) asks where
DMA of every device arrives, through hardware that keeps and uses whatever it may. The promise is in
`isolation_promise`, the hardware in `isolation_hardware`; what is called is a `Stage`: `isolation_core` for the IOMMU
core, `isolation_vfio` for VFIO above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from models.checks.isolation_hardware import Arrival, Requester, is_seen_by_hardware, sweep
from models.checks.isolation_promise import BLOCKED, IDENTITY, KERNEL, Book, Change
from models.hw.device import Bus
from models.hw.formats import PAGE_BITS
from models.hw.iommu import Iommu
from models.hw.journal import Journal, Undo
from models.hw.memory import Memory
from models.hw.oracle import Drawn, Oracle

MUST = "must "
"""How the names of places begin whose failure nobody can cope with (the axiom A-REATTACH is that they do not fail)."""
REPORTED = 20
"""How many violations are told in full; all are counted."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that may be made now: `perform` gives "" or an errno's name; `change` is what success promises.

    `done` is what the caller does with the answer of a call that succeeded, such as giving unmapped memory back.
    """

    name: str
    perform: Callable[[], str]
    change: Change
    done: Callable[[], None] = lambda: None


class Stage(Protocol):
    """A model with callers; everything in it is on one journal."""

    @property
    def journal(self) -> Journal: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def unit(self) -> Iommu: ...
    @property
    def bus(self) -> Bus: ...
    @property
    def iovas(self) -> tuple[int, ...]:
        """The addresses that matter."""
        ...

    def book(self) -> Book:
        """What is promised at the beginning."""
        ...

    def requesters(self, books: Sequence[Book]) -> tuple[Requester, ...]:
        """Who can send requests, by one of the books."""
        ...

    def calls(self, book: Book) -> list[Call]:
        """What legal callers may call now."""
        ...

    def owner_of(self, pa: int) -> str:
        """Whose memory is there, in words."""
        ...

    def perform(self, call: Call, inject: int | None = None) -> str:
        """Makes a call, of which the n-th place that may fail fails."""
        ...

    def reached(self) -> tuple[str, ...]:
        """The places that may fail by which the last call came."""
        ...


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that arrived where it should not: after which calls, in which one, after which write."""

    calls: tuple[str, ...]
    write: str
    what: str
    arrival: Arrival | None = None

    def __str__(self) -> str:
        return f"{' ; '.join(self.calls)}: after {self.write}: {self.what}"


@dataclass(slots=True)
class Report:
    """What was looked at and what was found. A moment is one write; at a probed one, DMA could have changed."""

    sequences: int = 0
    calls: int = 0
    refused: int = 0
    moments: int = 0
    probed: int = 0
    dmas: int = 0
    arrived: int = 0
    bad_moments: int = 0
    bad_calls: int = 0
    violations: list[Violation] = field(default_factory=list)

    def summary(self) -> str:
        return (
            f"{self.sequences} sequences, {self.calls} calls ({self.refused} refused), {self.moments} moments"
            f" ({self.probed} probed), {self.dmas} requests ({self.arrived} arrived),"
            f" {self.bad_moments} bad moments in {self.bad_calls} calls"
        )


class Watch:
    """Looks at every moment of one stage. `books` are those of which every arrival has to be in one."""

    def __init__(self, stage: Stage, report: Report) -> None:
        self.stage, self.report = stage, report
        self.books: tuple[Book, ...] = ()
        self.names: tuple[str, ...] = ()
        self.bad = False
        self.told: set[str] = set()

    def start(self, book: Book) -> None:
        """Everything before the first call."""
        self.books = (book,)
        self.probe("the beginning")

    def perform(self, call: Call, book: Book, inject: int | None = None, place: str = "") -> Book:
        """Makes one call under the eyes of the adversary; gives the book after it."""
        journal, stage = self.stage.journal, self.stage
        after = call.change(book)
        name = f"{call.name} [{place} fails]" if place else call.name
        self.names, self.books, self.bad = (*self.names, name), (book, after), False
        self.told.clear()
        journal.observer = self.moment
        try:
            error = stage.perform(call, inject)
        finally:
            journal.observer = None
        self.report.calls += 1
        self.report.refused += bool(error)
        now = book if error else after
        for fault in now.faults():
            self.violated("its return", fault, None)
        self.books = (now,)
        self.probe(f"its return ({error or 'done'})")
        if not error:
            self._hand_back(call)
        self.report.bad_calls += self.bad
        return now

    def _hand_back(self, call: Call) -> None:
        """What the caller does afterwards is seen too: a frame that is given back must be out of reach."""
        self.stage.journal.observer = self.moment
        call.done()
        self.stage.journal.observer = None

    def moment(self) -> None:
        """After one write of the model."""
        journal = self.stage.journal
        undo = journal.entries[-1]
        self.report.moments += 1
        if not is_seen_by_hardware(undo):
            return
        journal.observer = None
        self.probe(undo)
        journal.observer = self.moment

    def probe(self, write: str | Undo) -> None:
        """Sends DMA from everywhere to everywhere that matters."""
        stage, report = self.stage, self.report
        requesters = stage.requesters(self.books)
        report.probed += 1
        report.dmas += 2 * len(requesters) * len(stage.iovas)
        strays = len(stage.memory.stray)
        arrivals = sweep(stage.unit, stage.bus, requesters, stage.iovas)
        report.arrived += len(arrivals)
        bad = [a for a in arrivals if not self.is_allowed(a)]
        for arrival in bad:
            self.violated(write, self.told_of(arrival), arrival)
        for stray in stage.memory.stray[strays:]:
            self.violated(write, f"the unit {stray.verb}s at {stray.pa:#x}, which was given back", None)
        report.bad_moments += bool(bad or len(stage.memory.stray) > strays)

    def is_allowed(self, arrival: Arrival) -> bool:
        """True if the request may arrive there by one of the books."""
        for book in self.books:
            route = book.route(arrival.rid, arrival.pasid)
            if route == IDENTITY:
                return True
            if arrival.peer is not None and book.are_together(arrival.rid, arrival.peer):
                return True
            if route == KERNEL:
                if self.stage.owner_of(arrival.pa) == KERNEL:
                    return True
            elif route != BLOCKED and book.domain(route).allows(arrival.iova, arrival.pa, arrival.rights):
                return True
        return False

    def told_of(self, arrival: Arrival) -> str:
        whose = f"the window of {arrival.peer:#x}" if arrival.peer is not None else self.stage.owner_of(arrival.pa)
        pasid = "" if arrival.pasid is None else f" with PASID {arrival.pasid}"
        routes = " or ".join(dict.fromkeys(book.route(arrival.rid, arrival.pasid) for book in self.books))
        return (
            f"DMA of {arrival.rid:#x}{pasid} to {arrival.iova:#x} arrives at {arrival.pa:#x} ({whose}),"
            f" though it goes through {routes}"
        )

    def violated(self, write: str | Undo, what: str, arrival: Arrival | None) -> None:
        self.bad = True
        if what not in self.told and len(self.report.violations) < REPORTED:
            told = write if isinstance(write, str) else described(write, self.stage.memory)
            self.report.violations.append(Violation(self.names, told, what, arrival))
        self.told.add(what)


WRITES = {"_unallocate": "taking a frame", "_unfree": "giving a frame back", "_unclaim": "memory that appears"}
"""What is undone by a function of the memory."""


def described(undo: Undo, memory: Memory) -> str:
    """A write in words, by what would take it back."""
    function, arguments = undo
    if function is object.__setattr__:
        return f"{type(arguments[0]).__name__}.{arguments[1]} is set"
    if function is list.__setitem__:
        frame, where = arguments[:2]
        pa = next((n << PAGE_BITS for n, words in memory.frames.items() if words is frame), 0)
        assert isinstance(where, int)
        return f"the word at {pa + 8 * where:#x} is written"
    return WRITES.get(getattr(function, "__name__", ""), "a write")


class Search:
    """Every sequence of legal calls from a stage as it is, with at most one inner failure in any of its calls.

    A sequence ends where it went wrong: what comes after would be told twice. A call that wrote nothing is not gone on
    from: it leads nowhere else.
    """

    def __init__(self, stage: Stage, only: Callable[[str], bool], stop: bool, must: bool) -> None:
        self.stage, self.only, self.stop, self.must = stage, only, stop, must
        self.report = Report()
        self.watch = Watch(stage, self.report)

    def deeper(self, book: Book, left: int, failures: bool) -> None:
        self.report.sequences += 1
        for call in self.stage.calls(book) if left else ():
            if self.stop and self.report.bad_calls:
                return
            if not self.only(call.name):
                continue
            places = self.attempt(call, book, left, failures)
            for n, place in enumerate(places if failures else ()):
                if self.must or not place.startswith(MUST):
                    self.attempt(call, book, left, False, n, place)

    def attempt(
        self, call: Call, book: Book, left: int, failures: bool, inject: int | None = None, place: str = ""
    ) -> tuple[str, ...]:
        """One call and everything after it; gives the places that may fail in it."""
        journal, watch = self.stage.journal, self.watch
        here, names, moments = journal.mark(), watch.names, self.report.moments
        after = watch.perform(call, book, inject, place)
        places = self.stage.reached()
        if not watch.bad and self.report.moments > moments:
            self.deeper(after, left - 1, failures)
        journal.back(here)
        watch.names = names
        return places


def explore(
    stage: Stage,
    depth: int,
    order: Oracle | None = None,
    failures: bool = True,
    only: Callable[[str], bool] = lambda name: True,
    stop: bool = False,
    first: Sequence[str] = (),
    must: bool = False,
) -> Report:
    """Every sequence of up to `depth` calls; with `failures`, also with each inner failure of each call.

    `order` decides in which order the unit runs commands that are pending together; `only` takes calls by name; `stop`
    ends at the first violation; `first` are calls by which all sequences begin; with `must` places fail too at which
    nobody can cope with that. The stage is as before afterwards.
    """
    mark = stage.journal.mark()
    stage.unit.order = order
    search, book = Search(stage, only, stop, must), stage.book()
    search.watch.start(book)
    for name in first:
        call = next(call for call in stage.calls(book) if call.name == name)
        book = search.watch.perform(call, book)
    search.deeper(book, depth, failures)
    stage.journal.back(mark)
    return search.report


def wander(stage: Stage, calls: int, seed: int, failures: int = 4, stop: bool = True) -> Report:
    """One long sequence at random; one in so many calls fails inside. Commands run in any order."""
    random, report, mark = Random(seed), Report(), stage.journal.mark()
    watch = Watch(stage, report)
    stage.unit.order = Drawn(random)
    book = stage.book()
    watch.start(book)
    for _ in range(calls):
        call = random.choice(stage.calls(book))
        inject = random.randrange(4) if random.randrange(failures) == 0 else None
        if inject is not None and not may_fail(stage, call, inject):
            inject = None
        watch.names = watch.names[-8:]
        book = watch.perform(call, book, inject, "" if inject is None else f"place {inject}")
        if watch.bad and stop:
            break
    report.sequences = 1
    stage.journal.back(mark)
    return report


def may_fail(stage: Stage, call: Call, inject: int) -> bool:
    """True if that place of the call may fail by the promise: it is tried and taken back, with nobody looking."""
    mark = stage.journal.mark()
    stage.perform(call)
    places = stage.reached()
    stage.journal.back(mark)
    return inject < len(places) and not places[inject].startswith(MUST)
