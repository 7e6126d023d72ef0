"""Checks over all functions at once: purity, places of calls that write, guards first, recursion."""

from __future__ import annotations

import pytest

from spec.lang import elaborate
from spec.lang.errors import Problem
from tests.lang.elab_tools import expected_places, read_class

READS = """
def peek(self, d: Device) -> bool:
    return self.flag

def deep(self, d: Device) -> bool:
    return self.write(d)

def pick(self, *, b: bool) -> bool:
    return b

def picked(self) -> bool:
    return self.pick()

def fixed(self) -> bool:
    return self.pick(b=True)

def warns(self) -> bool:
    warn("w")
    return True

def guarded(self) -> bool:
    return self.flag

@kernel
def tick(self) -> None:
    require(self.flag)

def chosen(self, *, o: bool) -> Outcome:
    return DONE
"""


def problems(text: str, pure: str = "") -> tuple[list[tuple[int, int]], list[Problem]]:
    plain, places = expected_places(text.strip("\n"))
    found = read_class(plain + READS)
    assert found.names.problems == []
    return places, elaborate.check_purity(found.keyed(), {pure} if pure else set())


PURE = [
    ("return self.peek(d)", ""),
    ("return self.fixed()", ""),
    ("return self.half(2) > 0", ""),
    ("return §self.write(d)", "writes state"),
    ("return §self.deep(d)", "writes state"),
    ("return §self.picked()", "takes a choice of nature"),
    ("return §self.pick()", "takes a choice of nature"),
    ("return self.pick(b=self.flag)", ""),
    ("return §self.warns()", "warns"),
    ("return §self.helper(d).done", "makes an outcome"),
    ("return any(self.peek(x) for x in Device)", ""),
]


@pytest.mark.parametrize(("body", "effect"), PURE)
def test_a_property_may_only_look(body: str, effect: str) -> None:
    text = "@invariant\ndef p(self) -> bool:\n    d = first(x for x in Device)\n    " + body
    places, found = problems(text, "Spec.p")
    assert places == [(p.span.line, p.span.col) for p in found]
    assert ["not-pure"] * len(places) == [p.code for p in found]
    assert all(effect in p.message for p in found)


def test_a_call_of_an_action_that_requires_is_not_pure() -> None:
    found = read_class("def q(self) -> bool:\n    self.tick()\n    return True" + READS)
    result = elaborate.check_purity(found.keyed(), {"Spec.q"})
    assert [p.message for p in result] == ["'q' must be pure, but 'tick' requires (line 28)"]


def test_a_choice_of_a_pure_function_is_told() -> None:
    found = read_class("def q(self, *, b: bool) -> bool:\n    return b")
    result = elaborate.check_purity(found.keyed(), {"Spec.q"})
    assert [(p.code, p.span.line, p.span.col) for p in result] == [("not-pure", 2, 12)]


PLACES = [
    "x = self.write(d) and self.flag",
    "x = self.flag and §self.write(d)",
    "x = self.flag or §self.deep(d)",
    "x = self.flag and self.peek(d)",
    "x = §self.write(d) if self.flag else True",
    "x = True if self.write(d) else False",
    "x = any(§self.write(y) for y in Device)",
    "x = sum(1 for y in Device if §self.write(y))",
    "x = implies(self.write(d), §self.write(d))",
    "if not self.write(d):\n        pass",
    "if self.flag and (r := self.write(d)):\n        pass",
    "x = 1 < self.count < §self.bump()",
]


@pytest.mark.parametrize("body", PLACES)
def test_a_call_that_writes_stands_where_it_runs_once(body: str) -> None:
    bump = "\ndef bump(self) -> int:\n    self.count += 1\n    return 2\n"
    places, found = problems("def f(self, d: Device) -> None:\n    " + body + bump)
    assert places == [(p.span.line, p.span.col) for p in found]
    assert ["effect-in-expression"] * len(places) == [p.code for p in found]
    assert all(p.hint for p in found)


GUARDS = [
    "require(self.flag)\n    self.flag = False",
    "self.flag = False\n    §require(self.flag)",
    "if self.flag:\n        self.count = 1\n    §require(self.flag)",
    "for d in Device:\n        self.level[d] = 1\n    §require(self.flag)",
    "for d in Device:\n        §require(self.flag)\n        self.level[d] = 1",
    "x = self.write(self.order[0])\n    §require(x)",
    "x = self.peek(self.order[0])\n    require(x)",
    "self.flag = True\n    §self.tick()",
    "self.tick()\n    self.flag = True",
    "if self.flag:\n        self.count = 1\n    else:\n        require(self.flag)",
]


@pytest.mark.parametrize("body", GUARDS)
def test_a_guard_comes_before_every_write(body: str) -> None:
    places, found = problems("@kernel\ndef f(self) -> None:\n    " + body)
    assert places == [(p.span.line, p.span.col) for p in found]
    assert ["misplaced-require"] * len(places) == [p.code for p in found]


def test_an_ioctl_reaches_no_guard() -> None:
    plain, places = expected_places("@ioctl\ndef f(self) -> Outcome:\n    §self.tick()\n    return DONE")
    found = read_class(plain + "\n" + READS)
    result = elaborate.check_total(found.keyed(), {"Spec.f"})
    assert places == [(p.span.line, p.span.col) for p in result]
    assert elaborate.check_total(found.keyed(), {"Spec.peek"}) == []


def test_an_assumption_reaches_no_state() -> None:
    plain, places = expected_places("@assume\ndef f(self) -> bool:\n    return §self.fine()\n")
    found = read_class(plain + "def fine(self) -> bool:\n    return self.peek(first(d for d in Device))" + READS)
    assert found.names.problems == []
    result = elaborate.check_stateless(found.keyed(), {"Spec.f"})
    assert [("reads-state", *place) for place in places] == [(p.code, p.span.line, p.span.col) for p in result]
    assert elaborate.check_stateless(found.keyed(), {"Spec.fixed"}) == []


def test_recursion_is_told_once_per_ring() -> None:
    text = """
def a(self) -> None:
    self.b()
def b(self) -> None:
    self.c()
    self.touch(self.order[0])
def c(self) -> None:
    §self.a()
def own(self, n: int) -> int:
    return §self.own(n - 1)
"""
    plain, places = expected_places(text.strip("\n"))
    found = read_class(plain)
    result = elaborate.check_recursion(found.keyed())
    assert places == [(p.span.line, p.span.col) for p in result]
    assert [
        p.message for p in result
    ] == ["this call comes back to itself: a -> b -> c -> a", "this call comes back to itself: own -> own"]


def test_purity_of_functions_that_call_each_other_ends() -> None:
    other = "\ndef b(self) -> bool:\n    self.flag = True\n    return self.a()"
    found = read_class("def a(self) -> bool:\n    return self.b()" + other)
    result = elaborate.check_purity(found.keyed(), {"Spec.a"})
    assert [(p.code, p.span.line) for p in result] == [("not-pure", 2)]
