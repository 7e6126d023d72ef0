"""Random machines: bounded model checking finds what the meaning finds, as soon; nobody proves what is broken."""

from __future__ import annotations

from collections import Counter

import pytest

from checker.constants import constant_choices, from_slots
from checker.request import Instance
from checker.symbolic.encode import encode
from checker.symbolic.sym_values import Unsupported
from checker.symbolic_answer import KEPT, PREMISE
from checker.symbolic_session import Session
from checker.symbolic_system import Coded, coded, with_kept_boundaries
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from tests.random_machines import case_of, raw_machine
from tests.symbolic.engine_rows import (
    Told,
    asked,
    broken,
    by_slow,
    promises,
    proved,
    seen,
    session,
    wrongly_proved,
)

STATES = 100
MOST_CHOICES = 12
SECONDS = 60.0

pytestmark = pytest.mark.z3


def drawn(seed: int) -> GroundMachine:
    return ground(raw_machine(seed, 1 + seed % 3))


def fixed(seed: int) -> tuple[Session, Told]:
    """A machine at one choice of its constants."""
    finite, slots = case_of(drawn(seed), seed // 4)
    constants = from_slots(finite, slots)
    watched = with_kept_boundaries(finite)
    return session(Coded(watched, encode(watched, constants)), SECONDS), by_slow(finite, [constants], STATES)


def left_open(seed: int) -> tuple[Session, Told] | None:
    """A machine with its constants left open, where it has some and not too many choices of them."""
    finite = drawn(seed)
    try:
        choices = constant_choices(finite)
    except RequestError:
        return None
    if not 1 < len(choices) <= MOST_CHOICES:
        return None
    parts = coded(finite, Instance("default", ""), choices)
    return session(parts[0], SECONDS), by_slow(finite, choices, STATES) if len(parts) == 1 else None


def bmc_agrees(one: Session, search: Told) -> None:
    """The same names at the same depth, as far as both looked; the same premises, where both saw everything."""
    names = asked(one)
    helped = Session(one.coded, one.deadline, one.say)
    one.bmc(names, search.depth)
    helped.bmc(names, search.depth, local=True)
    lengths = {n: length for n, length in search.lengths.items() if n in names and length <= search.depth}
    assert broken(one) == broken(helped) == lengths
    assert all(
        helped.of(n).clear >= search.depth for n in names if helped.of(n).broken is None and not helped.of(n).proved
    )
    if search.complete:
        asked_for = {n.removesuffix(PREMISE) for n in names if n.endswith(PREMISE)}
        assert seen(one) == search.premises & asked_for
        left = any(a.broken is not None for n, a in one.answers.items() if n.endswith(KEPT))
        assert left or not search.outside


def proofs_agree(one: Session, search: Told, how: Counter[str]) -> None:
    """What is proved is not broken; PDR decides everything."""
    other, third = (Session(one.coded, one.deadline, one.say) for _ in range(2))
    other.induct(asked(other))
    third.pdr(promises(third))
    for each in (other, third):
        assert wrongly_proved(each, search) == []
        if search.complete:
            assert broken(each).keys() <= search.lengths.keys()
    if search.complete:
        assert {n for n in promises(third) if n in search.lengths} <= broken(third).keys()
    how["by induction"] += len(proved(other))
    how["by pdr"] += len(proved(third))
    how["broken"] += len(broken(third))


def compare(seeds: range) -> Counter[str]:
    """All of it for some seeds; how much there was to compare."""
    how: Counter[str] = Counter()
    for seed in seeds:
        for kind, make in (("fixed", fixed), ("open", left_open)):
            try:
                pair = make(seed)
            except Unsupported:
                how["unsupported"] += 1
                continue
            if pair is not None:
                how[kind] += 1
                bmc_agrees(*pair)
                proofs_agree(*pair, how)
    return how


def test_random_machines() -> None:
    how = compare(range(120))
    assert how["unsupported"] < 12
    assert how["fixed"] > 100 and how["open"] > 10
    assert min(how[each] for each in ("by induction", "by pdr", "broken")) > 50


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_many_random_machines(block: int) -> None:
    how = compare(range(1000 + 250 * block, 1250 + 250 * block))
    assert how["fixed"] > 200
