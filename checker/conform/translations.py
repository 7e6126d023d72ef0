"""Finding the translation of a log for a spec: by convention `models.bind.NAME_log`, or where the user says.

The checker knows neither specs nor what is recorded of them, so the module is found by its name.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from checker.conform.protocol import Translation
from spec.lang.catalogue import short_name
from spec.lang.errors import RequestError
from spec.lang.machine import Machine

CONVENTION = "models.bind.{name}_log"
ATTRIBUTE = "TRANSLATION"


def translation_of(machine: Machine, named: str | None) -> Translation:
    """The translation that is named (a module, or a path that ends in `.py`), else the one by convention.

    By convention a spec that extends another one uses the translation of the nearest that has one. RequestError if
    there is none.
    """
    module = _named(named) if named is not None else _conventional(machine)
    found: Translation | None = getattr(module, ATTRIBUTE, None)
    if found is None:
        raise RequestError(f"{module.__name__} has no {ATTRIBUTE}, so it is no translation")
    return found


def _conventional(machine: Machine) -> ModuleType:
    names = [short_name(machine.module, machine.name), *(short_name("", base) for base in machine.bases)]
    for name in dict.fromkeys(names):
        module = _module(CONVENTION.format(name=name))
        if module is not None:
            return module
    wanted = CONVENTION.format(name=names[0])
    raise RequestError(f"no log can be read for {machine.name}: there is no {wanted}\n  hint: name a module with --map")


def _named(name: str) -> ModuleType:
    module = _file(name) if name.endswith(".py") else _module(name)
    if module is None:
        raise RequestError(f"--map {name}: there is no such module")
    return module


def _module(name: str) -> ModuleType | None:
    """The module, None if it does not exist; what goes wrong inside it is not hidden."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            return None
        raise RequestError(f"{name} cannot be loaded: {error}") from error
    except (TypeError, ValueError):
        return None


def _file(path: str) -> ModuleType | None:
    if not Path(path).is_file():
        return None
    described = importlib.util.spec_from_file_location(Path(path).stem, path)
    if described is None or described.loader is None:
        return None
    module = importlib.util.module_from_spec(described)
    try:
        described.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise RequestError(f"{path} cannot be loaded: {error}") from error
    return module
