"""Parameter lists: what a caller must know of a function, and what a property may ask for."""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_coerce import is_finite, is_scalar
from spec.lang.elab_promise import is_promise
from spec.lang.elab_scope import UNKNOWN, header_span
from spec.lang.elab_types import read_type
from spec.lang.errors import Problem, nearest
from spec.lang.machine import Param, PropertyKind
from spec.lang.scope import CalleeKind, Names, Signature
from spec.lang.source import span_of
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, NONE, OUTCOME, IntType, Type, show


def has_self(fn: ast.FunctionDef) -> bool:
    """True if the first parameter is `self`."""
    args = [*fn.args.posonlyargs, *fn.args.args]
    return bool(args) and args[0].arg == "self"


def plain_params(fn: ast.FunctionDef) -> list[ast.arg]:
    """The positional parameters after `self`."""
    args = [*fn.args.posonlyargs, *fn.args.args]
    return args[1:] if has_self(fn) else args


def read_signature(fn: ast.FunctionDef, names: Names, key: str, kind: CalleeKind) -> Signature:
    """What callers know: positional parameters after `self`, keyword-only parameters as choices, the result's type.

    Properties take nothing from a caller, so theirs is empty. Mistakes are reported to `names`.
    """
    _check_form(fn, names, kind)
    returns = _read_returns(fn, names, kind)
    if kind == "property":
        _no_choices(fn, names, "a property has no choices", "a promise is about every choice; drop the '*'")
        return Signature(key, kind, (), (), returns)
    if kind == "pure":
        _no_choices(fn, names, "a @pure function has no choices", "make it a helper, or pass the value")
    if kind == "initial" and plain_params(fn):
        where = span_of(plain_params(fn)[0], names.file)
        _report(names, Code.PARAMETERS, where, "@initial takes only choices", "put a '*' before them")
    scalars = kind in ("action", "process", "initial")
    params = tuple(_param(arg, names, scalars) for arg in plain_params(fn))
    choices = tuple(_param(arg, names, True) for arg in fn.args.kwonlyargs)
    return Signature(key, kind, () if kind == "initial" else params, () if kind == "pure" else choices, returns)


def _report(names: Names, code: Code, span: Span, message: str, hint: str = "") -> None:
    names.report(Problem(code.code, span, message, hint))


def _check_form(fn: ast.FunctionDef, names: Names, kind: CalleeKind) -> None:
    args, file = fn.args, names.file
    if kind != "pure" and not has_self(fn):
        message = "the first parameter of a method is 'self'"
        _report(names, Code.PARAMETERS, header_span(fn, file), message, f"def {fn.name}(self, ...)")
    for arg in args.posonlyargs[-1:]:
        _report(names, Code.PARAMETERS, span_of(arg, file), "'/' is no part of the language", "drop it")
    for star in (args.vararg, args.kwarg):
        if star is not None:
            _report(names, Code.PARAMETERS, span_of(star, file), "every parameter has a name", "name them one by one")
    for default in (*args.defaults, *args.kw_defaults):
        if default is not None:
            _report(names, Code.PARAMETERS, span_of(default, file), "parameters have no defaults", "drop the default")


def _no_choices(fn: ast.FunctionDef, names: Names, message: str, hint: str) -> None:
    for arg in fn.args.kwonlyargs:
        _report(names, Code.PARAMETERS, span_of(arg, names.file), message, hint)


def _param(arg: ast.arg, names: Names, scalar: bool) -> Param:
    span = span_of(arg, names.file)
    if arg.annotation is None:
        _report(names, Code.MISSING_ANNOTATION, span, f"'{arg.arg}' has no type", f"write '{arg.arg}: T'")
        return Param(arg.arg, UNKNOWN, span)
    kind = read_type(arg.annotation, names)
    where = span_of(arg.annotation, names.file)
    if kind == NONE:
        _report(names, Code.BAD_TYPE, where, "a parameter cannot be None only", "write 'T | None'")
        return Param(arg.arg, UNKNOWN, span)
    if scalar and kind != UNKNOWN:
        kind = _finite_scalar(kind, names, where)
    return Param(arg.arg, kind, span)


def _finite_scalar(kind: Type, names: Names, where: Span) -> Type:
    if not is_scalar(kind):
        _report(names, Code.NOT_SCALAR, where, f"'{show(kind)}' has too many values to try", "use scalars here")
        return UNKNOWN
    if not is_finite(kind):
        hint = "give it bounds: Annotated[int, Bounds(lo, hi)]" if isinstance(kind, IntType) else ""
        _report(names, Code.NOT_FINITE, where, f"all values are tried, and '{show(kind)}' has no bounds", hint)
        return INT
    return kind


