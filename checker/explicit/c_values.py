"""Generated C for values: records, unions and options by arithmetic on codes, conversions and equality."""

from __future__ import annotations

from collections.abc import Callable

from checker.explicit.c_interval import Interval, interval
from checker.explicit.c_types import number, unsigned
from checker.explicit.c_writer import Writer
from spec.lang.ir import Attr, Expr, Inject, IsVariant, MakeRecord, Project, Update
from spec.lang.types import (
    IntType,
    MapType,
    NoneType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    Type,
    UnionType,
)
from spec.lang.values import capacity, is_composite, key_count

Step = Callable[[Writer, str, Type, Type], str]


def make_record(w: Writer, node: MakeRecord) -> str:
    """The code of a record from its items; an integer item out of bounds is a fault."""
    assert isinstance(node.type, RecordType)
    kinds = [kind for _, kind in w.unit.ground.records[node.type.name].fields]
    texts = w.operands(node.items, lambda place, item: w.types.code(store(w, item, kinds[place]), kinds[place]))
    total = "0"
    for kind, text in zip(kinds, texts, strict=True):
        total = text if total == "0" else f"({total} * {number(w.types.card(kind))} + {text})"
    return total


def attr(w: Writer, node: Attr) -> str:
    """One field out of a record's code."""
    assert isinstance(node.base.type, RecordType)
    kind, stride, card = _field(w, node.base.type, node.name)
    return w.types.value(_digit(w.expr(node.base), stride, card), kind)


def update(w: Writer, node: Update) -> str:
    """A record's code with some digits exchanged, in the order written."""
    assert isinstance(node.type, RecordType)
    code = w.keep(node.type, w.expr(node.base)) if any(w.may_write(e) for _, e in node.items) else w.expr(node.base)
    for name, item in node.items:
        kind, stride, card = _field(w, node.type, name)
        new = w.types.code(store(w, item, kind), kind)
        held = w.temp(node.type, code)
        code = f"({held} + ({new} - {_digit(held, stride, card)}) * {number(stride)})"
    return code


def _field(w: Writer, record: RecordType, name: str) -> tuple[Type, int, int]:
    """Type, stride and cardinality of one field of a record."""
    stride = 1
    for other, kind in reversed(w.unit.ground.records[record.name].fields):
        card = w.types.card(kind)
        if other == name:
            return kind, stride, card
        stride *= card
    raise AssertionError(f"record {record.name} has no field {name}")


def _digit(code: str, stride: int, card: int) -> str:
    shifted = code if stride == 1 else f"((u64){code} / {unsigned(stride)})"
    return f"(i64)((u64){shifted} % {unsigned(card)})"


# --- options and unions -----------------------------------------------------------------------------------------


def inject(w: Writer, node: Inject) -> str:
    """A value seen as a wider option or union."""
    return widen(w, w.expr(node.base), node.base.type, node.type, interval(node.base, w.types))


def project(w: Writer, node: Project) -> str:
    """A value seen as the narrower type; a fault when it holds something else."""
    return _narrow(w, w.expr(node.base), node.base.type, node.type)


def is_variant(w: Writer, node: IsVariant) -> str:
    """True if the union or option holds this record."""
    text, kind = w.expr(node.base), node.base.type
    shift = 0
    if isinstance(kind, OptionType):
        kind, shift = kind.item, 1
    if isinstance(kind, RecordType):
        same = number(int(kind.name == node.variant))
        return f"({text} != 0 && {same})" if shift else f"(({text}), {same})"
    assert isinstance(kind, UnionType)
    found = dict(_spans(w, kind)).get(node.variant)
    return "0" if found is None else _within(text, found[0] + shift, found[1])


def _spans(w: Writer, union: UnionType) -> list[tuple[str, tuple[int, int]]]:
    """Per variant its first code and the number of its codes."""
    spans, offset = [], 0
    for name in union.variants:
        card = w.types.card(RecordType(name))
        spans.append((name, (offset, card)))
        offset += card
    return spans


