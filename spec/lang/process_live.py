"""Which locals a process still needs at each of its points; the others need not be kept while it waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from spec.lang.ir import Assign, Break, Continue, Expr, For, If, Lit, Local, Return, Stmt
from spec.lang.process_tree import While, Yield
from spec.lang.walk import domain_children, stmt_expressions, subexpressions

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(slots=True)
class Liveness:
    """The analysis of one process: `kept` are its parameters and locals, `at` the live ones by point."""

    kept: Names
    at: dict[str, Names] = field(default_factory=dict)

    def run(self, body: Iterable[Stmt]) -> dict[str, Names]:
        """The locals that are needed after each point of the body."""
        self._block(tuple(body), NONE, NONE, NONE)
        return self.at

    def _uses(self, exprs: Iterable[Expr]) -> Names:
        parts = (part for expr in exprs for part in subexpressions(expr))
        return frozenset(part.name for part in parts if isinstance(part, Local)) & self.kept

    def _block(self, stmts: tuple[Stmt, ...], after: Names, left: Names, again: Names) -> Names:
        """What is needed before the statements; `left` and `again` are needed after `break` and `continue`."""
        for stmt in reversed(stmts):
            after = self._before(stmt, after, left, again)
        return after

    def _before(self, stmt: Stmt, after: Names, left: Names, again: Names) -> Names:
        uses = self._uses(stmt_expressions(stmt))
        match stmt:
            case Yield():
                self.at[stmt.point] = self.at.get(stmt.point, NONE) | after | uses
                return after | uses
            case While():
                return self._while(stmt, after)
            case If(_, then, other):
                branches = self._block(then, after, left, again) | self._block(other, after, left, again)
                return branches | uses
            case For():
                return self._for(stmt, after)
            case Assign(name):
                return (after - {name}) | uses
            case Return():
                return uses
            case Break():
                return left
            case Continue():
                return again
            case _:
                return after | uses

    def _while(self, loop: While, after: Names) -> Names:
        endless = isinstance(loop.test, Lit) and loop.test.value is True
        head = self._uses(stmt_expressions(loop)) | (NONE if endless else after)
        if loop.turns is not None:
            head |= self._uses(domain_children(loop.turns))
        return self._fixpoint(loop.then, loop.step, head, after)

    def _for(self, loop: For, after: Names) -> Names:
        inside = self._fixpoint(loop.body, (), after, after, loop.binder.name)
        return inside | self._uses(stmt_expressions(loop))

    def _fixpoint(
        self, body: tuple[Stmt, ...], step: tuple[Stmt, ...], head: Names, left: Names, bound: str = ""
    ) -> Names:
        while True:
            again = self._block(step, head, left, NONE)
            more = head | (self._block(body, again, left, again) - {bound})
            if more == head:
                return head
            head = more
