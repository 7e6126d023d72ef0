"""What every test relies on: sets and hashes in one order, no colour, and Hypothesis without a clock."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("uapicheck", deadline=None, derandomize=True)
settings.load_profile("uapicheck")


def pytest_report_header(config: pytest.Config) -> str:
    return f"PYTHONHASHSEED={os.environ.get('PYTHONHASHSEED', 'random')} (make sets 0)"


@pytest.fixture(autouse=True)
def _plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
