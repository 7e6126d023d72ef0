"""From a ground machine to a `System`: the state as bits, every action run once on values that depend on inputs.

NOTE(bits): a slot of n values takes the binary code of `spec.lang.values`, the lowest bit first; labels are
`field[slot].bit`, those of constants that are left open `const name[slot].bit`.
NOTE(constants): a constant with a value is folded in; one without is part of the state and never changes, so one
system stands for all its values that the assumptions allow. Given values are taken as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from checker.eval_world import State
from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS
from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.encode_asks import Asked, state_asks, step_asks
from checker.symbolic.encode_slots import Slots
from checker.symbolic.encode_steps import ActionRun, start_run, step_run
from checker.symbolic.sym_algebra import Algebra
from checker.symbolic.sym_body import warning_mark
from checker.symbolic.sym_world import Pool, Symbols
from checker.symbolic.system import Ask, Case, System, exactly_one
from spec.lang.ground import GroundMachine
from spec.lang.types import Type
from spec.lang.values import Value

DEEPEST = 20_000
"""Room for the nested calls and branches of a spec's text."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A machine as a system, with the way back from bits to values."""

    ground: GroundMachine
    system: System
    fixed: dict[str, Value]
    slots: Slots
    open_slots: Slots
    arg_bits: tuple[tuple[tuple[Lit, ...], ...], ...]
    unsupported: dict[str, str]

    def decode(self, bits: Sequence[bool]) -> tuple[State, dict[str, Value]]:
        """The value of every field and of every constant in a state given by its bits, in order."""
        state = self.slots.decode(bits[: self.slots.width])
        return state, {**self.fixed, **self.open_slots.decode(bits[self.slots.width :])}

    def bits(self, state: Mapping[str, Value], constants: Mapping[str, Value]) -> tuple[bool, ...]:
        """The bits of a state; the inverse of `decode`."""
        return (*self.slots.encode(state), *self.open_slots.encode(constants))

    def args(self, value: Callable[[Lit], bool], action: int) -> tuple[int, ...]:
        """The codes of the arguments that the inputs of a step give to an action."""
        return tuple(sum(value(bit) << i for i, bit in enumerate(bits)) for bits in self.arg_bits[action])


