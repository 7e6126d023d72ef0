"""One machine that uses every expression, statement and domain, with faults and choices in awkward places."""

from __future__ import annotations

from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, INT, NONE, OUTCOME, MapType, OptionType, SeqType, SetType, Type, UnionType
from spec.lang.values import leaves
from tests.build import (
    AT,
    BREAK,
    CONTINUE,
    FALSE,
    TRUE,
    Build,
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
    plus,
    project,
    put,
    quant,
    record,
    remove,
    seq_at,
    seq_of,
    set_of,
    set_op,
    size_of,
    some,
    tail,
    update,
    var,
    warn,
    when,
)


class Corpus:
    """Declarations shared by the groups of actions below."""

    def __init__(self, name: str) -> None:
        b = self.b = Build(name)
        self.dev = b.sort("Device", 2, ordered=True)
        self.mode = b.enum("Mode", "A", "B", "C", ordered=True)
        self.small, self.shifted = bounded(0, 3), bounded(-2, 2)
        self.point = b.record("Point", x=self.small, y=self.shifted)
        self.plain = b.record("Plain")
        self.owned = b.record("Owned", by=self.dev)
        self.shape = UnionType(("Plain", "Point", "Owned"))
        self.n = b.field("n", self.small, lit(0))
        self.z = b.field("z", self.shifted, lit(0))
        self.m = b.field("m", self.mode, ir.EnumLit(self.mode, AT, "A"))
        self.flag = b.field("flag", BOOL, FALSE)

    def effect(self, name: str, *body: ir.Stmt, **choices: Type) -> None:
        self.b.action(name, {}, *body, kind="kernel", returns=NONE, choices=choices)


def numbers(seed: int = 0) -> GroundMachine:
    """Integers, bounds, enums, maps with integer keys, arithmetic, choices behind short circuits."""
    c = Corpus(f"Numbers{seed}")
    b, n, z, m = c.b, c.n, c.z, c.m
    table = MapType((bounded(0, 1), c.mode), c.shifted)
    t = b.field("t", table, everywhere(lit(-1), table))
    by_int = MapType((c.shifted,), BOOL)
    k = b.constant("k", by_int)
    c.effect("up", put("n", plus(n, 1)))
    c.effect("down", put("z", minus(z, 1)), put("n", ite(compare(z, "<", lit(0)), lit(1), n)))
    c.effect("floor", put("z", arith(arith(z, "//", lit(2)), "+", arith(minus(z, 1), "%", lit(3)))))
    c.effect("mix", put("n", arith(arith(n, "min", lit(2)), "max", arith(z, "*", z))))
    c.effect("deep", put("t", plus(at(t, n, m), 1), n, m))
    c.effect("wild", put("flag", at(k, arith(n, "-", lit(1)))))
    c.effect("next", put("m", choice("to", c.mode)), to=c.mode)
    lazy = both(compare(n, ">", lit(0)), choice("p"), either(choice("q"), compare(z, ">=", lit(1))))
    c.effect("lazy", when(lazy, put("n", lit(0)), other=[put("z", lit(1))]), p=BOOL, q=BOOL)
    picked = choice("i", c.shifted)
    c.effect(
        "pick", when(compare(picked, ">", lit(0)), put("z", picked), other=[put("z", plus(picked, 0))]), i=c.shifted
    )
    ordered = compare(m, "<", ir.EnumLit(c.mode, AT, "C"))
    b.promise("invariant", "ordered", either(ordered, compare(n, "!=", lit(3))), premise=c.flag)
    total = quant("sum", over("i", (lit(0), plus(n, 1))), arith(var("i", INT), "*", lit(2)))
    b.promise("goal", "summed", eq(total, lit(12)))
    b.promise("boundary", "near", compare(at(t, lit(0), ir.EnumLit(c.mode, AT, "A")), "<", lit(1)))
    b.promise("final", "anywhere", compare(n, "<", lit(9)))
    return b.ground()


