"""The tree of right expressions: coercions, lowered forms, unique names."""

from __future__ import annotations

from typing import Any

import pytest

from spec.lang.ir import (
    And,
    Arith,
    Assign,
    Attr,
    Call,
    ChoiceRead,
    Compare,
    ConstRead,
    ElementsDomain,
    EnumDomain,
    EnumLit,
    Expr,
    FieldRead,
    Index,
    Inject,
    IsNone,
    IsVariant,
    Ite,
    Length,
    Lit,
    Local,
    MakeRecord,
    Member,
    NoneLit,
    Not,
    Or,
    OutcomeTest,
    Project,
    Quant,
    RangeDomain,
    SeqAppend,
    SeqAt,
    SeqConcat,
    SeqLit,
    SeqRemove,
    SeqSlice,
    SeqTail,
    SetLit,
    SetOp,
    SortDomain,
    SortSize,
    SwitchRead,
    Update,
    Write,
)
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL, INT, OUTCOME, Extent, IntType, MapType, OptionType, SetType
from spec.lang.walk import expressions, subexpressions
from tests.lang.elab_tools import (
    BLOCKING,
    DEVICE,
    DOMAIN,
    ERA,
    FIELDS,
    MODE,
    OWNED,
    PAIR,
    SLOT,
    SMALL,
    TABLE,
    USER,
    read_body,
    read_expr,
)

AT = BUILTIN
D, E, U = Local(DEVICE, AT, "d"), Local(DEVICE, AT, "e"), Local(USER, AT, "u")
S, N = Local(SLOT, AT, "s"), Local(INT, AT, "n")
DOM, WHO, R = Local(DOMAIN, AT, "dom"), Local(OptionType(USER), AT, "who"), Local(OUTCOME, AT, "r")


def field(name: str) -> FieldRead:
    return FieldRead(FIELDS[name], AT, name)


def number(value: int) -> Lit:
    return Lit(INT, AT, value)


def true() -> Lit:
    return Lit(BOOL, AT, True)


def stored(text: str) -> Any:
    """The one write of a body."""
    found = [s for s in read_body(text).body if isinstance(s, Write)]
    assert len(found) == 1
    return found[0]


def back(name: str, count: int) -> Arith:
    return Arith(INT, AT, "-", Length(INT, AT, field(name)), number(count))


def at_least_0(expr: Expr) -> Arith:
    return Arith(INT, AT, "max", number(0), expr)


