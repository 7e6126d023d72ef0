"""What generated Python calls at run time: faults, the tape of choices, and operations that can go wrong.

NOTE(values): inside generated Python an int is itself, an option is None or the value, a sequence or a map a tuple
of values; every other scalar is its code. Slots of a state hold codes only, see `spec.lang.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from spec.lang.ground import GroundMachine
from spec.lang.types import BoolType, IntType, MapType, OptionType, SeqType, SetType, Type
from spec.lang.values import bounds, capacity, cardinality, is_composite, key_count, leaves

Value = Any
"""A value of generated Python; its shape follows the type of the expression, which Python cannot express."""


class Fault(Exception):
    """Something that a spec must never do: a store out of bounds, a projection of something else, and the like."""


class Disabled(Exception):
    """A `require` is false: there is no step."""


class Run:
    """What one call of an action notes down: choices taken, sites and warnings met, broken `during` properties.

    `olds` has per part the slots before the last call of its action; only while it is under way is the part written.
    """

    __slots__ = ("broken", "cards", "olds", "place", "premises", "sites", "tape", "warnings")

    def __init__(self, tape: list[int]) -> None:
        self.tape = tape
        self.cards: list[int] = []
        self.place = 0
        self.sites: list[int] = []
        self.warnings: list[int] = []
        self.broken: list[str] = []
        self.premises: list[str] = []
        self.olds: dict[str, list[int]] = {}

    def take(self, cardinality: int, _name: str = "") -> int:
        """The next choice: from the tape while it lasts, then code 0. Its name is for those who want to tell."""
        if self.place == len(self.tape):
            self.tape.append(0)
        self.cards.append(cardinality)
        self.place += 1
        return self.tape[self.place - 1]

    def site(self, number: int, *_: Value) -> int:
        """Notes an outcome that was made; the outputs only had to be evaluated."""
        self.sites.append(number)
        return number

    def next_tape(self) -> list[int] | None:
        """The tape after this one: the last entry that can grow grows, later ones are dropped."""
        tape = self.tape[: self.place]
        while tape and tape[-1] + 1 >= self.cards[len(tape) - 1]:
            tape.pop()
        if not tape:
            return None
        tape[-1] += 1
        return tape


# --- operations that can fault ----------------------------------------------------------------------------------


def within(value: int, lo: int, hi: int) -> int:
    """The integer, which must lie in the bounds."""
    if lo <= value <= hi:
        return value
    raise Fault


def offset(value: int, lo: int, hi: int) -> int:
    """The code of an integer that must lie in the bounds."""
    if lo <= value <= hi:
        return value - lo
    raise Fault


def some(value: Value) -> Value:
    """The value of an option that must hold one."""
    if value is None:
        raise Fault
    return value


def nothing(value: Value) -> None:
    """None, which the option must be."""
    if value is not None:
        raise Fault


def variant(code: int, first: int, count: int) -> int:
    """The code of a record inside a union, which must hold that record."""
    if first <= code < first + count:
        return code - first
    raise Fault


def regroup(code: int, table: Sequence[int | None]) -> int:
    """The code in another union; a fault for a record that it does not have."""
    new = table[code]
    if new is None:
        raise Fault
    return new


def is_within(code: int | None, first: int, count: int) -> bool:
    """True if the union or option holds a record with these codes."""
    return code is not None and first <= code < first + count


def update(code: int, *digits: tuple[int, int, int]) -> int:
    """A record with some fields exchanged: stride, cardinality and new code of each."""
    for stride, card, new in digits:
        code += (new - code // stride % card) * stride
    return code


def at(items: tuple[Value, ...], place: int) -> Value:
    """An entry of a sequence, which must be there."""
    if 0 <= place < len(items):
        return items[place]
    raise Fault


def append(items: tuple[Value, ...], item: Value, most: int) -> tuple[Value, ...]:
    """A sequence that grew by one item, at most to its capacity."""
    if len(items) >= most:
        raise Fault
    return (*items, item)


def piece(items: tuple[Value, ...], low: int, high: int | None = None) -> tuple[Value, ...]:
    """The entries from one bound to before another; nothing is counted from the end."""
    if low < 0 or (high is not None and high < 0):
        raise Fault
    return items[low:high]


def at_most(items: tuple[Value, ...], most: int) -> tuple[Value, ...]:
    """The sequence, which must not be longer than the capacity."""
    if len(items) > most:
        raise Fault
    return items


def without(items: tuple[Value, ...], item: Value) -> tuple[Value, ...]:
    """A sequence without all entries equal to the item."""
    return tuple(entry for entry in items if entry != item)


def in_set(item: int, mask: int, lo: int = 0) -> bool:
    """True if the item, coded by its distance to `lo`, is in the set; anything below is in no set."""
    return item >= lo and mask >> (item - lo) & 1 == 1


def listed(items: tuple[Value, ...], count: int) -> tuple[Value, ...]:
    """A map by position; the last value serves all further keys."""
    return (*items, *items[-1:] * (count - len(items)))[:count]


def elements(mask: int, lo: int = 0) -> tuple[int, ...]:
    """The items of a set of scalars that are their codes, or integers from `lo`."""
    return tuple(i + lo for i in range(mask.bit_length()) if mask >> i & 1)


def extreme(value: int | None) -> int:
    """The least or greatest of some integers, which must exist."""
    if value is None:
        raise Fault
    return value


# --- values and slots -------------------------------------------------------------------------------------------

Load = Callable[[Sequence[int], int], Value]
Store = Callable[[list[int], int, Value], None]


def decoder(kind: Type, ground: GroundMachine) -> Callable[[int], Value]:
    """From the code of a scalar to the value."""
    match kind:
        case IntType():
            lo = bounds(kind, ground)[0]
            return lambda code: code + lo
        case BoolType():
            return bool
        case OptionType(item):
            inner = decoder(item, ground)
            return lambda code: None if code == 0 else inner(code - 1)
        case _:
            return int


def encoder(kind: Type, ground: GroundMachine) -> Callable[[Value], int]:
    """From the value of a scalar to its code; a fault for an integer out of bounds."""
    match kind:
        case IntType():
            lo, hi = bounds(kind, ground)
            return lambda value: offset(value, lo, hi)
        case OptionType(item):
            inner = encoder(item, ground)
            return lambda value: 0 if value is None else 1 + inner(value)
        case _:
            return int


def loader(kind: Type, ground: GroundMachine) -> Load:
    """Reads a value of any storable type from the slots that start at a place."""
    if not is_composite(kind):
        decode = decoder(kind, ground)
        return lambda slots, start: decode(slots[start])
    if isinstance(kind, SeqType):
        item = decoder(kind.item, ground)
        return lambda slots, start: tuple(map(item, slots[start + 1 : start + 1 + slots[start]]))
    assert isinstance(kind, MapType)
    count = key_count(kind, ground)
    if not is_composite(kind.value):
        one = decoder(kind.value, ground)
        return lambda slots, start: tuple(map(one, slots[start : start + count]))
    entry, width = loader(kind.value, ground), len(leaves(kind.value, ground))
    return lambda slots, start: tuple(entry(slots, start + width * k) for k in range(count))


def storer(kind: Type, ground: GroundMachine) -> Store:
    """Writes a value of any storable type to the slots that start at a place; unused items become 0."""
    if not is_composite(kind):
        encode = encoder(kind, ground)

        def store(slots: list[int], start: int, value: Value) -> None:
            slots[start] = encode(value)

    elif isinstance(kind, SeqType):
        item, most = encoder(kind.item, ground), capacity(kind, ground)

        def store(slots: list[int], start: int, value: Value) -> None:
            codes = [item(entry) for entry in at_most(value, most)]
            slots[start : start + 1 + most] = [len(codes), *codes, *(0,) * (most - len(codes))]

    else:
        assert isinstance(kind, MapType)
        entry, width = storer(kind.value, ground), len(leaves(kind.value, ground))

        def store(slots: list[int], start: int, value: Value) -> None:
            for place, part in enumerate(value):
                entry(slots, start + width * place, part)

    return store


def fitter(source: Type, target: Type, ground: GroundMachine) -> Callable[[Value], Value]:
    """Checks a value of one type for a place of another of the same sort; a set of integers is coded anew."""
    match target, source:
        case IntType(lo, hi), _ if lo is not None and hi is not None:
            low, high = bounds(target, ground)
            return lambda value: within(value, low, high)
        case OptionType(item), OptionType(inner):
            one = fitter(inner, item, ground)
            return lambda value: None if value is None else one(value)
        case SetType(IntType() as item), SetType(IntType() as inner):
            first, (low, high) = bounds(inner, ground)[0], bounds(item, ground)
            return lambda value: sum(1 << offset(i, low, high) for i in elements(value, first))
        case SeqType(item, _), SeqType(inner, _):
            one, most = fitter(inner, item, ground), capacity(target, ground)
            return lambda value: tuple(map(one, at_most(value, most)))
        case MapType(_, item), MapType(_, inner):
            one = fitter(inner, item, ground)
            return lambda value: tuple(map(one, value))
        case _:
            return lambda value: value


def scalar_table(kind: Type, ground: GroundMachine, most: int) -> tuple[Value, ...] | None:
    """All values of a scalar by code, if there are not too many."""
    count = cardinality(kind, ground)
    return tuple(map(decoder(kind, ground), range(count))) if count <= most else None
