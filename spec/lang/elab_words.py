"""The words that are written like calls: `len`, `min`, `isinstance`, `replace`, `all(...)`, `implies`, `set()` ..."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import reduce

from spec.lang.codes import Code
from spec.lang.elab_at import read_at, read_idle
from spec.lang.elab_coerce import coerce, truth
from spec.lang.elab_comp import read_comprehension
from spec.lang.elab_names import field_type
from spec.lang.elab_outcomes import read_blocked, read_done, read_refuse
from spec.lang.elab_promise import read_leads_to
from spec.lang.elab_scope import UNKNOWN, Scope, bad, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import (
    Arith,
    Everywhere,
    Expr,
    IsNone,
    IsVariant,
    Length,
    Lit,
    MakeRecord,
    Not,
    Or,
    Project,
    QuantKind,
    SeqRemove,
    SeqTail,
    SetLit,
    SortSize,
    Update,
)
from spec.lang.machine import RecordDecl
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, MapType, OptionType, RecordType, SeqType, SetType, Type, UnionType, show

Word = Callable[[Scope, ast.Call, Type | None], Expr]


def _generator(scope: Scope, node: ast.Call, word: str) -> ast.GeneratorExp | None:
    """The one argument, a generator; None after an error."""
    if len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.GeneratorExp):
        return node.args[0]
    if node.args and isinstance(node.args[0], ast.ListComp):
        scope.error(Code.UNSUPPORTED, node.args[0], "a list comprehension", "leave out the brackets")
    elif node.keywords:
        scope.error(Code.ARGUMENTS, node.keywords[0], f"{word} takes nothing else", "test before whether there is any")
    else:
        scope.error(Code.ARGUMENTS, node, f"{word} takes a generator", f"write {word}(... for x in D if c)")
    return None


def _quantifier(kind: QuantKind) -> Word:
    def read(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
        generator = _generator(scope, node, kind)
        if generator is None:
            return scope.fail_quietly(node)
        item = expected.item if kind == "first" and isinstance(expected, OptionType) else None
        return read_comprehension(scope, generator, kind, scope.span(node), item)

    return read


def _extreme(kind: QuantKind) -> Word:
    """min and max: of two or more values, or of a generator."""

    def read(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
        span = scope.span(node)
        if node.args and isinstance(node.args[0], ast.GeneratorExp):
            return _quantifier(kind)(scope, node, expected)
        if len(node.args) < 2 or node.keywords:
            hint = f"write {kind}(a, b) or {kind}(e for x in D)"
            return scope.fail(Code.ARGUMENTS, node, f"{kind} takes two values or a generator", hint)
        values = [coerce(scope, scope.expr(arg), INT) for arg in node.args]
        if is_bad(*values):
            return bad(span)
        return reduce(lambda a, b: Arith(INT, span, "min" if kind == "min" else "max", a, b), values)

    return read


def _arguments(scope: Scope, node: ast.Call, word: str, count: int, form: str) -> bool:
    if len(node.args) == count and not node.keywords:
        return True
    scope.error(Code.ARGUMENTS, node, f"{word} has other arguments", f"write {form}")
    return False


def _len(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    if not _arguments(scope, node, "len", 1, "len(x)"):
        return scope.fail_quietly(node)
    arg, span = node.args[0], scope.span(node)
    if isinstance(arg, ast.Name) and scope.lookup(arg.id) is None:
        if (sort := scope.names.sort(arg.id)) is not None:
            return SortSize(INT, span, sort.name)
        if (enum := scope.names.enum(arg.id)) is not None:
            return scope.fail(Code.NOT_A_VALUE, arg, "an enumeration has no length", f"write {len(enum.members)}")
    base = _held(scope.expr(arg))
    if is_bad(base):
        return base
    if isinstance(base.type, SetType | SeqType):
        return Length(INT, span, base)
    return scope.fail(Code.MISMATCH, arg, f"'{show(base.type)}' has no length", "len is for sorts, sets and sequences")


def _held(base: Expr) -> Expr:
    while isinstance(base.type, OptionType):
        base = Project(base.type.item, base.span, base)
    return base


def _implies(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    if not _arguments(scope, node, "implies", 2, "implies(p, q)"):
        return scope.fail_quietly(node)
    premise, conclusion = (truth(scope, scope.expr(arg)) for arg in node.args)
    span = scope.span(node)
    if is_bad(premise, conclusion):
        return bad(span)
    return Or(BOOL, span, (Not(BOOL, premise.span, premise), conclusion))


def _set(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    if node.args or node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "set() takes nothing", "write '{x for x in D}' or '{a, b}'")
    kind = expected.item if isinstance(expected, OptionType) else expected
    if isinstance(kind, SetType):
        return SetLit(kind, scope.span(node), ())
    if kind is None:
        hint = "it stands where a 'Set' is stored, returned, passed or compared"
        return scope.fail(Code.TYPE_NEEDED, node, "the type of this empty set is not known here", hint)
    if kind == UNKNOWN:
        return scope.fail_quietly(node)
    message = f"this is an empty set, but '{show(kind)}' is needed"
    return scope.fail(Code.MISMATCH, node, message, "set() stands only for a set")


def _everywhere(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    if not _arguments(scope, node, "everywhere", 1, "everywhere(v)"):
        return scope.fail_quietly(node)
    if expected == UNKNOWN:
        return scope.fail_quietly(node)
    if not isinstance(expected, MapType):
        if expected is not None:
            message = f"everywhere(v) is a whole map, but '{show(expected)}' is needed"
            return scope.fail(Code.MISMATCH, node, message, "write 'v' alone")
        return scope.fail(Code.TYPE_NEEDED, node, "the type of this map is not known here", "store it in a field")
    value = coerce(scope, scope.expr(node.args[0], expected.value), expected.value)
    return value if is_bad(value) else Everywhere(expected, scope.span(node), value)


def _sequence_word(scope: Scope, node: ast.Call, word: str, count: int, form: str) -> Expr | None:
    """The sequence that is the first argument of `without` and `rest`; None after an error."""
    if not _arguments(scope, node, word, count, form):
        return None
    base = _held(scope.expr(node.args[0]))
    if is_bad(base):
        return None
    if isinstance(base.type, SeqType):
        return base
    hint = "a set is reduced by 's - {x}'" if isinstance(base.type, SetType) else ""
    scope.error(Code.MISMATCH, node.args[0], f"'{show(base.type)}' is no sequence", hint)
    return None


def _without(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    base = _sequence_word(scope, node, "without", 2, "without(seq, x)")
    if base is None or not isinstance(base.type, SeqType):
        return scope.fail_quietly(node)
    item = coerce(scope, scope.expr(node.args[1], base.type.item), base.type.item)
    return item if is_bad(item) else SeqRemove(base.type, scope.span(node), base, item)


def _rest(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    base = _sequence_word(scope, node, "rest", 1, "rest(seq)")
    return scope.fail_quietly(node) if base is None else SeqTail(base.type, scope.span(node), base)


# --- records ----------------------------------------------------------------------------------------------------


def _isinstance(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    if not _arguments(scope, node, "isinstance", 2, "isinstance(x, R)"):
        return scope.fail_quietly(node)
    base, span = scope.expr(node.args[0]), scope.span(node)
    kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
    records = [_record_named(scope, kind) for kind in kinds]
    if is_bad(base) or not records or (len(records) > 1 and not scope.need_plain(base, base.span)):
        return bad(span)
    tests: list[Expr] = []
    for record, kind in zip(records, kinds, strict=True):
        value = scope.copy(base) if tests else base
        test = None if record is None else _is_variant(scope, value, record, kind, span)
        if test is None:
            return bad(span)
        tests.append(test)
    return tests[0] if len(tests) == 1 else Or(BOOL, span, tuple(tests))


def _record_named(scope: Scope, node: ast.expr) -> str | None:
    record = scope.names.record(node.id) if isinstance(node, ast.Name) else None
    if record is None:
        scope.error(Code.BAD_TYPE, node, f"'{ast.unparse(node)}' is no record", "isinstance asks for a record by name")
    return None if record is None else record.name


def _is_variant(scope: Scope, base: Expr, record: str, place: ast.expr, span: Span) -> Expr | None:
    kind = base.type.item if isinstance(base.type, OptionType) else base.type
    optional = isinstance(base.type, OptionType)
    match kind:
        case UnionType(variants) if record in variants:
            return IsVariant(BOOL, span, base, record)
        case RecordType(name) if name == record and optional:
            return Not(BOOL, span, IsNone(BOOL, base.span, base))
        case RecordType(name) if not optional and scope.is_plain(base):
            return Lit(BOOL, span, name == record)
        case _:
            scope.error(Code.UNRELATED, place, f"'{show(base.type)}' never holds a '{record}'", "drop the test")
            return None


def read_record(scope: Scope, node: ast.Call, decl: RecordDecl) -> Expr:
    """`Table(owner=u, index=s)`: every field by its name."""
    span = scope.span(node)
    names = [name for name, _ in decl.fields]
    form = f"write {decl.name}({', '.join(f'{name}=...' for name in names)})"
    if node.args:
        return scope.fail(Code.ARGUMENTS, node.args[0], "the fields of a record are given by name", form)
    given = _named(scope, node.keywords, dict(decl.fields), decl.name)
    if given is None:
        return bad(span)
    missing = [name for name in names if name not in given]
    if missing:
        return scope.fail(Code.ARGUMENTS, node, f"'{decl.name}' lacks {', '.join(missing)}", form)
    if not scope.in_order(given, names, node):
        return bad(span)
    return MakeRecord(RecordType(decl.name), span, tuple(given[name] for name in names))


def _named(
    scope: Scope, keywords: list[ast.keyword], kinds: dict[str, Type], record: str
) -> dict[str, Expr] | None:
    """The values given by name, each of its field's type; None after an error."""
    given: dict[str, Expr] = {}
    fine = True
    for keyword in keywords:
        if keyword.arg is None or keyword.arg not in kinds:
            shown = "**" if keyword.arg is None else keyword.arg
            scope.error(Code.ARGUMENTS, keyword, f"'{record}' has no field '{shown}'", nearest(shown, kinds))
            fine = False
            continue
        kind = kinds[keyword.arg]
        given[keyword.arg] = coerce(scope, scope.expr(keyword.value, kind), kind)
        fine = fine and not is_bad(given[keyword.arg])
    return given if fine else None


