"""More machines by hand: what a run can do, what watches it, faults, and rigid constants."""

from __future__ import annotations

from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, SetLit
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    Extent,
    MapType,
    OptionType,
    SeqType,
    SetType,
)
from tests.build import Build
from tests.words import (
    AT,
    BREAK,
    CONTINUE,
    FALSE,
    TRUE,
    append,
    arith,
    ask,
    at,
    attr,
    both,
    bounded,
    call,
    choice,
    compare,
    concat,
    done,
    either,
    enum,
    eq,
    every,
    everywhere,
    exists,
    give,
    implies,
    inject,
    is_none,
    ite,
    length,
    let,
    listed,
    lit,
    loop,
    minus,
    ne,
    no,
    none,
    outcome,
    over,
    piece,
    plus,
    project,
    put,
    quant,
    record,
    remove,
    require,
    seq_at,
    seq_of,
    tail,
    var,
    warn,
    when,
)

FAULTS = (
    "project", "at", "append", "index", "store", "record", "inject", "low", "item", "literal",
    "slice", "until", "concat",
)  # fmt: skip
"""The actions of `faults_machine` that fault in its initial state, one for each way to go wrong."""


def faults_machine() -> GroundMachine:
    """One action per kind of fault; each writes before it faults, which nobody may ever see."""
    b = Build("Faults")
    small, user = bounded(0, 2), b.sort("User", 2)
    row, by_number = SeqType(small, Extent(2)), MapType((small,), BOOL)
    b.record("Cell", value=small)
    count = b.field("count", small, lit(2))
    queue = b.field("queue", row, seq_of(row, lit(1), lit(2)))
    flags = b.field("flags", by_number, everywhere(FALSE, by_number))
    owner = b.field("owner", OptionType(user), none(OptionType(user)))
    marked = b.field("marked", BOOL, FALSE)
    numbers = SetType(small)
    mark = put("marked", TRUE)
    bodies: dict[str, Expr] = {
        "project": eq(project(owner, user), project(owner, user)),
        "at": eq(seq_at(queue, length(queue)), lit(0)),
        "append": eq(length(append(queue, lit(0))), lit(3)),
        "index": at(flags, plus(count, 1)),
        "record": eq(attr(record("Cell", plus(count, 1)), "value", small), lit(3)),
        "inject": is_none(inject(minus(lit(0), 1), OptionType(small))),
        "low": eq(quant("min", over("x", queue), var("x", small), compare(var("x", small), ">", count)), lit(0)),
        "item": eq(length(SetLit(numbers, AT, (plus(count, 1),))), lit(1)),
        "slice": eq(length(piece(queue, minus(count, 3))), lit(1)),
        "until": eq(length(piece(queue, lit(0), minus(lit(0), 1))), lit(1)),
        "concat": eq(length(concat(queue, queue)), lit(4)),
        "literal": eq(length(seq_of(row, lit(0), lit(0), lit(0))), lit(3)),
    }
    for name, condition in bodies.items():
        b.action(name, {}, mark, when(condition, put("count", lit(0))), done())
    b.action("store", {}, mark, put("count", plus(count, 1)), done())
    b.action(
        "drain",
        {},
        require(compare(length(queue), ">", lit(0))),
        put("queue", tail(queue)),
        kind="kernel",
        returns=NONE,
    )
    b.action("drop", {"n": small}, put("queue", remove(queue, var("n", small))), done())
    b.promise("invariant", "unmarked", no(marked))
    b.promise("invariant", "first_is_positive", compare(seq_at(queue, lit(0)), ">", lit(0)))
    b.promise("goal", "second_is_two", eq(seq_at(queue, lit(1)), lit(2)))
    b.promise("goal", "third", eq(seq_at(queue, lit(2)), lit(2)))
    return b.ground()


