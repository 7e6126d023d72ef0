"""At least 200 random machines: generated C gives the result of the slow search, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from checker import slow
from checker.explicit import c_engine
from checker.explorations import Limits
from spec.lang.ground import GroundMachine
from tests.explicit.c_reference import agree
from tests.random_machines import LIMITS, cases

TINY = ("-O0", "-DREVIEW=8", "-DREGROUP_FROM=32", "-DSETTLED=0", "-DBATCH=4", "-DPENDING=4")
"""Everything that a search does only for many states happens here for a few dozen."""

pytestmark = pytest.mark.skipif(not c_engine.available(), reason="no C compiler")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_random_machines(case: tuple[GroundMachine, Mapping[str, Sequence[int]]]) -> None:
    ground, constants = case
    for limits in (LIMITS, Limits(depth=1)):
        expected = slow.explore(ground, constants, limits)
        for remember in (True, False):
            with c_engine.CSearch(ground, constants, limits, flags=TINY, remember=remember) as search:
                search.run()
                agree(expected, search.exploration(0.0, {}))
