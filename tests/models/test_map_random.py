"""Random maps, unmaps and overlaps in every format, step by step against a dictionary and the walker."""

from __future__ import annotations

import pytest

from models.checks.catalogue import FORMATS
from models.checks.map_random import drive
from models.checks.steps import Silent, Steps


@pytest.mark.parametrize("name", FORMATS)
def test_500_operations(name: str) -> None:
    drive(name, 500, Steps(Silent()))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_10000_operations(name: str) -> None:
    drive(name, 10_000, Steps(Silent()))
