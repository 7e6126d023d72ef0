"""Calls: of words, of records, of `self.action(...)`, `super().name(...)` and `@pure` functions."""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_locks import is_lock_word, read_try
from spec.lang.elab_names import ERRNOS
from spec.lang.elab_parts import PartPath, find_part, inside
from spec.lang.elab_scope import Scope, bad, is_bad
from spec.lang.elab_values import CLOSED_WORDS
from spec.lang.elab_words import WORDS, read_record
from spec.lang.errors import nearest
from spec.lang.ir import Call, Expr
from spec.lang.machine import Param
from spec.lang.scope import Names, Signature
from spec.lang.types import Type

_HINTS = {
    "print": "nothing is printed; a trace shows every state",
    "next": "write 'first(x for x in D if c)'",
    "sorted": "sorts, enums and sets already run in order",
    "list": "write '(a, b)' for a sequence",
    "tuple": "write '(a, b)' for a sequence",
    "frozenset": "write 'set()' or '{a, b}'",
    "dict": "write 'everywhere(v)' for a whole map",
    "abs": "write 'max(n, -n)'",
    "bool": "write the test out",
    "int": "write '1 if b else 0'",
    "range": "a range is a domain: 'for i in range(n)'",
    "enumerate": "write 'for i in range(len(seq))'",
    "zip": "write 'for i in range(len(seq))'",
    "getattr": "write 'self.field'",
    "setattr": "write 'self.field = value'",
    "hasattr": "write 'isinstance(x, R)'",
    "type": "write 'isinstance(x, R)'",
    "super": "write 'super().name(...)'",
    "count": "write 'sum(1 for x in D if c)'",
    "field": "field(...) stands only after a state field in the class body",
    "every": "every() stands only for a rigid constant in the class body",
}
_METHODS = {
    "append": "a sequence never changes; write 'self.f = self.f + (x,)'",
    "extend": "a sequence never changes; write 'self.f = self.f + other'",
    "insert": "a sequence never changes; write 'self.f = self.f[:i] + (x,) + self.f[i:]'",
    "index": "write 'min(i for i in range(len(seq)) if seq[i] == x)', a fault where there is none",
    "add": "a set never changes; write 'self.f |= {x}'",
    "update": "a set never changes; write 'self.f |= {x}'",
    "remove": "write 'self.f -= {x}' for a set, 'self.f = without(self.f, x)' for a sequence",
    "discard": "write 'self.f -= {x}'",
    "pop": "write 'x = self.f[-1]' and 'self.f = self.f[:-1]', or with '[0]' and '[1:]'",
    "union": "write 's | t'",
    "intersection": "write 's & t'",
    "difference": "write 's - t'",
    "issubset": "write 'len(s - t) == 0'",
    "get": "maps are total: write 'self.f[k]'",
    "items": "run over the keys: 'for k in Sort'",
    "keys": "run over the keys: 'for k in Sort'",
    "values": "run over the keys: 'for k in Sort'",
    "clear": "write 'self.f = set()', '()' or 'everywhere(v)'",
    "count": "write 'sum(1 for y in seq if y == x)'",
    "copy": "values never change, so no copy is needed",
}


def read_call(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    """A call, whatever is called."""
    starred = [arg for arg in node.args if isinstance(arg, ast.Starred)]
    if starred:
        return scope.fail(Code.UNSUPPORTED, starred[0], "'*' is no part of the language", "write every argument")
    match node.func:
        case ast.Name(id=name):
            return _named_call(scope, node, name, expected)
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if scope.has_self and scope.lookup("self") is None:
            return _method_call(scope, node, name, scope.names)
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[], keywords=[]), attr=name):
            return _super_call(scope, node, name)
        case ast.Attribute(value=ast.Name(id="old"), attr=name) if scope.has_old and scope.lookup("old") is None:
            hint = f"read the fields of 'old', or give the values to '{name}' as arguments"
            return scope.fail(Code.OLD, node, "nothing can be called on 'old'", hint)
        case ast.Attribute(value=owner, attr=name) if is_lock_word(scope, owner, name):
            return read_try(scope, node, owner, name)
        case ast.Attribute(value=owner, attr=name) if (part := find_part(scope, owner)) is not None:
            return _part_call(scope, node, name, part)
        case ast.Attribute(value=owner, attr=name):
            return _value_method(scope, node, owner, name)
        case _:
            return scope.fail(Code.NOT_CALLABLE, node, "this cannot be called", "call 'self.name(...)' or a word")


