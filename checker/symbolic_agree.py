"""Whether exhaustive search and the symbolic engines tell the same story: the loud end where they do not."""

from __future__ import annotations

from collections.abc import Iterator

from checker.conclude import Searched
from checker.symbolic_answer import KEPT, PREMISE, Answer, contradiction, kept_boundary, premise_of
from checker.symbolic_judge import needs_premise

SEARCH = "exhaustive search"


def agree(s: Searched) -> None:
    """EngineError where an answer contradicts the searches of the same configuration, as far as these went."""
    if s.solved is None:
        return
    for name, length in _found(s):
        _check(s, name, s.solved.of(name), length)
    for p in s.ground.properties:
        if p.kind == "boundary":
            alone = sum(q.kind == "boundary" for q in s.ground.properties) == 1
            # An answer may also be broken where a boundary has no value; there the state counts as inside.
            if alone and any(e.outside for e in s.searches):
                _check_reached(s, kept_boundary(p.name), True)
        elif needs_premise(s.ground, p.name):
            _check_reached(s, premise_of(p.name), any(p.name in e.premises for e in s.searches))


def _found(s: Searched) -> Iterator[tuple[str, int | None]]:
    """Everything that searches and engines were both asked, with the length of the shortest path of the searches."""
    assert s.solved is not None
    for name in s.solved.answers:
        if not name.endswith((PREMISE, KEPT)):
            yield name, min((len(e.found[name].steps) for e in s.searches if name in e.found), default=None)


def _check(s: Searched, name: str, answer: Answer, length: int | None) -> None:
    if length is not None:
        says = f"breaks it in {length} steps"
        if answer.proved is not None:
            raise contradiction(name, SEARCH, says, answer.by, "proves it")
        if length <= answer.clear:
            raise contradiction(name, SEARCH, says, answer.by, f"rules out any path of up to {answer.clear} steps")
    if answer.broken is None or not s.complete:
        return
    steps = answer.broken.length
    if length is None:
        raise contradiction(name, SEARCH, "never finds it broken", answer.by, f"breaks it in {steps} steps")
    if steps < length or (answer.shortest and steps > length):
        raise contradiction(name, SEARCH, f"needs {length} steps", answer.by, f"says that {steps} are fewest")


def _check_reached(s: Searched, name: str, reached: bool) -> None:
    """The same where searches know only whether, not how soon."""
    assert s.solved is not None
    answer = s.solved.of(name)
    if reached and answer.proved is not None:
        raise contradiction(name, SEARCH, "finds it", answer.by, "proves that it never comes")
    if not reached and s.complete and answer.broken is not None:
        raise contradiction(name, SEARCH, "never finds it", answer.by, f"finds it in {answer.broken.length} steps")
