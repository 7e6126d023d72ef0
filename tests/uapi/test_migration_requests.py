"""Single requests to a device that can be migrated: where each ends, what it answers, and which check comes first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.constants import constant_choices
from checker.evaluate import initial_states, steps
from checker.request import Settings, instances
from spec.lang import direct
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.values import Elem, MapValue, Member, Value
from spec.uapi.migration import Migration
from spec.uapi.migration_arcs import State
from spec.uapi.migration_features import Feature, Size

MIGRATION = "spec.uapi.migration:Migration"

RECORDED = json.loads((Path(__file__).parent.parent / "kernel-6.12" / "next-state.json").read_text(encoding="utf-8"))
WAYS = {
    (mask["flags"], cell["cur"], cell["new"]): cell["path"]
    for mask in RECORDED["masks"].values()
    for cell in mask["arcs"]
}

OBEDIENT = ("arc_faults=false", "copy_faults=false", "enters_error=false")


@pytest.mark.slow
def test_every_request_of_the_parsed_spec_ends_where_the_recorded_walk_does() -> None:
    """All states that are reached, all requests, by the meaning itself; no failures, so the walk is the answer."""
    asked = set()
    (instance,) = instances(load(MIGRATION), Settings(configuration="arcs", switches=OBEDIENT))
    finite = ground(load(MIGRATION), instance.sizes, instance.switches)
    for constants in constant_choices(finite, instance.constants):
        flags = 1 + 2 * bool(constants["p2p"]) + 4 * bool(constants["pre_copy"])
        for key, errno, after in requests(finite, constants):
            asked.add((flags, *key))
            path = WAYS[flags, *key]
            if key[0] == "RESUMING" and path is not None and len(path) > 1:
                assert ("EINVAL", "RESUMING") == (errno, after)  # nothing was written
            elif errno != "ENFILE":
                assert ("EINVAL" if path is None else "", key[0] if path is None else path[-1]) == (errno, after)
    assert 21 * 9 == len(asked)  # the supported states of all sets, ERROR apart, and nine numbers


def named(value: Value) -> str:
    """The name of a member of an enum."""
    assert isinstance(value, Member)
    return value.name


def requests(finite: Any, constants: Any) -> Iterator[tuple[tuple[str, str], str, str]]:
    """Every request in every state that requests can reach: what was asked, the errno, and where it led."""
    seen = [state for _, state in initial_states(finite, constants)]
    for state in seen:
        for step in steps(finite, constants, state):
            if step.run.kind == "step" and step.run.after not in seen:
                seen.append(step.run.after)
            if step.action.name == "set_state" and named(state["handle"]) == "BOUND":
                wanted = "8(out of range)" if step.args[0] is None else named(step.args[0])
                assert step.run.outcome is not None
                errno = finite.machine.sites[step.run.outcome.site].errno
                yield (named(state["state"]), wanted), errno, named(step.run.after["state"])


def opened(**switches: object) -> Any:
    """A device in use, by Python's own meaning."""
    with direct.universe(File=2, switches=switches, constants={"p2p": True, "pre_copy": True}):
        m = Migration()
    answer(m, "open")
    answer(m, "bind")
    return m


def answer(m: Any, action: str, *args: object, tape: tuple[int, ...] = ()) -> tuple[str, str, list[int]]:
    """The errno or kind of the answer, the state behind it, and the files of which the user has a descriptor."""
    run = direct.perform(m, action, args, tape)
    after = direct.snapshot(m)
    descriptors = after["held"]
    assert isinstance(descriptors, MapValue)
    held = [n for n, yes in enumerate(descriptors.entries) if yes]
    return run.errno or run.outcome, named(after["state"]), held


def test_a_file_is_new_though_it_has_the_number_of_the_one_before() -> None:
    """The user closed the file of the session; the request ends that session and begins another."""
    m = opened()
    assert ("done", "PRE_COPY", [0]) == answer(m, "set_state", State.PRE_COPY)
    assert ("done", "PRE_COPY", []) == answer(m, "close_fd", Elem("File", 0))
    assert ("done", "PRE_COPY_P2P", []) == answer(m, "set_state", State.PRE_COPY_P2P)
    assert ("done", "RESUMING", [0]) == answer(m, "set_state", State.RESUMING)


@pytest.mark.parametrize(("tape", "errno"), [((0, 1), "EMFILE"), ((0, 0, 1), "EFAULT")])
def test_an_answer_that_cannot_be_given_loses_the_session_for_its_user(tape: tuple[int, ...], errno: str) -> None:
    m = opened(copy_faults=True)
    assert (errno, "STOP_COPY", []) == answer(m, "set_state", State.STOP_COPY, tape=tape)
    assert ("done", "STOP_COPY", []) == answer(m, "set_state", State.STOP_COPY)
    assert ("done", "STOP", []) == answer(m, "set_state", State.STOP)
    assert ("done", "STOP_COPY", [0]) == answer(m, "set_state", State.STOP_COPY)