def records(seed: int = 0) -> GroundMachine:
    """Records, unions, options, conversions between them, and the faults of these."""
    c = Corpus(f"Records{seed}")
    b, n, z = c.b, c.n, c.z
    maybe = OptionType(c.shape)
    f = b.field("f", maybe, none(maybe))
    g = b.field("g", c.shape, inject(record("Plain"), c.shape))
    h = b.field("h", OptionType(c.dev), none(OptionType(c.dev)))
    narrow = UnionType(("Owned", "Plain"))
    put_point = inject(record("Point", n, z), maybe)
    c.effect("point", put("f", put_point))
    c.effect("owned", put("g", inject(record("Owned", choice("d", c.dev)), c.shape)), d=c.dev)
    c.effect("plain", put("g", inject(inject(record("Plain"), narrow), c.shape)))
    as_point = project(project(f, c.shape), c.point)
    c.effect("moved", put("f", inject(update(as_point, y=minus(attr(as_point, "y", c.shifted), 1), x=n), maybe)))
    c.effect("owner", put("h", some(attr(project(g, c.owned), "by", c.dev))))
    c.effect("narrowed", when(no(is_variant(g, "Point")), put("g", inject(project(g, narrow), c.shape))))
    c.effect("regrouped", put("g", inject(project(project(f, c.shape), narrow), c.shape)))
    c.effect("copied", when(no(is_none(f)), put("g", project(f, c.shape)), put("n", plus(n, 1))))
    c.effect("shift", put("z", plus(attr(project(f, c.point), "x", c.small), -2)))
    c.effect("clear", put("f", none(maybe)), put("h", none(OptionType(c.dev))))
    same = both(eq(f, inject(g, maybe)), ne(h, none(OptionType(c.dev))))
    b.promise("goal", "same", same)
    b.promise(
        "invariant", "never_far", no(both(is_variant(f, "Point"), eq(as_point, record("Point", lit(2), lit(-2)))))
    )
    b.promise("invariant", "shaky", either(is_none(h), is_none(f), eq(attr(as_point, "x", c.small), n)))
    return b.ground()


def rows(seed: int = 0) -> GroundMachine:
    """Sets, sequences, maps of sequences, all comprehensions, loops with breaks over what they change."""
    c = Corpus(f"Rows{seed}")
    b, n = c.b, c.n
    row, ints = SeqType(c.dev, size_of("Device", 1)), SetType(c.shifted)
    per = MapType((c.dev,), row)
    q = b.field("q", row, seq_of(row))
    s = b.field("s", SetType(c.dev), set_of(c.dev))
    i = b.field("i", ints, set_of(c.shifted))
    w = b.field("w", per, everywhere(seq_of(row), per))
    d, e = var("d", c.dev), var("e", c.dev)
    dev = {"d": c.dev}
    b.action(
        "join", dev, put("q", append(q, d)), put("s", set_op(s, "|", set_of(c.dev, d))), kind="kernel", returns=NONE
    )
    b.action("leave", dev, put("q", remove(q, d)), put("w", append(at(w, d), d), d), kind="kernel", returns=NONE)
    c.effect(
        "pop",
        when(compare(length(q), ">", lit(0)), put("s", set_op(s, "-", set_of(c.dev, seq_at(q, lit(0)))))),
        put("q", tail(q)),
    )
    c.effect("peek", when(eq(seq_at(q, n), seq_at(q, lit(0))), put("n", length(s)), other=[put("flag", no(c.flag))]))
    c.effect("reset", put("w", everywhere(tail(q), per)), put("i", set_of(c.shifted, minus(n, 2), lit(0))))
    c.effect("listing", put("w", listed(per, q, seq_of(row))))
    first = quant("first", over("d", c.dev), d, no(isin(d, s)))
    c.effect("first", when(is_none(first), put("n", lit(0)), other=[put("s", set_of(c.dev, project(first, c.dev)))]))
    grown = quant("set", over("x", i), arith(var("x", c.shifted), "*", lit(-1)), ne(var("x", c.shifted), lit(1)))
    c.effect("flip", put("i", ir.Quant(ints, AT, "set", grown.binders, grown.cond, grown.body)))
    c.effect("least", put("n", arith(quant("min", over("x", i), var("x", c.shifted)), "+", lit(2))))
    c.effect("most", put("n", quant("max", [over("d", q), over("e", at(w, d))], length(at(w, e)))))
    c.effect(
        "loop",
        loop(
            over("d", q),
            when(eq(d, seq_at(q, n)), CONTINUE),
            put("q", remove(q, d)),
            when(choice("stop"), BREAK),
            put("n", minus(n, 1)),
        ),
        stop=BOOL,
    )
    pairs = quant("count", [over("d", c.dev), over("e", q)], eq(d, e))
    b.promise("invariant", "pairs", compare(pairs, "<", lit(3)), premise=exists(over("x", i), lit(True)))
    b.promise("invariant", "orders", every([over("d", q), over("e", s)], compare(d, "<=", e), isin(e, q)))
    b.promise("goal", "equal", both(eq(at(w, seq_at(q, lit(0))), q), compare(length(i), ">", lit(1))))
    b.promise("boundary", "short", compare(length(at(w, seq_at(q, lit(1)))), "<", lit(2)))
    return b.ground()