ORDER, SHORT = FIELDS["order"], FIELDS["short"]
SLICES: list[tuple[str, Expr]] = [
    ("self.order[n:]", SeqSlice(ORDER, AT, field("order"), N, None)),
    ("self.order[:n]", SeqSlice(ORDER, AT, field("order"), number(0), N)),
    ("self.order[:1]", SeqSlice(ORDER, AT, field("order"), number(0), number(1))),
    ("self.order[n:3]", SeqSlice(ORDER, AT, field("order"), N, number(3))),
    ("self.order[1:3]", SeqSlice(ORDER, AT, field("order"), number(1), number(3))),
    ("self.order[:]", SeqSlice(ORDER, AT, field("order"), number(0), None)),
    ("self.order[0:]", SeqSlice(ORDER, AT, field("order"), number(0), None)),
    ("self.order[:-1]", SeqSlice(ORDER, AT, field("order"), number(0), at_least_0(back("order", 1)))),
    ("self.order[-2:]", SeqSlice(ORDER, AT, field("order"), at_least_0(back("order", 2)), None)),
    ("self.order[-1]", SeqAt(DEVICE, AT, field("order"), back("order", 1))),
    ("self.order[-2]", SeqAt(DEVICE, AT, field("order"), back("order", 2))),
    ("self.order[-n]", SeqAt(DEVICE, AT, field("order"), Arith(INT, AT, "-", number(0), N))),
    ("self.order[:-n]", SeqSlice(ORDER, AT, field("order"), number(0), Arith(INT, AT, "-", number(0), N))),
    ("self.order + self.order", SeqConcat(ORDER, AT, field("order"), field("order"))),
    ("self.order + self.short", SeqConcat(ORDER, AT, field("order"), field("short"))),
    ("self.short + self.order", SeqConcat(SHORT, AT, field("short"), field("order"))),
    ("self.order + ()", SeqConcat(ORDER, AT, field("order"), SeqLit(ORDER, AT, ()))),
    ("(d,) + self.order", SeqConcat(ORDER, AT, SeqLit(ORDER, AT, (D,)), field("order"))),
    ("() + self.short", SeqConcat(SHORT, AT, SeqLit(SHORT, AT, ()), field("short"))),
    (
        "self.order[:n] + (d,) + self.order[n:]",
        SeqConcat(
            ORDER,
            AT,
            SeqAppend(ORDER, AT, SeqSlice(ORDER, AT, field("order"), number(0), N), D),
            SeqSlice(ORDER, AT, field("order"), N, None),
        ),
    ),
    (
        "((d,) if oom else ()) + self.short",
        SeqConcat(
            SHORT,
            AT,
            Ite(SHORT, AT, ChoiceRead(BOOL, AT, "oom"), SeqLit(SHORT, AT, (D,)), SeqLit(SHORT, AT, ())),
            field("short"),
        ),
    ),
]
READS: list[tuple[str, Expr]] = [
    *SLICES,
    ("self.count", field("count")),
    ("self.limit", ConstRead(SMALL, AT, "limit")),
    ("self.rollback", SwitchRead(BOOL, AT, "rollback")),
    ("oom", ChoiceRead(BOOL, AT, "oom")),
    ("LIMIT", number(3)),
    ("FLAG", true()),
    ("-2", number(-2)),
    ("-n", Arith(INT, AT, "-", number(0), N)),
    ("Mode.IDLE", EnumLit(MODE, AT, "IDLE")),
    ("len(Device)", SortSize(INT, AT, "Device")),
    ("len(self.order)", Length(INT, AT, field("order"))),
    ("self.owner[d]", Index(OptionType(USER), AT, field("owner"), (D,))),
    ("self.uses[d, s]", Index(BOOL, AT, field("uses"), (D, S))),
    ("self.order[0]", SeqAt(DEVICE, AT, field("order"), number(0))),
    ("self.order[1:]", SeqTail(FIELDS["order"], AT, field("order"))),
    ("rest(self.order)", SeqTail(FIELDS["order"], AT, field("order"))),
    ("without(self.order, d)", SeqRemove(FIELDS["order"], AT, field("order"), D)),
    ("self.order + (d,)", SeqAppend(FIELDS["order"], AT, field("order"), D)),
    ("self.claimed | {u}", SetOp(SetType(USER), AT, "|", field("claimed"), SetLit(SetType(USER), AT, (U,)))),
    ("self.claimed - {u}", SetOp(SetType(USER), AT, "-", field("claimed"), SetLit(SetType(USER), AT, (U,)))),
    ("self.claimed & set()", SetOp(SetType(USER), AT, "&", field("claimed"), SetLit(SetType(USER), AT, ()))),
    ("{u}", SetLit(SetType(USER), AT, (U,))),
    ("n // 2", Arith(INT, AT, "//", N, number(2))),
    ("n % len(Device)", Arith(INT, AT, "%", N, SortSize(INT, AT, "Device"))),
    ("min(n, 2, self.count)", Arith(INT, AT, "min", Arith(INT, AT, "min", N, number(2)), field("count"))),
    ("max(n, 2)", Arith(INT, AT, "max", N, number(2))),
    ("self.maybe + 1", Arith(INT, AT, "+", Project(SMALL, AT, field("maybe")), number(1))),
    ("implies(oom, True)", Or(BOOL, AT, (Not(BOOL, AT, ChoiceRead(BOOL, AT, "oom")), true()))),
    ("1 if oom else n", Ite(INT, AT, ChoiceRead(BOOL, AT, "oom"), number(1), N)),
    (
        "u if oom else None",
        Ite(
            OptionType(USER),
            AT,
            ChoiceRead(BOOL, AT, "oom"),
            Inject(OptionType(USER), AT, U),
            NoneLit(OptionType(USER), AT),
        ),
    ),
    ("opposite(m)", Call(MODE, AT, "opposite", (Local(MODE, AT, "m"),))),
    ("self.half(n)", Call(INT, AT, "Spec.half", (N,))),
    ("self.helper(d)", Call(OUTCOME, AT, "Spec.helper", (D,))),
    ("super().helper(d)", Call(OUTCOME, AT, "Base.helper", (D,))),
    ("self.helper(d=e)", Call(OUTCOME, AT, "Spec.helper", (E,))),
    ("Table(index=s, owner=u)", MakeRecord(TABLE, AT, (U, S))),
    ("replace(self.table, index=s)", Update(TABLE, AT, Project(TABLE, AT, field("table")), (("index", S),))),
    ("replace(dom, index=s)", Update(TABLE, AT, Project(TABLE, AT, DOM), (("index", S),))),
    ("self.view.errno", Attr(SMALL, AT, field("view"), "errno")),
    ("self.table.owner", Attr(USER, AT, Project(TABLE, AT, field("table")), "owner")),
    ("dom.index", Attr(SLOT, AT, Project(TABLE, AT, DOM), "index")),
    (
        "self.spare.index",
        Attr(SLOT, AT, Project(TABLE, AT, Project(DOMAIN, AT, field("spare"))), "index"),
    ),
    (
        "self.owned[d].owner",
        Ite(
            USER,
            AT,
            IsVariant(BOOL, AT, Index(OWNED, AT, field("owned"), (D,)), "Pair"),
            Attr(USER, AT, Project(PAIR, AT, Index(OWNED, AT, field("owned"), (D,))), "owner"),
            Attr(USER, AT, Project(TABLE, AT, Index(OWNED, AT, field("owned"), (D,))), "owner"),
        ),
    ),
    ("isinstance(dom, Table)", IsVariant(BOOL, AT, DOM, "Table")),
    ("isinstance(self.spare, Table)", IsVariant(BOOL, AT, field("spare"), "Table")),
    ("isinstance(self.table, Table)", Not(BOOL, AT, IsNone(BOOL, AT, field("table")))),
    ("isinstance(self.view, View)", true()),
    ("isinstance(self.view, Table)", Lit(BOOL, AT, False)),
    (
        "isinstance(dom, (Default, Table))",
        Or(BOOL, AT, (IsVariant(BOOL, AT, DOM, "Default"), IsVariant(BOOL, AT, DOM, "Table"))),
    ),
]

