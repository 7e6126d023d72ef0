"""Values survive the way into ITF JSON and back, for every type the language has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.trace_values import NotItf, from_itf, to_itf
from spec.lang.machine import EnumDecl, RecordDecl
from spec.lang.spans import BUILTIN
from spec.lang.types import (
    BOOL,
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
)
from spec.lang.values import Elem, MapValue, Member, Rec, Value, count_values, values


class World:
    """Two sorts that share a letter, an enumeration, three records."""

    sizes = {"Device": 2, "Domain": 2, "User": 3}
    enums = {"Mode": EnumDecl("Mode", ("OFF", "ON"), "", BUILTIN)}
    records = {
        "Plain": RecordDecl("Plain", (), "", BUILTIN),
        "Table": RecordDecl("Table", (("owner", SortType("User")), ("live", BOOL)), "", BUILTIN),
        "Slot": RecordDecl("Slot", (("at", IntType(Extent(-1), Extent(1))),), "", BUILTIN),
    }


WORLD = World()
SMALL = IntType(Extent(-2), Extent(1))
SCALARS: list[Type] = [
    BOOL,
    SMALL,
    EnumType("Mode"),
    SortType("Device"),
    SortType("User"),
    RecordType("Table"),
    RecordType("Plain"),
    UnionType(("Plain", "Table", "Slot")),
    OptionType(UnionType(("Plain", "Slot"))),
    OptionType(BOOL),
    SetType(SortType("User")),
    SetType(EnumType("Mode")),
]
TYPES: list[Type] = [
    *SCALARS,
    SeqType(SortType("Device"), Extent(2)),
    SeqType(OptionType(SMALL), Extent(1)),
    MapType((SortType("Domain"),), OptionType(SortType("User"))),
    MapType((BOOL, SortType("Device")), SeqType(BOOL, Extent(1))),
    MapType((SMALL,), EnumType("Mode")),
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_every_value_of_a_type_comes_back(kind: Type) -> None:
    seen = set()
    for value in values(kind, WORLD):
        text = json.dumps(to_itf(value, kind, WORLD))
        seen.add(text)
        assert value == from_itf(json.loads(text), kind, WORLD)
    assert count_values(kind, WORLD) == len(seen), "two values look the same"


def test_the_form_is_the_one_other_tools_read() -> None:
    pairs: list[tuple[Value, Type, object]] = [
        (1, SMALL, {"#bigint": "1"}),
        (Member("Mode", "ON", 1), EnumType("Mode"), "ON"),
        (Elem("Device", 1), SortType("Device"), "device1"),
        (Elem("User", 2), SortType("User"), "u2"),
        (None, OptionType(BOOL), {"tag": "None", "value": {"#tup": []}}),
        (True, OptionType(BOOL), {"tag": "Some", "value": True}),
        (Rec("Plain", ()), UnionType(("Plain", "Slot")), {"tag": "Plain", "value": {"#tup": []}}),
        (Rec("Slot", (0,)), UnionType(("Plain", "Slot")), {"tag": "Slot", "value": {"at": {"#bigint": "0"}}}),
        (frozenset({Elem("User", 2), Elem("User", 0)}), SetType(SortType("User")), {"#set": ["u0", "u2"]}),
        (
            MapValue((True, False, False, True)),
            MapType((BOOL, SortType("Device")), BOOL),
            {
                "#map": [
                    [{"#tup": [False, "device0"]}, True],
                    [{"#tup": [False, "device1"]}, False],
                    [{"#tup": [True, "device0"]}, False],
                    [{"#tup": [True, "device1"]}, True],
                ]
            },
        ),
    ]
    for value, kind, expected in pairs:
        assert expected == to_itf(value, kind, WORLD)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.text(max_size=3) | st.sampled_from(["u0", "ON", "device9"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["#bigint", "#set", "#map", "#tup", "tag", "value", "owner"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.sampled_from(TYPES), JUNK)
def test_junk_is_a_value_or_an_error_and_never_a_crash(kind: Type, data: object) -> None:
    try:
        value = from_itf(data, kind, WORLD)  # type: ignore[arg-type]
    except NotItf:
        return
    assert value == from_itf(to_itf(value, kind, WORLD), kind, WORLD)


def test_a_map_with_other_keys_is_refused() -> None:
    kind = MapType((SortType("User"),), BOOL)
    good = to_itf(MapValue((True, False, True)), kind, WORLD)
    assert isinstance(good, dict)
    rows = good["#map"]
    assert isinstance(rows, list)
    for wrong in (rows[:2], [rows[1], rows[0], rows[2]], [*rows, rows[0]], [["u0", True], ["u0", True], ["u2", True]]):
        with pytest.raises(NotItf):
            from_itf({"#map": list(wrong)}, kind, WORLD)
