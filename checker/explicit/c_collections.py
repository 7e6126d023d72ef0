"""Generated C for maps, sets, sequences and comprehensions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import assert_never

from checker.explicit.c_interval import interval
from checker.explicit.c_types import number
from checker.explicit.c_values import equal, fit, store, widen
from checker.explicit.c_writer import Writer
from spec.lang.ir import (
    Binder,
    ElementsDomain,
    EnumDomain,
    Everywhere,
    Expr,
    Index,
    Length,
    Listed,
    Member,
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
)
from spec.lang.types import IntType, MapType, OptionType, SeqType, SetType, Type
from spec.lang.values import is_composite, key_count

# --- maps -------------------------------------------------------------------------------------------------------


def index(w: Writer, node: Index) -> str:
    """An entry of a map, read where it lies."""
    assert isinstance(node.base.type, MapType)
    kind = node.base.type
    base, *_ = texts = w.operands((node.base, *node.keys), lambda p, e: _base_or_key(w, kind, p, e))
    return w.entry(f"{base}.e[{place(w, kind, texts[1:])}]", kind.value)


def _base_or_key(w: Writer, kind: MapType, place_: int, node: Expr) -> str:
    return w.expr(node) if place_ == 0 else key(w, node, kind.keys[place_ - 1])


def key(w: Writer, node: Expr, kind: Type) -> str:
    """The code of a key; an integer outside the map's keys is a fault."""
    return w.types.code(store(w, node, kind), kind)


def place(w: Writer, kind: MapType, keys: list[str]) -> str:
    """The position of an entry from the codes of its keys."""
    total = "0"
    for key_kind, text in zip(kind.keys, keys, strict=True):
        total = text if total == "0" else f"({total} * {w.types.card(key_kind)} + {text})"
    return total


def everywhere(w: Writer, node: Everywhere) -> str:
    """A map with one value at every key."""
    assert isinstance(node.type, MapType)
    value = node.type.value
    text = store(w, node.value, value)
    held = w.temp(value, text) if is_composite(value) else w.types.code(w.keep(value, text), value)
    out = w.room(node.type)
    at = w.fresh("i")
    w.line(f"for (i64 {at} = 0; {at} < {key_count(node.type, w.unit.ground)}; {at}++) {out}.e[{at}] = {held};")
    return out


def listed(w: Writer, node: Listed) -> str:
    """A map by position; the last value serves all further keys."""
    assert isinstance(node.type, MapType)
    value = node.type.value
    out = w.room(node.type)
    count = key_count(node.type, w.unit.ground)
    for at, item in enumerate(node.items):
        text = store(w, item, value)
        code = text if is_composite(value) else w.types.code(text, value)
        if at < count:
            w.line(f"{out}.e[{at}] = {code};")
    last = len(node.items) - 1
    for at in range(last + 1, count):
        w.line(f"{out}.e[{at}] = {out}.e[{last}];")
    return out


# --- sets -------------------------------------------------------------------------------------------------------


def member(w: Writer, node: Member) -> str:
    """True if the item is in the set or sequence."""
    item, base = w.operands((node.item, node.base))
    kind = node.base.type
    if isinstance(kind, SeqType):
        held, out, at = w.keep(node.item.type, item), w.temp_c("i64", "0"), w.fresh("i")
        with w.block(f"for (i64 {at} = 0; {at} < {base}.len && !{out}; {at}++)"):
            w.line(f"{out} = {equal(w, w.entry(f'{base}.e[{at}]', kind.item), kind.item, held, node.item.type)};")
        return out
    assert isinstance(kind, SetType)
    if isinstance(kind.item, IntType):
        code = f"({item} - {number(w.types.low(kind.item))})"
        return f"((u64){code} < {w.types.card(kind.item)} && (({base} >> {code}) & 1))"
    return f"(({base} >> {_as_item(w, item, node.item.type, kind.item)}) & 1)"


def _as_item(w: Writer, text: str, source: Type, target: Type) -> str:
    return w.types.code(widen(w, text, source, target), target)


def length(w: Writer, node: Length) -> str:
    """Number of elements."""
    base = w.expr(node.base)
    return f"(i64){base}.len" if isinstance(node.base.type, SeqType) else f"(i64)__builtin_popcountll((u64){base})"


def set_literal(w: Writer, node: SetLit) -> str:
    """A set of the items; an integer that the set cannot hold is a fault."""
    assert isinstance(node.type, SetType)
    kind = node.type.item
    texts = w.operands(node.items, lambda _, item: w.types.code(store(w, item, kind), kind))
    return "(" + " | ".join(f"((i64)1 << {text})" for text in texts) + ")" if texts else "0"


