"""The relation in the scripts of certificates is what `evaluate` does: runs are models, and models are runs."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.constants import constant_choices
from checker.evaluate import run
from checker.explorations import NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.request import Settings, instances
from checker.symbolic.plain_agree import Agreement, random_value, walk
from checker.symbolic.plain_machine import Plain
from checker.symbolic.plain_terms import CannotEncode
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import Stmt
from spec.lang.types import BOOL, INT, NONE, Extent, MapType, SeqType, Type
from tests import machines_by_hand, random_machines, random_symmetric
from tests.build import Build
from tests.lang import process_files, trap_files
from tests.symbolic.plain_models import models
from tests.words import (
    BREAK,
    CONTINUE,
    FALSE,
    TRUE,
    append,
    arith,
    at,
    bounded,
    choice,
    compare,
    concat,
    either,
    eq,
    every,
    everywhere,
    exists,
    give,
    is_none,
    ite,
    length,
    let,
    lit,
    loop,
    no,
    outcome,
    over,
    piece,
    put,
    quant,
    require,
    seq_at,
    seq_of,
    tail,
    var,
    warn,
    when,
)

SEEDS = st.integers(0, 2**32 - 1)


def plain_of(finite: GroundMachine, seed: int) -> tuple[Plain, dict[str, object], Random]:
    """The terms of a machine with about half of its constants open, and values for all of them."""
    random = Random(seed)
    constants = {name: random_value(c.type, finite, random) for name, c in finite.constants.items()}
    return Plain(finite, {n: v for n, v in constants.items() if random.random() < 0.5}), constants, random


def runs_agree(finite: GroundMachine, seed: int, count: int) -> int:
    """Compares runs; how many were steps."""
    plain, constants, random = plain_of(finite, seed)
    return walk(Agreement(plain), constants, random, count)


def models_agree(finite: GroundMachine, seed: int, count: int) -> int:
    """Has `evaluate` walk models of every action; how many there were."""
    plain, _, random = plain_of(finite, seed)
    seen = 0
    for step in plain.steps:
        for found in models(plain, step, step.completes, random, count):
            done = run(finite, found.constants, found.state, step.action, found.args, found.tape)
            assert done.kind == "step" and done.codes == tuple(found.tape)
            assert done.after == found.after, step.action.name
            assert done.outcome is not None and done.outcome.site == found.site
            seen += 1
        for name, about in ((NO_WARNINGS, "warnings"), (REFUSALS_CHANGE_NOTHING, "after")):
            for found in models(plain, step, step.breaks[name], random, 1 + count // 4):
                done = run(finite, found.constants, found.state, step.action, found.args, found.tape)
                assert done.warnings if about == "warnings" else done.after != done.before
                seen += 1
        for found in models(plain, step, step.faults, random, 1 + count // 4):
            assert run(finite, found.constants, found.state, step.action, found.args, found.tape).kind == "fault"
            seen += 1
    return seen


@pytest.mark.parametrize("name", machines_by_hand.ALL)
def test_runs_of_machines_by_hand_are_models(name: str) -> None:
    assert runs_agree(machines_by_hand.ALL[name](), 1, 200) > 60


def detours() -> GroundMachine:
    """What goes wrong only on the path not taken, or only where there is no turn."""
    b = Build("Detours")
    small, user = bounded(0, 2), b.sort("User", 2)
    row, by_user = SeqType(small, Extent(2)), MapType((user,), small)
    queue, shelf = b.field("queue", row, seq_of(row)), b.field("shelf", by_user, everywhere(lit(0), by_user))
    flag, n, u, x, q = b.field("flag", BOOL, FALSE), var("n", small), var("u", user), var("x", INT), var("q", small)
    first, sums = seq_at(queue, lit(0)), arith(var("x", INT), "+", var("q", small))

    def kernel(name: str, params: dict[str, Type], *body: Stmt) -> None:
        b.action(name, params, *body, kind="kernel", returns=NONE)

    kernel("push", {"n": small}, require(compare(length(queue), "<", lit(2))), put("queue", append(queue, n)))
    kernel("pop", {}, put("queue", tail(queue)), put("flag", no(flag)))
    kernel("then", {"u": user}, put("shelf", ite(eq(length(queue), lit(0)), lit(1), first), u))
    kernel("other", {"u": user}, put("shelf", ite(compare(length(queue), ">", lit(0)), first, lit(1)), u))
    kernel("wrong", {"u": user}, put("shelf", ite(flag, lit(1), first), u))
    kernel("sum", {"u": user}, let("x", lit(0)), loop(over("q", queue), let("x", sums)), put("shelf", x, u))
    skipping = loop(over("q", queue), when(eq(q, lit(1)), CONTINUE), put("shelf", q, u))
    kernel("skip", {"u": user}, skipping, put("flag", TRUE))
    seeking = loop(over("q", queue), when(eq(q, lit(2)), put("shelf", q, u), BREAK))
    kernel("seek", {"u": user}, seeking, put("flag", FALSE))
    half = arith(arith(at(shelf, u), "-", n), "//", lit(2))
    kernel("half", {"u": user, "n": small}, put("shelf", half, u))
    kernel("same", {"n": small}, put("flag", eq(queue, seq_of(row, n, lit(1)))))
    kernel("other_than", {"n": small}, put("flag", no(eq(seq_of(row, n), piece(queue, n)))))
    turned = concat(tail(queue), seq_of(row, first))
    b.action("turn", {}, put("queue", turned), give(outcome(b.site("refused", "EBUSY", "turned"))))
    swapped = give(outcome(b.site("blocked", "", "swapped")))
    b.action("swap", {"n": small}, put("shelf", everywhere(n, by_user)), swapped)
    odd = when(eq(n, lit(1)), warn(b.warning("odd")))
    kernel("late", {"n": small}, odd, require(flag), put("flag", FALSE))
    entry = eq(seq_at(queue, var("i", INT)), n)
    turns = over("i", (lit(0), lit(2)))
    kernel("any", {"n": small}, put("flag", exists(turns, entry)))
    kernel("all", {"n": small}, put("flag", every(turns, no(entry))))
    found = quant("first", turns, var("i", INT), entry)
    kernel("first", {"n": small}, put("flag", is_none(found)))
    old_shelf, old_queue = b.old("shelf"), b.old("queue")
    b.promise("action", "nothing_moves", either(eq(shelf, old_shelf), eq(queue, old_queue)))
    b.promise("invariant", "first_of_some", either(eq(length(queue), lit(0)), compare(first, ">=", lit(0))))
    b.promise("during", "shelves", every(over("w", user), compare(at(shelf, var("w", user)), "<", lit(2))))
    return b.ground()


def test_runs_through_detours_are_models() -> None:
    assert runs_agree(detours(), 6, 600) > 200


def test_every_start_is_a_model() -> None:
    """An initial value that fits for some constants only, a choice, a warning and a fault after it."""
    b = Build("Starts")
    k = b.constant("k", bounded(0, 3))
    n = b.field("n", bounded(0, 2), k)
    m = b.field("m", bounded(0, 3), n)
    odd = when(choice("late"), warn(b.warning("odd")), put("m", arith(m, "+", choice("more", bounded(1, 2)))))
    b.initial = b.function("boot", {}, [odd], choices={"late": BOOL, "more": bounded(1, 2)}, returns=NONE)
    b.action("stay", {}, put("n", lit(0)), kind="kernel", returns=NONE)
    finite = b.ground()
    for fixed in (True, False):
        starts = []
        for value in range(4):
            agreement = Agreement(Plain(finite, {"k": value} if fixed else {}))
            starts.append(len(agreement.compare_start({"k": value}, Random(1))))
        assert starts == [3, 3, 2, 0]


@pytest.mark.z3
@pytest.mark.parametrize("name", machines_by_hand.ALL)
def test_models_of_machines_by_hand_are_runs(name: str) -> None:
    assert models_agree(machines_by_hand.ALL[name](), 2, 4) >= 4


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_runs_of_random_machines_are_models(seed: int) -> None:
    runs_agree(ground(random_machines.raw_machine(seed, 1 + seed % 3)), seed, 20)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_runs_of_random_machines_with_many_elements_are_models(seed: int) -> None:
    runs_agree(ground(random_symmetric.raw_machine(seed, seed % 3)), seed, 20)


@pytest.mark.z3
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_models_of_random_machines_are_runs(seed: int) -> None:
    models_agree(ground(random_machines.raw_machine(seed, 1 + seed % 3)), seed, 3)


@pytest.mark.slow
def test_thousands_of_runs_and_models() -> None:
    steps = seen = 0
    for seed in range(400):
        steps += runs_agree(ground(random_machines.raw_machine(seed, 1 + seed % 3)), seed, 40)
        steps += runs_agree(ground(random_symmetric.raw_machine(seed, seed % 3)), seed, 20)
    for seed in range(1000, 1120):
        seen += models_agree(ground(random_machines.raw_machine(seed, 1 + seed % 3)), seed, 8)
    for make in machines_by_hand.ALL.values():
        steps += runs_agree(make(), 3, 1000)
        seen += models_agree(make(), 4, 40)
    assert steps > 10_000 and seen > 2_000


@pytest.mark.parametrize(("target", "configuration"), [("dma_ownership", "groups"), ("dma_ownership", "emulated")])
def test_shipped_specs_agree(target: str, configuration: str) -> None:
    assert shipped_agrees(target, configuration, {}, 40) > 2


@pytest.mark.slow
@pytest.mark.parametrize("configuration", [i.configuration for i in instances(load("dma_ownership"), Settings())])
def test_every_configuration_agrees(configuration: str) -> None:
    assert shipped_agrees("dma_ownership", configuration, {}, 400) > 80


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["spec/uapi/races/boot.py", "spec/uapi/races/reset_and_attach.py", "spec/uapi/races/type_change.py",
     "tests/machines/german.py", "tests/machines/peterson.py:Peterson", "tests/machines/ring_buffer.py",
     "tests/uapi/vfio_attach.py"],
)  # fmt: skip
def test_processes_and_parts_agree(path: str) -> None:
    for instance in instances(load(path), Settings()):
        shipped_agrees(path, instance.configuration, {}, 60)


@pytest.mark.slow
@pytest.mark.parametrize("case", [*process_files.runs(), *trap_files.runs()], ids=str)
def test_traps_agree(case: process_files.Run | trap_files.Run) -> None:
    """Small specs in which meanings like to differ: calls in conditions, parts, processes, faults."""
    files, name = (trap_files, case.trap) if isinstance(case, trap_files.Run) else (process_files, case.name)
    finite = ground(load(f"{files.HERE / name}.py:Trap"), case.sizes, case.switches)
    runs_agree(finite, 5, 60)


def shipped_agrees(target: str, configuration: str, sizes: dict[str, int], count: int) -> int:
    """Compares runs of a spec in one configuration, its constants as it says."""
    machine = load(target)
    instance = next(i for i in instances(machine, Settings()) if i.configuration == configuration)
    finite = ground(machine, instance.sizes | sizes, instance.switches)
    random = Random(count)
    constants = random.choice(constant_choices(finite, instance.constants))
    left = [name for name, value in instance.constants.items() if value is None]
    plain = Plain(finite, {n: v for n, v in constants.items() if n not in left})
    return walk(Agreement(plain), constants, random, count)


# --- what is not encoded says so ----------------------------------------------------------------------------------


def counting(body: Callable[[Build], None]) -> GroundMachine:
    """A machine with one bounded number and one action."""
    b = Build("Counting")
    b.field("n", bounded(0, 3), lit(0))
    body(b)
    return b.ground()


def test_numbers_that_outgrow_every_vector_are_an_error() -> None:
    def body(b: Build) -> None:
        square = let("x", arith(var("x", INT), "*", var("x", INT)))
        start = let("x", arith(var("d", bounded(2, 9)), "+", lit(1)))
        turns = loop(over("i", (lit(0), lit(12))), square)
        low = put("n", arith(var("x", INT), "%", lit(2)))
        b.action("grow", {"d": bounded(2, 9)}, start, turns, low, kind="kernel", returns=NONE)

    with pytest.raises(CannotEncode, match="bits"):
        list(Plain(counting(body), {}).steps)


def test_a_range_without_end_is_an_error() -> None:
    def body(b: Build) -> None:
        wide = loop(over("i", (lit(0), arith(var("d", bounded(0, 9)), "*", lit(100_000)))), put("n", lit(1)))
        b.action("run", {"d": bounded(0, 9)}, wide, kind="kernel", returns=NONE)

    with pytest.raises(CannotEncode, match="turns"):
        list(Plain(counting(body), {}).steps)
