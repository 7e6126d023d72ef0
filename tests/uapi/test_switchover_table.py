"""The guards of the switchover say of every state and event what the table of the uAPI's text says."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pytest

from spec.lang.direct import DirectRun, perform, restore, snapshot, universe
from spec.lang.direct_explore import explore_direct
from spec.lang.values import Elem, MapValue, Member, Value
from spec.uapi.migration_arcs import State
from spec.uapi.switchover import Switchover
from spec.uapi.switchover_destination import SwitchoverDestination
from spec.uapi.switchover_interrupts import Vector
from spec.uapi.switchover_state import Fd
from spec.uapi.switchover_vmm_source import Image, Phase
from tests.uapi.stopped_device_table import (
    ANYTHING,
    APART,
    CELLS,
    DISTURBS,
    IN,
    MAY,
    MUST,
    MUST_NOT,
    NONE,
    OUT,
    SPOILS,
    STATES,
    TABLE,
    TOLERATE,
)

IT, PEER, PAGE = Elem("Device", 0), Elem("Device", 1), Elem("Page", 0)

CALLS: dict[str, tuple[str, tuple[Value, ...]]] = {
    "write to memory": ("write_memory", (IT, PAGE)),
    "write to a peer": ("write_peer", (IT, PEER)),
    "answer a peer": ("arrive", (PEER, IT)),
    "answer the guest": ("touch", (IT,)),
    "change by itself": ("interrupt_due", (IT,)),
    "interrupt": ("raise_interrupt", (IT,)),
    "answer SET_IRQS": ("set_irqs", (IT, True)),
    "answer config access": ("access_config", (IT,)),
}


def member(kind: type, name: str) -> Member:
    names = [m.name for m in kind]  # type: ignore[attr-defined]
    return Member(kind.__name__, name, names.index(name))


def pair(first: Value, second: Value) -> MapValue:
    return MapValue((first, second))


def prepared(event: str, state: str) -> dict[str, Value]:
    """The first device in the state, read and with work; the second one runs. vCPUs run where the event is theirs."""
    wired = member(Vector, "WIRED")
    return {
        "phase": member(Phase, "COPYING" if event == "answer the guest" else "SYNC"),
        "state": pair(member(State, state), member(State, "RUNNING")),
        "image": pair(member(Image, "WHOLE"), member(Image, "NONE")),
        "outstanding": pair(frozenset(), frozenset({IT} if event == "answer a peer" else ())),
        "awake": pair(True, True),
        "pending": pair(event == "interrupt", False),
        "vector": pair(wired, wired),
    }


def run(event: str, state: str, **switches: bool) -> tuple[DirectRun, dict[str, Value], dict[str, Value]]:
    """What became of the event, with the states before and after."""
    with universe(switches={"interrupts": True, **switches}, Device=2, Page=1):
        instance = Switchover()
        fresh = snapshot(instance)
        changes = prepared(event, state)
        assert set(changes) <= set(fresh)
        before = {**fresh, **changes}
        restore(instance, before)
        result = perform(instance, *CALLS[event])
        return result, before, snapshot(instance)


def first(state: Mapping[str, Value], name: str) -> Value:
    value = state[name]
    assert isinstance(value, MapValue)
    return value.entries[0]


def image(state: Mapping[str, Value]) -> str:
    found = first(state, "image")
    assert isinstance(found, Member)
    return found.name


def begun(event: str, state: str) -> set[str]:
    """What the guards say of an event that the device begins."""
    if run(event, state)[0].kind == "disabled":
        return {MUST_NOT}
    if run(event, state, error_is_silent=True)[0].kind == "disabled":
        return {ANYTHING}
    if run(event, state, tells_apart=False)[0].kind == "disabled":
        return {APART}
    return {MAY}


def suffered(event: str, state: str) -> set[str]:
    """What the guards say of an event that comes from outside."""
    result, before, after = run(event, state)
    assert "step" == result.kind
    if first(before, "disturbed") != first(after, "disturbed"):
        return {DISTURBS}
    return {"PAST": {MAY, MUST}, "TORN": {SPOILS}, "WHOLE": {TOLERATE}}[image(after)]


def answered(event: str, state: str) -> set[str]:
    """What the guards say of a call that the kernel answers for the device."""
    result, before, after = run(event, state)
    same = {k: v for k, v in before.items() if k != "vector"} == {k: v for k, v in after.items() if k != "vector"}
    return {MUST, TOLERATE} if (result.kind, result.outcome, same) == ("step", "done", True) else {MUST_NOT}


@functools.cache
def sessions() -> dict[str, set[str]]:
    """In which states a data fd is alive, on either side, and in which it never is."""
    alive: dict[str, set[str]] = {state: set() for state in STATES}
    for cls, direction in ((Switchover, OUT), (SwitchoverDestination, IN)):
        for state in explore_direct(cls, {"Device": 1, "Page": 1}, {"faults": True}, {}).levels:
            fields = dict(state)
            fd, now = fields["fd"], fields["state"]
            assert isinstance(fd, MapValue) and isinstance(now, MapValue)
            for held, device in zip(fd.entries, now.entries, strict=True):
                assert isinstance(device, Member)
                if held == member(Fd, "LIVE"):
                    alive[device.name].add(direction)
    return alive


def says(event: str, state: str) -> set[str]:
    """Every word of the table that fits what the spec does."""
    if event == "stream":
        return sessions()[state] or {NONE}
    if event in ("answer a peer", "answer the guest"):
        return suffered(event, state)
    if event in ("answer SET_IRQS", "answer config access"):
        return answered(event, state)
    return begun(event, state)


@pytest.mark.parametrize(("event", "state", "cell"), CELLS)
def test_the_guards_say_what_the_table_says(event: str, state: str, cell: str) -> None:
    found = says(event, state)
    assert cell in found
    assert 1 == len(found) or found in ({MAY, MUST}, {MUST, TOLERATE})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", CALLS)
def test_no_event_in_any_state_is_a_fault_of_the_host(event: str, state: str) -> None:
    result, _, _ = run(event, state)
    assert "fault" != result.kind
    assert () == result.warnings


def test_every_state_and_every_event_is_in_the_table() -> None:
    assert {s.name for s in State} == set(STATES)
    assert set(TABLE) == {*CALLS, "stream"}
    assert 9 * 8 == len(CELLS)
