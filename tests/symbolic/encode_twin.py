"""The circuit of a machine against `evaluate`, both ways: every run is a step of the circuit, and the other way round.

A *mark* is what one step does, as both sides can tell it: whether it completes, the state after it, and the set of
promises that it breaks or premises that it makes true.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from checker.evaluate import Occasion, Run, State, holds, premise_holds, run, tapes
from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.symbolic.cnf import Template, template
from checker.symbolic.encode import Encoded
from checker.symbolic.solver import Solver
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action
from spec.lang.types import MapType, SeqType, Type
from spec.lang.values import Value, capacity, cardinality, decode_slots, encode, key_count, leaves, values

Bits = tuple[bool, ...]


@dataclass(frozen=True)
class Mark:
    """See the head of this file; `after` is None for a run that does not complete."""

    after: Bits | None
    asks: frozenset[str]


def boundary_state(ground: GroundMachine, constants: Mapping[str, Value], state: State) -> bool:
    """True if the state is inside every boundary."""
    props = [p for p in ground.properties if p.kind == "boundary"]
    return all(holds(ground, constants, p, Occasion(state)).value for p in props)


def state_marks(ground: GroundMachine, constants: Mapping[str, Value], state: State) -> set[str]:
    """The promises that a state breaks, goals that it reaches, and premises that are true there."""
    found: set[str] = set()
    for prop in ground.properties:
        if prop.kind in ("invariant", "goal", "lemma"):
            answer = holds(ground, constants, prop, Occasion(state))
            if answer.value == (prop.kind == "goal"):
                found.add(prop.name)
            if answer.fault and prop.kind == "goal":
                found.add(BOUNDS_ARE_KEPT)
            if prop.premise is not None and prop.kind != "lemma":
                premise = premise_holds(ground, constants, prop, Occasion(state))
                found |= {f"{prop.name} (premise)"} if premise.value else set()
                found |= {BOUNDS_ARE_KEPT} if premise.fault else set()
    for prop in ground.properties:
        if prop.kind == "boundary":
            answer = holds(ground, constants, prop, Occasion(state))
            found |= {BOUNDS_ARE_KEPT} if answer.fault else set()
            if not answer.value:
                break
    return found


def run_mark(
    encoded: Encoded, constants: Mapping[str, Value], action: Action, args: Sequence[Value], done: Run
) -> Mark:
    """What a run of `evaluate` does, told as the circuit tells it."""
    ground = encoded.ground
    asks = {NO_WARNINGS} if done.warnings else set()
    asks |= set(done.during) | {f"{name} (premise)" for name in done.met if _has_premise_ask(ground, name)}
    if done.fault or done.premise_faults:
        asks.add(BOUNDS_ARE_KEPT)
    if done.outcome is None:
        return Mark(None, frozenset(asks))
    kind = ground.machine.sites[done.outcome.site].kind
    if kind in ("refused", "blocked") and done.after != done.before:
        asks.add(REFUSALS_CHANGE_NOTHING)
    names = [p.name for p in ground.functions[action.function].params]
    occasion = Occasion(done.after, done.before, done.outcome, dict(zip(names, args, strict=True)))
    for prop in ground.properties:
        if prop.kind == "action" and (not prop.on or action.name in prop.on):
            asks |= set() if holds(ground, constants, prop, occasion).value else {prop.name}
            premise = premise_holds(ground, constants, prop, occasion)
            asks |= {f"{prop.name} (premise)"} if premise.value else set()
            asks |= {BOUNDS_ARE_KEPT} if premise.fault else set()
    return Mark(encoded.bits(done.after, constants), frozenset(asks))


def _has_premise_ask(ground: GroundMachine, name: str) -> bool:
    return any(p.name == name and (p.kind == "action" or p.premise is not None) for p in ground.properties)


def evaluated(
    encoded: Encoded, constants: Mapping[str, Value], state: State
) -> Iterator[tuple[int, tuple[int, ...], Mark]]:
    """Every run of every action from a state: the action's place, the codes of the arguments, and the mark."""
    ground = encoded.ground
    for place, action in enumerate(ground.actions):
        params = ground.functions[action.function].params
        for args in itertools.product(*(tuple(values(p.type, ground)) for p in params)):
            codes = tuple(encode(v, p.type, ground) for v, p in zip(args, params, strict=True))
            for done in tapes(ground, lambda tape, a=action, v=args: run(ground, constants, state, a, v, tape)):
                if done.kind != "disabled":
                    yield place, codes, run_mark(encoded, constants, action, args, done)