COMPARISONS: list[tuple[str, Expr]] = [
    ("d == e", Compare(BOOL, AT, "==", D, E)),
    ("n != self.count", Compare(BOOL, AT, "!=", N, field("count"))),
    ("who == u", Compare(BOOL, AT, "==", WHO, Inject(OptionType(USER), AT, U))),
    ("u != who", Compare(BOOL, AT, "!=", Inject(OptionType(USER), AT, U), WHO)),
    ("who == self.holder", Compare(BOOL, AT, "==", WHO, field("holder"))),
    ("dom == Blocking()", Compare(BOOL, AT, "==", DOM, Inject(DOMAIN, AT, MakeRecord(BLOCKING, AT, ())))),
    (
        "self.spare == Blocking()",
        Compare(
            BOOL,
            AT,
            "==",
            field("spare"),
            Inject(OptionType(DOMAIN), AT, Inject(DOMAIN, AT, MakeRecord(BLOCKING, AT, ()))),
        ),
    ),
    ("who is None", IsNone(BOOL, AT, WHO)),
    ("who is not None", Not(BOOL, AT, IsNone(BOOL, AT, WHO))),
    ("None == who", IsNone(BOOL, AT, WHO)),
    ("m is Mode.BUSY", Compare(BOOL, AT, "==", Local(MODE, AT, "m"), EnumLit(MODE, AT, "BUSY"))),
    ("m is not Mode.BUSY", Compare(BOOL, AT, "!=", Local(MODE, AT, "m"), EnumLit(MODE, AT, "BUSY"))),
    ("self.flag is True", Compare(BOOL, AT, "==", field("flag"), true())),
    ("self.era >= Era.E2", Compare(BOOL, AT, ">=", SwitchRead(ERA, AT, "era"), EnumLit(ERA, AT, "E2"))),
    ("s < self.free", Compare(BOOL, AT, "<", S, Project(SLOT, AT, field("free")))),
    (
        "0 < n <= 3",
        And(BOOL, AT, (Compare(BOOL, AT, "<", number(0), N), Compare(BOOL, AT, "<=", N, number(3)))),
    ),
    (
        "self.maybe == n",
        And(
            BOOL,
            AT,
            (
                Not(BOOL, AT, IsNone(BOOL, AT, field("maybe"))),
                Compare(BOOL, AT, "==", Project(SMALL, AT, field("maybe")), N),
            ),
        ),
    ),
    ("self.order == ()", Compare(BOOL, AT, "==", field("order"), SeqLit(FIELDS["order"], AT, ()))),
    ("set() == self.claimed", Compare(BOOL, AT, "==", SetLit(SetType(USER), AT, ()), field("claimed"))),
    ("u in self.claimed", Member(BOOL, AT, U, field("claimed"))),
    ("d not in self.order", Not(BOOL, AT, Member(BOOL, AT, D, field("order")))),
    (
        "who in self.claimed",
        And(
            BOOL,
            AT,
            (Not(BOOL, AT, IsNone(BOOL, AT, WHO)), Member(BOOL, AT, Project(USER, AT, WHO), field("claimed"))),
        ),
    ),
    ("n in (1, 2)", Or(BOOL, AT, (Compare(BOOL, AT, "==", N, number(1)), Compare(BOOL, AT, "==", N, number(2))))),
    ("n in {1}", Compare(BOOL, AT, "==", N, number(1))),
    (
        "who in (None, u)",
        Or(BOOL, AT, (IsNone(BOOL, AT, WHO), Compare(BOOL, AT, "==", WHO, Inject(OptionType(USER), AT, U)))),
    ),
    ("r.refused", OutcomeTest(BOOL, AT, R, "refused")),
    ("r.errno == EPERM", OutcomeTest(BOOL, AT, R, "errno", "EPERM")),
    ("EPERM == r.errno", OutcomeTest(BOOL, AT, R, "errno", "EPERM")),
    ("r.errno != EPROBE_DEFER", Not(BOOL, AT, OutcomeTest(BOOL, AT, R, "errno", "EPROBE_DEFER"))),
    (
        "r.errno in (EPERM, EBUSY)",
        Or(BOOL, AT, (OutcomeTest(BOOL, AT, R, "errno", "EPERM"), OutcomeTest(BOOL, AT, R, "errno", "EBUSY"))),
    ),
    ('r.reason == "already-held"', OutcomeTest(BOOL, AT, R, "reason", "already-held")),
    ("self.view.errno == LIMIT", Compare(BOOL, AT, "==", Attr(SMALL, AT, field("view"), "errno"), number(3))),
]


