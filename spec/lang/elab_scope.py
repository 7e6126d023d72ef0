"""What elaboration knows while it reads one function: variables, what is assigned so far, and where errors go."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from spec.lang.codes import Code
from spec.lang.errors import Problem, nearest
from spec.lang.ir import Call, ChoiceRead, Expr, Local, OutcomeLit, Quant
from spec.lang.machine import PropertyKind, Provenance, SiteKind
from spec.lang.process_tree import ProcessText
from spec.lang.scope import CalleeKind, Names
from spec.lang.source import span_of
from spec.lang.spans import Span
from spec.lang.types import NONE, RecordType, Type
from spec.lang.walk import rewrite, subexpressions

TextKind = CalleeKind | Literal["value"]
VariableKind = Literal["parameter", "choice", "local", "loop", "bound"]
Reader = Callable[["Scope", ast.expr, Type | None], Expr]

UNKNOWN: Type = RecordType("?")
"""The type of an expression that already was an error: it goes with everything, so that one mistake is told once."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A name of the text, the unique name it has in the tree, and its type."""

    kind: VariableKind
    name: str
    type: Type


def header_span(fn: ast.FunctionDef, file: str) -> Span:
    """The place of `def name`, without the body."""
    col = fn.col_offset + 1
    return Span(file, fn.lineno, col, fn.lineno, col + len("def ") + len(fn.name))


@dataclass(slots=True)
class Flow:
    """What is certain at one point of the text.

    `assigned` are the locals that every path has assigned; `written` is the place of a write that comes before in
    one straight line; `alive` is False after a return, break or continue.
    """

    assigned: frozenset[str] = frozenset()
    written: Span | None = None
    alive: bool = True

    def copy(self) -> Flow:
        """A point that goes its own way from here."""
        return Flow(self.assigned, self.written, self.alive)