class Twin:
    """The circuit of one machine, asked by evaluation and by the solver."""

    def __init__(self, encoded: Encoded) -> None:
        self.encoded = encoded
        self.system = encoded.system
        self.template: Template = template(self.system)
        self.step_asks = [a for a in self.system.asks if a.kind not in ("invariant", "goal", "lemma")]
        self.after = self.system.successor()
        self.solver = Solver()
        self.solver.add(self.template.at(self.template.frame, 0))
        self.next_frame = [c for c in self.template.move if c != [self.template.numbering.var(self.system.valid)]]
        self.solver.add(self.next_frame)

    def at_random(self, bits: Bits, random: Random) -> tuple[int, tuple[int, ...], Mark]:
        """The step that the circuit makes of random inputs with one action chosen."""
        system = self.system
        inputs = dict(zip(system.state, bits, strict=True))
        inputs |= {lit: random.random() < 0.5 for lit in system.inputs}
        place = random.randrange(len(system.cases))
        inputs |= {case.selector: index == place for index, case in enumerate(system.cases)}
        roots = [system.valid, *self.after, *(ask.step for ask in self.step_asks)]
        valid, *rest = system.circuit.evaluate(roots, inputs)
        after, marks = rest[: len(bits)], rest[len(bits) :]
        asks = frozenset(ask.name for ask, yes in zip(self.step_asks, marks, strict=True) if yes)
        args = self.encoded.args(lambda lit: inputs[lit], place)
        return place, args, Mark(tuple(after) if valid else None, asks)

    def has_step(self, bits: Bits, place: int, args: Sequence[int], mark: Mark) -> bool:
        """True if some inputs make the circuit do exactly this."""
        var = self.template.var
        wanted = [var(lit, 0) if bit else -var(lit, 0) for lit, bit in zip(self.system.state, bits, strict=True)]
        for index, case in enumerate(self.system.cases):
            wanted.append(var(case.selector, 0) if index == place else -var(case.selector, 0))
        for code, arg in zip(args, self.encoded.arg_bits[place], strict=True):
            wanted += [var(lit, 0) if code >> i & 1 else -var(lit, 0) for i, lit in enumerate(arg)]
        wanted.append(var(self.system.valid, 0) if mark.after is not None else -var(self.system.valid, 0))
        for lit, bit in zip(self.system.state, mark.after or (), strict=False):
            wanted.append(var(lit, 1) if bit else -var(lit, 1))
        for ask in self.step_asks:
            wanted.append(var(ask.step, 0) if ask.name in mark.asks else -var(ask.step, 0))
        return self.solver.solve(wanted)

    def state_marks(self, bits: Bits) -> set[str]:
        """The promises that the circuit says a state breaks."""
        inputs = dict(zip(self.system.state, bits, strict=True))
        asks = [a for a in self.system.asks if a.state > 1 or a.state == 1]
        found = self.system.circuit.evaluate([a.state for a in asks], inputs)
        return {a.name for a, yes in zip(asks, found, strict=True) if yes}

    def is_typed(self, bits: Bits) -> bool:
        """True if the circuit says that the bits are a state."""
        return self.system.circuit.evaluate([self.system.typed], dict(zip(self.system.state, bits, strict=True)))[0]


def random_state(encoded: Encoded, random: Random) -> State:
    """Any state whose slots hold codes, reachable or not."""
    ground = encoded.ground
    state: State = {}
    for name, field in ground.fields.items():
        codes = _random_codes(field.type, ground, random)
        state[name] = decode_slots(codes, field.type, ground)
    return state


def _random_codes(kind: Type, ground: GroundMachine, random: Random) -> list[int]:
    match kind:
        case MapType(_, item):
            return [code for _ in range(key_count(kind, ground)) for code in _random_codes(item, ground, random)]
        case SeqType(item, _):
            room = capacity(kind, ground)
            length = random.randint(0, room)
            used = [random.randrange(cardinality(item, ground)) for _ in range(length)]
            return [length, *used, *[0] * (room - length)]
        case _:
            return [random.randrange(cardinality(leaf, ground)) for leaf in leaves(kind, ground)]


def compare_state(twin: Twin, constants: Mapping[str, Value], state: State, random: Random, tries: int) -> int:
    """Asserts that circuit and `evaluate` agree in one state; how many steps were compared."""
    encoded = twin.encoded
    bits = encoded.bits(state, constants)
    assert twin.is_typed(bits)
    assert encoded.decode(bits) == (state, dict(constants))
    assert twin.state_marks(bits) == state_marks(encoded.ground, constants, state) - encoded.unsupported.keys()
    if not boundary_state(encoded.ground, constants, state):
        for _ in range(tries):
            assert twin.at_random(bits, random)[2] == Mark(None, frozenset())
        return tries
    expected: dict[tuple[int, tuple[int, ...]], set[Mark]] = {}
    for place, args, mark in evaluated(encoded, constants, state):
        kept = Mark(mark.after, mark.asks.difference(encoded.unsupported))
        expected.setdefault((place, args), set()).add(kept)
    for (place, args), marks in expected.items():
        for mark in marks:
            assert twin.has_step(bits, place, args, mark), (encoded.ground.actions[place].name, args, mark)
    for _ in range(tries):
        place, args, mark = twin.at_random(bits, random)
        if mark != Mark(None, frozenset()):
            assert mark in expected.get((place, args), set()), (encoded.ground.actions[place].name, args, mark)
    return tries + sum(map(len, expected.values()))
