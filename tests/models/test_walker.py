"""Walks by hand-written tables, part by part: what `uapicheck mutate` runs as one check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.checks.steps import Silent, Steps
from models.checks.walks import PARTS


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_walk(part: Callable[[Steps], None]) -> None:
    counted = Silent()
    part(Steps(counted))
    assert counted.steps
