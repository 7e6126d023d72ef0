"""Where evaluation for any size stands: the state so far, what is true of this path, and the calls around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from checker.symbolic.unsized_terms import Leaf, Truth, choose_truth, conj, disj
from checker.symbolic.unsized_values import Value, pick
from checker.symbolic.unsized_world import State, World
from spec.lang.machine import Function


@dataclass(slots=True)
class Point:
    """A point that control may have come to: when it did, and what it found there."""

    live: Truth
    state: State
    variables: dict[str, Value]
    assigned: dict[str, Truth]


@dataclass(slots=True)
class LoopFrame:
    """A loop under way: where `break` and `continue` were met. A *turn* of a summary only notes that it would leave."""

    turn: bool = False
    breaks: list[Point] = field(default_factory=list)
    continues: list[Point] = field(default_factory=list)
    leaves: list[Truth] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """One call. `live` says when control is still in it, given that it was called; `scope` names the turns around it.

    `assigned` says of variables that a turn of a summary assigns whether it has done so by now.
    """

    function: Function
    path: str
    scope: tuple[Leaf, ...]
    variables: dict[str, Value]
    choices: dict[str, Value]
    base: Truth = True
    live: Truth = True
    assigned: dict[str, Truth] = field(default_factory=dict)
    returns: list[tuple[Truth, Value, State]] = field(default_factory=list)
    loops: list[LoopFrame] = field(default_factory=list)

    def copy(self, **changes: object) -> Frame:
        """The same call seen apart: what the copy assigns does not show here."""
        fresh = {"variables": dict(self.variables), "choices": dict(self.choices), "assigned": dict(self.assigned)}
        return replace(self, **{**fresh, "returns": [], "loops": [], **changes})  # type: ignore[arg-type]


@dataclass(slots=True)
class Scene:
    """One evaluation. `strict` is for promises: what would go wrong is kept in `faults`, each with its path. In a
    comprehension it is `pure`: nothing is written and no choice of nature is read.

    `turns` are the summaries of loops whose turn this is, each with its own writes to check.
    """

    world: World
    state: State
    old: State | None = None
    strict: bool = False
    pure: bool = False
    faults: list[Truth] = field(default_factory=list)
    warnings: list[tuple[int, Truth]] = field(default_factory=list)
    short: list[Truth] = field(default_factory=list)
    turns: list[Turning] = field(default_factory=list)
    written: dict[str, None] = field(default_factory=dict)

    def guard(self, frame: Frame) -> Truth:
        """When evaluation comes here."""
        return conj([frame.base, frame.live, *self.short])

    @contextmanager
    def under(self, test: Truth) -> Iterator[None]:
        """What is evaluated only where the test is true."""
        self.short.append(test)
        try:
            yield
        finally:
            self.short.pop()

    def apart(self, **changes: object) -> Scene:
        """A scene of its own in the same state."""
        fresh: dict[str, object] = {"faults": [], "warnings": [], "short": [], "written": {}}
        return replace(self, **{**fresh, **changes})  # type: ignore[arg-type]


class Turning:
    """What a turn of a summary must not do; see `unsized_loop`."""

    def check_write(self, scene: Scene, frame: Frame, target: str, keys: tuple[Leaf, ...]) -> None:
        """`Outside` where a write in this turn is not to the turn's own entry."""
        raise NotImplementedError


def merge(test: Truth, then: State, other: State) -> State:
    """The state that is the one where the test is true, else the other."""
    if then is other or test is True:
        return then
    if test is False:
        return other
    changed = {name: pick(test, then[name], other[name]) for name in then if then[name] is not other[name]}
    return with_entries(other, changed) if changed else other


def with_entries(state: State, changed: Mapping[str, Value]) -> State:
    """The state with other values of some fields."""
    return {**state, **changed}


def join(points: list[Point]) -> Point:
    """Where control comes from one of these, at most one of which is live.

    A variable that only one of two points has is gone, unless `assigned` says when it has a value.
    """
    found = points[-1]
    for point in reversed(points[:-1]):
        found = _join_two(point, found)
    return found


def _join_two(one: Point, two: Point) -> Point:
    if one.live is False:
        return two
    if two.live is False:
        return one
    variables = {
        n: pick(one.live, one.variables[n], two.variables[n])
        if n in one.variables and n in two.variables
        else one.variables.get(n, two.variables.get(n))
        for n in {**two.variables, **one.variables}
        if (n in one.variables and n in two.variables) or n in one.assigned or n in two.assigned
    }
    assigned = {
        n: choose_truth(one.live, one.assigned.get(n, False), two.assigned.get(n, False))
        for n in {**one.assigned, **two.assigned}
    }
    return Point(disj([one.live, two.live]), merge(one.live, one.state, two.state), variables, assigned)