def _replace(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    span = scope.span(node)
    if len(node.args) != 1 or not node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "replace has other arguments", "write replace(r, field=value)")
    base = _held(scope.expr(node.args[0]))
    if is_bad(base):
        return base
    wanted = [keyword.arg or "**" for keyword in node.keywords]
    if isinstance(base.type, UnionType):
        having = [v for v in base.type.variants if all(field_type(scope, v, name) is not None for name in wanted)]
        if len(having) != 1:
            message = f"{'no' if not having else 'more than one'} variant of '{show(base.type)}' has these fields"
            return scope.fail(Code.NO_ATTRIBUTE, node, message, "make the record anew: R(field=value, ...)")
        base = Project(RecordType(having[0]), base.span, base)
    if not isinstance(base.type, RecordType):
        return scope.fail(Code.MISMATCH, node.args[0], f"'{show(base.type)}' is no record", "replace is for records")
    decl = scope.names.record_by_key(base.type.name)
    given = _named(scope, node.keywords, dict(decl.fields), decl.name)
    return bad(span) if given is None else Update(base.type, span, base, tuple(given.items()))


WORDS: dict[str, Word] = {
    "at": lambda scope, node, _: read_at(scope, node),
    "idle": lambda scope, node, _: read_idle(scope, node),
    "len": _len,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "all": _quantifier("all"),
    "any": _quantifier("any"),
    "sum": _quantifier("sum"),
    "first": _quantifier("first"),
    "implies": _implies,
    "leads_to": read_leads_to,
    "set": _set,
    "everywhere": _everywhere,
    "without": _without,
    "rest": _rest,
    "isinstance": _isinstance,
    "replace": _replace,
    "refuse": lambda scope, node, _: read_refuse(scope, node),
    "blocked": lambda scope, node, _: read_blocked(scope, node),
    "done": lambda scope, node, _: read_done(scope, node),
}
"""The words that make a value, by name."""
