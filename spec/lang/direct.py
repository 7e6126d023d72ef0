"""The direct run: a spec run by Python itself, a second meaning that knows nothing of the parser.

    with universe(Device=3, Group=1, switches={"era": "E3"}):
        m = DmaOwnership()
    perform(m, "claim", (g, u), tape=(0,))

The text of every method is rewritten a little (see `direct_rewrite`) and compiled; the rest is Python's own meaning.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from spec.lang.direct_call import parameter_kind, parameters
from spec.lang.direct_convert import from_value, to_value
from spec.lang.direct_universe import Disabled, Run, SpecFault, inside, running, universe
from spec.lang.direct_world import World, at_state, initialiser, promised
from spec.lang.errors import RequestError, nearest
from spec.lang.values import Value
from spec.lang.words_calls import DONE, Outcome
from spec.lang.words_methods import Method

__all__ = [
    "ACTION_KINDS", "PROPERTY_KINDS", "DirectRun", "DirectStep", "SpecFault", "holds", "initial_states", "methods_of",
    "perform", "restore", "snapshot", "steps", "universe",
]  # fmt: skip

ACTION_KINDS = ("ioctl", "kernel", "hardware", "fault")
PROPERTY_KINDS = ("invariant", "action", "during", "goal", "final", "boundary", "assume", "lemma")
RunKind = Literal["step", "disabled", "fault"]


@dataclass(frozen=True, slots=True)
class DirectRun:
    """What one run of an action came to.

    `outcome` is done, refused, blocked or partial for a step and empty otherwise. `tape` has the codes of the choices
    that were read. `broken` names the `@during` and action properties that the step violates, each once.
    """

    kind: RunKind
    outcome: str = ""
    errno: str = ""
    reason: str = ""
    tape: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    changed: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class DirectStep:
    """One way to go on from a state; `after` is the state before where there is no successor."""

    action: str
    args: tuple[Value, ...]
    run: DirectRun
    after: dict[str, Value] = field(hash=False)


def perform(instance: Any, action: str, args: Sequence[Any] = (), tape: Sequence[int] = ()) -> DirectRun:
    """Run one action. The state changes only if the run is a step. Choices past the end of `tape` take code 0.

    Arguments are elements, members and so on, or the values of `spec.lang.values`. Raises RequestError for an unknown
    action, arguments that do not fit, or a tape longer than what is read.
    """
    world = _world(instance)
    method = _named(action, methods_of(instance, *ACTION_KINDS), "action")
    with inside(world.universe):
        run = Run(tuple(tape))
        result = _run(instance, method, _arguments(method, args), run)
    if len(run.read) < len(run.tape):
        raise RequestError(f"{action} reads {len(run.read)} choices, the tape has {len(run.tape)}")
    return result


def _run(instance: Any, method: Method[Any], args: tuple[Any, ...], run: Run) -> DirectRun:
    world = _world(instance)
    before = dict(world.state)
    world.before, world.broken = before, []
    try:
        with running(run):
            result = getattr(instance, method.name)(*args)
    except (Disabled, SpecFault) as stop:
        world.state = before
        kind: RunKind = "disabled" if isinstance(stop, Disabled) else "fault"
        broken = tuple(dict.fromkeys(world.broken))
        return DirectRun(kind, "", "", "", tuple(run.read), tuple(run.warnings), broken, False, str(stop))
    except BaseException:
        world.state = before
        raise
    finally:
        world.before = None
    outcome = result if isinstance(result, Outcome) else DONE
    broken = tuple(dict.fromkeys([*world.broken, *_broken_by(instance, method, args, outcome, before)]))
    return DirectRun(
        "step", outcome.kind, outcome.errno, outcome.reason, tuple(run.read), tuple(run.warnings), broken,
        world.state != before,
    )  # fmt: skip


def _broken_by(
    instance: Any, method: Method[Any], args: tuple[Any, ...], outcome: Outcome, before: dict[str, Any]
) -> list[str]:
    known = dict(zip(parameters(method), args, strict=True))
    known |= {"old": at_state(instance, before), "outcome": outcome}
    about = [p for p in methods_of(instance, "action") if not p.on or method.name in p.on]
    return [p.name for p in about if not promised(instance, p, known)]


def steps(instance: Any) -> Iterator[DirectStep]:
    """Every run from the present state, disabled and faulting ones too: actions as declared, arguments in the order
    of their values, tapes as an odometer. The instance is left as it was."""
    world = _world(instance)
    before = dict(world.state)
    here = snapshot(instance)
    for method in methods_of(instance, *ACTION_KINDS):
        with inside(world.universe):
            kinds = [parameter_kind(method, name) for name in parameters(method)]
            rows = list(itertools.product(*([k.decode(c) for c in range(k.cardinality)] for k in kinds)))
        for args in rows:
            tape: tuple[int, ...] | None = ()
            while tape is not None:
                run = Run(tape)
                with inside(world.universe):
                    result = _run(instance, method, args, run)
                after = snapshot(instance) if result.changed else here
                world.state = dict(before)
                yield DirectStep(method.name, tuple(to_value(a) for a in args), result, after)
                tape = run.next_tape()


def initial_states(cls: type) -> list[dict[str, Value]]:
    """The initial states in the current universe, each once, in the order of the initialiser's tapes."""
    instance = cls()
    world = _world(instance)
    start = initialiser(instance)
    if start is None:
        return [snapshot(instance)]
    found: list[dict[str, Value]] = []
    tape: tuple[int, ...] | None = ()
    while tape is not None:
        world.state = dict(world.first)
        run = Run(tape)
        with inside(world.universe), running(run):
            getattr(instance, start.name)()
        state = snapshot(instance)
        if state not in found:
            found.append(state)
        tape = run.next_tape()
    return found


