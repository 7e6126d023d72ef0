"""Generated C for expressions: one case per node of the language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from checker.explicit import c_collections, c_values
from checker.explicit.c_interval import interval
from checker.explicit.c_types import MOST, number
from checker.explicit.c_writer import Writer
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
from spec.lang.machine import SiteKind
from spec.lang.types import BOOL, EnumType, IntType, Type

KIND_BITS: dict[SiteKind, int] = {"done": 1, "refused": 2, "blocked": 4, "partial": 2 | 8, "pending": 0}
"""Bits of the generated table of site kinds: what `OutcomeTest` asks for; partial counts as refused too."""

_ASPECT_BITS = {"done": 1, "refused": 2, "blocked": 4, "partial": 8}


def compile_expr(w: Writer, node: Expr) -> str:
    """The C text of an expression; statements it needs are written before (`c_writer`, NOTE(expressions))."""
    match node:
        case Lit(_, _, value):
            return number(int(value))
        case NoneLit():
            return "0"
        case EnumLit():
            assert isinstance(node.type, EnumType)
            return str(w.unit.ground.enums[node.type.name].members.index(node.member))
        case Local(_, _, name):
            return w.variables[name]
        case ChoiceRead():
            return _choice(w, node)
        case FieldRead(_, _, name, old):
            place = f"{'o' if old else 'n'}->{w.unit.names['field ' + name]}"
            return w.entry(place, w.unit.ground.fields[name].type)
        case ConstRead(_, _, name):
            return w.entry(f"x->k.{w.unit.names['constant ' + name]}", w.unit.ground.constants[name].type)
        case SwitchRead() | SortSize():
            raise AssertionError("grounding leaves no switches and sizes")
        case Not(_, _, base):
            return f"(!{w.expr(base)})"
        case And(_, _, items):
            return _junction(w, items, "&&")
        case Or(_, _, items):
            return _junction(w, items, "||")
        case Ite():
            return _ite(w, node)
        case Compare():
            return _compare(w, node)
        case Arith():
            return _arith(w, node)
        case Call():
            return call(w, node)
        case OutcomeLit(_, _, site, outputs):
            for _, output in outputs:
                w.expr(output)
            w.effects.marks = True
            w.line(f"x->marks.sites[{site}] = 1;")
            return str(site)
        case OutcomeTest():
            return _outcome_test(w, node)
        case _:
            return _value(w, node)


def _value(w: Writer, node: Expr) -> str:
    match node:
        case Attr():
            return c_values.attr(w, node)
        case MakeRecord():
            return c_values.make_record(w, node)
        case Update():
            return c_values.update(w, node)
        case Inject():
            return c_values.inject(w, node)
        case Project():
            return c_values.project(w, node)
        case IsVariant():
            return c_values.is_variant(w, node)
        case IsNone(_, _, base):
            return f"({w.expr(base)} == 0)"
        case Index():
            return c_collections.index(w, node)
        case Everywhere():
            return c_collections.everywhere(w, node)
        case Listed():
            return c_collections.listed(w, node)
        case _:
            return _collection(w, node)


def _collection(w: Writer, node: Expr) -> str:
    match node:
        case Member():
            return c_collections.member(w, node)
        case Length():
            return c_collections.length(w, node)
        case SetLit():
            return c_collections.set_literal(w, node)
        case SetOp():
            return c_collections.set_operation(w, node)
        case SeqLit():
            return c_collections.seq_literal(w, node)
        case SeqAt():
            return c_collections.seq_at(w, node)
        case SeqAppend():
            return c_collections.seq_append(w, node)
        case SeqRemove():
            return c_collections.seq_remove(w, node)
        case SeqTail():
            return c_collections.seq_tail(w, node)
        case SeqSlice():
            return c_collections.seq_slice(w, node)
        case SeqConcat():
            return c_collections.seq_concat(w, node)
        case Quant():
            return c_collections.quantifier(w, node)
        case _:
            raise AssertionError(f"{type(node).__name__} has no C")


# --- logic and numbers ------------------------------------------------------------------------------------------


def _junction(w: Writer, items: tuple[Expr, ...], op: str) -> str:
    """`&&` or `||` that stops as early as the language does; blocks where a later item needs statements."""
    head, rest = w.expr(items[0]), items[1:]
    if not rest:
        return head
    with w.aside() as lines:
        tail = _junction(w, rest, op)
    if not lines:
        return f"({head} {op} {tail})"
    out = w.temp(BOOL, f"({head}) != 0")
    with w.block(f"if ({out})" if op == "&&" else f"if (!{out})"):
        w.lines.extend(lines)
        w.line(f"{out} = ({tail}) != 0;")
    return out


def _ite(w: Writer, node: Ite) -> str:
    test = w.expr(node.test)
    with w.aside() as then_lines:
        then = c_values.fit(w, w.expr(node.then), node.then.type, node.type)
    with w.aside() as other_lines:
        other = c_values.fit(w, w.expr(node.other), node.other.type, node.type)
    if not then_lines and not other_lines:
        return f"({test} ? {then} : {other})"
    out = w.fresh()
    w.line(f"{w.types.local(node.type)} {out};")
    with w.block(f"if ({test})"):
        w.lines.extend(then_lines)
        w.line(f"{out} = {then};")
    with w.block("else"):
        w.lines.extend(other_lines)
        w.line(f"{out} = {other};")
    return out


def _compare(w: Writer, node: Compare) -> str:
    left, right = w.operands((node.left, node.right))
    match node.op:
        case "==":
            return c_values.equal(w, left, node.left.type, right, node.right.type)
        case "!=":
            return f"(!{c_values.equal(w, left, node.left.type, right, node.right.type)})"
        case _:
            return f"({left} {node.op} {right})"


EXACT = {"+": "add_exact", "-": "sub_exact", "*": "mul_exact"}


def _arith(w: Writer, node: Arith) -> str:
    left, right = w.operands((node.left, node.right))
    match node.op:
        case "+" | "-" | "*":
            known = interval(node, w.types)
            if known is not None and known[0] >= -MOST and known[1] <= MOST:
                return f"({left} {node.op} {right})"
            return f"{EXACT[node.op]}(&x->overflow, {left}, {right})"
        case "//":
            return f"floor_div({left}, {right})"
        case "%":
            return f"floor_mod({left}, {right})"
        case "min":
            return f"min_of({left}, {right})"
        case "max":
            return f"max_of({left}, {right})"
        case _:
            assert_never(node.op)


# --- choices, calls, outcomes -----------------------------------------------------------------------------------


def _choice(w: Writer, node: ChoiceRead) -> str:
    name = w.choices[node.name]
    kind = next(c.type for c in w.function.choices if c.name == node.name)
    low = f"{number(w.types.low(kind))} + " if isinstance(kind, IntType) and w.types.low(kind) else ""
    w.effects.takes = True
    if w.types.card(kind) == 0:
        w.disable_unless("0")
    w.line(f"if ({name} == UNREAD) {name} = {low}take(x, {number(w.types.card(kind))});")
    return name


def call(w: Writer, node: Call, then: Sequence[str] = ()) -> str:
    """A call; its result is in a variable, for the state may change after it. `then` are lines to run in any case."""
    callee = w.unit.ground.functions[node.function]
    given = dict(node.given)
    kinds = [p.type for p in callee.params]
    kinds += [next(c.type for c in callee.choices if c.name == name) for name in given]
    exprs = (*node.args, *given.values())
    texts = w.operands(exprs, lambda p, e: _argument(w, e, kinds[p]))
    chosen = dict(zip(given, texts[len(node.args) :], strict=True))
    passed = [*texts[: len(node.args)], *(chosen.get(c.name, "UNREAD") for c in callee.choices)]
    effects = w.unit.effects[node.function]
    out = w.temp(callee.returns, f"{w.unit.names['function ' + node.function]}({', '.join(['x', 'n', 'o', *passed])})")
    for line in then:
        w.line(line)
    w.after_call(effects)
    return out


def _argument(w: Writer, node: Expr, kind: Type) -> str:
    """A value for a parameter or a given choice: integers there have no bounds."""
    return w.expr(node) if isinstance(kind, IntType) else c_values.fit(w, w.expr(node), node.type, kind)


def _outcome_test(w: Writer, node: OutcomeTest) -> str:
    base = w.expr(node.base)
    sites = [(i, site) for i, site in enumerate(w.unit.ground.machine.sites) if site.kind != "pending"]
    match node.aspect:
        case "refused" | "done" | "blocked" | "partial":
            return f"((SITE_KIND[{base}] & {_ASPECT_BITS[node.aspect]}) != 0)"
        case "errno":
            found = [i for i, site in sites if site.errno == node.value]
        case "reason":
            found = [i for i, site in sites if site.reason == node.value]
        case _:
            assert_never(node.aspect)
    held = w.keep(node.base.type, base)
    return "(" + " || ".join(f"{held} == {i}" for i in found) + ")" if found else "0"
