"""What a reference implementation is to the checker: something that performs the calls of a spec and shows its state.

A binding lives outside the checker (`models.bind.NAME`, found by convention) and is what knows both sides. Nothing in
here names a spec or a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Plain: TypeAlias = "bool | int | str | tuple[Plain, ...] | frozenset[Plain] | None"
"""A value in plain words.

An element of a sort is its number from 0; a member of an enumeration its name; a record or a variant of a union is
(its name, its fields in order); a map the values of its keys in their order (pairs lexicographically); a sequence a
tuple; a set a frozenset; an optional the value itself or None.
"""

Choice = tuple[str, Plain]
"""A choice of nature as the spec reads it, `function.name`, and what was chosen."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An instance of the spec, in plain words. `fields` are those that `Running.state` has to give, in order."""

    sizes: Mapping[str, int]
    switches: Mapping[str, Plain]
    constants: Mapping[str, Plain]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave. `errno` is "" unless it was refused; `warned` if the model recorded a WARN.

    `reached` names every place where the call could have failed inside, in order; `unused` are the choices that were
    handed in and that the model never asked for.
    """

    kind: Literal["done", "refused", "blocked"]
    errno: str = ""
    outputs: Mapping[str, Plain] = field(default_factory=dict)
    warned: bool = False
    reached: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


class Running(Protocol):
    """One model that runs."""

    def perform(
        self, action: str, args: tuple[Plain, ...], choices: tuple[Choice, ...], inject: int | None = None
    ) -> Answer:
        """Performs a call. Inner failures are those that the choices ask for, and the one with the number `inject`
        among the places that are reached, whether the spec has a choice there or not."""
        ...

    def state(self) -> tuple[Plain, ...]:
        """The value of every field of the setting, read off the model."""
        ...

    def mark(self) -> int:
        """A moment to come back to."""
        ...

    def back(self, mark: int) -> None:
        """Everything as it was at the mark."""
        ...

    def leaks(self) -> tuple[str, ...]:
        """What is allocated and belongs to nothing any more; empty if all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """An instance that the model is held against: exhaustively, or by sampling if it is `large`."""

    name: str
    kernel: str | None = None
    configuration: str | None = None
    sizes: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    large: bool = False


class Model(Protocol):
    """What a binding module calls `MODEL`. `spec` is the name to load; `must` begins the names of inner failures that
    an axiom of the spec excludes."""

    @property
    def spec(self) -> str:
        """The spec, named as for `check`."""
        ...

    @property
    def cases(self) -> tuple[Case, ...]:
        """The instances, small ones first."""
        ...

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        """A fresh model, in the initial state that these choices give. ValueError for a setting it does not know."""
        ...
