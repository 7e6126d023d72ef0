"""What every call answers in a state, with outputs and the names of choices, by generated Python; remembered by mask.

A search needs neither outputs nor names; whoever holds an implementation against a machine needs both. Calls and tapes
come in the order of all engines; a run that is disabled is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.explicit.layout import Layout
from checker.explicit.py_functions import Program
from checker.explicit.py_masks import Reach
from checker.explicit.py_memo import Coverage, Slots
from checker.explicit.py_runtime import Disabled, Fault, Run
from checker.explicit.py_states import StateChecks, rule_mask
from checker.explicit.py_steps import Instance, initial_states, instances, step_reach
from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.ir import OutcomeLit
from spec.lang.types import OUTCOME, BoolType, IntType, MapType, NoneType, OptionType, SeqType, SetType, Type
from spec.lang.values import MapValue, Value, bounds, decode
from spec.lang.walk import expressions

MEMO_LIMIT = 1_000_000
"""Boundaries that are remembered."""


@dataclass(frozen=True, slots=True)
class RanCall:
    """One run of a call. `change` is the exclusive or of the packed states; a run that faults has `faulted` only.

    `choices` are what was read, by function and name; `place` is that of the call among all instances.
    """

    place: int
    tape: tuple[int, ...]
    choices: tuple[tuple[str, int], ...]
    site: int
    outputs: tuple[tuple[str, Value], ...]
    warnings: tuple[int, ...]
    change: int
    faulted: bool = False


class _Noting(Run):
    """A run that also keeps the names of choices and the outputs of outcomes."""

    __slots__ = ("answers", "names")

    def __init__(self, tape: list[int]) -> None:
        super().__init__(tape)
        self.names: list[str] = []
        self.answers: dict[int, tuple[Any, ...]] = {}

    def take(self, cardinality: int, name: str = "") -> int:
        self.names.append(name)
        return super().take(cardinality)

    def site(self, number: int, *outputs: Any) -> int:
        self.answers[number] = outputs
        return super().site(number)


class Answers:
    """The answers of one machine at one choice of its constants."""

    def __init__(self, ground: GroundMachine, constants: Mapping[str, Sequence[int]]) -> None:
        self.ground = ground
        self.layout = Layout(ground)
        self.instances = instances(ground)
        self._program = Program(ground, self.layout, constants)
        self._functions = tuple(self._program.functions[a.function] for a in ground.actions)
        self._answering = tuple(ground.functions[a.function].returns == OUTCOME for a in ground.actions)
        self._slots = Slots(self.layout)
        self._outputs = _outputs(ground)
        reach = Reach(ground, self.layout, constants)
        self.classes: Sequence[tuple[int, list[Any]]] = self._classes(reach)
        boundaries = [p for p in ground.properties if p.kind == "boundary"]
        mask = 0
        for rule in boundaries:
            mask |= rule_mask(rule, reach, self.layout)
        self._bounds = StateChecks(boundaries, self._program, mask, self.layout, Coverage(), MEMO_LIMIT)

    def _classes(self, reach: Reach) -> list[tuple[int, list[Instance]]]:
        found: dict[int, list[Instance]] = {}
        for instance in self.instances:
            found.setdefault(self.layout.mask(step_reach(self.ground, reach, instance)), []).append(instance)
        return list(found.items())

    def initial(self) -> list[tuple[tuple[int, ...], tuple[tuple[str, int], ...], int]]:
        """The tape, the choices by name, and the packed state of every initial state; of equal ones the first."""
        names: list[tuple[str, int]]
        found: dict[int, tuple[tuple[int, ...], tuple[tuple[str, int], ...]]] = {}
        for tape, _, slots in initial_states(self.ground, self._program, len(self.layout.leaves)):
            if isinstance(slots, list):
                names = self._initial_names(tape)
                found.setdefault(self.layout.pack(slots), (tape, tuple(names)))
        return [(tape, choices, state) for state, (tape, choices) in found.items()]

    def _initial_names(self, tape: tuple[int, ...]) -> list[tuple[str, int]]:
        """The choices behind a tape of the initialiser."""
        if self.ground.initial is None:
            return []
        run, slots = _Noting(list(tape)), [0] * len(self.layout.leaves)
        self._program.initialise(slots)
        self._program.functions[self.ground.initial](slots, None, run)
        return list(zip(run.names, run.tape, strict=False))

    def inside(self, state: int) -> bool:
        """True if the state is within all boundaries, so that a search goes on from it."""
        return not self._bounds.check(state)[0]

    def runs(self, members: Sequence[Instance], state: int) -> tuple[RanCall, ...]:
        """All runs of some calls in a state that are not disabled."""
        old = list(self._slots.of(state))
        return tuple(ran for one in members for ran in self._of(one, old))

    def _of(self, one: Instance, old: list[int]) -> Iterator[RanCall]:
        tape: list[int] | None = []
        while tape is not None:
            run = _Noting(tape)
            ran = self._run(one, old, run)
            if ran is not None:
                yield ran
            tape = run.next_tape()

    def _run(self, one: Instance, old: list[int], run: _Noting) -> RanCall | None:
        now, site, faulted = old.copy(), 0, False
        try:
            answer = self._functions[one.action](now, old, run, *one.values)
        except Disabled:
            return None
        except Fault:
            faulted, now = True, old
        else:
            site = answer if self._answering[one.action] else 0
        read = tuple(run.tape[: run.place])
        given = run.answers.get(site, ()) if not faulted else ()
        kinds = self._outputs[site, len(given)] if given else ()
        return RanCall(
            place=one.place,
            tape=read,
            choices=tuple(zip(run.names, read, strict=True)),
            site=site,
            outputs=tuple((name, value_of(v, kind, self.ground)) for (name, kind), v in zip(kinds, given, strict=True)),
            warnings=tuple(run.warnings),
            change=self._slots.delta(old, now),
            faulted=faulted,
        )


def _outputs(ground: GroundMachine) -> dict[tuple[int, int], tuple[tuple[str, Type], ...]]:
    """The names and types of the outputs of every site that has some, by the site and how many there are."""
    found: dict[tuple[int, int], tuple[tuple[str, Type], ...]] = {}
    for function in ground.functions.values():
        for expr in expressions(function.body):
            if isinstance(expr, OutcomeLit) and expr.outputs:
                kinds = tuple((name, value.type) for name, value in expr.outputs)
                if found.setdefault((expr.site, len(kinds)), kinds) != kinds:
                    span = ground.machine.sites[expr.site].span
                    raise EngineError(f"the outputs of one place have two types: {span}")
    return found


def value_of(given: Any, kind: Type, ground: GroundMachine) -> Value:
    """A value of generated Python (see NOTE(values) in `py_runtime`) as everybody else knows it."""
    match kind:
        case BoolType():
            return bool(given)
        case IntType():
            return int(given)
        case NoneType():
            return None
        case OptionType(item):
            return None if given is None else value_of(given, item, ground)
        case SeqType(item, _):
            return tuple(value_of(v, item, ground) for v in given)
        case MapType(_, item):
            return MapValue(tuple(value_of(v, item, ground) for v in given))
        case SetType(IntType() as item):
            low = bounds(item, ground)[0]
            return frozenset(low + i for i in range(given.bit_length()) if given >> i & 1)
        case _:
            return decode(given, kind, ground)


def choice_decoders(ground: GroundMachine) -> dict[str, Callable[[int], Value]]:
    """From the name of a choice, `function.name`, to what a code of it stands for."""
    return {
        f"{function.name}.{choice.name}": (lambda code, kind=choice.type: decode(code, kind, ground))  # type: ignore[misc]
        for function in ground.functions.values()
        for choice in function.choices
    }
