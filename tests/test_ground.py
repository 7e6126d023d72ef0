"""Grounding: sizes, switches, availability, folding. What is folded away must not change what a machine does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.slow import explore
from spec.lang import ir
from spec.lang.errors import RequestError, SpecError
from spec.lang.fold import resolve
from spec.lang.ground import GroundField, GroundMachine, ground
from spec.lang.machine import Availability, Machine
from spec.lang.spans import Span
from spec.lang.switches import SwitchReader, settle
from spec.lang.types import BOOL, INT, EnumType, Extent, IntType, MapType, SeqType, SetType, show
from spec.lang.walk import expressions, rewrite, rewrite_body, statements
from tests.build import Build
from tests.random_machines import LIMITS, case_of, raw_machine
from tests.words import (
    AT,
    FALSE,
    TRUE,
    arith,
    at,
    both,
    bounded,
    call,
    compare,
    concat,
    done,
    either,
    enum,
    eq,
    every,
    everywhere,
    give,
    length,
    lit,
    minus,
    no,
    outcome,
    over,
    piece,
    plus,
    put,
    size,
    size_of,
    var,
    warn,
    when,
)

HERE = Span("spec.py", 3, 5, 3, 9)


def counter(kind: IntType | None = None) -> Build:
    """One field that an action counts up."""
    b = Build("Counter")
    b.sort("Device", 2)
    kind = kind or bounded(0, size_of("Device", 1))
    n = b.field("n", kind, lit(0))
    b.action("up", {}, when(compare(n, "<", plus(size("Device"), 1)), put("n", plus(n, 1))), done())
    return b


# --- sizes and switches -----------------------------------------------------------------------------------------


def test_sizes_are_put_into_types_and_text() -> None:
    g = counter().ground({"Device": 5})
    assert show(g.fields["n"].type) == "int in 0..6"
    assert explore(g, {}).states == 7
    assert not [e for f in g.functions.values() for e in expressions(f.body) if isinstance(e, ir.SortSize)]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"Device": 0}, "from 1 to 64"),
        ({"Device": 65}, "from 1 to 64"),
        ({"Device": True}, "from 1 to 64"),
        ({"Devise": 2}, "did you mean 'Device'"),
    ],
)
def test_bad_sizes_are_refused(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        counter().ground(sizes)


def test_a_used_sort_needs_a_size_and_an_unused_one_does_not() -> None:
    b = counter()
    b.sort("Idle")
    assert b.ground().sizes == {"Device": 2}
    b.field("f", MapType((b.sort("Group"),), BOOL), everywhere(FALSE, MapType((b.sort("Group"),), BOOL)))
    with pytest.raises(RequestError, match="Group=N"):
        b.ground()


def eras() -> Build:
    """Three eras, a fix that follows the era, and an axiom-like switch that needs the fix."""
    b = Build("Eras")
    era = b.enum("Era", "E1", "E2", "E3", ordered=True)
    fix = ir.SwitchRead(BOOL, AT, "fix")
    b.switch("both", BOOL, both(fix, no(ir.SwitchRead(BOOL, AT, "off"))))
    b.switch("fix", BOOL, compare(ir.SwitchRead(era, AT, "era"), ">=", enum("Era", "E2")))
    b.switch("era", era, enum("Era", "E3"))
    b.switch("off", BOOL, FALSE)
    return b


def test_switches_follow_each_other_in_any_order() -> None:
    m = eras().machine()
    assert settle(m, {}, {}).switches == {"both": True, "fix": True, "era": "E3", "off": False}
    assert settle(m, {}, {"era": "E1"}).switches == {"both": False, "fix": False, "era": "E1", "off": False}
    assert settle(m, {}, {"era": "E1", "fix": True}).switches["both"]
    assert not settle(m, {}, {"off": no(FALSE)}).switches["both"]


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"ear": "E1"}, "did you mean 'era'"),
        ({"era": "E4"}, "one of E1, E2, E3"),
        ({"era": True}, "one of E1, E2, E3"),
        ({"fix": 1}, "must be True or False"),
        ({"fix": "E1"}, "must be True or False"),
    ],
)
def test_bad_switch_values_are_refused(switches: dict[str, bool | int | str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        eras().ground(None, switches)


def test_switches_that_depend_on_themselves_are_an_error_at_their_place() -> None:
    b = Build("Cycle")
    b.switch("a", BOOL, no(ir.SwitchRead(BOOL, AT, "b")), span=HERE)
    b.switch("b", BOOL, no(ir.SwitchRead(BOOL, AT, "a")))
    with pytest.raises(SpecError) as caught:
        b.ground()
    (problem,) = caught.value.problems
    assert (problem.code, problem.span) == ("switch-cycle", HERE)
    assert "a -> b -> a" in problem.message


@pytest.mark.parametrize(
    ("availability", "there"),
    [
        (Availability(since="E2"), ("E2", "E3")),
        (Availability(until="E2"), ("E1", "E2")),
        (Availability(since="E2", until="E2"), ("E2",)),
        (Availability(when=("fix",)), ("E2", "E3")),
        (Availability(unless=("fix",)), ("E1",)),
        (Availability(when=("off",)), ()),
        (Availability(since="E2", unless=("fix",)), ()),
    ],
)
def test_eras_are_inclusive_at_both_ends(availability: Availability, there: tuple[str, ...]) -> None:
    b = eras()
    b.action("act", {}, done(), availability=availability)
    b.promise("invariant", "promise", TRUE, availability=availability)
    b.promise("action", "after", TRUE, on=("act",))
    found = {era: b.ground(None, {"era": era}) for era in ("E1", "E2", "E3")}
    assert there == tuple(era for era, g in found.items() if g.actions)
    assert there == tuple(era for era, g in found.items() if "promise" in [p.name for p in g.properties])
    # Without its only action a property is gone; an empty `on` would mean every action.
    assert there == tuple(era for era, g in found.items() if "after" in [p.name for p in g.properties])


# --- folding ----------------------------------------------------------------------------------------------------


def test_dead_branches_their_sites_and_warnings_are_gone() -> None:
    b = eras()
    old, new = b.site("refused", "EPERM", "old"), b.site("refused", "EBUSY", "new")
    b.warning("old")
    f = b.field("f", BOOL, FALSE)
    fix = ir.SwitchRead(BOOL, AT, "fix")
    b.function("old_way", {}, [give(outcome(old))])
    b.action(
        "act", {}, when(both(no(fix), f), warn(0), give(call("Eras.old_way"))), put("f", no(f)), give(outcome(new))
    )
    after, before = b.ground(), b.ground(None, {"era": "E1"})
    assert (frozenset({new}), frozenset()) == (after.live_sites, after.live_warnings)
    assert (frozenset({old, new}), frozenset({0})) == (before.live_sites, before.live_warnings)
    assert "Eras.old_way" not in after.functions and "Eras.old_way" in before.functions


def test_a_field_that_nothing_writes_is_folded_and_may_free_others() -> None:
    b = Build("Chain")
    a, c = b.field("a", BOOL, FALSE), b.field("c", BOOL, FALSE)
    n = b.field("n", bounded(0, 1), lit(0))
    b.action("act", {}, when(a, put("c", TRUE)), when(c, put("n", lit(0))), put("n", eq_one(n)), done())
    assert list(b.ground().fields) == ["n"]


def eq_one(n: ir.FieldRead) -> ir.Expr:
    return ir.Ite(INT, AT, eq(n, lit(1)), lit(0), lit(1))


def test_a_field_whose_initial_value_faults_stays_so_that_it_is_found() -> None:
    b = Build("Bad")
    b.field("n", bounded(0, 1), lit(2))
    b.action("act", {}, done())
    found = explore(b.ground(), {})
    assert (0, {"bounds_are_kept"}) == (found.states, set(found.found))


ROW = SeqType(BOOL, Extent(1))
QUEUE = ir.FieldRead(ROW, AT, "queue")
ONE = ir.SeqLit(ROW, AT, (TRUE,))


@pytest.mark.parametrize(
    "risky",
    [
        ir.SeqAt(BOOL, AT, QUEUE, lit(0)),
        eq(length(piece(QUEUE, lit(-1))), lit(0)),
        eq(length(piece(QUEUE, lit(0), lit(-1))), lit(0)),
        eq(length(piece(QUEUE, minus(length(QUEUE), 1))), lit(0)),
        eq(length(concat(concat(QUEUE, ONE), ONE)), lit(0)),
    ],
)
def test_what_could_fault_is_not_folded_away(risky: ir.Expr) -> None:
    b = Build("Faulty")
    row = ROW
    b.field("queue", row, ir.SeqLit(row, AT, ()))
    b.action("act", {}, when(both(risky, FALSE), done()), when(either(risky, TRUE), done()), done())
    b.action("grow", {}, put("queue", ir.SeqLit(row, AT, (TRUE,))), done())
    assert "bounds_are_kept" in explore(b.ground(), {}).found


@pytest.mark.parametrize(
    "safe",
    [
        eq(length(piece(QUEUE, lit(1), lit(0))), lit(0)),
        eq(length(piece(QUEUE, length(QUEUE))), lit(0)),
        eq(length(piece(QUEUE, arith(lit(0), "max", minus(length(QUEUE), 1)))), lit(0)),
    ],
)
def test_a_slice_that_cannot_fault_is_folded_away(safe: ir.Expr) -> None:
    b = Build("Sure")
    queue = b.field("queue", ROW, ir.SeqLit(ROW, AT, ()))
    b.action("act", {}, when(both(safe, FALSE), put("queue", ir.SeqLit(ROW, AT, (TRUE,)))), done())
    b.action("keep", {}, put("queue", queue), done())
    assert (done(),) == b.ground().functions["Sure.act"].body


def test_a_live_write_to_an_absent_field_is_an_error_and_a_dead_one_is_not() -> None:
    b = eras()
    f = b.field("f", BOOL, FALSE, Availability(when=("fix",)))
    guard = ir.SwitchRead(BOOL, AT, "fix")
    b.action("good", {}, when(guard, put("f", no(f))), done())
    assert list(b.ground(None, {"era": "E1"}).fields) == []
    assert list(b.ground().fields) == ["f"]
    b.action("bad", {}, replace(put("f", TRUE), span=HERE), done())
    with pytest.raises(SpecError) as caught:
        b.ground(None, {"era": "E1"})
    assert [(p.code, p.span) for p in caught.value.problems] == [("absent-field", HERE)]


def test_a_live_call_of_an_absent_function_is_an_error() -> None:
    b = eras()
    b.function("helper", {}, [done()], availability=Availability(when=("fix",)))
    b.action("act", {}, give(call("Eras.helper")))
    assert explore(b.ground(), {}).states == 1
    with pytest.raises(SpecError, match="helper is called"):
        b.ground(None, {"era": "E1"})


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (bounded(0, 1 << 62), "more than 2"),
        (bounded(3, 2), "hold no integer"),
        (SetType(bounded(0, 62)), "62 is the most"),
        (INT, "no bounds"),
        (MapType((bounded(0, 1 << 14),), BOOL), "entries"),
    ],
    ids=show,
)
def test_types_too_large_to_be_coded_are_refused_at_their_place(kind: ir.Type, message: str) -> None:
    b = Build("Large")
    value = {MapType: everywhere(FALSE, kind), SetType: ir.SetLit(kind, AT, ())}.get(type(kind), lit(0))
    f = b.field("f", kind, value, span=HERE)
    b.action("act", {}, put("f", f), done())
    with pytest.raises(SpecError, match=message) as caught:
        b.ground()
    assert caught.value.problems[0].span == HERE


def test_the_largest_types_that_can_be_coded_are_accepted() -> None:
    b = Build("Large")
    for name, kind in (("n", bounded(0, (1 << 62) - 1)), ("s", SetType(bounded(0, 61)))):
        f = b.field(name, kind, lit(0) if name == "n" else ir.SetLit(kind, AT, ()))
        b.action(f"set_{name}", {}, put(name, f), done())
    assert list(b.ground().fields) == ["n", "s"]


# --- folding against its slow twin ------------------------------------------------------------------------------


def ground_plainly(machine: Machine) -> GroundMachine:
    """The same machine with switches and sizes put in and nothing else folded: no branch, field or call is dropped."""
    settled = settle(machine, {}, {})
    reader, sizes = SwitchReader(settled), settled.sizes

    def put_in(node: ir.Expr) -> ir.Expr:
        match node:
            case ir.SwitchRead(_, _, name):
                return reader.read(name)
            case ir.SortSize(_, _, sort):
                return lit(sizes[sort])
            case _:
                return node

    folded = ground(machine)
    return replace(
        folded,
        fields={n: GroundField(n, resolve(f.type, sizes), rewrite(f.init, put_in)) for n, f in machine.fields.items()},
        constants={
            n: replace(c, init=None if c.init is None else rewrite(c.init, put_in))
            for n, c in machine.constants.items()
        },
        functions={n: replace(f, body=rewrite_body(f.body, put_in)) for n, f in machine.functions.items()},
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_folding_changes_nothing_that_a_search_can_see(seed: int) -> None:
    machine = raw_machine(seed, 1 + seed % 3)
    plain, number = ground_plainly(machine), seed // 4
    slots = case_of(plain, number)[1]
    folded = ground(machine)
    first, second = explore(plain, slots, LIMITS), explore(folded, {n: slots[n] for n in folded.constants}, LIMITS)
    assert replace(first, bits=0, seconds=0.0) == replace(second, bits=0, seconds=0.0)
    assert second.sites <= folded.live_sites and second.warnings <= folded.live_warnings


def test_nothing_generic_is_left_after_grounding() -> None:
    for seed in range(40):
        g = ground(raw_machine(seed))
        nodes = [e for f in g.functions.values() for e in expressions(f.body)]
        assert not [e for e in nodes if isinstance(e, ir.SwitchRead | ir.SortSize)]
        assert all("len(" not in show(e.type) for e in nodes)
        written = {s.target for f in g.functions.values() for s in statements(f.body) if isinstance(s, ir.Write)}
        assert written <= g.fields.keys()
        read = {e.name for e in nodes if isinstance(e, ir.FieldRead)}
        assert read <= g.fields.keys()


def test_maps_of_one_value_lose_their_index() -> None:
    b = Build("Index")
    device = b.sort("Device", 3)
    kind = MapType((device,), EnumType("Level"))
    b.enum("Level", "LOW", "HIGH")
    level = b.field("level", kind, everywhere(enum("Level", "LOW"), kind))
    d = var("d", device)
    b.promise("invariant", "low", every(over("d", device), eq(at(level, d), enum("Level", "LOW"))))
    g = b.ground()
    assert (give(TRUE),) == g.functions["Index.low"].body
