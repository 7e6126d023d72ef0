"""The text behind imported spec modules: syntax trees of classes and methods, found by the place Python remembers."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spec.lang import edits
from spec.lang.direct_universe import DirectError


@functools.cache
def _tree(file: str, stamp: int) -> ast.Module:
    return ast.parse(Path(file).read_bytes(), file)


def _module_tree(name: str) -> ast.Module:
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None:
        raise DirectError(f"module {name} has no text to run")
    return _tree(file, Path(file).stat().st_mtime_ns)


def names_of(cls: type) -> dict[str, Any]:
    """What names mean in the text of a class: the globals of its module."""
    return vars(sys.modules[cls.__module__])


def class_node(cls: type) -> ast.ClassDef:
    """The text of a class at the top level of its module."""
    found = [n for n in _module_tree(cls.__module__).body if isinstance(n, ast.ClassDef) and n.name == cls.__name__]
    if not found:
        raise DirectError(f"{cls.__module__} has no class {cls.__name__} at its top level")
    return found[-1]


def annotations_of(cls: type) -> dict[str, ast.expr]:
    """The annotations in the body of a class, by name."""
    return {
        n.target.id: n.annotation
        for n in class_node(cls).body
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }


def function_node(function: Callable[..., Any], changes: tuple[tuple[str, ...], ...] = ()) -> ast.FunctionDef:
    """The text of a function with these edits made, in order; EditError where one does not fit."""
    code: Any = getattr(function, "__code__", None)
    for node in ast.walk(_module_tree(function.__module__)):
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            if line == code.co_firstlineno:
                return _edited(node, changes)
    raise DirectError(f"the text of {function.__qualname__} is not where Python read it")


def _edited(node: ast.FunctionDef, changes: tuple[tuple[str, ...], ...]) -> ast.FunctionDef:
    for change in changes:
        match change:
            case ("without", reason):
                node = edits.without(node, reason)
            case ("with_errno", reason, errno):
                node = edits.with_errno(node, reason, errno)
            case ("checking_first", reason):
                node = edits.checking_first(node, reason)
            case _:
                raise DirectError(f"no such edit: {change}")
    return node
