"""Assembles the `Machine` of one spec class from the declarations and bodies that its lineage gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from spec.lang.bodies import Bodies
from spec.lang.declared import ClassText
from spec.lang.errors import nearest
from spec.lang.lineage import Lineage, Method
from spec.lang.machine import Action, Function, Machine, Param, Property, Provenance
from spec.lang.program import Program
from spec.lang.settings import read_configurations, read_profiles
from spec.lang.types import EnumType
from spec.lang.world import World

ALWAYS_ON = ("refused_calls_change_nothing", "bounds_are_kept", "no_warnings", "no_deadlock")
"""Names of the properties that every spec has."""

WITH_PREMISE = ("invariant", "action", "during", "lemma")
D = TypeVar("D")


def build(program: Program, cls: ClassText) -> Machine:
    """The machine of a spec class. Mistakes are in `program.problems`; the machine counts only if there are none."""
    program.name_keys()
    lineage = Lineage(program, cls)
    world = World(program, lineage)
    variables = [var.name for _, var in lineage.variables()]
    switches = _found(variables, world.switch)
    constants = _found(variables, world.constant)
    fields = _found(variables, world.field)
    _check_eras(world)
    bodies = Bodies(world)
    initial = _initial(lineage, bodies)
    actions = _actions(lineage, bodies)
    properties = {m.name: _property(world, bodies, m) for m in lineage.methods() if m.property_kind is not None}
    profiles = read_profiles(world)
    configurations = read_configurations(world)
    _check_names(world, properties)
    _check_any_order(world)
    bodies.check_the_rest()
    text = program.modules[cls.module.source.key]
    return Machine(
        name=cls.name,
        module=text.name,
        file=text.file,
        title=cls.doc.splitlines()[0] if cls.doc else "",
        doc=cls.doc,
        role=cls.role,
        bases=tuple(base.name for base in lineage.order[1:]),
        sorts=_in_order(program, world.sorts),
        enums=_in_order(program, world.enums),
        records=_in_order(program, world.records),
        fields=fields,
        constants=constants,
        switches=switches,
        profiles=profiles,
        configurations=configurations,
        functions=bodies.functions,
        actions=actions,
        properties=properties,
        initial=initial,
        sites=tuple(world.ledger.sites),
        warnings=tuple(world.ledger.warnings),
        texts=dict(program.texts),
        digest=digest(program, cls),
    )


def digest(program: Program, cls: ClassText) -> str:
    """A fingerprint of every text that the class may depend on, wherever the files lie."""
    hasher = hashlib.sha256(cls.name.encode())
    for module in program.finished:
        data = module.text.encode()
        hasher.update(f"\0{module.name}\0{len(data)}\0".encode())
        hasher.update(data)
    return hasher.hexdigest()


def _found(names: list[str], look_up: Callable[[str], D | None]) -> dict[str, D]:
    return {name: decl for name in names if (decl := look_up(name)) is not None}


def _actions(lineage: Lineage, bodies: Bodies) -> dict[str, Action]:
    actions: dict[str, Action] = {}
    for method in lineage.methods():
        if method.action_kind is None:
            continue
        function = bodies.method(method)
        mark = method.mark
        actions[method.name] = Action(
            method.name,
            method.action_kind,
            function.name,
            function.doc,
            function.span,
            mark.provenance if mark is not None else Provenance(),
            function.availability,
            tuple(reason for reason, _ in mark.any_order) if mark is not None else (),
        )
    return actions


def _initial(lineage: Lineage, bodies: Bodies) -> str | None:
    methods = [method for method in lineage.methods() if method.kind == "initial"]
    for extra in methods[1:]:
        hint = f"override '{methods[0].name}', or drop it: `{methods[0].name} = None`"
        bodies.world.problem("two-initials", extra.span, f"'{methods[0].name}' is already @initial", hint)
    return bodies.method(methods[0]).name if methods else None


def _property(world: World, bodies: Bodies, method: Method) -> Property:
    kind = method.property_kind
    assert kind is not None and method.mark is not None
    named = _named_actions(world, method)
    function: Function = bodies.method(method, _common_params(world, named) if kind == "action" else {})
    premise = bodies.premise(method, function) if kind in WITH_PREMISE else None
    on = tuple(action.name for action in named) if method.mark.on else ()
    return Property(
        method.name, kind, function.name, premise, function.doc, function.span, on, function.availability
    )


def _named_actions(world: World, method: Method) -> list[Method]:
    """The actions that an action property is about; all of them when it names none."""
    actions = {m.name: m for m in world.lineage.methods() if m.action_kind is not None}
    if method.mark is None or not method.mark.on:
        return list(actions.values())
    for name, span in method.mark.on:
        if name not in actions:
            world.problem("unknown-action", span, f"there is no action '{name}'", nearest(name, actions))
    return [actions[name] for name, _ in method.mark.on if name in actions]


def _common_params(world: World, actions: list[Method]) -> dict[str, Param]:
    """The parameters that all the actions have, with one type."""
    if not actions:
        return {}
    first, *others = [world.signature(action).params for action in actions]
    kinds = [{p.name: p.type for p in params} for params in others]
    return {p.name: p for p in first if all(types.get(p.name) == p.type for types in kinds)}


def _check_eras(world: World) -> None:
    seen: dict[str, str] = {}
    for cls, var in world.lineage.variables():
        switch = world.switch(var.name)
        if switch is None or not isinstance(switch.type, EnumType) or not world.enums[switch.type.name].ordered:
            continue
        if switch.type.name in seen:
            message = f"'{var.name}' and '{seen[switch.type.name]}' are both switches of the era '{switch.type.name}'"
            hint = f"keep one of them (seen from '{cls.name}')" if cls is not world.lineage.cls else "keep one of them"
            world.problem("two-eras", var.span, message, hint)
        seen.setdefault(switch.type.name, var.name)


def _check_names(world: World, properties: dict[str, Property]) -> None:
    for method in world.lineage.methods():
        if method.property_kind is not None and method.name in ALWAYS_ON:
            message = f"'{method.name}' is the name of a property that every spec has"
            world.problem("reserved-name", method.span, message, "use another name")
    known = [*properties, *ALWAYS_ON]
    for name, span in world.lineage.cls.breaks:
        if name not in known:
            world.problem("unknown-property", span, f"there is no property '{name}' to break", nearest(name, known))


def _check_any_order(world: World) -> None:
    reasons = {site.reason for site in world.ledger.sites if site.reason}
    for method in world.lineage.methods():
        if method.mark is None or not method.marked_here:
            continue
        for reason, span in method.mark.any_order:
            if reason not in reasons:
                world.problem("unknown-reason", span, f"nothing answers '{reason}'", nearest(reason, reasons))


def _in_order(program: Program, used: dict[str, D]) -> dict[str, D]:
    """The declarations in use, in declared order, those of an imported file before those of the importing one."""
    keys = [program.key_of(module, name) for module in program.finished for name in module.defs]
    return {key: used[key] for key in dict.fromkeys(keys) if key in used}
