"""The promises of a machine as literals: of states, of steps, and of what happens in the middle of a step."""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.encode_steps import ActionRun
from checker.symbolic.sym_algebra import Algebra
from checker.symbolic.sym_body import PREMISE_FAULT, broken_mark, judge, met_mark, warning_mark
from checker.symbolic.sym_world import Symbols, SymWorld
from checker.symbolic.system import AskKind
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property
from spec.lang.values import Answer


def premise_name(name: str) -> str:
    """The name of the question whether a property's premise is ever true."""
    return f"{name} (premise)"


@dataclass(slots=True)
class Asked:
    """What is asked of states: `state` has per name where it is broken (or reached).

    `inside` is true where the state is within every boundary, `assumed` where the constants are as assumed;
    `unsupported` has reasons by name.
    """

    kinds: dict[str, AskKind] = field(default_factory=dict)
    state: dict[str, Lit] = field(default_factory=dict)
    inside: Lit = TRUE
    assumed: Lit = TRUE
    unsupported: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def assumptions(ground: GroundMachine, algebra: Algebra, constants: Symbols) -> Lit:
        """True where the constants are as assumed."""
        world = SymWorld(ground, algebra, constants, {})
        found: list[Lit] = []
        for prop in ground.properties:
            if prop.kind == "assume":
                value, fault = judge(world, prop.function, None, None, {})
                found += [value, fault ^ 1]
        return algebra.circuit.conj(found)


def state_asks(ground: GroundMachine, algebra: Algebra, constants: Symbols, now: Symbols) -> Asked:
    """Everything that is asked of a single state; also names everything that is asked of steps."""
    asked, circuit = Asked(), algebra.circuit
    world = SymWorld(ground, algebra, constants, dict(now))
    faults: list[Lit] = []
    for prop in ground.properties:
        match prop.kind:
            case "invariant" | "lemma" | "goal":
                _state_ask(prop, world, asked, faults)
            case "action" | "during":
                asked.kinds[prop.name] = prop.kind
                if prop.kind == "action" or prop.premise is not None:
                    asked.kinds[premise_name(prop.name)] = "premise"
            case "boundary":
                value, fault = judge(world, prop.function, None, None, {})
                faults.append(circuit.both(asked.inside, fault))
                asked.inside = circuit.both(asked.inside, circuit.either(value, fault))
            case "final":
                if judge(world, prop.function, None, None, {})[1] != FALSE:
                    asked.unsupported[BOUNDS_ARE_KEPT] = f"'{prop.name}' may go wrong where nothing can happen"
            case _:
                pass
    asked.assumed = Asked.assumptions(ground, algebra, constants)
    asked.kinds |= {REFUSALS_CHANGE_NOTHING: "always", BOUNDS_ARE_KEPT: "always", NO_WARNINGS: "always"}
    asked.state[BOUNDS_ARE_KEPT] = circuit.disj(faults)
    return asked


def _state_ask(prop: Property, world: SymWorld, asked: Asked, faults: list[Lit]) -> None:
    circuit = world.circuit
    value, fault = judge(world, prop.function, None, None, {})
    true = circuit.both(value, fault ^ 1)
    if prop.kind == "goal":
        asked.kinds[prop.name], asked.state[prop.name] = "goal", true
        faults.append(fault)
    else:
        asked.kinds[prop.name] = "invariant" if prop.kind == "invariant" else "lemma"
        asked.state[prop.name] = true ^ 1
    if prop.premise is not None:
        met, missed = judge(world, prop.premise, None, None, {})
        if prop.kind != "lemma":
            asked.kinds[premise_name(prop.name)] = "premise"
            asked.state[premise_name(prop.name)] = circuit.both(met, missed ^ 1)
            faults.append(missed)


def step_asks(
    ground: GroundMachine,
    algebra: Algebra,
    constants: Symbols,
    now: Symbols,
    runs: list[ActionRun],
    changed: list[Lit],
) -> dict[str, list[Lit]]:
    """For every promise and action where a run of the action breaks it (or makes its premise true)."""
    found: dict[str, list[Lit]] = {}
    for place, run in enumerate(runs):
        for name, lit in _of_run(ground, algebra, constants, now, run, changed[place]).items():
            found.setdefault(name, [FALSE] * len(runs))[place] = algebra.circuit.both(run.codes, lit)
    return found


def _of_run(
    ground: GroundMachine, algebra: Algebra, constants: Symbols, now: Symbols, run: ActionRun, changed: Lit
) -> dict[str, Lit]:
    circuit, sites = algebra.circuit, ground.machine.sites
    faults = [run.fault, run.marks.get(PREMISE_FAULT, FALSE)]
    turned_away = algebra.some(
        run.outcome, lambda v: isinstance(v, Answer) and sites[v.site].kind in ("refused", "blocked")
    )
    found = {REFUSALS_CHANGE_NOTHING: circuit.conj([run.completes, turned_away, changed])}
    found[NO_WARNINGS] = circuit.disj([run.marks.get(warning_mark(n), FALSE) for n in ground.live_warnings])
    for prop in ground.properties:
        if prop.kind in ("during", "action"):
            broken = [run.marks.get(broken_mark(prop.name), FALSE)]
            met = [run.marks.get(met_mark(prop.name), FALSE)]
            if prop.kind == "action" and _is_on(prop, run):
                _after(prop, SymWorld(ground, algebra, constants, run.after), now, run, broken, met, faults)
            found[prop.name] = circuit.disj(broken)
            found[premise_name(prop.name)] = circuit.disj(met)
    found[BOUNDS_ARE_KEPT] = circuit.disj(faults)
    return found


def _is_on(prop: Property, run: ActionRun) -> bool:
    return run.action is not None and (not prop.on or run.action.name in prop.on)


def _after(
    prop: Property,
    world: SymWorld,
    old: Symbols,
    run: ActionRun,
    broken: list[Lit],
    met: list[Lit],
    faults: list[Lit],
) -> None:
    """An action property about a run that completed."""
    circuit = world.circuit
    value, fault = judge(world, prop.function, old, run.outcome, run.args)
    broken.append(circuit.both(run.completes, circuit.both(value, fault ^ 1) ^ 1))
    if prop.premise is None:
        met.append(run.completes)
        return
    true, missed = judge(world, prop.premise, old, run.outcome, run.args)
    met.append(circuit.conj([run.completes, true, missed ^ 1]))
    faults.append(circuit.both(run.completes, missed))

