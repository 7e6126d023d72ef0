"""What the machine of a spec with parts has besides its own declarations: one initialiser, and who asks what."""

from __future__ import annotations

from dataclasses import replace

from spec.lang.bodies import Bodies
from spec.lang.ir import Call, Do
from spec.lang.machine import Function, Property, part_of
from spec.lang.part_calls import called_inside
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE
from spec.lang.world import World


def initialiser(world: World, bodies: Bodies) -> str | None:
    """The function that makes the initial states: those of the parts in declared order, then that of the spec."""
    keys = _initialisers(world, bodies)
    if len(keys) < 2:
        return keys[0] if keys else None
    name = f"{world.lineage.cls.name}.initial of all parts"
    steps = tuple(Do(Call(NONE, BUILTIN, key, ()), BUILTIN) for key in keys)
    bodies.functions[name] = Function(name, (), (), NONE, steps, {}, "", world.lineage.cls.span)
    return name


def _initialisers(world: World, bodies: Bodies) -> list[str]:
    keys = [key for part in world.parts.values() for key in _initialisers(part, bodies)]
    methods = [method for method in world.lineage.methods() if method.kind == "initial"]
    for extra in methods[1:]:
        hint = f"override '{methods[0].name}', or drop it: `{methods[0].name} = None`"
        world.problem("two-initials", extra.span, f"'{methods[0].name}' is already @initial", hint)
    if methods:
        world.signature(methods[0])
        keys.append(bodies.method(methods[0]).name)
    return keys


def with_inner_calls(properties: dict[str, Property], functions: dict[str, Function]) -> dict[str, Property]:
    """The properties, those about steps of parts with the actions that text around the part calls."""
    called = called_inside(functions)
    return {
        name: replace(prop, inner=tuple(action for action in prop.on if action in called)) if part_of(name) else prop
        for name, prop in properties.items()
    }
