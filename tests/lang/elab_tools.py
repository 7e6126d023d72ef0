"""A small vocabulary and readers for single functions, so that elaboration is tested without the front end."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from spec.lang import elaborate
from spec.lang.errors import Problem
from spec.lang.ir import Expr, NoneLit
from spec.lang.machine import (
    ALWAYS,
    ActionKind,
    ConstantDecl,
    EnumDecl,
    FieldDecl,
    Function,
    Param,
    PropertyKind,
    Provenance,
    RecordDecl,
    Site,
    SortDecl,
    SwitchDecl,
    Warning,
)
from spec.lang.scope import CalleeKind, Signature
from spec.lang.spans import BUILTIN
from spec.lang.types import (
    BOOL,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
)

FILE = "case.py"
MARK = "§"
"""In a text that is wrong, stands right before the place that the error must name."""

DEVICE, USER, SLOT = SortType("Device"), SortType("User"), SortType("Slot")
MODE, ERA = EnumType("Mode"), EnumType("Era")
TABLE, DEFAULT, BLOCKING, PAIR, VIEW = (RecordType(n) for n in ("Table", "Default", "Blocking", "Pair", "View"))
DOMAIN = UnionType(("Default", "Blocking", "Table"))
OWNED = UnionType(("Default", "Pair", "Table"))
SMALL = IntType(Extent(0), Extent(3))

SORTS = {"Device": False, "User": False, "Slot": True}
ENUMS = {"Mode": ("IDLE", "BUSY"), "Era": ("E1", "E2", "E3")}
RECORDS: dict[str, tuple[tuple[str, Type], ...]] = {
    "Default": (),
    "Blocking": (),
    "Table": (("owner", USER), ("index", SLOT)),
    "Pair": (("owner", USER), ("mode", MODE)),
    "View": (("owner", DEVICE), ("errno", SMALL)),
}
ALIASES: dict[str, Type] = {"Domain": DOMAIN, "Owned": OWNED, "Mixed": UnionType(("Table", "View"))}
LITERALS: dict[str, bool | int | str] = {"LIMIT": 3, "FLAG": True, "NAME": "name"}
FIELDS: dict[str, Type] = {
    "count": SMALL,
    "flag": BOOL,
    "mode": MODE,
    "maybe": OptionType(SMALL),
    "holder": OptionType(USER),
    "free": OptionType(SLOT),
    "table": OptionType(TABLE),
    "view": VIEW,
    "domain": MapType((DEVICE,), DOMAIN),
    "owned": MapType((DEVICE,), OWNED),
    "spare": OptionType(DOMAIN),
    "owner": MapType((DEVICE,), OptionType(USER)),
    "uses": MapType((DEVICE, SLOT), BOOL),
    "level": MapType((DEVICE,), SMALL),
    "order": SeqType(DEVICE, Extent(0, (("Device", 1),))),
    "short": SeqType(DEVICE, Extent(2)),
    "waiting": SeqType(USER, Extent(3)),
    "claimed": SetType(USER),
    "numbers": SetType(SMALL),
}
CONSTANTS: dict[str, Type] = {"home": MapType((DEVICE,), MODE), "limit": SMALL}
SWITCHES: dict[str, Type] = {"era": ERA, "rollback": BOOL}
KINDS: dict[str, CalleeKind] = {
    "ioctl": "action",
    "kernel": "action",
    "hardware": "action",
    "fault": "action",
    "pure": "pure",
    "initial": "initial",
}
PROPERTIES: dict[str, PropertyKind] = {
    "invariant": "invariant",
    "action_property": "action",
    "during": "during",
    "goal": "goal",
    "assume": "assume",
}


@dataclass
class FakeNames:
    """The vocabulary above as `Names`; `known` problems, sites and warnings are what elaboration reports."""

    file: str = FILE
    signatures: dict[str, Signature] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sites: list[Site] = field(default_factory=lambda: [Site("done", "", "", BUILTIN)])
    warnings: list[Warning] = field(default_factory=list)
    era: str = "era"

    def sort(self, name: str) -> SortDecl | None:
        return SortDecl(name, "", BUILTIN, 2, SORTS[name]) if name in SORTS else None

    def enum(self, name: str) -> EnumDecl | None:
        return EnumDecl(name, ENUMS[name], "", BUILTIN, name == "Era") if name in ENUMS else None

    def record(self, name: str) -> RecordDecl | None:
        return RecordDecl(name, RECORDS[name], "", BUILTIN) if name in RECORDS else None

    def record_by_key(self, key: str) -> RecordDecl:
        return RecordDecl(key, RECORDS[key], "", BUILTIN)

    def enum_by_key(self, key: str) -> EnumDecl:
        return EnumDecl(key, ENUMS[key], "", BUILTIN, key == "Era")

    def sort_by_key(self, key: str) -> SortDecl:
        return SortDecl(key, "", BUILTIN, 2, SORTS[key])

    def alias(self, name: str) -> Type | None:
        return ALIASES.get(name)

    def literal(self, name: str) -> bool | int | str | None:
        return LITERALS.get(name)

    def pure(self, name: str) -> Signature | None:
        if name != "opposite":
            return None
        return Signature("opposite", "pure", (Param("m", MODE, BUILTIN),), (), MODE)

    def field(self, name: str) -> FieldDecl | None:
        kind = FIELDS.get(name)
        return None if kind is None else FieldDecl(name, kind, NoneLit(kind, BUILTIN), "", BUILTIN)

    def rigid(self, name: str) -> ConstantDecl | None:
        return ConstantDecl(name, CONSTANTS[name], None, "", BUILTIN) if name in CONSTANTS else None

    def switch(self, name: str) -> SwitchDecl | None:
        kind = SWITCHES.get(name)
        return None if kind is None else SwitchDecl(name, kind, NoneLit(kind, BUILTIN), "", BUILTIN)

    def method(self, name: str) -> Signature | None:
        return self.signatures.get(name)

    def super_method(self, name: str) -> Signature | None:
        found = self.signatures.get(name)
        return None if found is None else replace(found, function=f"Base.{name}")

    def part(self, name: str) -> None:
        return None

    def inside(self, function: str, chosen: tuple[str, ...]) -> str:
        raise AssertionError("there are no parts here")

    def era_switch(self, enum_key: str) -> SwitchDecl | None:
        return self.switch(self.era) if enum_key == "Era" and self.era else None

    def known(self) -> list[str]:
        return sorted([*SORTS, *ENUMS, *RECORDS, *FIELDS, *CONSTANTS, *SWITCHES, *self.signatures, *LITERALS])

    def add_site(self, site: Site) -> int:
        for number, known in enumerate(self.sites):
            if known.span == site.span:
                return number
        self.sites.append(site)
        return len(self.sites) - 1

    def add_warning(self, warning: Warning) -> int:
        self.warnings.append(warning)
        return len(self.warnings) - 1

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)


@dataclass(frozen=True)
class Class:
    """The functions of a few methods, by method name, with everything reported."""

    functions: dict[str, Function]
    names: FakeNames
    nodes: dict[str, ast.FunctionDef]

    def keyed(self) -> dict[str, Function]:
        return {function.name: function for function in self.functions.values()}


COMMON = """
def helper(self, d: Device) -> Outcome:
    return DONE

