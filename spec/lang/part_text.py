"""Reads the declaration of a part, `ownership: DmaOwnership = part("bind_driver", rollback=False)`, from its text."""

from __future__ import annotations

import ast

from spec.lang.declared import PartText
from spec.lang.errors import Problem
from spec.lang.source import Located, Report, span_of

FORM = 'write `part("action", ..., switch=value)`, or part(all)'


def is_part(stmt: ast.AnnAssign, names_a_spec: bool) -> bool:
    """True if an annotated name in a class body declares a part; `names_a_spec` if its annotation is a spec class."""
    match stmt.value:
        case ast.Call(func=ast.Name(id="part")):
            return True
    return names_a_spec


def read_part(stmt: ast.AnnAssign, name: str, doc: str, file: str, report: Report) -> PartText | None:
    """The part that an annotated name declares; None after a report."""

    def problem(node: Located, message: str, hint: str = FORM) -> None:
        report(Problem("bad-part", span_of(node, file), message, hint))

    match stmt.annotation:
        case ast.Name(id=cls):
            pass
        case _:
            problem(stmt.annotation, "the type of a part is the name of a spec class")
            return None
    match stmt.value:
        case None:
            args: list[ast.expr] = []
            keywords: list[ast.keyword] = []
        case ast.Call(func=ast.Name(id="part"), args=args, keywords=keywords):
            pass
        case other:
            problem(other, f"'{name}' is a part of class '{cls}'; it has no value")
            return None
    every = False
    actions = []
    for arg in args:
        match arg:
            case ast.Constant(value=str(action)):
                actions.append((action, span_of(arg, file)))
            case ast.Name(id="all"):
                every = True
            case _:
                problem(arg, "part(...) takes names of actions, as strings")
    if every and actions:
        problem(args[0], "part(all) already has every action", "drop the names, or drop `all`")
    settings = []
    for keyword in keywords:
        if keyword.arg is None:
            problem(keyword, "part(...) takes switches by name")
        else:
            settings.append((keyword.arg, keyword.value))
    span = span_of(stmt, file)
    return PartText(name, cls, span_of(stmt.annotation, file), tuple(actions), every, tuple(settings), doc, span)
