"""Finding mutants and checks: by convention `models.mutants` and `models.checks.NAME`, or where the user says.

The checker knows no model, so both are found by name, and only what they are made of is fixed here.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

from checker.conform.mutate_child import Progress
from checker.conform.mutate_edit import Edit, edited, source_of
from spec.lang.errors import RequestError, nearest

CATALOGUE = "models.mutants"
CHECKS = "{package}.checks.{model}"


class Mutant(Protocol):
    """One fault: in `module`, the text `old` becomes `new`; `bug` says which real fault it stands for."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def bug(self) -> str: ...


class ModelCheck(Protocol):
    """One check of a model; `about` says what it looks at."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...

    def prepare(self) -> None:
        """What may be computed once, without the model."""
        ...

    def run(self, progress: Progress) -> str:
        """Why the model is wrong, or nothing; the steps are counted in `progress`."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its place in its module, so that it can be found again in a model that is loaded anew."""

    module: str
    name: str
    about: str
    packages: tuple[str, ...]

    def prepare(self) -> None:
        """Prepares the check here, where what it computes is kept."""
        self._found().prepare()

    def run(self, progress: Progress) -> str:
        return self._found().run(progress)

    def _found(self) -> ModelCheck:
        return next(c for c in checks_in(_module(self.module)) if c.name == self.name)


def mutants_of(model: str, catalogue: str, names: Sequence[str]) -> list[Mutant]:
    """The mutants of a model, or those of them that are named; every one applies. RequestError if not."""
    module = _module(catalogue)
    every: Sequence[Mutant] | None = getattr(module, "MUTANTS", None)
    if every is None:
        raise RequestError(f"{module.__name__} has no MUTANTS")
    found = [m for m in every if m.model == model]
    known = sorted({m.model for m in every})
    if not found:
        raise RequestError(f"there are no mutants of {model}; {nearest(model, known)}")
    repeated = {m.name for m in found if sum(m.name == other.name for other in found) > 1}
    if repeated:
        raise RequestError(f"two mutants have one name: {', '.join(sorted(repeated))}")
    for name in names:
        if name not in {m.name for m in found}:
            raise RequestError(f"--mutant {name}: there is no such mutant; {nearest(name, [m.name for m in found])}")
    for mutant in found:
        edit_of(mutant)
    return [m for m in found if not names or m.name in names]


def edit_of(mutant: Mutant) -> Edit:
    """The edit that a mutant is."""
    return edited(mutant.name, mutant.module, mutant.old, mutant.new)


def checks_of(model: str, catalogue: str, mutants: Sequence[Mutant], names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of a model, or those of them that are named, in their order."""
    where = CHECKS.format(package=_module(catalogue).__name__.rpartition(".")[0] or ".", model=model).lstrip(".")
    packages = tuple(sorted({m.module.split(".")[0] for m in mutants} | {where.split(".")[0]}))
    found = [Check(where, c.name, c.about, packages) for c in checks_in(_module(where))]
    for name in names:
        if name not in {c.name for c in found}:
            raise RequestError(f"--check {name}: there is no such check; {nearest(name, [c.name for c in found])}")
    return tuple(c for c in found if not names or c.name in names)


def checks_in(module: ModuleType) -> Sequence[ModelCheck]:
    """The checks that a module lists. RequestError if it lists none."""
    found: Sequence[ModelCheck] | None = getattr(module, "CHECKS", None)
    if not found:
        raise RequestError(f"{module.__name__} has no CHECKS")
    return found


def file_of(mutant: Mutant) -> str:
    """Where a mutant is, as short as it can be said: the path below the directory that its package is in."""
    path = source_of(mutant.module)
    parts = mutant.module.count(".") + 1
    return Path(*path.parts[-parts:]).as_posix()


def _module(name: str) -> ModuleType:
    known = sys.modules.get(name)
    if known is not None:
        return known
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise RequestError(f"there is no module {name}") from error
        raise RequestError(f"{name} cannot be loaded: {error}") from error
