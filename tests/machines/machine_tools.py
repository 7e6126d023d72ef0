"""Loads the machines of this folder and searches them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker import slow
from checker.explicit.engine import Engine, explore
from checker.explorations import Exploration, Limits
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground

HERE = Path(__file__).parent


def machine(target: str, sizes: Mapping[str, int]) -> GroundMachine:
    """A machine of this folder, named `file:Class`, at these sizes; none of them has rigid constants."""
    file, name = target.split(":")
    return ground(load(f"{HERE / file}.py:{name}"), dict(sizes))


def search(
    target: str,
    sizes: Mapping[str, int],
    engine: Engine | None,
    limits: Limits | None = None,
    *,
    symmetry: bool = False,
) -> Exploration:
    """All of it by one engine; by the slow search for None."""
    found = machine(target, sizes)
    if engine is None:
        return slow.explore(found, {}, limits or Limits())
    return explore(found, {}, limits or Limits(), engine=engine, symmetry=symmetry)


def lengths(found: Exploration) -> dict[str, int]:
    """The steps of the shortest path to every violation and goal."""
    return {name: len(path.steps) for name, path in found.found.items()}


def spec_class(target: str) -> Any:
    """The class as Python imports it."""
    file, name = target.split(":")
    return getattr(importlib.import_module(f"tests.machines.{file}"), name)
