"""One instance of a spec: its switches, constants and state in one universe, and every write to it."""

from __future__ import annotations

import ast
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from spec.lang.direct_kinds import IntKind, Kind, MembersKind, default_of, evaluate_annotation, kind_of, part_of
from spec.lang.direct_parts import PartState, PartVariable, fixing, givers, holder, reach, share, tree
from spec.lang.direct_text import class_node, names_of
from spec.lang.direct_universe import DirectError, Run, SpecFault, Universe, current, inside, running
from spec.lang.direct_values import FrozenMap
from spec.lang.errors import RequestError, nearest
from spec.lang.words_calls import Axiom, Every, FieldDefault, PartMark
from spec.lang.words_methods import Method, Rule, Window
from spec.lang.words_values import OrderedEnum

ALWAYS = Window()


@dataclass(slots=True)
class Variable:
    """An annotated name of a spec: its type, its default as text, and where that text stands."""

    name: str
    part: str
    kind: Kind
    value: ast.expr | None
    names: dict[str, Any]


@dataclass(slots=True)
class World:
    """What one instance is made of. `rigid` has switches and constants; `methods` what the class resolves to;
    `first` the initial values of the fields.

    `before` is the state at the start of the action under way (of the whole, or of this part where it was called);
    while it is set, every write is followed by the `@during` properties, and those that fail are noted in `broken`.
    The world of a part has the one around it as `whole`; the root keeps the state of all. `members` are all names
    as declared, `parts` the instances of the parts.
    """

    universe: Universe
    variables: dict[str, Variable]
    rigid: dict[str, Any]
    state: MutableMapping[str, Any]
    first: dict[str, Any]
    windows: dict[str, Window]
    methods: dict[str, Method[Any]]
    before: dict[str, Any] | None = None
    broken: list[str] | None = None
    available: dict[tuple[str, ...], list[Method[Any]]] = field(default_factory=dict)
    instance: Any = None
    whole: World | None = None
    prefix: str = ""
    mark: PartMark | None = None
    members: tuple[str, ...] = ()
    parts: dict[str, Any] = field(default_factory=dict)
    threads: dict[Any, Any] = field(default_factory=dict)

    @property
    def root(self) -> World:
        """The world of the whole."""
        return self if self.whole is None else self.whole.root

    def exists(self, declared: Method[Any] | Window) -> bool:
        """True if the declaration is available with these switches."""
        window = declared if isinstance(declared, Window) else declared.window
        if window == ALWAYS:
            return True
        on = all(self._switch(name) is True for name in window.when)
        off = all(self._switch(name) is False for name in window.unless)
        return on and off and in_eras(window, self.rigid, self.variables)

    def _switch(self, name: str) -> Any:
        if name not in self.rigid:
            raise DirectError(f"there is no switch {name}")
        return self.rigid[name]

    def of_kind(self, *kinds: str) -> list[Method[Any]]:
        """The available methods of some kinds, a base's before those of the class that extends it."""
        if kinds not in self.available:
            self.available[kinds] = [m for m in self.methods.values() if m.kind in kinds and self.exists(m)]
        return self.available[kinds]


def in_eras(window: Window, rigid: dict[str, Any], variables: dict[str, Variable]) -> bool:
    """True if the era is within the window, both ends included."""
    for bound in (window.since, window.until):
        if bound is None:
            continue
        switches = [rigid.get(v.name) for v in variables.values() if v.part == "switch"]
        eras = [value for value in switches if type(value) is type(bound)]
        if len(eras) != 1 or not isinstance(bound, OrderedEnum):
            raise DirectError(f"{bound!r} is not a member of the enumeration of exactly one switch")
        if (bound is window.since and eras[0] < bound) or (bound is window.until and eras[0] > bound):
            return False
    return True


def lineage(cls: type) -> list[type]:
    """The spec classes that make up a class, the root first."""
    from spec.lang.vocabulary import Spec  # the vocabulary comes last

    return [c for c in reversed(cls.__mro__) if issubclass(c, Spec) and c is not Spec]


def bind(instance: Any) -> None:
    """Give a new instance its switches, constants and first initial state. Raises RequestError for a bad request."""
    universe = current()
    if universe is None:
        raise RequestError(f"make a {type(instance).__name__} inside `with universe(...)`")
    world = _make(instance, universe, None, "", None)
    _bind_switches(world)
    for name, giver in givers(world, "constant").items():
        share(world, "constant", name, _constant(giver, giver.variables[name]))
    _bind_fields(world)
    world.first = dict(world.state)
    with running(Run()):
        initialise(instance)


