"""Verdicts and lassos of small specs, worked out on paper, by every engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit import compile
from checker.explorations import Limits
from checker.request import Settings
from checker.trace import to_json
from checker.verdict import PropertyResult, exit_code
from spec.lang.frontend import load
from spec.lang.machine import Machine

FILE = Path(__file__).parent / "promises.py"
ENGINES: tuple[EngineName, ...] = ("evaluate", "python", "c")


@cache
def machine(name: str) -> Machine:
    return load(f"{FILE}:{name}")


@cache
def report(name: str, settings: Settings = Settings(), engine: EngineName = "python") -> SpecReport:  # noqa: B008
    return check(machine(name), name, Plan(settings, engine))


def promises(found: SpecReport) -> dict[str, PropertyResult]:
    return {r.property: r for r in found.results if r.kind in ("leads_to", "always_eventually")}


def broken(found: SpecReport) -> dict[str, tuple[int | None, int]]:
    """For each violated promise where its lasso loops and how many steps it has."""
    rows = promises(found).items()
    return {n: (r.trace.loop, len(r.trace.steps)) for n, r in rows if r.verdict.value == "violated" and r.trace}


def settings(**given: tuple[str, ...]) -> Settings:
    return Settings(**given)  # type: ignore[arg-type]


def test_a_timer_that_must_run_down_puts_out_each_lamp_but_not_all_at_once() -> None:
    """Two lamps may take turns: on(u0), on(u1), off(u0), on(u0), off(u1), ... the shortest such loop has 4 steps and
    begins after one press. That a lamp stays dark is fair, for nobody must press: a loop without a step."""
    assert {
        "all_lamps_are_dark_at_once": (1, 5),
        "darkness_brings_light": (0, 0),
    } == broken(report("Lamps"))


def test_without_a_fair_timer_a_lamp_stays_on() -> None:
    """One press, and nothing more has to happen."""
    wanted = {
        "a_lamp_goes_off": (1, 1),
        "every_lamp_is_dark_again": (1, 1),
        "all_lamps_are_dark_at_once": (1, 1),
        "darkness_brings_light": (0, 0),
    }
    assert wanted == broken(report("DeadTimers"))
    assert wanted == broken(report("Lamps", settings(unfair=("timeout",))))


def test_an_override_keeps_the_fairness_of_its_base() -> None:
    assert broken(report("Lamps")) == broken(report("TouchedLamps"))
    assert "weak" == machine("TouchedLamps").actions["timeout"].fair


def test_a_queue_serves_everybody_and_a_stack_starves_the_first() -> None:
    """The first draws, then the second draws and is served again and again: two steps, of which one serves."""
    assert {} == broken(report("Queue"))
    assert {"who_waits_is_served": (1, 3)} == broken(report("Stack"))
    assert {"who_waits_is_served": (1, 1)} == broken(report("Queue", settings(unfair=("serve",))))


def test_weak_fairness_starves_who_is_shut_out_now_and_then_and_strong_does_not() -> None:
    """want(u0), and for ever want(u1), enter(u1), leave: while u1 is inside, u0 cannot enter."""
    assert {"who_wants_gets": (1, 4)} == broken(report("Lock"))
    assert {} == broken(report("FairLock"))


def test_a_holder_who_need_not_leave_shuts_out_even_the_strongly_fair() -> None:
    """Two steps let u0 in, three let u0 in while u1 wants; both rest there, for no fair step is possible."""
    wanted = {"the_lock_gets_free": (2, 2), "who_wants_gets": (3, 3)}
    assert wanted == broken(report("FairLock", settings(unfair=("leave",))))


def test_an_end_may_last_for_ever_and_must_be_reached() -> None:
    assert {} == broken(report("Countdown"))
    assert {"it_ends": (0, 0), "it_passes_one": (0, 0)} == broken(report("Countdown", settings(unfair=("tick",))))
    assert {"it_ends": (2, 2), "it_passes_one": (2, 2)} == broken(
        report("Countdown", settings(switches=("jams=true",)))
    )


def test_a_premise_that_never_comes_is_vacuous() -> None:
    found = promises(report("Countdown"))["nothing_to_answer"]
    assert ("vacuous", "its premise never became true") == (found.verdict.value, found.reason)


def test_a_loop_that_leaves_out_what_it_could_do_all_the_time_does_not_count() -> None:
    assert {} == broken(report("Spinner"))
    assert {"it_gets_out": (0, 0)} == broken(report("Spinner", settings(unfair=("escape",))))


def test_a_way_out_that_opens_and_shuts_needs_strong_fairness() -> None:
    """The bit flips twice per turn; with the way out shut it may rest, which is one step further. Strong fairness
    rules out the turn, and what is left is to rest with the way out shut."""
    shut = settings(switches=("always_open=false",))
    assert {"it_gets_out": (0, 2)} == broken(report("Spinner", shut))
    assert {"it_gets_out": (1, 1)} == broken(report("StrongSpinner", shut))


def test_within_a_boundary_a_lasso_is_real_and_its_absence_holds_within() -> None:
    """The states with n = 5 are outside. With n = 2 the counter may stick: two ups and the fault. What leaves the
    boundary is not followed, so from 4 on nothing is seen to rest."""
    found = promises(report("Counter"))
    assert {"one_leads_to_three": (3, 3)} == broken(report("Counter"))
    words = {name: row.verdict.value for name, row in found.items()}
    assert "holds-within" == words["three_leads_to_four"]
    assert "holds-within" == words["four_leads_to_nine"]
    assert "vacuous" == words["nine_is_far"]
    assert "inside the boundary small" == getattr(found["four_leads_to_nine"].bound, "text", "")


def test_a_budget_that_runs_out_settles_nothing_but_what_was_found() -> None:
    few = check(machine("Lock"), "Lock", Plan(limits=Limits(states=3), engine="python"))
    assert {"who_wants_gets": "unknown", "the_lock_gets_free": "unknown"} == {
        name: row.verdict.value for name, row in promises(few).items()
    }
    assert 3 == exit_code(few.results)
    deep = check(machine("DeadTimers"), "DeadTimers", Plan(limits=Limits(depth=2), engine="python"))
    assert {"a_lamp_goes_off", "every_lamp_is_dark_again", "all_lamps_are_dark_at_once"} <= broken(deep).keys()


def test_a_text_without_a_value_breaks_its_promise() -> None:
    """In the first state nobody waits, so there is no first; a fault has a path and no loop."""
    found = report("Careless")
    assert {"the_first_is_first": (None, 0), "the_second_is_served": (None, 0)} == broken(found)
    finding = found.findings["default", "the_second_is_served"]
    assert "'the_second_is_served' has no value in the last state for u = u0" in finding.message


def test_dropping_one_fairness_breaks_just_what_rests_on_it() -> None:
    """Of the two choices of the constant one breaks the counter anyway, with one step."""
    assert {"who_waits_is_served"} == broken(report("Shop")).keys()
    assert {"who_waits_is_served", "the_lamp_goes_off"} == broken(report("Shop", settings(unfair=("timeout",)))).keys()
    row = promises(report("Shop"))["who_waits_is_served"]
    assert row.trace is not None
    assert [("broken", True)] == [(c.name, c.value) for c in row.trace.constants]
    served = {"who_waits_is_served", "two_who_wait_are_not_served_for_ever"}
    assert served == broken(report("Shop", settings(unfair=("serve",)))).keys()


def test_the_values_of_the_parameters_are_told() -> None:
    row = promises(report("Shop", settings(unfair=("serve",))))["two_who_wait_are_not_served_for_ever"]
    assert row.trace is not None
    assert [("first_in", 0), ("second", 0)] == [
        (a.name, getattr(a.value, "index", None)) for a in row.trace.property_args
    ]
    assert (1, 1) == (row.trace.loop, len(row.trace.steps))


def test_the_fairness_that_a_verdict_rests_on_is_told() -> None:
    assert ("enter: strong", "leave: weak") == promises(report("FairLock"))["who_wants_gets"].fairness
    assert ("enter: strong",) == promises(report("FairLock", settings(unfair=("leave",))))["who_wants_gets"].fairness
    assert {()} == {r.fairness for r in report("FairLock").results if r.property not in promises(report("FairLock"))}


def test_what_changes_nothing_is_neither_enabled_nor_taken() -> None:
    """A clean coin cannot be polished, so after one step only throw and lay go on: heads, blank, heads, ... From tails
    a throw is only taken if it shows heads. The first choice of nature is tails, the loop needs the second."""
    found = report("Coin")
    assert {"tails_come": (1, 3)} == broken(found)
    trace = promises(found)["tails_come"].trace
    assert trace is not None
    assert [("polish", []), ("throw", [True]), ("lay", [])] == [
        (step.action, [choice.value for choice in step.tape]) for step in trace.steps
    ]


def test_a_process_goes_on_once_it_has_begun() -> None:
    """The name of a process stands for what is fair of it: its blocks, not its call."""
    assert {"somebody_works": (0, 0)} == broken(report("Workers"))
    assert ("work: weak",) == promises(report("Workers"))["work_ends"].fairness
    stopped = report("Workers", settings(unfair=("work",)))
    assert {"somebody_works": (0, 0), "work_ends": (1, 1)} == broken(stopped)
    assert () == promises(stopped)["work_ends"].fairness


def test_a_spec_without_such_promises_has_no_such_rows() -> None:
    only = report("Lock", settings(properties=("no_deadlock",)))
    assert {} == promises(only)


NAMES = [
    "Lamps", "DeadTimers", "Queue", "Stack", "Lock", "FairLock", "Countdown", "Spinner", "StrongSpinner", "Counter",
    "Careless", "Shop", "Coin", "Workers",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_all_engines_say_the_same_in_the_same_bytes(name: str) -> None:
    told = []
    for engine in ENGINES if compile.available() else ENGINES[:2]:
        found = report(name, Settings(), engine)
        ground = found.searched[0].ground
        told.append(
            {
                n: (r.verdict, r.states, r.transitions, r.bound, r.reason, r.trace and to_json(r.trace, ground))
                for n, r in promises(found).items()
            }
        )
    assert all(told[0] == other for other in told[1:])
    assert told[0]
