"""`Machine`, the small value in the middle: front ends make it, engines consume it, and it knows neither.

A `Machine` is generic: sorts have no size, switches no value. `spec.lang.ground` makes the finite one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from spec.lang.ir import Expr, Stmt
from spec.lang.spans import Span
from spec.lang.types import Type

Sure = Literal["recorded", "read", "deduced", "guessed"]
SiteKind = Literal["done", "refused", "blocked", "partial", "pending"]
Fairness = Literal["", "weak", "strong"]
LockKind = Literal["", "mutex", "rw"]
ActionKind = Literal["ioctl", "kernel", "hardware", "fault"]
PropertyKind = Literal[
    "invariant",
    "action",
    "during",
    "goal",
    "final",
    "boundary",
    "assume",
    "lemma",
    "leads_to",
    "always_eventually",
]
RoleKind = Literal["base", "history", "proposal", "candidate", "machine"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from: how sure we are and what it cites (kernel file and function, trace, paper)."""

    sure: Sure = "guessed"
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Availability:
    """When a declaration exists: eras are inclusive at both ends; all of `when` on and all of `unless` off."""

    since: str | None = None
    until: str | None = None
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


ALWAYS = Availability()


@dataclass(frozen=True, slots=True)
class SortDecl:
    """A finite set of elements, unordered unless `ordered`; `size` is the default, None where a user must say."""

    name: str
    doc: str
    span: Span
    size: int | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class EnumDecl:
    """An enumeration; members in declared order, which is their order when `ordered`."""

    name: str
    members: tuple[str, ...]
    doc: str
    span: Span
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class RecordDecl:
    """A record of scalars; without fields it is a plain tag of a union."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class FieldDecl:
    """A variable of the state. One that is not available keeps its initial value.

    `hidden` marks what a process keeps between two of its blocks (where it is, its live locals): part of the state,
    not of the text. `lock` says that the field holds a lock, or a map of them. The name of a field of a component
    begins with the name of the part and a dot.
    """

    name: str
    type: Type
    init: Expr
    doc: str
    span: Span
    ghost: bool = False
    availability: Availability = ALWAYS
    hidden: bool = False
    lock: LockKind = ""


@dataclass(frozen=True, slots=True)
class ConstantDecl:
    """Rigid data (topology, features): `init` is the default choice, None stands for every choice."""

    name: str
    type: Type
    init: Expr | None
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class SwitchDecl:
    """A choice of model that is folded away before a search; `default` may read other switches.

    An axiom is a boolean switch that is on by default and can be dropped; verdicts name the axioms they rest on.
    A `fixed` switch is that of one part only, set for good where the part is declared.
    """

    name: str
    type: Type
    default: Expr
    doc: str
    span: Span
    axiom: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """A named instance of a spec: sizes, switches and constants (None is every choice) over the defaults."""

    name: str
    doc: str
    span: Span
    sizes: dict[str, int] = field(default_factory=dict)
    switches: dict[str, Expr] = field(default_factory=dict)
    constants: dict[str, Expr | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One place in the text that makes an outcome. Site 0 of every machine is the plain DONE.

    A process that reaches a yield has the outcome of a `pending` site: not refused, not done, free to write. What a
    process refuses at its end is `in_process`: it has kind `partial`, because blocks before it may have written and
    the hidden state changes anyway; people are shown "refused".
    """

    kind: SiteKind
    errno: str
    reason: str
    span: Span
    provenance: Provenance = Provenance()
    in_process: bool = False


