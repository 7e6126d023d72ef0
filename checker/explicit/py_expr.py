"""Generated Python for expressions: every node of the typed tree becomes text with the meaning of the language."""

from __future__ import annotations

from typing import assert_never

from checker.explicit.py_collections import (
    append,
    everywhere,
    index,
    joined,
    length,
    listed,
    member,
    piece,
    quantifier,
    read_field,
    set_literal,
    set_operation,
)
from checker.explicit.py_writer import Unit, Writer
from spec.lang.ir import (
    And,
    Arith,
    Attr,
    Call,
    ChoiceRead,
    Compare,
    ConstRead,
    EnumLit,
    Everywhere,
    Expr,
    FieldRead,
    Index,
    Inject,
    IsNone,
    IsVariant,
    Ite,
    Length,
    Listed,
    Lit,
    Local,
    MakeRecord,
    Member,
    NoneLit,
    Not,
    Or,
    OutcomeLit,
    OutcomeTest,
    Project,
    Quant,
    SeqAppend,
    SeqAt,
    SeqConcat,
    SeqLit,
    SeqRemove,
    SeqSlice,
    SeqTail,
    SetLit,
    SetOp,
    SortSize,
    SwitchRead,
    Update,
)
from spec.lang.machine import Site
from spec.lang.types import EnumType, IntType, NoneType, OptionType, RecordType, SeqType, Type, UnionType
from spec.lang.values import bounds, capacity


def expression(w: Writer, node: Expr) -> str:
    """The text of any expression; lines that it needs go before."""
    match node:
        case Lit(_, _, value):
            return str(int(value)) if value >= 0 else f"({int(value)})"
        case NoneLit():
            return "None"
        case EnumLit(EnumType(name), _, member_name):
            return str(w.unit.ground.enums[name].members.index(member_name))
        case Local(_, _, name):
            return w.local(name)
        case ChoiceRead():
            return _choice(w, node)
        case FieldRead():
            return read_field(w, node)
        case ConstRead(_, _, name):
            return constant_name(w.unit, name)
        case Index():
            return index(w, node)
        case Not(_, _, base):
            return f"(not {w.expr(base)})"
        case And(_, _, items):
            return _chain(w, "and", items)
        case Or(_, _, items):
            return _chain(w, "or", items)
        case Ite():
            return _if_else(w, node)
        case Compare(_, _, op, left, right):
            a, b = w.operands(left, right)
            return f"({a} {op} {b})"
        case Arith(_, _, op, left, right):
            a, b = w.operands(left, right)
            return f"{op}({a}, {b})" if op in ("min", "max") else f"({a} {op} {b})"
        case Call():
            return call(w, node)
        case OutcomeLit(_, _, site, outputs):
            texts = w.operands(*(value for _, value in outputs))
            return f"R.site({', '.join([str(site), *texts])})"
        case OutcomeTest():
            return _outcome_test(w, node)
        case Attr() | MakeRecord() | Update() | Inject() | Project() | IsNone() | IsVariant():
            return _structure(w, node)
        case _:
            return _collection(w, node)


def _collection(w: Writer, node: Expr) -> str:
    match node:
        case Everywhere():
            return everywhere(w, node)
        case Listed():
            return listed(w, node)
        case Member():
            return member(w, node)
        case Length():
            return length(w, node)
        case SetLit():
            return set_literal(w, node)
        case SetOp():
            return set_operation(w, node)
        case SeqLit(SeqType() as kind, _, items):
            texts = w.operands(*items, wrap=lambda place, text: w.enter(text, items[place].type, kind.item))
            return f"at_most(({''.join(text + ', ' for text in texts)}), {capacity(kind, w.unit.ground)})"
        case SeqAt(_, _, base, place):
            return "at({}, {})".format(*w.operands(base, place))
        case SeqAppend():
            return append(w, node)
        case SeqRemove(_, _, base, item):
            return "without({}, {})".format(*w.operands(base, item))
        case SeqTail(_, _, base):
            return f"{w.expr(base)}[1:]"
        case SeqSlice():
            return piece(w, node)
        case SeqConcat():
            return joined(w, node)
        case Quant():
            return quantifier(w, node)
        case SwitchRead() | SortSize():
            raise AssertionError("grounding folds switches and sizes away")
        case _:
            raise AssertionError(f"an expression of an impossible type: {node}")


