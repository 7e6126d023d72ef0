"""Who waits for whom: the cycle behind a violation of `no_lock_cycle`, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.lang.ground import GroundMachine
from spec.lang.machine import LockWait
from spec.lang.spans import Span
from spec.lang.types import MapType
from spec.lang.values import Elem, MapValue, Member, Rec, Value, key_index, show_value

NO_LOCK_CYCLE = "no_lock_cycle"
State = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A thread that waits for a lock, and the threads that keep it out."""

    thread: Elem
    lock: str
    holders: tuple[Elem, ...]
    span: Span


def lock_cycle(ground: GroundMachine, state: State) -> tuple[str, Span] | None:
    """`t0 holds a and waits for b, t1 holds b and waits for a`, with the place of the first wait; None without one.

    The shortest cycle is told, of several the one with the least threads.
    """
    waiting = {each.thread: each for each in _waiting(ground, state)}
    cycles = [found for start in waiting if (found := _cycle(start, waiting)) is not None]
    if not cycles:
        return None
    cycle = min(cycles, key=lambda found: (len(found), [thread.index for thread in found]))
    parts = []
    for place, thread in enumerate(cycle):
        held = waiting[cycle[place - 1]].lock
        wanted = waiting[thread].lock
        parts.append(f"{show_value(thread, ground)} holds {held} and waits for {'it' if held == wanted else wanted}")
    return ", ".join(parts), waiting[cycle[0]].span


def _waiting(ground: GroundMachine, state: State) -> Iterator[_Waiting]:
    for wait in ground.machine.waits:
        if not {wait.counter, wait.lock, *filter(None, wait.keys)} <= state.keys():
            continue
        for index in range(ground.sizes[wait.thread]):
            thread = Elem(wait.thread, index)
            here = _of(state[wait.counter], index)
            if isinstance(here, Member) and here.name == wait.point:
                yield _wait(ground, state, wait, thread)


def _of(kept: Value, index: int) -> Value:
    assert isinstance(kept, MapValue), "what a thread keeps is one value per thread"
    return kept.entries[index]


def _wait(ground: GroundMachine, state: State, wait: LockWait, thread: Elem) -> _Waiting:
    keys = [_of(state[name], thread.index) if name else thread for name in wait.keys]
    name, held, kind = wait.lock, state[wait.lock], ground.fields[wait.lock].type
    if keys:
        assert isinstance(held, MapValue) and isinstance(kind, MapType)
        name = f"{name}[{', '.join(show_value(key, ground) for key in keys)}]"
        held = held.entries[key_index(keys, kind, ground)]
    return _Waiting(thread, name, tuple(_holders(held, wait, thread)), wait.span)


def _holders(held: Value, wait: LockWait, thread: Elem) -> Iterator[Elem]:
    """The threads whose release the wait needs: readers keep only writers out, and a reader from reading again."""
    readers: frozenset[Value] = frozenset()
    owner = held
    if isinstance(held, Rec):
        found, owner = held.items
        assert isinstance(found, frozenset)
        readers = found if wait.writes else found & {thread}
    elements = {each for each in (*readers, owner) if isinstance(each, Elem)}
    yield from sorted(elements, key=lambda each: each.index)


def _cycle(start: Elem, waiting: dict[Elem, _Waiting]) -> list[Elem] | None:
    """The shortest way from a thread along holders back to itself, as the threads on it."""
    paths = [[start]]
    seen: set[Elem] = set()
    while paths:
        path = paths.pop(0)
        for holder in waiting[path[-1]].holders:
            if holder == start:
                return path
            if holder in waiting and holder not in seen:
                seen.add(holder)
                paths.append([*path, holder])
    return None
