"""Generated C for statements and whole functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from checker.explicit.c_collections import each, key, place
from checker.explicit.c_expr import call, compile_expr
from checker.explicit.c_parts import after_write, asked_in, step_of_part
from checker.explicit.c_values import fit, store
from checker.explicit.c_writer import Unit, Writer
from spec.lang.ground import GroundMachine
from spec.lang.ir import (
    Assign,
    Break,
    Call,
    Continue,
    Do,
    Expr,
    For,
    If,
    Inner,
    Require,
    Return,
    Stmt,
    Warn,
    Write,
)
from spec.lang.machine import Function
from spec.lang.types import INT, NONE, IntType, MapType, Type
from spec.lang.values import is_composite
from spec.lang.walk import expressions, statements


def in_call_order(ground: GroundMachine) -> list[Function]:
    """Every function after those that it calls and those of the properties that it asks."""
    functions = ground.functions
    ordered: dict[str, Function] = {}

    def visit(function: Function) -> None:
        if function.name in ordered:
            return
        for node in expressions(function.body):
            if isinstance(node, Call):
                visit(functions[node.function])
        for asked in asked_in(ground, function):
            visit(functions[asked])
        ordered[function.name] = function

    for function in functions.values():
        visit(function)
    return list(ordered.values())


def define(unit: Unit, function: Function, key_name: str) -> str:
    """The C definition of a function; notes its effects for those who call it."""
    w = Writer(unit, function, compile_expr)
    params = ["X *restrict x", "S *restrict n", "const S *restrict o"]
    for number_, param in enumerate(function.params):
        w.variables[param.name] = f"p{number_}"
        params.append(f"{w.types.local(param.type)} p{number_}")
    for number_, choice in enumerate(function.choices):
        w.choices[choice.name] = f"c{number_}"
        params.append(f"i64 c{number_}")
    for number_, (name, kind) in enumerate(function.locals.items()):
        w.variables[name] = f"v{number_}"
        w.line(f"{w.types.local(kind)} v{number_};")
    body(w, function.body)
    w.line(f"return {w.nothing};")
    unit.effects[key_name] = w.effects
    head = f"static {w.result} {unit.names['function ' + key_name]}({', '.join(params)})"
    return "\n".join([f"/* {key_name} */", head + " {", *w.lines, "}"])


def body(w: Writer, stmts: Iterable[Stmt]) -> None:
    """Statements in text order."""
    for stmt in stmts:
        statement(w, stmt)


def statement(w: Writer, stmt: Stmt) -> None:
    """One statement."""
    match stmt:
        case Assign(name, value):
            kind = w.function.locals[name]
            w.line(f"{w.variables[name]} = {_passed(w, value, kind)};")
        case Write():
            write(w, stmt.target, stmt.keys, stmt.value)
        case If(test, then, other):
            with w.block(f"if ({w.expr(test)})"):
                body(w, then)
            if other:
                with w.block("else"):
                    body(w, other)
        case For(binder, inner):
            with each(w, binder, _writes(w, inner)) as element:
                w.line(f"{w.variables[binder.name]} = {element};")
                w.loops += 1
                body(w, inner)
                w.loops -= 1
        case Break():
            w.line("break;")
        case Continue():
            w.line("continue;")
        case Return(answer):
            w.line(f"return {w.nothing if answer is None else _passed(w, answer, w.function.returns)};")
        case Require(cond):
            w.disable_unless(w.expr(cond))
        case Warn(warning):
            w.effects.warns = True
            w.line(f"x->marks.warnings[{warning}] = 1; x->warned = 1;")
        case Do(node):
            call(w, node)
        case Inner():
            step_of_part(w, stmt)
        case _:
            assert_never(stmt)


def _passed(w: Writer, node: Expr, kind: Type) -> str:
    """A value for a local or a result: integers there have no bounds."""
    if isinstance(kind, IntType) or kind == NONE:
        return w.expr(node)
    return fit(w, w.expr(node), node.type, kind)


def _writes(w: Writer, stmts: tuple[Stmt, ...]) -> bool:
    return any(isinstance(s, Write) for s in statements(stmts)) or any(
        isinstance(e, Call) and w.unit.effects[e.function].writes for e in expressions(stmts)
    )


def write(w: Writer, target: str, keys: tuple[Expr, ...], value: Expr) -> None:
    """`self.target = value` or `self.target[keys] = value`, then the properties that hold during an action."""
    kind = w.unit.ground.fields[target].type
    where, entry = f"n->{w.unit.names['field ' + target]}", "0"
    if keys:
        assert isinstance(kind, MapType)
        inner, key_kinds = kind.value, kind.keys
        *codes, text = w.operands((*keys, value), lambda p, e: _operand(w, e, p, key_kinds, inner))
        entry = w.keep(INT, place(w, kind, codes))
        where, kind = f"{where}.e[{entry}]", inner
    else:
        text = store(w, value, kind)
    if is_composite(kind):
        w.line(f"{where} = {text};")
        w.line("x->repack = 1;")
    else:
        _exchange(w, target, where, entry, w.temp_c("u64", f"(u64){w.types.code(text, kind)}"))
    w.line("x->written = 1;")
    w.effects.writes = True
    after_write(w, target)


def _exchange(w: Writer, field: str, where: str, entry: str, new: str) -> None:
    """Stores a code, and exchanges it in the packed state as well: packing anew would wait for the store."""
    layout = w.unit.layout
    leaves = layout.leaves[layout.start[field] :][: layout.width[field]]
    bits, first = leaves[0].bits, leaves[0]
    if bits and all(leaf.word == first.word and leaf.shift == first.shift + i * bits for i, leaf in enumerate(leaves)):
        shift = str(first.shift) if entry == "0" else f"({first.shift} + {entry} * {bits})"
        w.line(f"x->words[{first.word}] ^= ({where} ^ {new}) << {shift};")
    elif bits:
        name = f"at_{w.unit.names['field ' + field]}"
        table = f"static const Place {name}[] = {{{', '.join(f'{{{e.word}, {e.shift}}}' for e in leaves)}}};"
        if table not in w.unit.helpers:
            w.unit.helpers.append(table)
        w.line(f"x->words[{name}[{entry}].word] ^= ({where} ^ {new}) << {name}[{entry}].shift;")
    w.line(f"{where} = {new};")


def _operand(w: Writer, node: Expr, at: int, keys: tuple[Type, ...], value: Type) -> str:
    return key(w, node, keys[at]) if at < len(keys) else store(w, node, value)