def holds(instance: Any, name: str) -> bool:
    """True if an invariant, goal, final, boundary or assumption holds in the present state.

    A fault in it counts as False, in a boundary as True (the state is inside).
    """
    world = _world(instance)
    method = _named(name, methods_of(instance, *PROPERTY_KINDS), "property")
    with inside(world.universe):
        if method.kind != "boundary":
            return promised(instance, method, {})
        try:
            return cast(bool, getattr(instance, method.name)())
        except SpecFault:
            return True


def snapshot(instance: Any) -> dict[str, Value]:
    """The state, field by field."""
    world = _world(instance)
    with inside(world.universe):
        return {name: to_value(value) for name, value in world.state.items()}


def restore(instance: Any, state: Mapping[str, Any]) -> None:
    """Put a state back, all fields of it. Raises RequestError for a state of another spec or other sizes."""
    world = _world(instance)
    if set(state) != set(world.state):
        raise RequestError(f"the state has other fields: {', '.join(sorted(set(state) ^ set(world.state)))}")
    with inside(world.universe):
        world.state = {name: from_value(state[name], world.variables[name].kind) for name in world.state}


def methods_of(instance: Any, *kinds: str) -> list[Method[Any]]:
    """The available actions or properties of these kinds, as declared, a base's first."""
    return _world(instance).of_kind(*kinds)


def _world(instance: Any) -> World:
    return cast(World, instance._world)


def _named(name: str, methods: list[Method[Any]], what: str) -> Method[Any]:
    for method in methods:
        if method.name == name:
            return method
    raise RequestError(f"no {what} {name}; {nearest(name, [m.name for m in methods])}")


def _arguments(method: Method[Any], args: Sequence[Any]) -> tuple[Any, ...]:
    names = parameters(method)
    if len(names) != len(args):
        raise RequestError(f"{method.name} takes {', '.join(names) or 'no arguments'}; {len(args)} are given")
    return tuple(from_value(a, parameter_kind(method, n)) for n, a in zip(names, args, strict=True))