def constant_name(unit: Unit, name: str) -> str:
    """The global that holds a rigid constant while a search runs."""
    return f"const{list(unit.ground.constants).index(name)}"


def _choice(w: Writer, node: ChoiceRead) -> str:
    choice = next(c for c in w.function.choices if c.name == node.name)
    name = w.local(node.name)
    taken = f"R.take({w.unit.card(choice.type)}, {w.function.name + '.' + choice.name!r})"
    w.line(f"if {name} is UNREAD: {name} = {w.decode(taken, choice.type)}")
    return name


def _chain(w: Writer, word: str, items: tuple[Expr, ...]) -> str:
    """`and` and `or`, which stop early; in lines from the first item on that needs lines."""
    texts = [w.expr(items[0])]
    for place, item in enumerate(items[1:], 1):
        lines, text = w.trial(item)
        if not lines:
            texts.append(text)
            continue
        name = w.fresh()
        w.line(f"{name} = {f' {word} '.join(texts)}")
        w.line(f"if {name}:" if word == "and" else f"if not {name}:")
        w.adopt(lines, 1)
        w.depth += 1
        rest = items[place + 1 :]
        w.line(f"{name} = {_chain_from(w, word, text, rest)}")
        w.depth -= 1
        return name
    return f"({f' {word} '.join(texts)})"


def _chain_from(w: Writer, word: str, first: str, rest: tuple[Expr, ...]) -> str:
    """The chain of a text that is ready and further items."""
    if not rest:
        return first
    name = w.fresh()
    w.line(f"{name} = {first}")
    with w.block(f"if {name}:" if word == "and" else f"if not {name}:"):
        w.line(f"{name} = {_chain(w, word, rest)}")
    return name


def _if_else(w: Writer, node: Ite) -> str:
    test = w.expr(node.test)
    (before_then, then), (before_other, other) = w.trial(node.then), w.trial(node.other)
    if not before_then and not before_other:
        return f"({then} if {test} else {other})"
    name = w.fresh()
    for head, lines, text in ((f"if {test}:", before_then, then), ("else:", before_other, other)):
        w.line(head)
        w.adopt(lines, 1)
        w.lines.append((w.depth + 1, f"{name} = {text}"))
    return name


def call(w: Writer, node: Call) -> str:
    """A call of another function; bounded parameters are checked, choices that are given are passed by name."""
    callee = w.unit.ground.functions[node.function]
    choices = {choice.name: (f"c{place}=", choice.type) for place, choice in enumerate(callee.choices)}
    places = [("", param.type) for param in callee.params] + [choices[name] for name, _ in node.given]
    nodes = (*node.args, *(value for _, value in node.given))
    texts = w.operands(*nodes, wrap=lambda at, text: w.passed(text, nodes[at].type, places[at][1]))
    parts = [keyword + text for (keyword, _), text in zip(places, texts, strict=True)]
    return f"{w.unit.names[node.function]}({', '.join(['S', 'O', 'R', *parts])})"


def _outcome_test(w: Writer, node: OutcomeTest) -> str:
    sites = w.unit.ground.machine.sites
    key = (node.aspect, node.value)
    name = w.unit.keep("test", key, lambda: tuple(answers(site, *key) for site in sites))
    return f"{name}[{w.expr(node.base)}]"


def answers(site: Site, aspect: str, value: str) -> bool:
    """What an outcome made at this site says to a question."""
    if site.kind == "pending":
        return False
    match aspect:
        case "refused":
            return site.kind in ("refused", "partial")
        case "done" | "blocked" | "partial":
            return site.kind == aspect
        case "errno":
            return site.errno == value
        case _:
            return site.reason == value


# --- records, unions, options -----------------------------------------------------------------------------------


