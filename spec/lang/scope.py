"""What the text of one function may refer to: the seam between reading declarations and reading bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from spec.lang.errors import Problem
from spec.lang.machine import ConstantDecl, EnumDecl, FieldDecl, Param, RecordDecl, Site, SortDecl, SwitchDecl, Warning
from spec.lang.types import Type

CalleeKind = Literal["action", "process", "helper", "pure", "property", "initial"]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a caller must know of a function. `function` is its key in `Machine.functions`."""

    function: str
    kind: CalleeKind
    params: tuple[Param, ...]
    choices: tuple[Param, ...]
    returns: Type


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """What other text may say of a process: its name, the key of its thread's sort ("" without one), its points.

    `counter` is the field that says where its threads are; `points` has the text of every label and the member of the
    counter's enumeration that stands for it, in text order.
    """

    name: str
    thread: str
    counter: str
    points: tuple[tuple[str, str], ...]


class Names(Protocol):
    """Name resolution and bookkeeping for the text of one class (or one module-level function).

    Every look-up returns None for a name that is not of that kind. `keys` of declarations are the names to put
    into types (`EnumType(decl.name)` and so on).
    """

    file: str

    def sort(self, name: str) -> SortDecl | None:
        """A sort in scope of the module."""

    def enum(self, name: str) -> EnumDecl | None:
        """An enumeration in scope of the module."""

    def record(self, name: str) -> RecordDecl | None:
        """A record in scope of the module."""

    def record_by_key(self, key: str) -> RecordDecl:
        """The record a `RecordType` or `UnionType` names."""

    def enum_by_key(self, key: str) -> EnumDecl:
        """The enumeration an `EnumType` names."""

    def sort_by_key(self, key: str) -> SortDecl:
        """The sort a `SortType` names."""

    def alias(self, name: str) -> Type | None:
        """A union alias (`Domain = A | B`) in scope of the module."""

    def literal(self, name: str) -> bool | int | str | None:
        """A module-level constant."""

    def pure(self, name: str) -> Signature | None:
        """A module-level function decorated `@pure`."""

    def field(self, name: str) -> FieldDecl | None:
        """`self.name` as a state field of the final class."""

    def rigid(self, name: str) -> ConstantDecl | None:
        """`self.name` as a rigid constant of the final class."""

    def switch(self, name: str) -> SwitchDecl | None:
        """`self.name` as a switch of the final class."""

    def method(self, name: str) -> Signature | None:
        """`self.name(...)`, as the final class resolves it."""

    def super_method(self, name: str) -> Signature | None:
        """`super().name(...)` from the class whose text this is, along the final class's method order."""

    def processes(self) -> list[ProcessInfo]:
        """The processes of the final class, as declared."""

    def lock_function(self, name: str, operation: str) -> str:
        """The key of the generated function that tries to take the lock in field `name`."""

    def part(self, name: str) -> Names | None:
        """`self.name` as a part: the names that its own text has. Their declarations have qualified names."""

    def inside(self, function: str, chosen: tuple[str, ...]) -> str:
        """The key of the function that calls an action of this part from outside it, as a step of the part.

        Its parameters are those of `function`, then the choices that the caller gives.
        """

    def era_switch(self, enum_key: str) -> SwitchDecl | None:
        """The switch whose type is this ordered enumeration."""

    def known(self) -> list[str]:
        """All names, for 'did you mean' hints (`self.` names among them, without the prefix)."""

    def add_site(self, site: Site) -> int:
        """The number of this outcome site; the same span gives the same number."""

    def add_warning(self, warning: Warning) -> int:
        """The number of this warning; the same span gives the same number."""

    def report(self, problem: Problem) -> None:
        """Note a mistake and go on, so that all of them are shown."""
