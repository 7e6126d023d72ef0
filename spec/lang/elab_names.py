"""Bare names, `self.f`, `old.f`, `Enum.MEMBER`, attributes of records and entries of maps and sequences."""

from __future__ import annotations

import ast
from typing import assert_never

from spec.lang import errnos
from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_parts import find_part
from spec.lang.elab_scope import Scope, bad, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import (
    Arith,
    Attr,
    ChoiceRead,
    ConstRead,
    EnumLit,
    Expr,
    FieldRead,
    Index,
    IsVariant,
    Ite,
    Length,
    Lit,
    Local,
    OutcomeAspect,
    OutcomeLit,
    OutcomeTest,
    Project,
    SeqAt,
    SeqSlice,
    SeqTail,
    SwitchRead,
)
from spec.lang.scope import Names
from spec.lang.spans import Span
from spec.lang.types import (
    BOOL,
    INT,
    OUTCOME,
    EnumType,
    MapType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    SetType,
    Type,
    UnionType,
    show,
)

ERRNOS = frozenset(name for name, value in vars(errnos).items() if value == name)
"""The closed list of errno names; that of the language, because Python's differs from system to system."""

_ASPECTS: dict[str, OutcomeAspect] = {"refused": "refused", "done": "done", "blocked": "blocked", "partial": "partial"}
_NOT_ATTRIBUTES = {"append": "seq + (x,)", "add": "s | {x}", "remove": "s - {x}, or without(seq, x)"}


def read_name(scope: Scope, node: ast.Name) -> Expr:
    """A variable, a module constant or DONE."""
    variable = scope.lookup(node.id)
    span = scope.span(node)
    if variable is None:
        return _read_global(scope, node, span)
    match variable.kind:
        case "choice":
            return ChoiceRead(variable.type, span, variable.name)
        case "local" if node.id not in scope.flow.assigned:
            message = f"'{node.id}' has no value on some path to this place"
            return scope.fail(Code.UNASSIGNED, node, message, "assign it before, on every path")
        case "local" | "loop" | "bound" | "parameter":
            return Local(variable.type, span, variable.name)
        case _:
            assert_never(variable.kind)


def _read_global(scope: Scope, node: ast.Name, span: Span) -> Expr:
    name = node.id
    if name in scope.ended:
        return scope.fail(
            Code.LOOP_VARIABLE, node, f"'{name}' ended with its loop", "keep what is needed in another local"
        )
    if name == "DONE":
        return make_outcome(scope, OutcomeLit(OUTCOME, span, 0))
    constant = scope.names.literal(name)
    if isinstance(constant, bool):
        return Lit(BOOL, span, constant)
    if isinstance(constant, int):
        return Lit(INT, span, constant)
    message, hint, code = _why_no_value(scope, name)
    return scope.fail(code, node, message, hint)


def make_outcome(scope: Scope, outcome: OutcomeLit) -> Expr:
    """The outcome, unless the text is a property, a pure function or a value, which make none."""
    if scope.kind in ("action", "helper"):
        return outcome
    return scope.fail(Code.OUTCOME, outcome.span, "only actions and helpers make outcomes", "ask the one you are given")


def _why_no_value(scope: Scope, name: str) -> tuple[str, str, Code]:
    """What to say about a name that no variable has."""
    names = scope.names
    if isinstance(names.literal(name), str):
        return f"'{name}' is a string", "strings stand only in reasons, messages and citations, as literals", (
            Code.NOT_A_VALUE
        )
    if names.sort(name) is not None:
        return f"'{name}' is a sort, not a value", f"write 'for x in {name}' or 'len({name})'", Code.NOT_A_VALUE
    if (enum := names.enum(name)) is not None:
        return f"'{name}' is an enumeration, not a value", f"write '{name}.{enum.members[0]}'", Code.NOT_A_VALUE
    if names.record(name) is not None:
        return f"'{name}' is a record type, not a value", f"write '{name}(...)' to make one", Code.NOT_A_VALUE
    if names.alias(name) is not None:
        return f"'{name}' is a type, not a value", "name one of its records: R(...)", Code.NOT_A_VALUE
    if names.pure(name) is not None:
        return f"'{name}' is a function", f"call it: '{name}(...)'", Code.NOT_A_VALUE
    if name in ERRNOS:
        hint = "an errno stands in refuse(...) and in comparisons with '.errno'"
        return f"'{name}' is no value", hint, Code.ERRNO
    if name == "self" and scope.has_self:
        return "'self' alone is no value", "write 'self.field'", Code.NOT_A_VALUE
    if name == "old" and scope.has_old:
        return "'old' can only be read from", "write 'old.field'", Code.OLD
    if name == "old":
        hint = "a parameter 'old' of an @action_property or @during property is the state before"
        return "there is no state before here", hint, Code.OLD
    if scope.has_self and _member(scope, name):
        return f"no name '{name}' here", f"did you mean 'self.{name}'?", Code.UNKNOWN_NAME
    return f"no name '{name}' here", scope.hint(name), Code.UNKNOWN_NAME


