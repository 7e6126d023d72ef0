"""The direct run: a spec run by Python itself, a second meaning that knows nothing of the parser.

    with universe(Device=3, Group=1, switches={"era": "E3"}):
        m = DmaOwnership()
    perform(m, "claim", (g, u), tape=(0,))

The text of every method is rewritten a little (see `direct_rewrite`) and compiled; the rest is Python's own meaning.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from spec.lang.direct_call import parameter_kind, parameters
from spec.lang.direct_convert import from_value, to_value
from spec.lang.direct_parts import holder, is_about, qualified, reach, tree
from spec.lang.direct_process import Block, blocks_of, parameters_of, take
from spec.lang.direct_threads import no_lock_cycle
from spec.lang.direct_universe import Disabled, Run, SpecFault, inside, running, universe
from spec.lang.direct_world import World, at_state, has_initialiser, initialise, promised
from spec.lang.errors import RequestError, nearest
from spec.lang.process_points import NO_LOCK_CYCLE
from spec.lang.values import Value
from spec.lang.words_calls import DONE, Outcome
from spec.lang.words_methods import Method, Promise

__all__ = [
    "ACTION_KINDS", "PROMISE_KINDS", "PROPERTY_KINDS", "DirectRun", "DirectStep", "SpecFault", "holds",
    "initial_states", "methods_of",
    "perform", "premise_holds", "restore", "snapshot", "steps", "universe",
]  # fmt: skip

ACTION_KINDS = ("ioctl", "kernel", "hardware", "fault")
PROPERTY_KINDS = ("invariant", "action", "during", "goal", "final", "boundary", "assume", "lemma")
PROMISE_KINDS = ("leads_to", "always_eventually")
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
    with inside(world.universe):
        block = next((b for b in blocks_of(instance) if b.name == action), None)
        run = Run(tuple(tape))
        if block is not None:
            result = _run_block(instance, block, args, run)
        else:
            method = _named(action, methods_of(instance, *ACTION_KINDS), "action")
            result = _run(instance, method, _arguments(method, args), run)
    if len(run.read) < len(run.tape):
        raise RequestError(f"{action} reads {len(run.read)} choices, the tape has {len(run.tape)}")
    return result


def _run(instance: Any, method: Method[Any], args: tuple[Any, ...], run: Run) -> DirectRun:
    known = dict(zip(parameters(method), args, strict=True))
    return _taken(instance, (method.name,), known, lambda: reach(instance, method.name)(*args), run)


def _run_block(instance: Any, block: Block, args: Sequence[Any], run: Run) -> DirectRun:
    names = parameters_of(block)
    if len(names) != len(args):
        raise RequestError(f"{block.name} takes {', '.join(names) or 'no arguments'}; {len(args)} are given")
    made = tuple(from_value(a, parameter_kind(block.method, n)) for n, a in zip(names, args, strict=True))
    known = dict(zip(names, made, strict=True))
    return _taken(instance, (block.name, block.method.name), known, lambda: take(instance, block, made), run)


def _taken(
    instance: Any, names: tuple[str, ...], known: dict[str, Any], go: Callable[[], Any], run: Run
) -> DirectRun:
    """What a step came to; `names` are those that properties may know it by."""
    world = _world(instance)
    before = dict(world.state)
    world.before, world.broken = before, []
    try:
        with running(run):
            result = go()
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
    broken = tuple(dict.fromkeys([*world.broken, *_broken_by(instance, names, known, outcome, before)]))
    return DirectRun(
        "step", outcome.kind, outcome.errno, outcome.reason, tuple(run.read), tuple(run.warnings), broken,
        world.state != before,
    )  # fmt: skip


def _broken_by(
    instance: Any, names: tuple[str, ...], known: dict[str, Any], outcome: Outcome, before: dict[str, Any]
) -> list[str]:
    known = known | {"outcome": outcome}
    old = at_state(instance, before)
    about = [p for p in methods_of(instance, "action") if any(is_about(p, name) for name in names)]
    return [p.name for p in about if not promised(instance, p, known | {"old": holder(old, p.name)})]


def steps(instance: Any) -> Iterator[DirectStep]:
    """Every run from the present state, disabled and faulting ones too: actions as declared, arguments in the order
    of their values, tapes as an odometer. The instance is left as it was."""
    world = _world(instance)
    _refuse_processes(instance)
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
    if not has_initialiser(instance):
        return [snapshot(instance)]
    found: list[dict[str, Value]] = []
    tape: tuple[int, ...] | None = ()
    while tape is not None:
        world.state = dict(world.first)
        run = Run(tape)
        with inside(world.universe), running(run):
            initialise(instance)
        state = snapshot(instance)
        if state not in found:
            found.append(state)
        tape = run.next_tape()
    return found


def holds(instance: Any, name: str, args: Sequence[Any] = ()) -> bool:
    """True if an invariant, goal, final, boundary or assumption holds in the present state, or what is promised of
    whole runs is there for these arguments (of `leads_to`, what must come).

    A fault in it counts as False, in a boundary as True (the state is inside).
    """
    world = _world(instance)
    if name == NO_LOCK_CYCLE:
        return no_lock_cycle(instance)
    method = _named(name, methods_of(instance, *PROPERTY_KINDS, *PROMISE_KINDS), "property")
    with inside(world.universe):
        if method.kind in PROMISE_KINDS:
            return _part(instance, method, _arguments(method, args), "awaited")
        if method.kind != "boundary":
            return promised(instance, method, {})
        try:
            return cast(bool, reach(instance, method.name)())
        except SpecFault:
            return True


def premise_holds(instance: Any, name: str, args: Sequence[Any] = ()) -> bool:
    """True if what a `leads_to` property answers to is there in the present state; a fault counts as False."""
    method = _named(name, methods_of(instance, "leads_to"), "promise")
    with inside(_world(instance).universe):
        return _part(instance, method, _arguments(method, args), "premise")


def _part(instance: Any, method: Method[Any], args: tuple[Any, ...], part: Literal["premise", "awaited"]) -> bool:
    try:
        answer = reach(instance, method.name)(*args)
        return cast(bool, getattr(answer, part)() if isinstance(answer, Promise) else answer)
    except SpecFault:
        return False


def snapshot(instance: Any) -> dict[str, Value]:
    """The state, field by field."""
    world = _world(instance)
    with inside(world.universe):
        return {name: to_value(value) for name, value in world.state.items()}


def restore(instance: Any, state: Mapping[str, Any]) -> None:
    """Put a state back, all fields of it. Raises RequestError for a state of another spec or other sizes."""
    world = _world(instance)
    _refuse_processes(instance)
    if set(state) != set(world.state):
        raise RequestError(f"the state has other fields: {', '.join(sorted(set(state) ^ set(world.state)))}")
    with inside(world.universe):
        kinds = {w.prefix + name: v.kind for w in tree(world) for name, v in w.variables.items()}
        world.state = {name: from_value(state[name], kinds[name]) for name in world.state}


def _refuse_processes(instance: Any) -> None:
    if _world(instance).of_kind("process"):
        raise RequestError("the direct run of a spec with processes goes forward only: use direct.perform")


def methods_of(instance: Any, *kinds: str) -> list[Method[Any]]:
    """The available actions or properties of these kinds, as declared, a base's first; those of parts under
    qualified names, and of their actions those that happen by themselves."""
    return qualified(_world(instance), *kinds)


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
