"""The recorded kernel against the spec `migration`: all of it, with some of it changed, and against mutants.

The log is what a kernel did, so that every number of agreement here is a fact about the spec and not about the judge;
that the judge can say no is shown by the mutants and by answers that were never recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from checker.conform.log import LogSequence, LogStep
from checker.conform.refusals import unjudged
from checker.conform.validate import Validated
from checker.conform.validate_text import share, summary, validated_lines
from checker.constants import as_slots
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.request import Settings
from spec.lang import direct
from spec.uapi.migration_arcs import State, first_arc, first_arc_by
from tests.conform.judging import ROOT, beginning, judged, machine, possible_with, recorded, table

AT_LEAST = 0.98
AT_MOST_SKIPPED = 0.07


@pytest.fixture(scope="module")
def found() -> Validated:
    return judged(recorded())


def agreement(validated: Validated) -> tuple[int, int]:
    """The steps that agree: all, and those that the state machine decides."""
    return validated.total.agree, validated.deciders["state"].agree


def test_the_log_is_the_one_that_was_recorded() -> None:
    """The numbers of tests/kernel-6.12/README.md."""
    sequences = recorded()
    errnos = Counter(step.errno for sequence in sequences for step in sequence.steps)
    assert (728, 9172) == (len(sequences), errnos.total())
    assert ["oops-reopen-RESUMING"] == [s.id for s in sequences if s.incomplete]
    assert {
        "OK": 6219,
        "EBADF": 1630,
        "EINVAL": 1118,
        "ENODEV": 113,
        "ENOTTY": 55,
        "EFAULT": 15,
        "ESPIPE": 14,
        "ENOMEM": 5,
        "EBUSY": 2,
        "KERNEL_OOPS": 1,
    } == dict(errnos)


def test_the_kernel_does_what_the_spec_says(found: Validated) -> None:
    total, state = found.total, found.deciders["state"]
    assert total.agree / (total.agree + total.differ) >= AT_LEAST, share(total)
    assert state.agree / state.steps >= AT_LEAST, share(state)
    assert total.skipped / total.steps <= AT_MOST_SKIPPED
    assert [] == [(d.sequence, d.step, d.op) for d in found.differ if not d.explained]


def test_the_page_shows_this_result(found: Validated) -> None:
    page = (ROOT / "docs" / "validate.md").read_text()
    lines = validated_lines(found, title="", unjudged=(), every=True)
    assert summary(found) in page.splitlines()
    assert [line for line in lines if line.startswith(("op ", "MIG_SET_STATE"))] == [
        line for line in page.splitlines() if line.startswith(("op ", "MIG_SET_STATE"))
    ]


def test_what_is_not_about_migration_is_skipped_and_nothing_else(found: Validated) -> None:
    skipped = {op: tally.skipped for op, tally in found.ops.items() if tally.skipped}
    about_migration = {op: n for op, n in skipped.items() if op.startswith(("MIG_", "PRECOPY", "FEATURE", "DEVICE_R"))}
    assert {"MIG_GET_STATE": 1} == about_migration  # of a second descriptor that is not bound (second-open)
    assert 24 == sum(skipped.values())
    assert not [why for _, why in found.why_skipped if "no such op" in why]


def test_no_op_is_judged_by_its_form_alone(found: Validated) -> None:
    """Descriptors that are none and malformed requests are counted apart; the rest is what the claim is about."""
    assert 7575 == found.deciders["state"].steps
    assert 1342 == found.deciders["descriptors"].steps
    assert 231 == found.deciders["arguments"].steps
    assert 9148 == sum(tally.steps for tally in found.deciders.values())


def test_few_steps_could_have_gone_otherwise(found: Validated) -> None:
    assert found.total.loose < 0.01 * found.total.agree


def test_refusals_that_were_never_recorded(found: Validated) -> None:
    """Each is one that this driver, or this script, cannot meet."""
    reasons = {name.partition(" ")[2] for name in unjudged(machine().ground, found.judged)}
    expected = {
        "data-is-coming",  # saves in the background
        "device-not-open",  # a request on a closed descriptor has no device
        "bad-content",  # a driver that refuses and keeps nothing
        "in-error",  # mtty never enters ERROR
        "no-file",  # no more open files
        "no-file-later",
        "paused",  # mtty answers 0 in place of ENOMSG
        "the-walk-does-not-end",  # never, by the promise of the spec
    }
    assert reasons <= expected


# --- the judge says no ------------------------------------------------------------------------------------------

WRONG = {"OK": "EIO", "EINVAL": "OK", "EBADF": "ENODEV", "ENODEV": "OK", "ENOTTY": "EINVAL", "ENOMEM": "OK"}
EVERY = 37


def corrupted(sequence: LogSequence, place: int, step: LogStep) -> LogSequence:
    """The sequence up to a step that is replaced."""
    return replace(sequence, steps=(*sequence.steps[:place], step))


def wrong_errnos() -> Iterator[LogSequence]:
    """Answers with another errno, at every so many places."""
    places = [(s, n, t) for s in recorded() for n, t in enumerate(s.steps) if t.errno in WRONG]
    for sequence, place, step in places[::EVERY]:
        yield corrupted(sequence, place, replace(step, errno=WRONG[step.errno], out={}))


def wrong_outputs() -> Iterator[LogSequence]:
    """Answers that say something else: a state, a descriptor, an amount."""
    other = {"STOP": "RUNNING", "RUNNING": "STOP_COPY", "STOP_COPY": "STOP", "RESUMING": "STOP", "PRE_COPY": "ERROR"}
    for sequence in recorded()[::EVERY]:
        for place, step in enumerate(sequence.steps):
            for name, value in step.out.items():
                changed: str | int
                if name in ("state", "state_after"):
                    changed = other.get(str(value), "RUNNING")
                elif name == "data_fd" and step.errno == "OK" and isinstance(value, int):
                    yield corrupted(sequence, place, replace(step, out={**step.out, name: -value}, new=()))
                    continue
                elif name in ("n", "initial_bytes") and step.op in ("MIG_READ", "PRECOPY_INFO"):
                    changed = 0 if value else 8
                elif name == "stop_copy_length":
                    changed = 24
                else:
                    continue
                yield corrupted(sequence, place, replace(step, out={**step.out, name: changed}))


def unseen(sequences: list[LogSequence]) -> list[tuple[str, LogStep]]:
    """Those whose last step the judge neither finds wrong nor skips."""
    left = []
    for sequence in sequences:
        said, last = judged([sequence]), sequence.steps[-1]
        if not said.ops[last.op].skipped and not any(d.step == len(sequence.steps) for d in said.differ):
            left.append((sequence.id, last))
    return left


def test_another_errno_is_seen(found: Validated) -> None:
    wrong = list(wrong_errnos())
    assert len(wrong) > 200
    assert [] == unseen(wrong)


def test_another_output_is_seen(found: Validated) -> None:
    wrong = list(wrong_outputs())
    assert len(wrong) > 100
    assert [] == unseen(wrong)


# --- mutants of the spec ------------------------------------------------------------------------------------------

SWITCHES = {
    "keeps_state_over_close=off": ("reopen-",),
    "trusts_its_file=off": ("oops-",),
    "accepts_corrupt_stream=off": ("e2e-",),
    "pause_looks_like_end=off": ("e2e-pre1",),
    "logging=off": ("feat-",),
    "asynchronous=on": ("e2e-pre1",),
    "migratable=off": ("arc-STOP-",),
    "resettable=off": ("reset-",),
    "way_back_is_blocked=off": ("arc-STOP_COPY-",),
    "group_is_open_inside=off": ("arc-PRE_COPY-",),
}
"""What is said of this driver and of the walk, and sequences that tell of it."""
UNTOLD = {
    "saving_is_no_passage": "where a walk passes shows in the table of first arcs only",
    "enters_error": "a permission, which shows in the steps that could have gone otherwise",
    "warns_in_error": "it never enters ERROR: the two have the same states and steps",
    "reinit": "of 2026; nobody in the log asks for the feature",
}
"""What no step of the log can contradict, and why; each has a test of its own below, but for the last."""
SCOPE = {"streams", "transport", "arc_faults", "copy_faults", "externals", "patience"}
"""Switches that say what a search looks at."""


def test_every_switch_of_the_spec_is_looked_at() -> None:
    assert {s.partition("=")[0] for s in SWITCHES} | UNTOLD.keys() | SCOPE == machine().ground.switches.keys()


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_spec_that_says_otherwise_agrees_less(switch: str, found: Validated) -> None:
    some = [s for s in recorded() if beginning(*SWITCHES[switch])(s)]
    assert agreement(judged(some, "migration", switch)) < agreement(judged(some))


def cells_that_differ(e1: bool, e2: bool, interior: bool) -> int:
    """In how many cells of the kernel's four tables the rule says another first arc."""
    count = 0
    with direct.universe():
        for mask in table().values():
            p2p, pre_copy = bool(mask["flags"] & 2), bool(mask["flags"] & 4)
            for row in (r for r in mask["arcs"] if r["new"] in State.__members__ and not r["warn"]):
                current, wanted = State[row["cur"]], State[row["new"]]
                step = first_arc_by(p2p, pre_copy, current, wanted, e1, e2, interior)
                count += (None if step is None else step.name) != row["next"]
    return count


