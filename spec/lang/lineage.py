"""`Lineage`: one spec class after inheritance and edits; says which text and which decorators every name has.

NOTE(final-class): text is inherited, not its meaning. `self.f` in a base's text is the lowest `f` of the final
class, so all inherited text is read again for every final class.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from spec.lang.declared import (
    AvailabilityText,
    ClassText,
    DropText,
    EditStep,
    EditText,
    KindMark,
    Member,
    MethodText,
    PartText,
    VariableText,
)
from spec.lang.edits import EditError, checking_first, with_errno, without
from spec.lang.errors import Problem, nearest
from spec.lang.fairness import kept, with_fairness
from spec.lang.machine import ActionKind, PropertyKind
from spec.lang.part_classes import check_narrowing
from spec.lang.program import Program
from spec.lang.scope import CalleeKind
from spec.lang.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of the final class: `fn` is its text, found in the class `text` (whose file and `super()` it uses).

    `prefix` is that of the lineage: the names of the parts it stands for, each with a dot.
    """

    key: str
    name: str
    fn: ast.FunctionDef
    text: ClassText
    owner: ClassText
    mark: KindMark | None
    availability: AvailabilityText | None
    span: Span
    marked_here: bool
    prefix: str = ""

    @property
    def word(self) -> str:
        """The decorator that says what it is; `helper` without one."""
        return self.mark.word if self.mark is not None else "helper"

    @property
    def kind(self) -> CalleeKind:
        """What a caller may expect."""
        match self.word:
            case "ioctl" | "kernel" | "hardware" | "fault":
                return "action"
            case "process":
                return "process"
            case "helper" | "image":
                return "helper"
            case "pure":
                return "pure"
            case "initial":
                return "initial"
        return "property"

    @property
    def action_kind(self) -> ActionKind | None:
        """The kind of action, None for other methods."""
        match self.word:
            case "ioctl" | "kernel" | "hardware" | "fault" as word:
                return word
            case "process":
                return "kernel"
        return None

    @property
    def property_kind(self) -> PropertyKind | None:
        """The kind of property, None for other methods."""
        match self.word:
            case "invariant" | "during" | "goal" | "final" | "boundary" | "assume" | "lemma" as word:
                return word
            case "leads_to" | "always_eventually" as word:
                return word
            case "action_property":
                return "action"
        return None


