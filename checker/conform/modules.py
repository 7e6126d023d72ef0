"""Finding a Python module by its dotted name or its path, without hiding what goes wrong inside it."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from checker.conform.implementation import Model
from spec.lang.errors import RequestError

CONVENTION = "models.bind.{name}"
ATTRIBUTE = "MODEL"


def model_of(name: str) -> tuple[Model, str]:
    """The model of this name and where it is: `NAME` of `models.bind.NAME`, a dotted module, or a path in `.py`."""
    places = [name] if name.endswith(".py") or "." in name else [CONVENTION.format(name=name), name]
    for place in places:
        module = from_file(place) if place.endswith(".py") else importable(place)
        if module is None:
            continue
        found: Model | None = getattr(module, ATTRIBUTE, None)
        if found is None:
            raise RequestError(f"{place} has no {ATTRIBUTE}, so it is no model")
        return found, place
    raise RequestError(f"there is no model {name}: no {' and no '.join(places)}\n"
                       f"  hint: name a module below models.bind, a dotted module, or a file in .py")  # fmt: skip


def importable(name: str) -> ModuleType | None:
    """The module, None if it does not exist."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            return None
        raise RequestError(f"{name} cannot be loaded: {error}") from error
    except (ImportError, SyntaxError) as error:
        raise RequestError(f"{name} cannot be loaded: {error}") from error
    except (TypeError, ValueError):
        return None


def from_file(path: str) -> ModuleType | None:
    """The module in a file, None if there is no such file."""
    if not Path(path).is_file():
        return None
    name = "file_" + re.sub(r"\W", "_", str(Path(path).resolve()))
    described = importlib.util.spec_from_file_location(name, path)
    if described is None or described.loader is None:
        return None
    module = importlib.util.module_from_spec(described)
    # dataclasses look their module up by name
    sys.modules[name] = module
    try:
        described.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise RequestError(f"{path} cannot be loaded: {error}") from error
    return module
