"""Explicit search by generated C: compile the machine together with the search, run it, read the result."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from checker.explicit.c_classes import MOST_TURNS, Classes, checks_of, classes
from checker.explicit.c_model import Program, instances, program
from checker.explicit.c_symmetry import Tables, tables
from checker.explicit.c_types import TOO_LARGE
from checker.explicit.compile import available, build, find_compiler, flags_for
from checker.explorations import Exploration, Limits, Progress, RawPath, RawStep, Report
from checker.symmetry import symmetry_of
from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.values import cardinality

__all__ = ["NAME", "CSearch", "available", "explore"]

NAME = "c"
NO_MEMORY = "no memory for the search to begin with"
TOO_MANY = "there are more steps than can be counted; leave out a sort, or search with '--symmetry off'"
_STOPPED = ("", "time", "memory", "states", "depth", "interrupt")
_NO_ACTION, _IN_INITIAL = -1, -2
_POLL_SECONDS = 0.1
_I64 = ctypes.c_int64
_POINTER = ctypes.c_void_p

T = TypeVar("T")
Constants = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Stats:
    """The counters of a search, in the order of `uapicheck_stats`."""

    states: int
    transitions: int
    refusals: int
    depth: int
    checked: int
    halt: int
    outside: int
    level_begin: int
    visited_bytes: int
    memo_bytes: int
    groups: int
    overflow: int
    representatives: int


def explore(
    ground: GroundMachine,
    constants: Constants,
    limits: Limits,
    report: Report | None = None,
    *,
    symmetry: bool = False,
) -> Exploration:
    """Searches all reachable states at one choice of constants (codes as `spec.lang.values.encode_slots` gives).

    The result and its bytes depend on machine, constants and limits only, time and interruption apart; with `symmetry`
    one state of each orbit is stored, and paths and numbers are the same. Ctrl-C ends the search with
    `stopped="interrupt"`. EngineError when no compiler is there or it fails.
    """
    began = time.monotonic()
    with CSearch(ground, constants, limits, symmetry=symmetry) as search:
        compiled = time.monotonic()
        search.run(report)
        return search.exploration(time.monotonic() - began, {"compile_seconds": compiled - began})


class CSearch:
    """One search and its visited set, which stays valid until `close`; use as a context manager."""

    def __init__(
        self,
        ground: GroundMachine,
        constants: Constants,
        limits: Limits | None = None,
        *,
        flags: Sequence[str] | None = None,
        remember: bool = True,
        symmetry: bool = False,
        labels: tuple[str, ...] = (),
    ) -> None:
        compiler = find_compiler()
        if compiler is None:
            raise EngineError("no C compiler: set CC, or put cc, gcc or clang on PATH")
        self.ground = ground
        self.program: Program = program(ground, labels)
        self._library = build(self.program.text, compiler, tuple(flags or flags_for(self.program.text)))
        _declare(self._library)
        limit = limits or Limits()
        self._memory = _codes(self.program, ground, constants)
        self._handle: int | None = self._library.uapicheck_new(
            self._memory,
            -1 if limit.memory is None else max(0, limit.memory),
            -1 if limit.states is None else max(0, limit.states),
            -1 if limit.depth is None else max(0, limit.depth),
            -1.0 if limit.seconds is None else max(0.0, limit.seconds),
        )
        if not self._handle:
            raise EngineError(NO_MEMORY)
        self._tables: Tables | None = None
        self.symmetric: tuple[str, ...] = ()
        group = symmetry_of(ground, constants) if symmetry else None
        if group is not None:
            self._tables, self.symmetric = tables(group, self.program.layout), group.names
            if not self._library.uapicheck_symmetry(self._handle, self._tables.numbers, self._tables.pointers):
                raise EngineError(NO_MEMORY)
        self._remember(constants, remember)

    def _remember(self, constants: Constants, remember: bool) -> None:
        """Tells the search which steps to remember together; without `remember` all are taken anew each time."""
        turns = sum(instances(self.ground, action) for action in self.ground.actions)
        remember = remember and turns <= MOST_TURNS
        layout = self.program.layout
        if remember:
            made = classes(self.ground, layout, constants)
        else:
            made = Classes({0: checks_of(self.ground)}, {0: list(range(turns))})
        # Wide masks first: the others may then fit into their groups.
        rows = [sorted(part.items(), key=lambda row: -row[0].bit_count()) for part in (made.checks, made.steps)]
        both = rows[0] + rows[1]
        words = [mask >> 64 * i & (1 << 64) - 1 for mask, _ in both for i in range(layout.words)]
        members = [member for _, group in both for member in group]
        done = self._library.uapicheck_classes(
            self._handle,
            (ctypes.c_uint64 * (len(words) + 1))(*words),
            (ctypes.c_uint64 * (len(both) + 1))(*(len(group) for _, group in both)),
            (ctypes.c_uint32 * (len(members) + 1))(*members),
            len(both),
            len(rows[0]),
            int(not remember),
        )
        if not done:
            raise EngineError(NO_MEMORY)

    def __enter__(self) -> CSearch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives all memory of the search back."""
        if self._handle:
            self._library.uapicheck_free(self._handle)
            self._handle = None

    def run(self, report: Report | None = None) -> None:
        """Runs to the end or a limit. The search has a thread of its own, so that Ctrl-C is seen here at once.

        NOTE(join): the end is an event of our own, because a `Thread.join` that Ctrl-C interrupts may declare the
        thread dead (Python 3.11) while it still works on the memory that `close` frees.
        NOTE(begin): Ctrl-C may come while the thread is being started. Who takes `begin` first decides: the search has
        begun, and is stopped and waited for, or it never will, and `KeyboardInterrupt` says so.
        """
        began = time.monotonic()
        begin, ended = threading.Lock(), threading.Event()
        never = False
        try:
            threading.Thread(target=self._work, args=(begin, ended), daemon=True).start()
            while not ended.wait(_POLL_SECONDS):
                if report is not None:
                    report(self._progress(time.monotonic() - began))
        except BaseException as error:
            never = begin.acquire(blocking=False)
            if never or not isinstance(error, KeyboardInterrupt):
                raise
        finally:
            if not never:
                self._stop_and_wait(ended)

    def _work(self, begin: threading.Lock, ended: threading.Event) -> None:
        try:
            if begin.acquire(blocking=False):
                self._library.uapicheck_run(self._handle)
        finally:
            ended.set()

    def _stop_and_wait(self, ended: threading.Event) -> None:
        """Waits for the end, however often Ctrl-C is pressed; nothing to stop when the search has ended by itself."""
        while not ended.is_set():
            with contextlib.suppress(KeyboardInterrupt):
                self._library.uapicheck_stop(self._handle)
                ended.wait()

    def _progress(self, seconds: float) -> Progress:
        stats = self.stats()
        queue = stats.representatives - stats.level_begin
        return Progress(stats.depth, stats.states, queue, stats.transitions, seconds, stats.representatives)

    def stats(self) -> _Stats:
        """The counters now; while the search runs they are of slightly different moments."""
        out = (_I64 * 13)()
        self._library.uapicheck_stats(self._handle, out)
        return _Stats(*out)

    def groups(self) -> list[tuple[int, ...]]:
        """Per group of steps remembered together: whether direct, of properties; members, keys, entries, bytes."""
        rows = []
        for place in range(self.stats().groups):
            out = (_I64 * 6)()
            self._library.uapicheck_group(self._handle, place, out)
            rows.append(tuple(out))
        return rows

    @property
    def library(self) -> ctypes.CDLL:
        """The compiled search."""
        return self._library

    @property
    def handle(self) -> int | None:
        """The search in it."""
        return self._handle

    def stopped(self, stats: _Stats) -> str:
        """Why the search ended early, in the words of `Exploration.stopped`."""
        return _STOPPED[stats.halt]

    def initial_states(self) -> int:
        """How many of the states, the first ones, are initial."""
        return int(self._library.uapicheck_initial_states(self._handle))

    def packed(self, number: int) -> int:
        """A state by its number, packed as `Layout` does; IndexError if there is none."""
        found = self._library.uapicheck_state(self._handle, number)
        if not found:
            raise IndexError(number)
        words = ctypes.cast(found, ctypes.POINTER(ctypes.c_uint64))
        return sum(words[i] << 64 * i for i in range(self.program.layout.words))

    def state(self, number: int) -> tuple[int, ...]:
        """The slots of a state by its number in search order, as `Layout.leaves`; IndexError if there is none."""
        return self.program.layout.unpack(self.packed(number))

    def index_of(self, slots: Sequence[int]) -> int | None:
        """The number of a state (with symmetry: of the stored one of its orbit), or None if it was not reached."""
        number = int(self._library.uapicheck_index_of(self._handle, self._words(slots)))
        return None if number < 0 else number

    def canonical(self, slots: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """The form that all states of an orbit share, and how many relabellings leave a state of it as it is."""
        if self._tables is None:
            return tuple(slots), 1
        form = (ctypes.c_uint64 * self.program.layout.words)()
        count = int(self._library.uapicheck_canonical(self._handle, self._words(slots), form))
        return self.program.layout.unpack(sum(word << 64 * i for i, word in enumerate(form))), count

    def _words(self, slots: Sequence[int]) -> ctypes.Array[ctypes.c_uint64]:
        packed = self.program.layout.pack(slots)
        words = [packed >> 64 * i & (1 << 64) - 1 for i in range(self.program.layout.words)]
        return (ctypes.c_uint64 * len(words))(*words)

    def path_to(self, number: int) -> RawPath:
        """A shortest path to a state, the first in search order."""
        steps: list[RawStep] = []
        while True:
            where = (_I64 * 4)()
            if not self._library.uapicheck_origin(self._handle, number, where):
                raise EngineError(f"state {number} cannot be reached again: a fault of the C engine")
            source, action, instance, length = where
            tape = tuple(self._library.uapicheck_origin_tape(self._handle)[:length])
            if action == _IN_INITIAL:
                return RawPath(tape, tuple(reversed(steps)))
            steps.append(RawStep(action, self._arguments(action, instance), tape))
            number = source

    def found(self) -> dict[str, RawPath]:
        """Per violated property or reached goal the first path."""
        paths: dict[str, RawPath] = {}
        for place, name in enumerate(self.program.watched):
            where = (_I64 * 4)()
            if self._library.uapicheck_found(self._handle, place, where):
                source, action, instance, length = where
                tape = tuple(self._library.uapicheck_found_tape(self._handle, place)[:length])
                paths[name] = self._path(source, action, instance, tape)
        return paths

    def _path(self, source: int, action: int, instance: int, tape: tuple[int, ...]) -> RawPath:
        if action == _IN_INITIAL:
            return RawPath(tape, ())
        path = self.path_to(source)
        if action == _NO_ACTION:
            return path
        return RawPath(path.initial_tape, (*path.steps, RawStep(action, self._arguments(action, instance), tape)))

    def _arguments(self, action: int, instance: int) -> tuple[int, ...]:
        function = self.ground.functions[self.ground.actions[action].function]
        codes: list[int] = []
        for param in reversed(function.params):
            instance, code = divmod(instance, cardinality(param.type, self.ground))
            codes.append(code)
        return tuple(reversed(codes))

    def exploration(self, seconds: float, extra: dict[str, float]) -> Exploration:
        """The result so far; `extra` is joined with the memory that the visited set takes.

        EngineError if an integer grew past what generated C computes exactly: nothing then counts.
        """
        stats = self.stats()
        self.refuse_overflow()
        actions = [a.name for a in self.ground.actions]
        return Exploration(
            engine=NAME,
            states=stats.states,
            representatives=stats.representatives,
            transitions=stats.transitions,
            refusals=stats.refusals,
            depth=stats.depth,
            checked_depth=stats.checked,
            complete=stats.halt == 0,
            stopped=_STOPPED[stats.halt],
            outside=stats.outside,
            found=self.found(),
            premises=frozenset(self._marked("premises", self.program.watched)),
            sites=frozenset(self._marked("sites", range(len(self.ground.machine.sites)))),
            warnings=frozenset(self._marked("warnings", range(len(self.ground.machine.warnings)))),
            done_actions=frozenset(self._marked("done", actions)),
            bits=self.program.layout.bits,
            words=self.program.layout.words,
            seconds=seconds,
            extra={**extra, "visited_bytes": float(stats.visited_bytes), "memo_bytes": float(stats.memo_bytes)},
            symmetric=self.symmetric,
        )

    def refuse_overflow(self) -> None:
        """EngineError if a number grew past what generated C computes exactly."""
        overflow = self.stats().overflow
        if overflow:
            raise EngineError(TOO_LARGE if overflow == 1 else TOO_MANY)

    def _marked(self, what: str, names: Sequence[T]) -> Iterator[T]:
        marks = getattr(self._library, f"uapicheck_{what}")(self._handle)
        return (name for place, name in enumerate(names) if marks[place])


def _codes(made: Program, ground: GroundMachine, constants: Constants) -> bytes:
    """The bytes of struct K."""
    codes = [code for name in ground.constants for code in constants[name]]
    raw = bytearray(made.constants_size)
    for code, leaf in zip(codes, made.constants, strict=True):
        raw[leaf.offset : leaf.offset + leaf.size] = code.to_bytes(leaf.size, "little")
    return bytes(raw)


def _declare(library: ctypes.CDLL) -> None:
    """Result and argument types of the functions in `c/api.h`."""
    words = ctypes.POINTER(ctypes.c_uint64)
    numbers = ctypes.POINTER(_I64)
    marks = ctypes.POINTER(ctypes.c_uint8)
    shapes: dict[str, tuple[object, list[object]]] = {
        "new": (_POINTER, [ctypes.c_char_p, _I64, _I64, _I64, ctypes.c_double]),
        "free": (None, [_POINTER]),
        "classes": (ctypes.c_int, [_POINTER, words, words, ctypes.POINTER(ctypes.c_uint32), _I64, _I64, ctypes.c_int]),
        "symmetry": (ctypes.c_int, [_POINTER, words, ctypes.POINTER(_POINTER)]),
        "canonical": (ctypes.c_uint64, [_POINTER, words, words]),
        "run": (None, [_POINTER]),
        "stop": (None, [_POINTER]),
        "stats": (None, [_POINTER, numbers]),
        "found": (ctypes.c_int, [_POINTER, _I64, numbers]),
        "found_tape": (numbers, [_POINTER, _I64]),
        "origin": (ctypes.c_int, [_POINTER, _I64, numbers]),
        "origin_tape": (numbers, [_POINTER]),
        "group": (None, [_POINTER, _I64, numbers]),
        "state": (_POINTER, [_POINTER, _I64]),
        "index_of": (_I64, [_POINTER, words]),
        "edges": (_I64, [_POINTER, _I64, ctypes.c_uint64, ctypes.c_double]),
        "edges_free": (None, [_POINTER]),
        "edges_part": (_I64, [_POINTER, ctypes.c_int, ctypes.POINTER(_POINTER)]),
        "label": (_I64, [_POINTER, _I64, _I64, _I64, _I64, marks]),
        "initial_states": (_I64, [_POINTER]),
        **{name: (marks, [_POINTER]) for name in ("sites", "warnings", "premises", "done")},
    }
    for name, (result, arguments) in shapes.items():
        function = getattr(library, f"uapicheck_{name}")
        function.restype = result
        function.argtypes = arguments
