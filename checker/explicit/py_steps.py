"""Every step of an action in a state, by running generated Python over all tapes of choices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.explicit.py_fold import ANY
from checker.explicit.py_functions import Compiled, Program, holds
from checker.explicit.py_masks import Reach
from checker.explicit.py_runtime import Disabled, Fault, Run, decoder
from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property
from spec.lang.types import OUTCOME
from spec.lang.values import cardinality


@dataclass(frozen=True, slots=True)
class Instance:
    """An action with its arguments: codes for paths, values for generated code; `place` is its turn in a state."""

    place: int
    action: int
    args: tuple[int, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A property of steps, ready to be called: the places of the arguments that it asks for."""

    name: str
    function: Compiled
    premise: Compiled | None
    wanted: tuple[int, ...]


@dataclass(slots=True)
class Ran:
    """One run. `after` is None when there is no successor: disabled, or a fault."""

    tape: tuple[int, ...]
    after: list[int] | None = None
    site: int = 0
    violated: list[str] = field(default_factory=list)
    premises: list[str] = field(default_factory=list)
    sites: list[int] = field(default_factory=list)
    warnings: list[int] = field(default_factory=list)


def instances(ground: GroundMachine) -> tuple[Instance, ...]:
    """All actions with all arguments, in the order in which a search tries them."""
    found: list[Instance] = []
    for number, action in enumerate(ground.actions):
        kinds = [param.type for param in ground.functions[action.function].params]
        decoders = [decoder(kind, ground) for kind in kinds]
        for codes in itertools.product(*(range(cardinality(kind, ground)) for kind in kinds)):
            values = tuple(decode(code) for decode, code in zip(decoders, codes, strict=True))
            found.append(Instance(len(found), number, codes, values))
    return tuple(found)


def wanted_arguments(ground: GroundMachine, rule: Property, function: str) -> tuple[int, ...]:
    """The places, in the action's parameters, of the arguments that an action property asks for."""
    names = [param.name for param in ground.functions[function].params]
    return tuple(names.index(param.name) for param in ground.functions[rule.function].params[1:])


class Steps:
    """Runs action instances; holds no state between runs."""

    def __init__(self, ground: GroundMachine, program: Program) -> None:
        self._ground = ground
        self._kinds = tuple(site.kind for site in ground.machine.sites)
        self._functions = tuple(program.functions[action.function] for action in ground.actions)
        self._answer = tuple(ground.functions[action.function].returns == OUTCOME for action in ground.actions)
        self._rules = tuple(self._rules_of(program, action.name, action.function) for action in ground.actions)

    def _rules_of(self, program: Program, action: str, function: str) -> tuple[Rule, ...]:
        """The action properties that judge steps of one action."""
        return tuple(
            Rule(
                rule.name,
                program.functions[rule.function],
                None if rule.premise is None else program.functions[rule.premise],
                wanted_arguments(self._ground, rule, function),
            )
            for rule in self._ground.properties
            if rule.kind == "action" and (not rule.on or action in rule.on)
        )

    def runs(self, instance: Instance, slots: Sequence[int]) -> Iterator[Ran]:
        """All runs of an instance in a state, by tapes in odometer order, disabled ones among them."""
        tape: list[int] | None = []
        old = list(slots)
        while tape is not None:
            run = Run(tape)
            yield self._run(instance, old, run)
            tape = run.next_tape()

    def _run(self, instance: Instance, old: list[int], run: Run) -> Ran:
        now = old.copy()
        ran = Ran((), premises=run.premises, sites=run.sites, warnings=run.warnings)
        try:
            answer = self._functions[instance.action](now, old, run, *instance.values)
        except Disabled:
            return Ran(tuple(run.tape[: run.place]))
        except Fault:
            ran.violated.append(BOUNDS_ARE_KEPT)
        else:
            ran.after = now
            ran.site = answer if self._answer[instance.action] else 0
            self._judge(instance, old, now, ran)
        ran.tape = tuple(run.tape[: run.place])
        ran.violated.extend(name or BOUNDS_ARE_KEPT for name in run.broken)
        if run.warnings:
            ran.violated.append(NO_WARNINGS)
        return ran

    def _judge(self, instance: Instance, old: list[int], now: list[int], ran: Ran) -> None:
        """The promises about a step with an outcome."""
        if self.is_refusal(ran.site) and now != old:
            ran.violated.append(REFUSALS_CHANGE_NOTHING)
        quiet = Run([])
        for rule in self._rules[instance.action]:
            args = (ran.site, *(instance.values[place] for place in rule.wanted))
            try:
                if rule.premise is None or rule.premise(now, old, quiet, *args):
                    ran.premises.append(rule.name)
            except Fault:
                ran.violated.append(BOUNDS_ARE_KEPT)
            if not holds(rule.function, now, old, quiet, *args):
                ran.violated.append(rule.name)

    def is_refusal(self, site: int) -> bool:
        """True if an outcome of this site must change nothing."""
        return self._kinds[site] in ("refused", "blocked")

    def is_done(self, site: int) -> bool:
        """True if an outcome of this site is a success."""
        return self._kinds[site] == "done"


def initial_states(
    ground: GroundMachine, program: Program, width: int
) -> Iterator[tuple[tuple[int, ...], Run, list[int] | Fault | None]]:
    """All runs of the initialiser, by tapes in odometer order: slots, a fault, or None if it cannot happen."""
    tape: list[int] | None = []
    while tape is not None:
        run, slots = Run(tape), [0] * width
        end: list[int] | Fault | None = slots
        try:
            program.initialise(slots)
            if ground.initial is not None:
                program.functions[ground.initial](slots, None, run)
        except Disabled:
            end = None
        except Fault as fault:
            end = fault
        yield tuple(run.tape[: run.place]), run, end
        tape = run.next_tape()


def step_reach(ground: GroundMachine, reach: Reach, instance: Instance) -> frozenset[int]:
    """The slots that an instance, and the properties that judge its steps and writes, may read or write."""
    action = ground.actions[instance.action]
    touch = reach.call(action.function, instance.values)
    slots = touch.reads | touch.writes
    for rule in ground.properties:
        args: list[Any] | None = None
        if rule.kind == "during" and touch.writes:
            args = []
        elif rule.kind == "action" and (not rule.on or action.name in rule.on):
            wanted = wanted_arguments(ground, rule, action.function)
            args = [ANY, *(instance.values[place] for place in wanted)]
        if args is not None:
            functions = (rule.function, rule.premise)
            slots |= frozenset().union(*(reach.call(f, args).reads for f in functions if f is not None))
    return slots