def _member(scope: Scope, name: str) -> bool:
    names = scope.names
    return any(found is not None for found in (names.field(name), names.rigid(name), names.switch(name)))


# --- attributes -------------------------------------------------------------------------------------------------


def read_attribute(scope: Scope, node: ast.Attribute) -> Expr:
    """`self.f`, `old.f`, `Enum.MEMBER`, `outcome.refused` or the field of a record."""
    simple = read_qualified(scope, node)
    if simple is not None:
        return simple
    return attribute_of(scope, scope.expr(node.value), node.attr, scope.span(node))


def read_qualified(scope: Scope, node: ast.Attribute) -> Expr | None:
    """`self.f`, `old.f`, `self.part.f`, `old.part.f` or `Enum.MEMBER`; None for an attribute of a value."""
    if (part := find_part(scope, node.value)) is not None:
        return _state(scope, node, part.names, old=part.old)
    if not isinstance(node.value, ast.Name) or scope.lookup(node.value.id) is not None:
        return None
    owner = node.value.id
    if owner == "self" and scope.has_self:
        return _state(scope, node, scope.names, old=False)
    if owner == "old" and scope.has_old:
        return _state(scope, node, scope.names, old=True)
    enum = scope.names.enum(owner)
    if enum is None:
        return None
    if node.attr in enum.members:
        return EnumLit(EnumType(enum.name), scope.span(node), node.attr)
    return scope.fail(
        Code.NO_ATTRIBUTE, node, f"'{owner}' has no member '{node.attr}'", nearest(node.attr, enum.members)
    )


def _state(scope: Scope, node: ast.Attribute, names: Names, old: bool) -> Expr:
    name, span = node.attr, scope.span(node)
    if (field := names.field(name)) is not None:
        if scope.kind == "pure":
            return scope.fail(
                Code.READS_STATE, node, "a @pure function does not touch the state", "pass the value, or drop @pure"
            )
        if scope.property_kind == "assume":
            return scope.fail(Code.READS_STATE, node, "@assume is about the constants", "there is no state yet")
        return FieldRead(field.type, span, field.name, old)
    if (constant := names.rigid(name)) is not None:
        return ConstRead(constant.type, span, constant.name)
    if (switch := names.switch(name)) is not None:
        return SwitchRead(switch.type, span, switch.name)
    if names.method(name) is not None:
        return scope.fail(Code.NOT_A_VALUE, node, f"'{name}' is a function", f"call it: '{ast.unparse(node)}(...)'")
    if names.part(name) is not None:
        hint = f"write '{ast.unparse(node)}.field' or '{ast.unparse(node)}.action(...)'"
        return scope.fail(Code.PART, node, f"'{name}' is a part, not a value", hint)
    return scope.fail(Code.UNKNOWN_NAME, node, f"the spec has no '{name}'", nearest(name, names.known()))


def attribute_of(scope: Scope, base: Expr, name: str, span: Span) -> Expr:
    """A field of a record, looked up through options and unions; or a question to an outcome."""
    if is_bad(base):
        return base
    match base.type:
        case OutcomeType():
            return _aspect(scope, base, name, span)
        case OptionType(item):
            return attribute_of(scope, Project(item, base.span, base), name, span)
        case RecordType(record):
            type_ = field_type(scope, record, name)
            if type_ is not None:
                return Attr(type_, span, base, name)
            known = [field for field, _ in scope.names.record_by_key(record).fields]
            return scope.fail(Code.NO_ATTRIBUTE, span, f"'{record}' has no field '{name}'", nearest(name, known))
        case UnionType(variants):
            return _union_attribute(scope, base, variants, name, span)
        case _:
            hint = f"write '{_NOT_ATTRIBUTES[name]}'" if name in _NOT_ATTRIBUTES else "only records have fields"
            return scope.fail(Code.NO_ATTRIBUTE, span, f"'{show(base.type)}' has no attribute '{name}'", hint)


def field_type(scope: Scope, record: str, name: str) -> Type | None:
    """The type of a record's field; None if it has no such field."""
    return dict(scope.names.record_by_key(record).fields).get(name)


def _union_attribute(scope: Scope, base: Expr, variants: tuple[str, ...], name: str, span: Span) -> Expr:
    """The field from whichever variant has it; a fault when the value is a variant that has not."""
    having = [(variant, kind) for variant in variants if (kind := field_type(scope, variant, name)) is not None]
    if not having:
        known = [field for v in variants for field, _ in scope.names.record_by_key(v).fields]
        message = f"no variant of '{' | '.join(variants)}' has a field '{name}'"
        return scope.fail(Code.NO_ATTRIBUTE, span, message, nearest(name, known))
    kinds = {kind for _, kind in having}
    if len(kinds) > 1:
        listed = ", ".join(f"'{show(kind)}' in {variant}" for variant, kind in having)
        return scope.fail(Code.NO_ATTRIBUTE, span, f"'{name}' has several types: {listed}", "give them one type")
    if len(having) > 1 and not scope.need_plain(base, base.span):
        return bad(span)
    *others, (last, kind) = having
    result: Expr = Attr(kind, span, Project(RecordType(last), base.span, base), name)
    for variant, _ in reversed(others):
        value = Attr(kind, span, Project(RecordType(variant), base.span, scope.copy(base)), name)
        result = Ite(kind, span, IsVariant(BOOL, span, scope.copy(base), variant), value, result)
    return result


