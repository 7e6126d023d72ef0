"""Ways through the typed tree: what a node holds, everything inside a body, and rebuilding from the leaves up.

A new kind of expression or statement breaks this file at type-checking time, and nothing else has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from spec.lang.ir import (
    And,
    Arith,
    Assign,
    Attr,
    Binder,
    Break,
    Call,
    ChoiceRead,
    Compare,
    ConstRead,
    Continue,
    Do,
    Domain,
    ElementsDomain,
    EnumDomain,
    EnumLit,
    Everywhere,
    Expr,
    FieldRead,
    For,
    If,
    Index,
    Inject,
    Inner,
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
    RangeDomain,
    Require,
    Return,
    SeqAppend,
    SeqAt,
    SeqConcat,
    SeqLit,
    SeqRemove,
    SeqSlice,
    SeqTail,
    SetLit,
    SetOp,
    SortDomain,
    SortSize,
    Stmt,
    SwitchRead,
    Update,
    Warn,
    Write,
)

Rewriter = Callable[[Expr], Expr]


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions in order of evaluation; those of the domains of a comprehension among them."""
    match expr:
        case Lit() | NoneLit() | EnumLit() | Local() | ChoiceRead() | FieldRead() | ConstRead() | SwitchRead():
            return ()
        case SortSize():
            return ()
        case Index(_, _, base, keys):
            return (base, *keys)
        case MakeRecord(_, _, items) | Listed(_, _, items) | And(_, _, items) | Or(_, _, items):
            return items
        case SetLit(_, _, items) | SeqLit(_, _, items):
            return items
        case Update(_, _, base, named):
            return (base, *(value for _, value in named))
        case Everywhere(_, _, value):
            return (value,)
        case Attr() | Inject() | Project() | IsNone() | IsVariant() | Not() | Length() | SeqTail() | OutcomeTest():
            return (expr.base,)
        case Ite(_, _, test, then, other):
            return (test, then, other)
        case Compare(_, _, _, left, right) | Arith(_, _, _, left, right) | SetOp(_, _, _, left, right):
            return (left, right)
        case SeqConcat(_, _, left, right):
            return (left, right)
        case Member(_, _, item, base):
            return (item, base)
        case SeqAt(_, _, base, item) | SeqAppend(_, _, base, item) | SeqRemove(_, _, base, item):
            return (base, item)
        case SeqSlice(_, _, base, lo, hi):
            return (base, lo) if hi is None else (base, lo, hi)
        case Quant(_, _, _, binders, cond, body):
            inner = tuple(e for e in (cond, body) if e is not None)
            return tuple(e for b in binders for e in domain_children(b.domain)) + inner
        case Call(_, _, _, args, given):
            return (*args, *(value for _, value in given))
        case OutcomeLit(_, _, _, outputs):
            return tuple(value for _, value in outputs)
        case _:
            assert_never(expr)


def domain_children(domain: Domain) -> tuple[Expr, ...]:
    """The expressions that say what a domain runs over."""
    match domain:
        case SortDomain() | EnumDomain():
            return ()
        case RangeDomain(lo, hi):
            return (lo, hi)
        case ElementsDomain(base):
            return (base,)
        case _:
            assert_never(domain)


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and everything inside it, outermost first, left to right."""
    yield expr
    for child in children(expr):
        yield from subexpressions(child)


def stmt_expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions that a statement itself evaluates, in order; not those of nested statements."""
    match stmt:
        case Assign(_, value):
            return (value,)
        case Write(_, keys, value):
            return (*keys, value)
        case If(test):
            return (test,)
        case For(binder):
            return domain_children(binder.domain)
        case Break() | Continue() | Warn():
            return ()
        case Return(value):
            return () if value is None else (value,)
        case Require(cond):
            return (cond,)
        case Do(call) | Inner(_, call):
            return (call,)
        case _:
            assert_never(stmt)


