"""Words for processes and locks: what a process is, where it waits, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from spec.lang.words_calls import Outcome
from spec.lang.words_methods import Method, Sure, as_method

T = TypeVar("T")
Process = Generator[Any, None, Outcome]
"""What a process is: a text that others run between the blocks of, with an outcome at its end."""


class _Anything:
    """`FREE`, the initial value of every lock."""

    def __repr__(self) -> str:
        return "FREE"


FREE: Any = _Anything()


class Mutex(Generic[T]):
    """The type of a lock that one thread holds. It compares like `T | None`: the thread that holds it."""

    def acquire(self, thread: T) -> Generator[Any, None, None]:
        """Wait until nobody holds it, and take it: `yield from self.lock[d].acquire(t)`."""
        raise _outside()

    def try_acquire(self, thread: T) -> bool:
        """Take it if nobody holds it; True if it was taken."""
        raise _outside()

    def release(self, thread: T) -> None:
        """Let it go; a fault for a thread that does not hold it."""
        raise _outside()

    def __eq__(self, other: object) -> bool:
        raise _outside()

    __hash__ = None  # type: ignore[assignment]


class RwLock(Generic[T]):
    """The type of a lock that many threads hold to read, or one to write."""

    readers: frozenset[T]
    writer: T | None

    def acquire_read(self, thread: T) -> Generator[Any, None, None]:
        """Wait until nobody writes, and read."""
        raise _outside()

    def acquire_write(self, thread: T) -> Generator[Any, None, None]:
        """Wait until nobody holds it, and write."""
        raise _outside()

    def try_acquire_read(self, thread: T) -> bool:
        """Take it to read if nobody writes; True if it was taken."""
        raise _outside()

    def try_acquire_write(self, thread: T) -> bool:
        """Take it to write if nobody holds it; True if it was taken."""
        raise _outside()

    def release(self, thread: T) -> None:
        """Let it go; a fault for a thread that does not hold it."""
        raise _outside()


def _outside() -> TypeError:
    return TypeError("locks are used in the text of a spec, which the language runs")


def at(*where: Any) -> bool:
    """`at(t, "label")`, `at(t, "process")`: where a thread is; for properties."""
    raise _outside()


def idle(thread: Any) -> bool:
    """`idle(t)`: the thread is in no process; for properties."""
    raise _outside()


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """What the direct run needs of a decorator: the sort of the threads, and whether locks may be left held."""

    thread: Any
    keeps_locks: bool


@overload
def process(method: Callable[..., Process], /) -> Method[Process]: ...
@overload
def process(
    *,
    thread: type | None = None,
    fair: str = "weak",
    fair_start: str = "",
    keeps_locks: bool = False,
    cites: str = "",
    sure: Sure = "guessed",
    any_order: tuple[str, ...] = (),
) -> Callable[[Callable[..., Process]], Method[Process]]: ...
def process(*methods: Any, thread: Any = None, keeps_locks: bool = False, any_order: Any = (), **_: Any) -> Any:
    """Make a method a process: a call that takes many steps, one per block between two yields."""

    def mark(value: Any) -> Method[Any]:
        method = as_method(value)
        method.kind, method.any_order = "process", any_order
        method.process = ProcessMark(thread, keeps_locks)
        return method

    return mark(methods[0]) if methods else mark
