"""Where the threads of the direct run are in their processes: `at`, `idle`, and who waits for whom."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from spec.lang.direct_lock_kinds import RwValue
from spec.lang.direct_locks import Point, entry, holds
from spec.lang.direct_text import function_node
from spec.lang.process_points import member_of, points_of
from spec.lang.words_methods import Method

Threads = dict[tuple[str, Any], "Running"]


@dataclass(slots=True)
class Running:
    """A thread in a process: its generator, and where it waits."""

    method: Method[Any]
    generator: Generator[Point, None, Any]
    point: Point
    lost: bool = False


def where(instance: Any, *asked: Any) -> bool:
    """`at(t, "label")`, `at(t, "process")` or `at("label")`."""
    label = asked[-1]
    for (_, thread), running in instance._world.threads.items():
        if asked[:-1] not in ((thread,), ()) or (len(asked) == 1 and thread is not None):
            continue
        names = {running.method.name, running.point.name, member_of(running.method.name, running.point.name)}
        if label in names | {_label(running)}:
            return True
    return False


def _label(running: Running) -> str:
    node = function_node(running.method.text.function, running.method.text.edits)
    return next(p.label for p in points_of(node) if p.name == running.point.name)


def is_idle(instance: Any, thread: Any) -> bool:
    """`idle(t)`: the thread is in no process."""
    return (type(thread).__name__, thread) not in instance._world.threads


def no_lock_cycle(instance: Any) -> bool:
    """True if no thread can come back to itself along the locks that threads wait for."""
    holders: dict[tuple[str, Any], set[tuple[str, Any]]] = {}
    threads: Threads = instance._world.threads
    for place, running in threads.items():
        if running.point.waits is None:
            continue
        name, key, word = running.point.waits
        lock = entry(instance, name, key)
        others = [(place[0], t) for t in type(place[1])]
        keeps = {p for p in others if holds(lock, p[1])}
        if isinstance(lock, RwValue) and word == "acquire_read":
            keeps = {p for p in keeps if p == place or lock.writer == p[1]}
        holders[place] = keeps
    return not any(_reaches(start, start, holders, set()) for start in holders)


def _reaches(here: Any, goal: Any, edges: dict[Any, set[Any]], seen: set[Any]) -> bool:
    for each in edges.get(here, ()):
        if each == goal:
            return True
        if each not in seen:
            seen.add(each)
            if _reaches(each, goal, edges, seen):
                return True
    return False
