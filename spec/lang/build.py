"""Assembles the `Machine` of one spec class from the declarations and bodies that its lineage gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

from spec.lang.bodies import Bodies
from spec.lang.declared import ClassText
from spec.lang.errors import nearest
from spec.lang.lineage import Lineage, Method
from spec.lang.machine import (
    Action,
    ConstantDecl,
    FieldDecl,
    Function,
    Machine,
    Param,
    Property,
    Provenance,
    Refinement,
    SwitchDecl,
)
from spec.lang.part_build import initialiser, with_inner_calls
from spec.lang.part_shared import check_shared, worlds
from spec.lang.part_worlds import Acting, acting, in_order, whole_world
from spec.lang.process_machine import Parts, with_processes
from spec.lang.process_points import NO_LOCK_CYCLE
from spec.lang.program import Program
from spec.lang.refine import read_refinements
from spec.lang.settings import read_configurations, read_profiles
from spec.lang.spans import Span
from spec.lang.types import EnumType
from spec.lang.world import World

ALWAYS_ON = ("refused_calls_change_nothing", "bounds_are_kept", "no_warnings", "no_deadlock")
"""Names of the properties that every spec has."""

WITH_PREMISE = ("invariant", "action", "during", "lemma")
D = TypeVar("D", SwitchDecl, ConstantDecl, FieldDecl)
U = TypeVar("U")


def build(program: Program, cls: ClassText, inside: tuple[ClassText, ...] = ()) -> Machine:
    """The machine of a spec class. Mistakes are in `program.problems`; the machine counts only if there are none.

    `inside` are the classes whose refinements are being read, so that none refines itself.
    """
    program.name_keys()
    lineage = Lineage(program, cls)
    world = whole_world(program, lineage)
    switches = _found(each.switch(name) for each, name in in_order(world))
    constants = _found(each.constant(name) for each, name in in_order(world))
    fields = _found(each.field(name) for each, name in in_order(world))
    check_shared(world)
    _check_eras(world)
    bodies = Bodies(world)
    initial = initialiser(world, bodies)
    actions = _actions(world, bodies)
    properties = {p.name: p for p in _properties(world, bodies)}
    refinements = _refinements(program, world, bodies, actions, (*inside, cls))
    profiles = read_profiles(world)
    configurations = read_configurations(world)
    _check_names(world)
    _check_any_order(world)
    bodies.check_the_rest()
    properties = with_inner_calls(properties, bodies.functions)
    parts = Parts(bodies.functions, actions, properties, fields, _in_order(program, world.enums))
    if not program.problems:
        parts = with_processes(world, bodies, parts)
    _check_breaks(world, [*parts.properties, *refinements, *([NO_LOCK_CYCLE] if program.problems else [])])
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
        enums=parts.enums,
        records=_in_order(program, world.records),
        fields=parts.fields,
        constants=constants,
        switches=switches,
        profiles=profiles,
        configurations=configurations,
        functions=parts.functions,
        actions=parts.actions,
        properties=parts.properties,
        initial=initial,
        sites=tuple(world.ledger.sites),
        warnings=tuple(world.ledger.warnings),
        texts=dict(program.texts),
        digest=digest(program, cls),
        refinements=refinements,
        waits=tuple(parts.waits),
    )


def _refinements(
    program: Program, world: World, bodies: Bodies, actions: dict[str, Action], inside: tuple[ClassText, ...]
) -> dict[str, Refinement]:
    def abstract(of: ClassText, span: Span) -> Machine | None:
        if of in inside:
            message = f"'{of.name}' would refine itself"
            world.problem("recursive-refinement", span, message, "refine a spec that does not refine this one")
            return None
        return build(program, of, inside)

    return read_refinements(world, bodies, actions, abstract)


def digest(program: Program, cls: ClassText) -> str:
    """A fingerprint of every text that the class may depend on, wherever the files lie."""
    hasher = hashlib.sha256(cls.name.encode())
    for module in program.finished:
        data = module.text.encode()
        hasher.update(f"\0{module.name}\0{len(data)}\0".encode())
        hasher.update(data)
    return hasher.hexdigest()


def _found(declared: Iterable[D | None]) -> dict[str, D]:
    return {decl.name: decl for decl in declared if decl is not None}


def _actions(world: World, bodies: Bodies) -> dict[str, Action]:
    actions: dict[str, Action] = {}
    for name, (_, method) in acting(world).items():
        function = bodies.method(method)
        mark = method.mark
        assert method.action_kind is not None, "only actions happen by themselves"
        actions[name] = Action(
            name,
            method.action_kind,
            function.name,
            function.doc,
            function.span,
            mark.provenance if mark is not None else Provenance(),
            function.availability,
            tuple(reason for reason, _ in mark.any_order) if mark is not None else (),
            (mark.fair or "") if mark is not None else "",
        )
    return actions


def _properties(world: World, bodies: Bodies) -> Iterator[Property]:
    """The properties of a spec and its parts; one about steps of a part that has no actions is about nothing."""
    for each, name in in_order(world):
        method = each.lineage.method(name)
        if method is not None and method.property_kind is not None:
            if method.property_kind != "action" or each.whole is None or acting(each):
                yield _property(each, bodies, method)


def _property(world: World, bodies: Bodies, method: Method) -> Property:
    kind = method.property_kind
    assert kind is not None and method.mark is not None
    named = _named_actions(world, method)
    function: Function = bodies.method(method, _common_params(named) if kind == "action" else {})
    premise = bodies.premise(method, function) if kind in WITH_PREMISE else None
    premise = bodies.promise(function) if kind == "leads_to" else premise
    about_all = kind != "action" or (world.whole is None and not method.mark.on)
    on = () if about_all else tuple(world.prefix + name for name in named)
    return Property(
        world.prefix + method.name, kind, function.name, premise, function.doc, function.span, on, function.availability
    )


def _named_actions(world: World, method: Method) -> Acting:
    """The actions that an action property is about; all of them when it names none."""
    actions = acting(world)
    if method.mark is None or not method.mark.on:
        return actions
    blocks = {m: p.name for p in world.processes() for _, m in p.points}
    actions |= {member: actions[name] for member, name in blocks.items() if name in actions}
    for name, span in method.mark.on:
        if name not in actions:
            world.problem("unknown-action", span, f"there is no action '{name}'", nearest(name, actions))
    return {name: actions[name] for name, _ in method.mark.on if name in actions}


def _common_params(actions: Acting) -> dict[str, Param]:
    """The parameters that all the actions have, with one type."""
    if not actions:
        return {}
    first, *others = [
        home.signature(action).params[: home.shared_params(action)] for home, action in actions.values()
    ]
    kinds = [{p.name: p.type for p in params} for params in others]
    return {p.name: p for p in first if all(types.get(p.name) == p.type for types in kinds)}


def _check_eras(world: World) -> None:
    seen: dict[str, str] = {}
    for cls, var, switch in ((c, v, w.switch(v.name)) for w in worlds(world) for c, v in w.lineage.variables()):
        if switch is None or not isinstance(switch.type, EnumType) or not world.enums[switch.type.name].ordered:
            continue
        if seen.get(switch.type.name, var.name) != var.name:
            message = f"'{var.name}' and '{seen[switch.type.name]}' are both switches of the era '{switch.type.name}'"
            hint = f"keep one of them (seen from '{cls.name}')" if cls is not world.lineage.cls else "keep one of them"
            world.problem("two-eras", var.span, message, hint)
        seen.setdefault(switch.type.name, var.name)
    _check_members(world, list(seen))


def _check_members(world: World, eras: list[str]) -> None:
    """Availability names a member only, so no two eras may have one in common."""
    owner: dict[str, str] = {}
    for era in eras:
        for member in world.enums[era].members:
            if owner.setdefault(member, era) != era:
                message = f"the eras '{owner[member]}' and '{era}' both have a member '{member}'"
                world.problem("two-eras", world.enums[era].span, message, "use one era for the spec and its parts")
                return


def _check_names(world: World) -> None:
    for method in (method for each in worlds(world) for method in each.lineage.methods()):
        if method.property_kind is not None and method.name in (*ALWAYS_ON, NO_LOCK_CYCLE):
            message = f"'{method.name}' is the name of a property that every spec has"
            world.problem("reserved-name", method.span, message, "use another name")


def _check_breaks(world: World, properties: list[str]) -> None:
    known = [*properties, *ALWAYS_ON]
    for name, span in world.lineage.cls.breaks:
        if name not in known:
            world.problem("unknown-property", span, f"there is no property '{name}' to break", nearest(name, known))


def _check_any_order(world: World) -> None:
    reasons = {site.reason for site in world.ledger.sites if site.reason}
    for method in (method for each in worlds(world) for method in each.lineage.methods()):
        if method.mark is None or not method.marked_here:
            continue
        for reason, span in method.mark.any_order:
            if reason not in reasons:
                world.problem("unknown-reason", span, f"nothing answers '{reason}'", nearest(reason, reasons))


def _in_order(program: Program, used: dict[str, U]) -> dict[str, U]:
    """The declarations in use, in declared order, those of an imported file before those of the importing one."""
    keys = [program.key_of(module, name) for module in program.finished for name in module.defs]
    return {key: used[key] for key in [*dict.fromkeys(keys), *used] if key in used}
