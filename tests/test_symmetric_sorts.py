"""Which texts put the elements of a sort in an order: each way by itself, and that the order can really be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker import slow
from checker.constants import relabel
from checker.evaluate import initial_states, steps
from checker.explicit import py_search
from checker.explorations import Limits
from checker.order_free import OrderFree
from checker.symmetric_sorts import symmetric_sorts
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Stmt
from spec.lang.types import BOOL, INT, NONE, Extent, MapType, OptionType, SeqType, SetType, SortType, UnionType
from tests.build import Build
from tests.words import (
    FALSE,
    TRUE,
    append,
    ask,
    at,
    attr,
    both,
    call,
    choice,
    compare,
    do,
    done,
    either,
    eq,
    every,
    everywhere,
    exists,
    give,
    inject,
    is_none,
    is_variant,
    isin,
    ite,
    let,
    listed,
    lit,
    loop,
    ne,
    no,
    none,
    outcome,
    over,
    plus,
    project,
    put,
    quant,
    record,
    seq_of,
    set_of,
    set_op,
    some,
    var,
    warn,
    when,
)

D = SortType("Device")
ON, MAYBE, ROW, SOME = MapType((D,), BOOL), OptionType(D), SeqType(D, Extent(2)), SetType(D)
d = var("d", D)


class Sample:
    """Two devices that are switched on and off, with a set, a row and an option of them, and one text more."""

    def __init__(self) -> None:
        b = self.b = Build("Sample")
        b.sort("Device", 2)
        b.record("Blank")
        self.held = b.record("Held", by=D)
        union = OptionType(UnionType(("Blank", "Held")))
        self.on = b.field("on", ON, everywhere(FALSE, ON))
        self.last = b.field("last", MAYBE, none(MAYBE))
        self.some = b.field("some", SOME, set_of(D))
        self.row = b.field("row", ROW, seq_of(ROW))
        self.box = b.field("box", union, none(union))
        for name, *body in (
            ("turn_on", put("on", TRUE, d)),
            ("point", put("last", some(d))),
            ("mark", put("some", set_op(self.some, "|", set_of(D, d)))),
            ("join", put("row", append(self.row, d))),
            ("hold", put("box", inject(record("Held", d), union))),
        ):
            b.action(name, {"d": D}, *body, done())

    def acting(self, *body: Stmt, **choices: SortType) -> GroundMachine:
        """An action more."""
        self.b.action("more", {}, *body, kind="kernel", returns=NONE, choices=choices or {"c": BOOL})
        return self.b.ground()

    def promising(self, value: Expr) -> GroundMachine:
        """A goal more."""
        self.b.promise("goal", "more", value)
        return self.b.ground()


def loop_over_a_sort(s: Sample) -> GroundMachine:
    return s.acting(loop(over("d", D), put("last", some(d))))


def loop_over_a_set(s: Sample) -> GroundMachine:
    return s.acting(loop(over("d", s.some), put("last", some(d))))


def loop_in_a_helper(s: Sample) -> GroundMachine:
    body = [loop(over("d", D), when(at(s.on, d), give(some(d)))), give(none(MAYBE))]
    s.b.function("least", {}, body, returns=MAYBE)
    return s.acting(put("last", call("Sample.least", returns=MAYBE)))


def loop_in_a_promise(s: Sample) -> GroundMachine:
    s.b.promise_body("goal", "more", [loop(over("d", D), give(at(s.on, d))), give(FALSE)])
    return s.b.ground()


def loop_at_the_start(s: Sample) -> GroundMachine:
    body = [loop(over("d", D), put("row", append(s.row, d)))]
    s.b.initial = s.b.function("boot", {}, body, returns=NONE)
    return s.b.ground()


def the_first(s: Sample) -> GroundMachine:
    return s.acting(put("last", quant("first", over("d", D), d, no(at(s.on, d)))))


def the_first_of_a_set(s: Sample) -> GroundMachine:
    return s.acting(put("last", quant("first", over("d", s.some), d)))


def less_than(s: Sample) -> GroundMachine:
    return s.promising(exists([over("d", D), over("e", s.row)], both(compare(d, "<", var("e", D)), at(s.on, d))))


def by_position(s: Sample) -> GroundMachine:
    return s.acting(put("on", listed(ON, TRUE, FALSE)))


def by_position_at_the_start(s: Sample) -> GroundMachine:
    s.b.field("twice", ON, listed(ON, TRUE, FALSE))
    return s.acting(put("twice", everywhere(FALSE, ON)))


def a_turn_that_faults(s: Sample) -> GroundMachine:
    return s.promising(exists(over("d", D), ite(at(s.on, d), eq(project(s.last, D), d), TRUE)))


def a_turn_over_a_set_that_faults(s: Sample) -> GroundMachine:
    return s.promising(exists(over("d", s.some), ite(at(s.on, d), eq(project(s.last, D), d), TRUE)))


def a_domain_that_faults(s: Sample) -> GroundMachine:
    inner = over("e", quant("set", over("x", D), var("x", D), eq(attr(project(s.box, s.held), "by", D), d)))
    return s.promising(exists([over("d", D), inner], at(s.on, d)))


def a_call_that_faults(s: Sample) -> GroundMachine:
    s.b.function("is_it", {"d": D}, [give(ite(at(s.on, d), eq(project(s.last, D), d), TRUE))], returns=BOOL)
    return s.promising(exists(over("d", D), call("Sample.is_it", d, returns=BOOL)))


def a_call_that_chooses(s: Sample) -> GroundMachine:
    body = [when(at(s.on, d), give(choice("c"))), give(isin(d, s.some))]
    s.b.function("luck", {"d": D}, body, choices={"c": BOOL}, returns=BOOL)
    return s.acting(when(exists(over("d", D), call("Sample.luck", d, returns=BOOL)), put("last", none(MAYBE))))


def a_call_that_answers(s: Sample) -> GroundMachine:
    busy = s.b.site("refused", "EBUSY", "busy")
    body = [when(at(s.on, d), give(outcome(busy))), done()]
    s.b.function("ask", {"d": D}, body)
    asked = call("Sample.ask", d)
    s.b.function("lost", {"d": D}, [do(asked), give(eq(project(s.last, D), d))], returns=BOOL)
    many = quant("count", over("d", D), None, call("Sample.lost", d, returns=BOOL))
    return s.acting(when(eq(many, lit(2)), put("last", none(MAYBE))))


def a_count_that_chooses(s: Sample) -> GroundMachine:
    many = quant("count", over("d", D), None, ite(at(s.on, d), choice("c"), eq(project(s.last, D), d)))
    return s.acting(when(eq(many, lit(2)), put("last", none(MAYBE))))


def an_answer_in_a_count(s: Sample) -> GroundMachine:
    busy = s.b.site("refused", "EBUSY", "busy")
    s.b.function("ask", {"d": D}, [when(at(s.on, d), give(outcome(busy))), done()])
    turn = either(ask(call("Sample.ask", d), "refused"), eq(project(s.last, D), d))
    many = quant("count", over("d", D), None, turn)
    return s.acting(when(eq(many, lit(2)), put("last", none(MAYBE))))


def a_call_that_warns(s: Sample) -> GroundMachine:
    odd = s.b.warning("odd")
    s.b.function("odd", {"d": D}, [when(at(s.on, d), warn(odd)), give(eq(project(s.last, D), d))], returns=BOOL)
    many = quant("count", over("d", D), None, call("Sample.odd", d, returns=BOOL))
    return s.acting(when(eq(many, lit(2)), put("last", none(MAYBE))))


def a_call_that_writes(s: Sample) -> GroundMachine:
    s.b.function("take", {"d": D}, [put("last", some(d)), give(lit(1))], returns=INT)
    many = quant("sum", over("d", D), call("Sample.take", d, returns=INT))
    return s.acting(when(eq(many, lit(0)), put("last", none(MAYBE))))


SEEN = (
    loop_over_a_sort, loop_over_a_set, loop_in_a_helper, loop_in_a_promise, loop_at_the_start, the_first,
    the_first_of_a_set, less_than, by_position, by_position_at_the_start, a_turn_that_faults,
    a_turn_over_a_set_that_faults, a_count_that_chooses, an_answer_in_a_count, a_call_that_faults,
    a_call_that_chooses, a_call_that_answers, a_call_that_warns, a_call_that_writes,
)  # fmt: skip


@pytest.mark.parametrize("build", [*SEEN, a_domain_that_faults])
def test_text_that_orders_a_sort(build: Callable[[Sample], GroundMachine]) -> None:
    ground = build(Sample())
    assert symmetric_sorts(ground) == set()
    found = py_search.explore(ground, {}, Limits(states=40), symmetry=True)
    assert found.representatives == found.states and found.symmetric == ()


@pytest.mark.parametrize("build", SEEN)
def test_the_order_can_be_seen(build: Callable[[Sample], GroundMachine]) -> None:
    """In some state the two devices cannot be exchanged: a search of one state for both would be wrong."""
    assert not _can_be_exchanged(build(Sample()))


def _can_be_exchanged(ground: GroundMachine) -> bool:
    begin = [state for _, state in initial_states(ground, {})]
    if {slow.state_key(ground, _swapped(ground, s)) for s in begin} != {slow.state_key(ground, s) for s in begin}:
        return False
    twin = slow._Search(ground, {}, Limits(depth=3), None)
    twin.run()
    return all(_seen(ground, s, True) == _seen(ground, _swapped(ground, s), False) for s in twin.states.values())


def _swapped(ground: GroundMachine, state: dict[str, object]) -> dict[str, object]:
    names = {"Device": (1, 0)}
    return {n: relabel(state[n], f.type, ground, names) for n, f in ground.fields.items()}  # type: ignore[arg-type]


def _seen(ground: GroundMachine, state: dict[str, object], swap: bool) -> object:
    """What the steps of a state do and what is said of it, with the devices exchanged where asked for."""
    rows = []
    for step in steps(ground, {}, state):  # type: ignore[arg-type]
        names = {"Device": (1, 0)} if swap else {}
        args = [relabel(v, D, ground, names) for v in step.args]
        after = _swapped(ground, step.run.after) if swap else step.run.after  # type: ignore[arg-type]
        kind = (step.run.kind, step.run.warnings, sorted(step.run.sites), len(step.run.tape))
        rows.append((step.action.name, repr(args), kind, slow.state_key(ground, after)))  # type: ignore[arg-type]
    said = [slow.holds(ground, {}, p, slow.Occasion(state)) for p in ground.properties]  # type: ignore[arg-type]
    return sorted(rows), [(j.value, j.fault is None) for j in said]


# --- what may stay ----------------------------------------------------------------------------------------------


def total_turns(s: Sample) -> GroundMachine:
    return s.promising(every([over("d", D), over("e", D)], either(at(s.on, d), ne(d, var("e", D)))))


def a_sum_of_turns_that_fault(s: Sample) -> GroundMachine:
    """A sum goes through all turns or ends in a fault, in whatever order."""
    return s.promising(eq(quant("count", over("d", D), None, eq(project(s.last, D), d)), lit(1)))


def a_walk_through_a_row(s: Sample) -> GroundMachine:
    return s.acting(loop(over("d", s.row), put("last", some(d)), when(at(s.on, d), put("on", FALSE, d))))


def the_first_of_a_row(s: Sample) -> GroundMachine:
    return s.acting(put("last", quant("first", over("d", s.row), d)))


def a_chosen_element(s: Sample) -> GroundMachine:
    return s.acting(put("last", some(choice("c", D))), c=D)


def a_call_of_plain_text(s: Sample) -> GroundMachine:
    """An option that is tested before it is opened, through a call, in a quantifier."""
    union = s.box.type
    assert isinstance(union, OptionType)
    it = var("it", union)
    body = [
        when(is_none(it), give(FALSE)),
        let("plain", is_variant(it, "Blank")),
        when(is_variant(it, "Held"), give(eq(attr(project(it, s.held), "by", D), d))),
        give(var("plain", BOOL)),
    ]
    s.b.function("holds", {"it": union, "d": D}, body, returns=BOOL)
    return s.promising(exists(over("d", D), call("Sample.holds", s.box, d, returns=BOOL)))


def a_test_before_the_value(s: Sample) -> GroundMachine:
    pointed = both(no(is_none(s.last)), eq(project(s.last, D), d))
    other = either(is_none(s.last), ne(project(s.last, D), d))
    third = ite(is_none(s.last), at(s.on, d), at(s.on, project(s.last, D)))
    return s.promising(exists(over("d", D), either(both(pointed, at(s.on, d)), both(other, third))))


PLAIN = (
    total_turns, a_sum_of_turns_that_fault, a_walk_through_a_row, the_first_of_a_row, a_chosen_element,
    a_call_of_plain_text, a_test_before_the_value,
)  # fmt: skip


@pytest.mark.parametrize("build", PLAIN)
def test_text_that_orders_nothing(build: Callable[[Sample], GroundMachine]) -> None:
    ground = build(Sample())
    assert symmetric_sorts(ground) == {"Device"}
    assert _can_be_exchanged(ground)


def test_an_ordered_sort_is_left_alone() -> None:
    b = Build("Ordered")
    slot = b.sort("Slot", 2, ordered=True)
    kind = MapType((slot,), BOOL)
    b.field("used", kind, everywhere(FALSE, kind))
    b.action("use", {"s": slot}, put("used", TRUE, var("s", slot)), done())
    assert symmetric_sorts(b.ground()) == set()


def test_facts_end_where_they_may_change() -> None:
    """A test of a local says nothing after the local was assigned, and a test of one turn nothing in the next."""
    s = Sample()
    x = var("x", MAYBE)
    body = [
        let("x", s.last),
        when(is_none(x), give(FALSE)),
        let("x", none(MAYBE)),
        give(eq(project(x, D), d)),
    ]
    s.b.function("stale", {"d": D}, body, returns=BOOL)
    ground = s.promising(exists(over("d", D), call("Sample.stale", d, returns=BOOL)))
    assert symmetric_sorts(ground) == set()
    assert not OrderFree(ground).is_safe(call("Sample.stale", d, returns=BOOL))
    other = either(no(is_none(s.last)), eq(project(s.last, D), d))  # opened where it is None
    assert not OrderFree(ground).is_safe(other)
    assert not OrderFree(ground).is_safe(both(is_none(s.last), eq(project(s.last, D), d)))
    assert not OrderFree(ground).is_safe(plus(quant("min", over("d", D), lit(1)), 1))