def _aspect(scope: Scope, base: Expr, name: str, span: Span) -> Expr:
    if name in _ASPECTS:
        return OutcomeTest(BOOL, span, base, _ASPECTS[name])
    if name in ("errno", "reason"):
        example = "EPERM" if name == "errno" else '"already-held"'
        hint = f"write '.{name} == {example}'"
        return scope.fail(Code.OUTCOME, span, f"'.{name}' can only be compared with what the text names", hint)
    known = (*_ASPECTS, "errno", "reason")
    return scope.fail(Code.NO_ATTRIBUTE, span, f"an outcome has no '{name}'", nearest(name, known))


# --- entries ----------------------------------------------------------------------------------------------------


def read_subscript(scope: Scope, node: ast.Subscript) -> Expr:
    """`map[k]`, `map[k1, k2]`, `seq[i]`, `seq[-1]`, and slices of a sequence."""
    base = scope.expr(node.value)
    if is_bad(base):
        return base
    while isinstance(base.type, OptionType):
        base = Project(base.type.item, base.span, base)
    span = scope.span(node)
    match base.type, node.slice:
        case SeqType(), ast.Slice(lower=ast.Constant(value=1), upper=None, step=None):
            return SeqTail(base.type, span, base)
        case SeqType(), ast.Slice():
            return _slice(scope, base, node.slice, span)
        case _, ast.Slice():
            return scope.fail(Code.UNSUPPORTED, node, f"'{show(base.type)}' has no slices", "only sequences have")
        case MapType(_, value), _:
            keys = read_keys(scope, base.type, node.slice)
            return bad(span) if keys is None else Index(value, span, base, keys)
        case SeqType(item, _), _ if (back := _from_the_end(node.slice)) is not None:
            place = _back(scope, base, back, span)
            return bad(span) if place is None else SeqAt(item, span, base, place)
        case SeqType(item, _), _:
            at = coerce(scope, scope.expr(node.slice), INT)
            return bad(span) if is_bad(at) else SeqAt(item, span, base, at)
        case SetType(), _:
            return scope.fail(Code.NO_ATTRIBUTE, node, "a set has no entries", "write 'x in s'")
        case _:
            return scope.fail(
                Code.NO_ATTRIBUTE, node, f"'{show(base.type)}' has no entries", "only maps and sequences have"
            )


def _slice(scope: Scope, base: Expr, node: ast.Slice, span: Span) -> Expr:
    """`seq[lo:hi]`, either of them left out; a literal below 0 counts from the end, as far as there is anything."""
    if node.step is not None:
        return scope.fail(Code.UNSUPPORTED, node.step, "no slices with a step", "write 'seq[lo:hi]'")
    low = Lit(INT, span, 0) if node.lower is None else _bound(scope, base, node.lower)
    high = None if node.upper is None else _bound(scope, base, node.upper)
    if is_bad(low) or (high is not None and is_bad(high)):
        return bad(span)
    return SeqSlice(base.type, span, base, low, high)


def _bound(scope: Scope, base: Expr, node: ast.expr) -> Expr:
    back = _from_the_end(node)
    if back is None:
        return coerce(scope, scope.expr(node), INT)
    span = scope.span(node)
    place = _back(scope, base, back, span)
    return bad(span) if place is None else Arith(INT, span, "max", Lit(INT, span, 0), place)


def _from_the_end(node: ast.expr) -> int | None:
    """The n of a literal `-n`; None for anything else."""
    match node:
        case ast.UnaryOp(ast.USub(), ast.Constant(int(n))) if type(n) is int and n > 0:
            return n
        case _:
            return None


def _back(scope: Scope, base: Expr, count: int, span: Span) -> Expr | None:
    """The place so many before the end of a sequence that is read anyway; None after an error."""
    if not scope.need_plain(base, span):
        return None
    return Arith(INT, span, "-", Length(INT, span, scope.copy(base)), Lit(INT, span, count))


def read_keys(scope: Scope, kind: MapType, node: ast.expr) -> tuple[Expr, ...] | None:
    """The keys between the brackets, each of its type; None after an error."""
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    if len(nodes) != len(kind.keys):
        wanted = ", ".join(show(key) for key in kind.keys)
        message = f"{len(nodes)} keys, but the map has {len(kind.keys)}"
        scope.error(Code.ARGUMENTS, node, message, f"its keys are: {wanted}")
        return None
    keys = tuple(coerce(scope, scope.expr(n, k), k) for n, k in zip(nodes, kind.keys, strict=True))
    return None if is_bad(*keys) else keys
