"""What one file declares, as read from its text: names, places and syntax trees, not yet types."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from spec.lang.machine import EnumDecl, Fairness, Provenance, Role, SortDecl
from spec.lang.resolver import Source
from spec.lang.spans import Span


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """The arguments of `@process`; `thread` is the name of a sort as written, None without one."""

    thread: tuple[str, Span] | None = None
    fair: Fairness = "weak"
    fair_start: Fairness = ""
    keeps_locks: bool = False


@dataclass(frozen=True, slots=True)
class KindMark:
    """The decorator that says what a method is; `word` is the decorator's name, `on` the actions it names.

    `fair` is None where the decorator does not say it; of a process it is in `process`.
    """

    word: str
    span: Span
    provenance: Provenance = field(default_factory=Provenance)
    any_order: tuple[tuple[str, Span], ...] = ()
    on: tuple[tuple[str, Span], ...] = ()
    process: ProcessMark | None = None
    fair: Fairness | None = None


@dataclass(frozen=True, slots=True)
class EraText:
    """`Era.E2` as written: the enumeration's name in the file, and the member."""

    enum: str
    member: str
    span: Span


@dataclass(frozen=True, slots=True)
class AvailabilityText:
    """Eras and switches as written, with the file whose names they use."""

    module: Module
    since: EraText | None = None
    until: EraText | None = None
    when: tuple[tuple[str, Span], ...] = ()
    unless: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordText:
    """A record: the annotation of each field."""

    name: str
    fields: tuple[tuple[str, ast.expr], ...]
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class AliasText:
    """`Name = A | B`."""

    name: str
    value: ast.expr
    span: Span


@dataclass(frozen=True, slots=True)
class LiteralText:
    """A module-level constant."""

    name: str
    value: bool | int | str
    span: Span


@dataclass(frozen=True, slots=True)
class PureText:
    """A module-level function decorated `@pure`."""

    name: str
    fn: ast.FunctionDef
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ClassText:
    """A spec class whose body has not been read; `head` is the place of its `class` line."""

    name: str
    module: Module
    node: ast.ClassDef
    bases: tuple[tuple[str, Span], ...]
    role: Role
    breaks: tuple[tuple[str, Span], ...]
    abstract: bool
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class SortText:
    """A sort; `decl.name` is its name in the file."""

    decl: SortDecl

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.decl.span


@dataclass(frozen=True, slots=True)
class EnumText:
    """An enumeration; `decl.name` is its name in the file."""

    decl: EnumDecl

    @property
    def span(self) -> Span:
        """Where it is declared."""
        return self.decl.span


Definition = SortText | EnumText | RecordText | AliasText | LiteralText | PureText | ClassText


@dataclass(frozen=True, slots=True)
class ImportText:
    """`from target import name as local`; `level` counts dots; `for_types` is True under TYPE_CHECKING."""

    local: str
    target: str
    level: int
    name: str
    span: Span
    for_types: bool = False


@dataclass(slots=True, eq=False)
class Module:
    """One file's top level. `targets` (filled by `spec.lang.program`) has the module of every import that was found."""

    source: Source
    text: str
    doc: str
    imports: dict[str, ImportText] = field(default_factory=dict)
    defs: dict[str, Definition] = field(default_factory=dict)
    targets: dict[str, Module] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The dotted name."""
        return self.source.name

    @property
    def file(self) -> str:
        """The name that spans use."""
        return self.source.file


# --- the body of a spec class -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VariableText:
    """An annotated name: a state field, a ghost field, a rigid constant or a switch."""

    name: str
    role: str
    annotation: ast.expr
    value: ast.expr | None
    availability: AvailabilityText | None
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class MethodText:
    """A method with its decorators read; None where it has none of that sort."""

    name: str
    fn: ast.FunctionDef
    mark: KindMark | None
    availability: AvailabilityText | None
    span: Span


@dataclass(frozen=True, slots=True)
class EditStep:
    """One `.without("reason")` of a chain; `reason` is the fairness where the word is `with_fairness`."""

    word: str
    reason: str
    errno: str
    span: Span


@dataclass(frozen=True, slots=True)
class EditText:
    """`name = Base.method.without(...)...`."""

    name: str
    base: str
    method: str
    steps: tuple[EditStep, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class DropText:
    """`name = None`."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class PartText:
    """`name: Class = part("action", ..., switch=value)`: a part; `every` for `part(all)`."""

    name: str
    cls: str
    cls_span: Span
    actions: tuple[tuple[str, Span], ...]
    every: bool
    settings: tuple[tuple[str, ast.expr], ...]
    doc: str
    span: Span


Member = VariableText | MethodText | EditText | DropText | PartText


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a spec class; dictionaries of settings as written, None where the class has none."""

    members: dict[str, Member]
    profiles: ast.Dict | None
    configurations: ast.Dict | None