def set_operation(w: Writer, node: SetOp) -> str:
    """Union, intersection or difference."""
    left, right = w.operands((node.left, node.right), lambda _, e: fit(w, w.expr(e), e.type, node.type))
    match node.op:
        case "|":
            return f"({left} | {right})"
        case "&":
            return f"({left} & {right})"
        case "-":
            return f"({left} & ~{right})"
        case _:
            assert_never(node.op)


# --- sequences --------------------------------------------------------------------------------------------------


def seq_literal(w: Writer, node: SeqLit) -> str:
    """A sequence of the items."""
    assert isinstance(node.type, SeqType)
    kind = node.type.item
    texts = w.operands(node.items, lambda _, item: w.types.code(store(w, item, kind), kind))
    out = w.room(node.type)
    if len(node.items) > w.types.high(w.types.length_type(node.type)):
        w.fault_if("1")
        return out
    for at, text in enumerate(texts):
        w.line(f"{out}.e[{at}] = {text};")
    w.line(f"{out}.len = {len(texts)};")
    return out


def seq_at(w: Writer, node: SeqAt) -> str:
    """The entry at a position; a fault outside."""
    assert isinstance(node.base.type, SeqType)
    base, at = w.operands((node.base, node.at))
    held = w.keep(node.at.type, at)
    w.fault_if(f"(u64){held} >= (u64){base}.len")
    return w.entry(f"{base}.e[{held}]", node.base.type.item)


def seq_append(w: Writer, node: SeqAppend) -> str:
    """The sequence with one more item; a fault past the capacity."""
    assert isinstance(node.type, SeqType)
    kind = node.type.item

    def each_operand(at: int, e: Expr) -> str:
        return w.expr(e) if at == 0 else w.types.code(store(w, e, kind), kind)

    base, item = w.operands((node.base, node.item), each_operand)
    out = w.temp(node.type, fit(w, base, node.base.type, node.type))
    w.fault_if(f"{out}.len >= {w.types.high(w.types.length_type(node.type))}")
    w.line(f"{out}.e[{out}.len++] = {item};")
    return out


def seq_remove(w: Writer, node: SeqRemove) -> str:
    """The sequence without every entry that equals the item."""
    assert isinstance(node.type, SeqType) and isinstance(node.base.type, SeqType)
    kind = node.base.type.item
    base, item = w.operands((node.base, node.item))
    held, out, at = w.keep(node.item.type, item), w.room(node.base.type), w.fresh("i")
    with w.block(f"for (i64 {at} = 0; {at} < {base}.len; {at}++)"):
        test = equal(w, w.entry(f"{base}.e[{at}]", kind), kind, held, node.item.type)
        w.line(f"if (!{test}) {out}.e[{out}.len++] = {base}.e[{at}];")
    return fit(w, out, node.base.type, node.type)


def seq_tail(w: Writer, node: SeqTail) -> str:
    """Everything but the first entry; empty stays empty."""
    base, out, at = w.expr(node.base), w.room(node.base.type), w.fresh("i")
    with w.block(f"for (i64 {at} = 1; {at} < {base}.len; {at}++)"):
        w.line(f"{out}.e[{out}.len++] = {base}.e[{at}];")
    return fit(w, out, node.base.type, node.type)


def seq_slice(w: Writer, node: SeqSlice) -> str:
    """The entries from one bound to before another; a fault for a bound below 0, nothing past the end."""
    bounds = [node.lo] if node.hi is None else [node.lo, node.hi]
    base, *texts = w.operands((node.base, *bounds))
    low, *high = [w.keep(bound.type, text) for bound, text in zip(bounds, texts, strict=True)]
    for node_, bound in zip(bounds, (low, *high), strict=True):
        if (interval(node_, w.types) or (-1, 0))[0] < 0:
            w.fault_if(f"{bound} < 0")
    out, at = w.room(node.base.type), w.fresh("i")
    limit = "".join(f" && {at} < {bound}" for bound in high)
    with w.block(f"for (i64 {at} = {low}; {at} < (i64){base}.len{limit}; {at}++)"):
        w.line(f"{out}.e[{out}.len++] = {base}.e[{at}];")
    return fit(w, out, node.base.type, node.type)


