"""Every word of the language as a Python object: what `from spec.lang import *` gives.

Importing a spec file only declares things. `spec.lang.direct` runs it.
"""

from __future__ import annotations

from enum import auto
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, Self

from spec.lang.direct_universe import universe
from spec.lang.words_calls import (
    DONE,
    Outcome,
    axiom,
    blocked,
    configuration,
    done,
    every,
    everywhere,
    field,
    first,
    implies,
    listed,
    part,
    profile,
    refuse,
    replace,
    require,
    rest,
    warn,
    without,
)
from spec.lang.words_methods import (
    Method,
    Promise,
    Text,
    abstract,
    action_property,
    always_eventually,
    assume,
    boundary,
    candidate,
    during,
    fault,
    final,
    goal,
    hardware,
    helper,
    history,
    image,
    initial,
    invariant,
    ioctl,
    kernel,
    leads_to,
    lemma,
    proposal,
    pure,
    since,
    unless,
    until,
    when,
)
from spec.lang.words_process import FREE, Mutex, Process, RwLock, at, idle, process
from spec.lang.words_values import (
    Bounds,
    Constant,
    Enum,
    Ghost,
    Map,
    Max,
    OrderedEnum,
    Record,
    Refines,
    Seq,
    Set,
    Sort,
    Switch,
)


class _SpecMeta(type):
    """Makes every function of a spec's body a method of the language."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _SpecMeta:
        for key, value in namespace.items():
            if isinstance(value, FunctionType) and not key.startswith("__"):
                namespace[key] = Method(Text(value))
        return super().__new__(mcls, name, bases, namespace)


class Spec(metaclass=_SpecMeta):
    """The base of every spec. `with universe(Device=2): m = SomeSpec()` makes one in its first initial state."""

    if not TYPE_CHECKING:

        def __init__(self) -> None:
            from spec.lang.direct_world import bind  # the words come first

            bind(self)

        def __getattribute__(self, name: str) -> Any:
            if name.startswith("_"):
                return object.__getattribute__(self, name)
            world = object.__getattribute__(self, "_world")
            if name in world.state:
                return world.state[name]
            if name in world.parts:
                return world.parts[name]
            return world.rigid[name] if name in world.rigid else object.__getattribute__(self, name)

        def __setattr__(self, name: str, value: object) -> None:
            from spec.lang.direct_world import store  # the words come first

            store(self, name, (), value)


__all__ = [
    "DONE",
    "FREE",
    "Annotated",
    "Bounds",
    "Constant",
    "Enum",
    "Ghost",
    "Map",
    "Max",
    "Mutex",
    "OrderedEnum",
    "Outcome",
    "Process",
    "Promise",
    "Record",
    "Refines",
    "RwLock",
    "Self",
    "Seq",
    "Set",
    "Sort",
    "Spec",
    "Switch",
    "abstract",
    "action_property",
    "always_eventually",
    "assume",
    "at",
    "auto",
    "axiom",
    "blocked",
    "boundary",
    "candidate",
    "configuration",
    "done",
    "during",
    "every",
    "everywhere",
    "fault",
    "field",
    "final",
    "first",
    "goal",
    "hardware",
    "helper",
    "history",
    "idle",
    "image",
    "implies",
    "initial",
    "invariant",
    "ioctl",
    "kernel",
    "leads_to",
    "lemma",
    "listed",
    "part",
    "process",
    "profile",
    "proposal",
    "pure",
    "refuse",
    "replace",
    "require",
    "rest",
    "since",
    "universe",
    "unless",
    "until",
    "warn",
    "when",
    "without",
]
