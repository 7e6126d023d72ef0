"""Statements of the typed tree; `spec.lang.ir` gives them together with the expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spec.lang.spans import Span

if TYPE_CHECKING:
    from spec.lang.ir import Binder, Call, Expr


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value`: a local of the function; its type is in `Function.locals`."""

    name: str
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Write:
    """`self.target = value` (no keys) or `self.target[keys] = value`; bounds of the stored type are checked here."""

    target: str
    keys: tuple[Expr, ...]
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    """Two branches, each possibly empty."""

    test: Expr
    then: tuple[Stmt, ...]
    other: tuple[Stmt, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For:
    """A loop with sequential meaning over a domain that is taken once at the start."""

    binder: Binder
    body: tuple[Stmt, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Break:
    """Leave the innermost loop."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with the next turn of the innermost loop."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """End the function; None where it returns nothing (an action then ends as DONE)."""

    value: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Require:
    """In a partial action, before any write: without `cond` the action cannot happen."""

    cond: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Warn:
    """A kernel WARN: recorded, and the action goes on; the number is the place in `Machine.warnings`."""

    warning: int
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Do:
    """A call for its effect; its result is dropped."""

    call: Call
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Inner:
    """`name = call` (no name: the result is dropped), where the call is of an action of a part, from outside that part.

    It is a step of the part: while it runs, `old` in the part's `@during` properties is the state before the call, and
    afterwards the action properties named in `properties` (those in force) are asked about it, as about a step.
    `action` is the qualified name. Stands only in a function whose parameters have the names of the action's.
    """

    name: str
    call: Call
    action: str
    properties: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


Stmt = Assign | Write | If | For | Break | Continue | Return | Require | Warn | Do | Inner
