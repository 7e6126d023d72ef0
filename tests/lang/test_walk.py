"""Visitors reach every part of the typed tree, and rebuilding with nothing changed gives the same tree."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args

import pytest

from spec.lang import ir
from spec.lang.ir import Binder, Expr, Lit, Local, Stmt
from spec.lang.machine import Function
from spec.lang.types import INT
from spec.lang.walk import (
    blocks,
    children,
    domain_children,
    expressions,
    rewrite,
    rewrite_body,
    statements,
    subexpressions,
    with_children,
)
from tests.lang.elab_tools import FakeNames, read_body, read_class
from tests.lang.test_elaborate_expressions import COMPARISONS, COMPREHENSIONS, READS, STORES
from tests.lang.test_elaborate_properties import VALUES

EVERYTHING = """
@kernel
def f(self, d: Device, *, oom: bool) -> Outcome:
    require(self.flag)
    warn("odd")
    for x in range(self.count, 3):
        if x == 1:
            continue
        elif oom:
            break
        else:
            self.level[d] = x
    for y in {z for z in self.order if z != d}:
        self.touch(y, fails=oom)
    n = 0
    for e in (d, d):
        n += 1
    return done(n=n)
"""


def everything() -> Function:
    """A function with every statement; a call of an action of a part is never written, but made from one."""
    function = read_class(EVERYTHING).functions["f"]
    (called,) = (stmt for stmt in statements(function.body) if isinstance(stmt, ir.Do))
    step = ir.Inner("r", called.call, "part.touch", ("part.fine",), function.body[-1].span)
    return replace(function, body=(*function.body, step))


def trees() -> list[Expr]:
    texts = [tree for _, tree in (*READS, *COMPARISONS, *COMPREHENSIONS)]
    values = [*(value for _, value in STORES), *(value for _, _, value in VALUES)]
    return [*texts, *values, *expressions(everything().body)]


def parts_by_reflection(node: object) -> list[Expr]:
    """Direct sub-expressions found by looking into every field, whatever the kind of node."""
    found: list[Expr] = []

    def look(value: object) -> None:
        if isinstance(value, get_args(Expr)):
            found.append(value)
        elif isinstance(value, tuple):
            for item in value:
                look(item)
        elif isinstance(value, Binder):
            look(value.domain)
        elif isinstance(value, get_args(ir.Domain)):
            for f in fields(value):
                look(getattr(value, f.name))

    for f in fields(node):  # type: ignore[arg-type]
        if f.name not in ("type", "span"):
            look(getattr(node, f.name))
    return found


def test_the_samples_have_every_kind_of_node() -> None:
    assert {kind.__name__ for kind in get_args(Expr)} == {
        type(part).__name__ for tree in trees() for part in subexpressions(tree)
    }
    assert {kind.__name__ for kind in get_args(Stmt)} == {type(s).__name__ for s in statements(everything().body)}


def test_children_are_all_parts() -> None:
    for tree in trees():
        for part in subexpressions(tree):
            expected = parts_by_reflection(part)
            assert sorted(map(repr, expected)) == sorted(map(repr, children(part))), part


def test_children_of_a_member_come_in_order_of_evaluation() -> None:
    tree = dict(COMPARISONS)["u in self.claimed"]
    assert [type(c).__name__ for c in children(tree)] == ["Local", "FieldRead"]


def test_rebuilding_changes_nothing() -> None:
    for tree in trees():
        assert tree == with_children(tree, children(tree))
        assert tree is rewrite(tree, lambda part: part)


def test_rewriting_reaches_every_leaf() -> None:
    def mark(part: Expr) -> Expr:
        return replace(part, name=part.name + "!") if isinstance(part, Local) else part

    for tree in trees():
        before = [p.name for p in subexpressions(tree) if isinstance(p, Local)]
        after = [p.name for p in subexpressions(rewrite(tree, mark)) if isinstance(p, Local)]
        assert [name + "!" for name in before] == after


def test_rewriting_is_bottom_up() -> None:
    seen: list[str] = []

    def note(part: Expr) -> Expr:
        seen.append(type(part).__name__)
        return part

    rewrite(read_body("self.count = n + 1").body[0].value, note)  # type: ignore[union-attr]
    assert seen == ["Local", "Lit", "Arith"]


def test_a_rewritten_body_keeps_its_shape() -> None:
    body = everything().body

    def count(part: Expr) -> Expr:
        return replace(part, value=part.value + 10) if isinstance(part, Lit) and part.type == INT else part

    changed = rewrite_body(body, count)
    assert [type(s) for s in statements(body)] == [type(s) for s in statements(changed)]
    numbers = [e.value for e in expressions(body) if isinstance(e, Lit)]
    assert [value + 10 for value in numbers] == [e.value for e in expressions(changed) if isinstance(e, Lit)]
    assert body == rewrite_body(body, lambda part: part)


def test_a_dropped_call_is_not_lost_silently() -> None:
    body = read_body("self.helper(d)").body
    with pytest.raises(AssertionError, match="must stay a call"):
        rewrite_body(body, lambda part: Lit(INT, part.span, 1) if isinstance(part, ir.Call) else part)


def test_statements_come_in_text_order_with_their_blocks() -> None:
    lines = [s.span.line for s in statements(everything().body)]
    assert sorted(lines) == lines
    loops = [s for s in everything().body if isinstance(s, ir.For)]
    assert [len(blocks(loop)) for loop in loops] == [1, 1, 1]
    assert [len(domain_children(loop.binder.domain)) for loop in loops] == [2, 1, 1]


def test_the_vocabulary_is_that_of_the_tools() -> None:
    assert FakeNames().problems == []