@pytest.mark.parametrize(("text", "tree"), [*READS, *COMPARISONS], ids=[t for t, _ in (*READS, *COMPARISONS)])
def test_an_expression_has_this_tree(text: str, tree: Expr) -> None:
    assert tree == read_expr(text)


def quant(kind: Any, type_: Any, name: str, domain: Any, item: Any, cond: Any, body: Any) -> Quant:
    from spec.lang.ir import Binder

    return Quant(type_, AT, kind, (Binder(name, item, domain),), cond, body)


X = Local(DEVICE, AT, "x")
OWNED_X = Not(BOOL, AT, IsNone(BOOL, AT, Index(OptionType(USER), AT, field("owner"), (X,))))
X_IS_D = Compare(BOOL, AT, "==", X, D)
COMPREHENSIONS: list[tuple[str, Expr]] = [
    ("all(x == d for x in Device)", quant("all", BOOL, "x", SortDomain("Device"), DEVICE, None, X_IS_D)),
    (
        "any(x == d for x in Device if self.owner[x] is not None)",
        quant("any", BOOL, "x", SortDomain("Device"), DEVICE, OWNED_X, Compare(BOOL, AT, "==", X, D)),
    ),
    ("sum(1 for x in Device)", quant("count", INT, "x", SortDomain("Device"), DEVICE, None, None)),
    ("sum(n for x in Device)", quant("sum", INT, "x", SortDomain("Device"), DEVICE, None, N)),
    ("min(n for x in Device)", quant("min", INT, "x", SortDomain("Device"), DEVICE, None, N)),
    ("max(n for x in Mode)", quant("max", INT, "x", EnumDomain("Mode"), MODE, None, N)),
    ("{x for x in self.order}", quant("set", SetType(DEVICE), "x", ElementsDomain(field("order")), DEVICE, None, X)),
    (
        "first(x for x in Device if self.owner[x] is not None)",
        quant("first", OptionType(DEVICE), "x", SortDomain("Device"), DEVICE, OWNED_X, X),
    ),
    (
        "any(True for x in range(2))",
        quant("any", BOOL, "x", RangeDomain(number(0), number(2)), INT, None, true()),
    ),
    (
        "any(True for x in range(n, 2))",
        quant("any", BOOL, "x", RangeDomain(N, number(2)), INT, None, true()),
    ),
]


