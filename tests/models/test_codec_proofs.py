"""Proofs about every entry, for all addresses and attributes: Z3 judges the code of the codecs itself."""

from __future__ import annotations

from typing import Any

import pytest
import z3

from models.hw.attributes import ALL, DIRTY, EXEC, READ, TRACKED, USER, WRITE
from models.hw.format_arm import ArmLpae
from models.hw.formats import LEAF, TABLE, Format, index, is_canonical, item_lg2
from tests.models.format_catalogue import FORMATS, cases
from tests.models.symbolic_words import WIDTH, Claims, Truth, Word, equal, prove, term

pytestmark = pytest.mark.z3


def aligned_and_small(shape: Format, lg2: int) -> Any:
    """The condition that an address is a page of this size below the output limit, and no encryption bit."""
    wrong = (1 << lg2) - 1 | getattr(shape, "encryption", 0)
    return lambda oa, *rest: z3.And(oa & wrong == 0, z3.ULT(oa, 1 << shape.oa_bits), *(r <= ALL for r in rest))


def fits(word: Any) -> Truth:
    return Truth(z3.Extract(WIDTH - 1, 64, term(word)) == 0)


@pytest.mark.parametrize(("name", "level", "lg2"), cases())
def test_a_leaf_is_decoded_as_it_was_encoded(name: str, level: int, lg2: int) -> None:
    """T7 and T8: address, size and attributes come back, from every entry, and give the identical entry again."""
    shape = FORMATS[name]
    copies = (1 << lg2) >> item_lg2(shape, level)
    accepted = []

    def claims(oa: Any, attributes: Any, copy: Any) -> Claims:
        if not shape.accepts(attributes):
            return {}
        accepted.append(1)
        word = shape.leaf(level, oa, lg2, attributes)
        entry = word + copy * shape.copy_step(level, lg2)
        again = shape.leaf(level, shape.leaf_oa(entry, level), shape.leaf_lg2(entry, level), shape.attributes(entry))
        return {
            "64 bits": fits(entry),
            "kind": shape.kind(entry, level) == LEAF,
            "size": shape.leaf_lg2(entry, level) == lg2,
            "address": equal(shape.leaf_oa(entry, level), oa),
            "attributes": equal(shape.attributes(entry), attributes),
            "again": equal(again, word),
        }

    def assume(oa: Any, attributes: Any, copy: Any) -> Any:
        return z3.And(aligned_and_small(shape, lg2)(oa, attributes), z3.ULT(copy, copies))

    prove(claims, "oa", "attributes", "copy", assume=assume)
    assert accepted


@pytest.mark.parametrize(("name", "level", "lg2"), cases())
def test_dirty_is_clean_until_it_is_written(name: str, level: int, lg2: int) -> None:
    """T9: an entry that was cleaned reads clean, one that was written reads dirty, and nothing else of it changes."""
    shape = FORMATS[name]
    state = TRACKED | WRITE if isinstance(shape, ArmLpae) else DIRTY

    def claims(oa: Any, attributes: Any) -> Claims:
        if not shape.accepts(attributes):
            return {}
        word = shape.leaf(level, oa, lg2, attributes)
        can = not isinstance(shape, ArmLpae) or bool(attributes & TRACKED)
        found: Claims = {"clean": not shape.is_dirty(shape.cleaned(word))}
        for what, after in ("cleaned", shape.cleaned(word)), ("dirtied", shape.dirtied(word)):
            found[f"address {what}"] = equal(shape.leaf_oa(after, level), oa)
            found[f"others {what}"] = equal(shape.attributes(after) | state, attributes | state)
            found[f"kind {what}"] = shape.kind(after, level) == LEAF
        if can:
            found["dirty"] = shape.is_dirty(shape.dirtied(word))
            found["written"] = shape.is_dirty(shape.visited(word, level, True))
            found["back"] = equal(shape.cleaned(shape.dirtied(word)), shape.cleaned(word))
        return found

    def assume(oa: Any, attributes: Any) -> Any:
        return z3.And(aligned_and_small(shape, lg2)(oa, attributes), attributes & DIRTY == 0)

    prove(claims, "oa", "attributes", assume=assume)


@pytest.mark.parametrize("name", FORMATS)
def test_a_table_is_decoded_as_it_was_encoded(name: str) -> None:
    """T3: the address and the level below come back, and all rights stay, save EXEC where tables cannot give it."""
    shape = FORMATS[name]
    for level in range(1, shape.tops[1] + 1):

        def claims(pa: Any, level: int = level) -> Claims:
            word = shape.table(pa, level)
            rights = READ | WRITE | USER
            return {
                "64 bits": fits(word),
                "kind": shape.kind(word, level) == TABLE,
                "address": equal(shape.table_pa(word), pa),
                "level": shape.next_level(word, level) == level - 1,
                "rights": equal(shape.table_allows(word) & rights, rights),
                "visited": equal(shape.table_pa(shape.visited(word, level, False)), pa),
            }

        assert prove(claims, "pa", assume=aligned_and_small(shape, 12)) >= 1


@pytest.mark.parametrize("name", FORMATS)
def test_indexes_tile_the_address(name: str) -> None:
    """T4 and T5: index bits of all levels and the offset make up a canonical address, each bit once, up to its end."""
    shape = FORMATS[name]
    for top in range(shape.tops[0], shape.tops[1] + 1):
        bits = shape.va_bits(top)

        def claims(iova: Any, top: int = top, bits: int = bits) -> Claims:
            canonical = is_canonical(shape, iova, top)
            parts = [index(shape, iova, level, top) << item_lg2(shape, level) for level in range(top + 1)]
            whole = sum(parts, iova & 0xFFF)
            sign = iova >> bits - 1 & 1 if shape.signed else iova & 0
            back = whole | -(sign << bits) & (1 << 64) - 1
            return {
                "tiles": equal(whole, iova & (1 << bits) - 1),
                "canonical": Truth(equal(back, iova)) if canonical else Truth(z3.Not(equal(back, iova))),
            }

        assert prove(claims, "iova") >= (1 if bits == 64 else 2)


def test_a_wrong_codec_is_refuted() -> None:
    """The proofs can fail: an entry that loses bit 12 of the address is found, with the address."""
    shape = FORMATS["vtd-3"]

    def claims(oa: Word) -> Claims:
        return {"address": equal(shape.leaf_oa(shape.leaf(0, oa & ~0x1000, 12, 3), 0), oa)}  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match="address: oa = 0x"):
        prove(claims, "oa", assume=aligned_and_small(shape, 12))


def test_rights_of_tables_do_not_give_more_than_leaves() -> None:
    """VT-d tables without X withhold execution; x86 tables do not."""
    assert FORMATS["vtd-3"].table_allows(FORMATS["vtd-3"].table(0x1000, 1)) & EXEC == 0
    assert FORMATS["x86-4"].table_allows(FORMATS["x86-4"].table(0x1000, 1)) & EXEC == EXEC
