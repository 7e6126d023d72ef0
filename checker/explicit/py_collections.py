"""Generated Python for fields, maps, sets, sequences and comprehensions."""

from __future__ import annotations

from typing import assert_never

from checker.explicit.py_writer import Writer
from spec.lang.ir import (
    Binder,
    ElementsDomain,
    EnumDomain,
    Everywhere,
    Expr,
    FieldRead,
    Index,
    Length,
    Listed,
    Member,
    Quant,
    RangeDomain,
    SeqAppend,
    SeqConcat,
    SeqSlice,
    SetLit,
    SetOp,
    SortDomain,
)
from spec.lang.types import IntType, MapType, OptionType, SeqType, SetType
from spec.lang.values import bounds, capacity, is_composite, key_count, leaves

_INITIAL = {"all": "True", "any": "False", "count": "0", "sum": "0", "set": "0", "first": "None", "min": "None"}

# --- fields and maps --------------------------------------------------------------------------------------------


def read_field(w: Writer, node: FieldRead) -> str:
    """A whole field of the state, or of the state before the step."""
    kind = w.unit.ground.fields[node.name].type
    slots, start = "O" if node.old else "S", w.unit.layout.start[node.name]
    if is_composite(kind):
        return f"{w.unit.load(kind)}({slots}, {start})"
    return w.decode(f"{slots}[{start}]", kind)


def index(w: Writer, node: Index) -> str:
    """An entry of a map; of a field only the slots of that entry are read."""
    assert isinstance(node.base.type, MapType)
    if not isinstance(node.base, FieldRead):
        base, *codes = _base_and_keys(w, node, node.base.type)
        return f"{base}[{mixed(w, node.base.type, codes)}]"
    kind = w.unit.ground.fields[node.base.name].type
    assert isinstance(kind, MapType)
    codes = key_codes(w, kind, node.keys)
    place = slot_text(w, node.base.name, kind, codes)
    slots = "O" if node.base.old else "S"
    if is_composite(kind.value):
        return f"{w.unit.load(kind.value)}({slots}, {place})"
    return w.decode(f"{slots}[{place}]", kind.value)


def _base_and_keys(w: Writer, node: Index, kind: MapType) -> list[str]:
    return w.operands(
        node.base, *node.keys, wrap=lambda place, text: w.encode(text, kind.keys[place - 1]) if place else text
    )


def key_codes(w: Writer, kind: MapType, keys: tuple[Expr, ...]) -> list[str]:
    """The codes of the keys; a fault for an integer that is no key."""
    return w.operands(*keys, wrap=lambda place, text: w.encode(text, kind.keys[place]))


def mixed(w: Writer, kind: MapType, codes: list[str]) -> str:
    """The place of an entry from the codes of its keys."""
    total = ""
    for key, code in zip(kind.keys, codes, strict=True):
        total = f"({total} * {w.unit.card(key)} + {code})" if total else code
    return total


def slot_text(w: Writer, field: str, kind: MapType, codes: list[str]) -> str:
    """The first slot of an entry of a field."""
    start, width = w.unit.layout.start[field], len(leaves(kind.value, w.unit.ground))
    place = mixed(w, kind, codes)
    return f"{start} + {place}" + (f" * {width}" if width != 1 else "")


def everywhere(w: Writer, node: Everywhere) -> str:
    """A map with one value at every key."""
    assert isinstance(node.type, MapType)
    return (
        f"(({w.enter(w.expr(node.value), node.value.type, node.type.value)},) * {key_count(node.type, w.unit.ground)})"
    )


def listed(w: Writer, node: Listed) -> str:
    """A map by position."""
    assert isinstance(node.type, MapType)
    value = node.type.value
    texts = w.operands(*node.items, wrap=lambda at, text: w.enter(text, node.items[at].type, value))
    return f"listed(({''.join(text + ', ' for text in texts)}), {key_count(node.type, w.unit.ground)})"


# --- sets and sequences -----------------------------------------------------------------------------------------


def member(w: Writer, node: Member) -> str:
    """True if the item is in the set or sequence."""
    item, base = w.operands(node.item, node.base)
    if isinstance(node.base.type, SeqType):
        return f"({item} in {base})"
    assert isinstance(node.base.type, SetType)
    kind = node.base.type.item
    if isinstance(kind, IntType):
        return f"in_set({item}, {base}, {bounds(kind, w.unit.ground)[0]})"
    if isinstance(kind, OptionType):
        return f"({item} in {_elements(w, base, node.base.type)})"
    return f"in_set({item}, {base})"


def length(w: Writer, node: Length) -> str:
    """Number of elements."""
    base = w.expr(node.base)
    return f"len({base})" if isinstance(node.base.type, SeqType) else f"({base}).bit_count()"