@dataclass(slots=True)
class Scope:
    """The mutable record of reading one function, or one value outside any function."""

    names: Names
    reader: Reader
    kind: TextKind
    property_kind: PropertyKind | None = None
    returns: Type = NONE
    provenance: Provenance = field(default_factory=Provenance)
    can_require: bool = False
    falls_off: bool = False
    has_self: bool = True
    has_old: bool = False
    text_names: frozenset[str] = frozenset()
    variables: dict[str, Variable] = field(default_factory=dict)
    bound: list[dict[str, Variable]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    locals: dict[str, Type] = field(default_factory=dict)
    flow: Flow = field(default_factory=Flow)
    loops: int = 0
    site_kinds: dict[int, SiteKind] = field(default_factory=dict)
    pure_keys: set[str] = field(default_factory=set)
    walruses: set[int] = field(default_factory=set)
    process: ProcessText | None = None

    # --- reading and errors -------------------------------------------------------------------------------------

    def expr(self, node: ast.expr, expected: Type | None = None) -> Expr:
        """The expression that the text says; `expected` helps literals without a type of their own."""
        return self.reader(self, node, expected)

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> Span:
        """The place of a node in this file."""
        return span_of(node, self.names.file)

    def error(
        self, code: Code, where: Span | ast.expr | ast.stmt | ast.arg | ast.keyword, message: str, hint: str = ""
    ) -> None:
        """Note a mistake."""
        span = where if isinstance(where, Span) else self.span(where)
        self.names.report(Problem(code.code, span, message, hint))

    def fail(self, code: Code, where: Span | ast.expr, message: str, hint: str = "") -> Expr:
        """Note a mistake and give the expression that stands for it."""
        self.error(code, where, message, hint)
        return bad(where if isinstance(where, Span) else self.span(where))

    def fail_quietly(self, node: ast.expr) -> Expr:
        """The expression that stands for a mistake already noted."""
        return bad(self.span(node))

    # --- variables ----------------------------------------------------------------------------------------------

    def fresh(self, name: str) -> str:
        """A name that nothing else in the function has; the wanted one if it is still free."""
        result, count = name, 1
        while result in self.used or (count > 1 and result in self.text_names):
            count += 1
            result = f"{name}_{count}"
        self.used.add(result)
        return result

    def declare(self, text: str, kind: VariableKind, type_: Type) -> Variable:
        """A new variable of the function under this name of the text."""
        variable = Variable(kind, self.fresh(text), type_)
        self.variables[text] = variable
        if kind in ("local", "loop"):
            self.locals[variable.name] = type_
        return variable

    def lookup(self, text: str) -> Variable | None:
        """The variable that a name of the text means here, comprehensions first."""
        for layer in reversed(self.bound):
            if text in layer:
                return layer[text]
        return self.variables.get(text)

    def hint(self, text: str, *more: str) -> str:
        """The closest name in scope, or else the variables there are."""
        here = [*self.variables, *(name for layer in self.bound for name in layer)]
        close = nearest(text, [*self.names.known(), *here, *more])
        if close.startswith("did you mean"):
            return close
        return nearest(text, here) if here else "nothing of a similar name is in scope"

    def may_name(self, text: str, node: ast.expr) -> bool:
        """True if a local may have this name; an error for names that already mean something here."""
        names = self.names
        taken = [names.sort(text), names.enum(text), names.record(text), names.alias(text), names.pure(text)]
        word = text in ("self", "DONE") or (text == "old" and self.has_old)
        if not word and names.literal(text) is None and all(found is None for found in taken):
            return True
        self.error(Code.NOT_STORED, node, f"'{text}' already means something else", "use another name for the local")
        return False

    # --- plain reads --------------------------------------------------------------------------------------------

    def is_plain(self, expr: Expr) -> bool:
        """True if evaluating the expression twice is the same as once: it calls nothing but pure functions."""
        for part in subexpressions(expr):
            if isinstance(part, OutcomeLit) or (isinstance(part, Call) and part.function not in self.pure_keys):
                return False
        return True

    def is_call_free(self, expr: Expr) -> bool:
        """True if the expression calls nothing but pure functions."""
        return all(not isinstance(p, Call) or p.function in self.pure_keys for p in subexpressions(expr))

    def in_order(self, given: dict[str, Expr], declared: list[str], node: ast.expr) -> bool:
        """True if values given by name are evaluated as written; an error where the declared order would show.

        Python evaluates them as written, an engine as declared; a call or a choice makes the difference visible.
        """
        order = [declared.index(name) for name in given if name in declared]
        dependent = [
            expr
            for expr in given.values()
            if not self.is_call_free(expr) or any(isinstance(part, ChoiceRead) for part in subexpressions(expr))
        ]
        if order == sorted(order) or not dependent or len(given) < 2:
            return True
        names = ", ".join(name for name in declared if name in given)
        hint = f"write them in the order {names}, or bind the values to locals first"
        self.error(Code.ARGUMENTS, node, "calls and choices among these values make their order matter", hint)
        return False

    def settle(self, *exprs: Expr) -> None:
        """A call ends a straight line: what it did is checked when the machine runs."""
        if not all(self.is_call_free(expr) for expr in exprs):
            self.flow.written = None

    def need_plain(self, expr: Expr, where: Span) -> bool:
        """True if the expression may be evaluated twice; an error otherwise."""
        if self.is_plain(expr):
            return True
        self.error(Code.CALL_TWICE, where, "the value of this call is needed twice", "bind it to a local first")
        return False

    def copy(self, expr: Expr) -> Expr:
        """The same expression for a second place: its bound variables get names of their own."""
        renamed = {
            binder.name: self.fresh(binder.name)
            for part in subexpressions(expr)
            if isinstance(part, Quant)
            for binder in part.binders
        }
        if not renamed:
            return expr

        def rename(part: Expr) -> Expr:
            if isinstance(part, Local) and part.name in renamed:
                return replace(part, name=renamed[part.name])
            if isinstance(part, Quant):
                binders = tuple(replace(b, name=renamed[b.name]) for b in part.binders)
                return replace(part, binders=binders)
            return part

        return rewrite(expr, rename)


def bad(span: Span) -> Expr:
    """The expression that stands for an error already reported."""
    return Local(UNKNOWN, span, "?")


def is_bad(*exprs: Expr) -> bool:
    """True if one of the expressions stands for an error already reported."""
    return any(expr.type == UNKNOWN for expr in exprs)