def seq_concat(w: Writer, node: SeqConcat) -> str:
    """One sequence behind another; a fault past the capacity."""
    assert isinstance(node.type, SeqType)
    left, right = w.operands((node.left, node.right))
    out = w.temp(node.type, fit(w, left, node.left.type, node.type))
    more, at = fit(w, right, node.right.type, node.type), w.fresh("i")
    w.fault_if(f"(i64){out}.len + (i64){more}.len > {w.types.high(w.types.length_type(node.type))}")
    with w.block(f"for (i64 {at} = 0; {at} < {more}.len; {at}++)"):
        w.line(f"{out}.e[{out}.len++] = {more}.e[{at}];")
    return out


# --- loops ------------------------------------------------------------------------------------------------------


@contextmanager
def each(w: Writer, binder: Binder, body_writes: bool) -> Iterator[str]:
    """A C loop over a domain that is taken once at the start; gives the text of the present value."""
    at = w.fresh("i")
    match binder.domain:
        case SortDomain(sort):
            head, value = _counted(at, "0", str(w.unit.ground.sizes[sort])), at
        case EnumDomain(enum):
            head, value = _counted(at, "0", str(len(w.unit.ground.enums[enum].members))), at
        case RangeDomain(lo, hi):
            low, high = w.operands((lo, hi))
            head, value = _counted(at, low, w.keep(hi.type, high)), at
        case ElementsDomain(base):
            head, value = _elements(w, base, at, body_writes)
        case _:
            assert_never(binder.domain)
    with w.block(head):
        yield value


def _counted(at: str, low: str, high: str) -> str:
    return f"for (i64 {at} = {low}; {at} < {high}; {at}++)"


def _elements(w: Writer, base: Expr, at: str, body_writes: bool) -> tuple[str, str]:
    text, kind = w.expr(base), base.type
    if isinstance(kind, SeqType):
        held = w.temp(kind, text) if body_writes else text
        return _counted(at, "0", f"{held}.len"), w.entry(f"{held}.e[{at}]", kind.item)
    assert isinstance(kind, SetType)
    head = f"for (u64 {at} = (u64){text}; {at}; {at} &= {at} - 1)"
    return head, w.types.value(f"__builtin_ctzll({at})", kind.item)


def quantifier(w: Writer, node: Quant) -> str:
    """A comprehension as nested loops; all, any and first leave them early."""
    writes = any(w.may_write(e) for e in (node.cond, node.body) if e is not None)
    out = w.temp_c("i64", "1" if node.kind == "all" else "0")
    seen = w.temp_c("i64", "0") if node.kind in ("min", "max") else ""
    end = w.fresh("L")
    if _nest(w, node, node.binders, writes, (out, seen, end)):
        w.line(f"{end}:;")
    if seen:
        w.fault_if(f"!{seen}")
    return out


def _nest(w: Writer, node: Quant, binders: tuple[Binder, ...], writes: bool, names: tuple[str, str, str]) -> bool:
    """Writes the loops; True if the label behind them is used."""
    if not binders:
        return _turn(w, node, names)
    binder = binders[0]
    inner_writes = writes or any(
        isinstance(b.domain, ElementsDomain) and w.may_write(b.domain.base) for b in binders[1:]
    )
    with each(w, binder, inner_writes) as value:
        w.variables[binder.name] = w.temp(binder.type, value)
        return _nest(w, node, binders[1:], writes, names)


def _turn(w: Writer, node: Quant, names: tuple[str, str, str]) -> bool:
    if node.cond is not None:
        w.line(f"if (!({w.expr(node.cond)})) continue;")
    out, seen, end = names
    if node.body is None:
        w.line(f"{out}++;")
        return False
    match node.kind:
        case "all":
            w.line(f"if (!({w.expr(node.body)})) {{ {out} = 0; goto {end}; }}")
        case "any":
            w.line(f"if ({w.expr(node.body)}) {{ {out} = 1; goto {end}; }}")
        case "first":
            assert isinstance(node.type, OptionType)
            known = interval(node.body, w.types)
            w.line(f"{out} = {widen(w, w.expr(node.body), node.body.type, node.type, known)}; goto {end};")
        case "set":
            assert isinstance(node.type, SetType)
            kind = node.type.item
            w.line(f"{out} |= (i64)1 << {w.types.code(store(w, node.body, kind), kind)};")
        case "count":
            w.line(f"if ({w.expr(node.body)}) {out}++;")
        case "sum":
            w.line(f"{out} = add_exact(&x->overflow, {out}, {w.expr(node.body)});")
        case "min" | "max":
            sign = "<" if node.kind == "min" else ">"
            value = w.keep(node.body.type, w.expr(node.body))
            w.line(f"if (!{seen} || {value} {sign} {out}) {{ {out} = {value}; {seen} = 1; }}")
        case _:
            assert_never(node.kind)
    return node.kind in ("all", "any", "first")
