"""The way in: `load(target)` reads a spec class from text and gives its `Machine`; nothing of it is executed."""

from __future__ import annotations

import os

from spec.lang.build import build
from spec.lang.catalogue import Entry, catalogue, shipped_classes, short_name
from spec.lang.declared import ClassText, Module
from spec.lang.errors import Problem, RequestError, SpecError, nearest
from spec.lang.machine import Machine
from spec.lang.program import Program, empty_file
from spec.lang.resolver import Resolver, Source
from spec.lang.source import top_of

__all__ = ["Entry", "Resolver", "catalogue", "load"]


def load(target: str, *, resolver: Resolver | None = None) -> Machine:
    """The machine that a target names.

    A target is the short name of a shipped spec, `module` or `module:Class` in dotted form, or `path/to/file.py` or
    `path/to/file.py:Class`. Raises SpecError with every problem of the text, RequestError for a name that is none.
    """
    resolver = resolver if resolver is not None else Resolver()
    source, wanted = _locate(target, resolver)
    program = Program(resolver)
    module = program.load(source)
    cls = _choose(program, module, wanted) if module is not None else None
    if cls is None or program.broken_imports:
        raise SpecError(program.problems, program.texts)
    try:
        machine = build(program, cls)
    except RecursionError as error:
        program.report(Problem("too-deep", cls.span, f"the text of '{cls.name}' is nested too deeply to be read"))
        raise SpecError(program.problems, program.texts) from error
    if program.problems:
        raise SpecError(program.problems, program.texts)
    return machine


def _locate(target: str, resolver: Resolver) -> tuple[Source, str]:
    """The file that a target names, and the class (\"\" for the one that is there)."""
    if not target.strip():
        raise RequestError("no spec is named")
    head, colon, tail = target.rpartition(":")
    where, wanted = (head, tail) if colon and tail.isidentifier() else (target, "")
    if where.endswith(".py") or "/" in where or os.sep in where:
        return _by_path(where, resolver), wanted
    if not colon and "." not in target:
        found = [(source, name) for short, source, name in shipped_classes(resolver) if short == target]
        found = _specs_only(found, resolver) if len(found) > 1 else found
        if len(found) > 1:
            listed = ", ".join(f"{source.name}:{name}" for source, name in found)
            raise RequestError(f"'{target}' may be any of {listed}; name one of them in full")
        if found:
            return found[0]
    source = resolver.by_name(where)
    if source is None:
        if os.path.isdir(target):
            raise RequestError(f"'{target}' is a directory; name a spec in it, as {target}/NAME.py")
        specs = _specs_only([(source, name) for _, source, name in shipped_classes(resolver)], resolver)
        known = [short for short, source, name in shipped_classes(resolver) if (source, name) in specs]
        raise RequestError(f"there is no spec '{target}'; {nearest(target, known)}")
    return source, wanted


def _by_path(path: str, resolver: Resolver) -> Source:
    try:
        source = resolver.by_path(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SpecError([Problem("unreadable", top_of(path), f"the file cannot be read: {reason}")]) from error
    if source is None:
        hint = "a spec is a Python file" if os.path.isdir(path) else "check the path"
        raise SpecError([Problem("no-such-file", top_of(path), f"there is no file '{path}'", hint)])
    return source


def _specs_only(found: list[tuple[Source, str]], resolver: Resolver) -> list[tuple[Source, str]]:
    """Those among equal short names that are spec classes (a sort may share the name of one)."""
    program = Program(resolver)
    kept: list[tuple[Source, str]] = []
    for source, name in found:
        module = program.load(source)
        if module is None or isinstance(module.defs.get(name), ClassText):
            kept.append((source, name))
    return kept


def _choose(program: Program, module: Module, wanted: str) -> ClassText | None:
    """The class asked for, or the one that the file is about; None after a report."""
    classes = {name: d for name, d in module.defs.items() if isinstance(d, ClassText)}
    if wanted:
        if wanted in classes:
            return classes[wanted]
        match program.find(module, wanted):
            case (_, ClassText() as cls):
                return cls
            case (_, definition):
                message = f"'{wanted}' is not a spec class"
                program.report(Problem("no-such-class", definition.span, message, nearest(wanted, classes)))
                return None
        message = f"there is no class '{wanted}' in this file"
        program.report(Problem("no-such-class", top_of(module.file), message, nearest(wanted, classes)))
        return None
    if not classes:
        program.report(empty_file(module.file))
        return None
    last = module.name.rsplit(".", 1)[-1]
    named = [cls for cls in classes.values() if len(classes) > 1 and short_name(module.name, cls.name) == last]
    open_ones = [cls for cls in classes.values() if not cls.abstract]
    choice = named if len(named) == 1 else open_ones if len(open_ones) == 1 else list(classes.values())
    if len(choice) == 1:
        return choice[0]
    listed = ", ".join(cls.name for cls in choice)
    message = f"the file has {len(choice)} spec classes: {listed}"
    program.report(Problem("which-class", choice[1].span, message, f"name one: {module.file}:{choice[-1].name}"))
    return None
