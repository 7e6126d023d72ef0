"""Finding the translation of a log for a spec: by convention `models.bind.NAME_log`, or where the user says.

The checker knows neither specs nor what is recorded of them, so the module is found by its name.
"""

from __future__ import annotations

from types import ModuleType

from checker.conform.modules import from_file, importable
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
        module = importable(CONVENTION.format(name=name))
        if module is not None:
            return module
    wanted = CONVENTION.format(name=names[0])
    raise RequestError(f"no log can be read for {machine.name}: there is no {wanted}\n  hint: name a module with --map")


def _named(name: str) -> ModuleType:
    module = from_file(name) if name.endswith(".py") else importable(name)
    if module is None:
        raise RequestError(f"--map {name}: there is no such module")
    return module
