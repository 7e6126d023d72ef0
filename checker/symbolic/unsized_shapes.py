"""What proofs for any size take from nowhere in the text, as lemmas that engines for given sizes can read.

These are the shape lemmas of sequences, and that fields which no step can write keep their initial values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checker.symbolic.unsized_setting import ShapeLemma
from checker.symbolic.unsized_terms import Outside
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.machine import Function, Machine, Property
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL, INT, EnumType, MapType, SeqType, SortType, Type


def with_shapes(machine: Machine, shapes: Iterable[ShapeLemma], fixed: Iterable[str]) -> tuple[Machine, list[str]]:
    """The machine with one more lemma for each of these, and the names of the lemmas."""
    texts = {shape.name: _text(machine, shape) for shape in shapes}
    texts |= {f"{name} keeps its initial value": _kept(machine, name) for name in sorted(fixed)}
    functions, properties = dict(machine.functions), dict(machine.properties)
    for name, text in texts.items():
        function = f"shape.{len(functions)}"
        functions[function] = Function(function, (), (), BOOL, (ir.Return(text, BUILTIN),), {}, name, BUILTIN)
        properties[name] = Property(name, "lemma", function, None, name, BUILTIN)
    return replace(machine, functions=functions, properties=properties), list(texts)


def _kept(machine: Machine, name: str) -> Expr:
    decl = machine.fields[name]
    if not isinstance(decl.type, MapType):
        return ir.Compare(BOOL, BUILTIN, "==", ir.FieldRead(decl.type, BUILTIN, name), _placed(decl.init, decl.type))
    binders = tuple(ir.Binder(f"k{i}", kind, _domain(kind)) for i, kind in enumerate(decl.type.keys))
    keys = tuple(ir.Local(b.type, BUILTIN, b.name) for b in binders)
    now = ir.Index(decl.type.value, BUILTIN, ir.FieldRead(decl.type, BUILTIN, name), keys)
    init = decl.init
    first = init.value if isinstance(init, ir.Everywhere) else ir.Index(decl.type.value, BUILTIN, init, keys)
    test = ir.Compare(BOOL, BUILTIN, "==", now, _placed(first, decl.type.value))
    return ir.Quant(BOOL, BUILTIN, "all", binders, None, test)


def _placed(init: Expr, kind: Type) -> Expr:
    return init if init.type == kind else replace(init, type=kind)


def _domain(kind: Type) -> ir.Domain:
    match kind:
        case SortType(sort):
            return ir.SortDomain(sort)
        case EnumType(enum):
            return ir.EnumDomain(enum)
        case _:
            raise Outside("a field that no step writes has a key of another kind than a sort or an enumeration")


def _text(machine: Machine, shape: ShapeLemma) -> Expr:
    kind = machine.fields[shape.target].type
    assert isinstance(kind, MapType) and isinstance(kind.value, SeqType)
    key, item = kind.keys[0], kind.value.item
    assert isinstance(key, SortType) and isinstance(item, SortType)
    k, x, e = ir.Local(key, BUILTIN, "k"), ir.Local(item, BUILTIN, "x"), ir.Local(item, BUILTIN, "e")
    row = ir.Index(kind.value, BUILTIN, ir.FieldRead(kind, BUILTIN, shape.target), (k,))
    keys, entries = ir.Binder("k", key, ir.SortDomain(key.name)), ir.Binder("e", item, ir.ElementsDomain(row))
    if shape.constant:
        home = ir.ConstRead(machine.constants[shape.constant].type, BUILTIN, shape.constant)
        test = ir.Compare(BOOL, BUILTIN, "==", ir.Index(key, BUILTIN, home, (e,)), k)
        return ir.Quant(BOOL, BUILTIN, "all", (keys, entries), None, test)
    times = ir.Quant(INT, BUILTIN, "count", (entries,), ir.Compare(BOOL, BUILTIN, "==", e, x), None)
    once = ir.Compare(BOOL, BUILTIN, "<=", times, ir.Lit(INT, BUILTIN, 1))
    items = ir.Binder("x", item, ir.SortDomain(item.name))
    return ir.Quant(BOOL, BUILTIN, "all", (keys, items), None, once)
