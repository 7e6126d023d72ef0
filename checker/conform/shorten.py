"""Making a path that was drawn shorter: calls are left out, from any initial state, as long as the same differs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from checker.conform.differences import Detail, Difference, answer_details, leak, new_leaks, raised, state_details
from checker.conform.implementation import Model
from checker.conform.spec_side import Expected

ROUNDS = 20


def shortened(model: Model, one: Difference) -> Difference:
    """The same sort of difference after fewer calls, if leaving some out does it."""
    if one.call is None or one.injected is not None or any(d.what == "restored" for d in one.details):
        return one
    starts = one.side.initial()
    for _ in range(ROUNDS):
        tries = (_without(model, replace(one, initial=start), gone)
                 for start in starts for gone in _fewer(len(one.path)))  # fmt: skip
        shorter = next((found for found in tries if found is not None), None)
        if shorter is None:
            return one
        one = shorter
    return one


def _fewer(length: int) -> Iterator[tuple[int, ...]]:
    """What to leave out: one call, or two, since some only undo each other."""
    for count in (1, 2):
        yield from itertools.combinations(range(length), count)


def _without(model: Model, one: Difference, gone: tuple[int, ...]) -> Difference | None:
    """The difference again without some of the calls before; None if it is gone."""
    assert one.call is not None
    calls = [*(call for place, call in enumerate(one.path) if place not in gone), one.call]
    running = model.start(one.side.setting, one.initial.choices)
    state, path = one.initial.state, list[Expected]()
    for call in calls:
        again = next((c for c in one.side.alike(call, state) if c.tape == call.tape), None)
        if again is None or not one.side.engine.inside(state):
            return None
        state ^= again.change
        try:
            lost = running.leaks()
            answer = running.perform(again.action, again.args, again.choices)
            details: list[Detail] = answer_details(again, answer)
            details += state_details(one.side, one.side.plain(state), running.state())
            if new := new_leaks(lost, running.leaks()):
                details.append(leak(new))
        except MemoryError:
            raise
        except Exception as error:
            details = [raised(error)]
        if details:
            found = replace(one, path=tuple(path), call=again, details=tuple(details), after=state)
            return found if found.sort == one.sort else None
        path.append(again)
    return None
