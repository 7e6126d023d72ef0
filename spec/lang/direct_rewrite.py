"""Rewrites the text of one method so that Python runs it as the language means it.

What changes: a choice of nature is read where it is used; only bools are tested; writes go through checks; a value
that has to be there is asked for; sets keep their order; `implies` reads its second part only if needed, `leads_to`
each part only when asked. Everything else is left to Python. Lines stay what they were, so that a debugger and
tracebacks show the author's text.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from typing import Any

from spec.lang.direct_universe import DirectError
from spec.lang.process_points import LOCK_WORDS, points_of
from spec.lang.words_methods import Method
from spec.lang.words_values import Record

RUNTIME, NATURE, METHOD, MISSING = "__runtime__", "__nature__", "__method__", "__missing__"
_NOTHING = ast.arguments([], [], None, [], [], None, [])
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def rewrite(node: ast.FunctionDef, names: dict[str, Any]) -> ast.Module:
    """A module that defines `make(runtime, method, missing, __class__)`, which gives the function to run."""
    choices = [a.arg for a in node.args.kwonlyargs]
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    points = {id(point.node): point.name for point in points_of(node)}
    visitor = _Rewriter(frozenset(choices), names, points)
    lines: list[ast.stmt] = []
    for stmt in body:
        lines += visitor.statement(stmt)
    made = ast.FunctionDef(node.name, _arguments(node.args), [_prologue(choices), *lines], [], None)
    outer = ast.parse(f"def make({RUNTIME}, {METHOD}, {MISSING}, __class__):\n    return {node.name}").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body.insert(0, ast.copy_location(made, node))
    return ast.fix_missing_locations(ast.Module([outer], []))


def _arguments(old: ast.arguments) -> ast.arguments:
    if old.vararg or old.kwarg or old.defaults or any(d is not None for d in old.kw_defaults):
        raise DirectError("a method of a spec has neither default arguments nor star arguments")
    return ast.arguments(
        posonlyargs=[ast.arg(a.arg) for a in old.posonlyargs],
        args=[ast.arg(a.arg) for a in old.args],
        kwonlyargs=[ast.arg(a.arg) for a in old.kwonlyargs],
        kw_defaults=[_name(MISSING) for _ in old.kwonlyargs],
        defaults=[],
    )


def _prologue(choices: Sequence[str]) -> ast.stmt:
    given = ast.Dict([ast.Constant(c) for c in choices], [_name(c) for c in choices])
    return ast.Assign([ast.Name(NATURE, ast.Store())], _runtime("nature", _name(METHOD), given))


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _runtime(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(_name(RUNTIME), name, ast.Load()), list(args), [])


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_of_self(node: ast.expr) -> bool:
    """True for `self.a`, `self.a.b` and so on."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "self"


