"""Words for what a state holds: sorts, enumerations, records and the shapes built from them."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, TypeVar, dataclass_transform

from spec.lang import direct_universe
from spec.lang.errors import RequestError

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def _no_truth(value: object) -> bool:
    raise TypeError(f"{type(value).__name__} has no truth value; write what is asked, such as `x is not None`")


class _SortMeta(type):
    def __iter__(cls: type[T]) -> Iterator[T]:
        return iter([_element(cls, i) for i in range(_size(cls, strict=True))])

    def __len__(cls) -> int:
        # The body of a class or module only declares; the direct run reads declarations again inside a universe.
        return _size(cls, strict=bool(sys._getframe(1).f_code.co_flags & 0x1))

    def __bool__(cls) -> bool:
        return _no_truth(cls)


def _size(sort: Any, strict: bool) -> int:
    world = direct_universe.current()
    size = world.sizes.get(sort.__name__) if world is not None else None
    size = sort._default_size if size is None else size
    if size is not None:
        return int(size)
    if strict or world is not None:
        raise RequestError(f"sort {sort.__name__} has no size; use `with universe({sort.__name__}=...)`")
    return 1


def _element(sort: Any, index: int) -> Any:
    known = sort._elements
    while len(known) <= index:
        item = object.__new__(sort)
        object.__setattr__(item, "index", len(known))
        known.append(item)
    return known[index]


class Sort(metaclass=_SortMeta):
    """A finite set of elements whose size is chosen at check time: `class Group(Sort, size=1): "doc"`."""

    index: int
    _default_size: ClassVar[int | None] = None
    _is_ordered: ClassVar[bool] = False
    _elements: ClassVar[list[Any]] = []

    def __init_subclass__(cls, size: int | None = None, ordered: bool = False) -> None:
        cls._default_size = size
        cls._is_ordered = ordered
        cls._elements = []

    def __new__(cls, *_: object) -> Self:
        raise TypeError(f"elements of {cls.__name__} are not made; write `for x in {cls.__name__}`")

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("an element of a sort has no attributes")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Sort) and other.index == self.index

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.index))

    def __bool__(self) -> bool:
        return _no_truth(self)

    def __lt__(self, other: Self) -> bool:
        return self._place(other) < other.index

    def __le__(self, other: Self) -> bool:
        return self._place(other) <= other.index

    def __gt__(self, other: Self) -> bool:
        return self._place(other) > other.index

    def __ge__(self, other: Self) -> bool:
        return self._place(other) >= other.index

    def _place(self, other: object) -> int:
        if type(other) is not type(self) or not self._is_ordered:
            raise TypeError(f"elements of {type(self).__name__} have no order; declare it with ordered=True")
        return self.index

    def __repr__(self) -> str:
        return f"{type(self).__name__.lower()}{self.index}"


class Enum(enum.Enum):
    """An enumeration; every member is `auto()`."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()

    def __bool__(self) -> bool:
        return _no_truth(self)

    def __repr__(self) -> str:
        return self.name

    @property
    def _position(self) -> int:
        return list(type(self)).index(self)


class OrderedEnum(Enum):
    """An enumeration whose members can be compared, such as the eras of a kernel."""

    def __lt__(self, other: Self) -> bool:
        return self._rank() < other._rank()

    def __le__(self, other: Self) -> bool:
        return self._rank() <= other._rank()

    def __gt__(self, other: Self) -> bool:
        return self._rank() > other._rank()

    def __ge__(self, other: Self) -> bool:
        return self._rank() >= other._rank()

    def _rank(self) -> int:
        return self._position


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """A value made of named scalars; without any it is a plain tag of a union. Records never change."""

    _names: ClassVar[tuple[str, ...]] = ()
    _order: ClassVar[int] = 0
    _made: ClassVar[int] = 0

    if not TYPE_CHECKING:

        def __init_subclass__(cls) -> None:
            cls._names = tuple(inspect.get_annotations(cls))
            Record._made += 1
            cls._order = Record._made

        def __init__(self, **items: object) -> None:
            if set(items) != set(self._names):
                raise TypeError(f"{type(self).__name__} takes exactly {', '.join(self._names) or 'nothing'}")
            for name in self._names:
                value = items[name]
                if direct_universe.current() is not None:
                    from spec.lang.direct_kinds import record_item  # the words come first

                    value = record_item(type(self), name, value)
                object.__setattr__(self, name, value)

        def __setattr__(self, name: str, value: object) -> None:
            raise TypeError(f"{type(self).__name__} never changes; use replace(r, {name}=...)")

        def __eq__(self, other: object) -> bool:
            return type(other) is type(self) and other._items() == self._items()

        def __hash__(self) -> int:
            return hash((type(self).__name__, *self._items()))

        def __bool__(self) -> bool:
            return _no_truth(self)

        def __repr__(self) -> str:
            shown = ", ".join(f"{n}={v!r}" for n, v in zip(self._names, self._items(), strict=True))
            return f"{type(self).__name__}({shown})"

        def _items(self) -> tuple[object, ...]:
            return tuple(getattr(self, name) for name in self._names)


class Map(Generic[K, V]):
    """A total map from a sort, an enumeration, bools, a bounded integer, or tuples of these."""

    def __getitem__(self, key: K) -> V:
        raise TypeError("a Map is made by the direct run")

    def __setitem__(self, key: K, value: V) -> None:
        raise TypeError("entries are stored with `self.field[key] = value` in a method")


if TYPE_CHECKING:
    from collections.abc import Set as Set

    Seq: Any
else:

    class Set(Generic[T]):
        """A set of sort elements, enum members or other small scalars."""

    class Seq:
        """`Seq[T, Max(n)]`, a sequence of at most n scalars."""

        def __class_getitem__(cls, args: tuple[object, Max]) -> GenericAlias:
            if not (isinstance(args, tuple) and len(args) == 2 and isinstance(args[1], Max)):
                raise TypeError("write Seq[T, Max(n)]")
            return GenericAlias(cls, args)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lowest and highest value of `Annotated[int, Bounds(lo, hi)]`, both inclusive."""

    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Max:
    """Greatest length of a `Seq`."""

    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """Marks an annotated name as something else than plain state: ghost, switch or constant."""

    name: str


Ghost = Annotated[T, Part("ghost")]
"""A field that only the proof needs."""
Switch = Annotated[T, Part("switch")]
"""A choice of model, folded before the search."""
Constant = Annotated[T, Part("constant")]
"""Rigid data: topology and features."""
Refines = Annotated[T, Part("refinement")]
"""A promise to behave as a more abstract spec; it has no value."""
