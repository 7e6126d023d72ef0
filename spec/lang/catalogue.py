"""The shipped specs: found by listing files, named by short names, described without elaborating anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spec.lang.declared import ClassText
from spec.lang.errors import Problem, SpecError
from spec.lang.lineage import Lineage
from spec.lang.machine import RoleKind
from spec.lang.program import Program
from spec.lang.resolver import Resolver, Source

_CLASS = re.compile(rb"^class[ \t]+(\w+)", re.MULTILINE)
_STEP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One shipped spec; `base` is the name of the first class it extends, "" for none."""

    name: str
    module: str
    class_name: str
    kind: RoleKind
    id: str
    status: str
    base: str
    title: str
    breaks: tuple[str, ...]
    properties: tuple[str, ...]
    span_file: str


PROMISES = ("invariant", "action", "during", "goal", "leads_to", "always_eventually")
"""The kinds of properties that a spec promises; the others shape the search."""


def catalogue(resolver: Resolver) -> list[Entry]:
    """All shipped specs but the abstract ones, in the order of their files. SpecError when one cannot be read.

    A short name that two specs share is a SpecError too.
    """
    program = Program(resolver)
    entries: list[Entry] = []
    owners: dict[str, ClassText] = {}
    for source in resolver.shipped():
        module = program.load(source)
        for cls in (d for d in (module.defs.values() if module else ()) if isinstance(d, ClassText)):
            if cls.abstract:
                continue
            entry = _entry(program, cls)
            if entry.name in owners:
                hint = f"the other one is at {owners[entry.name].span}"
                message = f"two shipped specs have the short name '{entry.name}'"
                program.report(Problem("duplicate-name", cls.span, message, hint))
            owners[entry.name] = cls
            entries.append(entry)
    if program.problems:
        raise SpecError(program.problems, program.texts)
    return entries


def short_name(module: str, cls: str) -> str:
    """The name that people type: the module's, when the class is the module's name in camel case, else snake case."""
    last = module.rsplit(".", 1)[-1]
    if last.replace("_", "").lower() == cls.lower():
        return last
    return _STEP.sub("_", cls).lower()


def shipped_classes(resolver: Resolver) -> list[tuple[str, Source, str]]:
    """Short name, file and class name of every class in the shipped files, found without parsing."""
    found: list[tuple[str, Source, str]] = []
    for source in resolver.shipped():
        for match in _CLASS.finditer(source.data):
            name = match.group(1).decode(errors="replace")
            found.append((short_name(source.name, name), source, name))
    return found


def _entry(program: Program, cls: ClassText) -> Entry:
    lineage = Lineage(program, cls)
    properties = tuple(m.name for m in lineage.methods() if m.property_kind in PROMISES)
    return Entry(
        short_name(cls.module.name, cls.name),
        cls.module.name,
        cls.name,
        cls.role.kind,
        cls.role.id,
        cls.role.status,
        lineage.order[1].name if len(lineage.order) > 1 else "",
        cls.doc.splitlines()[0] if cls.doc else "",
        cls.role.breaks,
        properties,
        cls.module.file,
    )
