"""How values of the language look in generated C: storage types, local types, codes, and byte offsets of leaves.

NOTE(values): an expression of an integer type is its value as `int64_t`; of any other scalar type its code. In
storage (fields, entries of maps and sequences) there are only codes, in the smallest unsigned type that fits. The
code of an integer without bounds is its zigzag number, so that an option of one has a code as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.types import (
    Extent,
    IntType,
    MapType,
    OptionType,
    OutcomeType,
    SeqType,
    SetType,
    Type,
)
from spec.lang.values import bounds, capacity, cardinality, is_composite, key_count

MOST = 1 << 61
"""Results of integer arithmetic beyond this, either way, are not computed by generated C but reported."""
TOO_LARGE = (
    "an integer is too large for generated C, which computes exactly up to 2**61\n"
    "  hint: '--engine python' has no such limit and gives the same answers"
)

_WORDS = ((8, "u8", 1), (16, "u16", 2), (32, "u32", 4), (64, "u64", 8))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One code inside a C struct: where it starts and how many bytes it takes."""

    offset: int
    size: int


class CTypes:
    """The C types of one ground machine; composite types get a `typedef` at their first use."""

    def __init__(self, ground: GroundMachine) -> None:
        self.ground = ground
        self.typedefs: list[str] = []
        self._names: dict[Type, str] = {}

    def normal(self, kind: Type) -> Type:
        """The type with plain numbers for extents, so that equal sets of values are equal types."""
        match kind:
            case IntType(lo, hi) if lo is not None and hi is not None:
                low, high = bounds(kind, self.ground)
                return IntType(Extent(low), Extent(high))
            case OptionType(item):
                return OptionType(self.normal(item))
            case SetType(item):
                return SetType(self.normal(item))
            case SeqType(item, _):
                return SeqType(self.normal(item), Extent(capacity(kind, self.ground)))
            case MapType(keys, value):
                return MapType(tuple(self.normal(k) for k in keys), self.normal(value))
            case _:
                return kind

    def is_open(self, kind: Type) -> bool:
        """True for an integer without bounds, an option of one, or an outcome: no cardinality."""
        match kind:
            case IntType(lo, hi):
                return lo is None or hi is None
            case OptionType(item):
                return self.is_open(item)
            case _:
                return isinstance(kind, OutcomeType)

    def card(self, kind: Type) -> int:
        """Number of codes of a scalar type."""
        return cardinality(kind, self.ground)

    def low(self, kind: Type) -> int:
        """The lowest value of a bounded integer type."""
        assert isinstance(kind, IntType)
        return bounds(kind, self.ground)[0]

    def high(self, kind: Type) -> int:
        """The highest value of a bounded integer type."""
        assert isinstance(kind, IntType)
        return bounds(kind, self.ground)[1]

    def stored(self, kind: Type) -> str:
        """The C type of a place that keeps a value."""
        if is_composite(kind):
            return self._composite(self.normal(kind))
        if self.is_open(kind):
            return "i64"
        return self._word(kind)[0]

    def local(self, kind: Type) -> str:
        """The C type of a local, parameter or result."""
        return self._composite(self.normal(kind)) if is_composite(kind) else "i64"

    def code(self, value: str, kind: Type) -> str:
        """The code of a value that is known to be in range."""
        if not isinstance(kind, IntType):
            return value
        if self.is_open(kind):
            return f"zigzag({value})"
        low = self.low(kind)
        return value if low == 0 else f"({value} - {number(low)})"

    def value(self, code: str, kind: Type) -> str:
        """The value that a stored code stands for."""
        if not isinstance(kind, IntType):
            return f"(i64){code}"
        if self.is_open(kind):
            return f"unzigzag({code})"
        low = self.low(kind)
        return f"(i64){code}" if low == 0 else f"((i64){code} + {number(low)})"

    def leaves(self, kind: Type, offset: int) -> list[Leaf]:
        """The leaves of a stored value in slot order, from a byte offset that is aligned for it."""
        match kind:
            case MapType(_, value):
                step = self.size(value)
                found: list[Leaf] = []
                for place in range(key_count(kind, self.ground)):
                    found += self.leaves(value, offset + place * step)
                return found
            case SeqType(item, _):
                size, first = self.size(item), self._items_at(kind)
                rest = [Leaf(offset + first + i * size, size) for i in range(capacity(kind, self.ground))]
                return [Leaf(offset, self._word(self.length_type(kind))[1]), *rest]
            case _:
                return [Leaf(offset, self._word(kind)[1])]

    def size(self, kind: Type) -> int:
        """`sizeof` of the stored type, by the alignment rules that all ABIs share for these structs."""
        match kind:
            case MapType(_, value):
                return self.size(value) * key_count(kind, self.ground)
            case SeqType(item, _):
                end = self._items_at(kind) + self.size(item) * capacity(kind, self.ground)
                return _align(end, self.alignment(kind))
            case _:
                return 8 if self.is_open(kind) else self._word(kind)[1]

    def alignment(self, kind: Type) -> int:
        """`_Alignof` of the stored type."""
        match kind:
            case MapType(_, value):
                return self.alignment(value)
            case SeqType(item, _):
                return max(self.alignment(item), self._word(self.length_type(kind))[1])
            case _:
                return self.size(kind)

    def length_type(self, kind: SeqType) -> IntType:
        """The type of the length slot of a sequence."""
        return IntType(Extent(0), Extent(capacity(kind, self.ground)))

    def _items_at(self, kind: SeqType) -> int:
        return _align(self._word(self.length_type(kind))[1], self.alignment(kind.item))

    def _word(self, kind: Type) -> tuple[str, int]:
        bits = max(0, self.card(kind) - 1).bit_length()
        return next((name, size) for width, name, size in _WORDS if bits <= width)

    def _composite(self, kind: Type) -> str:
        if kind not in self._names:
            match kind:
                case MapType(_, value):
                    inner = f"{self.stored(value)} e[{key_count(kind, self.ground)}];"
                case SeqType(item, _):
                    length = self.stored(self.length_type(kind))
                    inner = f"{length} len; {self.stored(item)} e[{capacity(kind, self.ground)}];"
                case _:
                    raise AssertionError(f"{kind} is no composite type")
            name = f"T{len(self._names)}"
            self._names[kind] = name
            self.typedefs.append(f"typedef struct {{ {inner} }} {name};")
        return self._names[kind]


def place(types: CTypes, kinds: list[Type]) -> tuple[list[Leaf], int]:
    """The leaves of a struct with these members in order, and the struct's size rounded up to 8 bytes."""
    found: list[Leaf] = []
    offset = 0
    for kind in kinds:
        offset = _align(offset, types.alignment(kind))
        found += types.leaves(kind, offset)
        offset += types.size(kind)
    return found, _align(offset, 8)


def number(value: int) -> str:
    """A C literal of type `i64`; EngineError for one that generated C does not compute with exactly."""
    if abs(value) > 2 * MOST and value != -(1 << 63):
        raise EngineError(TOO_LARGE)
    if value == -(1 << 63):
        return "INT64_MIN"
    return str(value) if -(1 << 31) < value < 1 << 31 else f"INT64_C({value})"


def unsigned(value: int) -> str:
    """A C literal of an unsigned type."""
    return f"{value}u" if value < 1 << 31 else f"UINT64_C({value})"


def _align(offset: int, to: int) -> int:
    return (offset + to - 1) // to * to