def _read_returns(fn: ast.FunctionDef, names: Names, kind: CalleeKind) -> Type:
    where = header_span(fn, names.file)
    if kind == "process" or (isinstance(fn.returns, ast.Name) and fn.returns.id == "Process"):
        return _read_process(fn, names, kind)
    if fn.returns is None:
        if kind == "property":
            _report(names, Code.MISSING_ANNOTATION, where, f"'{fn.name}' has no return type", "write '-> bool'")
            return BOOL
        if kind == "pure":
            _report(names, Code.MISSING_ANNOTATION, where, f"'{fn.name}' has no return type", "write '-> T'")
            return UNKNOWN
        return NONE
    if kind == "property" and is_promise(fn.returns):
        return BOOL
    returns = read_type(fn.returns, names)
    if returns == UNKNOWN:
        return BOOL if kind == "property" else returns
    where = span_of(fn.returns, names.file)
    if kind == "property" and returns != BOOL:
        _report(names, Code.RETURNS, where, f"a property is a bool, not '{show(returns)}'", "write '-> bool'")
        return BOOL
    if kind == "initial" and returns != NONE:
        _report(names, Code.RETURNS, where, "@initial returns nothing", "write '-> None'")
        return NONE
    if kind == "action" and returns not in (NONE, OUTCOME):
        hint = "write '-> Outcome', and answer values as outputs: done(name=value)"
        _report(names, Code.RETURNS, where, f"an action answers an Outcome, not '{show(returns)}'", hint)
        return OUTCOME
    if kind == "pure" and returns in (NONE, OUTCOME):
        _report(names, Code.RETURNS, where, "a @pure function returns a value", "make it a helper")
        return UNKNOWN
    return returns


def _read_process(fn: ast.FunctionDef, names: Names, kind: CalleeKind) -> Type:
    if not isinstance(fn.returns, ast.Name) or fn.returns.id != "Process":
        _report(names, Code.RETURNS, header_span(fn, names.file), "a process is a process", "write '-> Process'")
    elif kind != "process":
        where = span_of(fn.returns, names.file)
        _report(names, Code.RETURNS, where, "only a @process is a Process", "write @process(...) above it")
    return OUTCOME


# --- properties -------------------------------------------------------------------------------------------------


def property_params(
    fn: ast.FunctionDef, names: Names, kind: PropertyKind, action_params: dict[str, Param]
) -> tuple[tuple[Param, ...], bool]:
    """The parameters of a property's function, and whether its text has `old`.

    An action property gets `outcome` first, then the arguments of the actions that it names, in text order. What is
    promised of whole runs has typed parameters of its own.
    """
    wanted: list[Param] = []
    old = False
    outcome = Param("outcome", OUTCOME, header_span(fn, names.file))
    for arg in plain_params(fn):
        span = span_of(arg, names.file)
        if arg.arg == "old" and kind in ("action", "during"):
            old = True
            if arg.annotation is not None and not _is_self(arg.annotation):
                _report(names, Code.BAD_TYPE, span, "'old' is the state before", "write 'old: Self'")
        elif kind in ("leads_to", "always_eventually") and arg.arg != "old":
            wanted.append(_param(arg, names, True))
        elif kind != "action":
            _unwanted(arg, names, kind, span)
        elif arg.arg == "outcome":
            outcome = Param("outcome", OUTCOME, span)
            _agree(arg, OUTCOME, names)
        elif arg.arg in action_params:
            wanted.append(Param(arg.arg, action_params[arg.arg].type, span))
            _agree(arg, action_params[arg.arg].type, names)
        else:
            hint = nearest(arg.arg, ["old", "outcome", *action_params])
            _report(names, Code.PARAMETERS, span, f"the actions have no argument '{arg.arg}'", hint)
            wanted.append(Param(arg.arg, UNKNOWN, span))
    return ((outcome, *wanted) if kind == "action" else tuple(wanted)), old


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "Self"


def _unwanted(arg: ast.arg, names: Names, kind: PropertyKind, span: Span) -> None:
    if kind == "during":
        _report(names, Code.PARAMETERS, span, f"a @during property has no '{arg.arg}'", "it may have 'old'")
    elif arg.arg == "old":
        hint = "use @action_property (after each step) or @during (after each write)"
        _report(names, Code.PARAMETERS, span, f"@{kind} looks at one state; there is no 'old'", hint)
    else:
        hint = f"quantify: all(... for {arg.arg} in D)"
        _report(names, Code.PARAMETERS, span, f"@{kind} takes no parameter '{arg.arg}'", hint)


def _agree(arg: ast.arg, kind: Type, names: Names) -> None:
    if arg.annotation is None:
        return
    written = read_type(arg.annotation, names)
    if UNKNOWN not in (written, kind) and written != kind:
        message = f"'{arg.arg}' is '{show(kind)}' in the actions, not '{show(written)}'"
        _report(names, Code.MISMATCH, span_of(arg.annotation, names.file), message, "leave the annotation out")