def _named_call(scope: Scope, node: ast.Call, name: str, expected: Type | None) -> Expr:
    if scope.lookup(name) is not None:
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}' is a value", "call 'self.name(...)' or a word")
    if (record := scope.names.record(name)) is not None:
        return read_record(scope, node, record)
    if (signature := scope.names.pure(name)) is not None:
        if scope.kind == "value":
            return scope.fail(Code.NOT_CALLABLE, node, "a constant value calls no function", "write the value out")
        return call_function(scope, node, name, signature)
    if name in CLOSED_WORDS:
        return CLOSED_WORDS[name](scope, node, expected)
    if name in WORDS:
        return WORDS[name](scope, node, expected)
    return _no_function(scope, node, name)


def _no_function(scope: Scope, node: ast.Call, name: str) -> Expr:
    if name in ("require", "warn"):
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}(...)' is a statement", "give it a line of its own")
    if name in _HINTS:
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}' is no word of the language", _HINTS[name])
    if name in ERRNOS:
        return scope.fail(Code.ERRNO, node, f"'{name}' is an errno", f'write refuse({name}, "reason")')
    if scope.has_self and scope.names.method(name) is not None:
        return scope.fail(Code.UNKNOWN_NAME, node, f"no function '{name}' here", f"did you mean 'self.{name}(...)'?")
    alias = scope.names.alias(name)
    if alias is not None or scope.names.sort(name) is not None or scope.names.enum(name) is not None:
        hint = "make one of its records: R(...)" if alias is not None else "its values are not made"
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}' is a type that cannot be called", hint)
    return scope.fail(Code.UNKNOWN_NAME, node, f"no function '{name}' here", scope.hint(name, *WORDS))


def _method_call(scope: Scope, node: ast.Call, name: str, names: Names) -> Expr:
    signature = names.method(name)
    if signature is not None:
        return call_function(scope, node, name, signature)
    if any(found is not None for found in (names.field(name), names.rigid(name), names.switch(name))):
        place = ast.unparse(node.func)
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}' is a value", f"write '{place}' or '{place}[k]'")
    if names.part(name) is not None:
        hint = f"write '{ast.unparse(node.func)}.action(...)'"
        return scope.fail(Code.NOT_CALLABLE, node, f"'{name}' is a part", hint)
    return scope.fail(Code.UNKNOWN_NAME, node, f"the spec has no function '{name}'", nearest(name, names.known()))


def _part_call(scope: Scope, node: ast.Call, name: str, part: PartPath) -> Expr:
    if part.old:
        hint = f"read the fields of 'old', or give the values to '{name}' as arguments"
        return scope.fail(Code.OLD, node, "nothing can be called on 'old'", hint)
    signature = part.names.method(name)
    if part.whole and signature is not None and signature.kind == "action":
        hint = f"call an action of '{part.whole}' that does it"
        return scope.fail(Code.PART, node, f"'{name}' is an action of a part of a part", hint)
    call = _method_call(scope, node, name, part.names)
    return inside(part.names, signature, call) if isinstance(call, Call) and signature is not None else call


def _super_call(scope: Scope, node: ast.Call, name: str) -> Expr:
    if not scope.has_self:
        return scope.fail(Code.NOT_CALLABLE, node, "there is no class here", "super() stands in methods")
    signature = scope.names.super_method(name)
    if signature is None:
        return scope.fail(Code.UNKNOWN_NAME, node, f"no base has a function '{name}'", "the next class must define it")
    return call_function(scope, node, name, signature)