def test_every_rule_of_the_walk_is_needed_for_the_table() -> None:
    """NOTE(ties): without the interior rule a walk may pass a saving state, but none is shorter for it, and a request
    that succeeds tells only of its end. So no log of such requests can refute that mutant; the table, which has the
    first arcs, does."""
    assert 0 == cells_that_differ(True, True, True)
    assert 3 == cells_that_differ(False, True, True)  # STOP_COPY to PRE_COPY (two sets), to PRE_COPY_P2P
    assert 1 == cells_that_differ(True, False, True)  # PRE_COPY to STOP_COPY with P2P
    assert 2 == cells_that_differ(True, True, False)  # PRE_COPY_P2P to STOP and to RESUMING, through STOP_COPY


def test_what_a_driver_may_do_makes_steps_loose_but_cannot_differ(found: Validated) -> None:
    """That a driver may enter ERROR is a permission: a log in which it does not can only show that more was allowed."""
    some = [s for s in recorded() if beginning("arc-RESUMING-")(s)]
    loose = judged(some, "migration", "enters_error=on")
    assert agreement(loose) == agreement(judged(some))
    assert loose.total.loose > judged(some).total.loose


def graph(*switches: str) -> list[tuple[int, int, int]]:
    """States, transitions and refusals of what the log is judged by, with fewer files."""
    possible = possible_with(Settings(sizes=("File=2",), switches=switches))
    searches = [explore(possible.ground, as_slots(possible.ground, c), Limits()) for c in possible.choices]
    assert all(search.complete for search in searches)
    return [(s.states, s.transitions, s.refusals) for s in searches]


def test_what_is_asked_in_error_is_in_no_log_of_this_driver(found: Validated) -> None:
    """It never enters ERROR, so that how it would answer there (`warns_in_error`) cannot be judged."""
    assert "EINVAL in-error" in unjudged(machine().ground, found.judged)
    assert graph() == graph("warns_in_error=off") != graph("enters_error=on")


@pytest.mark.slow
@pytest.mark.parametrize("switch", SWITCHES)
def test_every_mutant_agrees_less_with_the_whole_log(switch: str, found: Validated) -> None:
    assert agreement(judged(recorded(), "migration", switch)) < agreement(found)


def test_the_first_arc_is_that_of_the_rule() -> None:
    """`first_arc` is the rule with both exceptions; the mutants change nothing else."""
    with direct.universe():
        for mask in table().values():
            flags = bool(mask["flags"] & 2), bool(mask["flags"] & 4)
            for current in State:
                assert first_arc(*flags, current, State.STOP) is first_arc_by(
                    *flags, current, State.STOP, True, True, True
                )
