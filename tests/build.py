"""Building machines in the typed tree by hand, so that engines can be tested without the front end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spec.lang import ir
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import Expr, Stmt
from spec.lang.machine import (
    ALWAYS,
    Action,
    ActionKind,
    Availability,
    ConstantDecl,
    EnumDecl,
    FieldDecl,
    Function,
    Machine,
    Param,
    Property,
    PropertyKind,
    RecordDecl,
    Role,
    Site,
    SiteKind,
    SortDecl,
    SwitchDecl,
    Warning,
)
from spec.lang.spans import Span
from spec.lang.switches import SwitchValue
from spec.lang.types import (
    BOOL,
    OUTCOME,
    EnumType,
    RecordType,
    SortType,
    Type,
)
from spec.lang.walk import expressions, statements
from tests.words import *  # noqa: F403  machines by hand want both
from tests.words import AT, give


class Build:
    """Collects declarations and makes the `Machine`; locals of functions are found by themselves."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sorts: dict[str, SortDecl] = {}
        self.enums: dict[str, EnumDecl] = {}
        self.records: dict[str, RecordDecl] = {}
        self.fields: dict[str, FieldDecl] = {}
        self.constants: dict[str, ConstantDecl] = {}
        self.switches: dict[str, SwitchDecl] = {}
        self.functions: dict[str, Function] = {}
        self.actions: dict[str, Action] = {}
        self.properties: dict[str, Property] = {}
        self.initial: str | None = None
        self.sites = [Site("done", "", "", AT)]
        self.warnings: list[Warning] = []
        self.texts: dict[str, str] = {}

    def sort(self, name: str, size: int | None = None, ordered: bool = False) -> SortType:
        self.sorts[name] = SortDecl(name, "", AT, size, ordered)
        return SortType(name)

    def enum(self, name: str, *members: str, ordered: bool = False) -> EnumType:
        self.enums[name] = EnumDecl(name, members, "", AT, ordered)
        return EnumType(name)

    def record(self, name: str, **fields: Type) -> RecordType:
        self.records[name] = RecordDecl(name, tuple(fields.items()), "", AT)
        return RecordType(name)

    def field(
        self, name: str, kind: Type, init: Expr, availability: Availability = ALWAYS, span: Span = AT
    ) -> ir.FieldRead:
        self.fields[name] = FieldDecl(name, kind, init, "", span, availability=availability)
        return ir.FieldRead(kind, AT, name)

    def old(self, name: str) -> ir.FieldRead:
        return ir.FieldRead(self.fields[name].type, AT, name, True)

    def constant(self, name: str, kind: Type, init: Expr | None = None) -> ir.ConstRead:
        self.constants[name] = ConstantDecl(name, kind, init, "", AT)
        return ir.ConstRead(kind, AT, name)

    def switch(self, name: str, kind: Type, default: Expr, span: Span = AT) -> ir.SwitchRead:
        self.switches[name] = SwitchDecl(name, kind, default, "", span)
        return ir.SwitchRead(kind, AT, name)

    def site(self, kind: SiteKind, errno: str = "", reason: str = "") -> int:
        self.sites.append(Site(kind, errno, reason, AT))
        return len(self.sites) - 1

    def warning(self, message: str) -> int:
        self.warnings.append(Warning(message, AT))
        return len(self.warnings) - 1

    def function(
        self,
        name: str,
        params: Mapping[str, Type],
        body: Sequence[Stmt],
        *,
        choices: Mapping[str, Type] | None = None,
        returns: Type = OUTCOME,
        availability: Availability = ALWAYS,
        key: str = "",
    ) -> str:
        key = key or f"{self.name}.{name}"
        self.functions[key] = Function(
            name=key,
            params=tuple(Param(n, t, AT) for n, t in params.items()),
            choices=tuple(Param(n, t, AT) for n, t in (choices or {}).items()),
            returns=returns,
            body=tuple(body),
            locals=_locals(body),
            doc="",
            span=AT,
            availability=availability,
        )
        return key

    def action(
        self,
        name: str,
        params: Mapping[str, Type],
        *body: Stmt,
        kind: ActionKind = "ioctl",
        choices: Mapping[str, Type] | None = None,
        returns: Type = OUTCOME,
        availability: Availability = ALWAYS,
    ) -> str:
        key = self.function(name, params, body, choices=choices, returns=returns)
        self.actions[name] = Action(name, kind, key, "", AT, availability=availability)
        return key

    def promise(
        self,
        kind: PropertyKind,
        name: str,
        value: Expr,
        *,
        premise: Expr | None = None,
        on: tuple[str, ...] = (),
        params: Mapping[str, Type] | None = None,
        availability: Availability = ALWAYS,
        body: Sequence[Stmt] = (),
    ) -> None:
        names = dict(params or {})
        if kind == "action":
            names = {"outcome": OUTCOME, **names}
        function = self.function(name, names, [*body, give(value)], returns=BOOL)
        first = None
        if premise is not None:
            first = self.function(f"{name}.premise", names, [give(premise)], returns=BOOL)
        self.properties[name] = Property(name, kind, function, first, "", AT, on, availability)

    def promise_body(
        self,
        kind: PropertyKind,
        name: str,
        body: Sequence[Stmt],
        *,
        premise: Expr | None = None,
        on: tuple[str, ...] = (),
        params: Mapping[str, Type] | None = None,
    ) -> None:
        """A property whose function is a body that returns a bool on every path."""
        names = {**({"outcome": OUTCOME} if kind == "action" else {}), **(params or {})}
        function = self.function(name, names, body, returns=BOOL)
        first = None
        if premise is not None:
            first = self.function(f"{name}.premise", names, [give(premise)], returns=BOOL)
        self.properties[name] = Property(name, kind, function, first, "", AT, on)

    def machine(self) -> Machine:
        return Machine(
            name=self.name,
            module="by_hand",
            file="by_hand.py",
            title=self.name,
            doc="",
            role=Role(),
            bases=(),
            sorts=self.sorts,
            enums=self.enums,
            records=self.records,
            fields=self.fields,
            constants=self.constants,
            switches=self.switches,
            profiles={},
            configurations={},
            functions=self.functions,
            actions=self.actions,
            properties=self.properties,
            initial=self.initial,
            sites=tuple(self.sites),
            warnings=tuple(self.warnings),
            texts=self.texts,
            digest="by-hand",
        )

    def ground(
        self, sizes: Mapping[str, int] | None = None, switches: Mapping[str, SwitchValue] | None = None
    ) -> GroundMachine:
        return ground(self.machine(), sizes, switches)


def _locals(body: Sequence[Stmt]) -> dict[str, Type]:
    """Types of the locals: the first value assigned tells, and loops declare theirs; reads agree by construction."""
    found: dict[str, Type] = {}
    read = {e.name: e.type for e in expressions(body) if isinstance(e, ir.Local)}
    for stmt in statements(body):
        match stmt:
            case ir.Assign(name, value):
                found.setdefault(name, read.get(name, value.type))
            case ir.For(binder):
                found.setdefault(binder.name, binder.type)
    return found