def _structure(w: Writer, node: Attr | MakeRecord | Update | Inject | Project | IsNone | IsVariant) -> str:
    match node:
        case Attr(_, _, base, name):
            assert isinstance(base.type, RecordType)
            kind, stride, card = _digit(w, base.type, name)
            return w.decode(f"({w.expr(base)} // {stride} % {card})", kind)
        case MakeRecord(RecordType(name), _, items):
            kinds = [kind for _, kind in w.unit.ground.records[name].fields]
            total = "0"
            codes = w.operands(*items, wrap=lambda at, text: w.code(text, items[at].type, kinds[at]))
            for kind, code in zip(kinds, codes, strict=True):
                total = f"({total} * {w.unit.card(kind)} + {code})"
            return total
        case Update(RecordType() as record, _, base, changes):
            digits = [_digit(w, record, name) for name, _ in changes]
            nodes: tuple[Expr, ...] = (base, *(value for _, value in changes))
            first, *codes = w.operands(
                *nodes, wrap=lambda at, text: w.code(text, nodes[at].type, digits[at - 1][0]) if at else text
            )
            parts = [f"({s}, {c}, {code})" for (_, s, c), code in zip(digits, codes, strict=True)]
            return f"update({', '.join([first, *parts])})"
        case Inject(kind, _, base):
            return _widen(w, w.expr(base), base.type, kind)
        case Project(kind, _, base):
            return _narrow(w, w.expr(base), base.type, kind)
        case IsNone(_, _, base):
            return f"({w.expr(base)} is None)"
        case IsVariant(_, _, base, name):
            return _is_variant(w, w.expr(base), base.type, name)
        case MakeRecord() | Update():
            raise AssertionError(f"a record of an impossible type: {node.type}")
        case _:
            assert_never(node)


def _digit(w: Writer, record: RecordType, name: str) -> tuple[Type, int, int]:
    """Type, stride and cardinality of one field of a record's code."""
    stride = 1
    for other, kind in reversed(w.unit.ground.records[record.name].fields):
        card = w.unit.card(kind)
        if other == name:
            return kind, stride, card
        stride *= card
    raise AssertionError(f"record {record.name} has no field {name}")


def _is_variant(w: Writer, text: str, kind: Type, name: str) -> str:
    if isinstance(kind, OptionType):
        kind = kind.item
    if isinstance(kind, RecordType):
        return f"(({text} is not None) and {kind.name == name})"
    assert isinstance(kind, UnionType)
    first, count = w.unit.spans(kind).get(name, (0, 0))
    return f"is_within({text}, {first}, {count})"


def _widen(w: Writer, text: str, source: Type, target: Type) -> str:
    """A value of `source` as one of the wider `target`."""
    match target, source:
        case OptionType(), NoneType():
            return text
        case OptionType(item), OptionType(inner):
            if item == inner or (isinstance(item, IntType) and _same_bounds(w, item, inner)):
                return text
            held = w.held(text)
            return f"(None if {held} is None else {_widen(w, held, inner, item)})"
        case OptionType(item), _:
            return _widen(w, text, source, item)
        case UnionType(), RecordType(name):
            first = w.unit.spans(target)[name][0]
            return f"({text} + {first})" if first else text
        case UnionType(), UnionType():
            return _regroup(w, text, source, target)
        case _:
            return w.enter(text, source, target)


def _same_bounds(w: Writer, a: IntType, b: Type) -> bool:
    known = isinstance(b, IntType) and None not in (a.lo, a.hi, b.lo, b.hi)
    return known and isinstance(b, IntType) and bounds(a, w.unit.ground) == bounds(b, w.unit.ground)


def _narrow(w: Writer, text: str, source: Type, target: Type) -> str:
    """A value of `source` as one of the narrower `target`; a fault when it holds something else."""
    match target, source:
        case OptionType(item), OptionType(inner):
            if item == inner:
                return text
            held = w.held(text)
            return f"(None if {held} is None else {_narrow(w, held, inner, item)})"
        case NoneType(), OptionType():
            return f"nothing({text})"
        case _, OptionType(inner):
            return _narrow(w, f"some({text})", inner, target)
        case RecordType(name), UnionType():
            first, count = w.unit.spans(source)[name]
            return f"variant({text}, {first}, {count})"
        case UnionType(), UnionType():
            return _regroup(w, text, source, target)
        case _:
            return text


def _regroup(w: Writer, text: str, source: UnionType, target: UnionType) -> str:
    """A value of one union as one of another with other variants or another order."""
    if source == target:
        return text
    there = w.unit.spans(target)
    table: list[int | None] = []
    for name, (_, count) in w.unit.spans(source).items():
        table.extend(there[name][0] + i if name in there else None for i in range(count))
    return f"regroup({text}, {w.unit.keep('regroup', (source, target), lambda: tuple(table))})"
