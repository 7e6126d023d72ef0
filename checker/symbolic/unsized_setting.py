"""A machine with its switches settled and some sorts open: its constants, its fixed fields, its steps, its promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from checker.symbolic.unsized_body import call_function, run_function
from checker.symbolic.unsized_expr import Expressions
from checker.symbolic.unsized_facts import Enough, Facts
from checker.symbolic.unsized_quant import Comprehensions
from checker.symbolic.unsized_scene import Frame, Scene
from checker.symbolic.unsized_terms import Leaf, Outside, Truth, disj, neg, same
from checker.symbolic.unsized_values import Row, SetOf, Sum, Table, Value, convert, leaves
from checker.symbolic.unsized_world import State, World
from spec.lang import ir
from spec.lang.errors import RequestError, nearest
from spec.lang.ir import Expr
from spec.lang.machine import Action, Function, Machine, Property
from spec.lang.spans import BUILTIN
from spec.lang.switches import Settled, settle
from spec.lang.types import NONE, MapType, SeqType, SortType, Type
from spec.lang.walk import expressions, subexpressions

NOWHERE = Function("", (), (), NONE, (), {}, "", BUILTIN)


@dataclass(slots=True)
class Setting:
    """What stays the same in all questions about one machine. `fixed` are the fields that no step writes.

    `constants` are those given otherwise than declared; None is every choice.
    """

    machine: Machine
    settled: Settled
    open_sorts: tuple[str, ...]
    sizes: dict[str, int]
    constants: dict[str, Expr | None]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]
    fixed: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """One step from any state: of `action`, or the initialiser where it is None."""

    scene: Scene
    before: State
    after: State
    args: dict[str, Value]
    outcome: Value
    action: Action | None


def make_setting(
    machine: Machine,
    switches: Mapping[str, bool | int | str | Expr],
    sizes: Mapping[str, int],
    constants: Mapping[str, Expr | None],
    open_sorts: Sequence[str] | None,
) -> Setting:
    """The setting of a machine; `sizes` are for the sorts that stay finite. By default a sort is open if unordered."""
    settled = settle(machine, {n: s for n, s in sizes.items() if n in machine.sorts}, switches)
    for name in constants:
        if name not in machine.constants:
            raise RequestError(f"no constant '{name}'; {nearest(name, machine.constants)}")
    ordered = _ordered_sorts(machine)
    found = (
        tuple(open_sorts)
        if open_sorts is not None
        else tuple(name for name, decl in machine.sorts.items() if not decl.ordered and name not in ordered)
    )
    finite = {name: size for name, size in settled.sizes.items() if name not in found}
    asked = [d.default for d in machine.switches.values()] + [e for e in switches.values() if isinstance(e, ir.Node)]
    if any(isinstance(part, ir.SortSize) and part.sort in found for expr in asked for part in subexpressions(expr)):
        raise Outside("a switch depends on the size of an open sort")
    missing = [name for name in machine.sorts if name not in found and name not in finite]
    if missing:
        raise RequestError(f"sizes are missing: give {', '.join(f'{n}=N' for n in missing)}")
    actions = tuple(a for a in machine.actions.values() if settled.is_on(a.availability, a.span))
    names = {a.name for a in actions}
    properties = tuple(
        replace(p, on=tuple(n for n in p.on if n in names or n in p.inner))
        for p in machine.properties.values()
        if settled.is_on(p.availability, p.span)
    )
    kept = tuple(p for p in properties if p.on or not machine.properties[p.name].on)
    setting = Setting(machine, settled, found, finite, dict(constants), actions, kept)
    setting.fixed = _fixed_fields(setting)
    return setting


def _ordered_sorts(machine: Machine) -> set[str]:
    """Sorts whose order some text asks for; these stay finite."""
    found: set[str] = set()
    for function in machine.functions.values():
        for node in expressions(function.body):
            if isinstance(node, ir.Compare) and node.op not in ("==", "!=") and isinstance(node.left.type, SortType):
                found.add(node.left.type.name)
    return found


def new_world(setting: Setting, depth: int, elements: Mapping[str, int] | None = None) -> World:
    """A world with the constants of the setting, and what is assumed about them."""
    facts = Facts(setting.open_sorts, depth, elements)
    world = World(setting.machine, setting.settled.switches, setting.sizes, facts)
    scene = Scene(world, {})
    for name, decl in setting.machine.constants.items():
        source = setting.constants.get(name, decl.init)
        if source is None or any(isinstance(part, ir.Listed) for part in subexpressions(source)):
            world.constants[name] = world.unknown(decl.type, name, (), rigid=True)
        else:
            world.constants[name] = Expressions(scene, call_function).placed(source, decl.type, nowhere())
    for prop in setting.properties:
        if prop.kind == "assume":
            assume(world, setting.machine.functions[prop.function], {}, None, {}, "assumed: " + prop.name)
    return world


def nowhere() -> Frame:
    """The frame of an expression that stands in no function."""
    return Frame(NOWHERE, "nowhere", (), {}, {})


def initial_value(world: World, name: str) -> Value:
    """The declared initial value of a field."""
    decl = world.machine.fields[name]
    return _fitted(Expressions(Scene(world, {}), call_function), decl.init, decl.type)


def _fitted(look: Expressions, init: Expr, kind: Type) -> Value:
    if isinstance(kind, MapType) and isinstance(init, ir.Listed):
        raise Outside("an initial value that is given key by key")
    if isinstance(init, ir.Everywhere) and isinstance(kind, MapType):
        inner = _fitted(look, init.value, kind.value)
        return Table(lambda _: inner, look.facts.cache)
    found = look.placed(init, kind, nowhere())
    return convert(None, init.type, kind, look.machine.records)[0] if found is None else found


def any_state(setting: Setting, world: World) -> State:
    """A state of which nothing is known but the fields that never change."""
    return {
        name: initial_value(world, name) if name in setting.fixed else world.unknown(decl.type, name, ())
        for name, decl in setting.machine.fields.items()
    }


def step_of(setting: Setting, world: World, action: Action | None) -> Step:
    """One step of an action from any state with any arguments, or the initialiser.

    Where the facts are wanted up to some debt only (`Facts.until`), the state after it means nothing.
    """
    function = setting.machine.functions[action.function] if action is not None else None
    if action is None:
        before: State = {name: initial_value(world, name) for name in setting.machine.fields}
        function = setting.machine.functions[setting.machine.initial] if setting.machine.initial else None
    else:
        before = any_state(setting, world)
    scene = Scene(world, before, before)
    args: dict[str, Value] = {}
    outcome: Value = 0
    if function is not None:
        args = {p.name: world.unknown(p.type, f"argument {p.name}", ()) for p in function.params}
        for leaf in (leaf for value in args.values() for leaf in leaves(value)):
            _key(world, leaf)
        with suppress(Enough):
            outcome = run_function(scene, Frame(function, "step", (), dict(args), {}))
        outcome = 0 if outcome is None else outcome
    world.facts.closed = True
    return Step(scene, before, scene.state, args, outcome, action)


def _key(world: World, leaf: Leaf) -> None:
    if not isinstance(leaf, bool | int) and leaf.sort().name() in world.facts.keys:
        world.facts.keys[leaf.sort().name()].append(leaf)


def _fixed_fields(setting: Setting) -> frozenset[str]:
    """Fields that no step writes, given that these fields keep their initial values; so none ever does."""
    fixed = frozenset(setting.machine.fields)
    while True:
        trial = replace(setting, fixed=fixed)
        written: set[str] = set()
        for action in (None, *setting.actions):
            found = step_of(trial, new_world(trial, 0), action)
            written |= found.scene.written.keys()
            written |= {n for n in found.after if found.after[n] is not found.before[n]}
        if not written & fixed:
            return fixed
        fixed -= written


# --- promises -------------------------------------------------------------------------------------------------------


def _frame(world: World, function: Function, args: Mapping[str, Value], label: str) -> Frame:
    return Frame(function, world.facts.fresh(label), (), dict(args), {})


def assume(
    world: World, function: Function, state: State, old: State | None, args: Mapping[str, Value], label: str
) -> None:
    """A promise is kept: it is true, and went right."""
    scene, frame = Scene(world, state, old, pure=True), _frame(world, function, args, label)
    text = _text(function)
    if text is None:
        found = run_function(scene, frame)
        assert isinstance(found, bool) or not isinstance(found, int | Sum | SetOf | Row | Table | None)
        world.facts.say(found, label)
    else:
        _assume(Expressions(scene, call_function), text, frame, label)


def _assume(look: Expressions, text: Expr, frame: Frame, label: str) -> None:
    match text:
        case ir.And(_, _, items):
            for item in items:
                _assume(look, item, frame, label)
        case ir.Quant(_, _, "all", _, _, _):
            inner = Comprehensions(look)
            for row in inner.rows(text, frame):
                sorts = tuple(sort for names, _ in row for sort in names)

                def instance(terms: tuple[Leaf, ...], row: tuple[object, ...] = row) -> Truth:
                    return neg(inner.turn(text, row, terms, frame, body=True, negated=True)[0])  # type: ignore[arg-type]

                look.facts.say_all(sorts, instance, label)
        case _:
            look.facts.say(look.truth(text, frame), label)


def deny(
    world: World, function: Function, state: State, old: State | None, args: Mapping[str, Value], label: str
) -> None:
    """A promise is broken: it is untrue, or goes wrong."""
    scene, frame = Scene(world, state, old, strict=True, pure=True), _frame(world, function, args, label)
    text, facts = _text(function), world.facts
    look = Expressions(scene, call_function)
    if isinstance(text, ir.Quant) and text.kind == "all":
        inner, ways = Comprehensions(look), []
        for row in inner.rows(text, frame):
            sorts = tuple(sort for names, _ in row for sort in names)
            found, _, faults = inner.turn(text, row, some(facts, sorts), frame, body=True, negated=True)
            ways += [found, *faults]
        facts.say(disj([*ways, *scene.faults]), label)
        return
    holds = look.truth(text, frame) if text is not None else run_function(scene, frame)
    assert isinstance(holds, bool) or not isinstance(holds, int | Sum | SetOf | Row | Table | None)
    facts.say(disj([neg(holds), *scene.faults]), label)


def some(facts: Facts, sorts: Sequence[str]) -> tuple[Leaf, ...]:
    """Skolem constants for a promise that is broken; one question is about one promise, so all share them."""
    return tuple(facts.element(f"some {sort} {sorts[:i].count(sort)}", (), sort) for i, sort in enumerate(sorts))


def outer_sorts(world: World, function: Function) -> list[tuple[str, ...]]:
    """What a promise is about: the open sorts of its outermost variables, for each of their forms."""
    text = _text(function)
    if not isinstance(text, ir.Quant) or text.kind != "all":
        return []
    scene = Scene(world, {})
    rows = Comprehensions(Expressions(scene, call_function)).rows(text, nowhere())
    return [tuple(sort for names, _ in row for sort in names) for row in rows]


def _text(function: Function) -> Expr | None:
    """The expression that a function returns, if it does nothing else."""
    match function.body:
        case (ir.Return(value),):
            return value
        case _:
            return None


# --- what is true of the shape of the state -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShapeLemma:
    """A lemma about sequences that no text has to say: no repetition, or entries belong to the key they stand at."""

    name: str
    target: str
    constant: str = ""

    def at(self, world: World, state: State, keys: tuple[Leaf, ...], entry: Leaf | None) -> Truth:
        """The lemma at one key (and one entry)."""
        table = state[self.target]
        assert isinstance(table, Table)
        row = table.at(keys)
        assert isinstance(row, Row)
        if not self.constant:
            return row.single()
        home = world.constants[self.constant]
        assert isinstance(home, Table) and entry is not None
        found = home.at((entry,))
        assert not isinstance(found, Sum | SetOf | Row | Table | None)
        return disj([neg(row.has(entry)), same(found, keys[0])])

    def sorts(self, machine: Machine) -> tuple[str, ...]:
        """What it is about: the key, and the entry."""
        kind = machine.fields[self.target].type
        assert isinstance(kind, MapType) and isinstance(kind.value, SeqType)
        item = kind.value.item
        assert isinstance(kind.keys[0], SortType) and isinstance(item, SortType)
        return (kind.keys[0].name, item.name) if self.constant else (kind.keys[0].name,)


def shape_lemmas(setting: Setting) -> list[ShapeLemma]:
    """What may be true of the fields that hold sequences of elements of open sorts."""
    found: list[ShapeLemma] = []
    for name, decl in setting.machine.fields.items():
        match decl.type:
            case MapType((SortType(key),), SeqType(SortType(item), _)) if {key, item} <= set(setting.open_sorts):
                if name in setting.fixed:
                    continue
                found.append(ShapeLemma(f"no entry of {name} stands twice", name))
                for constant, other in setting.machine.constants.items():
                    if other.type == MapType((SortType(item),), SortType(key)):
                        text = f"{constant} leads from each entry of {name} to its key"
                        found.append(ShapeLemma(text, name, constant))
            case _:
                pass
    return found
