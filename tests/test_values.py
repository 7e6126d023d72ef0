"""Codes of values: every type's codes are 0 .. cardinality - 1, each the code of one value, in the promised order."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from spec.lang.machine import EnumDecl, RecordDecl
from spec.lang.spans import BUILTIN
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
    show,
)
from spec.lang.values import (
    Elem,
    MapValue,
    Member,
    NotInType,
    Rec,
    cardinality,
    count_values,
    decode,
    decode_slots,
    encode,
    encode_slots,
    key_index,
    leaves,
    map_keys,
    show_value,
    values,
)

USER, LEVEL, SMALL = SortType("User"), EnumType("Level"), IntType(Extent(-1), Extent(0, (("User", 1),)))
CELL, BLANK = RecordType("Cell"), RecordType("Blank")
EITHER = UnionType(("Blank", "Cell"))
GRID = MapType((USER, BOOL), OptionType(LEVEL))
ROW = SeqType(SMALL, Extent(2))


@dataclass(frozen=True)
class World:
    sizes: dict[str, int] = field(default_factory=lambda: {"User": 2, "Unit": 3, "Device": 2})
    enums: dict[str, EnumDecl] = field(
        default_factory=lambda: {"Level": EnumDecl("Level", ("LOW", "MID", "HIGH"), "", BUILTIN)}
    )
    records: dict[str, RecordDecl] = field(
        default_factory=lambda: {
            "Cell": RecordDecl("Cell", (("who", USER), ("amount", SMALL)), "", BUILTIN),
            "Blank": RecordDecl("Blank", (), "", BUILTIN),
        }
    )


W = World()
SCALARS: list[Type] = [
    BOOL, SMALL, LEVEL, USER, CELL, BLANK, EITHER, NONE,
    OptionType(EITHER), OptionType(BOOL), SetType(LEVEL), SetType(BOOL), SetType(OptionType(USER)),
    OptionType(SetType(USER)),
]  # fmt: skip
COMPOSITES: list[Type] = [GRID, ROW, MapType((BOOL,), ROW), MapType((SMALL,), BOOL), SeqType(BOOL, Extent(0))]


@pytest.mark.parametrize("kind", SCALARS, ids=show)
def test_codes_and_values_are_one_to_one(kind: Type) -> None:
    every = list(values(kind, W))
    assert cardinality(kind, W) == len(every) == len(set(map(repr, every)))
    assert list(range(len(every))) == [encode(value, kind, W) for value in every]
    assert every == [decode(code, kind, W) for code in range(len(every))]
    for code in (-1, len(every)):
        with pytest.raises(NotInType):
            decode(code, kind, W)


@pytest.mark.parametrize("kind", COMPOSITES + SCALARS, ids=show)
def test_slots_and_values_are_one_to_one_and_in_order(kind: Type) -> None:
    every = list(values(kind, W))
    rows = [encode_slots(value, kind, W) for value in every]
    assert count_values(kind, W) == len(every)
    assert rows == sorted(set(rows))
    assert every == [decode_slots(row, kind, W) for row in rows]
    cards = [cardinality(leaf, W) for leaf in leaves(kind, W)]
    assert all(len(row) == len(cards) and all(c < n for c, n in zip(row, cards, strict=True)) for row in rows)


def test_codes_are_the_ones_all_engines_agreed_on() -> None:
    cell = Rec("Cell", (Elem("User", 1), -1))
    assert cardinality(SMALL, W) == 4
    assert encode(cell, CELL, W) == 4  # the first field is the most significant: 1 * 4 + 0
    assert encode(Rec("Blank", ()), EITHER, W) == 0
    assert encode(cell, EITHER, W) == 5
    assert encode(cell, OptionType(EITHER), W) == 6
    assert encode(frozenset({Member("Level", "LOW", 0), Member("Level", "HIGH", 2)}), SetType(LEVEL), W) == 0b101
    assert encode_slots((2, -1), ROW, W) == (2, 3, 0)
    assert encode_slots((0,), ROW, W) == (1, 1, 0)
    grid = MapValue((None, Member("Level", "LOW", 0), None, Member("Level", "HIGH", 2)))
    assert encode_slots(grid, GRID, W) == (0, 1, 0, 3)
    keys = list(map_keys(GRID, W))
    assert (Elem("User", 0), True) == keys[1]
    assert list(range(4)) == [key_index(key, GRID, W) for key in keys]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, SMALL), (1, BOOL), (0, BOOL), (False, SMALL), (3, SMALL), (-2, SMALL), (None, BOOL),
        (Elem("Unit", 0), USER), (Elem("User", 2), USER), (Member("Level", "LOW", 1), LEVEL), (None, USER),
        (Rec("Blank", ()), CELL), (frozenset({1}), SetType(BOOL)), (0, NONE),
    ],
)  # fmt: skip
def test_a_value_of_another_type_has_no_code(value: object, kind: Type) -> None:
    with pytest.raises(NotInType):
        encode(value, kind, W)  # type: ignore[arg-type]


def test_slots_that_no_value_has_are_refused() -> None:
    for slots in ((1, 0, 2), (0, 1, 0), (3, 0, 0), (1, 0)):
        with pytest.raises(NotInType):
            decode_slots(slots, ROW, W)
    with pytest.raises(NotInType):
        decode_slots((0, 0, 0), GRID, W)
    with pytest.raises(NotInType):
        encode_slots((0, 0, 0), ROW, W)


@pytest.mark.parametrize("kind", [INT, OUTCOME, ROW, GRID], ids=show)
def test_only_scalars_have_a_cardinality(kind: Type) -> None:
    with pytest.raises(TypeError):
        cardinality(kind, W)


def test_elements_have_short_names_where_the_letter_is_unique() -> None:
    assert show_value(Elem("Device", 1), W) == "d1"
    assert show_value(Elem("User", 1), W) == "user1"
    assert show_value(Elem("Unit", 2), W) == "unit2"


def test_values_read_as_an_author_writes_them() -> None:
    assert show_value(Rec("Cell", (Elem("User", 0), -1)), W) == "Cell(who=user0, amount=-1)"
    assert show_value(Rec("Blank", ()), W) == "Blank"
    assert show_value(frozenset({Member("Level", "HIGH", 2), Member("Level", "LOW", 0)}), W) == "{LOW, HIGH}"
    assert [show_value(v, W) for v in ((), (1,), (True, None))] == ["()", "(1,)", "(True, None)"]
    assert show_value(MapValue(((), (0,))), W, MapType((BOOL,), ROW)) == "{False: (), True: (0,)}"
