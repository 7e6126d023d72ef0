"""Entries computed by hand from the bit tables of the architectures, and entries that a walk must not accept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.checks.codec import copies, dirty_of_arm, sizes, there_and_back, vectors
from models.checks.steps import Silent, Steps


@pytest.mark.parametrize("part", [vectors, sizes, dirty_of_arm, copies, there_and_back], ids=lambda f: f.__name__)
def test_entries(part: Callable[[Steps], None]) -> None:
    counted = Silent()
    part(Steps(counted))
    assert counted.steps > 5
