"""`Variable`: one thing that a picture of the state graph can tell states apart by, a field or one entry of a map."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine
from spec.lang.types import BoolType, EnumType, MapType, OptionType, Type
from spec.lang.values import MapValue, Value, map_keys, show_value


@dataclass(frozen=True, slots=True)
class Variable:
    """A field of the state, or the entry at `place` of a field that is a map.

    `name` is what people write after `--by`: `owner[g0]`. `type` is the type of the entry, never a map.
    """

    name: str
    field: str
    type: Type
    place: int | None = None

    def of(self, state: Mapping[str, Value]) -> Value:
        """The value in a state as `evaluate` writes it."""
        value = state[self.field]
        if self.place is None:
            return value
        assert isinstance(value, MapValue)
        return value.entries[self.place]


def entries(ground: GroundMachine, field: str) -> list[Variable]:
    """What one field consists of: itself, or its entries in key order."""
    kind = ground.fields[field].type
    if not isinstance(kind, MapType):
        return [Variable(field, field, kind)]
    return [
        Variable(f"{field}[{', '.join(show_value(k, ground) for k in keys)}]", field, kind.value, place)
        for place, keys in enumerate(map_keys(kind, ground))
    ]


def variables(ground: GroundMachine) -> list[Variable]:
    """All variables in declared order; fields that keep their initial value are not among them."""
    return [variable for field in ground.fields for variable in entries(ground, field)]


def is_control(ground: GroundMachine, field: str) -> bool:
    """True if the field says where a machine stands: enumerations, bools, options, and where a process is.

    What else a process keeps between two of its blocks is data.
    """
    kind = ground.fields[field].type
    inner = kind.value if isinstance(kind, MapType) else kind
    if ground.machine.fields[field].hidden:
        return isinstance(inner, EnumType)
    return isinstance(inner, EnumType | BoolType | OptionType)


def named(ground: GroundMachine, words: Sequence[str]) -> list[Variable]:
    """The variables that `--by` names: `owner,domain[g0]`; a map without a key is all of its entries.

    RequestError: a name or key that does not exist, a field that keeps its initial value, a name without end.
    """
    found: dict[str, Variable] = {}
    for word in (piece for text in words for piece in _pieces(text)):
        for variable in _named(ground, word):
            found.setdefault(variable.name, variable)
    if not found:
        raise RequestError("--by names no variable; write it as --by owner,domain[g0]")
    return list(found.values())


def _pieces(text: str) -> list[str]:
    """What stands between commas that are not inside brackets."""
    return [piece.strip() for piece in re.split(r",(?![^\[\]]*\])", text) if piece.strip()]


def _named(ground: GroundMachine, word: str) -> list[Variable]:
    match = re.fullmatch(r"([^\[\]]+?)\s*(?:\[([^\[\]]*)\])?", word)
    if match is None:
        raise RequestError(f"--by {word}: write a variable as name or name[key]")
    field, key = match.groups()
    if field not in ground.fields:
        raise RequestError(_unknown(ground, field))
    known = entries(ground, field)
    if key is None:
        return known
    if known[0].place is None:
        raise RequestError(f"--by {word}: {field} is no map, so it has no entry '{key}'")
    wanted = f"{field}[{', '.join(part.strip() for part in key.split(','))}]"
    for variable in known:
        if variable.name == wanted:
            return [variable]
    keys = [v.name[len(field) + 1 : -1] for v in known]
    raise RequestError(f"--by {word}: {field} has no entry '{key.strip()}'; {nearest(key.strip(), keys)}")


def _unknown(ground: GroundMachine, field: str) -> str:
    name = ground.machine.name
    if field in ground.machine.fields:
        return f"--by {field}: at these sizes and switches nothing changes it, so it tells no states apart"
    return f"{name} has no variable '{field}'; {nearest(field, ground.fields)}"
