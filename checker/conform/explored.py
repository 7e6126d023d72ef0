"""All states of one instance of the spec, breadth first, and how many pairs of a state and a call there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checker.conform.budget import Budget, Over
from checker.conform.spec_side import Initial, SpecSide


@dataclass(slots=True)
class Explored:
    """What was found; `stopped` names the limit that ended it early.

    `targets` has for each state that is expanded the other states that its calls lead to; states outside a boundary
    are there, and nothing is called in them. `faults` counts runs to which the spec itself has no answer.
    """

    initial: list[Initial] = field(default_factory=list)
    targets: dict[int, list[int]] = field(default_factory=dict)
    pairs: int = 0
    faults: int = 0
    outside: int = 0
    stopped: str = ""


def explore(side: SpecSide, budget: Budget, most: int | None = None) -> Explored:
    """Goes through every reachable state; no further than `most` states, if that is said."""
    found = Explored(initial=side.initial())
    try:
        for _ in _expand(side, found):
            budget.look()
            if most is not None and len(found.targets) >= most:
                raise Over("states")
    except Over as over:
        found.stopped = str(over)
    except MemoryError:
        found.stopped = "memory"
    except KeyboardInterrupt:
        found.stopped = "interrupt"
    return found


def _expand(side: SpecSide, found: Explored) -> Iterator[int]:
    queue = list(dict.fromkeys(one.state for one in found.initial))
    seen = set(queue)
    for state in queue:
        targets: dict[int, None] = {}
        if side.engine.inside(state):
            for entry in side.entries(state):
                found.pairs += len(entry.expected)
                found.faults += entry.faults
                targets.update(dict.fromkeys(entry.changes))
        else:
            found.outside += 1
        found.targets[state] = after = [state ^ change for change in targets]
        fresh = [target for target in after if target not in seen]
        seen.update(fresh)
        queue += fresh
        yield state