@pytest.mark.parametrize(("text", "tree"), COMPREHENSIONS, ids=[t for t, _ in COMPREHENSIONS])
def test_a_comprehension_has_this_tree(text: str, tree: Expr) -> None:
    assert tree == read_expr(text)


def test_a_test_on_an_outer_for_is_asked_before_the_inner_domain_is_read() -> None:
    tree = read_expr("sum(1 for x in Device if self.owner[x] is not None for y in self.order if y == x)")
    assert isinstance(tree, Quant) and tree.kind == "sum" and tree.cond == OWNED_X
    assert isinstance(tree.body, Quant) and tree.body.kind == "count"
    assert [b.name for b in tree.body.binders] == ["y"]


def test_two_binders_without_a_test_between_are_one_quantifier() -> None:
    tree = read_expr("all(self.uses[x, y] for x in Device for y in Slot if x == d)")
    assert isinstance(tree, Quant) and [b.name for b in tree.binders] == ["x", "y"]
    assert Compare(BOOL, AT, "==", X, D) == tree.cond


def test_bound_variables_have_names_of_their_own() -> None:
    function = read_body(
        "a = any(x == d for x in Device)\nb = any(x == u for x in User)\nfor y in Slot:\n    pass\n"
        "for y in Device:\n    x = y\n    c = all(y == u for y in User)"
    )
    quants = [e for e in expressions(function.body) if isinstance(e, Quant)]
    bound = [b.name for q in quants for b in q.binders]
    assert bound == ["x", "x_2", "y_3"]
    assert function.locals == {"a": BOOL, "b": BOOL, "c": BOOL, "y": SLOT, "y_2": DEVICE, "x_3": DEVICE}
    assert Compare(BOOL, AT, "==", Local(USER, AT, "y_3"), U) == quants[2].body


def test_a_duplicated_comprehension_gets_new_names() -> None:
    tree = read_expr("0 < sum(1 for x in Device) < 3")
    assert isinstance(tree, And)
    names = [b.name for e in subexpressions(tree) if isinstance(e, Quant) for b in e.binders]
    assert names == ["x", "x_2"]


def test_a_comprehension_variable_hides_a_parameter_only_inside() -> None:
    tree = read_expr("any(d == e for d in Device) and d == e")
    assert isinstance(tree, And)
    assert isinstance(tree.items[0], Quant)
    assert Compare(BOOL, AT, "==", Local(DEVICE, AT, "d_2"), E) == tree.items[0].body
    assert Compare(BOOL, AT, "==", D, E) == tree.items[1]


def test_a_choice_can_be_fixed_by_the_caller() -> None:
    (do,) = read_body("self.touch(d, fails=oom)").body
    assert Call(do.call.type, AT, "Spec.touch", (D,), (("fails", ChoiceRead(BOOL, AT, "oom")),)) == do.call  # type: ignore[union-attr]


