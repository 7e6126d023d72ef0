"""Locks of the direct run: what they hold, when they are free, and what taking and releasing makes of them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from spec.lang import direct_world
from spec.lang.direct_lock_kinds import RwValue
from spec.lang.direct_universe import SpecFault
from spec.lang.direct_values import FrozenMap, SetValue


@dataclass(frozen=True)
class Point:
    """What a process yields: where it is, the test it waits for, and the choices of its call."""

    name: str
    ready: Any
    nature: dict[str, Any]
    waits: tuple[str, Any, str] | None = None


def entry(instance: Any, name: str, key: Any) -> Any:
    """The lock itself; SpecFault for a key that is none."""
    whole = instance._world.state[name]
    return whole[key] if isinstance(whole, FrozenMap) else whole


def is_free(lock: Any, word: str, thread: Any) -> bool:
    """True if the thread can take the lock; one that holds it waits for itself."""
    if not isinstance(lock, RwValue):
        return lock is None
    if word.endswith("read"):
        return lock.writer is None and thread not in lock.readers
    return lock.writer is None and not len(lock.readers)


def _taken(lock: Any, word: str, thread: Any) -> Any:
    if not isinstance(lock, RwValue):
        return thread
    if word.endswith("read"):
        return RwValue(lock.name, lock.readers | SetValue((thread,)), lock.writer)
    return RwValue(lock.name, lock.readers, thread)


def _released(lock: Any, thread: Any) -> Any:
    if isinstance(lock, RwValue):
        if thread in lock.readers:
            return RwValue(lock.name, lock.readers - SetValue((thread,)), lock.writer)
        if lock.writer == thread:
            return RwValue(lock.name, lock.readers, None)
    elif lock == thread:
        return None
    raise SpecFault(f"{thread!r} releases a lock that it does not hold")


def holds(lock: Any, thread: Any) -> bool:
    """True if the thread holds the lock in any way."""
    if isinstance(lock, RwValue):
        return thread in lock.readers or bool(lock.writer == thread)
    return bool(lock == thread)


def use(instance: Any, name: str, key: Any, word: str, thread: Any) -> Any:
    """`try_acquire` and `release`, at once."""
    keys = () if key is None else (tuple(key) if isinstance(key, tuple) else key,)
    lock = entry(instance, name, keys[0] if keys else None)
    if word == "release":
        direct_world.store(instance, name, keys, _released(lock, thread))
        return None
    if not is_free(lock, word, thread):
        return False
    direct_world.store(instance, name, keys, _taken(lock, word, thread))
    return True


def acquire(
    instance: Any, name: str, key: Any, word: str, thread: Any, point: str, nature: dict[str, Any]
) -> Generator[Point, None, None]:
    """Wait until the lock is free, then take it as the block begins."""
    keys = () if key is None else (tuple(key) if isinstance(key, tuple) else key,)
    here = keys[0] if keys else None
    yield Point(point, lambda: is_free(entry(instance, name, here), word, thread), nature, (name, here, word))
    direct_world.store(instance, name, keys, _taken(entry(instance, name, here), word, thread))
