"""Both meanings of every trap agree, in every reachable state and for every call, argument and tape."""

from __future__ import annotations

import pytest

from tests.lang.trap_files import Run, runs, trap_class
from tests.lang.two_meanings import Pair


@pytest.mark.parametrize("run", runs(), ids=str)
def test_parsed_meaning_and_direct_run_agree(run: Run) -> None:
    pair = Pair(trap_class(run.trap), run.sizes, run.switches)
    assert run.number("states") == pair.check()
