"""The meaning itself, pinned on examples that can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.evaluate import (
    Occasion,
    Run,
    State,
    closed_value,
    explain,
    holds,
    initial_states,
    premise_holds,
    run,
    source_text,
    steps,
)
from spec.lang import ir
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Action, Property, SiteKind
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, NONE, EnumType, Extent, MapType, OptionType, SeqType, SetType, Type
from spec.lang.values import Answer, Elem, MapValue, Member, NotInType, Rec, Value
from tests.build import Build
from tests.machines_by_hand import choices_machine, claim_machine, faults_machine, values_machine, watch_machine
from tests.machines_of_runs import FAULTS
from tests.words import (
    AT,
    FALSE,
    TRUE,
    append,
    arith,
    ask,
    at,
    bounded,
    call,
    choice,
    compare,
    concat,
    done,
    either,
    eq,
    every,
    everywhere,
    exists,
    give,
    inject,
    isin,
    ite,
    length,
    let,
    listed,
    lit,
    loop,
    none,
    outcome,
    over,
    piece,
    plus,
    put,
    quant,
    remove,
    seq_at,
    seq_of,
    set_op,
    tail,
    var,
    when,
)

D0, D1, U0, U1 = Elem("Device", 0), Elem("Device", 1), Elem("User", 0), Elem("User", 1)
DEFAULT, BLOCKED = Member("Domain", "DEFAULT", 0), Member("Domain", "BLOCKED", 1)


def action(g: GroundMachine, name: str) -> Action:
    return next(a for a in g.actions if a.name == name)


def prop(g: GroundMachine, name: str) -> Property:
    return next(p for p in g.properties if p.name == name)


def start(g: GroundMachine) -> State:
    return initial_states(g, {})[0][1]


def take(g: GroundMachine, state: State, name: str, *args: Value, tape: tuple[int, ...] = ()) -> Run:
    return run(g, {}, state, action(g, name), args, tape)


# --- runs -------------------------------------------------------------------------------------------------------


def joined() -> tuple[GroundMachine, State]:
    g = claim_machine(2)
    state = take(g, start(g), "join", D1).after
    return g, take(g, state, "join", D0).after


def test_a_claim_has_one_more_way_to_go_than_there_are_members() -> None:
    g, state = joined()
    found = [s.run for s in steps(g, {}, state) if s.action.name == "claim" and s.args == (U1,)]
    assert [r.codes for r in found] == [(0, 0), (0, 1), (1,)]
    assert [r.outcome.site for r in found if r.outcome] == [0, 2, 2]
    assert {"domain": MapValue((BLOCKED, BLOCKED)), "owner": U1, "members": (D1, D0)} == found[0].after
    assert state == found[1].after == found[2].after


def test_a_rollback_writes_and_its_given_choice_is_not_on_the_tape() -> None:
    g, state = joined()
    failed = take(g, state, "claim", U0, tape=(0, 1))
    assert [(w.target, w.keys, w.value) for w in failed.writes] == [
        ("domain", (D1,), BLOCKED),
        ("domain", (D1,), DEFAULT),
    ]
    assert [(c.function, c.frame) for c in failed.tape] == [("Claim.device_set", 2), ("Claim.device_set", 3)]
    assert frozenset({0, 2}) == failed.sites
    broken = claim_machine(2, rollback=False)
    assert MapValue((DEFAULT, BLOCKED)) == take(broken, state, "claim", U0, tape=(0, 1)).after["domain"]


def test_a_run_never_changes_the_state_it_started_from() -> None:
    g, state = joined()
    copy = dict(state)
    take(g, state, "claim", U0)
    assert copy == state


def test_a_false_require_is_no_step_and_leaves_no_trace() -> None:
    g, state = joined()
    again = take(g, state, "join", D0)
    assert ("disabled", None, state, frozenset()) == (again.kind, again.outcome, again.after, again.sites)
    assert "join" not in {s.action.name for s in steps(g, {}, state)}


def test_an_action_that_returns_nothing_is_done() -> None:
    g = claim_machine(1)
    joined_once = take(g, start(g), "join", D0)
    assert (Answer(0), frozenset()) == (joined_once.outcome, joined_once.sites)


def test_steps_come_in_the_order_that_all_engines_keep() -> None:
    g, state = joined()
    seen = [(s.index, s.codes(g), s.run.codes) for s in steps(g, {}, state)]
    assert sorted(seen) == seen
    assert [codes[0] for index, codes, _ in seen if index == 1] == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_ends_the_run_and_nobody_sees_its_writes(name: str) -> None:
    g = faults_machine()
    found = take(g, start(g), name)
    assert found.kind == "fault" and found.fault is not None and found.fault.message
    assert (None, found.before, frozenset()) == (found.outcome, found.after, found.sites)
    assert [w.target for w in found.writes] == ["marked"]


def test_each_fault_says_what_is_wrong() -> None:
    g = faults_machine()
    messages = {name: take(g, start(g), name).fault for name in FAULTS}
    texts = {name: fault.message for name, fault in messages.items() if fault}
    assert texts["project"] == "this is None, not User"
    assert texts["at"] == "there is no entry 2 in a sequence of 2"
    assert "3 entries do not fit into Seq[int in 0..2, 2]" == texts["append"] == texts["literal"]
    assert "4 entries do not fit into Seq[int in 0..2, 2]" == texts["concat"]
    assert "a slice from -1 to the end; a bound is never below 0" == texts["slice"]
    assert "a slice from 0 to -1; a bound is never below 0" == texts["until"]
    assert "the value is not one of int in 0..2" == texts["index"] == texts["store"] == texts["record"]
    assert texts["low"] == "the min of nothing"


# --- choices ----------------------------------------------------------------------------------------------------


def test_a_choice_read_twice_is_one_entry_and_the_same_value() -> None:
    g = choices_machine()
    runs = [s.run for s in steps(g, {}, start(g)) if s.action.name == "once"]
    # skip, then the choice with a single value, then n: three values; then skip taken.
    assert [r.codes for r in runs] == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (1,)]
    assert [r.after["total"] for r in runs] == [2, 4, 1, 0]
    assert [c.name for c in runs[0].tape] == ["skip", "only", "n"]
    assert [False, Member("One", "ONLY", 0), 1] == [c.value for c in runs[0].tape]


def test_every_turn_of_a_loop_calls_afresh() -> None:
    g = choices_machine()
    runs = [s.run for s in steps(g, {}, start(g)) if s.action.name == "loops" and s.args == (True,)]
    # Turn 0 and turn 2 flip a coin each (turn 1 continues); the first False ends the loop.
    assert [(r.codes, r.after["total"]) for r in runs] == [((0,), 0), ((1, 0), 1), ((1, 1), 2)]


def test_a_given_choice_is_an_ordinary_argument() -> None:
    g = choices_machine()
    runs = [s.run for s in steps(g, {}, start(g)) if s.action.name == "given"]
    assert [(r.codes, r.after["total"]) for r in runs] == [((0,), 1), ((1,), 2), ((2,), 3)]


def test_equal_initial_states_count_once_with_the_first_tape() -> None:
    found = initial_states(choices_machine(), {})
    # Cold: 0; warm with 1, 2, 3: 0 (dropped), 1, 1 (dropped).
    assert found == [((0,), {"total": 0}), ((1, 1), {"total": 1})]


def test_entries_beyond_the_tape_are_code_0_and_spare_ones_do_not_count() -> None:
    g = choices_machine()
    assert take(g, start(g), "once", tape=(1, 1, 1)).codes == (1,)
    assert take(g, start(g), "once").codes == (0, 0, 0)
    with pytest.raises(NotInType):
        take(g, start(g), "once", tape=(2,))


# --- what watches -----------------------------------------------------------------------------------------------


def test_during_sees_every_write_and_the_state_at_the_start() -> None:
    g = watch_machine()
    state = {"here": 0, "there": 1}
    topped = take(g, state, "top_up")
    assert (("no_more_than_before",), frozenset()) == (topped.during, topped.met)
    moved = take(g, {"here": 2, "there": 0}, "move", 2)
    assert ((), frozenset({"no_more_than_before"})) == (moved.during, moved.met)


def test_a_warning_is_noted_and_the_run_goes_on() -> None:
    g = watch_machine()
    moved = take(g, start(g), "move", 1)
    assert (moved.warnings, moved.after) == ((0,), {"here": 1, "there": 1})


def test_an_action_property_sees_both_states_the_outcome_and_the_arguments() -> None:
    g = watch_machine()
    moved = take(g, start(g), "move", 2)
    half = take(g, start(g), "move", 2, tape=(1,))
    for each, premise in ((moved, True), (half, False)):
        occasion = Occasion(each.after, each.before, each.outcome, {"n": 2})
        assert holds(g, {}, prop(g, "moves_keep_the_sum"), occasion).value
        assert premise == premise_holds(g, {}, prop(g, "moves_keep_the_sum"), occasion).value
        assert premise == holds(g, {}, prop(g, "never_half"), occasion).value


def test_a_property_that_faults_is_false_and_a_boundary_then_true() -> None:
    g = faults_machine()
    state = {**start(g), "queue": ()}
    answer = holds(g, {}, prop(g, "first_is_positive"), Occasion(state))
    assert not answer.value and answer.fault is not None
    b = Build("Edge")
    f = b.field("f", SeqType(BOOL, Extent(1)), seq_of(SeqType(BOOL, Extent(1))))
    b.action("a", {}, put("f", append(f, TRUE)), done())
    b.promise("boundary", "edge", seq_at(f, lit(0)))
    g = b.ground()
    edge = holds(g, {}, g.properties[0], Occasion({"f": ()}))
    assert edge.value and edge.fault is not None
    assert not holds(g, {}, g.properties[0], Occasion({"f": (False,)})).value


# --- expressions ------------------------------------------------------------------------------------------------


def value(expr: ir.Expr) -> Value:
    b = Build("Tiny")
    b.sort("Device", 3)
    b.enum("Level", "LOW", "MID", "HIGH", ordered=True)
    b.record("Blank")
    return closed_value(b.ground(), expr)


ROW = SeqType(bounded(0, 9), Extent(4))
NUMBERS = SetType(bounded(0, 9))
X = var("x", INT)


def row(*numbers: int) -> ir.SeqLit:
    return seq_of(ROW, *map(lit, numbers))


def numbers(*items: int) -> ir.SetLit:
    return ir.SetLit(NUMBERS, AT, tuple(map(lit, items)))


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (arith(lit(-7), "//", lit(2)), -4),
        (arith(lit(-7), "%", lit(2)), 1),
        (arith(lit(3), "max", lit(5)), 5),
        (arith(lit(1 << 40), "*", lit(1 << 40)), 1 << 80),
        (ite(FALSE, lit(1), lit(2)), 2),
        (compare(ir.EnumLit(EnumType("Level"), AT, "MID"), "<", ir.EnumLit(EnumType("Level"), AT, "HIGH")), True),
        (seq_at(row(4, 5, 6), lit(1)), 5),
        (seq_at(row(4, 5, 6), lit(2)), 6),
        (tail(row()), ()),
        (tail(row(1, 2)), (2,)),
        (remove(row(1, 2, 1), lit(1)), (2,)),
        (append(row(1), lit(1)), (1, 1)),
        (piece(row(1, 2, 3), lit(1)), (2, 3)),
        (piece(row(1, 2, 3), lit(0), lit(2)), (1, 2)),
        (piece(row(1, 2, 3), lit(1), lit(9)), (2, 3)),
        (piece(row(1, 2, 3), lit(3)), ()),
        (piece(row(1, 2, 3), lit(9), lit(10)), ()),
        (piece(row(1, 2, 3), lit(2), lit(1)), ()),
        (concat(row(1, 2), row(2, 3)), (1, 2, 2, 3)),
        (concat(row(), row(1)), (1,)),
        (isin(lit(2), row(1, 2)), True),
        (length(numbers(1, 1, 2)), 2),
        (set_op(numbers(1, 2), "-", numbers(2, 3)), frozenset({1})),
        (listed(MapType((BOOL,), INT), lit(4)), MapValue((4, 4))),
        (listed(MapType((BOOL,), INT), lit(4), lit(5), lit(6)), MapValue((4, 5))),
        (quant("count", over("x", row(1, 2, 2)), eq(X, lit(2))), 2),
        (quant("count", over("x", row(1, 2, 2)), None, eq(X, lit(2))), 2),
        (quant("sum", over("x", (lit(1), lit(4))), X), 6),
        (quant("sum", over("x", row()), X), 0),
        (quant("max", over("x", numbers(3, 1, 2)), X, compare(X, "<", lit(3))), 2),
        (quant("first", over("x", numbers(3, 1, 2)), X, compare(X, ">", lit(1))), 2),
        (quant("first", over("x", numbers(3)), X, FALSE), None),
        (quant("set", over("x", row(1, 2, 1)), X), frozenset({1, 2})),
        (every(over("x", row()), FALSE), True),
        (exists(over("x", row()), TRUE), False),
        (quant("sum", [over("x", (lit(0), lit(3))), over("y", (lit(0), X))], lit(1)), 3),
        (either(TRUE, eq(seq_at(row(), lit(0)), lit(0))), True),
        (every(over("x", row(0, 1)), eq(seq_at(row(), lit(0)), X), FALSE), True),
    ],
)
def test_expressions_have_the_value_that_python_would_give(expr: ir.Expr, wanted: Value) -> None:
    found = value(expr)
    assert (wanted, type(wanted)) == (found, type(found))


@pytest.mark.parametrize(
    ("kind", "true"),
    [
        ("done", {"done"}),
        ("refused", {"refused", "errno", "reason"}),
        ("blocked", {"blocked", "reason"}),
        ("partial", {"refused", "partial", "errno", "reason"}),
    ],
)
def test_a_partial_refusal_is_refused_too(kind: SiteKind, true: set[str]) -> None:
    b = Build("Asked")
    b.site(kind, "EPERM" if "errno" in true else "", "why" if "reason" in true else "")
    values = {"errno": "EPERM", "reason": "why"}
    aspects: tuple[ir.OutcomeAspect, ...] = ("refused", "done", "blocked", "partial", "errno", "reason")
    g = b.ground()
    answers = {a: closed_value(g, ask(outcome(1), a, values.get(a, ""))) for a in aspects}
    assert true == {a for a, answer in answers.items() if answer is True}


def machine_of(*body: ir.Stmt, field: Type = INT, **helpers: list[ir.Stmt]) -> tuple[Build, GroundMachine]:
    b = Build("One")
    b.field("n", bounded(0, 9), lit(0))
    for name, stmts in helpers.items():
        b.function(name, {}, stmts, choices={"c": BOOL}, returns=INT)
    b.action("act", {}, *body, done())
    return b, b.ground()


def test_operands_are_taken_before_a_later_call_changes_the_state() -> None:
    n = ir.FieldRead(bounded(0, 9), AT, "n")
    bump = [put("n", plus(n, 1)), give(n)]
    _, g = machine_of(put("n", arith(arith(n, "+", call("One.bump", returns=INT)), "+", n)), bump=bump)
    assert take(g, {"n": 0}, "act").after["n"] == 2  # 0 + 1 + 1


def test_a_loop_takes_its_domain_once_and_leaves_at_break() -> None:
    n = ir.FieldRead(bounded(0, 9), AT, "n")
    body = (
        put("n", lit(3)),
        loop(over("i", (lit(0), n)), put("n", plus(n, 2)), when(compare(n, ">", lit(8)), put("n", lit(0)))),
    )
    assert take(machine_of(*body)[1], {"n": 0}, "act").after["n"] == 0


def test_a_return_inside_a_loop_ends_the_function() -> None:
    n = ir.FieldRead(bounded(0, 9), AT, "n")
    bump = [loop(over("i", (lit(0), lit(5))), put("n", plus(n, 1)), when(choice("c"), give(lit(7)))), give(lit(0))]
    _, g = machine_of(let("r", call("One.bump", returns=INT)), put("n", arith(var("r", INT), "+", n)), bump=bump)
    assert take(g, {"n": 0}, "act").after["n"] == 5
    assert take(g, {"n": 0}, "act", tape=(1,)).after["n"] == 8


def test_an_integer_local_has_no_bounds_but_the_field_has() -> None:
    b = Build("Wide")
    b.field("n", bounded(0, 9), lit(0))
    b.function("same", {"x": bounded(0, 3)}, [give(var("x", bounded(0, 3)))], returns=bounded(0, 3))
    big = let("t", arith(call("Wide.same", lit(50), returns=bounded(0, 3)), "+", lit(50)))
    b.action("fits", {}, big, put("n", arith(var("t", INT), "-", lit(95))), done())
    b.action("faults", {}, big, put("n", arith(var("t", INT), "-", lit(90))), done())
    g = b.ground()
    assert take(g, {"n": 0}, "fits").after["n"] == 5
    assert take(g, {"n": 0}, "faults").kind == "fault"


def test_checks_come_before_later_operands_are_read() -> None:
    b = Build("Early")
    kind = MapType((bounded(0, 1), BOOL), BOOL)
    m = b.field("m", kind, everywhere(FALSE, kind))
    b.action("act", {}, put("m", at(m, lit(2), choice("c")), lit(0), FALSE), done(), choices={"c": BOOL})
    assert take(b.ground(), {"m": MapValue((False,) * 4)}, "act").codes == ()


def test_values_reaches_its_goal_by_hand() -> None:
    g = values_machine()
    s0 = Elem("Slot", 0)
    made = take(g, start(g), "make", s0, True, U0)
    deeper = take(g, made.after, "deepen", s0, True)
    assert deeper.after["peak"].name == "MID"  # type: ignore[union-attr]
    assert take(g, deeper.after, "deepen", s0, True).outcome.site == 2  # type: ignore[union-attr]
    refused = take(g, made.after, "make", s0, True, U1)
    assert refused.outcome is not None and refused.outcome.outputs[0][0] == "cell"
    assert made.after == refused.after


# --- why --------------------------------------------------------------------------------------------------------

TEXT = "all(self.level[d] < 2 or self.quiet for d in Device if self.level[d] != 9)"


def span(text: str, nth: int = 0) -> Span:
    place = -1
    for _ in range(nth + 1):
        place = TEXT.index(text, place + 1)
    return Span("s.py", 1, place + 1, 1, place + 1 + len(text))


def explained(levels: tuple[int, ...]) -> list[tuple[int, str, str, tuple[tuple[str, str], ...]]]:
    b = Build("Why")
    b.texts["s.py"] = TEXT + "\n"
    device = b.sort("Device", len(levels))
    kind = MapType((device,), bounded(0, 9))
    b.field("level", kind, everywhere(lit(0), kind))
    b.field("quiet", BOOL, FALSE)
    d = ir.Local(device, span("d", 0), "d")
    entry = ir.Index(bounded(0, 9), span("self.level[d]"), ir.FieldRead(kind, span("self.level"), "level"), (d,))
    low = ir.Compare(BOOL, span("self.level[d] < 2"), "<", entry, lit(2))
    quiet = ir.FieldRead(BOOL, span("self.quiet"), "quiet")
    body = ir.Or(BOOL, span("self.level[d] < 2 or self.quiet"), (low, quiet))
    cond = ir.Compare(BOOL, span("self.level[d] != 9"), "!=", entry, lit(9))
    whole = ir.Quant(BOOL, span(TEXT), "all", (ir.Binder("d", device, ir.SortDomain("Device")),), cond, body)
    b.promise("invariant", "calm", whole)
    b.action("set", {"d": device, "n": bounded(0, 9)}, put("level", var("n", bounded(0, 9)), d), put("quiet", TRUE))
    g = b.ground()
    state: State = {"level": MapValue(levels), "quiet": False}
    return [(r.depth, r.text, r.value, r.binding) for r in explain(g, {}, g.properties[0], Occasion(state))]


def test_a_violation_is_explained_by_the_turn_that_decided() -> None:
    assert [r for r in explained((9, 5, 7)) if r[1] != "a"] == [
        (0, TEXT, "False", (("d", "d1"),)),
        (1, "self.level[d] < 2 or self.quiet", "False", ()),
        (2, "self.level[d] < 2", "False", ()),
        (3, "self.level[d]", "5", ()),
        (4, "d", "d1", ()),
        (2, "self.quiet", "False", ()),
    ]


def test_what_was_not_evaluated_and_what_did_not_decide_is_left_out() -> None:
    assert explained((0, 1, 9)) == [(0, TEXT, "True", ())]


LAMP = '''\
from spec.lang import *

class Lamp(Spec):
    """A lamp."""
    on: bool = False
    hot: bool = False

    @ioctl
    def press(self) -> Outcome:
        self.hot = self.on
        self.on = True
        return DONE

    @invariant
    def warm(self) -> bool:
        return implies(not self.hot, implies(self.on, self.hot))
'''


def test_the_premise_of_an_implication_is_shown_with_its_own_value(tmp_path: Path) -> None:
    """An implication is a disjunction with the premise negated, which nobody wrote; a `not` that is written stays."""
    path = tmp_path / "lamp.py"
    path.write_text(LAMP)
    g = ground(load(str(path)), {}, {})
    reasons = explain(g, {}, g.properties[0], Occasion({"on": True, "hot": False}))
    assert [(r.depth, r.text, r.value) for r in reasons] == [
        (0, "implies(not self.hot, implies(self.on, self.hot))", "False"),
        (1, "not self.hot", "True"),
        (2, "self.hot", "False"),
        (1, "implies(self.on, self.hot)", "False"),
        (2, "self.on", "True"),
        (2, "self.hot", "False"),
    ]


VALVE = '''\
from spec.lang import *

class Open(Record):
    "Open."
    wide: bool

class Shut(Record):
    "Shut."
    tight: bool

class Valve(Spec):
    """A valve."""
    now: Open | Shut = Shut(tight=True)
    last: Open | None = None

    @ioctl
    def turn(self, wide: bool) -> Outcome:
        self.now = Open(wide=wide)
        self.last = Open(wide=wide)
        return DONE

    @ioctl
    def close(self) -> Outcome:
        self.now = Shut(tight=True)
        return DONE

    @invariant
    def never(self) -> bool:
        return not isinstance(self.now, Open) and self.none()

    def none(self) -> bool:
        return not isinstance(self.last, Open) and not isinstance(self.now, (Open, Shut))
'''


@pytest.mark.parametrize(
    ("turned", "parts"),
    [
        (True, [("isinstance(self.now, Open)", "True"), ("self.now", "Open(wide=True)")]),
        (
            False,
            [
                ("isinstance(self.now, Open)", "False"), ("self.now", "Shut(tight=True)"),
                ("isinstance(self.last, Open)", "False"), ("self.last", "None"),
                ("isinstance(self.now, (Open, Shut))", "True"), ("self.now", "Shut(tight=True)"),
            ],
        ),
    ],
)  # fmt: skip
def test_a_test_of_a_variant_is_shown_as_it_is_written(
    tmp_path: Path, turned: bool, parts: list[tuple[str, str]]
) -> None:
    path = tmp_path / "valve.py"
    path.write_text(VALVE)
    g = ground(load(str(path)), {}, {})
    opened = next(name for name in g.records if name.endswith("Open"))
    shut = next(name for name in g.records if name.endswith("Shut"))
    state: State = {"now": Rec(opened, (True,)) if turned else Rec(shut, (True,)), "last": None}
    reasons = explain(g, {}, next(p for p in g.properties if p.name == "never"), Occasion(state))
    shown = [(r.text, r.value) for r in reasons]
    for part in parts:
        assert part in shown, shown
    assert ("self.now", "False") not in shown and ("self.last", "True") not in shown


def test_source_text_joins_lines() -> None:
    assert source_text(Span("f", 1, 5, 2, 6), {"f": "x = a and\n    b)\n"}) == "a and b"
    assert source_text(Span("g", 1, 1, 1, 2), {}) == ""


def test_options_and_elements_in_maps_are_shown_by_name() -> None:
    b = Build("Shown")
    user = b.sort("User", 2)
    maybe = OptionType(user)
    owner = b.field("owner", maybe, none(maybe))
    b.action("own", {"u": user}, put("owner", inject(var("u", user), maybe)), done(), returns=NONE)
    same = ir.Compare(BOOL, Span("s.py", 1, 1, 1, 3), "==", owner, none(maybe))
    b.promise("invariant", "free", same)
    b.texts["s.py"] = "owner is None"
    g = b.ground()
    (first, second) = explain(g, {}, g.properties[0], Occasion({"owner": U1}))
    assert (first.text, first.value, second.value) == ("ow", "False", "u1")
