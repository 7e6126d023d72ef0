"""The typed tree as text that looks like the spec it came from; for explanations, never read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from spec.lang.machine import Function, Site, Warning
from spec.lang.types import show as show_type

# how tightly a form binds: an operand that binds less tightly than its place gets parentheses
_CONDITIONAL, _OR, _AND, _NOT, _COMPARE, _BIT_OR, _BIT_AND, _SUM, _PRODUCT, _ATOM = range(10)
_ARITH = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT}
_SETS = {"|": _BIT_OR, "&": _BIT_AND, "-": _SUM}
Parts = tuple[str, int]


class _Printer:
    def __init__(self, sites: Sequence[Site], warnings: Sequence[Warning]) -> None:
        self.sites = sites
        self.warnings = warnings

    def at(self, expr: Expr, place: int = _CONDITIONAL) -> str:
        """The text of an operand in a place that binds this tightly."""
        text, own = self.parts(expr)
        return text if own >= place else f"({text})"

    def row(self, exprs: Iterable[Expr]) -> str:
        return ", ".join(self.at(e) for e in exprs)

    def named(self, items: Iterable[tuple[str, Expr]]) -> str:
        return ", ".join(f"{name}={self.at(value)}" for name, value in items)

    def parts(self, expr: Expr) -> Parts:
        """The text and how tightly it binds."""
        match expr:
            case Not(_, _, IsNone(_, _, base)):
                return f"{self.at(base, _BIT_OR)} is not None", _COMPARE
            case Not(_, _, Member(_, _, item, base)):
                return f"{self.at(item, _BIT_OR)} not in {self.at(base, _BIT_OR)}", _COMPARE
            case Not(_, _, OutcomeTest(_, _, base, "errno" | "reason" as aspect, value)):
                return f"{self.at(base, _ATOM)}.{aspect} != {_quoted(aspect, value)}", _COMPARE
            case Not(_, _, base):
                return f"not {self.at(base, _NOT)}", _NOT
            case And(_, _, items):
                return " and ".join(self.at(item, _NOT) for item in items), _AND
            case Or(_, _, items):
                return " or ".join(self.at(item, _AND) for item in items), _OR
            case Ite(_, _, test, then, other):
                return f"{self.at(then, _OR)} if {self.at(test, _OR)} else {self.at(other)}", _CONDITIONAL
            case Compare(_, _, op, left, right):
                return f"{self.at(left, _BIT_OR)} {op} {self.at(right, _BIT_OR)}", _COMPARE
            case Arith(_, _, "min" | "max" as op, left, right):
                return f"{op}({self.at(left)}, {self.at(right)})", _ATOM
            case Arith(_, _, op, left, right):
                return f"{self.at(left, _ARITH[op])} {op} {self.at(right, _ARITH[op] + 1)}", _ARITH[op]
            case SetOp(_, _, op, left, right):
                return f"{self.at(left, _SETS[op])} {op} {self.at(right, _SETS[op] + 1)}", _SETS[op]
            case IsNone(_, _, base):
                return f"{self.at(base, _BIT_OR)} is None", _COMPARE
            case Member(_, _, item, base):
                return f"{self.at(item, _BIT_OR)} in {self.at(base, _BIT_OR)}", _COMPARE
            case OutcomeTest(_, _, base, "errno" | "reason" as aspect, value):
                return f"{self.at(base, _ATOM)}.{aspect} == {_quoted(aspect, value)}", _COMPARE
            case SeqAppend(_, _, base, item):
                return f"{self.at(base, _SUM)} + ({self.at(item)},)", _SUM
            case SeqConcat(_, _, left, right):
                return f"{self.at(left, _SUM)} + {self.at(right, _SUM + 1)}", _SUM
            case Inject(_, _, base) | Project(_, _, base):
                return self.parts(base)
            case Lit(_, _, value) if not isinstance(value, bool) and value < 0:
                return str(value), _PRODUCT
            case _:
                return self.atom(expr), _ATOM

    def atom(self, expr: Expr) -> str:
        """The text of a form that needs no parentheses anywhere."""
        match expr:
            case Lit(_, _, value):
                return str(value)
            case NoneLit():
                return "None"
            case EnumLit(kind, _, member):
                return f"{show_type(kind)}.{member}"
            case Local(_, _, name) | ChoiceRead(_, _, name):
                return name
            case FieldRead(_, _, name, old):
                return f"{'old' if old else 'self'}.{name}"
            case ConstRead(_, _, name) | SwitchRead(_, _, name):
                return f"self.{name}"
            case SortSize(_, _, sort):
                return f"len({sort})"
            case Index(_, _, base, keys):
                return f"{self.at(base, _ATOM)}[{self.row(keys)}]"
            case Attr(_, _, base, name):
                return f"{self.at(base, _ATOM)}.{name}"
            case MakeRecord(kind, _, items):
                return f"{show_type(kind)}({self.row(items)})"
            case Update(_, _, base, named):
                return f"replace({self.at(base)}, {self.named(named)})"
            case Everywhere(_, _, held):
                return f"everywhere({self.at(held)})"
            case Listed(_, _, items):
                return f"listed({self.row(items)})"
            case IsVariant(_, _, base, variant):
                return f"isinstance({self.at(base)}, {variant})"
            case Length(_, _, base):
                return f"len({self.at(base)})"
            case SetLit(_, _, items):
                return f"{{{self.row(items)}}}" if items else "set()"
            case SeqLit(_, _, items):
                return f"({self.row(items)}{',' if len(items) == 1 else ''})"
            case SeqAt(_, _, base, at):
                return f"{self.at(base, _ATOM)}[{self.at(at)}]"
            case SeqRemove(_, _, base, item):
                return f"without({self.at(base)}, {self.at(item)})"
            case SeqTail(_, _, base):
                return f"rest({self.at(base)})"
            case SeqSlice():
                return self.slice(expr)
            case Quant():
                return self.quantifier(expr)
            case Call(_, _, function, args, given):
                inside = ", ".join(part for part in (self.row(args), self.named(given)) if part)
                return f"{function.rsplit('.', 1)[-1]}({inside})"
            case OutcomeLit():
                return self.outcome(expr)
            case OutcomeTest(_, _, base, aspect):
                return f"{self.at(base, _ATOM)}.{aspect}"
            case _:
                # everything else has operators and is shown by `parts`
                return f"({self.parts(expr)[0]})"

    def slice(self, expr: SeqSlice) -> str:
        low = "" if isinstance(expr.lo, Lit) and expr.lo.value == 0 else self.at(expr.lo)
        return f"{self.at(expr.base, _ATOM)}[{low}:{'' if expr.hi is None else self.at(expr.hi)}]"

    def quantifier(self, expr: Quant) -> str:
        body = "1" if expr.body is None else self.at(expr.body)
        turns = " ".join(f"for {self.binder(b)}" for b in expr.binders)
        test = "" if expr.cond is None else f" if {self.at(expr.cond, _OR)}"
        if expr.kind == "set":
            return f"{{{body} {turns}{test}}}"
        return f"{'sum' if expr.kind == 'count' else expr.kind}({body} {turns}{test})"

    def binder(self, binder: Binder) -> str:
        return f"{binder.name} in {self.domain(binder.domain)}"

    def domain(self, domain: Domain) -> str:
        match domain:
            case SortDomain(name) | EnumDomain(name):
                return name
            case RangeDomain(lo, hi):
                return f"range({self.at(lo)}, {self.at(hi)})"
            case ElementsDomain(base):
                return self.at(base, _OR)
            case _:
                assert_never(domain)

    def outcome(self, expr: OutcomeLit) -> str:
        outputs = self.named(expr.outputs)
        if expr.site == 0:
            return "DONE"
        if expr.site >= len(self.sites):
            return f"outcome({', '.join(part for part in (str(expr.site), outputs) if part)})"
        site = self.sites[expr.site]
        match site.kind:
            case "done":
                return f"done({outputs})"
            case "blocked":
                return f'blocked("{site.reason}")'
            case "pending":
                return "..."
            case "refused" | "partial":
                partial = "partial=True" if site.kind == "partial" else ""
                inside = (site.errno, f'"{site.reason}"', partial, outputs)
                return f"refuse({', '.join(part for part in inside if part)})"
            case _:
                assert_never(site.kind)

    def lines(self, stmts: Iterable[Stmt], indent: str) -> list[str]:
        result = [line for stmt in stmts for line in self.stmt(stmt, indent)]
        return result or [f"{indent}pass"]

    def stmt(self, stmt: Stmt, indent: str) -> list[str]:
        match stmt:
            case Assign(name, value):
                return [f"{indent}{name} = {self.at(value)}"]
            case Write(target, keys, value):
                entry = f"[{self.row(keys)}]" if keys else ""
                return [f"{indent}self.{target}{entry} = {self.at(value)}"]
            case If():
                return self.branch(stmt, indent, "if")
            case For(binder, body):
                return [f"{indent}for {self.binder(binder)}:", *self.lines(body, indent + "    ")]
            case Break():
                return [f"{indent}break"]
            case Continue():
                return [f"{indent}continue"]
            case Return(value):
                return [f"{indent}return" if value is None else f"{indent}return {self.at(value)}"]
            case Require(cond):
                return [f"{indent}require({self.at(cond)})"]
            case Warn(number):
                text = self.warnings[number].message if number < len(self.warnings) else str(number)
                return [f'{indent}warn("{text}")']
            case Do(call):
                return [f"{indent}{self.at(call)}"]
            case Inner(name, call):
                return [f"{indent}{name} = {self.at(call)}" if name else f"{indent}{self.at(call)}"]
            case _:
                assert_never(stmt)

    def branch(self, stmt: If, indent: str, word: str) -> list[str]:
        lines = [f"{indent}{word} {self.at(stmt.test)}:", *self.lines(stmt.then, indent + "    ")]
        match stmt.other:
            case ():
                return lines
            case (If() as nested,):
                return [*lines, *self.branch(nested, indent, "elif")]
            case _:
                return [*lines, f"{indent}else:", *self.lines(stmt.other, indent + "    ")]


def _quoted(aspect: str, value: str) -> str:
    return value if aspect == "errno" else f'"{value}"'


def show_expr(expr: Expr, sites: Sequence[Site] = ()) -> str:
    """One expression on one line; `sites` gives outcomes their errno and reason."""
    return _Printer(sites, ()).at(expr)


def show_stmts(
    stmts: Iterable[Stmt], sites: Sequence[Site] = (), warnings: Sequence[Warning] = (), indent: str = ""
) -> str:
    """Statements, one per line, nested ones indented by four spaces."""
    return "\n".join(_Printer(sites, warnings).lines(stmts, indent))


def show_function(function: Function, sites: Sequence[Site] = (), warnings: Sequence[Warning] = ()) -> str:
    """A function with its head; the key's last part is its name."""
    params = [f"{p.name}: {show_type(p.type)}" for p in function.params]
    choices = [f"{p.name}: {show_type(p.type)}" for p in function.choices]
    head = ", ".join([*params, *(["*", *choices] if choices else [])])
    name = function.name.rsplit(".", 1)[-1]
    first = f"def {name}({head}) -> {show_type(function.returns)}:"
    return "\n".join([first, *_Printer(sites, warnings).lines(function.body, "    ")])
