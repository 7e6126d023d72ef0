"""`TextNames`: what one piece of spec text may refer to, as the final class resolves it (see `spec.lang.scope`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.lang.declared import AliasText, ClassText, LiteralText, Module, PureText, RecordText
from spec.lang.errors import Problem
from spec.lang.machine import ConstantDecl, EnumDecl, FieldDecl, RecordDecl, Site, SortDecl, SwitchDecl, Warning
from spec.lang.scope import ProcessInfo, Signature
from spec.lang.types import Type

if TYPE_CHECKING:
    from spec.lang.world import World


class TextNames:
    """The names of the text of one class (or of module level, where `owner` is None). Implements `scope.Names`."""

    def __init__(self, world: World, module: Module, owner: ClassText | None) -> None:
        self.world = world
        self.module = module
        self.owner = owner
        self.file = module.file

    def sort(self, name: str) -> SortDecl | None:
        """A sort in scope of the module."""
        decl = self.world.program.sort(self.module, name)
        return None if decl is None else self.world.use_sort(decl)

    def enum(self, name: str) -> EnumDecl | None:
        """An enumeration in scope of the module."""
        decl = self.world.program.enum(self.module, name)
        return None if decl is None else self.world.use_enum(decl)

    def record(self, name: str) -> RecordDecl | None:
        """A record in scope of the module."""
        match self.world.program.find(self.module, name):
            case (home, RecordText() as text):
                return self.world.use_record(home, text)
        return None

    def record_by_key(self, key: str) -> RecordDecl:
        """The record that a type names."""
        return self.world.records[key]

    def enum_by_key(self, key: str) -> EnumDecl:
        """The enumeration that a type names."""
        return self.world.enums[key]

    def sort_by_key(self, key: str) -> SortDecl:
        """The sort that a type names."""
        return self.world.sorts[key]

    def alias(self, name: str) -> Type | None:
        """A union alias in scope of the module."""
        match self.world.program.find(self.module, name):
            case (home, AliasText() as text):
                return self.world.use_alias(home, text)
        return None

    def literal(self, name: str) -> bool | int | str | None:
        """A module-level constant."""
        match self.world.program.find(self.module, name):
            case (_, LiteralText(value=value)):
                return value
        return None

    def pure(self, name: str) -> Signature | None:
        """A module-level function decorated `@pure`."""
        match self.world.program.find(self.module, name):
            case (home, PureText() as text):
                return self.world.pure_signature(home, text)
        return None

    def field(self, name: str) -> FieldDecl | None:
        """`self.name` as a state field."""
        return self.world.field(name) if self.owner is not None else None

    def rigid(self, name: str) -> ConstantDecl | None:
        """`self.name` as a rigid constant."""
        return self.world.constant(name) if self.owner is not None else None

    def switch(self, name: str) -> SwitchDecl | None:
        """`self.name` as a switch."""
        return self.world.switch(name) if self.owner is not None else None

    def method(self, name: str) -> Signature | None:
        """`self.name(...)`, as the final class resolves it."""
        if self.owner is None:
            return None
        method = self.world.lineage.method(name)
        return None if method is None else self.world.signature(method)

    def super_method(self, name: str) -> Signature | None:
        """`super().name(...)` from the class whose text this is."""
        if self.owner is None:
            return None
        method = self.world.lineage.after(self.owner, name)
        return None if method is None else self.world.signature(method)

    def processes(self) -> list[ProcessInfo]:
        """The processes of the final class."""
        return self.world.processes() if self.owner is not None else []

    def lock_function(self, name: str, operation: str) -> str:
        """The generated function that tries to take a lock."""
        return self.world.lock_function(name, operation)

    def part(self, name: str) -> TextNames | None:
        """`self.name` as a part."""
        part = self.world.parts.get(name) if self.owner is not None else None
        return None if part is None else part.names(part.lineage.cls)

    def inside(self, function: str, chosen: tuple[str, ...]) -> str:
        """The key of the function that calls an action of this part from outside it."""
        return self.world.root.used.call_inside(function, chosen)

    def era_switch(self, enum_key: str) -> SwitchDecl | None:
        """The switch whose type is this ordered enumeration."""
        return self.world.era_switch(enum_key)

    def known(self) -> list[str]:
        """All names, for hints."""
        members = list(self.world.lineage.members) if self.owner is not None else []
        return [*self.module.defs, *self.module.imports, *members]

    def add_site(self, site: Site) -> int:
        """The number of this outcome site."""
        return self.world.ledger.site(site)

    def add_warning(self, warning: Warning) -> int:
        """The number of this warning."""
        return self.world.ledger.warning(warning)

    def report(self, problem: Problem) -> None:
        """Note a mistake and go on."""
        self.world.program.report(problem)
