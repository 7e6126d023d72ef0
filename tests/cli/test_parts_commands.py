"""Specs with parts on the command line: qualified names go in and come out, and traces show the calls inside a step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sessions import Run

SHOP = '''\
"""A shop."""
from spec.lang import *

class Slot(Sort, size=2): "A place."

class Store(Spec):
    """Keeps things."""
    careful: Switch[bool] = False
    full: Map[Slot, bool] = everywhere(False)

    @ioctl(cites="store.c:store_put()", sure="read")
    def put(self, s: Slot, *, slips: bool) -> Outcome:
        """Put it there."""
        if self.full[s]:
            return refuse(EBUSY, "full", cites="store.c:store_full()", sure="recorded")
        if slips and not self.careful:
            return refuse(EIO, "slipped")
        self.full[s] = True
        return DONE

    @ioctl
    def never(self) -> Outcome:
        """Never answers anything else."""
        if sum(1 for s in Slot if self.full[s]) > 2:
            return refuse(EPERM, "never")
        return refuse(EINVAL, "no")

    @invariant
    def one_at_most(self) -> bool:
        return sum(1 for s in Slot if self.full[s]) <= 1

    @during
    def nothing_is_put_beside_another(self, old: Self) -> bool:
        return not any(old.full[s] for s in Slot) or all(self.full[s] == old.full[s] for s in Slot)

    @action_property("put")
    def the_first_is_put_first(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.done, all(self.full[s] for s in Slot) or any(self.full[s] for s in Slot) and False
                       or first(s for s in Slot if self.full[s]) == first(s for s in Slot))

class Shop(Spec):
    """A store and a counter."""
    store: Store = part("never", careful=False)
    asked: bool = False

    @ioctl
    def sell(self, s: Slot) -> Outcome:
        """Put two."""
        self.asked = True
        self.store.put(s)
        return self.store.put(s, slips=False)

    @final
    def over(self) -> bool:
        return True
'''


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    return "shop.py:Shop"


def test_a_property_of_a_part_is_named(run: Run, shop: str) -> None:
    session = run("check", shop, "--engine", "evaluate", "--property", "store.one_at_most")
    assert session.code == 1
    assert "VIOLATED  store.one_at_most  invariant" in session.out
    assert "did you mean 'store.one_at_most'?" in run("check", shop, "--property", "store.one_at_mos").err


def test_the_table_shows_the_calls_inside_a_step(run: Run, shop: str) -> None:
    out = run("check", shop, "--engine", "evaluate", "--property", "store.one_at_most").out
    lines = [line.rstrip() for line in out.splitlines()]
    first = next(n for n, line in enumerate(lines) if line.startswith("1  sell("))
    assert lines[first + 1].startswith("    store_full()")
    assert lines[first + 2].startswith("     store.put(s0) = 0")
    assert ("     store.put(s0) = -EBUSY", "full") == (lines[first + 3], lines[first + 4].strip())
    assert all(len(line) <= 72 for line in lines[first - 2 : first + 8])


def test_a_trace_keeps_the_calls_and_is_replayed(run: Run, shop: str, tmp_path: Path) -> None:
    where = ("--property", "store.one_at_most", "--trace-dir", ".")
    run("check", shop, "--engine", "evaluate", *where)
    path = tmp_path / "shop.store.one_at_most.itf.json"
    document = json.loads(path.read_text())
    assert ["store.full", "asked"] == document["vars"]
    calls = document["states"][1]["#meta"]["calls"]
    assert [("store.put", "done", 0), ("store.put", "refused", 0)] == [
        (c["action"], c["outcome"]["kind"], c["depth"]) for c in calls
    ]
    assert run("replay", path.name).code == 1
    calls[0]["outcome"]["kind"] = "blocked"
    path.write_text(json.dumps(document))
    assert "in another way than stored" in run("replay", path.name).out
    calls[0]["action"] = "store.pit"
    path.write_text(json.dumps(document))
    session = run("replay", path.name)
    assert session.code == 2
    assert "did you mean 'store.put'?" in session.err


def test_a_promise_about_a_call_says_which(run: Run, shop: str) -> None:
    out = run("check", shop, "--engine", "evaluate", "--property", "store.the_first_is_put_first").out
    assert "false of the call of store.put in the last step" in out


BOTH = (
    SHOP
    + '''
class Both(Shop):
    """Fills all places in one step."""

    @ioctl
    def fill(self) -> Outcome:
        """All of them."""
        for s in Slot:
            self.store.put(s, slips=False)
        return DONE
'''
)


def test_a_promise_about_writes_is_told_with_the_state_before_the_call(run: Run, tmp_path: Path) -> None:
    """The second write breaks it against the state before its call, though not against that before the step."""
    (tmp_path / "both.py").write_text(BOTH)
    name = "store.nothing_is_put_beside_another"
    out = run("check", "both.py:Both", "--engine", "evaluate", "--property", name).out
    assert "1  fill()" in out and "2  " not in out.split("changed")[1]
    assert "false after a write in the last step" in out


def test_lint_counts_what_parts_reach(run: Run, shop: str) -> None:
    out = run("lint", shop).out
    assert "never-in-force" not in out or "refusal 'full'" not in out
    assert "the refusal 'EPERM never' never happens" in out
    assert "the action 'store.never' is never done" in out
    assert "EBUSY full" not in out
    assert "helper-unused" not in out


def test_fixed_switches_and_names_of_parts_are_known(run: Run, shop: str) -> None:
    assert run("check", shop, "--engine", "evaluate", "--set", "store.careful=true").code == 2
    assert "for good" in run("check", shop, "--engine", "evaluate", "--set", "store.careful=true").err


def test_graph_names_fields_of_parts(run: Run, shop: str) -> None:
    session = run("graph", shop, "--by", "store.full", "--format", "json")
    assert session.code == 0, session.err
    assert "store.full" in session.out