def encode(ground: GroundMachine, constants: Mapping[str, Value] | None = None) -> Encoded:
    """The machine as a system; a constant that is not given is left open.

    `Unsupported` for a machine with values too large to be spelled out.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        return _Encoder(ground, dict(constants or {})).run()
    finally:
        sys.setrecursionlimit(before)


class _Encoder:
    """One run of `encode`."""

    def __init__(self, ground: GroundMachine, fixed: dict[str, Value]) -> None:
        self.ground = ground
        self.fixed = {name: v for name, v in fixed.items() if name in ground.constants}
        self.circuit = Circuit()
        self.algebra = Algebra(self.circuit, ground)
        fields: dict[str, Type] = {name: f.type for name, f in ground.fields.items()}
        left = {name: c.type for name, c in ground.constants.items() if name not in self.fixed}
        self.slots = Slots(self.algebra, fields, "")
        self.open_slots = Slots(self.algebra, left, "const ")

    def run(self) -> Encoded:
        """Everything, in an order that puts the state first."""
        state_bits, open_bits = self.slots.inputs(), self.open_slots.inputs()
        now = self.slots.symbols(state_bits)
        constants = self._constants(self.open_slots.symbols(open_bits))
        asked = state_asks(self.ground, self.algebra, constants, now)
        runs, selectors, pool = self._steps(now, constants)
        chosen = self.circuit.both(exactly_one(self.circuit, selectors), asked.inside)
        cases, values = self._cases(runs, selectors, (*state_bits, *open_bits))
        steps = step_asks(self.ground, self.algebra, constants, now, runs, values)
        start, start_bits, start_inputs, rigid = self._start()
        system = System(
            circuit=self.circuit,
            state=(*state_bits, *open_bits),
            labels=(*self.slots.labels, *self.open_slots.labels),
            inputs=(*selectors, *pool.inputs),
            cases=cases,
            valid=self._valid(chosen, runs, selectors),
            typed=self.circuit.conj(
                [self.slots.typed(state_bits), self.open_slots.typed(open_bits), asked.assumed if open_bits else TRUE]
            ),
            start_inputs=start_inputs,
            initial=(*start_bits, *rigid),
            initial_valid=self._start_valid(start, rigid),
            asks=self._asks(asked, steps, chosen, selectors, start, rigid),
        )
        args = tuple(run.arg_bits for run in runs)
        return Encoded(self.ground, system, self.fixed, self.slots, self.open_slots, args, asked.unsupported)

    def _constants(self, left: Symbols) -> Symbols:
        decls = self.ground.constants
        return {n: self.algebra.constant(v, decls[n].type) for n, v in self.fixed.items()} | left

    # --- steps --------------------------------------------------------------------------------------------------

    def _steps(self, now: Symbols, constants: Symbols) -> tuple[list[ActionRun], list[Lit], Pool]:
        pool = Pool(self.circuit, "input")
        selectors = [self.circuit.input(f"action {a.name}") for a in self.ground.actions]
        runs: list[ActionRun] = []
        for action, selector in zip(self.ground.actions, selectors, strict=True):
            pool.restart()
            runs.append(step_run(self.ground, self.algebra, constants, now, action, pool, selector))
        return runs, selectors, pool

    def _cases(
        self, runs: list[ActionRun], selectors: list[Lit], state: tuple[Lit, ...]
    ) -> tuple[tuple[Case, ...], list[Lit]]:
        """What each action writes, and where that is a change."""
        cases, changed = [], []
        for index, (run, selector) in enumerate(zip(runs, selectors, strict=True)):
            after = self.slots.bits(run.after)
            pairs = [(bit, new) for bit, (new, old) in enumerate(zip(after, state, strict=False)) if new != old]
            cases.append(Case(index, self.ground.actions[index].name, selector, tuple(pairs)))
            changed.append(self.circuit.disj([self.circuit.xor(new, state[bit]) for bit, new in pairs]))
        return tuple(cases), changed

    def _valid(self, chosen: Lit, runs: list[ActionRun], selectors: list[Lit]) -> Lit:
        pairs = zip(runs, selectors, strict=True)
        happens = [self.circuit.either(s ^ 1, self.circuit.both(r.codes, r.completes)) for r, s in pairs]
        return self.circuit.conj([chosen, *happens])

    # --- the initialiser ----------------------------------------------------------------------------------------

    def _start(self) -> tuple[ActionRun, tuple[Lit, ...], tuple[Lit, ...], tuple[Lit, ...]]:
        pool = Pool(self.circuit, "start")
        rigid = tuple(self.circuit.input(f"start {label}") for label in self.open_slots.labels)
        constants = self._constants(self.open_slots.symbols(rigid))
        start = start_run(self.ground, self.algebra, constants, pool)
        return start, self.slots.bits(start.after), (*rigid, *pool.inputs), rigid

    def _rigid_typed(self, rigid: tuple[Lit, ...]) -> Lit:
        constants = self._constants(self.open_slots.symbols(rigid))
        assumed = Asked.assumptions(self.ground, self.algebra, constants) if rigid else TRUE
        return self.circuit.both(self.open_slots.typed(rigid), assumed)

    def _start_valid(self, start: ActionRun, rigid: tuple[Lit, ...]) -> Lit:
        return self.circuit.conj([start.codes, start.completes, self._rigid_typed(rigid)])

    # --- promises -----------------------------------------------------------------------------------------------

    def _asks(
        self,
        asked: Asked,
        steps: dict[str, list[Lit]],
        chosen: Lit,
        selectors: list[Lit],
        start: ActionRun,
        rigid: tuple[Lit, ...],
    ) -> tuple[Ask, ...]:
        warned = [start.marks.get(warning_mark(n), FALSE) for n in self.ground.live_warnings]
        broken = {BOUNDS_ARE_KEPT: start.fault, NO_WARNINGS: self.circuit.disj(warned)}
        begun = self.circuit.both(start.codes, self._rigid_typed(rigid))
        found: list[Ask] = []
        for name, kind in asked.kinds.items():
            if name in asked.unsupported:
                continue
            per_action = steps.get(name, [FALSE] * len(selectors))
            step = self.circuit.disj([self.circuit.both(s, lit) for s, lit in zip(selectors, per_action, strict=True)])
            start_lit = self.circuit.both(begun, broken.get(name, FALSE))
            found.append(Ask(name, kind, asked.state.get(name, FALSE), self.circuit.both(chosen, step), start_lit))
        return tuple(found)


