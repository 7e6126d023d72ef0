"""Reads the body of one spec class into a `Body`: variables, methods, edits of inherited methods, settings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from spec.lang.declared import (
    AvailabilityText,
    Body,
    ClassText,
    DropText,
    EditStep,
    EditText,
    Member,
    MethodText,
    Module,
    VariableText,
)
from spec.lang.decorators import AVAILABILITY_WORDS, read_availability_keywords, read_method_marks
from spec.lang.errors import Problem, nearest
from spec.lang.fairness import read_fairness
from spec.lang.module import head_of
from spec.lang.part_text import is_part, read_part
from spec.lang.source import Located, Report, lines_of, span_of
from spec.lang.words import ERRNOS, is_errno

EDIT_WORDS = ("without", "with_errno", "checking_first", "with_fairness")
ROLES = {"Switch": "switch", "Constant": "constant", "Ghost": "ghost", "Refines": "refinement"}
SETTINGS = ("profiles", "configurations")


def read_body(text: ClassText, report: Report, is_spec: Callable[[str], bool]) -> Body:
    """The members of a class in text order; problems go to `report` and reading goes on.

    `is_spec` tells whether a name in this file is that of a spec class.
    """
    reader = _Reader(text.module, report, is_spec)
    for stmt, after in zip(text.node.body, [*text.node.body[1:], None], strict=True):
        reader.statement(stmt, after)
    return Body(reader.members, reader.settings.get("profiles"), reader.settings.get("configurations"))


class _Reader:
    def __init__(self, module: Module, report: Report, is_spec: Callable[[str], bool]) -> None:
        self.module = module
        self.is_spec = is_spec
        self.file = module.file
        self.lines = lines_of(module.text)
        self.members: dict[str, Member] = {}
        self.settings: dict[str, ast.Dict] = {}
        self._report = report

    def problem(self, code: str, node: Located, message: str, hint: str = "") -> None:
        self._report(Problem(code, span_of(node, self.file), message, hint))

    def statement(self, stmt: ast.stmt, after: ast.stmt | None) -> None:
        match stmt:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.Expr(value=ast.Constant(value=value)) if value is ...:
                pass
            case ast.AnnAssign(target=ast.Name(id=name)):
                self.variable(stmt, name, after)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assignment(stmt, name, value)
            case ast.FunctionDef():
                mark, availability = read_method_marks(stmt, self.module, self._report)
                self.add(MethodText(stmt.name, stmt, mark, availability, head_of(stmt, self.file)))
            case _:
                hint = "a spec class has variables, methods, edits, profiles and configurations"
                self.problem("not-a-member", stmt, "this is not allowed in the body of a spec class", hint)

    def add(self, member: Member) -> None:
        before = self.members.get(member.name)
        if before is not None:
            hint = f"the other one is at {before.span}"
            self._report(Problem("duplicate-name", member.span, f"'{member.name}' is declared twice", hint))
        else:
            self.members[member.name] = member

    def assignment(self, stmt: ast.Assign, name: str, value: ast.expr) -> None:
        if name in SETTINGS:
            self.setting(stmt, name, value)
        elif isinstance(value, ast.Constant) and value.value is None:
            self.add(DropText(name, span_of(stmt, self.file)))
        elif isinstance(value, ast.Attribute | ast.Call) and _root(value) is not None:
            self.edit(stmt, name, value)
        else:
            hint = f"a variable needs its type: `{name}: Type = ...`"
            self.problem("not-a-member", stmt, f"'{name} = ...' is neither an edit nor a declaration", hint)

    def setting(self, stmt: ast.Assign, name: str, value: ast.expr) -> None:
        if name in self.settings:
            self.problem("duplicate-name", stmt, f"'{name}' is declared twice")
        elif isinstance(value, ast.Dict):
            self.settings[name] = value
        else:
            hint = f'write `{name} = {{"name": {name.removesuffix("s")}(...)}}`'
            self.problem("bad-argument", value, f"{name} must be a dictionary written out here", hint)

    # --- variables ---

    def variable(self, stmt: ast.AnnAssign, name: str, after: ast.stmt | None) -> None:
        annotation, role = stmt.annotation, "field"
        if is_part(stmt, isinstance(annotation, ast.Name) and self.is_spec(annotation.id)):
            found = read_part(stmt, name, self.doc_of(stmt, after), self.file, self._report)
            if found is not None:
                self.add(found)
            return
        match annotation:
            case ast.Subscript(value=ast.Name(id=word), slice=inner) if word in ROLES:
                annotation, role = inner, ROLES[word]
            case ast.Name(id=word) if word in ROLES:
                self.problem("bad-type", annotation, f"{word} needs the type of '{name}'", f"write `{word}[bool]`")
                return
        value, availability = stmt.value, None
        match value:
            case ast.Call(func=ast.Name(id="field")):
                value, availability = self.field_call(value, role)
        if role == "refinement":
            if stmt.value is not None:
                self.problem("bad-argument", stmt.value, f"the refinement '{name}' has no value", "drop it")
        elif value is None and not isinstance(stmt.value, ast.Call):
            self.problem("no-value", stmt, f"'{name}' has no value", _value_hint(role))
        doc = self.doc_of(stmt, after)
        self.add(VariableText(name, role, annotation, value, availability, doc, span_of(stmt, self.file)))

    def field_call(self, call: ast.Call, role: str) -> tuple[ast.expr | None, AvailabilityText | None]:
        """The initial value and the availability in `field(init, since=..., ...)`."""
        if role in ("switch", "constant"):
            self.problem("bad-argument", call, f"field(...) is for state, not for a {role}")
        if len(call.args) != 1:
            self.problem("bad-argument", call, "field(...) takes the initial value first")
        good: list[ast.keyword] = []
        for keyword in call.keywords:
            if keyword.arg in AVAILABILITY_WORDS:
                good.append(keyword)
            else:
                name = keyword.arg or "**"
                hint = nearest(name, AVAILABILITY_WORDS)
                self.problem("unknown-argument", keyword, f"field has no argument '{name}'", hint)
        availability = read_availability_keywords(good, self.module, self._report) if good else None
        return (call.args[0] if call.args else None), availability

    def doc_of(self, stmt: ast.AnnAssign, after: ast.stmt | None) -> str:
        """The string on the next line, else the comment behind the field, else the comment lines above it."""
        match after:
            case ast.Expr(value=ast.Constant(value=str(text))):
                return " ".join(text.split())
        last = stmt.end_lineno or stmt.lineno
        behind = self.lines[last - 1][stmt.end_col_offset or 0 :].strip()
        if behind.startswith("#"):
            return behind.lstrip("#").strip()
        above: list[str] = []
        line = stmt.lineno - 1
        while line >= 1 and self.lines[line - 1].strip().startswith("#"):
            above.insert(0, self.lines[line - 1].strip().lstrip("#").strip())
            line -= 1
        return " ".join(above)

    # --- edits ---

    def edit(self, stmt: ast.Assign, name: str, value: ast.expr) -> None:
        steps: list[EditStep] = []
        while isinstance(value, ast.Call):
            step = self.edit_step(value)
            if step is None or not isinstance(value.func, ast.Attribute):
                return
            steps.insert(0, step)
            value = value.func.value
        match value:
            case ast.Attribute(value=ast.Name(id=base), attr=method):
                self.add(EditText(name, base, method, tuple(steps), span_of(stmt, self.file)))
            case _:
                hint = f'write `{name} = Base.{name}.without("reason")`'
                self.problem("bad-edit", value, "an edit begins with a method of a base", hint)

    def edit_step(self, call: ast.Call) -> EditStep | None:
        word = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        span = span_of(call, self.file)
        if word not in EDIT_WORDS:
            self.problem("bad-edit", call.func, f"unknown edit '{word}'", nearest(word, EDIT_WORDS))
            return None
        match word, call.args, call.keywords:
            case "without" | "checking_first", [ast.Constant(value=str(reason))], []:
                return EditStep(word, reason, "", span)
            case "with_errno", [ast.Constant(value=str(reason)), ast.Name(id=errno)], []:
                if not is_errno(errno):
                    self.problem("bad-edit", call.args[1], f"'{errno}' is not an errno", nearest(errno, ERRNOS))
                    return None
                return EditStep(word, reason, errno, span)
            case "with_fairness", [node], []:
                fair = read_fairness(node, self.file, self._report)
                return None if fair is None else EditStep(word, fair, "", span)
        arguments = {"with_errno": '"reason", EPERM', "with_fairness": '"weak"'}.get(word, '"reason"')
        hint = f"write `.{word}({arguments})`"
        self.problem("bad-edit", call, f"'{word}' has other arguments", hint)
        return None


def _root(node: ast.expr) -> str | None:
    """The name that a chain of attributes and calls begins with; None when there is no attribute in it."""
    dotted = False
    while True:
        match node:
            case ast.Call(func=func):
                node = func
            case ast.Attribute(value=value):
                node, dotted = value, True
            case ast.Name(id=name):
                return name if dotted else None
            case _:
                return None


def _value_hint(role: str) -> str:
    match role:
        case "switch":
            return "a switch needs its default"
        case "constant":
            return "give one choice, or `every()` for all"
    return "the state needs an initial value"
