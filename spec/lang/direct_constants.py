"""All choices of the rigid constants that a spec leaves open, by direct run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from spec.lang.direct import holds, methods_of
from spec.lang.direct_kinds import Kind, MapKind
from spec.lang.direct_universe import Universe, current, inside
from spec.lang.direct_values import FrozenMap
from spec.lang.direct_world import open_constants
from spec.lang.errors import RequestError


def constant_choices(cls: type) -> Iterator[dict[str, Any]]:
    """Every choice of the constants that are `every()` in the current universe and that the assumptions allow.

    In the order of their values, the constant declared first slowest. One empty choice if nothing is open.
    """
    world = current()
    if world is None:
        raise RequestError("choices of constants need `with universe(...)`")
    kinds = open_constants(cls)
    for values in itertools.product(*(_values(kind) for kind in kinds.values())):
        chosen = dict(zip(kinds, values, strict=True))
        with inside(Universe(world.sizes, world.switches, {**world.constants, **chosen})):
            instance = cls()
            fits = all(holds(instance, method.name) for method in methods_of(instance, "assume"))
        if fits:
            yield chosen


def _values(kind: Kind) -> list[Any]:
    if not isinstance(kind, MapKind):
        return [kind.decode(code) for code in range(kind.cardinality)]
    keys = list(kind.all_keys())
    items = [kind.value.decode(code) for code in range(kind.value.cardinality)]
    return [FrozenMap(dict(zip(keys, row, strict=True))) for row in itertools.product(items, repeat=len(keys))]
