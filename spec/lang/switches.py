"""What is settled before anything is folded: sizes of sorts, values of switches, and what these make available."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from spec.lang.errors import Problem, RequestError, SpecError, nearest
from spec.lang.fold import Folder
from spec.lang.ir import EnumLit, Expr, Lit, Node
from spec.lang.machine import Availability, EnumDecl, Machine, RecordDecl, SwitchDecl
from spec.lang.spans import Span
from spec.lang.types import BoolType, EnumType, IntType, show

MAX_SIZE = 64
"""The largest size of a sort."""

SwitchValue = bool | int | str
"""A member of an enumeration is given by its name."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Sizes and switch values of one machine; finite in the sense of `values.Finite`."""

    machine: Machine
    sizes: dict[str, int]
    switches: dict[str, SwitchValue]
    enums: dict[str, EnumDecl]
    records: dict[str, RecordDecl]

    def is_on(self, availability: Availability, span: Span) -> bool:
        """True if a declaration with this availability exists; SpecError where it names no era or no switch."""
        if any(self._flag(name, span) is False for name in availability.when):
            return False
        if any(self._flag(name, span) is True for name in availability.unless):
            return False
        if availability.since is not None and self._era(availability.since, span) < 0:
            return False
        return availability.until is None or self._era(availability.until, span) <= 0

    def _flag(self, name: str, span: Span) -> bool:
        value = self.switches.get(name)
        if not isinstance(value, bool):
            known = [n for n, v in self.switches.items() if isinstance(v, bool)]
            raise _spec_error(self.machine, "no-switch", span, f"'{name}' is no bool switch", nearest(name, known))
        return value

    def _era(self, member: str, span: Span) -> int:
        """The era in force minus this one, in places of the enumeration."""
        for name, decl in self.machine.switches.items():
            if isinstance(decl.type, EnumType) and self.enums[decl.type.name].ordered:
                members = self.enums[decl.type.name].members
                if member in members:
                    return members.index(str(self.switches[name])) - members.index(member)
        raise _spec_error(self.machine, "no-era", span, f"no era switch has a member '{member}'", "")


def settle(machine: Machine, sizes: Mapping[str, int], switches: Mapping[str, SwitchValue | Expr]) -> Settled:
    """Checks sizes and switch values and fills in the defaults.

    A switch may be given as a closed expression, as configurations and profiles do. RequestError for an unknown
    name, a size outside 1..64, a value of another type; SpecError for a default that depends on itself.
    """
    all_sizes = _sizes(machine, sizes)
    for name in switches:
        if name not in machine.switches:
            raise RequestError(f"no switch '{name}'; {nearest(name, machine.switches)}")
    values = _Switches(machine, all_sizes, switches).all()
    for name, value in _Switches(machine, all_sizes, {}).all().items():
        if machine.switches[name].fixed and values[name] != value:
            raise RequestError(f"switch '{name}' is {value} for good, where the part is declared")
    return Settled(machine, all_sizes, values, machine.enums, machine.records)


def _sizes(machine: Machine, given: Mapping[str, int]) -> dict[str, int]:
    for name in given:
        if name not in machine.sorts:
            raise RequestError(f"no sort '{name}'; {nearest(name, machine.sorts)}")
    found: dict[str, int] = {}
    for name, decl in machine.sorts.items():
        size = given.get(name, decl.size)
        if size is None:
            continue
        if type(size) is not int or not 1 <= size <= MAX_SIZE:
            raise RequestError(f"the size of {name} is {size!r}; it must be a number from 1 to {MAX_SIZE}")
        found[name] = size
    return found


class _Switches:
    """Evaluates defaults on demand, so that they may read each other in any order."""

    def __init__(
        self, machine: Machine, sizes: dict[str, int], given: Mapping[str, SwitchValue | Expr]
    ) -> None:
        self.machine = machine
        self.sizes = sizes
        self.given = given
        self.known: dict[str, SwitchValue] = {}
        self.under_way: list[str] = []

    def all(self) -> dict[str, SwitchValue]:
        """Every switch, in declared order."""
        return {name: self.value(name) for name in self.machine.switches}

    def value(self, name: str) -> SwitchValue:
        """The value of one switch."""
        if name in self.known:
            return self.known[name]
        decl = self.machine.switches[name]
        if name in self.under_way:
            ring = " -> ".join([*self.under_way[self.under_way.index(name) :], name])
            raise _spec_error(self.machine, "switch-cycle", decl.span, f"switches depend on each other: {ring}", "")
        self.under_way.append(name)
        given = self.given.get(name, decl.default)
        value = self._closed(decl, given) if isinstance(given, Node) else given
        self.under_way.pop()
        self._check(decl, value)
        self.known[name] = value
        return value

    def _closed(self, decl: SwitchDecl, expr: Expr) -> SwitchValue:
        folded = Folder(self, self.sizes, self.machine.enums, self.machine.records, {}).expr(expr)
        match folded:
            case Lit(_, _, value):
                return value
            case EnumLit(_, _, member):
                return member
            case _:
                message = f"the value of switch '{decl.name}' is not fixed by other switches"
                raise _spec_error(self.machine, "switch-value", expr.span, message, "use literals and other switches")

    def read(self, name: str) -> Expr:
        """The value of a switch as an expression."""
        decl, value = self.machine.switches[name], self.value(name)
        if isinstance(value, str):
            return EnumLit(decl.type, decl.span, value)
        return Lit(decl.type, decl.span, value)

    def _check(self, decl: SwitchDecl, value: SwitchValue) -> None:
        match decl.type:
            case BoolType():
                good, wanted = type(value) is bool, "True or False"
            case IntType(lo, hi):
                low = lo.at(self.sizes) if lo is not None else None
                high = hi.at(self.sizes) if hi is not None else None
                good = type(value) is int and (low is None or low <= value) and (high is None or value <= high)
                wanted = show(decl.type)
            case EnumType(name):
                members = self.machine.enums[name].members
                good, wanted = type(value) is str and value in members, f"one of {', '.join(members)}"
            case _:
                raise _spec_error(self.machine, "switch-type", decl.span, f"a switch cannot be {show(decl.type)}", "")
        if not good:
            raise RequestError(f"switch '{decl.name}' is {value!r}; it must be {wanted}")


class SwitchReader:
    """Settled switch values as expressions."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled

    def read(self, name: str) -> Expr:
        """The value of a switch as an expression."""
        decl, value = self.settled.machine.switches[name], self.settled.switches[name]
        match value:
            case str():
                return EnumLit(decl.type, decl.span, value)
            case bool() | int():
                return Lit(decl.type, decl.span, value)
            case _:
                assert_never(value)


def _spec_error(machine: Machine, code: str, span: Span, message: str, hint: str) -> SpecError:
    return SpecError([Problem(code, span, message, hint)], machine.texts)
