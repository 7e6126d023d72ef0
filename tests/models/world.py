"""The small machine of the checks, for the tests."""

from __future__ import annotations

from models.checks.machine import PAGE, RID, RW, TAG, FixedReader, World

__all__ = ["PAGE", "RID", "RW", "TAG", "FixedReader", "World"]
