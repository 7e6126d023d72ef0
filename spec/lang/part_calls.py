"""Calls that reach into a part from outside it: those of actions are steps of the part, those of helpers only look."""

from __future__ import annotations

from spec.lang.codes import Code
from spec.lang.elab_effects import writers
from spec.lang.errors import Problem
from spec.lang.ir import Call, Inner, Local, Return
from spec.lang.lineage import Method
from spec.lang.machine import Function, Param
from spec.lang.types import NONE
from spec.lang.walk import expressions, statements
from spec.lang.world import World

ANSWER = "answer of the part"
"""The local that holds what the action answers; no text can have this name."""


def call_inside(key: str, method: Method, callee: Function, chosen: tuple[str, ...], part: World) -> Function:
    """The function that calls an action of a part from outside; see `scope.Names.inside`."""
    choices = {choice.name: choice for choice in callee.choices}
    given = tuple(Param(name, choices[name].type, choices[name].span) for name in chosen)
    args = tuple(Local(p.type, p.span, p.name) for p in callee.params)
    passed = tuple((p.name, Local(p.type, p.span, p.name)) for p in given)
    call = Call(callee.returns, callee.span, callee.name, args, passed)
    name = "" if callee.returns == NONE else ANSWER
    step = Inner(name, call, part.prefix + method.name, asked_of(part, method), callee.span)
    answer = (Return(Local(callee.returns, callee.span, name), callee.span),) if name else ()
    return Function(
        key,
        (*callee.params, *given),
        (),
        callee.returns,
        (step, *answer),
        {name: callee.returns} if name else {},
        callee.doc,
        callee.span,
        callee.provenance,
        callee.availability,
    )


def asked_of(part: World, method: Method) -> tuple[str, ...]:
    """The names of the part's action properties that are about an action of it."""
    found = []
    for prop in part.lineage.methods():
        on = [name for name, _ in prop.mark.on] if prop.mark is not None else []
        if prop.property_kind == "action" and (not on or method.name in on):
            found.append(part.prefix + prop.name)
    return tuple(found)


def called_inside(functions: dict[str, Function]) -> set[str]:
    """The qualified names of the actions of parts that some text calls from outside."""
    return {s.action for f in functions.values() for s in statements(f.body) if isinstance(s, Inner)}


def check_outside(functions: dict[str, Function], methods: dict[str, Method]) -> list[Problem]:
    """Calls from outside a part of helpers that write: then its state would change without a step of it."""
    writing = writers(functions)
    problems: dict[Problem, None] = {}
    for key, function in functions.items():
        caller = methods.get(key.removesuffix("__premise"))
        for call in expressions(function.body):
            callee = methods.get(call.function) if isinstance(call, Call) else None
            if caller is None or callee is None or callee.kind == "action" or callee.prefix == caller.prefix:
                continue
            where = writing.get(callee.key)
            if where is not None:
                message = f"'{callee.name}' is a helper of a part and writes state (line {where.line})"
                hint = "only actions of a part may be called from outside if they write; call one of them"
                problems[Problem(Code.PART.code, call.span, message, hint)] = None
    return list(problems)
