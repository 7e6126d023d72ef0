"""Device entries against words computed by hand, part by part: what `uapicheck mutate` runs as one check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.checks.device_entries import PARTS
from models.checks.steps import Silent, Steps


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_device_entries(part: Callable[[Steps], None]) -> None:
    counted = Silent()
    part(Steps(counted))
    assert counted.steps
