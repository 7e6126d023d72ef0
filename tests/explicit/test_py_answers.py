"""Answers by generated Python, remembered by mask, against the meaning: runs, tapes, choices, outputs, what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, assume, given, settings

from checker.constants import as_slots, constant_choices, from_slots
from checker.evaluate import initial_states, steps
from checker.explicit.py_answers import Answers, RanCall
from checker.request import Settings, instances
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import OutcomeLit
from spec.lang.values import encode
from spec.lang.walk import expressions
from tests.random_machines import cases

STATES = 40


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_random_machines(case: tuple[GroundMachine, Mapping[str, Sequence[int]]]) -> None:
    assume(one_text_for_each_site(case[0]))
    agree(*case)


def one_text_for_each_site(finite: GroundMachine) -> bool:
    """Real text makes each outcome in one place; machines made at random need not."""
    found: dict[int, set[object]] = {}
    for function in finite.functions.values():
        for expr in expressions(function.body):
            if isinstance(expr, OutcomeLit):
                found.setdefault(expr.site, set()).add(tuple((name, value.type) for name, value in expr.outputs))
    return all(len(kinds) == 1 for kinds in found.values())


def test_shipped_specs() -> None:
    for name, wanted in (("dma_ownership", ("pasid", "vfio")), ("migration", ("arcs", "streams"))):
        machine = load(name)
        for configuration in wanted:
            instance = instances(machine, Settings(configuration=configuration))[0]
            finite = ground(machine, instance.sizes, instance.switches)
            agree(finite, as_slots(finite, constant_choices(finite, instance.constants)[-1]))


def agree(finite: GroundMachine, constants: Mapping[str, Sequence[int]]) -> None:
    """The first states breadth first: everything that can happen in them, once fresh and once by what is remembered."""
    answers, valuation = Answers(finite, constants), from_slots(finite, constants)
    starts = initial_states(finite, valuation)
    pack = answers.layout.pack
    assert [(tape, pack(answers.layout.encode(state))) for tape, state in starts] == [
        (tape, state) for tape, _, state in answers.initial()
    ]
    memo: dict[tuple[int, int], tuple[RanCall, ...]] = {}
    queue = [state for _, state in starts]
    seen = {pack(answers.layout.encode(state)) for state in queue}
    for state in queue[:STATES]:
        packed = pack(answers.layout.encode(state))
        found: list[RanCall] = []
        for number, (mask, members) in enumerate(answers.classes):
            key = (number, packed & mask)
            if key not in memo:
                memo[key] = answers.runs(members, packed)
            found += memo[key]
        expected = []
        for step in steps(finite, valuation, state):
            run = step.run
            after = pack(answers.layout.encode(run.after))
            if after not in seen and len(queue) < STATES:
                seen.add(after)
                queue.append(run.after)
            faulted = run.kind == "fault"
            expected.append(
                (
                    step.index,
                    step.codes(finite),
                    run.codes,
                    tuple((f"{c.function}.{c.name}", encode(c.value, c.type, finite)) for c in run.tape),
                    faulted,
                    0 if run.outcome is None else run.outcome.site,
                    () if run.outcome is None else run.outcome.outputs,
                    packed ^ after,
                    run.warnings if not faulted else (),
                )
            )
        got = []
        for ran in sorted(found, key=lambda r: r.place):
            one = answers.instances[ran.place]
            warnings = ran.warnings if not ran.faulted else ()
            shown = (ran.tape, ran.choices, ran.faulted, ran.site, ran.outputs, ran.change, warnings)
            got.append((one.action, one.args, *shown))
        assert got == expected
