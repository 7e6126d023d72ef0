"""What the text of a machine was found to use; a spec and its parts fill it together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spec.lang.declared import Module, PureText
from spec.lang.ledger import Ledger
from spec.lang.machine import EnumDecl, RecordDecl, SortDecl

if TYPE_CHECKING:
    from spec.lang.lineage import Method
    from spec.lang.world import World


@dataclass(slots=True)
class Used:
    """Declarations and functions by key. `inside` has the calls of actions of parts from outside: the key of the
    function that makes the call, with the action's function and the choices that the caller gives."""

    ledger: Ledger = field(default_factory=Ledger)
    sorts: dict[str, SortDecl] = field(default_factory=dict)
    enums: dict[str, EnumDecl] = field(default_factory=dict)
    records: dict[str, RecordDecl] = field(default_factory=dict)
    pures: dict[str, tuple[Module, PureText]] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    inside: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def scratch(self) -> Used:
        """A copy for reading text that may leave nothing behind; what functions there are stays known."""
        return replace(
            self, ledger=Ledger(), sorts=dict(self.sorts), enums=dict(self.enums), records=dict(self.records)
        )

    def call_inside(self, function: str, chosen: tuple[str, ...]) -> str:
        """The key of the function that calls an action of a part from outside it."""
        key = f"{function} ({', '.join(['inside', *chosen])})"
        self.inside[key] = (function, chosen)
        return key


class Sharing:
    """What the worlds of a spec and its parts find together; only what the root has in `used` counts."""

    root: World
    used: Used

    @property
    def ledger(self) -> Ledger:
        """The numbers of sites and warnings."""
        return self.root.used.ledger

    @property
    def sorts(self) -> dict[str, SortDecl]:
        """The sorts in use."""
        return self.root.used.sorts

    @property
    def enums(self) -> dict[str, EnumDecl]:
        """The enumerations in use."""
        return self.root.used.enums

    @property
    def records(self) -> dict[str, RecordDecl]:
        """The records in use."""
        return self.root.used.records

    @property
    def pures(self) -> dict[str, tuple[Module, PureText]]:
        """The functions of module level in use."""
        return self.root.used.pures

    @property
    def methods(self) -> dict[str, Method]:
        """The methods whose signatures were asked for."""
        return self.root.used.methods
