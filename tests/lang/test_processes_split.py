"""What a process becomes: actions in order, hidden fields, functions in which every variable has one meaning."""

from __future__ import annotations

from collections import Counter

import pytest

from spec.lang.frontend import load
from spec.lang.ir import For, Quant
from spec.lang.machine import Function, Machine
from spec.lang.process_tree import While, Yield
from spec.lang.types import IntType, OptionType
from spec.lang.walk import expressions, statements
from tests.lang.process_files import HERE, NAMES


def machine_of(name: str) -> Machine:
    return load(f"{HERE / name}.py:Trap")


def binders(function: Function) -> Counter[str]:
    found = Counter(s.binder.name for s in statements(function.body) if isinstance(s, For))
    found.update(b.name for e in expressions(function.body) if isinstance(e, Quant) for b in e.binders)
    found.update(p.name for p in (*function.params, *function.choices))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_of_a_function_has_one_meaning(name: str) -> None:
    for function in machine_of(name).functions.values():
        assert [n for n, count in binders(function).items() if count > 1] == [], function.name
        assert not any(isinstance(s, While | Yield) for s in statements(function.body))


def test_a_process_is_its_call_and_its_points_in_text_order() -> None:
    machine = machine_of("while_and_break")
    points = ["down", "down_again", "look", "full"]
    assert ["count", *(f"count.{p}" for p in points)] == list(machine.actions)
    assert [("", ""), *(("weak", p) for p in points)] == [(a.fair, a.point) for a in machine.actions.values()]
    assert {"count"} == {a.process for a in machine.actions.values()}
    assert {"kernel"} == {a.kind for a in machine.actions.values()}
    params = [len(machine.functions[a.function].params) for a in machine.actions.values()]
    assert [2, 1, 1, 1, 1] == params


def test_only_what_is_needed_later_is_kept() -> None:
    machine = machine_of("local_survives")
    hidden = {n for n, f in machine.fields.items() if f.hidden}
    assert {"add.seen", "add.a", "add.up", "Thread.at"} == hidden
    assert ("idle", "add.read", "add.computed") == machine.enums["Thread.at"].members
    assert machine.fields["sum"].hidden is False


def test_a_sort_is_kept_as_an_option_and_a_number_with_its_bounds() -> None:
    fields = machine_of("loop_over_sequence").fields
    assert isinstance(fields["drain.skip"].type.value, OptionType)  # type: ignore[union-attr]
    counted = machine_of("loop_over_range").fields["work.i"].type.value  # type: ignore[union-attr]
    assert isinstance(counted, IntType) and counted.lo is not None and counted.hi is not None
    assert (0, 2) == (counted.lo.constant, counted.hi.constant)


def test_points_without_a_label_are_numbered_and_locks_named() -> None:
    assert ["drain", "drain.item", "drain.2", "put"] == list(machine_of("loop_over_sequence").actions)
    assert ["twice", "twice.lock", "twice.lock_2"] == list(machine_of("self_deadlock").actions)


def test_machines_without_locks_promise_nothing_about_them() -> None:
    assert "no_lock_cycle" in machine_of("lock_order").properties
    assert "no_lock_cycle" not in machine_of("choices").properties
    assert "no_lock_cycle" not in machine_of("try_lock").properties


def test_a_refusal_has_a_site_for_the_first_block_and_one_for_later_ones() -> None:
    sites = [(s.kind, s.in_process) for s in machine_of("answer_of_a_helper").sites if s.reason == "full"]
    assert [("refused", False), ("partial", True)] == sites
