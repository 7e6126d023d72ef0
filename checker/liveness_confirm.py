"""From a lasso in a graph to one that `evaluate` has walked: the last word before a promise about runs is VIOLATED.

Everything is computed again from the meaning: the steps, where premise and awaited are true, which fair instances are
enabled in the states of the loop, and which of them the loop takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from checker import evaluate
from checker.confirm import Finding
from checker.evaluate import Constants, Occasion, Reason, State
from checker.explicit.state_graph import Instance, StateGraph
from checker.explorations import RawPath, RawStep
from checker.liveness import Lasso
from checker.trace_build import Played, disagree
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Property
from spec.lang.values import Value, decode, show_value, values

Args = Mapping[str, Value]


def raw_path(ground: GroundMachine, constants: Constants, graph: StateGraph, lasso: Lasso) -> RawPath:
    """The lasso as steps with tapes, the first tape that leads where each edge leads.

    EngineError where there is none, which means that the graph is wrong.
    """
    start = graph.state(lasso.states[0])
    tape = next((t for t, state in evaluate.initial_states(ground, constants) if state == start), None)
    if tape is None:
        raise disagree("the first state of a lasso is not initial", RawPath((), ()))
    path = RawPath(tape, ())
    for source, edge, goal in zip(lasso.states, lasso.edges, lasso.states[1:], strict=False):
        instance = graph.instances[graph.instance[edge]]
        step = _step(ground, constants, graph.state(source), instance, graph.state(goal))
        if step is None:
            raise disagree(f"no step of a lasso leads from state {source} to state {goal}", path)
        path = RawPath(tape, (*path.steps, step))
    return path


def _step(ground: GroundMachine, constants: Constants, state: State, instance: Instance, goal: State) -> RawStep | None:
    action = ground.actions[instance.action]
    for run in _runs(ground, constants, state, action, arguments(ground, action.function, instance.args)):
        if run.kind == "step" and run.after == goal:
            return RawStep(instance.action, instance.args, run.codes)
    return None


def arguments(ground: GroundMachine, function: str, codes: Sequence[int]) -> dict[str, Value]:
    """The values of parameters, by name."""
    params = ground.functions[function].params
    return {p.name: decode(code, p.type, ground) for p, code in zip(params, codes, strict=True)}


def _runs(
    ground: GroundMachine, constants: Constants, state: State, action: Action, args: Args
) -> Iterator[evaluate.Run]:
    given = tuple(args.values())
    return evaluate.tapes(ground, lambda tape: evaluate.run(ground, constants, state, action, given, tape))


def confirm_lasso(played: Played, prop: Property, args: Args, loop: int | None) -> Finding | None:
    """Why the promise is broken by the run that goes along the path and then round the loop for ever.

    None if it is not broken. `loop` is the place of the state that the last state is again, or the last place if that
    state is repeated. Without a loop the path must end where the text of the promise has no value.
    """
    if loop is None:
        return _fault(played, prop, args)
    states = [played.boot.after, *(run.after for _, _, run in played.runs)]
    if any(run.kind != "step" or run.after == run.before for _, _, run in played.runs[loop:]):
        return None
    if not 0 <= loop < len(states) or states[loop] != states[-1] or not _is_fair(played, states[loop:], loop):
        return None
    trigger = _trigger(played, prop, args, states, loop)
    if trigger is None:
        return None
    return _finding(played, prop, args, states, trigger, loop)


def _trigger(played: Played, prop: Property, args: Args, states: Sequence[State], loop: int) -> int | None:
    """The first place where the premise is true and from which what must come is false for ever."""
    ground, constants = played.ground, played.constants
    begin = len(states)
    while begin and not evaluate.holds(ground, constants, prop, Occasion(states[begin - 1], args=args)).value:
        begin -= 1
    if begin > loop:
        return None
    for place in range(begin, len(states)):
        if evaluate.premise_holds(ground, constants, prop, Occasion(states[place], args=args)).value:
            return place
    return None


def _is_fair(played: Played, states: Sequence[State], loop: int) -> bool:
    """True if the loop, repeated for ever, is fair to every instance."""
    ground, constants = played.ground, played.constants
    taken = {(action.name, tuple(args.items())) for action, args, _ in played.runs[loop:]}
    for action in (a for a in ground.actions if a.fair):
        params = ground.functions[action.function].params
        for row in itertools.product(*(tuple(values(p.type, ground)) for p in params)):
            args = {p.name: v for p, v in zip(params, row, strict=True)}
            if (action.name, tuple(args.items())) in taken:
                continue
            able = (can_move(ground, constants, state, action, args) for state in states)
            if all(able) if action.fair == "weak" else any(able):
                return False
    return True


def can_move(ground: GroundMachine, constants: Constants, state: State, action: Action, args: Args) -> bool:
    """True if the instance is enabled: some tape of it leads to another state."""
    return any(r.kind == "step" and r.after != state for r in _runs(ground, constants, state, action, args))


# --- why --------------------------------------------------------------------------------------------------------


def _fault(played: Played, prop: Property, args: Args) -> Finding | None:
    occasion = Occasion(played.last, args=args)
    premise = evaluate.premise_holds(played.ground, played.constants, prop, occasion)
    awaited = evaluate.holds(played.ground, played.constants, prop, occasion)
    fault = premise.fault or awaited.fault
    if fault is None:
        return None
    turn = ", ".join(f"{name} = {value}" for name, value in _about(played, prop, args).binding)
    where = f"in the last state for {turn}" if turn else "in the last state"
    return Finding(f"'{prop.name}' has no value {where}: {fault.message}", fault.span)


def _finding(played: Played, prop: Property, args: Args, states: Sequence[State], trigger: int, loop: int) -> Finding:
    ground, constants = played.ground, played.constants
    reasons = [_about(played, prop, args)]
    at_trigger, at_loop = Occasion(states[trigger], args=args), Occasion(states[loop], args=args)
    if prop.premise is not None:
        reasons += _below(evaluate.explain(ground, constants, prop, at_trigger, premise=True))
        message = f"true {_place(trigger)}; what it leads to is false from there on, for ever"
    else:
        message = f"false {_place(loop)}, and in every state of the loop" if loop < len(states) - 1 else ""
        message = message or f"false {_place(loop)}, where the run may stay for ever"
    reasons += _below(evaluate.explain(ground, constants, prop, at_loop))
    body = ground.functions[prop.function].body
    return Finding(message, body[-1].span if body else prop.span, tuple(reasons))


def _place(place: int) -> str:
    return f"after step {place}" if place else "in the first state"


def _about(played: Played, prop: Property, args: Args) -> Reason:
    """The promise itself, with the values of its parameters."""
    params = played.ground.functions[prop.function].params
    binding = tuple((p.name, show_value(args[p.name], played.ground, p.type)) for p in params)
    return Reason(0, prop.name, "False", prop.span, binding)


def _below(reasons: Sequence[Reason]) -> list[Reason]:
    return [Reason(r.depth + 1, r.text, r.value, r.span, r.binding, r.fault) for r in reasons]
