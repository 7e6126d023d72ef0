"""One edit of one module, applied while it is loaded: no file is ever written.

NOTE(exactly-once): the old text has to occur exactly once in the module, so that an edit never lands elsewhere after
the module has changed; one that does not is an error of the catalogue, not a mutant.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from spec.lang.errors import RequestError


@dataclass(frozen=True, slots=True)
class Edit:
    """The module and its whole text as it is to be loaded."""

    module: str
    path: str
    text: str


def source_of(module: str) -> Path:
    """The file of a module, without running it. RequestError if there is none."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError as error:
        raise RequestError(f"there is no module {module}") from error
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        raise RequestError(f"there is no module {module}")
    return Path(found.origin)


def edited(name: str, module: str, old: str, new: str) -> Edit:
    """The edit of a mutant of this name. RequestError if it does not apply."""
    path = source_of(module)
    text = path.read_text(encoding="utf-8")
    count = text.count(old)
    if count != 1:
        raise RequestError(f"mutant {name}: its text occurs {count} times in {module}, not once: {old!r}")
    after = text.replace(old, new)
    if after == text:
        raise RequestError(f"mutant {name}: it changes nothing")
    try:
        ast.parse(after)
    except SyntaxError as error:
        raise RequestError(f"mutant {name}: {module} is no Python any more: {error}") from error
    return Edit(module, str(path), after)


class EditedLoader(SourceFileLoader):
    """Loads the edited text in the place of the file."""

    def __init__(self, edit: Edit) -> None:
        super().__init__(edit.module, edit.path)
        self.edit = edit

    def get_code(self, fullname: str) -> CodeType:
        """Compiled anew: what is stored beside the file is of another text."""
        code = compile(self.edit.text, self.edit.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code


class EditedFinder(MetaPathFinder):
    """Finds the edited module before anybody else does."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.edit.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self.edit.path, loader=EditedLoader(self.edit))


def install(edit: Edit | None, packages: Sequence[str]) -> None:
    """Makes every later import of these packages start anew, with the edit in place."""
    for name in list(sys.modules):
        if name.split(".")[0] in packages:
            del sys.modules[name]
    if edit is not None:
        sys.meta_path.insert(0, EditedFinder(edit))