def _make(instance: Any, universe: Universe, whole: World | None, prefix: str, mark: PartMark | None) -> World:
    """The world of an instance, with those of its parts; nothing in it has a value yet."""
    cls = type(instance)
    declared = _declared(cls)
    variables = {name: v for name, v in declared.items() if isinstance(v, Variable)}
    world = World(universe, variables, {}, {}, {}, {}, _methods(cls), instance=instance)
    world.whole, world.prefix, world.mark, world.members = whole, prefix, mark, _members(cls)
    if whole is not None:
        world.state = PartState(world.root, prefix)
    object.__setattr__(instance, "_world", world)
    for name, found in declared.items():
        if isinstance(found, PartVariable):
            world.parts[name] = object.__new__(found.cls)
            _make(world.parts[name], universe, world, f"{prefix}{name}.", found.mark)
    return world


def _bind_fields(world: World) -> None:
    for name in world.members:
        if name in world.parts:
            _bind_fields(world.parts[name]._world)
            continue
        variable = world.variables.get(name)
        if variable is not None and variable.part in ("", "ghost"):
            value = _default(world, variable)
            world.windows[name] = value.window if isinstance(value, FieldDefault) else Window()
            world.state[name] = variable.kind.accept(default_of(value))


def initialise(instance: Any) -> None:
    """Runs the `@initial` methods, those of parts first."""
    for part in instance._world.parts.values():
        initialise(part)
    start = initialiser(instance)
    if start is not None:
        getattr(instance, start.name)()


def has_initialiser(instance: Any) -> bool:
    """True if the spec or a part has an `@initial` method."""
    return initialiser(instance) is not None or any(map(has_initialiser, instance._world.parts.values()))


def open_constants(cls: type) -> dict[str, Kind]:
    """The types of the constants that are `every()` and have no value in the current universe."""
    universe = current()
    if universe is None:
        raise RequestError(f"the constants of {cls.__name__} need `with universe(...)`")
    world = _make(object.__new__(cls), universe, None, "", None)
    _bind_switches(world)
    unset = [(w, w.variables[n]) for n, w in givers(world, "constant").items() if n not in universe.constants]
    return {v.name: v.kind for w, v in unset if isinstance(_default(w, v), Every)}


def initialiser(instance: Any) -> Method[Any] | None:
    """The `@initial` method, if the spec has one."""
    found = instance._world.of_kind("initial")
    if len(found) > 1:
        raise DirectError("more than one @initial method")
    return found[0] if found else None


def _members(cls: type) -> tuple[str, ...]:
    """All names in the bodies of a class and what it extends, in declared order, a base's first."""
    found: dict[str, None] = {}
    for owner in lineage(cls):
        for node in class_node(owner).body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                    found[name] = None
                case ast.FunctionDef(name=name):
                    found[name] = None
    return tuple(found)


def _declared(cls: type) -> dict[str, Variable | PartVariable]:
    from spec.lang.vocabulary import Spec  # the vocabulary comes last

    found: dict[str, Variable | PartVariable] = {}
    for owner in lineage(cls):
        names = names_of(owner)
        for node in class_node(owner).body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                annotation = evaluate_annotation(node.annotation, names)
                if part_of(annotation) == "refinement":
                    continue
                name = node.target.id
                if isinstance(annotation, type) and issubclass(annotation, Spec):
                    found[name] = PartVariable(annotation, _mark(node.value, names))
                    continue
                found[name] = Variable(name, part_of(annotation), kind_of(annotation), node.value, names)
    return found


def _mark(value: ast.expr | None, names: dict[str, Any]) -> PartMark:
    if value is None:
        return PartMark((), False, ())
    return cast(PartMark, eval(compile(ast.Expression(value), "<part>", "eval"), names))


def _methods(cls: type) -> dict[str, Method[Any]]:
    """Every method as the class resolves it; an override keeps the mark of its base when it has none of its own."""
    names = {n: None for owner in lineage(cls) for n, v in vars(owner).items() if isinstance(v, Method)}
    found: dict[str, Method[Any]] = {}
    for name in names:
        line = [vars(c)[name] for c in cls.__mro__ if name in vars(c)]
        if not isinstance(line[0], Method):
            continue
        found[name] = _with_inherited_mark(line)
    return found


def _with_inherited_mark(line: list[Any]) -> Method[Any]:
    method = cast(Method[Any], line[0])
    marked = next((m for m in line if isinstance(m, Method) and m.kind), None)
    timed = next((m for m in line if isinstance(m, Method) and m.window != Window()), None)
    if (method.kind or marked is None) and (method.window != Window() or timed is None):
        return method
    kind = method.kind or (marked.kind if marked is not None else "")
    on = method.on if method.kind or marked is None else marked.on
    window = method.window if method.window != Window() or timed is None or method.kind else timed.window
    process = method.process if method.process is not None or marked is None else marked.process
    made: Method[Any] = Method(method.text, kind, on, method.any_order, window, process)
    made.name = method.name
    return made