class Lineage:
    """The final class `cls` with all it extends. Problems go to the program.

    For a part `prefix` is the names of the parts that lead to it, each with a dot; keys of methods begin with it.
    """

    def __init__(self, program: Program, cls: ClassText, prefix: str = "") -> None:
        self.program = program
        self.cls = cls
        self.prefix = prefix
        self.order = program.order(cls)
        self.class_keys = _class_keys(self.order)
        self._own: dict[tuple[ClassText, str], Method | None] = {}
        self.members = self._merge()

    # --- what every name is in the final class ---

    def _merge(self) -> dict[str, tuple[ClassText, Member]]:
        merged: dict[str, tuple[ClassText, Member]] = {}
        for cls in reversed(self.order):
            for name, member in self.program.body(cls).members.items():
                before = merged.get(name)
                self._check_override(cls, member, before[1] if before is not None else None, list(merged))
                merged[name] = (cls, member)
        return merged

    def _check_override(self, cls: ClassText, member: Member, before: Member | None, known: list[str]) -> None:
        match member, before:
            case DropText(name, span), None:
                hint = nearest(name, known)
                self._problem("unknown-property", span, f"there is no property '{name}' to drop", hint)
            case DropText(name, span), VariableText() | PartText():
                what = "part" if isinstance(before, PartText) else "variable"
                self._problem("bad-drop", span, f"'{name}' is a {what}; only properties can be dropped")
            case DropText(name, span), _ if (method := self._below(cls, name)) is not None:
                if method.property_kind is None and method.kind != "initial":
                    hint = "override it" if method.action_kind is not None else ""
                    self._problem("bad-drop", span, f"'{name}' is no property; only properties can be dropped", hint)
            case VariableText(), VariableText() if member.role != before.role:
                message = f"'{member.name}' is a {member.role} here and a {before.role} at {before.span}"
                self._problem("changed-kind", member.span, message, "use another name")
            case PartText(), PartText():
                check_narrowing(self.program, cls, member, before)
            case PartText(), VariableText() | MethodText() | EditText():
                there = "variable" if isinstance(before, VariableText) else "method"
                self._problem("changed-kind", member.span, f"'{member.name}' is a {there} at {before.span}")
            case VariableText() | MethodText() | EditText(), PartText():
                self._problem("changed-kind", member.span, f"'{member.name}' is a part at {before.span}")
            case VariableText(), MethodText() | EditText():
                self._problem("changed-kind", member.span, f"'{member.name}' is a method at {before.span}")
            case MethodText() | EditText(), VariableText():
                self._problem("changed-kind", member.span, f"'{member.name}' is a variable at {before.span}")
            case _:
                pass

    def _below(self, cls: ClassText, name: str) -> Method | None:
        """The method of this name that `cls` inherits in the final order."""
        for base in self.order[self.order.index(cls) + 1 :]:
            if name in self.program.body(base).members:
                return self.own(base, name)
        return None

    # --- methods ---

    def method(self, name: str) -> Method | None:
        """`self.name`: the lowest definition, None if there is none or it was dropped."""
        found = self.members.get(name)
        return self.own(found[0], name) if found is not None else None

    def after(self, cls: ClassText, name: str) -> Method | None:
        """`super().name` in the text of `cls`: the next definition in the final order."""
        if cls not in self.order:
            return None
        return self._below(cls, name)

    def methods(self) -> list[Method]:
        """All methods of the final class, a base's first, an override in the place of what it overrides."""
        found = (self.method(name) for name in self.members)
        return [method for method in found if method is not None]

    def own(self, cls: ClassText, name: str) -> Method | None:
        """The method that `cls` itself defines under this name, with the decorators that rule it."""
        place = (cls, name)
        if place not in self._own:
            self._own[place] = None
            self._own[place] = self._define(cls, self.program.body(cls).members.get(name))
        return self._own[place]

    def _define(self, cls: ClassText, member: Member | None) -> Method | None:
        match member:
            case MethodText(name, fn, mark, availability, span):
                key = f"{self.prefix}{self.class_keys[cls]}.{name}"
                base = self._below(cls, name)
                if base is not None:
                    mark = kept(mark, base.mark) if mark is not None else base.mark
                    availability = availability if availability is not None else base.availability
                marked = member.mark is not None
                return Method(key, name, fn, cls, cls, mark, availability, span, marked, self.prefix)
            case EditText():
                return self._edit(cls, member)
        return None

    def _edit(self, cls: ClassText, edit: EditText) -> Method | None:
        base = self.program.class_named(cls.module, edit.base, edit.span)
        if base is None:
            if edit.base not in cls.module.imports:
                known = [c.name for c in self.order[1:]]
                self._problem("unknown-base", edit.span, f"unknown class '{edit.base}'", nearest(edit.base, known))
            return None
        if base not in self.order or base is cls:
            hint = f"name one of {', '.join(c.name for c in self.order[1:]) or 'its bases'}"
            self._problem("bad-edit", edit.span, f"'{edit.base}' is not a base of '{cls.name}'", hint)
            return None
        source = self._resolved(base, edit.method)
        if source is None:
            known = [m.name for m in self.methods_of(base)]
            message = f"'{edit.base}' has no method '{edit.method}'"
            self._problem("unknown-method", edit.span, message, nearest(edit.method, known))
            return None
        fn = self._apply(source.fn, edit.steps)
        if fn is None:
            return None
        mark = self._marked(source.mark, edit)
        key = f"{self.prefix}{self.class_keys[cls]}.{edit.name}"
        return replace(source, key=key, name=edit.name, fn=fn, owner=cls, mark=mark, marked_here=False)

    def _marked(self, mark: KindMark | None, edit: EditText) -> KindMark | None:
        for step in edit.steps:
            if step.word == "with_fairness":
                changed = with_fairness(mark, step)
                if changed is None:
                    message = f"'{edit.base}.{edit.method}' is no action; only actions are fair"
                    self._problem("bad-edit", step.span, message)
                    return mark
                mark = changed
        return mark

    def _apply(self, fn: ast.FunctionDef, steps: tuple[EditStep, ...]) -> ast.FunctionDef | None:
        for step in steps:
            try:
                match step.word:
                    case "without":
                        fn = without(fn, step.reason)
                    case "with_errno":
                        fn = with_errno(fn, step.reason, step.errno)
                    case "with_fairness":
                        pass
                    case _:
                        fn = checking_first(fn, step.reason)
            except EditError as error:
                self._problem("bad-edit", step.span, error.message, error.hint)
                return None
        return fn

    def _resolved(self, base: ClassText, name: str) -> Method | None:
        """`Base.name` as Python resolves it on the class `Base`."""
        for cls in self.program.order(base):
            if name in self.program.body(cls).members:
                return self.own(cls, name)
        return None

    def methods_of(self, base: ClassText) -> list[Method]:
        """All methods that a class of the lineage has, inherited ones too."""
        names = [name for cls in self.program.order(base) for name in self.program.body(cls).members]
        found = (self._resolved(base, name) for name in dict.fromkeys(names))
        return [method for method in found if method is not None]

    def variables(self) -> list[tuple[ClassText, VariableText]]:
        """All variables of the final class, with the class whose text declares each."""
        return [(cls, member) for cls, member in self.members.values() if isinstance(member, VariableText)]

    def parts(self) -> list[tuple[ClassText, PartText]]:
        """All parts of the final class, with the class whose text declares each."""
        return [(cls, member) for cls, member in self.members.values() if isinstance(member, PartText)]

    def _problem(self, code: str, span: Span, message: str, hint: str = "") -> None:
        self.program.report(Problem(code, span, message, hint))


def _class_keys(order: tuple[ClassText, ...]) -> dict[ClassText, str]:
    """A name for every class that no other class of the order has."""
    keys: dict[ClassText, str] = {}
    for cls in order:
        taken = set(keys.values())
        key = cls.name if cls.name not in taken else f"{cls.module.name}.{cls.name}"
        while key in taken:
            key += "_"
        keys[cls] = key
    return keys
