"""The worlds of the parts of a spec, and which of their actions also happen by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from spec.lang.declared import PartText
from spec.lang.errors import nearest
from spec.lang.lineage import Lineage, Method
from spec.lang.lock_declarations import lock_in
from spec.lang.part_classes import part_class
from spec.lang.program import Program
from spec.lang.world import World

Acting = dict[str, tuple[World, Method]]
"""Actions by name; that of a part's action begins with the names of the parts that lead to it."""


def whole_world(program: Program, lineage: Lineage) -> World:
    """The world of a spec with those of all its parts."""
    world = World(program, lineage)
    _add_parts(world)
    return world


def _add_parts(world: World) -> None:
    for home, text in world.lineage.parts():
        cls = part_class(world.program, home, text)
        if cls is not None:
            lineage = Lineage(world.program, cls, f"{world.prefix}{text.name}.")
            part = World(world.program, lineage, world, text, home)
            world.parts[text.name] = part
            _refuse_processes(part, text)
            _add_parts(part)


def _refuse_processes(part: World, text: PartText) -> None:
    """A part has neither processes nor locks. The one place to change once it may."""
    found = [m.name for m in part.lineage.methods() if m.word == "process"]
    found += [v.name for _, v in part.lineage.variables() if lock_in(v.annotation) is not None]
    if found:
        message = f"'{text.cls}' has processes or locks ({', '.join(found)}), which a part cannot have"
        part.problem("bad-part", text.span, message, "write them in the whole, or make the whole extend the class")


def in_order(world: World) -> Iterator[tuple[World, str]]:
    """The names of all members of a spec as declared; in place of a part stand its members."""
    for name, (_, member) in world.lineage.members.items():
        if not isinstance(member, PartText):
            yield world, name
        elif name in world.parts:
            yield from in_order(world.parts[name])


def acting(world: World) -> Acting:
    """The actions of a spec that happen by themselves, those of its parts among them, by name in the spec."""
    found: Acting = {}
    for name, (_, member) in world.lineage.members.items():
        if isinstance(member, PartText):
            if name in world.parts:
                found |= {f"{name}.{action}": at for action, at in _named(world.parts[name], member).items()}
            continue
        method = world.lineage.method(name)
        if method is not None and method.action_kind is not None:
            found[name] = (world, method)
    return found


def _named(part: World, text: PartText) -> Acting:
    """The actions of a part that its declaration names."""
    actions = acting(part)
    for name, span in text.actions:
        if name not in actions:
            hint = nearest(name, actions)
            method = part.lineage.method(name)
            if method is not None:
                hint = f"'{name}' is no action"
            part.problem("unknown-action", span, f"'{text.cls}' has no action '{name}'", hint)
    wanted = {name for name, _ in text.actions}
    return {name: at for name, at in actions.items() if text.every or name in wanted}
