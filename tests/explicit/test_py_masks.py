"""The masks of generated Python: whatever a run really reads or writes lies within what was worked out before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from checker.explicit.layout import Layout
from checker.explicit.py_fold import ANY
from checker.explicit.py_functions import Compiled, Program
from checker.explicit.py_masks import Reach
from checker.explicit.py_runtime import Disabled, Fault, Run
from checker.explicit.py_search import PySearch
from checker.explicit.py_steps import Instance, instances, step_reach, wanted_arguments
from checker.explorations import Limits
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, MapType, OptionType, SetType
from tests.build import Build
from tests.explicit import c_corpus
from tests.explicit.family import Constants, family
from tests.machines_by_hand import ALL, claim_machine
from tests.random_machines import cases
from tests.words import (
    FALSE,
    TRUE,
    at,
    call,
    done,
    eq,
    everywhere,
    give,
    is_none,
    let,
    none,
    outcome,
    over,
    put,
    set_of,
    set_op,
    some,
    var,
    when,
)
from tests.words import loop as for_each


class Recording(list[int]):
    """Slots that note which of them are read and written."""

    def __init__(self, slots: list[int]) -> None:
        super().__init__(slots)
        self.reads: set[int] = set()
        self.writes: set[int] = set()

    def __getitem__(self, place: Any) -> Any:
        self.reads.update(range(len(self))[place] if isinstance(place, slice) else [place])
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        self.writes.update(range(len(self))[place] if isinstance(place, slice) else [place])
        super().__setitem__(place, value)


class Watch:
    """Runs the generated code of a machine in reachable states and compares with the masks."""

    def __init__(self, ground: GroundMachine, constants: dict[str, Any], most: int) -> None:
        self.ground = ground
        layout = Layout(ground)
        self.program = Program(ground, layout, constants)
        self.reach = Reach(ground, layout, constants)
        search = PySearch(ground, constants, Limits(states=most))
        search.run()
        self.states = [list(layout.unpack(state)) for state in search.order[:most]]
        self.touched = 0

    def everything(self) -> None:
        """All instances over all tapes, and all properties, in all states."""
        for one in instances(self.ground):
            allowed = step_reach(self.ground, self.reach, one)
            for slots in self.states:
                for now, old in self._runs(one, slots):
                    assert now.reads | now.writes | old.reads <= allowed, (one, self.program.source)
                    self.touched += len(now.reads) + len(now.writes)
        for rule in self.ground.properties:
            for name in (rule.function, rule.premise):
                if name is not None and rule.kind in ("invariant", "goal", "final", "boundary"):
                    self._property(name)

    def _property(self, name: str) -> None:
        allowed = self.reach.call(name, ()).reads
        for slots in self.states:
            now = Recording(slots)
            _attempt(self.program.functions[name], now, now, Run([]))
            assert now.reads <= allowed, (name, self.program.source)
            assert not now.writes

    def _runs(self, one: Instance, slots: list[int]) -> Iterator[tuple[Recording, Recording]]:
        action = self.ground.actions[one.action]
        tape: list[int] | None = []
        while tape is not None:
            now, old, run = Recording(slots), Recording(slots), Run(tape)
            answer = _attempt(self.program.functions[action.function], now, old, run, *one.values)
            if answer is not None:
                self._judge(one, now, old, answer)
            yield now, old
            tape = run.next_tape()

    def _judge(self, one: Instance, now: Recording, old: Recording, answer: int) -> None:
        action = self.ground.actions[one.action]
        for rule in self.ground.properties:
            if rule.kind == "action" and (not rule.on or action.name in rule.on):
                wanted = [one.values[i] for i in wanted_arguments(self.ground, rule, action.function)]
                for name in (rule.function, rule.premise):
                    if name is not None:
                        _attempt(self.program.functions[name], now, old, Run([]), answer, *wanted)


def _attempt(function: Compiled, *args: Any) -> Any:
    """The answer of generated code; None where it faults or cannot happen."""
    try:
        return function(*args)
    except (Fault, Disabled):
        return None


def by_hand() -> dict[str, tuple[GroundMachine, Constants]]:
    """Machines of all kinds with their constants."""
    machines = {name: build() for name, build in c_corpus.ALL.items()}
    machines |= {"claim-3": claim_machine(3), "leaky-3": claim_machine(3, rollback=False)}
    machines |= {name: build() for name, build in ALL.items()}
    found = {name: (ground, c_corpus.constants_of(ground)) for name, ground in machines.items()}
    return found | {"family": family(4, 2, 2, 1)}


@pytest.mark.parametrize("name", sorted(by_hand()))
def test_runs_stay_within_their_masks(name: str) -> None:
    watch = Watch(*by_hand()[name], most=120)
    watch.everything()
    assert watch.touched > 0 or not watch.ground.actions


@given(cases())
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_runs_of_random_machines_stay_within_their_masks(
    case: tuple[GroundMachine, dict[str, tuple[int, ...]]],
) -> None:
    Watch(*case, most=40).everything()


# --- precision: a mask that holds everything would be sound and useless ------------------------------------------


def slots_named(ground: GroundMachine, slots: frozenset[int]) -> set[str]:
    leaves = Layout(ground).leaves
    return {f"{leaves[i].field}{leaves[i].slot}" for i in slots}


def test_arguments_and_constants_choose_entries() -> None:
    ground, constants = family(6, 3, 2, 1)
    reach = Reach(ground, Layout(ground), constants)
    names = [action.name for action in ground.actions]
    found = {
        (names[one.action], *one.args): slots_named(ground, step_reach(ground, reach, one)) for one in instances(ground)
    }
    assert {"driver2", "owner1", "domain1"} == found["bind", 2]
    assert {"driver4", "driver5", "owner2", "claims2"} == found["claim", 5, 0]
    assert {"owner0", "claims0", "domain0"} == found["release", 1, 1]
    assert {"alive1"} == found["make", 1, 0]
    assert {"alive0", *(f"{f}{g}" for f in ("owner", "domain") for g in range(3))} == found["free", 0, 0]


def copier() -> GroundMachine:
    """One action that copies an entry by way of a helper, one that scans for the first free entry."""
    b = Build("Copier")
    device = b.sort("Device", 4)
    option = OptionType(device)
    row = MapType((device,), option)
    a = b.field("a", row, everywhere(none(option), row))
    d, x = var("d", device), var("x", device)
    b.function("store", {"x": device}, [put("a", some(x), x), done()])
    b.action("copy", {"d": device}, give(call("Copier.store", d)))
    found = when(is_none(at(a, x)), put("a", some(d), x), done())
    b.action(
        "first", {"d": device}, for_each(over("x", device), found), give(outcome(b.site("refused", "ENOSPC", "full")))
    )
    one = for_each(over("x", device), when(eq(x, d), put("a", none(option), x), done()))
    b.action("clear", {"d": device}, one, done())
    return b.ground()


def test_a_local_that_an_unknown_loop_assigns_is_not_known_after_it() -> None:
    b = Build("Forgetful")
    device = b.sort("Device", 3)
    some_of, row = SetType(device), MapType((device,), BOOL)
    chosen = b.field("chosen", some_of, set_of(device))
    b.field("mark", row, everywhere(FALSE, row))
    d, x, last = var("d", device), var("x", device), var("last", device)
    again = for_each(over("x", chosen), let("last", x))
    b.action("mark", {"d": device}, let("last", d), again, put("mark", TRUE, last), done())
    b.action("choose", {"d": device}, put("chosen", set_op(chosen, "|", set_of(device, d))), done())
    ground = b.ground()
    reach = Reach(ground, Layout(ground), {})
    assert {"mark0", "mark1", "mark2"} == slots_named(ground, reach.call("Forgetful.mark", (0,)).writes)
    Watch(ground, {}, most=100).everything()


def test_calls_and_unrolled_loops_are_precise_and_a_spent_budget_is_sound() -> None:
    ground = copier()
    layout = Layout(ground)
    rich, poor = Reach(ground, layout, {}), Reach(ground, layout, {}, budget=0)
    assert {"a2"} == slots_named(ground, rich.call("Copier.copy", (2,)).writes)
    assert {"a1"} == slots_named(ground, rich.call("Copier.clear", (1,)).writes)
    assert {"a0", "a1", "a2", "a3"} == slots_named(ground, rich.call("Copier.first", (1,)).reads)
    assert frozenset(range(4)) == poor.call("Copier.clear", (1,)).writes
    assert frozenset(range(4)) == rich.call("Copier.copy", (ANY,)).writes
