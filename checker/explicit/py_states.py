"""What generated Python says about single states: invariants, goals, premises, boundaries, ends; remembered by mask."""

from __future__ import annotations

from collections.abc import Sequence

from checker.explicit.layout import Layout
from checker.explicit.py_functions import Compiled, Program, holds
from checker.explicit.py_masks import Reach
from checker.explicit.py_memo import Coverage, union
from checker.explicit.py_runtime import Fault, Run
from checker.explorations import BOUNDS_ARE_KEPT
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property

NOTHING = (False, ())
"""A state inside all boundaries at which no property is violated and no goal is reached."""

Noted = tuple[bool, tuple[str, ...]]
"""Whether the state is outside a boundary, and the properties that are violated or reached there."""


class StateChecks:
    """The properties of one state that share a memo; `check` answers from it."""

    def __init__(
        self, rules: Sequence[Property], program: Program, mask: int, layout: Layout, coverage: Coverage, limit: int
    ) -> None:
        self.mask = mask
        self.memo: dict[int, Noted] = {}
        self.kept = True
        self._limit = limit
        self._made = 0
        self._layout = layout
        self._coverage = coverage
        self._rules = tuple((rule, program.functions[rule.function], _premise(rule, program)) for rule in rules)

    def check(self, state: int) -> Noted:
        """What there is to say about the state."""
        key = state & self.mask
        known = self.memo.get(key)
        if known is None:
            known = self._evaluate(state)
            self._made += 1
            if self.kept:
                self.memo[key] = known
        return known

    def review(self, asked: int) -> None:
        """Gives up a memo that is large and was mostly asked for new answers since the last time."""
        if len(self.memo) > self._limit and self._made * 2 > asked:
            self.kept = False
            self.memo.clear()
        self._made = 0

    def _evaluate(self, state: int) -> Noted:
        slots = list(self._layout.unpack(state))
        outside = False
        noted: list[str] = []
        for rule, function, premise in self._rules:
            if rule.kind == "invariant":
                if not holds(function, slots, slots, Run([])):
                    noted.append(rule.name)
            elif rule.kind == "boundary":
                outside = outside or not predicate(function, slots, noted, default=True)
            elif predicate(function, slots, noted, default=False):
                noted.append(rule.name)
            if premise is not None and predicate(premise, slots, noted, default=False):
                self._coverage.premises.add(rule.name)
        return (outside, tuple(noted)) if outside or noted else NOTHING


def _premise(rule: Property, program: Program) -> Compiled | None:
    """When a promise is not trivially true; a boundary promises nothing."""
    return None if rule.premise is None or rule.kind == "boundary" else program.functions[rule.premise]


def predicate(function: Compiled, slots: list[int], noted: list[str], *, default: bool) -> bool:
    """The value of a predicate; a fault is noted as a violation of bounds, and the predicate counts as `default`."""
    try:
        return bool(function(slots, slots, Run([])))
    except Fault:
        noted.append(BOUNDS_ARE_KEPT)
        return default


class Ends:
    """The `final` properties, asked where nothing leads to another state."""

    def __init__(self, ground: GroundMachine, program: Program, layout: Layout) -> None:
        self._functions = [program.functions[p.function] for p in ground.properties if p.kind == "final"]
        self._layout = layout

    def check(self, state: int) -> Noted:
        """Whether the state is a declared end, and violations met while asking."""
        slots = list(self._layout.unpack(state))
        noted: list[str] = []
        final = any(predicate(function, slots, noted, default=False) for function in self._functions)
        return final, tuple(noted)


def rule_mask(rule: Property, reach: Reach, layout: Layout) -> int:
    """The bits that a property of one state and its premise may read."""
    functions = [rule.function] if rule.premise is None else [rule.function, rule.premise]
    return layout.mask(frozenset().union(*(reach.call(function, ()).reads for function in functions)))


def checks_of(
    ground: GroundMachine, program: Program, layout: Layout, reach: Reach, coverage: Coverage, limit: int
) -> list[StateChecks]:
    """The properties of states, those with nested masks together."""
    # all boundaries together: those after the first that is False are not asked
    boundaries = [p for p in ground.properties if p.kind == "boundary"]
    groups: list[tuple[int, list[Property]]] = []
    if boundaries:
        groups.append((union(rule_mask(p, reach, layout) for p in boundaries), boundaries))
    rules = [(rule_mask(p, reach, layout), p) for p in ground.properties if p.kind in ("invariant", "goal")]
    for mask, rule in sorted(rules, key=lambda pair: -pair[0].bit_count()):
        home = next((members for held, members in groups if held | mask == held), None)
        if home is None:
            groups.append((mask, [rule]))
        else:
            home.append(rule)
    return [StateChecks(members, program, mask, layout, coverage, limit) for mask, members in groups]