def choices_machine() -> GroundMachine:
    """Choices read twice, given by the caller, read per turn of a loop, of one value only, or not read at all."""
    b = Build("Choices")
    step, one = bounded(1, 3), b.enum("One", "ONLY")
    total = b.field("total", bounded(0, 12), lit(0))
    twice = arith(choice("n", step), "+", choice("n", step))
    b.function("roll", {}, [give(twice)], choices={"n": step}, returns=INT)
    b.function("flip", {"to": BOOL}, [give(eq(choice("coin"), var("to", BOOL)))], choices={"coin": BOOL}, returns=BOOL)
    lazy = b.site("refused", "EINTR", "lazy")
    t, i = var("t", INT), var("i", INT)
    b.action(
        "once",
        {},
        when(choice("skip"), give(outcome(lazy))),
        when(
            eq(choice("only", one), enum("One", "ONLY")),
            put("total", arith(call("Choices.roll", returns=INT), "%", lit(5))),
        ),
        done(),
        choices={"skip": BOOL, "only": one, "unread": BOOL},
    )
    b.action(
        "loops",
        {"to": BOOL},
        let("t", lit(0)),
        loop(
            over("i", (lit(0), lit(3))),
            when(eq(i, lit(1)), CONTINUE),
            when(no(call("Choices.flip", var("to", BOOL), returns=BOOL)), BREAK),
            let("t", plus(t, 1)),
        ),
        put("total", t),
        done(),
    )
    fixed = call("Choices.roll", returns=INT, n=choice("n", step))
    b.action("given", {}, put("total", arith(fixed, "min", choice("n", step))), done(), choices={"n": step})
    b.function(
        "boot",
        {},
        [when(choice("warm"), put("total", arith(choice("at", step), "//", lit(2))))],
        choices={"warm": BOOL, "at": step},
        returns=NONE,
    )
    b.initial = "Choices.boot"
    b.promise("goal", "four", eq(total, lit(4)))
    return b.ground()


def watch_machine() -> GroundMachine:
    """Everything that watches: `during`, action properties with the old state, warnings, partial effects, limits."""
    b = Build("Watch")
    level = bounded(0, 4)
    here, there = b.field("here", level, lit(2)), b.field("there", level, lit(0))
    old_here, old_there = b.old("here"), b.old("there")
    short, half = b.site("refused", "ENOSPC", "short"), b.site("partial", "EIO", "half")
    odd = b.warning("odd amount")
    n = var("n", bounded(0, 2))
    b.action(
        "move",
        {"n": bounded(0, 2)},
        when(compare(here, "<", n), give(outcome(short))),
        when(eq(n, lit(1)), warn(odd)),
        put("here", arith(here, "-", n)),
        when(choice("breaks"), give(outcome(half))),
        put("there", arith(there, "+", n)),
        done(),
        choices={"breaks": BOOL},
    )
    b.action("leak", {}, put("there", ite(compare(there, ">", lit(0)), minus(there, 1), there)), give(outcome(short)))
    b.action("top_up", {}, require(eq(here, lit(0))), put("here", lit(2)), kind="kernel", returns=NONE)
    answer = var("outcome", OUTCOME)
    sums = eq(arith(here, "+", there), arith(old_here, "+", old_there))
    b.promise(
        "action",
        "moves_keep_the_sum",
        implies(ask(answer, "done"), sums),
        premise=ask(answer, "done"),
        on=("move",),
        params={"n": bounded(0, 2)},
    )
    b.promise("action", "never_half", no(ask(answer, "reason", "half")))
    b.promise("during", "no_more_than_before", compare(here, "<=", old_here), premise=ne(there, old_there))
    b.promise("boundary", "few", compare(there, "<", lit(4)))
    b.promise("final", "all_there", both(eq(here, lit(0)), eq(there, lit(2))))
    b.promise("invariant", "bounded", either(compare(there, "<", lit(3)), ne(here, lit(0))))
    return b.ground()


def constants_machine(devices: int = 3) -> GroundMachine:
    """Devices in groups by a constant map of every choice; a group is taken as a whole."""
    b = Build("Constants")
    device, group = b.sort("Device", devices), b.sort("Group", 2)
    by_device = MapType((device,), group)
    home = b.constant("home", by_device)
    direct = b.constant("direct", MapType((group,), BOOL), listed(MapType((group,), BOOL), TRUE, FALSE))
    taken = b.field("taken", MapType((device,), BOOL), everywhere(FALSE, MapType((device,), BOOL)))
    d, g = var("d", device), var("g", group)
    refused = b.site("refused", "EBUSY", "direct")
    all_of = quant("set", over("d", device), d, eq(at(home, d), g))
    b.action(
        "take",
        {"g": group},
        when(both(at(direct, g), exists(over("d", all_of), at(taken, d))), give(outcome(refused))),
        loop(over("e", all_of), put("taken", TRUE, var("e", device))),
        done(),
    )
    whole = every(
        [over("d", device), over("e", device)],
        eq(at(taken, d), at(taken, var("e", device))),
        eq(at(home, d), at(home, var("e", device))),
    )
    b.promise("invariant", "groups_are_whole", whole)
    b.promise("assume", "nobody_is_alone", every(over("g", group), ne(length(all_of), lit(1))))
    return b.ground()