STORES: list[tuple[str, Expr]] = [
    ("self.holder = u", Inject(OptionType(USER), AT, U)),
    ("self.holder = None", NoneLit(OptionType(USER), AT)),
    ("self.owner[d] = who", WHO),
    ("self.claimed = set()", SetLit(SetType(USER), AT, ())),
    ("self.numbers = {1, n}", SetLit(SetType(SMALL), AT, (number(1), N))),
    ("self.order = ()", SeqLit(FIELDS["order"], AT, ())),
    ("self.order = (d, e)", SeqLit(FIELDS["order"], AT, (D, E))),
    ("self.order += (d,)", SeqAppend(FIELDS["order"], AT, field("order"), D)),
    ("self.order += self.short", SeqConcat(ORDER, AT, field("order"), field("short"))),
    ("self.order = (d,) + (e,)", SeqAppend(ORDER, AT, SeqLit(ORDER, AT, (D,)), E)),
    ("self.domain[d] = Blocking()", Inject(DOMAIN, AT, MakeRecord(BLOCKING, AT, ()))),
    ("self.level[d] += 1", Arith(INT, AT, "+", Index(SMALL, AT, field("level"), (D,)), number(1))),
    ("self.claimed |= {u}", SetOp(SetType(USER), AT, "|", field("claimed"), SetLit(SetType(USER), AT, (U,)))),
    ("self.count -= n", Arith(INT, AT, "-", field("count"), N)),
    ("self.flag = self.holder is None", IsNone(BOOL, AT, field("holder"))),
    ("self.maybe = n + 1", Inject(OptionType(SMALL), AT, Arith(INT, AT, "+", N, number(1)))),
    ("self.table = dom", Inject(OptionType(TABLE), AT, Project(TABLE, AT, DOM))),
    ("self.claimed = {who}", SetLit(SetType(USER), AT, (Project(USER, AT, WHO),))),
    (
        "self.spare = self.table",
        Ite(
            OptionType(DOMAIN),
            AT,
            IsNone(BOOL, AT, field("table")),
            NoneLit(OptionType(DOMAIN), AT),
            Inject(OptionType(DOMAIN), AT, Inject(DOMAIN, AT, Project(TABLE, AT, field("table")))),
        ),
    ),
]


@pytest.mark.parametrize(("text", "value"), STORES, ids=[t for t, _ in STORES])
def test_a_store_has_this_value(text: str, value: Expr) -> None:
    assert value == stored(text).value


def test_an_option_may_stand_where_a_value_is_needed() -> None:
    assert (Project(USER, AT, WHO), S) == stored("self.domain[d] = Table(owner=who, index=s)").value.base.items


def test_everywhere_takes_the_type_of_its_field() -> None:
    value = stored("self.owner = everywhere(u)").value
    assert MapType((DEVICE,), OptionType(USER)) == value.type
    assert Inject(OptionType(USER), AT, U) == value.value


def test_an_option_of_an_int_keeps_none_and_gets_the_bounds_of_its_place() -> None:
    wide = OptionType(IntType(Extent(0), Extent(9)))
    FIELDS["wide"] = wide
    try:
        value = stored("self.wide = self.maybe").value
    finally:
        del FIELDS["wide"]
    held = Project(SMALL, AT, field("maybe"))
    assert Ite(wide, AT, IsNone(BOOL, AT, field("maybe")), NoneLit(wide, AT), Inject(wide, AT, held)) == value


def test_the_key_of_an_augmented_entry_is_read_once_when_the_order_shows() -> None:
    body = read_body("self.level[self.order[0]] += 1 if oom else 2").body
    assert isinstance(body[0], Assign) and isinstance(body[1], Write)
    assert SeqAt(DEVICE, AT, field("order"), number(0)) == body[0].value
    assert (Local(DEVICE, AT, body[0].name),) == body[1].keys
    assert (Local(DEVICE, AT, body[0].name),) == body[1].value.left.keys  # type: ignore[union-attr]
    (plain,) = read_body("self.level[d] += 1 if oom else 2").body
    assert plain.keys == (D,)  # type: ignore[union-attr]


def test_value_before_keys_when_the_order_shows() -> None:
    body = read_body("self.level[d if oom else e] = 1 if oom else 2").body
    assert isinstance(body[0], Assign) and isinstance(body[1], Write)
    assert body[0].name == "new_level" and Local(INT, AT, "new_level") == body[1].value
