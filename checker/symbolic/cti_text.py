"""A counterexample to induction for people: the state it starts in, what the steps do, and what let them through.

Of the state only those entries are shown that the steps rest on (`cti_lift`); what else changes shows in the steps.
`evaluate` has walked the steps and found the promise broken: nothing is printed on the word of a solver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from checker import evaluate
from checker.confirm import Finding, confirm
from checker.evaluate import Constants, Occasion, Run, State
from checker.symbolic.answers import Cti
from checker.symbolic.clause_text import leaf_of, place_of, slot_text
from checker.symbolic.cti_lift import needed_bits
from checker.symbolic.cti_tests import tests_of_step
from checker.symbolic.encode import Encoded
from checker.symbolic.solver import Deadline
from checker.trace import TraceStep
from checker.trace_build import Played, build_trace
from checker.trace_table import call_text, changes
from spec.lang.errors import EngineError
from spec.lang.machine import Action
from spec.lang.values import Value, decode, encode_slots, show_value

Taken = tuple[Action, dict[str, Value], Run]
Kind = Literal["step", "disabled", "fault"]


def cti_lines(encoded: Encoded, name: str, cti: Cti, deadline: Deadline | None = None) -> tuple[str, ...]:
    """The counterexample as lines of text.

    EngineError where `evaluate` cannot follow it or does not find the promise broken: the circuit is then not the
    machine. `Unknown` where the solver does not say what the steps rest on.
    """
    walk = _Walk(encoded, name, cti)
    bits = needed_bits(encoded.system, name, cti.path, deadline or Deadline())
    lines = [f"{walk.count} where all is kept, from one with", *_indented(_entries(encoded, cti, sorted(bits)))]
    for number, step in enumerate(walk.steps()):
        lines += _step_lines(walk, number, step)
    return (*lines, *_finding_lines(name, walk.finding))


def _entries(encoded: Encoded, cti: Cti, bits: list[int]) -> Iterator[str]:
    """The values of the slots that some bits belong to."""
    ground = encoded.ground
    state, constants = encoded.decode(cti.path.states[0])
    seen: set[str] = set()
    for bit in bits:
        place = place_of(encoded.system.labels[bit])
        kind = (ground.constants if place.constant else ground.fields)[place.name].type
        whole = (constants if place.constant else state)[place.name]
        leaf = leaf_of(place.name, place.slot, place.constant, ground)
        text = slot_text(place.name, place.slot, kind, ground)
        value = decode(encode_slots(whole, kind, ground)[place.slot], leaf, ground)
        if text not in seen:
            seen.add(text)
            yield f"{text} = {show_value(value, ground, brief=True)}{'  (constant)' if place.constant else ''}"


def _step_lines(walk: _Walk, number: int, step: TraceStep) -> Iterator[str]:
    ground = walk.encoded.ground
    action, args, run = walk.runs[number]
    call, *more = call_text(step, ground).splitlines()
    yield f"then {call}: {step.outcome.label}"
    yield from _indented(more)
    yield from _indented([f"WARN {warning}" for warning in step.warnings])
    yield from _indented(changes(run.before, run.after, ground))
    tape = tuple(choice.code for choice in run.tape)
    for test in tests_of_step(ground, walk.constants, run.before, action, tuple(args.values()), tape):
        yield f"    {test.word} {test.text}: {test.value}  ({test.span.file}:{test.span.line})"


def _finding_lines(name: str, finding: Finding) -> Iterator[str]:
    place = f"  ({finding.span.file}:{finding.span.line})" if finding.span is not None else ""
    yield f"which breaks {name}: {finding.message}{place}"
    for reason in (r for r in finding.reasons if not r.text.isidentifier()):
        turn = f"  with {', '.join(f'{n} = {v}' for n, v in reason.binding)}" if reason.binding else ""
        yield f"  {'  ' * reason.depth}{reason.text}: {reason.fault or reason.value}{turn}"


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


class _Walk:
    """The steps of a counterexample as `evaluate` takes them, and what it finds broken at the end."""

    def __init__(self, encoded: Encoded, name: str, cti: Cti) -> None:
        self.encoded, self.name, self.path = encoded, name, cti.path
        self.count = "a state" if cti.k == 1 else f"{cti.k} states in a row"
        self.states: list[State] = [encoded.decode(bits)[0] for bits in cti.path.states]
        self.constants: Constants = encoded.decode(cti.path.states[0])[1]
        self.runs: list[Taken] = []
        found: Finding | None = None
        for number in range(len(cti.path.inputs)):
            found = self._take(number)
        if found is None:
            raise self._disagree("a path without a step")
        self.finding = found

    def steps(self) -> list[TraceStep]:
        """The steps as traces have them."""
        trace = build_trace(self._played(tuple(self.runs)), name=self.name, kind="", configuration="")
        return [state.step for state in trace.states if state.step is not None]

    def _take(self, number: int) -> Finding | None:
        """The step of this number with the first choices of nature that fit; what is broken, if it is the last one."""
        last = number + 1 == len(self.path.inputs)
        for taken in self._candidates(number):
            finding = self._broken((*self.runs, taken)) if last else None
            if finding is not None or not last:
                self.runs.append(taken)
                return finding
        raise self._disagree(f"step {number + 1} cannot be taken")

    def _candidates(self, number: int) -> Iterator[Taken]:
        ground, inputs = self.encoded.ground, self.path.inputs[number]
        system, bits = self.encoded.system, self.path.states[number]
        given = dict(zip(system.state, bits, strict=True)) | inputs
        on = system.circuit.evaluate([case.selector for case in system.cases], given)
        for case in (case for case, chosen in zip(system.cases, on, strict=True) if chosen):
            action = ground.actions[case.action]
            codes = self.encoded.args(lambda lit: system.circuit.evaluate([lit], given)[0], case.action)
            params = ground.functions[action.function].params
            args = {p.name: decode(code, p.type, ground) for p, code in zip(params, codes, strict=True)}
            for run in self._runs(number, action, tuple(args.values())):
                yield action, args, run

    def _runs(self, number: int, action: Action, args: tuple[Value, ...]) -> Iterator[Run]:
        ground, before = self.encoded.ground, self.states[number]

        def attempt(tape: tuple[int, ...]) -> Run:
            return evaluate.run(ground, self.constants, before, action, args, tape)

        for run in evaluate.tapes(ground, attempt):
            whole = number + 1 < len(self.states)
            if (run.kind == "step" and run.after == self.states[number + 1]) if whole else run.kind != "disabled":
                yield run

    def _played(self, runs: tuple[Taken, ...]) -> Played:
        """The steps as a path whose first state an initialiser might have made."""
        first = self.states[0]
        kind: Kind = "step"
        boot = Run(kind, None, {}, first, (), (), frozenset(), (), (), frozenset(), (), None)
        return Played(self.encoded.ground, self.constants, boot, runs)

    def _broken(self, runs: tuple[Taken, ...]) -> Finding | None:
        played, ground = self._played(runs), self.encoded.ground
        prop = next((p for p in ground.properties if p.name == self.name and p.kind == "lemma"), None)
        if prop is None:
            return confirm(played, self.name)
        here = Occasion(played.last)
        if evaluate.holds(ground, self.constants, prop, here).value:
            return None
        reasons = tuple(evaluate.explain(ground, self.constants, prop, here))
        return Finding("false in the last state", prop.span, reasons)

    def _disagree(self, message: str) -> EngineError:
        return EngineError(f"internal disagreement, please report: '{self.name}': {message} (induction): {self.path}")