def _value_method(scope: Scope, node: ast.Call, owner: ast.expr, name: str) -> Expr:
    if isinstance(owner, ast.Name) and owner.id == "super":
        return scope.fail(Code.NOT_CALLABLE, node, "'super' is called", f"write 'super().{name}(...)'")
    hint = _METHODS.get(name, "call 'self.name(...)', 'super().name(...)' or a word")
    return scope.fail(Code.NOT_CALLABLE, node, f"values have no method '{name}'", hint)


# --- arguments --------------------------------------------------------------------------------------------------


def call_function(scope: Scope, node: ast.Call, name: str, signature: Signature) -> Expr:
    """A call of a declared function: positional parameters in order, and the choices that the caller fixes."""
    span = scope.span(node)
    if signature.kind == "pure":
        scope.pure_keys.add(signature.function)
    problem = _forbidden(scope, name, signature)
    if problem is not None:
        return scope.fail(Code.NOT_CALLABLE, node, *problem)
    given = _arguments(scope, node, name, signature)
    if given is None:
        return bad(span)
    missing = [param.name for param in signature.params if param.name not in given]
    if missing:
        form = f"write {name}({', '.join(p.name for p in signature.params)})"
        return scope.fail(Code.ARGUMENTS, node, f"'{name}' lacks {', '.join(missing)}", form)
    args = tuple(given[param.name] for param in signature.params)
    params = [param.name for param in signature.params]
    choices = tuple((name, value) for name, value in given.items() if name not in params)
    if is_bad(*given.values()) or not scope.in_order(given, [*params, *(name for name, _ in choices)], node):
        return bad(span)
    return Call(signature.returns, span, signature.function, args, choices)


def _forbidden(scope: Scope, name: str, signature: Signature) -> tuple[str, str] | None:
    if signature.kind == "property":
        return f"'{name}' is a property", "move the shared text into a helper and call that"
    if signature.kind == "process":
        return f"'{name}' is a process, which takes many steps", "move the text of one block into a helper"
    if signature.kind == "initial":
        return f"'{name}' makes the initial states", "move the shared text into a helper and call that"
    if scope.kind == "pure" and signature.kind != "pure":
        return f"'{name}' is not @pure", "a @pure function calls only @pure functions"
    return None


def _arguments(scope: Scope, node: ast.Call, name: str, signature: Signature) -> dict[str, Expr] | None:
    """The arguments by parameter name; None after a mistake in their number or names."""
    params = signature.params
    if len(node.args) > len(params):
        hint = f"write {name}({', '.join(param.name for param in params)})"
        if len(params) < len(node.args) <= len(params) + len(signature.choices):
            hint = f"choices are given by name: {signature.choices[0].name}=..."
        message = f"'{name}' takes {len(params)} arguments, not {len(node.args)}"
        scope.error(Code.ARGUMENTS, node, message, hint)
        return None
    given = {param.name: _argument(scope, arg, param) for param, arg in zip(params, node.args, strict=False)}
    by_name = {param.name: param for param in (*params, *signature.choices)}
    fine = True
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg not in by_name:
            shown = "**" if keyword.arg is None else keyword.arg
            scope.error(Code.ARGUMENTS, keyword, f"'{name}' has no parameter '{shown}'", nearest(shown, by_name))
            fine = False
        elif keyword.arg in given:
            scope.error(Code.ARGUMENTS, keyword, f"'{keyword.arg}' is given twice", "drop one of them")
            fine = False
        else:
            given[keyword.arg] = _argument(scope, keyword.value, by_name[keyword.arg])
    return given if fine else None


def _argument(scope: Scope, node: ast.expr, param: Param) -> Expr:
    return coerce(scope, scope.expr(node, param.type), param.type)
