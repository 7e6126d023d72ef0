"""`self.part.field`, `old.part.field` and `self.part.action(...)`: what the text of a spec does with its parts."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from spec.lang.codes import Code
from spec.lang.elab_scope import Scope
from spec.lang.ir import Call
from spec.lang.scope import Names, Signature


@dataclass(frozen=True, slots=True)
class PartPath:
    """`self.a.b` or, with `old`, `old.a.b`, where a and b are parts: the names that the part's own text has.

    `whole` is the part around it, as written; empty for a part of the spec itself.
    """

    names: Names
    old: bool
    whole: str


def find_part(scope: Scope, node: ast.expr) -> PartPath | None:
    """The part that an expression names; None for any other expression."""
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "old" as owner), attr=name):
            there = scope.has_self if owner == "self" else scope.has_old
            if not there or scope.lookup(owner) is not None:
                return None
            found = scope.names.part(name)
            return None if found is None else PartPath(found, owner == "old", "")
        case ast.Attribute(value=base, attr=name):
            outer = find_part(scope, base)
            inner = None if outer is None else outer.names.part(name)
            return None if outer is None or inner is None else PartPath(inner, outer.old, ast.unparse(base))
    return None


def inside(names: Names, signature: Signature, call: Call) -> Call:
    """A call of a function of a part from outside it; one of an action is a step of the part."""
    if signature.kind != "action":
        return call
    chosen = tuple(name for name, _ in call.given)
    values = tuple(value for _, value in call.given)
    return replace(call, function=names.inside(signature.function, chosen), args=(*call.args, *values), given=())


def foreign_place(scope: Scope, target: ast.expr) -> bool:
    """True, after a report, if an assignment is to a field of a part."""
    place = target.value if isinstance(target, ast.Subscript) else target
    if not isinstance(place, ast.Attribute) or find_part(scope, place.value) is None:
        return False
    part = ast.unparse(place.value)
    hint = f"call one of its actions: '{part}.action(...)'"
    scope.error(Code.PART, target, f"only the text of '{part}' writes its fields", hint)
    return True
