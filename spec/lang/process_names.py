"""One name for every binder of a body: text that stands in a block twice must not use a variable for two things."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from spec.lang.ir import Binder, Expr, For, If, Local, Quant, Stmt
from spec.lang.types import Type
from spec.lang.walk import rewrite, rewrite_body, rewrite_domain


@dataclass(slots=True)
class _Renamer:
    taken: set[str]
    loops: dict[str, Type] = field(default_factory=dict)

    def fresh(self, name: str) -> str:
        found, count = name, 1
        while found in self.taken:
            count += 1
            found = f"{name}_{count}"
        self.taken.add(found)
        return found

    def block(self, stmts: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        return tuple(self.stmt(stmt) for stmt in stmts)

    def stmt(self, stmt: Stmt) -> Stmt:
        match stmt:
            case If(test, then, other):
                return replace(stmt, test=self.expr(test), then=self.block(then), other=self.block(other))
            case For(binder, body):
                name = self.fresh(binder.name)
                self.loops[name] = binder.type
                over = Binder(name, binder.type, rewrite_domain(binder.domain, self.node))
                body = rewrite_body(body, lambda part: _renamed(part, {binder.name: name}))
                return replace(stmt, binder=over, body=self.block(body))
            case _:
                (made,) = rewrite_body((stmt,), self.node)
                return made

    def expr(self, expr: Expr) -> Expr:
        return rewrite(expr, self.node)

    def node(self, part: Expr) -> Expr:
        if not isinstance(part, Quant):
            return part
        names = {b.name: self.fresh(b.name) for b in part.binders}
        if all(old == new for old, new in names.items()):
            return part
        made = rewrite(replace(part, binders=part.binders), lambda inner: _renamed(inner, names))
        assert isinstance(made, Quant)
        return replace(made, binders=tuple(replace(b, name=names[b.name]) for b in made.binders))


def _renamed(part: Expr, names: dict[str, str]) -> Expr:
    return replace(part, name=names[part.name]) if isinstance(part, Local) and part.name in names else part


def one_name_each(body: tuple[Stmt, ...], taken: set[str]) -> tuple[tuple[Stmt, ...], dict[str, Type]]:
    """The body with a name of its own for every loop and comprehension variable, and the types of the loops' ones.

    `taken` are names that other things have; a plain loop's own variable may be among them.
    """
    renamer = _Renamer(set(taken))
    return renamer.block(body), renamer.loops
