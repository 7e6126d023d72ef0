"""Concrete steps as models of the facts that proofs for any size are made of.

The facts must never exclude a step that happens: every such step, written in the vocabulary of the facts over sets of
elements of given sizes, must satisfy all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from random import Random

import z3

from checker.eval_world import State
from checker.evaluate import Step as ConcreteStep
from checker.symbolic.unsized_count import cover
from checker.symbolic.unsized_induct import keep_candidate, lose_candidate
from checker.symbolic.unsized_setting import Setting, any_state, make_setting, new_world, shape_lemmas, step_of
from checker.symbolic.unsized_terms import Leaf, Truth, conj, disj, implies, less, same
from checker.symbolic.unsized_values import Row, SetOf, Sum, Table, Value, cases
from checker.symbolic.unsized_world import World
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr
from spec.lang.machine import Action
from spec.lang.types import MapType, SeqType, SetType, Type
from spec.lang.values import (
    Answer,
    Elem,
    MapValue,
    Member,
    Rec,
    capacity,
    cardinality,
    decode,
    map_keys,
    values,
)
from spec.lang.values import Value as Concrete


def setting_of(ground: GroundMachine, constants: Mapping[str, Expr | None] | None = None) -> Setting:
    """The setting without sizes that this ground machine is an instance of; constants not given take every choice."""
    machine = ground.machine
    given = dict.fromkeys(machine.constants) if constants is None else dict(constants)
    return make_setting(machine, dict(ground.switches), ground.sizes, given, None)


class Models:
    """The facts about one action (or the initialiser, or a state) at given sizes, and steps that must satisfy them."""

    def __init__(self, ground: GroundMachine, setting: Setting, action: Action | None, *, steps: bool = True) -> None:
        self.ground = ground
        self.setting = setting
        sizes = {name: ground.sizes[name] for name in setting.open_sorts}
        self.world: World = new_world(setting, 9, sizes)
        self.facts = self.world.facts
        if steps:
            self.step = step_of(setting, self.world, action)
            self.before = self.step.before
        else:
            self.before = any_state(setting, self.world)
        self.solver = z3.Solver()
        self.loaded = 0

    # --- pins ---------------------------------------------------------------------------------------------------

    def leaf(self, value: Concrete) -> Leaf:
        """A concrete scalar as a leaf."""
        match value:
            case Elem(sort, index):
                return self.facts.terms[sort][index][0] if self.world.is_open(sort) else index
            case Member(_, _, index):
                return index
            case Answer(site, _):
                return site
            case bool() | int():
                return value
            case _:
                raise AssertionError(value)

    def made(self, value: Concrete, kind: Type) -> Value:
        """A concrete value of a scalar type as a value."""
        found = cases(kind, self.ground.machine.records)
        if found is None:
            return self.leaf(value)
        name = "" if value is None else value.name if isinstance(value, Rec) else "."
        place = [n for n, _ in found].index(name)
        items = () if value is None else value.items if isinstance(value, Rec) else (value,)
        part = tuple(self.made(v, t) for v, t in zip(items, found[place][1], strict=True))
        return Sum(place, tuple(part if i == place else None for i in range(len(found))))

    def pin(self, value: Value, concrete: Concrete, kind: Type) -> Truth:
        """True only if the abstract value is the concrete one."""
        match kind:
            case MapType(_, item):
                assert isinstance(value, Table) and isinstance(concrete, MapValue)
                rows = zip(map_keys(kind, self.ground), concrete.entries, strict=True)
                return conj(self.pin(value.at(tuple(self.leaf(k) for k in keys)), e, item) for keys, e in rows)
            case SeqType(item, _):
                assert isinstance(value, Row) and isinstance(concrete, tuple)
                return self._pin_row(value, concrete, item)
            case SetType(item):
                assert isinstance(value, SetOf) and isinstance(concrete, frozenset)
                every = values(item, self.ground)
                return conj(same(value.has(self.made(v, item)), v in concrete) for v in every)
            case _:
                return self._equal(value, self.made(concrete, kind))

    def _pin_row(self, row: Row, concrete: tuple[Concrete, ...], item: Type) -> Truth:
        every = list(values(item, self.ground))
        parts: list[Truth] = [same(row.has(self.leaf(v)), v in concrete) for v in every]
        parts.append(same(row.size(), len(concrete)))
        parts.append(same(row.single(), len(set(concrete)) == len(concrete)))
        firsts = list(dict.fromkeys(concrete))
        if len(firsts) == len(concrete):
            parts += [less(row.rank(self.leaf(a)), row.rank(self.leaf(b))) for a, b in itertools.pairwise(firsts)]
        return conj(parts)

    def _equal(self, left: Value, right: Value) -> Truth:
        if isinstance(left, Sum) and isinstance(right, Sum):
            place = right.tag
            assert isinstance(place, int)
            part, wanted = left.parts[place], right.parts[place]
            if part is None or wanted is None:
                return False
            return conj([same(left.tag, place), *(self._equal(a, b) for a, b in zip(part, wanted, strict=True))])
        assert not isinstance(left, Sum | Row | SetOf | Table | None)
        assert not isinstance(right, Sum | Row | SetOf | Table | None)
        return same(left, right)

    def pin_state(self, state: Mapping[str, Value], concrete: State) -> Truth:
        """True only if the state is the concrete one."""
        return conj(self.pin(state[n], v, self.ground.fields[n].type) for n, v in concrete.items())

    def pin_constants(self, constants: Mapping[str, Concrete]) -> Truth:
        """True only if the constants are these."""
        kinds = self.ground.constants
        return conj(self.pin(self.world.constants[n], v, kinds[n].type) for n, v in constants.items())

    # --- questions ----------------------------------------------------------------------------------------------

    def allows(self, pins: list[Truth]) -> bool:
        """True if the facts and these pins have a model."""
        mark = self.facts.mark()
        self.solver.push()
        loaded = self.loaded
        try:
            for pin in pins:
                self.facts.say(pin, "pinned")
            for debt in list(self.facts.debts):
                self.facts.say(implies(debt.guard, debt.claim), "owed")
            self.facts.saturate(lambda: cover(self.facts))
            for fact, _ in self.facts.said[self.loaded :]:
                self.solver.add(fact)
            self.loaded = len(self.facts.said)
            self.solver.set("timeout", 60000)
            answer = self.solver.check()
            assert answer != z3.unknown, self.solver.reason_unknown()
            return bool(answer == z3.sat)
        finally:
            self.solver.pop()
            self.loaded = loaded
            self.facts.rollback(mark)

    def allows_step(self, constants: Mapping[str, Concrete], step: ConcreteStep) -> bool:
        """True if the facts allow this step: the state before and after, the arguments and the outcome."""
        assert self.step.action is not None
        params = self.ground.functions[self.step.action.function].params
        pins = [self.pin_constants(constants), self.pin_state(self.step.before, step.run.before)]
        pins += [
            self._equal(self.step.args[p.name], self.made(v, p.type)) for p, v in zip(params, step.args, strict=True)
        ]
        pins.append(self.pin_state(self.step.after, step.run.after))
        if step.run.outcome is not None:
            pins.append(self._equal(self.step.outcome, self.leaf(step.run.outcome)))
        for number in step.run.warnings:
            pins.append(disj(when for n, when in self.step.scene.warnings if n == number))
        return self.allows(pins)

    def allows_start(self, constants: Mapping[str, Concrete], state: State) -> bool:
        """True if the facts allow this initial state."""
        return self.allows([self.pin_constants(constants), self.pin_state(self.step.after, state)])

    def reads_as(self, constants: Mapping[str, Concrete], state: State, kept: Mapping[str, bool]) -> bool:
        """True if there is a model of the state in which each of these promises is kept, or lost, as said."""
        candidates = {c.name: c for c in shape_lemmas(self.setting)} | {p.name: p for p in self.setting.properties}
        mark, loaded = self.facts.mark(), self.loaded
        for name, is_kept in kept.items():
            if is_kept:
                keep_candidate(self.setting, self.world, candidates[name], self.before, name)
            else:
                lose_candidate(self.setting, self.world, candidates[name], self.before, name)
        found = self.allows([self.pin_constants(constants), self.pin_state(self.before, state)])
        self.facts.rollback(mark)
        self.loaded = loaded
        return found


def random_value(kind: Type, ground: GroundMachine, random: Random) -> Concrete:
    """Some value of a type, also of types with many."""
    match kind:
        case MapType(_, item):
            return MapValue(tuple(random_value(item, ground, random) for _ in map_keys(kind, ground)))
        case SeqType(item, _):
            length = random.randint(0, capacity(kind, ground))
            return tuple(random_value(item, ground, random) for _ in range(length))
        case _:
            return decode(random.randrange(cardinality(kind, ground)), kind, ground)


def random_state(ground: GroundMachine, random: Random, like: State | None = None, kept: Collection[str] = ()) -> State:
    """A state that need not be reachable; `kept` fields are as in the other one."""
    found = {name: random_value(f.type, ground, random) for name, f in ground.fields.items()}
    return found | {name: like[name] for name in found if like is not None and name in kept}