class _Rewriter:
    def __init__(self, choices: frozenset[str], names: dict[str, Any], points: dict[int, str] | None = None) -> None:
        self.points = points or {}
        self.choices = choices
        self.names = names
        self.typed: dict[str, ast.expr] = {}
        self.temporaries = 0

    # --- statements -------------------------------------------------------------------------------------------

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [line for stmt in body for line in self.statement(stmt)]

    def statement(self, stmt: ast.stmt) -> list[ast.stmt]:
        return [ast.copy_location(made, stmt) for made in self._statement(stmt)]

    def _statement(self, stmt: ast.stmt) -> list[ast.stmt]:
        match stmt:
            case ast.Pass() | ast.Break() | ast.Continue():
                return [stmt]
            case ast.Expr(ast.Yield() | ast.YieldFrom() as value):
                return [ast.Expr(self.waiting(value))]
            case ast.Expr(value):
                return [ast.Expr(self.expr(value))]
            case ast.While(test, body, []):
                return [ast.While(self.test(test), self.block(body), [])]
            case ast.Return(None):
                return [stmt]
            case ast.Return(ast.expr() as value):
                return [ast.Return(_runtime("result", _name(METHOD), self.expr(value)))]
            case ast.If(test, body, orelse):
                return [ast.If(self.test(test), self.block(body), self.block(orelse))]
            case ast.For(ast.Name() as target, domain, body, []):
                return [ast.For(target, _runtime("there", self.expr(domain)), self.block(body), [])]
            case ast.Assign([target], value):
                return self.assign(target, self.expr(value))
            case ast.AnnAssign(ast.Name() as target, annotation, ast.expr() as value):
                self.typed[target.id] = annotation
                return self.assign(target, self.expr(value))
            case ast.AugAssign(target, op, value):
                return self.augmented(target, op, value)
        raise DirectError(f"line {stmt.lineno}: {type(stmt).__name__} is not in the language")

    def assign(self, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        match target:
            case ast.Name(name) if name in self.typed:
                typed = _runtime("typed", _name(METHOD), ast.Constant(name), value)
                return [ast.Assign([target], typed)]
            case ast.Name():
                return [ast.Assign([target], value)]
            case ast.Attribute(ast.Name("self"), name):
                return [ast.Expr(_runtime("store", _name("self"), ast.Constant(name), value))]
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), key):
                return [ast.Expr(_runtime("put", _name("self"), ast.Constant(name), value, self.key(key)))]
        raise DirectError(f"line {target.lineno}: this cannot be assigned")

    def augmented(self, target: ast.expr, op: ast.operator, value: ast.expr) -> list[ast.stmt]:
        match target:
            case ast.Name(name):
                return self.assign(target, self.binary(_name(name), op, self.expr(value)))
            case ast.Attribute(ast.Name("self"), name):
                whole = ast.Attribute(_name("self"), name, ast.Load())
                return self.assign(target, self.binary(whole, op, self.expr(value)))
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), key):
                self.temporaries += 1
                at = f"__key{self.temporaries}__"
                whole = ast.Attribute(_name("self"), name, ast.Load())
                now = self.binary(_runtime("at", whole, _name(at)), op, self.expr(value))
                put = _runtime("put", _name("self"), ast.Constant(name), now, _name(at))
                return [ast.Assign([ast.Name(at, ast.Store())], self.key(key)), ast.Expr(put)]
        raise DirectError(f"line {target.lineno}: this cannot be assigned")

    # --- processes --------------------------------------------------------------------------------------------

    def waiting(self, node: ast.Yield | ast.YieldFrom) -> ast.expr:
        """A yield of where the process is and what it waits for."""
        point = ast.Constant(self.points[id(node)])
        match node:
            case ast.Yield(ast.Call(ast.Name("until"), [test])):
                ready: ast.expr = ast.Lambda(_arguments(_NOTHING), self.test(test))
                return ast.Yield(_runtime("point", point, ready, _name(NATURE)))
            case ast.Yield():
                return ast.Yield(_runtime("point", point, ast.Constant(None), _name(NATURE)))
            case ast.YieldFrom(ast.Call(ast.Attribute(owner, word), [thread])):
                place = self.lock(owner)
                return ast.YieldFrom(
                    _runtime("acquire", *place, ast.Constant(word), self.there(thread), point, _name(NATURE))
                )
        raise DirectError(f"line {node.lineno}: this is no form of yield")

    def lock(self, owner: ast.expr) -> list[ast.expr]:
        """The instance, the field and the key of a lock."""
        match owner:
            case ast.Attribute(ast.Name("self"), name):
                return [_name("self"), ast.Constant(name), ast.Constant(None)]
            case ast.Subscript(ast.Attribute(ast.Name("self"), name), key):
                return [_name("self"), ast.Constant(name), self.key(key)]
        raise DirectError(f"line {owner.lineno}: this is no lock")

    def lock_call(self, node: ast.Call, owner: ast.expr, word: str) -> ast.expr:
        """An operation on a lock, unless it is an action of a part of the same name."""
        thread = self.there(node.args[0])
        used = _runtime("use_lock", *self.lock(owner), ast.Constant(word), thread)
        if not isinstance(owner, ast.Attribute):
            return used
        is_part = _runtime("is_part", _name("self"), ast.Constant(owner.attr))
        return ast.IfExp(is_part, self.part_call(node, owner, word), used)

    # --- expressions ------------------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> ast.expr:
        return ast.copy_location(self._expr(node), node)

    def test(self, node: ast.expr) -> ast.expr:
        return _runtime("truth", self.expr(node))

    def there(self, node: ast.expr) -> ast.expr:
        return _runtime("there", self.expr(node))

    def key(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.there(e) for e in node.elts], ast.Load())
        return self.there(node)

    def binary(self, left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
        return ast.BinOp(_runtime("there", left), op, _runtime("there", right))

    def _expr(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(name, ast.Load()) if name in self.choices:
                return ast.Subscript(_name(NATURE), ast.Constant(name), ast.Load())
            case ast.Name() | ast.Constant():
                return node
            case ast.BoolOp(op, values):
                return ast.BoolOp(op, [self.test(v) for v in values])
            case ast.UnaryOp(ast.Not(), operand):
                return ast.UnaryOp(ast.Not(), self.test(operand))
            case ast.UnaryOp(op, operand):
                return ast.UnaryOp(op, self.there(operand))
            case ast.IfExp(test, body, orelse):
                return ast.IfExp(self.test(test), self.expr(body), self.expr(orelse))
            case ast.BinOp(left, op, right):
                return self.binary(self.expr(left), op, self.expr(right))
            case ast.Compare():
                return self.compare(node)
            case ast.NamedExpr(target, value):
                return ast.NamedExpr(target, self.expr(value))
            case ast.Tuple(elts):
                return _runtime("row", ast.Tuple([self.expr(e) for e in elts], ast.Load()))
            case ast.Set(elts):
                return _runtime("collect", ast.Tuple([self.expr(e) for e in elts], ast.Load()))
            case ast.SetComp(elt, generators):
                return _runtime("collect", self.comprehension(elt, generators))
            case ast.GeneratorExp(elt, generators):
                return self.comprehension(elt, generators)
            case ast.Attribute(ast.Name("self" | "old"), _):
                return node
            case ast.Attribute(base, name):
                return _runtime("item", self.expr(base), ast.Constant(name))
            case ast.Subscript(base, ast.Slice(ast.Constant(1), None, None)):
                return _runtime("rest", self.expr(base))
            case ast.Subscript(base, ast.Slice(lower, upper, None)):
                return _runtime("piece", self.expr(base), *self.bound(lower, 0), *self.bound(upper, None))
            case ast.Subscript(base, ast.UnaryOp(ast.USub(), ast.Constant(int(count)))) if type(count) is int:
                return _runtime("from_end", self.expr(base), ast.Constant(count))
            case ast.Subscript(base, key):
                return _runtime("at", self.expr(base), self.key(key))
            case ast.Call():
                return self.call(node)
        raise DirectError(f"line {node.lineno}: {type(node).__name__} is not in the language")

    def bound(self, node: ast.expr | None, missing: int | None) -> tuple[ast.expr, ast.expr]:
        """A bound of a slice, and whether it is a literal that counts from the end."""
        match node:
            case None:
                return ast.Constant(missing), ast.Constant(False)
            case ast.UnaryOp(ast.USub(), ast.Constant(int(count))) if type(count) is int and count > 0:
                return ast.Constant(count), ast.Constant(True)
            case _:
                return self.there(node), ast.Constant(False)

    def compare(self, node: ast.Compare) -> ast.expr:
        operands = [node.left, *node.comparators]
        made = []
        for i, operand in enumerate(operands):
            around = node.ops[max(0, i - 1) : i + 1]
            needed = any(isinstance(op, _ORDER) for op in around)
            needed = needed or (i > 0 and isinstance(node.ops[i - 1], ast.In | ast.NotIn))
            made.append(self.there(operand) if needed else self.expr(operand))
        return ast.Compare(made[0], node.ops, made[1:])

    def comprehension(self, elt: ast.expr, generators: list[ast.comprehension]) -> ast.expr:
        outer = self.choices
        made = []
        for gen in generators:
            if not isinstance(gen.target, ast.Name):
                raise DirectError(f"line {elt.lineno}: one variable at a time")
            domain = self.there(gen.iter)
            self.choices = self.choices - {gen.target.id}
            made.append(ast.comprehension(gen.target, domain, [self.test(c) for c in gen.ifs], 0))
        result = ast.GeneratorExp(self.expr(elt), made)
        self.choices = outer
        return result

    def call(self, node: ast.Call) -> ast.expr:
        match node.func:
            case ast.Attribute(base, _) if _is_super(base) or (isinstance(base, ast.Name) and base.id == "self"):
                return self.method_call(node)
            case ast.Attribute(ast.Attribute(ast.Name("self")) | ast.Subscript() as owner, word) if (
                word in LOCK_WORDS and len(node.args) == 1 and not node.keywords
            ):
                return self.lock_call(node, owner, word)
            case ast.Attribute(ast.Attribute() as base, name) if _is_of_self(base):
                return self.part_call(node, base, name)
            case ast.Name("at" | "idle" as word):
                return _runtime({"at": "where", "idle": "is_idle"}[word], _name("self"), *map(self.expr, node.args))
            case ast.Name(name) if isinstance(self.names.get(name), Method):
                return self.checked_call(node, lambda arg, which: _runtime("argument", _name(name), which, arg))
            case ast.Name(name) if isinstance(self.names.get(name), type) and issubclass(self.names[name], Record):
                return self.checked_call(node, lambda arg, which: _runtime("record_item", _name(name), which, arg))
            case ast.Name("implies") if len(node.args) == 2 and not node.keywords:
                premise, conclusion = (self.test(a) for a in node.args)
                return ast.BoolOp(ast.Or(), [ast.UnaryOp(ast.Not(), premise), conclusion])
            case ast.Name("leads_to") if len(node.args) == 2 and not node.keywords:
                parts = [ast.Lambda(_arguments(_NOTHING), self.test(a)) for a in node.args]
                return ast.Call(node.func, list(parts), [])
            case ast.Name("set") if not node.args:
                return _runtime("collect", ast.Tuple([], ast.Load()))
            case ast.Name("min" | "max" | "sum" as name) if len(node.args) == 1:
                return _runtime({"min": "least", "max": "most", "sum": "total"}[name], self.expr(node.args[0]))
            case ast.Name("min" | "max" | "len" | "range"):
                return ast.Call(node.func, [self.there(a) for a in node.args], [])
            case ast.Name("replace"):
                made = self.there(node.args[0])
                for k in node.keywords:
                    made = _runtime("exchanged", made, ast.Constant(k.arg), self.expr(k.value))
                return made
            case ast.Name("without"):
                return ast.Call(node.func, [self.there(a) for a in node.args], [])
        keywords = [ast.keyword(k.arg, self.expr(k.value)) for k in node.keywords]
        return ast.Call(self.expr(node.func), [self.expr(a) for a in node.args], keywords)

    def part_call(self, node: ast.Call, base: ast.expr, name: str) -> ast.expr:
        part = _runtime("callee", base, ast.Constant(name))
        made = self.checked_call(node, lambda arg, which: _runtime("argument", part, which, arg))
        assert isinstance(made, ast.Call)
        made.func = part
        return made

    def method_call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Attribute)
        base: ast.expr = _name("self")
        if _is_super(node.func.value):
            base = ast.Call(_name("super"), [_name("__class__"), _name("self")], [])
        method = ast.Attribute(base, node.func.attr, ast.Load())

        def checked(arg: ast.expr, which: ast.expr) -> ast.expr:
            return _runtime("argument", copy.deepcopy(method), which, arg)

        made = self.checked_call(node, checked)
        assert isinstance(made, ast.Call)
        made.func = method
        return made

    def checked_call(self, node: ast.Call, checked: Callable[[ast.expr, ast.expr], ast.expr]) -> ast.expr:
        args = [checked(self.expr(a), ast.Constant(i)) for i, a in enumerate(node.args)]
        keywords = [ast.keyword(k.arg, checked(self.expr(k.value), ast.Constant(k.arg))) for k in node.keywords]
        return ast.Call(node.func, args, keywords)