def write(self, d: Device) -> bool:
    self.flag = True
    return self.flag

def number(self) -> int:
    return self.count

def touch(self, d: Device, *, fails: bool) -> None:
    self.flag = fails

@pure
def half(self, n: int) -> int:
    return n // 2
"""
"""Methods that every text may call; they stand behind it, so lines count from the text."""


def read_class(text: str, action_params: dict[str, Param] | None = None, common: bool = True) -> Class:
    """Elaborate method definitions: signatures first, then bodies."""
    tree = ast.parse(textwrap.dedent(text).strip("\n") + "\n" + (COMMON if common else ""))
    nodes = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    names = FakeNames()
    for name, node in nodes.items():
        names.signatures[name] = elaborate.read_signature(node, names, f"Spec.{name}", _kind(node))
    functions = {}
    for name, node in nodes.items():
        word = _word(node)
        functions[name] = elaborate.read_function(
            node,
            names.signatures[name],
            names,
            action_kind=_action_kind(word),
            property_kind=PROPERTIES.get(word),
            provenance=Provenance("read", "f.c:f()"),
            availability=ALWAYS,
            action_params=action_params or {},
        )
    return Class(functions, names, nodes)


def _word(node: ast.FunctionDef) -> str:
    names = [d.id for d in node.decorator_list if isinstance(d, ast.Name)]
    return names[0] if names else "helper"


def _kind(node: ast.FunctionDef) -> CalleeKind:
    word = _word(node)
    return "property" if word in PROPERTIES else KINDS.get(word, "helper")


def _action_kind(word: str) -> ActionKind | None:
    kinds: Sequence[ActionKind] = ("ioctl", "kernel", "hardware", "fault")
    return next((kind for kind in kinds if kind == word), None)


HEAD = (
    "def probe(self, d: Device, e: Device, u: User, s: Slot, n: int, m: Mode, dom: Domain, who: User | None, "
    "r: Outcome, *, oom: bool) -> None:"
)


def wrap(body: str) -> str:
    """A body as the text of the helper `probe`, whose body starts on line 2."""
    return f"{HEAD}\n{textwrap.indent(textwrap.dedent(body).strip(chr(10)), '    ')}"


def read_body(body: str) -> Function:
    """The function of a body that is right."""
    found = read_class(wrap(body))
    assert found.names.problems == []
    return found.functions["probe"]


def read_expr(text: str, expected: Type | None = None) -> Expr:
    """An expression, as the first argument of nothing: it is assigned to a local and looked up there."""
    function = read_body(f"x = {text}")
    statement = function.body[-1]
    return statement.value  # type: ignore[union-attr]


def expected_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and line and column of each mark."""
    places = []
    for number, line in enumerate(text.splitlines(), 1):
        at = line.find(MARK)
        while at >= 0:
            places.append((number, at + 1))
            line = line[:at] + line[at + 1 :]
            at = line.find(MARK)
    return text.replace(MARK, ""), places
