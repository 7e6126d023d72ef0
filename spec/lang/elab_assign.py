"""Assignments: to locals, to state fields and to entries of maps, plain and augmented."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce, inject
from spec.lang.elab_expr import binary
from spec.lang.elab_names import read_keys
from spec.lang.elab_parts import foreign_place
from spec.lang.elab_scope import UNKNOWN, Scope, Variable, is_bad
from spec.lang.elab_types import read_type
from spec.lang.errors import nearest
from spec.lang.ir import Assign, ChoiceRead, EnumLit, Expr, FieldRead, Index, Lit, Local, NoneLit, Stmt, Write
from spec.lang.spans import Span
from spec.lang.types import INT, NONE, IntType, MapType, SeqType, Type, show
from spec.lang.walk import rewrite, subexpressions


@dataclass(frozen=True, slots=True)
class _Place:
    """A state field, or one entry of a map in it."""

    field: str
    whole: Type
    keys: tuple[Expr, ...]
    type: Type


def read_assign(scope: Scope, node: ast.Assign) -> list[Stmt]:
    """`x = v`, `self.f = v`, `self.f[k] = v`."""
    if len(node.targets) > 1:
        scope.error(Code.UNSUPPORTED, node, "two targets in one assignment", "write two lines")
        return []
    target = node.targets[0]
    if isinstance(target, ast.Name):
        known = scope.variables.get(target.id)
        value = scope.expr(node.value, known.type if known is not None and known.kind == "local" else None)
        return assign_local(scope, target, value, scope.span(node), None)
    place = _read_place(scope, target)
    value = scope.expr(node.value, UNKNOWN if place is None else place.type)
    return [] if place is None else _store(scope, place, value, scope.span(node))


def read_annotated(scope: Scope, node: ast.AnnAssign) -> list[Stmt]:
    """`x: T = v`."""
    if not isinstance(node.target, ast.Name):
        scope.error(Code.UNSUPPORTED, node, "only locals are annotated here", "the class body has the type of a field")
        return []
    kind = read_type(node.annotation, scope.names)
    bounded = kind if isinstance(kind, IntType) and kind != INT else None
    if bounded is not None:
        if scope.process is None:
            hint = "write 'int'; bounds are for fields"
            scope.error(Code.BOUNDED_LOCAL, node.annotation, "a local has no bounds", hint)
        kind = INT
    if node.value is None:
        scope.error(Code.UNASSIGNED, node, "a local is declared by its first value", "write 'x: T = value'")
        return []
    value = scope.expr(node.value, kind)
    found = assign_local(scope, node.target, value, scope.span(node), kind)
    if bounded is not None and scope.process is not None and node.target.id in scope.variables:
        scope.process.bounds[scope.variables[node.target.id].name] = bounded
    return found


# --- locals -----------------------------------------------------------------------------------------------------


def assign_local(scope: Scope, target: ast.Name, value: Expr, span: Span, kind: Type | None) -> list[Stmt]:
    """The assignment of a value, already read, to a local; `kind` is its annotation if it has one."""
    scope.settle(value)
    variable = _local(scope, target, value, kind)
    if variable is None:
        return []
    scope.flow.assigned |= {target.id}
    if is_bad(value):
        return []
    if kind is not None and variable.type == kind:
        value = coerce(scope, value, kind)
        return [] if is_bad(value) else [Assign(variable.name, value, span)]
    fitting = value if variable.type == UNKNOWN else inject(scope, value, variable.type)
    if fitting is not None:
        return [Assign(variable.name, fitting, span)]
    message = f"'{target.id}' is '{show(variable.type)}', and now '{show(value.type)}'"
    hint = f"give its first value the type of all: '{target.id}: T = ...', or use another local"
    scope.error(Code.TWO_TYPES, span, message, hint)
    return []


def _local(scope: Scope, target: ast.Name, value: Expr, kind: Type | None) -> Variable | None:
    """The variable to assign, a new one at its first assignment; None after an error."""
    text = target.id
    known = scope.variables.get(text)
    if known is None:
        if not scope.may_name(text, target):
            return None
        scope.ended.discard(text)
        return scope.declare(text, "local", kind if kind is not None else _type_of_value(scope, target, value))
    match known.kind:
        case "parameter" | "choice":
            scope.error(Code.ASSIGN_PARAMETER, target, f"'{text}' is a {known.kind}", "use a local of another name")
            return None
        case "loop" | "bound":
            scope.error(Code.LOOP_VARIABLE, target, f"'{text}' is a loop variable", "use a local of another name")
            return None
        case "local":
            if known.type == UNKNOWN and value.type not in (NONE, UNKNOWN):
                return known
            if kind is not None and kind != UNKNOWN and known.type not in (kind, UNKNOWN):
                message = f"'{text}' is '{show(known.type)}', and here '{show(kind)}'"
                scope.error(Code.TWO_TYPES, target, message, "annotate its first assignment only")
                return None
            return known


def _type_of_value(scope: Scope, target: ast.Name, value: Expr) -> Type:
    if isinstance(value.type, IntType):
        return INT
    if value.type != NONE:
        return value.type
    if isinstance(value, NoneLit):
        message = f"the type of '{target.id}' is not known"
        scope.error(Code.TYPE_NEEDED, value.span, message, f"write '{target.id}: T | None = None'")
    else:
        scope.error(Code.NO_VALUE, value.span, "this call returns nothing", "call it on a line of its own")
    return UNKNOWN


# --- state ------------------------------------------------------------------------------------------------------


def _read_place(scope: Scope, target: ast.expr) -> _Place | None:
    """The part of the state that an assignment names; None after an error."""
    if foreign_place(scope, target):
        return None
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if scope.has_self:
            kind = _field(scope, target, name)
            return None if kind is None else _Place(_stored(scope, name), kind, (), kind)
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=name) as owner) if scope.has_self:
            kind = _field(scope, owner, name)
            return None if kind is None else _entry(scope, target, name, kind)
        case ast.Attribute(value=ast.Name(id="old")):
            scope.error(Code.OLD, target, "the state before cannot be written", "write 'self.f = ...' in an action")
        case ast.Attribute(value=owner, attr=name):
            hint = f"records never change: '{ast.unparse(owner)} = replace({ast.unparse(owner)}, {name}=...)'"
            scope.error(Code.NOT_STORED, target, "a field of a record cannot be assigned", hint)
        case ast.Tuple() | ast.List():
            scope.error(Code.UNSUPPORTED, target, "several targets in one assignment", "write one line for each")
        case ast.Starred():
            scope.error(Code.UNSUPPORTED, target, "'*' is no part of the language", "write one line for each")
        case ast.Subscript():
            hint = "only 'self.f[k] = ...' stores an entry; values never change"
            scope.error(Code.NOT_STORED, target, "this entry cannot be assigned", hint)
        case _:
            scope.error(Code.NOT_STORED, target, "this cannot be assigned", "assign a local or 'self.f'")
    return None


def _field(scope: Scope, node: ast.Attribute, name: str) -> Type | None:
    """The type of a state field that may be written here; None after an error."""
    field = scope.names.field(name)
    if field is None:
        names = scope.names
        if names.rigid(name) is not None or names.switch(name) is not None:
            what = "constant" if names.rigid(name) is not None else "switch"
            scope.error(Code.NOT_STORED, node, f"'{name}' is a {what}", "it never changes; make it a state field")
        elif names.method(name) is not None or names.part(name) is not None:
            what = "function" if names.method(name) is not None else "part"
            scope.error(Code.NOT_STORED, node, f"'{name}' is a {what}", "assign a state field")
        else:
            scope.error(Code.UNKNOWN_NAME, node, f"the spec has no '{name}'", nearest(name, names.known()))
        return None
    if scope.kind not in ("action", "helper", "initial"):
        what = "a @pure function" if scope.kind == "pure" else "a property"
        scope.error(Code.NOT_PURE, node, f"{what} writes no state", "use a local")
        return None
    if field.lock:
        hint = f"write 'self.{name}.release(t)' or 'yield from self.{name}.acquire(t)'"
        scope.error(Code.LOCK, node, f"'{name}' is a lock, which is only taken and released", hint)
        return None
    return field.type


def _entry(scope: Scope, node: ast.Subscript, name: str, kind: Type) -> _Place | None:
    if not isinstance(kind, MapType):
        hint = "a sequence never changes; store a new one" if isinstance(kind, SeqType) else "only maps have entries"
        scope.error(Code.NOT_STORED, node, f"'{show(kind)}' has no entry to assign", hint)
        return None
    keys = read_keys(scope, kind, node.slice)
    return None if keys is None else _Place(_stored(scope, name), kind, keys, kind.value)


def _stored(scope: Scope, name: str) -> str:
    """The name of the field in the machine, where those of a part are qualified."""
    field = scope.names.field(name)
    return name if field is None else field.name


def _store(scope: Scope, place: _Place, value: Expr, span: Span, *, in_order: bool = False) -> list[Stmt]:
    """The write; with `in_order` keys and value may be read as the tree has them, keys first."""
    value = coerce(scope, value, place.type)
    if is_bad(value):
        return []
    scope.flow.written = span
    if in_order or all(map(_is_settled, place.keys)) or not _depends(scope, value):
        return [Write(place.field, place.keys, value, span)]
    # Python reads the value before the keys; with a call or a choice in the value the order shows
    name = scope.fresh(f"new_{place.field}")
    kind = INT if isinstance(place.type, IntType) else place.type
    scope.locals[name] = kind
    return [Assign(name, value, span), Write(place.field, place.keys, Local(kind, value.span, name), span)]


def _is_settled(key: Expr) -> bool:
    """True if it does not matter when the key is read: it is the same at any time and never a fault."""
    return isinstance(key, EnumLit | Lit) or (isinstance(key, Local) and not isinstance(key.type, IntType))


def _depends(scope: Scope, expr: Expr) -> bool:
    """True if the order of evaluation shows: the expression calls something or takes a choice."""
    return not scope.is_call_free(expr) or any(isinstance(part, ChoiceRead) for part in subexpressions(expr))


# --- augmented --------------------------------------------------------------------------------------------------


def read_augmented(scope: Scope, node: ast.AugAssign) -> list[Stmt]:
    """`+=`, `-=` and `|=` on a local, a state field or an entry: read, then write."""
    span = scope.span(node)
    if not isinstance(node.op, ast.Add | ast.Sub | ast.BitOr):
        hint = "write it out: 'x = x * y'"
        scope.error(Code.UNSUPPORTED, node, "only +=, -= and |= are part of the language", hint)
        return []
    if isinstance(node.target, ast.Name):
        return _augment_local(scope, node, node.target, span)
    place = _read_place(scope, node.target)
    if place is None:
        scope.expr(node.value)
        return []
    if not all([scope.need_plain(key, key.span) for key in place.keys]):
        return []
    current: Expr = FieldRead(place.whole, scope.span(node.target), place.field)
    if not place.keys:
        return _store(scope, place, binary(scope, current, node.op, node.value, span, place.type), span)
    bound, keys = _bound_keys(scope, place)
    current = Index(place.type, scope.span(node.target), current, keys)
    value = binary(scope, current, node.op, node.value, span, place.type)
    if bound and _depends(scope, value):
        # Python reads the keys once, before the value; the entry itself is read before the value too
        return [*bound, *_store(scope, replace(place, keys=keys), value, span, in_order=True)]
    original = {key.name: found for key, found in zip(keys, place.keys, strict=True) if isinstance(key, Local)}

    def unbind(part: Expr) -> Expr:
        return scope.copy(original[part.name]) if isinstance(part, Local) and part.name in original else part

    for assign in bound:
        del scope.locals[assign.name]
    return _store(scope, place, rewrite(value, unbind), span, in_order=True)


def _bound_keys(scope: Scope, place: _Place) -> tuple[list[Assign], tuple[Expr, ...]]:
    """Locals for the keys that are not settled, with their assignments; the keys to use instead."""
    bound: list[Assign] = []
    keys: list[Expr] = []
    for key in place.keys:
        if _is_settled(key):
            keys.append(scope.copy(key))
            continue
        name = scope.fresh(f"key_{place.field}")
        scope.locals[name] = INT if isinstance(key.type, IntType) else key.type
        bound.append(Assign(name, key, key.span))
        keys.append(Local(scope.locals[name], key.span, name))
    return bound, tuple(keys)


def _augment_local(scope: Scope, node: ast.AugAssign, target: ast.Name, span: Span) -> list[Stmt]:
    known = scope.lookup(target.id)
    if known is None or known.kind != "local":
        if known is not None:
            return assign_local(scope, target, scope.expr(node.value), span, None)
        hint = f"did you mean 'self.{target.id}'?" if scope.names.field(target.id) is not None else "assign it before"
        scope.error(Code.UNKNOWN_NAME, target, f"no local '{target.id}' here", hint)
        return []
    current = scope.expr(ast.copy_location(ast.Name(target.id, ast.Load()), target))
    value = binary(scope, current, node.op, node.value, span, known.type)
    return assign_local(scope, target, value, span, None)
