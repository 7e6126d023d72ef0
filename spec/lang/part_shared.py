"""Switches and constants that a spec and its parts share by name, and switches that are fixed for one part.

The declaration nearest to the whole gives type and default; where only parts have one, they must agree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spec.lang import elaborate
from spec.lang.declared import VariableText
from spec.lang.errors import nearest
from spec.lang.ir import EnumLit, Lit
from spec.lang.machine import ConstantDecl, SwitchDecl
from spec.lang.source import span_of
from spec.lang.types import EnumType, Type, show

if TYPE_CHECKING:
    from spec.lang.world import World

SHARED = ("switch", "constant")


def worlds(world: World) -> Iterator[World]:
    """A spec and all its parts, each before its own parts, in declared order."""
    yield world
    for part in world.parts.values():
        yield from worlds(part)


def shared_switch(world: World, name: str) -> SwitchDecl | None:
    """The switch that this name means in the text of a spec or part."""
    at: World | None = world
    while at is not None:
        decl = fixed_switch(at, name)
        if decl is not None:
            return decl
        at = at.whole
    return _givers(world.root, name, "switch")[0].own_switch(name)


def shared_constant(world: World, name: str) -> ConstantDecl | None:
    """The constant that this name means in the text of a spec or part."""
    return _givers(world.root, name, "constant")[0].own_constant(name)


def shared_names(world: World, role: str) -> list[str]:
    """All switches or constants of a spec and its parts that are not fixed, by plain name."""
    found = {v.name: None for w in worlds(world) for _, v in w.lineage.variables() if v.role == role}
    return [name for name in found if _declarers(world, name, role)]


def setting_switch(world: World, name: str) -> SwitchDecl | None:
    """The switch that a profile or configuration of the whole may name: its own, or one of its parts."""
    return shared_switch(world, name) if _declarers(world, name, "switch") else None


def setting_constant(world: World, name: str) -> ConstantDecl | None:
    """The constant that a configuration of the whole may name: its own, or one of its parts."""
    return shared_constant(world, name) if _declarers(world, name, "constant") else None


def _declarers(root: World, name: str, role: str) -> list[World]:
    """Where the name is declared and not fixed, the whole before its parts."""
    declared = [w for w in worlds(root) if w.declares(name, role) is not None]
    return [w for w in declared if role != "switch" or not _is_fixed(w, name)]


def _is_fixed(world: World | None, name: str) -> bool:
    while world is not None:
        if world.text is not None and any(name == setting for setting, _ in world.text.settings):
            return True
        world = world.whole
    return False


def _givers(root: World, name: str, role: str) -> list[World]:
    """The declarations that no spec around them has too; the first one gives the default."""
    declared = _declarers(root, name, role)
    return [w for w in declared if not any(_is_inside(w, other) for other in declared)]


def _is_inside(part: World, whole: World) -> bool:
    at = part.whole
    while at is not None and at is not whole:
        at = at.whole
    return at is whole


# --- fixed switches ---------------------------------------------------------------------------------------------


def fixed_switch(part: World, name: str) -> SwitchDecl | None:
    """The switch that the declaration of a part sets for good; None where it does not.

    After a report it is the switch as the part declares it.
    """
    if part.text is None:
        return None
    if name not in part.fixed:
        part.fixed[name] = None
        node = next((value for setting, value in part.text.settings if setting == name), None)
        if node is not None:
            part.fixed[name] = _read_fixed(part, name, node)
    return part.fixed[name]


def _read_fixed(part: World, name: str, node: ast.expr) -> SwitchDecl | None:
    assert part.whole is not None and part.home is not None and part.text is not None
    span = span_of(node, part.home.module.file)
    declarer = next((w for w in worlds(part) if w.declares(name, "switch") is not None), None)
    own = None if declarer is None else declarer.own_switch(name)
    if own is None:
        if any(w.declares(name, "constant") is not None for w in worlds(part)):
            hint = "constants are those of the whole; set it there"
            part.problem("bad-part", span, f"'{name}' is a constant of '{part.text.cls}', not a switch", hint)
        else:
            known = [v.name for w in worlds(part) for _, v in w.lineage.variables() if v.role == "switch"]
            message = f"'{part.text.cls}' has no switch '{name}'"
            part.problem("unknown-switch", span, message, nearest(name, known))
        return None
    if isinstance(own.type, EnumType) and part.enums[own.type.name].ordered:
        hint = "set the switches that depend on it"
        part.problem("bad-part", span, "a spec and its parts are of one era", hint)
        return own
    before = list(part.program.problems)
    value = elaborate.read_value(node, own.type, part.whole.names(part.home))
    if not isinstance(value, Lit | EnumLit):
        if part.program.problems == before:
            part.problem("bad-part", span, f"'{name}' is set to a value that is no literal", "write the value out")
        return own
    return SwitchDecl(part.prefix + name, own.type, value, own.doc, span, own.axiom, fixed=True)


# --- what must agree --------------------------------------------------------------------------------------------


def check_shared(root: World) -> None:
    """Report names that a spec and its parts share but mean differently."""
    for world in worlds(root):
        for name, _ in world.text.settings if world.text is not None else ():
            fixed_switch(world, name)
        if world.text is not None:
            for _, var in world.lineage.variables():
                if var.role in SHARED:
                    _check_around(world, var)
    for role in SHARED:
        for name in shared_names(root, role):
            _check_equal(root, name, role)


def _check_around(part: World, var: VariableText) -> None:
    """Report a name that a spec around the part has for something else."""
    around = part.whole
    while around is not None:
        member = around.lineage.members.get(var.name)
        if member is not None and getattr(member[1], "role", "") != var.role:
            assert part.text is not None
            message = f"'{var.name}' is a {var.role} of the part '{part.text.name}', and something else here"
            part.problem("parts-differ", member[1].span, message, "switches and constants are shared by name")
        around = around.whole
    for other in worlds(part.root):
        found = other.declares(var.name, *(role for role in SHARED if role != var.role))
        if found is not None and part.text is not None:
            message = f"'{var.name}' is a {var.role} of '{part.text.cls}' and a {found[1].role} of another part"
            part.problem("parts-differ", part.text.span, message, "switches and constants are shared by name")


def _check_equal(root: World, name: str, role: str) -> None:
    declared = _declarers(root, name, role)
    (_, (kind, default)), *others = [(w, _type_and_default(w, name, role)) for w in declared]
    givers = _givers(root, name, role)
    for world, found in others:
        assert world.text is not None, "the whole comes first"
        if found[0] != kind:
            message = f"the {role} '{name}' is '{show(found[0])}' in '{world.text.cls}' and '{show(kind)}' elsewhere"
            world.problem("parts-differ", world.text.span, message, "give it one type, or another name")
        elif world in givers and found[1] != default:
            message = f"the {role} '{name}' of the part '{world.text.name}' has another default than in another part"
            world.problem("parts-differ", world.text.span, message, f"declare '{name}' here too, with its default")


def _type_and_default(world: World, name: str, role: str) -> tuple[Type, object]:
    if role == "switch":
        switch = world.own_switch(name)
        assert switch is not None, "it is declared there"
        return switch.type, (switch.default, switch.axiom)
    constant = world.own_constant(name)
    assert constant is not None, "it is declared there"
    return constant.type, constant.init
