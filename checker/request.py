"""What a user asked for, word by word checked against the spec: sizes, switches, constants, configurations, properties.

Every unknown name is a `RequestError` with the nearest known one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.explorations import ALWAYS_ON
from spec.lang.errors import RequestError, nearest
from spec.lang.ir import EnumLit, Expr, Lit
from spec.lang.machine import Machine, PropertyKind, SwitchDecl
from spec.lang.types import BoolType, EnumType, IntType

SwitchSetting = bool | int | str | Expr
CHECKED: tuple[PropertyKind, ...] = ("invariant", "action", "during", "goal")
LIVENESS: tuple[PropertyKind, ...] = ("leads_to", "always_eventually")
BENCHMARK = "Benchmark:"
TRUE_WORDS = ("true", "on", "yes", "1")
FALSE_WORDS = ("false", "off", "no", "0")


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a run as typed: `Sort=N`, `SWITCH=value`, `NAME=every`, a profile, a configuration, properties,
    actions without their fairness."""

    sizes: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    kernel: str | None = None
    configuration: str | None = None
    properties: tuple[str, ...] = ()
    unfair: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """One configuration with the user's settings over it. A constant that is None takes every choice."""

    configuration: str
    doc: str
    sizes: dict[str, int] = field(default_factory=dict)
    switches: dict[str, SwitchSetting] = field(default_factory=dict)
    constants: dict[str, Expr | None] = field(default_factory=dict)


def instances(machine: Machine, settings: Settings) -> list[Instance]:
    """The configurations to look at, in declared order; one that is a benchmark only when it is named."""
    sizes = _sizes(machine, settings.sizes)
    switches = _profile(machine, settings.kernel) | _switches(machine, settings.switches)
    constants = _constants(machine, settings.constants)
    return [
        replace(
            base,
            sizes=base.sizes | sizes,
            switches=base.switches | switches,
            constants=base.constants | constants,
        )
        for base in _configurations(machine, settings.configuration)
    ]


def checked_properties(machine: Machine) -> list[str]:
    """The names that `--property` accepts: what the spec promises, and what is always promised."""
    declared = [name for name, p in machine.properties.items() if p.kind in (*CHECKED, *LIVENESS)]
    return [*declared, *machine.refinements, *ALWAYS_ON]


def wanted_properties(machine: Machine, names: Sequence[str]) -> frozenset[str]:
    """The properties asked for; all when none is named."""
    known = checked_properties(machine)
    for name in names:
        if name not in known:
            raise RequestError(f"{machine.name} has no property '{name}'; {nearest(name, known)}")
    return frozenset(names or known)


def _configurations(machine: Machine, name: str | None) -> list[Instance]:
    every = [
        Instance(c.name, c.doc, dict(c.sizes), dict(c.switches), dict(c.constants))
        for c in machine.configurations.values()
    ] or [Instance("default", "")]
    if name is None:
        ordinary = [i for i in every if not i.doc.startswith(BENCHMARK)]
        return ordinary or every
    found = [i for i in every if i.configuration == name]
    if not found:
        hint = nearest(name, [i.configuration for i in every])
        raise RequestError(f"{machine.name} has no configuration '{name}'; {hint}")
    return found


def _pairs(words: Iterable[str], option: str, form: str) -> list[tuple[str, str]]:
    pairs = []
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise RequestError(f"{option} {word}: write it as {form}")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _sizes(machine: Machine, words: Iterable[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, value in _pairs(words, "--size", "Sort=N"):
        _known(machine, "sort", name, machine.sorts)
        if not value.lstrip("+-").isdecimal():
            raise RequestError(f"--size {name}={value}: the size must be a whole number")
        sizes[name] = int(value)
    return sizes


def _switches(machine: Machine, words: Iterable[str]) -> dict[str, SwitchSetting]:
    switches: dict[str, SwitchSetting] = {}
    for name, value in _pairs(words, "--set", "SWITCH=value"):
        _known(machine, "switch", name, machine.switches)
        switches[name] = _switch_value(machine, machine.switches[name], value)
    return switches


def _switch_value(machine: Machine, decl: SwitchDecl, word: str) -> bool | int | str:
    match decl.type:
        case BoolType():
            if word.lower() in TRUE_WORDS + FALSE_WORDS:
                return word.lower() in TRUE_WORDS
            raise RequestError(f"--set {decl.name}={word}: the switch is either true or false")
        case IntType():
            if word.lstrip("-").isdecimal():
                return int(word)
            raise RequestError(f"--set {decl.name}={word}: the value must be a whole number")
        case EnumType(name):
            members = machine.enums[name].members
            member = word.rpartition(".")[2]
            if member in members:
                return member
            raise RequestError(
                f"--set {decl.name}={word}: {machine.enums[name].name} has no such member; {nearest(member, members)}"
            )
        case _:
            raise RequestError(f"--set {decl.name}={word}: this switch cannot be set")


def _profile(machine: Machine, name: str | None) -> dict[str, SwitchSetting]:
    if name is None:
        return {}
    _known(machine, "kernel profile", name, machine.profiles)
    return dict(machine.profiles[name])


def _constants(machine: Machine, words: Iterable[str]) -> dict[str, Expr | None]:
    constants: dict[str, Expr | None] = {}
    for name, value in _pairs(words, "--constant", "NAME=every or NAME=default"):
        _known(machine, "constant", name, machine.constants)
        if value not in ("every", "default"):
            raise RequestError(f"--constant {name}={value}: the value is 'every' or 'default'")
        constants[name] = None if value == "every" else machine.constants[name].init
    return constants


def _known(machine: Machine, what: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        raise RequestError(f"{machine.name} has no {what} '{name}'; {nearest(name, known)}")


def show_setting(value: SwitchSetting) -> str:
    """A switch value as one writes it after `--set SWITCH=`."""
    match value:
        case bool():
            return str(value).lower()
        case Lit(_, _, inner):
            return show_setting(inner)
        case EnumLit(_, _, member):
            return member
        case _:
            return str(value)