@dataclass(frozen=True, slots=True)
class Warning:
    """One `warn("...")` in the text."""

    message: str
    span: Span
    provenance: Provenance = Provenance()


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter or a choice of a function."""

    name: str
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Function:
    """A body with parameters. `name` is `Class.method`, unique in the machine; `locals` covers assigned and loop
    variables (not parameters, choices or bound variables of comprehensions)."""

    name: str
    params: tuple[Param, ...]
    choices: tuple[Param, ...]
    returns: Type
    body: tuple[Stmt, ...]
    locals: dict[str, Type]
    doc: str
    span: Span
    provenance: Provenance = Provenance()
    availability: Availability = ALWAYS


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can happen. An ioctl is total; the other kinds may `require`.

    `fair`: an instance (this action with given arguments) that can change the state is not put off for ever; weak
    where it can all the time, strong where it can again and again. A process is one action per block: `process` names
    it, `point` the yield at which the block begins ("" for the first block, which is the call).
    """

    name: str
    kind: ActionKind
    function: str
    doc: str
    span: Span
    provenance: Provenance = Provenance()
    availability: Availability = ALWAYS
    any_order: tuple[str, ...] = ()
    fair: Fairness = ""
    process: str = ""
    point: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A promise, or a predicate that shapes the search (final, boundary, assume).

    `function` takes no parameter, except for kind action: the parameters of the named actions that it asks for,
    by name, and `outcome` (always its first, of type OUTCOME). `on` names actions; empty is every action.
    `premise` is a function of the same parameters that says when the property is not trivially true; None where
    the text has no premise. For leads_to `function` is what must come and `premise` what it answers to; for
    always_eventually `function` is what must come again and again and `premise` is None. These two may have
    parameters: they are promised for all values of them.

    An action property of a part is about the part's actions only, also where it names none. `inner` are those of them
    that the text around the part calls; that text asks the property itself (see `ir.Inner`).
    """

    name: str
    kind: PropertyKind
    function: str
    premise: str | None
    doc: str
    span: Span
    on: tuple[str, ...] = ()
    availability: Availability = ALWAYS
    inner: tuple[str, ...] = ()


def part_of(name: str) -> str:
    """The part that the qualified name of a property or an action belongs to; empty for those of the whole."""
    return name.rpartition(".")[0]


def is_about(promise: str, target: str) -> bool:
    """True if a write to the field `target` concerns a `@during` property of this name: its part holds the field."""
    part = part_of(promise)
    return not part or target.startswith(part + ".")


@dataclass(frozen=True, slots=True)
class Refinement:
    """A promise that every run of this machine is, seen through a mapping, a run of the machine `abstract`.

    `images` has for a field of `abstract` the function that gives its value in a state of this machine: its parameters
    are the keys of the field. A field without an image is the field of the same name and type here. An action (or a
    process) with the name of one of `abstract` is matched by that one only and gives the same answer; all others
    match any step or none.
    """

    name: str
    abstract: Machine
    images: dict[str, str]
    doc: str
    span: Span
    availability: Availability = ALWAYS


@dataclass(frozen=True, slots=True)
class LockWait:
    """A point of a process at which a thread waits for a lock: where `counter` says `point` of the thread.

    The lock is the entry of the field `lock` at the values that the fields `keys` have for the thread; "" among them
    stands for the thread itself. `writes` is False for one that waits to read.
    """

    thread: str
    counter: str
    point: str
    lock: str
    keys: tuple[str, ...]
    writes: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Role:
    """What a spec is for: a base, a historical bug, a proposal, a candidate, or a plain machine."""

    kind: RoleKind = "base"
    id: str = ""
    breaks: tuple[str, ...] = ()
    status: str = ""
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole spec after inheritance, edits and type checking.

    `bases` are the names of the spec classes it extends, nearest first. Dictionaries keep declaration order,
    a base's declarations before those of the class that extends it. `texts` has every source read, by the file
    name that spans use.
    """

    name: str
    module: str
    file: str
    title: str
    doc: str
    role: Role
    bases: tuple[str, ...]
    sorts: dict[str, SortDecl]
    enums: dict[str, EnumDecl]
    records: dict[str, RecordDecl]
    fields: dict[str, FieldDecl]
    constants: dict[str, ConstantDecl]
    switches: dict[str, SwitchDecl]
    profiles: dict[str, dict[str, Expr]]
    configurations: dict[str, Configuration]
    functions: dict[str, Function]
    actions: dict[str, Action]
    properties: dict[str, Property]
    initial: str | None
    sites: tuple[Site, ...]
    warnings: tuple[Warning, ...]
    texts: dict[str, str]
    digest: str
    refinements: dict[str, Refinement] = field(default_factory=dict)
    waits: tuple[LockWait, ...] = ()
