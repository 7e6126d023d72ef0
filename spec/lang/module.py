"""Reads the top level of one spec file into a `Module`; anything that is not a declaration is an error.

Nothing is executed: a statement that would do something is reported at its place and left alone.
"""

from __future__ import annotations

import ast

from spec.lang.declared import (
    AliasText,
    ClassText,
    Definition,
    EnumText,
    ImportText,
    LiteralText,
    Module,
    PureText,
    RecordText,
    SortText,
)
from spec.lang.decorators import read_class_marks
from spec.lang.errors import Problem, nearest
from spec.lang.machine import EnumDecl, Role, SortDecl
from spec.lang.resolver import Source
from spec.lang.source import Located, Parsed, Report, span_of
from spec.lang.spans import Span
from spec.lang.words import FOREIGN, LANGUAGE, is_word

ENUM_BASES = ("Enum", "OrderedEnum", "IntEnum", "StrEnum")
DECLARATION_BASES = (*ENUM_BASES, "Sort", "Record", "Spec")
REFUSED = "a spec file only declares: sorts, enums, records, unions, constants, @pure functions and spec classes"


def read_module(source: Source, parsed: Parsed, report: Report) -> Module:
    """The declarations of a file, in text order; problems go to `report` and reading goes on."""
    module = Module(source, parsed.text, (ast.get_docstring(parsed.tree) or "").strip())
    _Reader(module, report).statements(parsed.tree.body)
    return module


def head_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> Span:
    """The place of the line that begins a class or function."""
    word = 6 if isinstance(node, ast.ClassDef) else 4
    return Span(file, node.lineno, node.col_offset + 1, node.lineno, node.col_offset + 1 + word + len(node.name))


