"""The instances that a model is held against, made ready: the spec at the case's settings, one side for each choice of
its constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import overload

from checker.conform.implementation import Case
from checker.conform.spec_side import SpecSide
from checker.constants import Valuation, as_slots, constant_choices
from checker.explicit.py_answers import Answers, choice_decoders
from checker.request import Settings, instances
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import Value


def settings_of(case: Case, asked: Settings) -> Settings:
    """The settings of a case; what the user says wins."""
    return replace(
        asked,
        sizes=(*case.sizes, *asked.sizes),
        switches=(*case.switches, *asked.switches),
        constants=(*case.constants, *asked.constants),
        kernel=asked.kernel if asked.kernel is not None else case.kernel,
        configuration=asked.configuration if asked.configuration is not None else case.configuration,
    )


def ground_of(machine: Machine, case: Case, asked: Settings) -> tuple[GroundMachine, list[Valuation]]:
    """The finite machine of a case, and the choices of its constants."""
    instance = instances(machine, settings_of(case, asked))[0]
    finite = ground(machine, instance.sizes, instance.switches)
    choices = constant_choices(finite, instance.constants)
    if not choices:
        raise RequestError(f"{case.name}: no choice of the constants is left by what is assumed")
    return finite, choices


class Sides(Sequence[SpecSide]):
    """The sides of a case, one for each choice of the constants, each made when it is wanted."""

    def __init__(self, finite: GroundMachine, choices: Sequence[Mapping[str, Value]]) -> None:
        self._finite, self._choices = finite, choices
        self._decoders = choice_decoders(finite)

    def __len__(self) -> int:
        return len(self._choices)

    @overload
    def __getitem__(self, place: int) -> SpecSide: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SpecSide]: ...
    def __getitem__(self, place: int | slice) -> SpecSide | Sequence[SpecSide]:
        if isinstance(place, slice):
            return Sides(self._finite, self._choices[place])
        choice = self._choices[place]
        return SpecSide(Answers(self._finite, as_slots(self._finite, choice)), choice, self._decoders)


def sides_of(machine: Machine, case: Case, asked: Settings | None = None) -> Sides:
    """The sides of a case."""
    return Sides(*ground_of(machine, case, asked or Settings()))
