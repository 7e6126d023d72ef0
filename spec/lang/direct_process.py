"""Processes of the direct run: every thread that is in one is a live Python generator, run from yield to yield.

Such a run only goes forward: a generator cannot be copied, so nothing can be tried and taken back.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Any

from spec.lang.direct_call import parameters
from spec.lang.direct_kinds import MapKind
from spec.lang.direct_lock_kinds import MutexKind, RwKind
from spec.lang.direct_locks import Point, holds
from spec.lang.direct_text import function_node
from spec.lang.direct_threads import Running, Threads
from spec.lang.direct_universe import Disabled, current_run
from spec.lang.errors import RequestError
from spec.lang.process_points import LOCK_WORDS, member_of, points_of
from spec.lang.words_calls import DONE, Outcome
from spec.lang.words_methods import Method


@dataclass(frozen=True, slots=True)
class Block:
    """An action that is one block of a process: `point` is empty for the call."""

    method: Method[Any]
    name: str
    point: str


def blocks_of(instance: Any) -> list[Block]:
    """Every block of the available processes, as the machine orders its actions."""
    found = []
    for method in instance._world.of_kind("process"):
        found.append(Block(method, method.name, ""))
        node = function_node(method.text.function, method.text.edits)
        found += [Block(method, member_of(method.name, p.name), p.name) for p in points_of(node)]
    return found


def parameters_of(block: Block) -> tuple[str, ...]:
    """The parameters of a block: all of them for the call, else the thread alone."""
    names = parameters(block.method)
    if not block.point:
        return names
    return names[:1] if block.method.process.thread is not None else ()


def _place(method: Method[Any], args: tuple[Any, ...]) -> tuple[str, Any]:
    sort = method.process.thread
    return (method.name, None) if sort is None else (sort.__name__, args[0])


def take(instance: Any, block: Block, args: tuple[Any, ...]) -> Outcome:
    """Run one block. Raises Disabled where it cannot happen now; after a fault the thread is lost."""
    threads: Threads = instance._world.threads
    place = _place(block.method, args)
    running = threads.get(place)
    if running is not None and running.lost:
        raise RequestError(f"{block.name} faulted before; make the spec anew")
    if not block.point:
        if running is not None:
            raise Disabled
        generator = getattr(instance, block.method.name)(*args)
        running = Running(block.method, generator, Point("", None, {}))
        return _advance(instance, place, running, first=True)
    if running is None or running.method.name != block.method.name or running.point.name != block.point:
        raise Disabled
    _await(running.point)
    return _advance(instance, place, running, first=False)


def _await(point: Point) -> None:
    """Go on if the test of the point is true now; a choice that it reads is then settled for the call."""
    if point.ready is None:
        return
    known = dict(point.nature)
    if not point.ready():
        point.nature.clear()
        point.nature.update(known)
        raise Disabled


def _advance(instance: Any, place: tuple[str, Any], running: Running, *, first: bool) -> Outcome:
    threads: Threads = instance._world.threads
    try:
        running.point = next(running.generator)
    except StopIteration as end:
        threads.pop(place, None)
        outcome = end.value if isinstance(end.value, Outcome) else DONE
        _warn_of_locks(instance, running.method, place[1])
        return replace(outcome, kind="partial") if outcome.kind == "refused" and not first else outcome
    except BaseException:
        running.lost = not first
        raise
    threads[place] = running
    return Outcome("pending")


def _warn_of_locks(instance: Any, method: Method[Any], thread: Any) -> None:
    run = current_run()
    if run is None or method.process.keeps_locks or thread is None:
        return
    taken = _taken_by(instance, method)
    for name in _locks(instance):
        if name in taken and any(holds(lock, thread) for lock in _entries(instance, name)):
            run.warnings.append(f"{method.name} ends and still holds {name}")


def _locks(instance: Any) -> list[str]:
    found = []
    for name, variable in instance._world.variables.items():
        kind = variable.kind.value if isinstance(variable.kind, MapKind) else variable.kind
        if isinstance(kind, MutexKind | RwKind) and name in instance._world.state:
            found.append(name)
    return found


def _entries(instance: Any, name: str) -> list[Any]:
    whole = instance._world.state[name]
    kind = instance._world.variables[name].kind
    return [whole[key] for key in kind.all_keys()] if isinstance(kind, MapKind) else [whole]


def _taken_by(instance: Any, method: Method[Any]) -> set[str]:
    """The locks that the text of a process takes, itself or through helpers."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [method]
    while waiting:
        text = waiting.pop().text
        for node in ast.walk(function_node(text.function, text.edits)):
            match node:
                case ast.Call(func=ast.Attribute(value=owner, attr=word)) if word in LOCK_WORDS and word != "release":
                    held = owner.value if isinstance(owner, ast.Subscript) else owner
                    found |= {held.attr} if isinstance(held, ast.Attribute) else set()
                case ast.Call(func=ast.Attribute(attr=name)) if name not in seen:
                    seen.add(name)
                    waiting += [vars(c)[name] for c in type(instance).__mro__ if isinstance(vars(c).get(name), Method)]
    return found