class _Reader:
    def __init__(self, module: Module, report: Report) -> None:
        self.module = module
        self.file = module.file
        self._report = report

    def problem(self, code: str, node: Located, message: str, hint: str = "") -> None:
        self._report(Problem(code, span_of(node, self.file), message, hint))

    def statements(self, body: list[ast.stmt]) -> None:
        for stmt in body:
            self.statement(stmt)

    def statement(self, stmt: ast.stmt) -> None:
        match stmt:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.ImportFrom() | ast.Import():
                self.imports(stmt)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
                self.type_checking(stmt)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assignment(stmt, name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.assignment(stmt, name, value)
            case ast.ClassDef():
                self.class_def(stmt)
            case ast.FunctionDef():
                self.function_def(stmt)
            case _:
                self.problem("not-a-declaration", stmt, f"{_what(stmt)} is not allowed at module level", REFUSED)

    def define(self, name: str, definition: Definition | ImportText) -> None:
        before = self.module.defs.get(name) or self.module.imports.get(name)
        if isinstance(before, ImportText) and isinstance(definition, ImportText) and _same(before, definition):
            return
        if before is not None:
            hint = f"the other one is at {before.span}"
            self._report(Problem("duplicate-name", definition.span, f"'{name}' is declared twice", hint))
        elif isinstance(definition, ImportText):
            self.module.imports[name] = definition
        else:
            self.module.defs[name] = definition

    def type_checking(self, stmt: ast.If) -> None:
        for inner in stmt.body:
            if isinstance(inner, ast.ImportFrom):
                self.imports(inner, for_types=True)
            elif not isinstance(inner, ast.Import):
                self.problem("not-a-declaration", inner, "only imports may stand under TYPE_CHECKING")

    def imports(self, stmt: ast.Import | ast.ImportFrom, for_types: bool = False) -> None:
        if isinstance(stmt, ast.Import):
            name = stmt.names[0].name
            self.problem("import-form", stmt, f"'import {name}' is not allowed", f"write `from {name} import Name`")
            return
        target = stmt.module or ""
        if stmt.level == 0 and target in FOREIGN:
            self.words(stmt, target)
            return
        for alias in stmt.names:
            if alias.name == "*":
                self.problem("import-form", stmt, "only spec.lang may be imported with *", "name what you import")
            elif not target:
                hint = f"write `from .{alias.name} import Name`"
                self.problem("import-form", alias, "a module itself cannot be imported", hint)
            else:
                local = alias.asname or alias.name
                text = ImportText(local, target, stmt.level, alias.name, span_of(alias, self.file), for_types)
                self.define(local, text)

    def words(self, stmt: ast.ImportFrom, target: str) -> None:
        """An import of the language's own words, which are known without opening anything."""
        for alias in stmt.names:
            if alias.asname not in (None, alias.name):
                self.problem("import-form", alias, "a word of the language cannot be renamed", f"use '{alias.name}'")
            elif target == "spec.lang" and alias.name != "*" and not is_word(alias.name):
                message = f"the language has no word '{alias.name}'"
                self.problem("unknown-name", alias, message, nearest(alias.name, LANGUAGE))

    def assignment(self, stmt: ast.Assign | ast.AnnAssign, name: str, value: ast.expr) -> None:
        span = span_of(stmt, self.file)
        literal = self.literal(value)
        if literal is not None:
            self.define(name, LiteralText(name, literal, span))
        elif isinstance(value, ast.Subscript) or (isinstance(value, ast.BinOp) and _is_union(value)):
            self.define(name, AliasText(name, value, span))
        else:
            hint = "a constant is an integer, bool or string; a union is written `A | B`"
            self.problem("not-a-declaration", stmt, f"'{name}' is neither a constant nor a union", hint)

    def literal(self, node: ast.expr) -> bool | int | str | None:
        """The value of a constant expression over literals and earlier constants; None when it is something else."""
        match node:
            case ast.Constant(value=bool() | int() | str() as value):
                return value
            case ast.Name(id=name):
                known = self.module.defs.get(name)
                return known.value if isinstance(known, LiteralText) else None
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.literal(operand)
                return -inner if type(inner) is int else None
            case ast.BinOp(left=left, op=op, right=right):
                return _fold(op, self.literal(left), self.literal(right))
        return None

    def function_def(self, node: ast.FunctionDef) -> None:
        words = [ast.unparse(deco) for deco in node.decorator_list]
        if words != ["pure"]:
            place = head_of(node, self.file)
            message = f"the function '{node.name}' at module level must be decorated @pure and nothing else"
            self._report(Problem("bad-decorator", place, message, "functions that use state are methods of the spec"))
            if "pure" not in words:
                return
        self.define(node.name, PureText(node.name, node, span_of(node, self.file)))

    def class_def(self, node: ast.ClassDef) -> None:
        names = [base.id if isinstance(base, ast.Name) else "" for base in node.bases]
        for base, name in zip(node.bases, names, strict=True):
            if not name:
                self.problem("bad-base", base, f"a base class is a plain name, not '{ast.unparse(base)}'")
                return
        own = [name for name in names if name in DECLARATION_BASES and not self.known(name)]
        if not names:
            hint = "write `class X(Sort)`, `(Enum)`, `(Record)` or `(Spec)`"
            self._report(Problem("bad-base", head_of(node, self.file), f"the class '{node.name}' has no base", hint))
        elif own and own != ["Spec"]:
            self.data_class(node, own, names)
        else:
            self.spec_class(node, names)

    def known(self, name: str) -> bool:
        return name in self.module.defs or name in self.module.imports

    def data_class(self, node: ast.ClassDef, own: list[str], names: list[str]) -> None:
        span = head_of(node, self.file)
        if len(names) != 1:
            self._report(Problem("bad-base", span, f"a class on {own[0]} has no other base"))
        for deco in node.decorator_list:
            self.problem("unknown-decorator", deco, f"a {own[0]} takes no decorator")
        if own[0] != "Sort":
            for keyword in node.keywords:
                self.problem("unknown-argument", keyword, f"a class on {own[0]} takes no argument")
        if own[0] == "Sort":
            self.define(node.name, SortText(self.sort(node, span)))
        elif own[0] == "Record":
            self.define(node.name, RecordText(node.name, self.record_fields(node), _doc(node), span))
        else:
            members = self.enum_members(node, own[0] == "OrderedEnum")
            decl = EnumDecl(node.name, members, _doc(node), span, own[0] == "OrderedEnum")
            self.define(node.name, EnumText(decl))

    def sort(self, node: ast.ClassDef, span: Span) -> SortDecl:
        size: int | None = None
        ordered = False
        for keyword in node.keywords:
            value = self.literal(keyword.value)
            if keyword.arg == "size" and type(value) is int and value >= 1:
                size = value
            elif keyword.arg == "ordered" and isinstance(value, bool):
                ordered = value
            elif keyword.arg in ("size", "ordered"):
                want = "a number from 1" if keyword.arg == "size" else "True or False"
                self.problem("bad-argument", keyword, f"{keyword.arg}= must be {want}")
            else:
                name = keyword.arg or "**"
                hint = nearest(name, ("size", "ordered"))
                self.problem("unknown-argument", keyword, f"a sort has no argument '{name}'", hint)
        for stmt in node.body:
            if not _is_filler(stmt):
                self.problem("bad-body", stmt, "a sort has no members", "its elements have no names")
        return SortDecl(node.name, _doc(node), span, size, ordered)

    def enum_members(self, node: ast.ClassDef, ordered: bool) -> tuple[str, ...]:
        members: dict[str, object] = {}
        for stmt in node.body:
            match stmt:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.enum_member(stmt, name, value, members, ordered)
                case _ if not _is_filler(stmt):
                    hint = "write `NAME = auto()`"
                    self.problem("bad-body", stmt, f"{_what(stmt)} is not allowed in an enumeration", hint)
        if not members:
            self._report(Problem("bad-body", head_of(node, self.file), f"'{node.name}' has no members"))
        return tuple(members)

    def enum_member(
        self, stmt: ast.Assign, name: str, node: ast.expr, members: dict[str, object], ordered: bool
    ) -> None:
        value: object = self.literal(node)
        if isinstance(node, ast.Call) and ast.unparse(node) == "auto()":
            value = object()
        elif value is None:
            self.problem("bad-body", stmt, f"the value of '{name}' must be auto() or a constant")
        if name in members:
            self.problem("duplicate-name", stmt, f"'{name}' is declared twice")
        elif value is not None and value in members.values():
            self.problem("duplicate-name", stmt, f"'{name}' has the value of another member", "write auto()")
        elif ordered and isinstance(value, int | str):
            self.problem("bad-body", stmt, "members of an OrderedEnum are ordered as written", "write auto()")
        members.setdefault(name, value)

    def record_fields(self, node: ast.ClassDef) -> tuple[tuple[str, ast.expr], ...]:
        fields: dict[str, ast.expr] = {}
        for stmt in node.body:
            match stmt:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None):
                    if name in fields:
                        self.problem("duplicate-name", stmt, f"'{name}' is declared twice")
                    fields.setdefault(name, annotation)
                case ast.AnnAssign():
                    self.problem("bad-body", stmt, "a field of a record has no default", "write `name: Type`")
                case _ if not _is_filler(stmt):
                    self.problem("bad-body", stmt, f"{_what(stmt)} is not allowed in a record", "write `name: Type`")
        return tuple(fields.items())

    def spec_class(self, node: ast.ClassDef, names: list[str]) -> None:
        span = head_of(node, self.file)
        bases: list[tuple[str, Span]] = []
        for base, name in zip(node.bases, names, strict=True):
            if name == "Spec" and not self.known(name):
                continue
            if name in (known_name for known_name, _ in bases):
                self.problem("bad-base", base, f"'{name}' is a base twice")
            else:
                bases.append((name, span_of(base, self.file)))
        for keyword in node.keywords:
            self.problem("unknown-argument", keyword, "a spec class takes no argument")
        role, breaks, abstract = read_class_marks(node, self.module, self._report)
        if role is None:
            role = Role("base" if self.module.source.shipped else "machine")
        text = ClassText(node.name, self.module, node, tuple(bases), role, breaks, abstract, _doc(node), span)
        self.define(node.name, text)


def _same(one: ImportText, other: ImportText) -> bool:
    return (one.target, one.level, one.name) == (other.target, other.level, other.name)


def _doc(node: ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").strip()


def _is_filler(stmt: ast.stmt) -> bool:
    match stmt:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
    return False


def _is_union(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_union(left) and _is_union(right)
        case ast.Name() | ast.Subscript() | ast.Constant(value=None):
            return True
    return False


def _fold(op: ast.operator, left: object, right: object) -> int | None:
    if type(left) is not int or type(right) is not int:
        return None
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    return None


def _what(stmt: ast.stmt) -> str:
    match stmt:
        case ast.Expr(value=ast.Call(func=func)):
            return f"the call '{ast.unparse(func)}(...)'"
        case ast.Expr():
            return "an expression"
        case ast.AsyncFunctionDef() | ast.FunctionDef():
            return f"the function '{stmt.name}'"
        case ast.ClassDef():
            return f"the class '{stmt.name}'"
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            return "this assignment"
    return f"a `{type(stmt).__name__.lower()}` statement"

