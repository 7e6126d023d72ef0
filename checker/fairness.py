"""The fairness that verdicts about whole runs rest on: what a machine assumes, and how a user drops some of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Machine


def without_fairness(machine: Machine, names: Sequence[str]) -> Machine:
    """The machine without the fairness of these actions; the name of a process stands for all its blocks.

    RequestError for a name that no fair action has.
    """
    if not names:
        return machine
    fair = [a for a in machine.actions.values() if a.fair]
    for name in names:
        if not any(name in (a.name, a.process) for a in fair):
            raise RequestError(f"--unfair {name}: {_unknown(machine, fair, name)}")
    dropped = {a.name for a in fair if a.name in names or a.process in names}
    actions = {n: replace(a, fair="") if n in dropped else a for n, a in machine.actions.items()}
    return replace(machine, actions=actions)


def _unknown(machine: Machine, fair: Sequence[Action], name: str) -> str:
    known = list(dict.fromkeys(each for a in fair for each in (a.name, a.process) if each))
    if name in machine.actions:
        return f"nothing is assumed of '{name}'; fair are: {', '.join(known) or 'no actions'}"
    return f"{machine.name} has no such action; {nearest(name, known or machine.actions)}"


def assumptions(ground: GroundMachine) -> tuple[str, ...]:
    """`close: weak` for every action of which fairness is assumed, in declared order; blocks of a process together."""
    found: dict[str, None] = {}
    for action in ground.actions:
        if action.fair:
            of_call = " (its call)" if action.process and not action.point else ""
            found[f"{action.process or action.name}{of_call}: {action.fair}"] = None
    return tuple(found)
