"""Types of locks in the direct run: the values that a mutex and an rw lock may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spec.lang.direct_kinds import Kind, OptionKind
from spec.lang.direct_values import SetValue
from spec.lang.process_points import record_key
from spec.lang.words_process import FREE, Mutex


@dataclass(frozen=True)
class RwValue:
    """An rw lock: the threads that read, and the one that writes."""

    name: str
    readers: SetValue
    writer: Any

    def __bool__(self) -> bool:
        raise TypeError("a lock has no truth value")


@dataclass(frozen=True)
class MutexKind(OptionKind):
    """The thread that holds a mutex, or None; begins as `FREE`."""

    def accept(self, value: object) -> Any:
        return super().accept(None if value is FREE else value)


@dataclass(frozen=True)
class RwKind:
    """The values of an rw lock; begins as `FREE`."""

    item: Kind
    name: str

    @property
    def cardinality(self) -> int:
        """Number of values."""
        return int(2**self.item.cardinality) * (1 + self.item.cardinality)

    def accept(self, value: object) -> Any:
        """The value as one of the type."""
        if value is FREE:
            return RwValue(self.name, SetValue((), self.item), None)
        if not isinstance(value, RwValue):
            raise TypeError(f"{value!r} is not an rw lock")
        return value

    def decode(self, code: int) -> Any:
        """Locks are never chosen."""
        raise NotImplementedError

    def code(self, value: Any) -> int:
        """Locks are never chosen."""
        raise NotImplementedError


def lock_kind(word: Any, item: Kind, sort: str) -> Kind:
    """The type that `Mutex[T]` or `RwLock[T]` means, given the type of T."""
    return MutexKind(item) if word is Mutex else RwKind(item, record_key(sort))