def blocks(stmt: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    """The bodies nested directly inside a statement."""
    match stmt:
        case If(_, then, other):
            return (then, other)
        case For(_, body):
            return (body,)
        case Assign() | Write() | Break() | Continue() | Return() | Require() | Warn() | Do() | Inner():
            return ()
        case _:
            assert_never(stmt)


def statements(stmts: Iterable[Stmt]) -> Iterator[Stmt]:
    """Every statement, nested ones after the one that holds them, in text order."""
    for stmt in stmts:
        yield stmt
        for block in blocks(stmt):
            yield from statements(block)


def expressions(stmts: Iterable[Stmt]) -> Iterator[Expr]:
    """Every expression of every statement, nested ones too, in text order."""
    for stmt in statements(stmts):
        for expr in stmt_expressions(stmt):
            yield from subexpressions(expr)


def rewrite(expr: Expr, fn: Rewriter) -> Expr:
    """The expression rebuilt from the leaves up: `fn` sees every node after its parts were rewritten."""
    return fn(_rebuild(expr, lambda child: rewrite(child, fn)))


def rewrite_all(exprs: tuple[Expr, ...], fn: Rewriter) -> tuple[Expr, ...]:
    """`rewrite` on each."""
    return tuple(rewrite(expr, fn) for expr in exprs)


def rewrite_domain(domain: Domain, fn: Rewriter) -> Domain:
    """A domain with the expressions in it rewritten."""
    return _rebuild_domain(domain, lambda child: rewrite(child, fn))


def rewrite_body(stmts: Iterable[Stmt], fn: Rewriter) -> tuple[Stmt, ...]:
    """The statements with every expression rewritten by `rewrite`; the shape of the text stays.

    A `Do` whose call is rewritten to something that is no call loses nothing silently: that is an assertion.
    """
    return tuple(_rewrite_stmt(stmt, fn) for stmt in stmts)


def _rewrite_stmt(stmt: Stmt, fn: Rewriter) -> Stmt:
    match stmt:
        case Assign(_, value):
            return replace(stmt, value=rewrite(value, fn))
        case Write(_, keys, value):
            return replace(stmt, keys=rewrite_all(keys, fn), value=rewrite(value, fn))
        case If(test, then, other):
            return replace(stmt, test=rewrite(test, fn), then=rewrite_body(then, fn), other=rewrite_body(other, fn))
        case For(binder, body):
            over = replace(binder, domain=rewrite_domain(binder.domain, fn))
            return replace(stmt, binder=over, body=rewrite_body(body, fn))
        case Break() | Continue() | Warn():
            return stmt
        case Return(value):
            return stmt if value is None else replace(stmt, value=rewrite(value, fn))
        case Require(cond):
            return replace(stmt, cond=rewrite(cond, fn))
        case Do(call) | Inner(_, call):
            new = rewrite(call, fn)
            assert isinstance(new, Call), "a call for its effect must stay a call"
            return replace(stmt, call=new)
        case _:
            assert_never(stmt)


def _rebuild_domain(domain: Domain, go: Rewriter) -> Domain:
    match domain:
        case SortDomain() | EnumDomain():
            return domain
        case RangeDomain(lo, hi):
            return RangeDomain(go(lo), go(hi))
        case ElementsDomain(base):
            return ElementsDomain(go(base))
        case _:
            assert_never(domain)


def _rebuild_binder(binder: Binder, go: Rewriter) -> Binder:
    return replace(binder, domain=_rebuild_domain(binder.domain, go))


def _rebuild(expr: Expr, go: Rewriter) -> Expr:
    """The node with its direct parts replaced; a node whose parts stay the same objects is returned itself."""
    old = children(expr)
    if not old:
        return expr
    new = tuple(go(child) for child in old)
    if all(a is b for a, b in zip(old, new, strict=True)):
        return expr
    return with_children(expr, new)


def with_children(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The node with other direct sub-expressions, as many as `children` gives and in that order."""
    match expr:
        case Lit() | NoneLit() | EnumLit() | Local() | ChoiceRead() | FieldRead() | ConstRead() | SwitchRead():
            return expr
        case SortSize():
            return expr
        case Index():
            return replace(expr, base=parts[0], keys=parts[1:])
        case MakeRecord() | Listed() | And() | Or() | SetLit() | SeqLit():
            return replace(expr, items=parts)
        case Update(_, _, _, named):
            names = (name for name, _ in named)
            return replace(expr, base=parts[0], items=tuple(zip(names, parts[1:], strict=True)))
        case Everywhere():
            return replace(expr, value=parts[0])
        case Attr() | Inject() | Project() | IsNone() | IsVariant() | Not() | Length() | SeqTail() | OutcomeTest():
            return replace(expr, base=parts[0])
        case Ite():
            return replace(expr, test=parts[0], then=parts[1], other=parts[2])
        case Compare() | Arith() | SetOp() | SeqConcat():
            return replace(expr, left=parts[0], right=parts[1])
        case Member():
            return replace(expr, item=parts[0], base=parts[1])
        case SeqAt():
            return replace(expr, base=parts[0], at=parts[1])
        case SeqAppend() | SeqRemove():
            return replace(expr, base=parts[0], item=parts[1])
        case SeqSlice():
            return replace(expr, base=parts[0], lo=parts[1], hi=None if len(parts) == 2 else parts[2])
        case Quant():
            return _quant_with(expr, parts)
        case Call(_, _, _, args, given):
            named_parts = zip((name for name, _ in given), parts[len(args) :], strict=True)
            return replace(expr, args=parts[: len(args)], given=tuple(named_parts))
        case OutcomeLit(_, _, _, outputs):
            names = (name for name, _ in outputs)
            return replace(expr, outputs=tuple(zip(names, parts, strict=True)))
        case _:
            assert_never(expr)


def _quant_with(expr: Quant, parts: tuple[Expr, ...]) -> Quant:
    supply = iter(parts)
    binders = tuple(_rebuild_binder(binder, lambda _: next(supply)) for binder in expr.binders)
    cond = None if expr.cond is None else next(supply)
    body = None if expr.body is None else next(supply)
    return replace(expr, binders=binders, cond=cond, body=body)
