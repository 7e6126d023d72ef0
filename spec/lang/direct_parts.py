"""Parts of a spec in the direct run: instances inside an instance, over one state.

The instance of a part has the fields of its own names; they are kept in the state of the whole under qualified names.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spec.lang.words_calls import DONE, Outcome, PartMark
from spec.lang.words_methods import Bound, Method

if TYPE_CHECKING:
    from spec.lang.direct_world import World

ACTION_KINDS = ("ioctl", "kernel", "hardware", "fault")


class PartState(MutableMapping[str, Any]):
    """The fields of one part, seen under their own names."""

    def __init__(self, root: World, prefix: str) -> None:
        self.root, self.prefix = root, prefix

    def __getitem__(self, name: str) -> Any:
        return self.root.state[self.prefix + name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.root.state[self.prefix + name] = value

    def __delitem__(self, name: str) -> None:
        raise TypeError("a field of a part stays")

    def __iter__(self) -> Iterator[str]:
        length = len(self.prefix)
        return (n[length:] for n in self.root.state if n.startswith(self.prefix) and "." not in n[length:])

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(slots=True)
class PartVariable:
    """A part as declared: its class, and what `part(...)` says."""

    cls: type
    mark: PartMark


def tree(world: World) -> list[World]:
    """The worlds of an instance and of all its parts, each before its own parts."""
    return [world, *(inner for part in world.parts.values() for inner in tree(part._world))]


def fixing(world: World, name: str) -> World | None:
    """The part, this one or one around it, whose declaration sets a switch for good."""
    at: World | None = world
    while at is not None and not (at.mark is not None and name in dict(at.mark.switches)):
        at = at.whole
    return at


def givers(root: World, role: str) -> dict[str, World]:
    """Per switch (or constant) that is not fixed, the world whose declaration gives its default: the outermost."""
    found: dict[str, World] = {}
    for world in sorted(tree(root), key=lambda w: w.prefix.count(".")):
        for variable in world.variables.values():
            if variable.part == role and fixing(world, variable.name) is None:
                found.setdefault(variable.name, world)
    return found


def share(root: World, role: str, name: str, value: Any) -> None:
    """Give a switch or constant its value in all worlds that have it."""
    for world in tree(root):
        variable = world.variables.get(name)
        if variable is not None and variable.part == role and fixing(world, name) is None:
            world.rigid[name] = value


# --- qualified names --------------------------------------------------------------------------------------------


def reach(instance: Any, name: str) -> Any:
    """`instance.a.b.name` for the name `a.b.name`."""
    for step in name.split("."):
        instance = getattr(instance, step)
    return instance


def holder(instance: Any, name: str) -> Any:
    """The part of an instance that a qualified name belongs to."""
    path = name.rpartition(".")[0]
    return reach(instance, path) if path else instance


def qualified(world: World, *kinds: str) -> list[Method[Any]]:
    """The available methods of some kinds, those of parts under qualified names; of actions those that happen by
    themselves."""
    found: list[Method[Any]] = []
    own = {method.name: method for method in world.of_kind(*kinds)}
    for name in world.members:
        if name in world.parts:
            inner = world.parts[name]._world
            found += [_renamed(m, f"{name}.{m.name}") for m in qualified(inner, *kinds) if _happens(inner, m)]
        elif name in own:
            found.append(own[name])
    return found


def _happens(world: World, method: Method[Any]) -> bool:
    mark = world.mark
    return mark is None or method.kind not in ACTION_KINDS or mark.every or method.name in mark.actions


def _renamed(method: Method[Any], name: str) -> Method[Any]:
    made = copy.copy(method)
    made.name = name
    return made


def is_about(prop: Method[Any], action: str) -> bool:
    """True if an action property, under its qualified name, is about a step of this action."""
    part = prop.name.rpartition(".")[0]
    if part and not action.startswith(part + "."):
        return False
    inside = action[len(part) + 1 :] if part else action
    return not prop.on or inside in prop.on


def is_final(instance: Any) -> bool | None:
    """True if nothing more needs to happen: what the spec itself says, or else all parts that say something.

    None where nobody says anything.
    """
    from spec.lang.direct_world import promised  # a world needs this file

    world: World = instance._world
    own = world.of_kind("final")
    if own:
        return any(promised(instance, method, {}) for method in own)
    said = [answer for part in world.parts.values() if (answer := is_final(part)) is not None]
    return all(said) if said else None


# --- steps of parts ---------------------------------------------------------------------------------------------


class Inside(Bound):
    """A function of a part, called from outside it; a call of an action is a step of the part."""

    __slots__ = ()

    def __call__(self, *args: Any, **given: Any) -> Any:
        from spec.lang.direct_call import call, parameters  # a call needs worlds
        from spec.lang.direct_world import at_state, promised

        world: World = self.instance._world
        root = world.root
        if root.before is None or self.method.kind not in ACTION_KINDS:
            return call(self.method, self.instance, args, given)
        before = dict(root.state)
        outer, world.before = world.before, before
        try:
            answer = call(self.method, self.instance, args, given)
        finally:
            world.before = outer
        known = dict(zip(parameters(self.method), args, strict=True)) | given
        known |= {"old": at_state(self.instance, before), "outcome": answer if isinstance(answer, Outcome) else DONE}
        for prop in world.of_kind("action"):
            about = not prop.on or self.method.name in prop.on
            if about and not promised(self.instance, prop, known) and root.broken is not None:
                root.broken.append(world.prefix + prop.name)
        return answer


def callee(base: Any, name: str) -> Any:
    """`base.name` where base may be a part."""
    found = getattr(base, name)
    return Inside(found.method, found.instance) if isinstance(found, Bound) else found
