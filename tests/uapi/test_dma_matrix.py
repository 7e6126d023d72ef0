"""The result matrix: six calls in eight modes of a group, unreachable modes too, built by hand."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pytest

from checker.constants import constant_choices
from checker.evaluate import initial_states, run
from spec.lang import everywhere
from spec.lang.direct import perform, restore, snapshot, universe
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from spec.lang.values import Elem, MapValue, Member, Rec, Value
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Group

G = Elem("Group", 0)
D0, D1 = Elem("Device", 0), Elem("Device", 1)
O1, O2 = Elem("Owner", 0), Elem("Owner", 1)
T = Elem("TableId", 0)
DEFAULT = Rec("Default", (False,))
BLOCKING = Rec("Blocking", ())
USER = Rec("Table", (O1, T))
PRIVATE = Rec("KernelTable", (D0,))

# T2 is dropped: the matrix asks what the core answers to a caller who breaks it.
SWITCHES = {"holders_attach": False, "type_change": True, "pasids": True, "kernel_private": True}


def driver(name: str) -> Member:
    order = ("NONE", "KDMA", "KPRIV", "KSTUB", "UDRV")
    return Member("Driver", name, order.index(name))


def word(name: str) -> Member:
    return Member("Word", name, ("IDENTITY", "DMA", "DMA_FQ", "UNKNOWN").index(name))


def one(value: Value) -> MapValue:
    return MapValue((value,))


def both(value: Value) -> MapValue:
    return MapValue((value, value))


def mode(
    count: int, owner: Value, domain: Value, first: str,
    *, claimed: bool = False, used: bool = False, pasid: bool = False,
) -> dict[str, Value]:  # fmt: skip
    """A state of one group with two members, of which the first holds what there is to hold."""
    table = PRIVATE if owner is None else USER
    objects = {DEFAULT} | ({domain} if domain != BLOCKING else set())
    return {
        "owner_cnt": one(count), "owner": one(owner), "domain": one(domain), "hw": both(domain),
        "driver": MapValue((driver(first), driver("NONE"))),
        "uses": MapValue((used, False)), "claims": MapValue((O1 if claimed else None, None)),
        "alive": one(frozenset(objects)), "pasid": one(table if pasid else None),
        "hw_pasid": both(table if pasid else None), "pasid_alive": one(pasid),
    }  # fmt: skip


def drivers(state: dict[str, Value], second: str) -> MapValue:
    """The mode's driver of the first member, and one for the second."""
    before = state["driver"]
    assert isinstance(before, MapValue)
    return MapValue((before.entries[0], driver(second)))


MODES = {
    "IDLE": mode(0, None, DEFAULT, "NONE"),
    "KERNEL": mode(1, None, DEFAULT, "KDMA", used=True),
    "KPRIVATE": mode(1, None, PRIVATE, "KPRIV", used=True),
    "USER_BLK": mode(1, O1, BLOCKING, "UDRV", claimed=True),
    "USER_MAP": mode(1, O1, USER, "UDRV", claimed=True),
    "IDLE with a PASID": mode(0, None, DEFAULT, "NONE", pasid=True),
    "KERNEL with a PASID": mode(1, None, DEFAULT, "KDMA", used=True, pasid=True),
    "BROKEN": mode(0, None, PRIVATE, "NONE"),
}

CALLS = {
    "use": ("bind", (D1, driver("KDMA")), "NONE"),
    "group_claim o1": ("group_claim", (G, O1), "NONE"),
    "device_claim o1": ("device_claim", (D1, O1), "UDRV"),
    "device_claim o2": ("device_claim", (D1, O2), "UDRV"),
    "attach": ("attach", (G, O1, T), "NONE"),
    "type": ("write_type", (G, word("IDENTITY")), "NONE"),
}

MATRIX = {
    "IDLE": ("", "", "", "", "", ""),
    "KERNEL": ("", "EPERM", "EPERM", "EPERM", "", "EPERM"),
    "KPRIVATE": ("EBUSY", "EPERM", "EPERM", "EPERM", "EBUSY", "EPERM"),
    "USER_BLK": ("EBUSY", "EPERM", "", "EPERM", "", "EPERM"),
    "USER_MAP": ("EBUSY", "EPERM", "", "EPERM", "EBUSY", "EPERM"),
    "IDLE with a PASID": ("", "EBUSY", "EBUSY", "EBUSY", "", ""),
    "KERNEL with a PASID": ("EBUSY", "EPERM", "EPERM", "EPERM", "", "EPERM"),
    "BROKEN": ("", "EBUSY", "EBUSY", "EBUSY", "EBUSY", ""),
}

CELLS = [(m, c, errno) for m, row in MATRIX.items() for c, errno in zip(CALLS, row, strict=True)]


SIZES = {"Device": 2, "Group": 1, "Owner": 2, "TableId": 1}


@functools.cache
def machine() -> Machine:
    return load("spec.uapi.dma_ownership:DmaOwnership")


def state_of(name: str, call: str, fresh: Mapping[str, Value]) -> dict[str, Value]:
    """The mode by hand over a fresh state, with the driver that the call needs on the second member."""
    second = CALLS[call][2]
    return {**fresh, **MODES[name], "driver": drivers(MODES[name], second)}


@pytest.mark.parametrize("era", ["E3", "E4", "E5"])
@pytest.mark.parametrize(("name", "call", "errno"), CELLS)
def test_the_core_answers_as_the_matrix_says(era: str, name: str, call: str, errno: str) -> None:
    ground_machine = ground(machine(), SIZES, {**SWITCHES, "era": era})
    (constants,) = constant_choices(ground_machine)
    ((_, fresh),) = initial_states(ground_machine, constants)
    state = state_of(name, call, fresh)
    assert set(fresh) == set(state), "a field set by hand is not part of this machine"
    action = next(a for a in ground_machine.actions if a.name == CALLS[call][0])
    result = run(ground_machine, constants, state, action, CALLS[call][1])
    assert "step" == result.kind, result.fault
    assert result.outcome is not None
    site = machine().sites[result.outcome.site]
    assert (errno, "refused" if errno else "done") == (site.errno, site.kind), site.reason
    assert () == result.warnings
    assert not errno or state == result.after


@pytest.mark.parametrize(("name", "call", "errno"), CELLS)
def test_the_direct_run_gives_the_same_answers(name: str, call: str, errno: str) -> None:
    with universe(Device=2, Group=1, Owner=2, TableId=1):
        home = everywhere(next(iter(Group)))
    with universe(switches=SWITCHES, constants={"home": home}, Device=2, Group=1, Owner=2, TableId=1):
        instance = DmaOwnership()
        restore(instance, state_of(name, call, snapshot(instance)))
        result = perform(instance, *CALLS[call][:2])
    assert ("step", errno, "refused" if errno else "done") == (result.kind, result.errno, result.outcome)
    assert () == result.warnings


def test_every_mode_and_call_is_in_the_matrix() -> None:
    assert list(MODES) == list(MATRIX)
    assert 48 == len(CELLS)
    assert {len(CALLS)} == {len(row) for row in MATRIX.values()}
