"""What `uapicheck mutate` runs on the models, as tests: every check passes on the model as it is."""

from __future__ import annotations

import pytest

from models.checks.core_calls import core_calls
from models.checks.device_log import device_log, resets_that_meet_a_request
from models.checks.device_streams import device_streams
from models.checks.next_state import next_states
from models.checks.page_tables import CHECKS
from models.checks.steps import Check, Silent
from models.checks.vfio_files import vfio_files

LONG = ("lost writes", "twin")
OTHERS = (
    Check("next state", "", next_states),
    Check("dirty log", "", device_log),
    Check("resets", "", resets_that_meet_a_request),
    Check("device", "", device_streams),
    Check("files", "", vfio_files),
    Check("calls", "", core_calls),
)


@pytest.mark.parametrize(
    "check",
    [pytest.param(c, id=c.name, marks=[pytest.mark.slow] if c.name in LONG else []) for c in (*CHECKS, *OTHERS)],
)
def test_a_check(check: Check) -> None:
    counted = Silent()
    assert check.run(counted) == ""
    assert counted.steps > 10
