"""The slow search: pinned numbers, a second route to the same states, limits, and which trace is reported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from checker.constants import as_slots, constant_choices, from_slots, relabel
from checker.evaluate import Occasion, holds, initial_states, run
from checker.explorations import Exploration, Limits, Progress, RawPath, RawStep
from checker.slow import explore, state_key
from checker.symmetric_sorts import symmetric_sorts
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.types import BOOL, NONE, Extent, MapType, SeqType, SetType, Type
from spec.lang.values import decode, values
from tests.build import Build
from tests.machines_by_hand import ALL, claim_machine, constants_machine, door_machine, faults_machine, watch_machine
from tests.random_machines import LIMITS, Case, case_of, cases, raw_machine
from tests.words import (
    FALSE,
    TRUE,
    at,
    bounded,
    choice,
    compare,
    done,
    either,
    eq,
    everywhere,
    exists,
    give,
    listed,
    lit,
    loop,
    no,
    outcome,
    over,
    plus,
    put,
    require,
    seq_at,
    seq_of,
    set_of,
    var,
    warn,
    when,
)

COUNTS = {
    "claim": (15, 24, 52, 3),
    "claim without rollback": (17, 32, 60, 3),
    "door": (3, 4, 1, 1),
    "values": (246, 762, 1124, 11),
    "faults": (7, 38, 0, 3),
    "choices": (5, 60, 5, 1),
    "watch": (14, 60, 15, 6),
    "constants": (2, 3, 1, 1),
    "turns": (3, 6, 0, 2),
}


@pytest.mark.parametrize("name", ALL)
def test_counts_are_pinned(name: str) -> None:
    found = explore(*case_of(ALL[name]()))
    assert COUNTS[name] == (found.states, found.transitions, found.refusals, found.depth)
    assert found.complete and found.checked_depth == found.depth


# --- a second route: the claim written as plain Python ----------------------------------------------------------

Claim = tuple[tuple[int, ...], int | None, tuple[bool, ...]]
"""Members in order of joining, the owner, which devices are blocked."""


def claim_steps(state: Claim, devices: int, rollback: bool) -> Iterator[tuple[bool, Claim]]:
    """Whether the call was refused, and the state after it."""
    members, owner, blocked = state
    if owner is None:
        for d in range(devices):
            if d not in members:
                yield False, ((*members, d), owner, blocked)
    for who in range(2):
        if owner is not None:
            yield True, state
            continue
        now = list(blocked)
        for d in members:
            yield True, (members, None, blocked if rollback else tuple(now))
            now[d] = True
        yield False, (members, who, tuple(now))
    for who in range(2):
        if owner != who:
            yield True, state
        else:
            yield False, (members, None, tuple(b and d not in members for d, b in enumerate(blocked)))


@pytest.mark.parametrize(("devices", "rollback"), list(itertools.product((1, 2, 3), (True, False))))
def test_claim_agrees_with_the_same_machine_written_as_python(devices: int, rollback: bool) -> None:
    first: Claim = ((), None, (False,) * devices)
    seen, waiting, transitions, refusals = {first}, [first], 0, 0
    while waiting:
        state = waiting.pop()
        for refused, after in claim_steps(state, devices, rollback):
            quiet = refused and after == state
            refusals, transitions = refusals + quiet, transitions + (not quiet)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    found = explore(claim_machine(devices, rollback), {})
    assert (len(seen), transitions, refusals) == (found.states, found.transitions, found.refusals)
    assert (rollback or devices == 1) == ("refused_calls_change_nothing" not in found.found)
    assert (rollback or devices == 1) == ("members_share_a_domain" not in found.found)


# --- traces -----------------------------------------------------------------------------------------------------


def replayed(g: GroundMachine, slots: dict[str, tuple[int, ...]], path: RawPath) -> list[dict[str, object]]:
    """The states along a path; the last step may fault."""
    constants = from_slots(g, slots)
    states = [state for tape, state in initial_states(g, constants) if tape == path.initial_tape]
    for step in path.steps:
        action = g.actions[step.action]
        params = g.functions[action.function].params
        args = [decode(c, p.type, g) for c, p in zip(step.args, params, strict=True)]
        done_ = run(g, constants, states[-1], action, args, step.tape)
        assert step.tape == done_.codes
        states.append(done_.after)
    return states  # type: ignore[return-value]


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_reported_path_replays_to_what_it_claims(case: Case) -> None:
    g, slots = case
    found = explore(g, slots, LIMITS)
    names = {p.name: p for p in g.properties}
    for name, path in found.found.items():
        if name in names and names[name].kind in ("invariant", "goal"):
            last = replayed(g, slots, path)[-1]
            answer = holds(g, from_slots(g, slots), names[name], Occasion(last))  # type: ignore[arg-type]
            assert answer.value == (names[name].kind == "goal")


def distances(g: GroundMachine, slots: dict[str, tuple[int, ...]]) -> Iterator[tuple[int, Exploration]]:
    for depth in itertools.count():
        found = explore(g, slots, Limits(depth=depth))
        yield depth, found
        if found.complete:
            return


@pytest.mark.parametrize("name", ["claim without rollback", "watch", "faults", "values"])
def test_a_path_is_as_short_as_the_smallest_depth_that_finds_it(name: str) -> None:
    g, slots = case_of(ALL[name]())
    for property_name, path in explore(g, slots).found.items():
        first = next(d for d, found in distances(g, slots) if property_name in found.found)
        # That nothing leaves a state is known only once it is expanded, one level later.
        assert first == len(path.steps) + (property_name == "no_deadlock")


def test_the_first_in_search_order_is_reported() -> None:
    found = explore(claim_machine(2, rollback=False), {}).found["refused_calls_change_nothing"]
    join, claim = 0, 1
    assert RawPath((), (RawStep(join, (0,), ()), RawStep(join, (1,), ()), RawStep(claim, (0,), (0, 1)))) == found


# --- what counts as what ----------------------------------------------------------------------------------------


def test_watch_finds_what_it_is_made_for() -> None:
    found = explore(watch_machine(), {})
    lengths = {name: len(path.steps) for name, path in found.found.items()}
    assert lengths == {
        "never_half": 1,
        "no_warnings": 1,
        "refused_calls_change_nothing": 2,
        "no_more_than_before": 2,
        "bounded": 3,
        "bounds_are_kept": 6,
    }
    assert found.outside == 2
    assert {"no_more_than_before", "moves_keep_the_sum", "never_half"} == found.premises
    assert {"move", "top_up"} == found.done_actions  # leak is always refused
    assert ({0, 1, 2}, {0}) == (found.sites, found.warnings)


def test_faults_in_goals_and_invariants_are_told_apart() -> None:
    g = faults_machine()
    g_found = explore(g, {}).found
    assert RawPath((), ()) == g_found["bounds_are_kept"]  # the goal `third` cannot be evaluated at the start
    assert "third" not in g_found
    assert len(g_found["first_is_positive"].steps) == 2  # faults once the queue is empty


def one_way(final: bool, boundary: bool = False) -> Build:
    b = Build("OneWay")
    f = b.field("f", BOOL, FALSE)
    b.action("go", {}, require(no(f)), put("f", TRUE), kind="kernel", returns=NONE)
    b.action("stay", {}, put("f", f), done())
    if final:
        b.promise("final", "end", f)
    if boundary:
        b.promise("boundary", "inside", no(f))
    return b


def test_a_state_that_nothing_leaves_is_a_deadlock_unless_final_or_outside() -> None:
    assert RawPath((), (RawStep(0, (), ()),)) == explore(one_way(False).ground(), {}).found["no_deadlock"]
    assert explore(one_way(True).ground(), {}).found == {}
    beyond = explore(one_way(False, boundary=True).ground(), {})
    assert (beyond.found, beyond.outside, beyond.transitions) == ({}, 1, 2)


def test_a_refusal_that_changes_something_is_a_violation_and_is_expanded() -> None:
    b = Build("Leaky")
    no_site, wait = b.site("refused", "EPERM", "no"), b.site("blocked", "", "wait")
    n = b.field("n", bounded(0, 2), lit(0))
    b.action("leak", {}, when(compare(n, "<", lit(2)), put("n", plus(n, 1))), give(outcome(no_site)))
    b.action("wait", {}, give(outcome(wait)))
    found = explore(b.ground(), {})
    assert (found.states, found.transitions, found.refusals, found.depth) == (3, 2, 4, 2)
    assert len(found.found["refused_calls_change_nothing"].steps) == 1
    assert frozenset() == found.done_actions


def test_the_initialiser_can_warn_fault_and_choose() -> None:
    b = Build("Boot")
    b.warning("early")
    n = b.field("n", bounded(0, 1), lit(0))
    body = [
        when(choice("odd"), warn(0)),
        when(choice("far"), put("n", lit(2))),
        when(no(choice("on")), put("n", lit(1))),
    ]
    b.initial = b.function("boot", {}, body, choices={"odd": BOOL, "far": BOOL, "on": BOOL}, returns=NONE)
    b.action("flip", {}, put("n", n), done())
    found = explore(b.ground(), {})
    assert RawPath((0, 1), ()) == found.found["bounds_are_kept"]
    assert RawPath((1, 0, 0), ()) == found.found["no_warnings"]
    assert (2, {0}) == (found.states, found.warnings)


def test_a_premise_that_faults_is_a_violation_where_it_was_asked() -> None:
    b = Build("Premise")
    f = b.field("f", BOOL, FALSE)
    row = b.field("row", bounded_row(), seq_of(bounded_row()))
    b.action("go", {}, put("f", no(f)), when(f, put("row", row)), done())
    b.promise("action", "after", TRUE, premise=either(no(f), eq(seq_at(row, lit(0)), lit(0))))
    found = explore(b.ground(), {})
    assert RawPath((), (RawStep(0, (), ()),)) == found.found["bounds_are_kept"]
    assert frozenset({"after"}) == found.premises


def bounded_row() -> SeqType:
    return SeqType(bounded(0, 1), Extent(1))


# --- limits -----------------------------------------------------------------------------------------------------


def test_a_depth_limit_checks_its_last_level_and_expands_all_before() -> None:
    g = door_machine()
    none_yet = explore(g, {}, Limits(depth=0))
    assert (
        none_yet.states, none_yet.checked_depth, none_yet.depth, none_yet.stopped, none_yet.complete
    ) == (1, 0, 0, "depth", False)  # fmt: skip
    one = explore(g, {}, Limits(depth=1))
    assert (one.states, one.checked_depth, one.stopped) == (3, 1, "depth")
    assert {"opened", "never_locked"} == set(one.found)
    two = explore(g, {}, Limits(depth=2))
    assert (two.complete, two.stopped, two.checked_depth) == (True, "", 1)


def test_other_limits_stop_before_the_next_state() -> None:
    g = claim_machine(2)
    whole = explore(g, {})
    some = explore(g, {}, Limits(states=4))
    assert (some.stopped, some.complete) == ("states", False)
    assert 4 <= some.states < whole.states and some.checked_depth < whole.depth
    assert explore(g, {}, Limits(states=100)).complete
    now = explore(g, {}, Limits(seconds=0.0))
    assert (now.stopped, now.states, now.checked_depth) == ("time", 1, -1)
    assert explore(g, {}, Limits(memory=1)).stopped == "memory"


def test_progress_is_reported_and_an_interruption_keeps_what_is_known() -> None:
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if progress.depth == 2:
            raise KeyboardInterrupt

    found = explore(claim_machine(2), {}, Limits(), report)
    assert [p.depth for p in seen] == [1, 2]
    assert (found.stopped, found.complete, found.checked_depth) == ("interrupt", False, 1)


# --- constants --------------------------------------------------------------------------------------------------


def test_assumptions_rule_choices_out() -> None:
    g = constants_machine(3)
    assert [as_slots(g, v)["home"] for v in constant_choices(g)] == [(0, 0, 0), (1, 1, 1)]
    for v in constant_choices(g):
        assert v == from_slots(g, as_slots(g, v))


def topology(ordered_text: bool = False) -> GroundMachine:
    b = Build("Topology")
    device, group = b.sort("Device", 3), b.sort("Group", 2)
    home = b.constant("home", MapType((device,), group))
    on = b.field("on", MapType((device,), BOOL), everywhere(FALSE, MapType((device,), BOOL)))
    d, g = var("d", device), var("g", group)
    b.action("take", {"g": group, "d": device}, when(eq(at(home, d), g), put("on", TRUE, d)), done())
    if ordered_text:
        walk = loop(over("e", device), when(choice("c"), put("on", TRUE, var("e", device))))
        b.action("first", {}, walk, done(), choices={"c": BOOL})
    b.promise("goal", "all_in_one", exists(over("g", group), no(exists(over("d", device), no(eq(at(home, d), g))))))
    b.promise("goal", "on", exists(over("d", device), at(on, d)))
    return b.ground()


def test_choices_are_counted_up_to_relabelling() -> None:
    # Three devices in two groups, nobody named: all together, or two and one.
    assert [as_slots(topology(), v)["home"] for v in constant_choices(topology())] == [(0, 0, 0), (0, 0, 1)]


def test_a_sort_that_text_orders_is_not_relabelled() -> None:
    g = topology(ordered_text=True)
    assert {"Group"} == symmetric_sorts(g)
    assert len(constant_choices(g)) == 4


def test_relabelled_choices_give_the_same_search() -> None:
    g = topology()
    kept = [as_slots(g, v) for v in constant_choices(g)]
    kind = g.constants["home"].type
    for value in values(kind, g):
        images = [
            as_slots(g, {"home": relabel(value, kind, g, {"Device": d, "Group": p})})
            for d in itertools.permutations(range(3))
            for p in itertools.permutations(range(2))
        ]
        (representative,) = [k for k in kept if k in images]
        mine, theirs = explore(g, as_slots(g, {"home": value})), explore(g, representative)
        assert (mine.states, mine.transitions, set(mine.found)) == (
            theirs.states,
            theirs.transitions,
            set(theirs.found),
        )


def test_overrides_fix_or_free_constants() -> None:
    g = constants_machine(2)
    direct = listed(MapType((g_sort(g),), BOOL), FALSE)
    (one,) = constant_choices(g, {"direct": direct})  # now nothing tells the groups apart
    assert as_slots(g, one) == {"home": (0, 0), "direct": (0, 0)}
    assert len(constant_choices(g, {"direct": None})) == 4  # 8 up to swapping the groups
    with pytest.raises(RequestError, match="did you mean 'home'"):
        constant_choices(g, {"hone": None})


def g_sort(g: GroundMachine) -> Type:
    kind = g.constants["direct"].type
    assert isinstance(kind, MapType)
    return kind.keys[0]


def test_a_default_that_faults_and_too_many_choices_are_refused() -> None:
    b = Build("Many")
    small = bounded(0, 1)
    k = b.constant("k", small, lit(2))
    b.field("f", small, k)
    b.action("a", {}, put("f", k), done())
    with pytest.raises(RequestError, match="'k' has no value"):
        constant_choices(b.ground())
    with pytest.raises(RequestError, match="fix some"):
        wide = Build("Wide")
        c = wide.constant("c", MapType((bounded(0, 24),), BOOL))
        wide.field("f", BOOL, FALSE)
        wide.action("a", {}, put("f", at(c, lit(0))), done())
        constant_choices(wide.ground())


@settings(max_examples=60, deadline=None)
@given(cases())
def test_leaving_symmetric_choices_out_loses_no_verdict(case: Case) -> None:
    g, _ = case
    try:
        kept = constant_choices(g)
    except RequestError:
        return
    names = list(g.constants)
    opened = [n for n in names if g.constants[n].init is None]
    if not opened or len(kept) > 6:
        return
    limits = Limits(depth=2)
    wanted = {frozenset(explore(g, as_slots(g, v), limits).found) for v in kept}
    every = itertools.product(*(values(g.constants[n].type, g) for n in opened))
    assumed = [p for p in g.properties if p.kind == "assume"]
    for choice_ in itertools.islice(every, 12):
        valuation = {**kept[0], **dict(zip(opened, choice_, strict=True))} if kept else {}
        if kept and all(holds(g, valuation, p, Occasion({})).value for p in assumed):
            assert frozenset(explore(g, as_slots(g, valuation), limits).found) in wanted


# --- the generator ----------------------------------------------------------------------------------------------


def test_random_machines_are_worth_comparing() -> None:
    """Enough of them move, refuse, fault, choose and violate; the same seed gives the same machine."""
    found = [explore(*case_of(ground_of(seed), seed), LIMITS) for seed in range(120)]
    assert sum(f.states > 3 for f in found) >= 25
    assert sum(not f.complete or f.states > 20 for f in found) >= 5
    assert sum(f.refusals > 0 for f in found) >= 15
    assert sum("bounds_are_kept" in f.found for f in found) >= 20
    assert sum("refused_calls_change_nothing" in f.found for f in found) >= 10
    assert sum(any(step.tape for path in f.found.values() for step in path.steps) for f in found) >= 3
    assert raw_machine(7) == raw_machine(7)


def ground_of(seed: int) -> GroundMachine:
    return ground(raw_machine(seed, 1 + seed % 3))


def test_state_keys_are_equal_exactly_for_equal_states() -> None:
    b = Build("Keys")
    b.field("f", SetType(BOOL), set_of(BOOL))
    f = b.fields["f"].type
    b.action("a", {}, put("f", set_of(BOOL)), done())
    g = b.ground()
    keys = {state_key(g, {"f": value}) for value in values(f, g)}
    assert len(keys) == 4
