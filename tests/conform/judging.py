"""The recorded migration log, and judging it (or some of its sequences) against a spec with some switches set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from checker.cli_validate import possible_of
from checker.conform.log import LogSequence, read_log
from checker.conform.possible import Possible
from checker.conform.protocol import Translation
from checker.conform.translations import translation_of
from checker.conform.validate import Validated, judge_log
from checker.request import Settings
from spec.lang.frontend import load

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "kernel-6.12"
LOG = RECORDED / "vfio-migration.jsonl.gz"
TABLE = RECORDED / "next-state.json"

Pick = Callable[[LogSequence], bool]


@cache
def recorded() -> tuple[LogSequence, ...]:
    """All sequences."""
    return tuple(read_log(str(LOG)))


def beginning(*prefixes: str) -> Pick:
    """The sequences whose names begin so."""
    return lambda sequence: sequence.id.startswith(prefixes)


@cache
def translation() -> Translation:
    """What the ops of the log are."""
    return translation_of(load("migration"), None)


@cache
def machine(target: str = "migration", *switches: str) -> Possible:
    """The states of a spec that come up; kept, because all of them are worked out only once."""
    return possible_with(Settings(switches=switches), target)


def possible_with(settings: Settings, target: str = "migration") -> Possible:
    """The same for any settings, not kept."""
    return possible_of(load(target), translation(), settings)[0]


def judged(sequences: Iterable[LogSequence], target: str = "migration", *switches: str) -> Validated:
    """What these sequences say about a spec."""
    return judge_log(sequences, machine(target, *switches), translation())


def table() -> dict[str, Any]:
    """The next-state table of the kernel, for each set of capabilities."""
    masks: dict[str, Any] = json.loads(TABLE.read_text())["masks"]
    return masks
