"""Layout: every leaf has room of its own, no leaf straddles a word, and packing loses nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explicit.layout import WORD, Layout
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, MapType, OptionType, SeqType, SetType
from spec.lang.values import MapValue, NotInType
from tests.build import Build
from tests.machines_by_hand import ALL
from tests.words import bounded, done, everywhere, lit, none, put, seq_of, set_of, size_of, var


def integers(cards: list[int]) -> GroundMachine:
    """A machine with one bounded integer per cardinality, all of them written by an action."""
    b = Build("Integers")
    for place, card in enumerate(cards):
        b.field(f"f{place}", bounded(3, card + 2), lit(3))
        b.action(f"set{place}", {}, put(f"f{place}", lit(3)), done())
    return b.ground()


CARDS = st.lists(st.integers(1, 40) | st.sampled_from([1 << 31, 1 << 33, (1 << 62) - 1, 1 << 62]), max_size=30)


@given(CARDS)
@settings(max_examples=150, deadline=None)
def test_leaves_never_overlap_nor_straddle(cards: list[int]) -> None:
    layout = Layout(integers(cards))
    assert cards == [leaf.cardinality for leaf in layout.leaves]
    union = 0
    for leaf in layout.leaves:
        assert leaf.bits == max(0, (leaf.cardinality - 1).bit_length())
        assert leaf.shift + leaf.bits <= WORD
        assert union & leaf.mask == 0
        union |= leaf.mask
    assert layout.bits == union.bit_count() == sum(leaf.bits for leaf in layout.leaves)
    assert layout.words == max(1, -(-union.bit_length() // WORD))


@given(CARDS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_packing_loses_nothing(cards: list[int], rng: random.Random) -> None:
    layout = Layout(integers(cards))
    slots = tuple(rng.choice([0, card - 1, rng.randrange(card)]) for card in cards)
    assert slots == layout.unpack(layout.pack(slots))


def test_a_leaf_goes_into_the_first_word_with_room() -> None:
    layout = Layout(integers([1 << 40, 1 << 30, 1 << 20, 1, 1 << 34, 1 << 5, 1 << 4]))
    places = [(leaf.word, leaf.shift, leaf.bits) for leaf in layout.leaves]
    assert places == [(0, 0, 40), (1, 0, 30), (0, 40, 20), (0, 60, 0), (1, 30, 34), (2, 0, 5), (0, 60, 4)]
    assert (layout.words, layout.bits) == (3, 133)


def test_a_machine_without_fields_still_has_one_word() -> None:
    layout = Layout(integers([]))
    assert (layout.words, layout.bits, layout.pack(())) == (1, 0, 0)


def test_leaves_come_in_field_and_slot_order() -> None:
    b = Build("Composite")
    device = b.sort("Device", 3)
    row, table = SeqType(device, size_of("Device")), MapType((device, BOOL), OptionType(device))
    b.field("row", row, seq_of(row))
    b.field("table", table, everywhere(none(OptionType(device)), table))
    b.field("group", SetType(device), set_of(device))
    everything = [put(n, f.init) for n, f in b.fields.items()]
    b.action("reset", {"d": device}, *everything, put("row", seq_of(row, var("d", device))), done())
    layout = Layout(b.ground())
    assert list(layout.width.items()) == [("row", 4), ("table", 6), ("group", 1)]
    assert [4, 3, 3, 3, *[4] * 6, 8] == [leaf.cardinality for leaf in layout.leaves]
    assert [*range(4), *range(6), 0] == [leaf.slot for leaf in layout.leaves]


@pytest.mark.parametrize("name", sorted(ALL))
def test_values_and_slots_of_machines_by_hand(name: str) -> None:
    layout = Layout(ALL[name]())
    zero = (0,) * len(layout.leaves)
    assert zero == layout.encode(layout.decode(zero))


def test_a_value_of_another_type_is_not_encoded() -> None:
    layout = Layout(integers([4]))
    assert layout.encode({"f0": 5}) == (2,)
    assert layout.decode((3,)) == {"f0": 6}
    for wrong in (2, 7, True, None, MapValue(())):
        with pytest.raises(NotInType):
            layout.encode({"f0": wrong})
