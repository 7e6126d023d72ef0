"""Which turns of a comprehension may be taken in any order: those that leave no mark and, where needed, cannot fault.

A call leaves no mark if the function writes nothing, reads no choice, makes no outcome and requires and warns of
nothing. That an option holds something, or which record a union holds, is known where a test before says so; fields
keep their values meanwhile, because nothing here writes.
"""

from __future__ import annotations

from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Stmt
from spec.lang.machine import Function
from spec.lang.total import enters, is_total
from spec.lang.types import IntType, OptionType, RecordType, Type, UnionType
from spec.lang.walk import children, domain_children, expressions, statements, subexpressions, with_children

Fact = tuple[Expr, str]
"""An option that is not None (""), or holds a record of this name."""

Facts = frozenset[Fact]


class OrderFree:
    """Answers for one ground machine; remembers what it found out about functions."""

    def __init__(self, ground: GroundMachine) -> None:
        self._ground = ground
        self._silent: dict[str, bool] = {}
        self._safe: dict[str, bool] = {}

    def is_silent(self, expr: Expr) -> bool:
        """True only if evaluating the expression leaves no mark, whether or not it faults."""
        return all(self._is_silent_node(node) for node in subexpressions(expr))

    def is_safe(self, expr: Expr) -> bool:
        """True only if the expression is silent and surely has a value. May say False for one that has."""
        return self._is_total(expr, frozenset())

    # --- silence ------------------------------------------------------------------------------------------------

    def _is_silent_node(self, node: Expr) -> bool:
        match node:
            case ir.ChoiceRead() | ir.OutcomeLit():
                return False
            case ir.Call(_, _, name):
                return self._is_silent_function(name)
            case _:
                return True

    def _is_silent_function(self, name: str) -> bool:
        if name not in self._silent:
            body = self._ground.functions[name].body
            quiet = ir.Assign | ir.If | ir.For | ir.Break | ir.Continue | ir.Return
            self._silent[name] = all(isinstance(stmt, quiet) for stmt in statements(body)) and all(
                self._is_silent_node(node) for node in expressions(body)
            )
        return self._silent[name]

    # --- values for sure ----------------------------------------------------------------------------------------

    def _is_total(self, expr: Expr, facts: Facts) -> bool:
        return is_total(self._masked(expr, facts), self._ground)

    def _enters(self, expr: Expr, kind: Type, facts: Facts) -> bool:
        """True if the value is sure to exist and to fit a local, parameter or result of this type."""
        masked = self._masked(expr, facts)
        return is_total(masked, self._ground) if isinstance(kind, IntType) else enters(masked, kind, self._ground)

    def _masked(self, expr: Expr, facts: Facts) -> Expr:
        """The expression with safe calls and projections replaced by variables of their type."""
        match expr:
            case ir.Call(kind, span, name) if self._is_safe_call(expr, facts):
                return ir.Local(kind, span, name)
            case ir.Project(kind, span, base) if self._fits(base, kind, facts) and self._is_total(base, facts):
                return ir.Local(kind, span, "projected")
            case ir.And() | ir.Or():
                items = []
                for item in expr.items:
                    items.append(self._masked(item, facts))
                    facts |= learnt(item, isinstance(expr, ir.And))
                return with_children(expr, tuple(items))
            case ir.Ite(_, _, test, then, other):
                arms = (
                    self._masked(then, facts | learnt(test, True)),
                    self._masked(other, facts | learnt(test, False)),
                )
                return with_children(expr, (self._masked(test, facts), *arms))
            case ir.Quant(_, _, _, _, cond, body) if cond is not None and body is not None:
                *domains, first, second = children(expr)
                inside = facts | learnt(cond, True)
                masked = [self._masked(domain, facts) for domain in domains]
                return with_children(expr, (*masked, self._masked(first, facts), self._masked(second, inside)))
            case _:
                parts = children(expr)
                return with_children(expr, tuple(self._masked(part, facts) for part in parts)) if parts else expr

    def _fits(self, base: Expr, kind: Type, facts: Facts) -> bool:
        """True if what an option or union holds is known to be of the narrower type."""
        whole = _root(base)
        variants = {name for known, name in facts if known == whole and name}
        match kind:
            case _ if base.type == OptionType(kind):
                return any(known == whole for known, _ in facts)
            case RecordType(name):
                return name in variants
            case UnionType(names):
                return bool(variants & set(names))
            case _:
                return False

    def _is_safe_call(self, node: ir.Call, facts: Facts) -> bool:
        function = self._ground.functions[node.function]
        places = zip(function.params, node.args, strict=True)
        if node.given or not all(self._enters(arg, param.type, facts) for param, arg in places):
            return False
        if node.function not in self._safe:
            silent = self._is_silent_function(node.function)
            self._safe[node.function] = silent and self._block(function.body, frozenset(), function) is not None
        return self._safe[node.function]

    def _block(self, stmts: tuple[Stmt, ...], facts: Facts, function: Function) -> tuple[Facts, bool] | None:
        """What is known after the statements, and whether they always leave the block; None if they may fault."""
        for stmt in stmts:
            match stmt:
                case ir.Assign(name, value):
                    if not self._enters(value, function.locals[name], facts):
                        return None
                case ir.Return(value):
                    if value is not None and not self._enters(value, function.returns, facts):
                        return None
                    return facts, True
                case ir.Break() | ir.Continue():
                    return facts, True
                case ir.If(test, then, other):
                    found = self._branch(test, then, other, facts, function)
                    if found is None or found[1]:
                        return found
                    facts = found[0]
                case ir.For(binder, body):
                    for part in domain_children(binder.domain):
                        if not self._is_total(part, facts):
                            return None
                    if self._block(body, facts, function) is None:
                        return None
                case _:
                    return None
        return facts, False

    def _branch(
        self, test: Expr, then: tuple[Stmt, ...], other: tuple[Stmt, ...], facts: Facts, function: Function
    ) -> tuple[Facts, bool] | None:
        if not self._is_total(test, facts):
            return None
        moving = frozenset(function.locals)
        on, off = (facts | {f for f in learnt(test, v) if not _mentions(f[0], moving)} for v in (True, False))
        yes, no = self._block(then, on, function), self._block(other, off, function)
        if yes is None or no is None:
            return None
        if yes[1] and no[1]:
            return facts, True
        return (off if yes[1] else on if no[1] else facts), False


def learnt(test: Expr, value: bool) -> Facts:
    """What is known of options and unions where a test has this value."""
    match test:
        case ir.Not(_, _, base):
            return learnt(base, not value)
        case ir.And(_, _, items) if value:
            return frozenset[Fact]().union(*(learnt(item, True) for item in items))
        case ir.Or(_, _, items) if not value:
            return frozenset[Fact]().union(*(learnt(item, False) for item in items))
        case ir.IsNone(_, _, base) if not value:
            return frozenset({(_root(base), "")})
        case ir.IsVariant(_, _, base, variant) if value:
            return frozenset({(_root(base), variant)})
        case _:
            return frozenset()


def _root(expr: Expr) -> Expr:
    """The option or union itself, which a conversion gives back unchanged."""
    while isinstance(expr, ir.Project | ir.Inject):
        expr = expr.base
    return expr


def _mentions(expr: Expr, names: frozenset[str]) -> bool:
    return any(isinstance(node, ir.Local) and node.name in names for node in subexpressions(expr))