def _bind_switches(world: World) -> None:
    for part in tree(world):
        for switch in part.variables.values():
            fixed = fixing(part, switch.name)
            if switch.part == "switch" and fixed is not None and fixed.mark is not None:
                part.rigid[switch.name] = _named(switch.kind, dict(fixed.mark.switches)[switch.name])
    switches = [(giver, giver.variables[name]) for name, giver in givers(world, "switch").items()]
    names = [s.name for _, s in switches]
    for name in world.universe.switches:
        if name not in names:
            raise RequestError(f"no switch {name}; {nearest(name, names)}")
    eras = [p for p in switches if isinstance(p[1].kind, MembersKind) and issubclass(p[1].kind.cls, OrderedEnum)]
    for giver, switch in [*eras, *(p for p in switches if p not in eras)]:
        if switch.name in world.universe.switches:
            share(world, "switch", switch.name, _named(switch.kind, world.universe.switches[switch.name]))
            continue
        value = _default(giver, switch)
        if isinstance(value, Rule):
            value = in_eras(value.window, giver.rigid, giver.variables)
        share(world, "switch", switch.name, switch.kind.accept(True if isinstance(value, Axiom) else value))


def _named(kind: Kind, value: object) -> Any:
    if isinstance(kind, MembersKind) and isinstance(value, str):
        members = {m.name: m for m in kind.cls}
        if value not in members:
            raise RequestError(f"no {kind.cls.__name__}.{value}; {nearest(value, members)}")
        return members[value]
    try:
        return kind.accept(value)
    except (SpecFault, TypeError) as error:
        raise RequestError(str(error)) from None


def _constant(world: World, constant: Variable) -> Any:
    value = world.universe.constants.get(constant.name)
    if constant.name not in world.universe.constants:
        value = _default(world, constant)
    if isinstance(value, Every):
        raise RequestError(f"constant {constant.name} is every choice; name one with constants={{...}}")
    return constant.kind.accept(value)


def _default(world: World, variable: Variable) -> Any:
    if variable.value is None:
        raise DirectError(f"{variable.name} has no value to start with")
    names = {**variable.names, **world.rigid}
    value = eval(compile(ast.Expression(variable.value), "<default>", "eval"), names)
    if isinstance(variable.kind, IntKind) and isinstance(value, bool):
        raise TypeError(f"{variable.name} is an int, not {value}")
    return value


def store(instance: Any, name: str, keys: tuple[Any, ...], value: Any) -> None:
    """Write a field, or one entry of it; SpecFault where the value or the key does not fit."""
    world: World = instance._world
    if name not in world.state:
        raise DirectError(f"{name} is not a field of the state")
    if not world.exists(world.windows[name]):
        raise DirectError(f"{name} does not exist in this universe and cannot be written")
    if current() is not world.universe:
        with inside(world.universe):
            store(instance, name, keys, value)
        return
    kind = world.variables[name].kind
    if keys:
        whole: FrozenMap = world.state[name]
        value = whole.put(keys[0], cast(Any, kind).value.accept(value))
    world.state[name] = kind.accept(value) if not keys else value
    if world.root.before is not None:
        _check_during(world)


def _check_during(world: World) -> None:
    """Asks the properties of the world whose field was written, and of those around it, the outermost first."""
    root = world.root
    before = root.before
    around = [world]
    while around[0].whole is not None:
        around.insert(0, around[0].whole)
    for each in around:
        since = each.before if each.before is not None else before
        rules = each.of_kind("during")
        if not rules or since is None:
            continue
        root.before = None
        try:
            old = at_state(each.instance, since)
            for method in rules:
                if not promised(each.instance, method, {"old": old}) and root.broken is not None:
                    root.broken.append(each.prefix + method.name)
        finally:
            root.before = before


def promised(instance: Any, method: Method[Any], known: dict[str, Any]) -> bool:
    """True if the property holds; a fault inside it is a violation of it."""
    from spec.lang.direct_call import parameters  # a call needs worlds

    args = [known[name] for name in parameters(method)]
    try:
        result: bool = reach(instance, method.name)(*args)
    except SpecFault:
        return False
    return result


def at_state(instance: Any, state: dict[str, Any]) -> Any:
    """Another instance of the same world (or the same part of another), where the whole is in another state."""
    world: World = instance._world
    twin = _twin(world.root, None)
    twin._world.state = dict(state)
    return holder(twin, world.prefix)


def _twin(world: World, whole: World | None) -> Any:
    twin = object.__new__(type(world.instance))
    made = World(world.universe, world.variables, world.rigid, {}, world.first, world.windows, world.methods)
    made.available, made.members = world.available, world.members
    made.instance, made.whole, made.prefix, made.mark = twin, whole, world.prefix, world.mark
    if whole is not None:
        made.state = PartState(made.root, made.prefix)
    object.__setattr__(twin, "_world", made)
    made.parts = {name: _twin(part._world, made) for name, part in world.parts.items()}
    return twin
