"""Best page sizes against trying each, and ranges against what an invalidation covers: proved, and by brute force."""

from __future__ import annotations

from typing import Any

import pytest
import z3

from models.checks.mapping_twin import PAGE
from models.checks.ranges import TOP, best_sizes, runs
from models.checks.steps import Silent, Steps
from models.hw.formats import all_sizes
from models.hw.ranges import block, counted, counted_pages, masked, sized_address, sized_block
from models.kernel.pgtable_sizes import best_size
from tests.models.format_catalogue import FORMATS
from tests.models.symbolic_words import Claims, Truth, equal, prove, term


@pytest.mark.parametrize("name", FORMATS)
def test_the_best_size_is_the_one_found_by_trying(name: str) -> None:
    best_sizes(Steps(Silent()), name, 1500)


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_is_of_best_sizes(name: str) -> None:
    runs(Steps(Silent()), name, 300)


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("name", ["vtd-3", "arm1-39", "toy"])
def test_the_best_size_fits_and_no_larger_one_does(name: str) -> None:
    """For all addresses and lengths of whole pages."""
    sizes = all_sizes(FORMATS[name])
    each = [1 << n for n in range(64) if sizes >> n & 1]

    def claims(iova: Any, pa: Any, length: Any) -> Claims:
        size = best_size(sizes, iova, pa, length)
        aligned = term(iova) | term(pa)
        found: Claims = {"is a size": size in each}
        found["fits"] = z3.And(aligned & size - 1 == 0, term(length) >= size)
        for larger in (s for s in each if s > size):
            found[f"not {larger:#x}"] = z3.Or(aligned & larger - 1 != 0, term(length) < larger)
        return found

    def assume(iova: Any, pa: Any, length: Any) -> Any:
        return z3.And(iova & PAGE - 1 == 0, pa & PAGE - 1 == 0, length & PAGE - 1 == 0, length > 0, length < 1 << 40)

    assert prove(claims, "iova", "pa", "length", assume=assume) >= len(each)


@pytest.mark.z3
def test_a_block_covers_its_range_and_no_smaller_one_does() -> None:
    """For all a <= b of 64 bits: aligned, both ends inside, and half of it would not do."""

    def claims(first: Any, last: Any) -> Claims:
        base, order = block(first, last)
        half = order - 1
        return {
            "aligned": Truth(term(base) & (1 << order) - 1 == 0),
            "first": Truth(term(base) <= term(first)),
            "last": Truth(term(last) - term(base) < 1 << order),
            "least": Truth(term(first) >> half != term(last) >> half) if order > 12 else True,
        }

    assert prove(claims, "first", "last", assume=lambda a, b: z3.ULE(a, b)) == 53


@pytest.mark.z3
def test_a_size_in_an_address_comes_back() -> None:
    """For every order and all bases: the block that a sized address means is the one that was put in."""
    for order in range(12, 65):

        def claims(base: Any, order: int = order) -> Claims:
            word = sized_address(base, order)
            again, back = sized_block(word)
            return {"base": equal(again, base), "order": back == order, "64 bits": Truth(term(word) >> 64 == 0)}

        prove(claims, "base", assume=lambda base, order=order: base & (1 << order) - 1 == 0)


@pytest.mark.z3
@pytest.mark.parametrize("most", [0, 6, 18])
def test_a_mask_is_given_or_is_too_large(most: int) -> None:
    """A page-selective command covers the whole range, or there is none and the domain has to go."""

    def claims(first: Any, last: Any) -> Claims:
        found = masked(first, last, most)
        if found is None:
            return {"needed": Truth(term(first) >> 12 + most != term(last) >> 12 + most)}
        base, mask = found
        inside = z3.And(term(base) <= term(first), term(last) < term(base) + (1 << 12 + mask))
        return {"covers": inside, "at most": mask <= most}

    assert prove(claims, "first", "last", assume=lambda a, b: z3.ULE(a, b)) > most


def test_blocks_by_hand() -> None:
    assert block(0x1000, 0x1FFF) == (0x1000, 12)
    assert block(0x1000, 0x2FFF) == (0, 14), "two pages, but on both sides of a boundary: not log2 of the length"
    assert block(0, TOP) == (0, 64), "everything, without wrapping"
    assert block(0x20_0000, 0x3F_FFFF) == (0x20_0000, 21)
    assert masked(0x1000, 0x2FFF, 1) is None
    assert masked(0x1000, 0x2FFF, 2) == (0, 2)
    assert sized_address(0x1000, 12) == 0x1000
    assert sized_address(0x2000, 13) == 0x2001
    assert sized_address(0, 14) == 0x1001
    assert sized_address(0x20_0000, 21) == 0x2F_F001
    assert sized_address(0, 64) == 0x7FFF_FFFF_FFFF_F001


def test_counted_ranges_cover_exactly() -> None:
    """NUM is one less than the count: 3 pages are (0, 2), 96 pages are 3 * 2^5."""
    assert counted(0x5000, 0x7FFF) == [(0x5000, 0, 2)]
    assert counted(0, 96 * PAGE - 1) == [(0, 5, 2)]
    assert counted(0, 33 * PAGE - 1) == [(0, 0, 0), (0x1000, 5, 0)]
    for pages in range(1, 3000):
        at = 7 * PAGE
        for address, scale, count in counted(at, at + pages * PAGE - 1):
            assert address == at and 0 <= count < 32 and 0 <= scale < 32
            at += counted_pages(scale, count) * PAGE
        assert at == (7 + pages) * PAGE