# --- the order of checks ---

YES, NO = True, False

# index, get, set, probe, unknown flag, size: each call is wrong in every way that is still possible behind its answer
ORDER = [
    ((Feature.UNKNOWN, YES, YES, NO, YES, Size.TOO_SMALL), ("EINVAL", "size-below-header")),
    ((Feature.UNKNOWN, YES, YES, NO, YES, Size.HEADER), ("EINVAL", "unknown-flag")),
    ((Feature.UNKNOWN, YES, YES, NO, NO, Size.HEADER), ("EINVAL", "get-and-set")),
    ((Feature.UNKNOWN, YES, YES, YES, NO, Size.HEADER), ("ENOTTY", "no-such-feature")),
    ((Feature.UNKNOWN, NO, NO, NO, NO, Size.HEADER), ("ENOTTY", "no-such-feature")),
    ((Feature.MIGRATION, NO, YES, NO, NO, Size.HEADER), ("EINVAL", "not-this-way")),
    ((Feature.MIGRATION, YES, YES, YES, NO, Size.HEADER), ("EINVAL", "not-this-way")),
    ((Feature.LOGGING_STOP, YES, NO, NO, NO, Size.HEADER), ("EINVAL", "not-this-way")),
    ((Feature.MIGRATION, YES, NO, YES, NO, Size.HEADER), ("", "")),
    ((Feature.DEVICE_STATE, YES, YES, YES, NO, Size.HEADER), ("", "")),
    ((Feature.DATA_SIZE, NO, NO, YES, NO, Size.HEADER), ("", "")),
    ((Feature.DATA_SIZE, NO, NO, NO, NO, Size.HEADER), ("EINVAL", "neither-get-nor-set")),
    ((Feature.DATA_SIZE, YES, NO, NO, NO, Size.HEADER), ("EINVAL", "payload-too-small")),
    ((Feature.DATA_SIZE, YES, NO, NO, NO, Size.ENOUGH), ("", "")),
    ((Feature.LOGGING_STOP, NO, YES, NO, NO, Size.HEADER), ("", "")),
    ((Feature.DEVICE_STATE, NO, YES, NO, NO, Size.ENOUGH), ("EINVAL", "no-such-state")),
]


@pytest.mark.parametrize(("call", "expected"), ORDER)
def test_the_checks_of_a_request_come_in_their_order(call: tuple[object, ...], expected: tuple[str, str]) -> None:
    run = direct.perform(opened(transport=True, logging=True), "feature", call)
    assert expected == (run.errno, run.reason)


def test_what_comes_before_all_checks() -> None:
    faults = {"transport": True, "copy_faults": True}
    with direct.universe(File=1, switches=faults, constants={"p2p": False, "pre_copy": False}):
        m = Migration()
    wrong = (Feature.UNKNOWN, YES, YES, NO, YES, Size.TOO_SMALL)
    assert "device-not-open" == direct.perform(m, "feature", wrong).reason
    direct.perform(m, "open")
    assert "not-bound" == direct.perform(m, "feature", wrong).reason
    direct.perform(m, "bind")
    assert "does-not-wake" == direct.perform(m, "feature", wrong, (1,)).reason
    assert "bad-header" == direct.perform(m, "feature", wrong, (0, 1)).reason
    assert "size-below-header" == direct.perform(m, "feature", wrong, (0, 0)).reason


def test_the_checks_of_the_estimates_come_in_their_order() -> None:
    m = opened(streams=True)
    f, other = Elem("File", 0), Elem("File", 1)
    reasons = []

    def ask(short: bool, of: Elem = f) -> None:
        reasons.append(direct.perform(m, "precopy_info", (of, short)).reason)

    ask(YES, other)  # no such file
    direct.perform(m, "set_state", (State.RESUMING,))
    ask(YES)  # a file that is written
    direct.perform(m, "reset")
    direct.perform(m, "close_fd", (f,))
    direct.perform(m, "set_state", (State.STOP_COPY,))
    ask(YES)  # too small, and the wrong state
    ask(NO)  # the wrong state
    direct.perform(m, "set_state", (State.STOP,))
    ask(NO)  # the wrong state, and the session is over
    direct.perform(m, "set_state", (State.PRE_COPY,))
    ask(NO)  # the session of this file is over
    ask(NO, other)
    expected = ["no-such-file", "no-such-request", "size-too-small", "not-in-pre-copy", "not-in-pre-copy",
                "session-over", ""]  # fmt: skip
    assert expected == reasons
