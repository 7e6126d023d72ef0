"""The circuits of one configuration: usually one for all choices of the constants, and what is asked of them.

NOTE(kept): what is proved is about runs inside the boundaries. Whether a run ever leaves one is asked too, as if the
boundary were an invariant: where that is proved the boundary takes nothing away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from checker.request import Instance
from checker.symbolic.encode import Encoded, encode
from checker.symbolic_answer import kept_boundary
from spec.lang.ground import GroundMachine
from spec.lang.ir import Call, ConstRead, Expr
from spec.lang.machine import Property
from spec.lang.values import Value
from spec.lang.walk import subexpressions


@dataclass(frozen=True, slots=True)
class Coded:
    """A machine and its circuit, at some fixed constants; the others are bits of the state."""

    ground: GroundMachine
    encoded: Encoded

    @property
    def names(self) -> frozenset[str]:
        """Everything that can be asked."""
        return frozenset(ask.name for ask in self.encoded.system.asks)


def coded(ground: GroundMachine, instance: Instance, choices: Sequence[Mapping[str, Value]]) -> list[Coded]:
    """The circuits that stand for all choices together. `Unsupported` where a type has too many values."""
    watched = with_kept_boundaries(ground)
    return [Coded(watched, encode(watched, given)) for given in valuations(ground, instance, choices)]


def valuations(
    ground: GroundMachine, instance: Instance, choices: Sequence[Mapping[str, Value]]
) -> list[Mapping[str, Value]]:
    """What to fix: all constants of a single choice, else those that have a value of their own.

    Where the value of one is made from others every choice is a circuit of its own, for a circuit knows of constants
    only what is assumed of them.
    """
    sources: dict[str, Expr | None] = {n: instance.constants.get(n, c.init) for n, c in ground.constants.items()}
    if len(choices) == 1 or any(_is_made(source) for source in sources.values()):
        return list(choices)
    return [{name: choices[0][name] for name, source in sources.items() if source is not None}]


def _is_made(source: Expr | None) -> bool:
    return source is not None and any(isinstance(e, ConstRead | Call) for e in subexpressions(source))


def with_kept_boundaries(ground: GroundMachine) -> GroundMachine:
    """The machine with one more invariant for each boundary; see NOTE(kept)."""
    kept: list[Property] = [
        replace(p, name=kept_boundary(p.name), kind="invariant") for p in ground.properties if p.kind == "boundary"
    ]
    return replace(ground, properties=(*ground.properties, *kept)) if kept else ground