def set_literal(w: Writer, node: SetLit) -> str:
    """A set of the items; a fault for an integer that the set cannot hold."""
    assert isinstance(node.type, SetType)
    kind = node.type.item
    texts = w.operands(*node.items, wrap=lambda at, text: f"1 << {w.code(text, node.items[at].type, kind)}")
    return f"({' | '.join(texts)})" if texts else "0"


def set_operation(w: Writer, node: SetOp) -> str:
    """Union, intersection or difference."""
    sides = (node.left, node.right)
    left, right = w.operands(*sides, wrap=lambda at, text: w.enter(text, sides[at].type, node.type))
    match node.op:
        case "|" | "&":
            return f"({left} {node.op} {right})"
        case "-":
            return f"({left} & ~{right})"
        case _:
            assert_never(node.op)


def append(w: Writer, node: SeqAppend) -> str:
    """A sequence with one more item; a fault past the capacity."""
    assert isinstance(node.type, SeqType)
    kind = node.type
    items, item = w.operands(
        node.base, node.item, wrap=lambda at, text: w.enter(text, node.item.type, kind.item) if at else text
    )
    return f"append({items}, {item}, {capacity(kind, w.unit.ground)})"


def piece(w: Writer, node: SeqSlice) -> str:
    """The entries between two bounds; a fault for a bound below 0."""
    bounds = (node.lo,) if node.hi is None else (node.lo, node.hi)
    return f"piece({', '.join(w.operands(node.base, *bounds))})"


def joined(w: Writer, node: SeqConcat) -> str:
    """Two sequences in a row; a fault past the capacity."""
    assert isinstance(node.type, SeqType)
    left, right = w.operands(node.left, node.right)
    return f"at_most(({left} + {right}), {capacity(node.type, w.unit.ground)})"


# --- comprehensions ---------------------------------------------------------------------------------------------


def domain(w: Writer, binder: Binder) -> str:
    """What a loop runs over, in order, as it is before the first turn."""
    match binder.domain:
        case SortDomain(sort):
            return f"range({w.unit.ground.sizes[sort]})"
        case EnumDomain(enum):
            return f"range({len(w.unit.ground.enums[enum].members)})"
        case RangeDomain(lo, hi):
            return "range({}, {})".format(*w.operands(lo, hi))
        case ElementsDomain(base):
            text = w.expr(base)
            if isinstance(base.type, SeqType):
                return text
            assert isinstance(base.type, SetType)
            return _elements(w, text, base.type)
        case _:
            assert_never(binder.domain)


def _elements(w: Writer, text: str, kind: SetType) -> str:
    if isinstance(kind.item, IntType):
        return f"elements({text}, {bounds(kind.item, w.unit.ground)[0]})"
    name = w.fresh()
    decoded = w.decode(name, kind.item)
    return f"elements({text})" if decoded == name else f"[{decoded} for {name} in elements({text})]"


def quantifier(w: Writer, node: Quant) -> str:
    """A comprehension as loops that leave its value in a temporary."""
    result = w.fresh()
    w.line(f"{result} = {'None' if node.kind == 'max' else _INITIAL[node.kind]}")
    _turns(w, node, result, 0)
    return f"extreme({result})" if node.kind in ("min", "max") else result


def _turns(w: Writer, node: Quant, result: str, level: int) -> None:
    """The loop of one binder, with those inside it."""
    binder = node.binders[level]
    over = domain(w, binder)
    with w.block(f"for {w.local(binder.name)} in {over}:"):
        if level + 1 < len(node.binders):
            _turns(w, node, result, level + 1)
        elif node.cond is None:
            _innermost(w, node, result)
        else:
            with w.block(f"if {w.expr(node.cond)}:"):
                _innermost(w, node, result)
        match node.kind:
            case "all":
                w.line(f"if not {result}: break")
            case "any":
                w.line(f"if {result}: break")
            case "first":
                w.line(f"if {result} is not None: break")


def _innermost(w: Writer, node: Quant, result: str) -> None:
    """What happens for every turn that the condition lets through."""
    if node.body is None:
        w.line(f"{result} += 1")
        return
    body = w.expr(node.body)
    match node.kind:
        case "all" | "any":
            w.line(f"{result} = {body}")
        case "first":
            assert isinstance(node.type, OptionType)
            w.line(f"{result} = {w.enter(body, node.body.type, node.type.item)}")
        case "sum":
            w.line(f"{result} += {body}")
        case "set":
            assert isinstance(node.type, SetType)
            w.line(f"{result} |= 1 << {w.code(body, node.body.type, node.type.item)}")
        case "min" | "max":
            held = w.held(body)
            w.line(f"if {result} is None or {held} {'<' if node.kind == 'min' else '>'} {result}: {result} = {held}")
        case "count":
            w.line(f"{result} += 1 if {body} else 0")
        case _:
            assert_never(node.kind)
