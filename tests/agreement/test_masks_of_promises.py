"""What engines remember of a step depends on all that its promises read, not only on what the action itself touches."""

from __future__ import annotations

import pytest

from checker import slow
from checker.explicit import c_engine, compile, py_search
from checker.explorations import Limits, RawPath, RawStep
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, OUTCOME
from tests.build import Build
from tests.explicit.c_reference import agree
from tests.words import FALSE, TRUE, ask, bounded, compare, done, either, lit, no, plus, put, require, var

BROKEN = RawPath((), (RawStep(0, (), ()), RawStep(1, (), ())))
"""`light`, then `count`."""


def machine(kind: str) -> GroundMachine:
    """One action never looks at `bright`, but a promise about it does: it must not happen while that is true."""
    b = Build("Lamp")
    number = bounded(0, 3)
    bright = b.field("bright", BOOL, FALSE)
    n = b.field("n", number, lit(0))
    b.action("light", {}, put("bright", TRUE), done())
    b.action("count", {}, require(compare(n, "<", lit(3))), put("n", plus(n, 1)), done(), kind="kernel")
    if kind == "action":
        dark = either(no(ask(var("outcome", OUTCOME), "done")), no(bright))
        b.promise("action", "counted_in_the_dark", dark, on=("count",))
    else:
        b.promise("during", "counted_in_the_dark", either(compare(n, "==", lit(0)), no(bright)))
    return b.ground()


@pytest.mark.parametrize("kind", ["action", "during"])
@pytest.mark.parametrize("engine", ["python", "c"])
def test_a_promise_that_reads_more_than_its_action_is_asked_in_every_state(engine: str, kind: str) -> None:
    if engine == "c" and not compile.available():
        pytest.skip("no C compiler")
    explore = c_engine.explore if engine == "c" else py_search.explore
    expected = slow.explore(machine(kind), {}, Limits())
    assert BROKEN == expected.found["counted_in_the_dark"]
    agree(expected, explore(machine(kind), {}, Limits()))
