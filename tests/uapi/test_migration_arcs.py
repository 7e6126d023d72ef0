"""First arcs that follow from the rule are those that a kernel uses, cell for cell; and what holds of all walks."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spec.lang.direct import universe
from spec.uapi import migration_arcs
from spec.uapi.migration_arcs import (
    State,
    arc,
    e1_blocks,
    ends_session,
    first_arc,
    first_arc_by,
    frozen,
    has_session,
    keeps_session,
    opens_session,
    quiescent,
    saving,
    supported,
)

RECORDED = json.loads((Path(__file__).parent.parent / "kernel-6.12" / "next-state.json").read_text(encoding="utf-8"))
SETS = list(itertools.product((False, True), repeat=2))
LONGEST = 4
FIELDS = ("errno", "next", "warn", "path")

Next = Callable[[bool, bool, State, State], State | None]


@pytest.fixture(autouse=True)
def _types_have_a_meaning() -> Iterator[None]:
    with universe():
        yield


def cells() -> Iterator[tuple[bool, bool, dict[str, Any]]]:
    """Every recorded cell with its capability set."""
    for mask in RECORDED["masks"].values():
        for cell in mask["arcs"]:
            yield bool(mask["flags"] & 2), bool(mask["flags"] & 4), cell


def walk(step: Next, p2p: bool, pre_copy: bool, current: State, wanted: State) -> list[State] | None:
    """The states of the whole walk, or None if it is refused on the way or does not end."""
    path = [current]
    while path[-1] is not wanted or len(path) == 1:
        following = step(p2p, pre_copy, path[-1], wanted)
        if following is None or len(path) > 2 * len(State):
            return None
        if following is path[-1]:
            break
        path.append(following)
    return path


def answer(step: Next, p2p: bool, pre_copy: bool, current: State, new: str) -> dict[str, Any]:
    """What the recorded table says of one cell, worked out; a number that is no state has no arc."""
    wanted = State.__members__.get(new)
    following = None if wanted is None else step(p2p, pre_copy, current, wanted)
    path = None if wanted is None else walk(step, p2p, pre_copy, current, wanted)
    return {
        "errno": "EINVAL" if following is None else "OK",
        "next": None if following is None else following.name,
        "warn": not supported(p2p, pre_copy, current),
        "path": None if path is None else [s.name for s in path],
    }


def disagreements(step: Next) -> int:
    """The recorded cells that this way to find first arcs gets wrong."""
    return sum(
        answer(step, p2p, pre_copy, State[cell["cur"]], cell["new"]) != {k: cell[k] for k in FIELDS}
        for p2p, pre_copy, cell in cells()
    )


@functools.cache
def walks() -> dict[tuple[bool, bool, State, State], list[State]]:
    """Every walk that a device can be asked for and that begins with an arc."""
    found = {}
    for (p2p, pre_copy), a, b in itertools.product(SETS, State, State):
        path = walk(first_arc, p2p, pre_copy, a, b)
        if path is not None and len(path) > 1:
            found[p2p, pre_copy, a, b] = path
    return found


# --- the recorded table ---


def test_the_recording_is_whole() -> None:
    found = [(p2p, pre_copy, cell["cur"], cell["new"]) for p2p, pre_copy, cell in cells()]
    names = [s.name for s in State]
    assert RECORDED["kernel"].startswith("6.12.") and RECORDED["state_values"] == {s.name: s.value for s in State}
    assert {(p, c, a, b) for p, c in SETS for a in names for b in [*names, "8(out of range)"]} == set(found)
    assert 4 * 8 * 9 == len(found)


def test_every_recorded_cell_follows_from_the_rule() -> None:
    for p2p, pre_copy, cell in cells():
        told = {k: cell[k] for k in FIELDS}
        assert told == answer(first_arc, p2p, pre_copy, State[cell["cur"]], cell["new"]), cell


@pytest.mark.parametrize(
    ("switched_off", "wrong"),
    [
        # STOP_COPY to PRE_COPY where there is tracking, and to PRE_COPY_P2P where there are both
        ("e1", 3),
        # PRE_COPY to STOP_COPY where there are both: the only way inside the group that has a state of it in between
        ("e2", 1),
        # where there are both, PRE_COPY_P2P is as near as RUNNING on the way from RUNNING to it and from PRE_COPY to
        # RUNNING_P2P, and STOP_COPY is a short cut from a device that tracks to STOP and to RESUMING
        ("interior", None),
    ],
)
def test_each_piece_of_the_rule_is_needed(switched_off: str, wrong: int | None) -> None:
    pieces = {name: name != switched_off for name in ("e1", "e2", "interior")}
    found = disagreements(lambda p2p, pre_copy, a, b: first_arc_by(p2p, pre_copy, a, b, **pieces))
    assert found > 0
    assert wrong in (None, found)


BOTH = frozenset(itertools.product((False, True), repeat=2))
TRACK, QUIET = frozenset({(False, True), (True, True)}), frozenset({(True, False), (True, True)})
NOT_QUIET, ALL_OF_IT = BOTH - QUIET, frozenset({(True, True)})

# the arcs that the uAPI documents, and the capability sets (P2P, PRE_COPY) that have them
DOCUMENTED = {
    ("RUNNING", "STOP"): NOT_QUIET, ("STOP", "RUNNING"): NOT_QUIET,
    ("RUNNING", "RUNNING_P2P"): QUIET, ("RUNNING_P2P", "RUNNING"): QUIET,
    ("RUNNING_P2P", "STOP"): QUIET, ("STOP", "RUNNING_P2P"): QUIET,
    ("STOP", "STOP_COPY"): BOTH, ("STOP_COPY", "STOP"): BOTH,
    ("STOP", "RESUMING"): BOTH, ("RESUMING", "STOP"): BOTH,
    ("RUNNING", "PRE_COPY"): TRACK, ("PRE_COPY", "RUNNING"): TRACK,
    ("RUNNING_P2P", "PRE_COPY_P2P"): ALL_OF_IT, ("PRE_COPY_P2P", "RUNNING_P2P"): ALL_OF_IT,
    ("PRE_COPY", "PRE_COPY_P2P"): ALL_OF_IT, ("PRE_COPY_P2P", "PRE_COPY"): ALL_OF_IT,
    ("PRE_COPY_P2P", "STOP_COPY"): ALL_OF_IT, ("PRE_COPY", "STOP_COPY"): TRACK & NOT_QUIET,
}  # fmt: skip


def test_the_arcs_are_those_that_are_documented() -> None:
    found = {(p, c, a.name, b.name) for p, c in SETS for a in State for b in State if arc(p, c, a, b)}
    assert {(p, c, a, b) for (a, b), sets in DOCUMENTED.items() for p, c in sets} == found


@pytest.mark.parametrize(("a", "b"), DOCUMENTED, ids=lambda s: str(s))
def test_each_arc_is_needed(a: str, b: str, tmp_path: Path) -> None:
    edited = without_arc(a, b, tmp_path)
    step = edited.first_arc

    def first(p2p: bool, pre_copy: bool, one: State, other: State) -> State | None:
        found = step(p2p, pre_copy, edited.State[one.name], edited.State[other.name])
        return None if found is None else State[found.name]

    assert disagreements(first) >= len(DOCUMENTED[a, b])


def without_arc(a: str, b: str, folder: Path) -> Any:
    """The spec with one arc taken out of its text, as a module."""
    assert migration_arcs.__file__ is not None
    text = Path(migration_arcs.__file__).read_text(encoding="utf-8")
    kept = "    return (supported(p2p, pre_copy, a) and"
    assert text.count(kept) == 1
    file = folder / f"without_{a}_{b}.py"
    file.write_text(text.replace(kept, f"{kept} not (a is State.{a} and b is State.{b}) and"), encoding="utf-8")
    found = importlib.util.spec_from_file_location(file.stem, file)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[file.stem] = module
    found.loader.exec_module(module)
    return module


# --- what can be said of all walks ---


def ways(p2p: bool, pre_copy: bool, current: State, wanted: State) -> Iterator[list[State]]:
    """All ways of up to four arcs, as one would draw them: a twin of the rule that works forwards."""
    inside = saving(current) and saving(wanted)
    partial = [[current]]
    for _ in range(LONGEST):
        partial = [[*way, s] for way in partial for s in State if s not in way and arc(p2p, pre_copy, way[-1], s)]
        yield from (way for way in partial if way[-1] is wanted)
        partial = [way for way in partial if way[-1] is not wanted and (inside or not saving(way[-1]))]


def test_the_shortest_way_is_the_only_one_of_its_length_and_the_walk() -> None:
    for (p2p, pre_copy), a, b in itertools.product(SETS, State, State):
        found = sorted(ways(p2p, pre_copy, a, b), key=len)
        shortest = [way for way in found if len(way) == len(found[0])]
        walked = walks().get((p2p, pre_copy, a, b))
        if e1_blocks(a, b):
            assert walked is None
        elif a is not b and supported(p2p, pre_copy, a) and supported(p2p, pre_copy, b):
            assert [walked] == shortest
        else:
            assert (walked, found if a is not b else []) == (None, [])


def test_every_walk_ends_within_four_arcs() -> None:
    lengths = {key: len(path) - 1 for key, path in walks().items()}
    both_ways = {(State.RESUMING, State.PRE_COPY), (State.PRE_COPY, State.RESUMING)}
    assert {(True, True, a, b) for a, b in both_ways} == {key for key, length in lengths.items() if length == LONGEST}
    assert max(lengths.values()) == LONGEST


def test_no_walk_passes_error_or_a_state_that_is_not_supported() -> None:
    assert all(supported(p2p, pre_copy, s) for (p2p, pre_copy, _, _), path in walks().items() for s in path)


def test_only_the_last_arc_opens_a_session() -> None:
    for path in walks().values():
        arcs = list(itertools.pairwise(path))
        assert not any(opens_session(a, b) for a, b in arcs[:-1])
        assert opens_session(*arcs[-1]) == (has_session(path[-1]) and not (saving(path[0]) and saving(path[-1])))


def test_a_session_survives_between_saving_states_and_nowhere_else() -> None:
    for (p2p, _, first, last), path in walks().items():
        arcs = list(itertools.pairwise(path))
        inside = saving(first) and saving(last)
        assert inside == all(keeps_session(p2p, a, b) for a, b in arcs)
        assert inside == (has_session(first) and has_session(last) and not any(ends_session(a, b) for a, b in arcs))


def test_walks_do_not_leave_the_group_of_both_ends() -> None:
    for (_, _, first, last), path in walks().items():
        if saving(first) and saving(last):
            assert State.RUNNING not in path and all(map(saving, path))
        if quiescent(first) and quiescent(last):
            assert all(map(quiescent, path))
        if frozen(first) and frozen(last):
            assert all(map(frozen, path))


def test_a_device_that_does_not_run_is_never_let_run_on_the_way_to_a_state_where_it_does_not() -> None:
    still = {key: path for key, path in walks().items() if not any(s in RUNS for s in (key[2], key[3]))}
    assert all(RUNS.isdisjoint(path) for path in still.values())
    assert still


RUNS = {State.RUNNING, State.PRE_COPY}


def test_what_is_blocked_is_the_way_back_from_stop_copy_and_nothing_else() -> None:
    refused = {
        (a, b)
        for p2p, pre_copy, a, b in itertools.product((False, True), (False, True), State, State)
        if supported(p2p, pre_copy, a) and supported(p2p, pre_copy, b) and first_arc(p2p, pre_copy, a, b) is None
    }
    assert {(State.STOP_COPY, State.PRE_COPY), (State.STOP_COPY, State.PRE_COPY_P2P)} == refused


def test_a_request_for_the_state_that_is_there_has_nothing_to_do() -> None:
    for (p2p, pre_copy), s in itertools.product(SETS, State):
        assert first_arc(p2p, pre_copy, s, s) is (s if supported(p2p, pre_copy, s) else None)


def test_every_request_begun_again_on_the_way_ends_in_the_same_state() -> None:
    for (p2p, pre_copy, _, wanted), path in walks().items():
        for i, s in enumerate(path[:-1]):
            assert walks()[p2p, pre_copy, s, wanted] == path[i:]