def _within(text: str, first: int, count: int) -> str:
    return f"({text} == {number(first)})" if count == 1 else f"((u64)({text} - {number(first)}) < {unsigned(count)})"


def widen(w: Writer, text: str, source: Type, target: Type, known: Interval | None = None) -> str:
    """A scalar value of `source` as one of the wider `target`; integers are checked against bounds."""
    source, target = w.types.normal(source), w.types.normal(target)
    if isinstance(target, IntType) and isinstance(source, IntType):
        return w.check_bounds(text, target, known)
    if source == target:
        return text
    match target, source:
        case OptionType(), NoneType():
            return "0"
        case OptionType(item), OptionType(inner):
            return _through_option(w, text, inner, item, widen)
        case OptionType(item), _:
            return f"(1 + {w.types.code(widen(w, text, source, item, known), item)})"
        case UnionType(), RecordType(name):
            return f"({text} + {dict(_spans(w, target))[name][0]})"
        case UnionType(), UnionType():
            return _regroup(w, text, source, target)
        case SetType(item), SetType(inner) if isinstance(item, IntType) and isinstance(inner, IntType):
            return _rebase_set(w, text, inner, item)
        case _:
            raise AssertionError(f"no way from {source} to {target}")


def _narrow(w: Writer, text: str, source: Type, target: Type) -> str:
    source, target = w.types.normal(source), w.types.normal(target)
    if source == target or (isinstance(target, IntType) and isinstance(source, IntType)):
        return text
    match target, source:
        case OptionType(item), OptionType(inner):
            return _through_option(w, text, inner, item, _narrow)
        case NoneType(), OptionType():
            w.fault_if(f"{text} != 0")
            return "0"
        case _, OptionType(inner):
            held = w.keep(source, text)
            w.fault_if(f"{held} == 0")
            return _narrow(w, w.types.value(f"({held} - 1)", inner), inner, target)
        case RecordType(name), UnionType():
            first, count = dict(_spans(w, source))[name]
            held = w.keep(source, text)
            w.fault_if(f"!{_within(held, first, count)}")
            return f"({held} - {first})"
        case UnionType(), UnionType():
            return _regroup(w, text, source, target)
        case _:
            raise AssertionError(f"no way from {source} to {target}")


def _through_option(w: Writer, text: str, inner: Type, item: Type, step: Step) -> str:
    """The same option with another item type: None stays None."""
    held = w.temp(OptionType(inner), text)
    out = w.temp_c("i64", "0")
    with w.block(f"if ({held})"):
        changed = step(w, w.types.value(f"({held} - 1)", inner), inner, item)
        w.line(f"{out} = 1 + {w.types.code(changed, item)};")
    return out


def _regroup(w: Writer, text: str, source: UnionType, target: UnionType) -> str:
    """A value of one union as one of another; a fault for a record that the other does not have."""
    held = w.keep(source, text)
    there = dict(_spans(w, target))
    missing = [span for name, span in _spans(w, source) if name not in there]
    if missing:
        w.fault_if(" || ".join(_within(held, *span) for span in missing))
    out = held
    for name, (first, count) in reversed(_spans(w, source)):
        if name in there:
            out = f"({_within(held, first, count)} ? {held} + {number(there[name][0] - first)} : {out})"
    return out


def _rebase_set(w: Writer, text: str, inner: IntType, item: IntType) -> str:
    shift = w.types.low(inner) - w.types.low(item)
    held = w.keep(SetType(inner), text)
    full = (1 << w.types.card(item)) - 1
    lost = full >> shift if shift >= 0 else full << -shift
    w.fault_if(f"((u64){held} & ~UINT64_C({lost})) != 0")
    return f"(i64)((u64){held} << {shift})" if shift >= 0 else f"(i64)((u64){held} >> {-shift})"


# --- storing ----------------------------------------------------------------------------------------------------


def store(w: Writer, node: Expr, kind: Type) -> str:
    """The expression as a value of the type of the place that will keep it; out of bounds is a fault."""
    return fit(w, w.expr(node), node.type, kind, interval(node, w.types))


