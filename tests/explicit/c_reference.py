"""A breadth-first walk with `checker.evaluate`, as plain as can be, to hold generated C against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checker import evaluate
from checker.explorations import Exploration, RawPath, RawStep
from spec.lang.ground import GroundMachine
from spec.lang.values import Value, encode_slots

Slots = tuple[int, ...]


@dataclass
class Walk:
    """States in order of discovery as slots, with the path that found each; and what was counted."""

    states: list[Slots] = field(default_factory=list)
    paths: list[RawPath] = field(default_factory=list)
    transitions: int = 0
    refusals: int = 0
    first_fault: RawPath | None = None


def slots_of(ground: GroundMachine, state: Mapping[str, Value]) -> Slots:
    return tuple(code for name, f in ground.fields.items() for code in encode_slots(state[name], f.type, ground))


def walk(ground: GroundMachine, constants: dict[str, Value], depth: int = 1_000) -> Walk:
    """All states that `depth` steps reach; boundaries are not looked at."""
    found = Walk()
    numbers: dict[Slots, int] = {}
    full: list[evaluate.State] = []
    for tape, state in evaluate.initial_states(ground, constants):
        slots = slots_of(ground, state)
        if slots not in numbers:
            numbers[slots] = len(full)
            full.append(state)
            found.paths.append(RawPath(tape, ()))
    place = 0
    while place < len(full):
        before, path = full[place], found.paths[place]
        if len(path.steps) >= depth:
            break
        for step in evaluate.steps(ground, constants, before):
            raw = replace(path, steps=(*path.steps, RawStep(step.index, step.codes(ground), step.run.codes)))
            if step.run.kind == "fault":
                found.first_fault = found.first_fault or raw
                continue
            assert step.run.outcome is not None
            kind = ground.machine.sites[step.run.outcome.site].kind
            if kind in ("refused", "blocked") and step.run.after == before:
                found.refusals += 1
                continue
            found.transitions += 1
            slots = slots_of(ground, step.run.after)
            if slots not in numbers:
                numbers[slots] = len(full)
                full.append(step.run.after)
                found.paths.append(raw)
        place += 1
    found.states = list(numbers)
    return found


def bare(result: Exploration) -> Exploration:
    """The result without what may differ between engines and runs."""
    return replace(result, engine="", seconds=0.0, extra={})


def agree(expected: Exploration, found: Exploration) -> None:
    """Fails, with the differing field, unless both say the same; `words` is left out, the slow search packs nothing."""
    for name in Exploration.__dataclass_fields__:
        if name not in ("engine", "words", "seconds", "extra"):
            assert (name, getattr(expected, name)) == (name, getattr(found, name))