def calls(seed: int = 0) -> GroundMachine:
    """Helpers that write and answer, given and free choices, outcomes, warnings, `during`, a choosing initialiser."""
    c = Corpus(f"Calls{seed}")
    b, n, flag = c.b, c.n, c.flag
    busy, again = b.site("refused", "EBUSY", "busy"), b.site("blocked", "", "again")
    half = b.site("partial", "EIO", "half")
    odd = b.warning("odd")
    d, r = var("d", c.dev), var("r", OUTCOME)
    took = MapType((c.dev,), BOOL)
    t = b.field("t", took, everywhere(FALSE, took))
    b.function("bump", {"by": INT}, [put("n", arith(n, "+", var("by", INT))), give(n)], returns=INT)
    b.function(
        "take_one",
        {"d": c.dev},
        [
            when(choice("fails"), give(outcome(busy, why=n))),
            put("t", TRUE, d),
            when(choice("late"), give(outcome(half))),
            done(),
        ],
        choices={"fails": BOOL, "late": BOOL},
    )
    b.function("quiet", {}, [give(choice("v", c.mode))], choices={"v": c.mode}, returns=c.mode)
    name = c.b.name
    bump = call(f"{name}.bump", lit(1), returns=INT)
    b.action(
        "add",
        {},
        when(eq(arith(n, "+", bump), lit(3)), warn(odd)),
        when(compare(n, ">", lit(2)), give(outcome(again))),
        done(),
    )
    b.action(
        "take",
        {"d": c.dev},
        let("r", call(f"{name}.take_one", d)),
        when(ask(r, "partial"), put("flag", TRUE)),
        when(ask(r, "refused"), give(r)),
        do(call(f"{name}.take_one", d, fails=flag)),
        done(),
    )
    b.action(
        "dirty",
        {"i": c.shifted},
        when(eq(var("i", c.shifted), c.z), give(outcome(busy))),
        put("z", var("i", c.shifted)),
        when(compare(var("i", c.shifted), ">", lit(1)), give(outcome(busy))),
        done(),
    )
    b.action(
        "drop",
        {"d": c.dev},
        let("r", call(f"{name}.take_one", d, fails=at(t, d), late=FALSE)),
        when(ask(r, "errno", "EBUSY"), put("t", FALSE, d), give(outcome(half, left=n))),
        when(either(ask(r, "reason", "busy"), ask(r, "blocked"), ask(r, "done")), give(r)),
        give(outcome(again)),
    )
    turned = call(f"{name}.quiet", returns=c.mode)
    b.action(
        "turn",
        {},
        ir.Require(compare(turned, "!=", c.m), AT),
        put("m", call(f"{name}.quiet", returns=c.mode)),
        kind="hardware",
        returns=NONE,
    )
    moves_at_rest = either(eq(c.m, b.old("m")), ne(c.z, lit(2)))
    b.promise("during", "moves_at_rest", moves_at_rest, premise=compare(c.z, ">", lit(0)))
    b.promise("during", "small_steps", compare(arith(n, "-", b.old("n")), "<", lit(2)), premise=b.old("flag"))
    b.promise(
        "action",
        "answers",
        no(both(ask(var("outcome", OUTCOME), "done"), at(t, d), b.old("flag"))),
        on=("take", "drop"),
        params={"d": c.dev},
        premise=ask(var("outcome", OUTCOME), "refused"),
    )
    b.promise("action", "any_step", compare(n, ">=", b.old("n")))
    b.promise("final", "stuck", flag)
    b.initial = b.function(
        "boot",
        {},
        [when(choice("odd"), put("n", lit(1))), when(choice("on"), put("flag", choice("odd")))],
        choices={"odd": BOOL, "on": BOOL},
        returns=NONE,
    )
    return b.ground()


def empty(seed: int = 0) -> GroundMachine:
    """No field and no action: one state, which is a deadlock."""
    return Build(f"Empty{seed}").ground()


def wide(fields: int = 0) -> GroundMachine:
    """A counter spread over many words, and a set that takes a whole word but two bits."""
    b = Build("Wide")
    fields = fields or 40
    kind = bounded(0, 1000)
    big = bounded(0, 61)
    s = b.field("s", SetType(big), set_of(big))
    for place in range(fields):
        b.field(f"x{place}", kind, lit(place))
    last = b.fields[f"x{fields - 1}"]
    high = ir.FieldRead(last.type, AT, last.name)
    b.action("far", {}, when(compare(high, "<", lit(60)), put(last.name, plus(high, 1))), done())
    b.action("mark", {}, put("s", set_op(s, "|", set_of(big, high))), done())
    b.action("first", {}, put("x0", high), done())
    return b.ground()


def constants_of(ground: GroundMachine) -> dict[str, list[int]]:
    """Some choice for every constant: the codes 0, 1, 0, 1, ..."""
    return {name: [i % 2 for i, _ in enumerate(leaves(c.type, ground))] for name, c in ground.constants.items()}


ALL = {"numbers": numbers, "records": records, "rows": rows, "calls": calls, "empty": empty, "wide": wide}
