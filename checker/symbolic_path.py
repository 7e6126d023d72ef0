"""From a model of a circuit to a path that `evaluate` has walked: nothing that a solver says counts before that.

A model names actions, arguments and states. Which choices of nature lead from one state to the next is found by running
`evaluate` on every tape; the first that fits is taken, so the same model always gives the same path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker import evaluate
from checker.confirm import confirm
from checker.evaluate import Constants, Occasion, Run, State
from checker.explorations import RawPath, RawStep
from checker.symbolic.answers import Path
from checker.symbolic.circuit import Lit
from checker.symbolic.encode import Encoded
from checker.symbolic_answer import PREMISE, Walked
from checker.trace_build import Played
from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action
from spec.lang.values import Value, decode

Taken = tuple[Action, dict[str, Value], Run]


def walk(ground: GroundMachine, encoded: Encoded, name: str, path: Path) -> Walked:
    """The path that a model stands for, with its choices of nature; at its end `name` is broken (reached).

    EngineError where `evaluate` cannot follow or does not agree: the circuit is then not the machine.
    """
    return _Walk(ground, encoded, name, path).walked()


class _Walk:
    """One path; `constants` and `states` are what the bits of the model say."""

    def __init__(self, ground: GroundMachine, encoded: Encoded, name: str, path: Path) -> None:
        self.ground = ground
        self.encoded = encoded
        self.name = name
        self.path = path
        self.constants: Constants = _constants(encoded, path)
        self.states: list[State] = [encoded.decode(bits)[0] for bits in path.states]

    def walked(self) -> Walked:
        """Each initial tape that fits, then step by step."""
        for boot in self._boots():
            steps: list[RawStep] = []
            runs: list[Taken] = []
            for number in range(len(self.path.inputs)):
                raw, taken = self._step(number, boot, tuple(runs))
                steps.append(raw)
                runs.append(taken)
            if runs or self._breaks(boot, ()):
                return Walked(dict(self.constants), RawPath(boot.codes, tuple(steps)))
        raise self._disagree("no run of the initialiser fits")

    def _boots(self) -> Iterator[Run]:
        """The runs of the initialiser that lead to the first state; all of them where the start itself is broken."""
        for run in evaluate.initial_runs(self.ground, self.constants):
            if not self.states or (run.kind == "step" and run.after == self.states[0]):
                yield run

    def _step(self, number: int, boot: Run, before: tuple[Taken, ...]) -> tuple[RawStep, Taken]:
        """The step of this number, taken with the first tape that fits."""
        inputs = self.path.inputs[number]
        place, codes = self._chosen(number, inputs)
        action = self.ground.actions[place]
        params = self.ground.functions[action.function].params
        args = {p.name: decode(code, p.type, self.ground) for p, code in zip(params, codes, strict=True)}
        state = self.states[number]
        after = self.states[number + 1] if number + 1 < len(self.states) else None
        last = number + 1 == len(self.path.inputs)
        for run in self._runs(state, action, tuple(args.values())):
            fits = run.kind != "disabled" if after is None else run.kind == "step" and run.after == after
            taken = (action, args, run)
            if fits and (not last or self._breaks(boot, (*before, taken))):
                return RawStep(place, codes, run.codes), taken
        shown = ", ".join(f"{n}={v}" for n, v in args.items())
        raise self._disagree(f"no choices make {action.name}({shown}) step {number + 1}")

    def _runs(self, state: State, action: Action, args: tuple[Value, ...]) -> Iterator[Run]:
        def attempt(tape: tuple[int, ...]) -> Run:
            return evaluate.run(self.ground, self.constants, state, action, args, tape)

        return evaluate.tapes(self.ground, attempt)

    def _chosen(self, number: int, inputs: Mapping[Lit, bool]) -> tuple[int, tuple[int, ...]]:
        """The action of a step and the codes of its arguments."""
        system = self.encoded.system
        given = dict(zip(system.state, self.path.states[number], strict=True)) | dict(inputs)
        chosen = system.circuit.evaluate([case.selector for case in system.cases], given)
        places = [case.action for case, on in zip(system.cases, chosen, strict=True) if on]
        if len(places) != 1:
            raise self._disagree(f"step {number + 1} chooses {len(places)} actions")
        return places[0], self.encoded.args(lambda lit: system.circuit.evaluate([lit], given)[0], places[0])

    def _breaks(self, boot: Run, runs: tuple[Taken, ...]) -> bool:
        played = Played(self.ground, self.constants, boot, runs)
        return is_broken(played, self.name)

    def _disagree(self, message: str) -> EngineError:
        shown = f"{len(self.path.inputs)} steps, constants {dict(self.constants)}, states {self.states}"
        text = f"'{self.name}': {message} in a path of the solver ({shown})"
        return EngineError(f"internal disagreement, please report: {text}")


def _constants(encoded: Encoded, path: Path) -> Constants:
    """The constants of a model; where the initialiser itself breaks something they are among its inputs."""
    if path.states:
        return encoded.decode(path.states[0])[1]
    rigid = encoded.system.initial[encoded.slots.width :]
    return {**encoded.fixed, **encoded.open_slots.decode([path.start[lit] for lit in rigid])}


def is_broken(played: Played, name: str) -> bool:
    """True if the end of a path breaks a promise, reaches a goal, or is where a premise is true."""
    if name.endswith(PREMISE):
        return premise_seen(played, name.removesuffix(PREMISE))
    return confirm(played, name) is not None


def premise_seen(played: Played, name: str) -> bool:
    """True if the premise of this promise is true at the end of a path, as searches count it."""
    prop = next((p for p in played.ground.properties if p.name == name), None)
    if prop is None:
        return False
    if prop.kind not in ("action", "during"):
        if played.boot.kind == "fault" or (played.runs and played.runs[-1][2].kind != "step"):
            return False
        return evaluate.premise_holds(played.ground, played.constants, prop, Occasion(played.last)).value
    if not played.runs:
        return False
    action, args, run = played.runs[-1]
    if name in run.met:
        return True
    if prop.kind == "during" or run.kind != "step" or (prop.on and action.name not in prop.on):
        return False
    occasion = Occasion(run.after, run.before, run.outcome, args)
    return evaluate.premise_holds(played.ground, played.constants, prop, occasion).value
