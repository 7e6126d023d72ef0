"""A state of a spec in plain words: what a translation is shown that asks for an answer of the state itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.conform.implementation import Plain
from checker.conform.plain import plain_of
from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine
from spec.lang.values import Value


class StateView(Mapping[str, Plain]):
    """A state by its fields, each in plain words; worked out when it is asked for.

    RequestError for a field that the instance does not have.
    """

    def __init__(self, state: Mapping[str, Value], ground: GroundMachine) -> None:
        self._state, self._ground = state, ground
        self._seen: dict[str, Plain] = {}

    def __getitem__(self, name: str) -> Plain:
        if name not in self._state:
            raise RequestError(f"the translation asks for the field {name}; {nearest(name, self._state)}")
        if name not in self._seen:
            self._seen[name] = plain_of(self._state[name], self._ground)
        return self._seen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._state)

    def __len__(self) -> int:
        return len(self._state)
