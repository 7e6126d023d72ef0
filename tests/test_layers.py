"""Who may import whom: the front end knows no engine, engines do not know each other, libraries stay in their room."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("explicit", "symbolic", "compat", "conform", "export")
"""Packages below `checker` that hold one engine or one consumer each."""


def imports(path: Path) -> Iterator[str]:
    """The absolute names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches(files: dict[str, list[str]]) -> list[str]:
    """Every import that the table forbids; files by path from the root, with what they import."""
    found = []
    for name, imported in files.items():
        for target in imported:
            if why := forbidden(name, target):
                found.append(f"{name} imports {target}: {why}")
    return found


def forbidden(name: str, target: str) -> str:
    top, second = (*target.split("."), "")[:2]
    if name.startswith("spec/lang/") and (top in ("checker", "models") or target.startswith("spec.uapi")):
        return "the language knows nothing of its users"
    if name.startswith("spec/uapi/") and top in ("checker", "models"):
        return "a spec knows only the language"
    if name.startswith("checker/") and target.startswith("spec.uapi"):
        return "the checker never names a spec"
    if name.startswith("checker/") and top == "models":
        return "the checker does not know the reference implementation"
    room = name.split("/")[1] if name.startswith("checker/") else ""
    if room in ROOMS and top == "checker" and second in ROOMS and second != room:
        return "no room imports another"
    if top == "z3" and not name.startswith("checker/symbolic/"):
        return "z3 stays in checker/symbolic"
    if top == "networkx" and "graph" not in Path(name).stem:
        return "networkx stays in a graph module"
    if top == "hypothesis" and not name.startswith("checker/conform/"):
        return "hypothesis stays in the conformance machine"
    if top in ("typer", "rich") and not Path(name).stem.startswith("cli"):
        return "only the command line knows how it is drawn"
    if name.startswith("models/kernel/") and top in ("spec", "checker"):
        return "the reference implementation does not read its exam paper"
    if name.startswith("models/hw/") and (top in ("spec", "checker") or target.startswith("models.kernel")):
        return "hardware is the lowest layer"
    return ""


def test_every_import_keeps_the_table() -> None:
    files = {
        path.relative_to(ROOT).as_posix(): list(imports(path))
        for top in ("spec", "checker", "models")
        for path in sorted((ROOT / top).rglob("*.py"))
    }
    assert len(files) > 50
    assert breaches(files) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("spec/lang/ground.py", "checker.evaluate"),
        ("spec/uapi/x.py", "checker.check"),
        ("checker/check.py", "spec.uapi.dma_ownership"),
        ("checker/explicit/c_engine.py", "checker.symbolic.bmc"),
        ("checker/check.py", "z3"),
        ("checker/check.py", "networkx.DiGraph"),
        ("checker/simulate.py", "hypothesis.given"),
        ("checker/check.py", "typer"),
        ("models/kernel/group.py", "spec.lang.values"),
    ],
)
def test_the_table_forbids(name: str, target: str) -> None:
    assert len(breaches({name: [target]})) == 1


def test_the_repository_is_about_itself() -> None:
    """No machine path and no registry host gets into what is shipped."""
    words = ["/work/" + "main", "/work/" + "shared", "/tmp/" + "venv", "pypi." + "org", "--index" + "-url"]
    for path in [*ROOT.glob("*.toml"), *ROOT.glob("requirements/*"), ROOT / "Makefile", *ROOT.glob(".ci/*")]:
        assert not [w for w in words if w in path.read_text()], path
    for top in ("spec", "checker", "models", "tests", "docs"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in (".py", ".md", ".h", ".json"):
                assert not [w for w in words if w in path.read_text()], path
