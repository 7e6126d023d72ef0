"""Finite machines to compare on: one configuration of a shipped spec at one choice of constants, under all meanings."""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from checker.constants import as_slots, constant_choices
from checker.explicit.layout import Layout
from checker.request import Instance, Settings, instances
from spec.lang import direct
from spec.lang.direct_constants import constant_choices as direct_choices
from spec.lang.direct_convert import from_value, to_value
from spec.lang.direct_explore import DirectExploration, explore_direct
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import EnumLit, Lit
from spec.lang.machine import Machine
from spec.lang.values import Value

MAIN = "spec.uapi.dma_ownership:DmaOwnership"
Slots = tuple[int, ...]


@functools.cache
def machine_of(target: str) -> Machine:
    """A shipped spec, read once."""
    return load(target)


def instance_of(target: str, configuration: str, *switches: str, kernel: str | None = None) -> Instance:
    """A configuration with settings over it, as a user would type them."""
    settings = Settings(switches=switches, kernel=kernel, configuration=configuration)
    (found,) = instances(machine_of(target), settings)
    return found


@dataclass(frozen=True)
class Case:
    """One finite machine with a value for each constant; `switches` are only those that differ from the defaults."""

    target: str
    name: str
    ground: GroundMachine
    switches: Mapping[str, bool | int | str]
    constants: Mapping[str, Value]

    @functools.cached_property
    def slots(self) -> dict[str, Slots]:
        """The constants as engines take them."""
        return as_slots(self.ground, self.constants)

    @functools.cached_property
    def layout(self) -> Layout:
        """The slots of a state."""
        return Layout(self.ground)

    @functools.cached_property
    def cls(self) -> Any:
        """The class itself, which the direct run uses."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)

    @functools.cached_property
    def rigid(self) -> dict[str, Any]:
        """The constants as objects of the direct run; those that the finite machine never reads take any value."""
        with self._universe({}):
            some = next(direct_choices(self.cls))
        with self._universe(some):
            variables = self.cls()._world.variables
            known = {name: from_value(value, variables[name].kind) for name, value in self.constants.items()}
        with self._universe(known):
            return known | next(direct_choices(self.cls))

    def _universe(self, constants: Mapping[str, Any]) -> AbstractContextManager[Any]:
        return direct.universe(switches=self.switches, constants=constants, **self.ground.sizes)

    def instance(self) -> Any:
        """An instance of the class at these sizes, switches and constants.

        AssertionError where Python's meaning of the switches is not what grounding made of them.
        """
        with self._universe(self.rigid):
            made = self.cls()
        for name, value in self.ground.switches.items():
            assert (name, value) == (name, _plain(to_value(getattr(made, name))))
        return made

    def explore_direct(self) -> DirectExploration:
        """All states by direct run."""
        return explore_direct(self.cls, dict(self.ground.sizes), dict(self.switches), self.rigid)


def cases(
    target: str, instance: Instance, sizes: Mapping[str, int] | None = None, most: int | None = None
) -> Iterator[Case]:
    """An instance at the first `most` choices of its constants, all if None."""
    machine = machine_of(target)
    made = ground(machine, {**instance.sizes, **(sizes or {})}, instance.switches)
    switches = {name: _setting(value) for name, value in instance.switches.items()}
    choices = constant_choices(made, instance.constants)
    assert choices, f"{instance.configuration} has no choice of constants"
    for number, chosen in enumerate(itertools.islice(choices, most)):
        yield Case(target, f"{machine.name}-{instance.configuration}-{number}", made, switches, chosen)


def small_sizes(target: str, instance: Instance) -> dict[str, int]:
    """Two devices, one table of each owner, and never more than two of anything."""
    declared = {name: instance.sizes.get(name, sort.size or 1) for name, sort in machine_of(target).sorts.items()}
    return {name: min(size, 2) for name, size in declared.items()} | {"Device": 2, "TableId": 1}


def _setting(value: object) -> bool | int | str:
    match value:
        case bool() | int() | str():
            return value
        case Lit(_, _, inner):
            return inner
        case EnumLit(_, _, member):
            return member
        case _:
            raise AssertionError(f"{value} is no setting of a switch")


def _plain(value: Any) -> Any:
    """A value as grounding keeps switches: members by name."""
    return getattr(value, "name", value)
