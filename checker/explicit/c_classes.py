"""Which steps and properties the search may remember together: those that read and write the same bits of a state."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.explicit.c_properties import BOUNDARIES
from checker.explicit.layout import Layout
from checker.explicit.py_fold import ANY
from checker.explicit.py_masks import Reach
from checker.explicit.py_runtime import decoder
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Property
from spec.lang.values import cardinality

MOST_TURNS = 20_000
"""With more steps to try in each state than this, telling them apart takes longer than it saves."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Masks (bits of a packed state) with their members; `checks` are properties of single states, `steps` turns."""

    checks: dict[int, list[int]]
    steps: dict[int, list[int]]


def classes(ground: GroundMachine, layout: Layout, constants: Mapping[str, Sequence[int]]) -> Classes:
    """All properties of single states and all turns (actions with arguments, in search order) by what they touch."""
    reach = Reach(ground, layout, constants)
    made = Classes({}, {})
    boundaries: set[int] = set()
    for place, prop in enumerate(ground.properties):
        if prop.kind in ("invariant", "goal"):
            made.checks.setdefault(layout.mask(_reads(reach, prop, [])), []).append(place)
        elif prop.kind == "boundary":
            boundaries |= _reads(reach, prop, [])
    if any(prop.kind == "boundary" for prop in ground.properties):
        made.checks.setdefault(layout.mask(frozenset(boundaries)), []).append(BOUNDARIES)
    turn = 0
    for action in ground.actions:
        kinds = [param.type for param in ground.functions[action.function].params]
        decoders = [decoder(kind, ground) for kind in kinds]
        for codes in itertools.product(*(range(cardinality(kind, ground)) for kind in kinds)):
            values = [decode(code) for decode, code in zip(decoders, codes, strict=True)]
            made.steps.setdefault(layout.mask(_touched(ground, reach, action, values)), []).append(turn)
            turn += 1
    return made


def checks_of(ground: GroundMachine) -> list[int]:
    """All properties of single states, as members of a class."""
    places = [place for place, prop in enumerate(ground.properties) if prop.kind in ("invariant", "goal")]
    return [*places, BOUNDARIES] if any(prop.kind == "boundary" for prop in ground.properties) else places


def _reads(reach: Reach, prop: Property, args: list[Any]) -> frozenset[int]:
    names = [prop.function] if prop.premise is None else [prop.function, prop.premise]
    return frozenset().union(*(reach.call(name, args).reads for name in names))


def _touched(ground: GroundMachine, reach: Reach, action: Action, values: list[Any]) -> frozenset[int]:
    """The slots that an action with these arguments may read or write, itself or in the properties that judge it."""
    own = reach.call(action.function, values)
    slots = own.reads | own.writes
    names = [param.name for param in ground.functions[action.function].params]
    for prop in ground.properties:
        if prop.kind == "during" and own.writes:
            slots |= _reads(reach, prop, [])
        elif prop.kind == "action" and (not prop.on or action.name in prop.on):
            wanted = ground.functions[prop.function].params[1:]
            slots |= _reads(reach, prop, [ANY, *(values[names.index(param.name)] for param in wanted)])
    return slots
