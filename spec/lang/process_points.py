"""The points of a process, read off its text: where it may wait, what each is called, and how the state names things.

All names that the split makes are made here: of counters and their members, of fields that keep locals, of actions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

IDLE = "idle"
"""The member of a counter for a thread that is in no process."""
NO_LOCK_CYCLE = "no_lock_cycle"
"""The property that every spec with a process that waits for locks has."""
LOCK_WAITS = {"acquire": "", "acquire_read": "read", "acquire_write": "write"}
LOCK_WORDS = frozenset((*LOCK_WAITS, *(f"try_{word}" for word in LOCK_WAITS), "release"))
_OTHER = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Point:
    """One yield of a text: its label ("" for a bare one), its short name, and the node."""

    label: str
    name: str
    node: ast.Yield | ast.YieldFrom


def points_of(fn: ast.FunctionDef) -> list[Point]:
    """The points in text order, each with a name that no other has; bare yields are numbered by their place."""
    found: list[Point] = []
    taken: set[str] = set()
    for place, node in enumerate(_yields(fn), start=1):
        label, wanted = _label(node)
        name = wanted = wanted or str(place)
        count = 1
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name)
        found.append(Point(label, name, node))
    return found


def _yields(node: ast.AST) -> Iterator[ast.Yield | ast.YieldFrom]:
    """In text order as the tree has it, which edits may have changed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            yield child
        else:
            yield from _yields(child)


def _label(node: ast.Yield | ast.YieldFrom) -> tuple[str, str]:
    """The label as written, and the name that it gives."""
    match node:
        case ast.Yield(value=ast.Constant(value=str(text))):
            return text, _OTHER.sub("_", text.strip()).strip("_")
        case ast.YieldFrom(value=ast.Call(func=ast.Attribute(value=owner, attr=word))) if word in LOCK_WAITS:
            held = owner.value if isinstance(owner, ast.Subscript) else owner
            if isinstance(held, ast.Attribute):
                return held.attr, held.attr
    return "", ""


def counter_of(sort: str, process: str) -> str:
    """The field that says where threads of a sort are, or where a process without thread is."""
    return f"{sort}.at" if sort else f"{process}.at"


def member_of(process: str, point: str) -> str:
    """The member of a counter, and the name of the action, for a point of a process."""
    return f"{process}.{point}"


def kept_field(process: str, local: str) -> str:
    """The field that keeps a local while the process waits."""
    return f"{process}.{local}"


def record_key(sort: str) -> str:
    """The key of the record that an rw lock for threads of a sort is."""
    return f"RwLock[{sort}]"
