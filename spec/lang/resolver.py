"""`Resolver` finds spec files: module names and paths become bytes, and one file has one key however it was named.

NOTE(no-import): Python's own import machinery is never asked, because finding a module there executes its parents.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PACKAGE = "spec"
SHIPPED = ("uapi",)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its canonical `key`, dotted `name`, the `file` name shown to people, its folder, and its bytes."""

    key: str
    name: str
    file: str
    path: Path
    data: bytes
    shipped: bool


class Files(Protocol):
    """Where bytes come from: the disk, or one revision of a repository."""

    def read(self, path: Path) -> bytes | None:
        """The bytes, or None when there is no such regular file; OSError when it cannot be read."""

    def below(self, folder: Path) -> list[Path]:
        """All `.py` files below a folder, sorted."""

    def real(self, path: Path) -> Path:
        """The one true path of a file that may be reached by several."""


class Disk:
    """The files that are there now."""

    def read(self, path: Path) -> bytes | None:
        """The bytes of a regular file, or None; a device or a pipe is never opened."""
        return path.read_bytes() if path.is_file() else None

    def below(self, folder: Path) -> list[Path]:
        """All `.py` files below a folder, sorted."""
        return sorted(folder.rglob("*.py"))

    def real(self, path: Path) -> Path:
        """The path without links."""
        return Path(os.path.realpath(path))


class Resolver:
    """Finds spec files by name or path.

    `root` is the folder that holds the package `spec`; `search` are folders for other dotted names (after the
    folder of the importing file); `files` reads; `prefix` stands before every shown file name (`v1.2:` for a
    revision).
    """

    def __init__(
        self,
        *,
        root: Path | None = None,
        search: Sequence[Path] | None = None,
        files: Files | None = None,
        prefix: str = "",
    ) -> None:
        self.root = root if root is not None else Path(__file__).resolve().parents[2]
        self.search = tuple(search) if search is not None else (Path(),)
        self.files: Files = files if files is not None else Disk()
        self.prefix = prefix

    def by_path(self, path: str) -> Source | None:
        """The file at a path as a person writes it, or None; OSError when it is there but cannot be read."""
        return self._source(Path(path), path)

    def by_name(self, module: str, level: int = 0, beside: Source | None = None) -> Source | None:
        """The file of a module; `level` counts the dots of a relative import, `beside` is the importing file."""
        parts = module.split(".") if module else []
        if level:
            return None if beside is None else self._relative(parts, level, beside)
        if parts[:1] == [PACKAGE]:
            return self._in_folder(self.root, "", parts)
        if beside is not None:
            found = self._in_folder(beside.path.parent, os.path.dirname(self._bare(beside.file)), parts)
            if found is not None:
                return found
        for folder in self.search:
            found = self._in_folder(folder, str(folder) if str(folder) != "." else "", parts)
            if found is not None:
                return found
        return None

    def shipped(self) -> list[Source]:
        """Every spec file that comes with the package, by listing files."""
        found: list[Source] = []
        for part in SHIPPED:
            for path in self.files.below(self.root / PACKAGE / part):
                source = self._source(path, str(path))
                if source is not None:
                    found.append(source)
        return found

    def shipped_names(self) -> list[str]:
        """The module names of all shipped spec files, for hints; nothing is read."""
        paths = [path for part in SHIPPED for path in self.files.below(self.root / PACKAGE / part)]
        return [".".join(path.relative_to(self.root).with_suffix("").parts) for path in paths]

    def _relative(self, parts: list[str], level: int, beside: Source) -> Source | None:
        folder, shown = beside.path.parent, os.path.dirname(self._bare(beside.file))
        for _ in range(level - 1):
            folder, shown = folder.parent, os.path.normpath(os.path.join(shown, ".."))
        return self._in_folder(folder, "" if shown == "." else shown, parts)

    def _in_folder(self, folder: Path, shown: str, parts: list[str]) -> Source | None:
        if not parts:
            return self._source(folder / "__init__.py", os.path.join(shown, "__init__.py"))
        tail = os.path.join(*parts)
        for end in (".py", os.sep + "__init__.py"):
            source = self._source(folder / (tail + end), os.path.join(shown, tail + end), ".".join(parts))
            if source is not None:
                return source
        return None

    def _source(self, path: Path, shown: str, name: str = "") -> Source | None:
        data = self.files.read(path)
        if data is None:
            return None
        real = self.files.real(path)
        package = self.files.real(self.root) / PACKAGE
        if real.is_relative_to(package):
            inside = real.relative_to(package.parent)
            dotted = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
            shipped = inside.parts[1] in SHIPPED
            return Source(dotted, dotted, self.prefix + inside.as_posix(), real, data, shipped)
        return Source(str(real), name or path.stem, self.prefix + shown, path, data, False)

    def _bare(self, file: str) -> str:
        return file.removeprefix(self.prefix)
