"""The two statements that only the text of a process has, `While` and `Yield`, and what is known of such a text.

They live between elaboration and the split into actions (`spec.lang.process_split`); no machine holds one. Each is a
kind of a plain statement, so that everything that walks through bodies sees the expressions and blocks inside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from spec.lang.ir import Break, Continue, For, If, RangeDomain, Require, Stmt
from spec.lang.machine import Fairness
from spec.lang.scope import ProcessInfo
from spec.lang.types import IntType
from spec.lang.walk import blocks, statements


@dataclass(frozen=True, slots=True)
class Wait:
    """The lock that a yield waits for: its field, the locals that hold its keys, and how it is taken."""

    lock: str
    keys: tuple[str, ...]
    writes: bool


@dataclass(frozen=True, slots=True)
class Yield(Require):
    """The end of a block: others run, and the process goes on at `point` once `cond` is true."""

    point: str = ""
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class While(If):
    """A loop of a process: `then` is its body, `other` is empty.

    A `for` that yields becomes one too: `step` ends every turn, also one that `continue` ends, and `turns` has as many
    elements as turns are left, which lets a turn pass no yield.
    """

    step: tuple[Stmt, ...] = ()
    turns: RangeDomain | None = None


@dataclass(slots=True)
class ProcessText:
    """What is known of a process beside its function: collected by elaboration, used by the split.

    `thread` is the name of the thread parameter, "" without one. `points` says which point an `ast` node is; `passed`
    is True while text is read that a yield may come before. `bounds` are those of locals that say theirs.
    """

    info: ProcessInfo
    thread: str
    points: dict[int, str]
    fair: Fairness = "weak"
    fair_start: Fairness = ""
    keeps_locks: bool = False
    passed: bool = False
    bounds: dict[str, IntType] = field(default_factory=dict)


def yields(stmt: Stmt) -> bool:
    """True if the statement is or holds a yield."""
    return any(isinstance(s, Yield) for s in statements((stmt,)))


def leaves_turn(stmts: Iterable[Stmt], kind: type[Break] | type[Continue]) -> bool:
    """True if a `break` (or `continue`) in these statements belongs to the loop around them."""
    for stmt in stmts:
        if isinstance(stmt, kind):
            return True
        if not isinstance(stmt, For | While) and any(leaves_turn(block, kind) for block in blocks(stmt)):
            return True
    return False


def text_yields(nodes: Iterable[ast.stmt]) -> bool:
    """True if a yield stands somewhere in this text."""
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for node in nodes for part in ast.walk(node))