def fit(w: Writer, text: str, source: Type, target: Type, known: Interval | None = None) -> str:
    """A value or composite of `source` as one of `target`, checked where the target is narrower."""
    if not is_composite(target):
        return widen(w, text, source, target, known)
    if w.types.normal(source) == w.types.normal(target):
        return text
    held = w.temp(source, text)
    out = w.room(target)
    match target, source:
        case MapType(_, value), MapType(_, old):
            at = w.fresh("i")
            with w.block(f"for (i64 {at} = 0; {at} < {key_count(target, w.unit.ground)}; {at}++)"):
                moved = fit(w, w.entry(f"{held}.e[{at}]", old), old, value)
                w.line(f"{out}.e[{at}] = {moved if is_composite(value) else w.types.code(moved, value)};")
        case SeqType(item, _), SeqType(old, _):
            if capacity(source, w.unit.ground) > capacity(target, w.unit.ground):
                w.fault_if(f"{held}.len > {capacity(target, w.unit.ground)}")
            at = w.fresh("i")
            w.line(f"{out}.len = {held}.len;")
            with w.block(f"for (i64 {at} = 0; {at} < {held}.len; {at}++)"):
                moved = fit(w, w.entry(f"{held}.e[{at}]", old), old, item)
                w.line(f"{out}.e[{at}] = {w.types.code(moved, item)};")
        case _:
            raise AssertionError(f"no way from {source} to {target}")
    return out


# --- equality ---------------------------------------------------------------------------------------------------


def equal(w: Writer, left: str, a: Type, right: str, b: Type) -> str:
    """True if two values are equal; integers of all bounds are one type, None equals only None."""
    a, b = w.types.normal(a), w.types.normal(b)
    match a, b:
        case (MapType(), _) | (SeqType(), _):
            return f"{_equality(w, a, b)}({left}, {right})"
        case OptionType(), NoneType():
            return f"({left} == 0)"
        case NoneType(), OptionType():
            return f"({right} == 0)"
        case OptionType(one), OptionType(two) if a != b:
            first, second = w.temp(a, left), w.temp(b, right)
            inner = equal(w, w.types.value(f"({first} - 1)", one), one, w.types.value(f"({second} - 1)", two), two)
            return f"({first} && {second} ? {inner} : {first} == {second})"
        case OptionType(one), _ if a != b:
            first = w.temp(a, left)
            return f"({first} && {equal(w, w.types.value(f'({first} - 1)', one), one, right, b)})"
        case _, OptionType() if a != b:
            return equal(w, right, b, left, a)
        case SetType(IntType() as one), SetType(IntType() as two) if a != b:
            gap = w.types.low(one) - w.types.low(two)
            return f"(((u128){left} << {max(gap, 0)}) == ((u128){right} << {max(-gap, 0)}))"
        case _:
            return f"({left} == {right})"


def _equality(w: Writer, a: Type, b: Type) -> str:
    """The C function that compares two composites; made at first use."""
    if (a, b) not in w.unit.equalities:
        name = f"same{len(w.unit.equalities)}"
        w.unit.equalities[a, b] = name
        inner = Writer(w.unit, w.function, lambda *_: "")
        head = f"static int {name}({w.types.local(a)} a, {w.types.local(b)} b)"
        if isinstance(a, MapType) and isinstance(b, MapType):
            one, two, count = a.value, b.value, str(key_count(a, w.unit.ground))
        else:
            assert isinstance(a, SeqType) and isinstance(b, SeqType)
            one, two, count = a.item, b.item, "a.len"
            inner.line("if (a.len != b.len) return 0;")
        with inner.block(f"for (i64 i = 0; i < {count}; i++)"):
            test = equal(inner, inner.entry("a.e[i]", one), one, inner.entry("b.e[i]", two), two)
            inner.line(f"if (!{test}) return 0;")
        w.unit.helpers.append("\n".join([head + " {", *inner.lines, "return 1; }"]))
    return w.unit.equalities[a, b]
