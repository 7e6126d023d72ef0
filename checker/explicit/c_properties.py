"""Generated C that evaluates properties: of one state, and of a step or a write with the state before it."""

from __future__ import annotations

from collections.abc import Sequence

from checker.explicit.c_writer import Unit
from checker.explorations import ALWAYS_ON
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Property, PropertyKind

BOUNDARIES = (1 << 32) - 1
"""In place of a property's number: all boundaries in order."""

WATCHED_KINDS: tuple[PropertyKind, ...] = ("invariant", "action", "during", "goal")


def watched(ground: GroundMachine) -> list[str]:
    """The properties that a search looks for, by their number in C."""
    return [*ALWAYS_ON, *(p.name for p in ground.properties if p.kind in WATCHED_KINDS)]


class Checks:
    """Writes the checks; `numbers` are the places of the watched properties."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.properties = unit.ground.properties
        self.numbers = {name: place for place, name in enumerate(watched(unit.ground))}

    def of_state(self) -> str:
        """`inside_boundary`, `is_final`, and `check`, which looks at one property, or at all boundaries."""
        head = "static int {}(X *restrict x, S *restrict n, const S *restrict o) {{"
        lines = [head.format("inside_boundary"), *self._predicates("boundary", 1), "}"]
        lines += [head.format("is_final"), *self._predicates("final", 0), "}"]
        lines += [
            "static void check(X *restrict x, S *restrict n, const S *restrict o, u32 which) {",
            "switch (which) {",
        ]
        for place, prop in enumerate(self.properties):
            if prop.kind in ("invariant", "goal"):
                lines += [f"case {place}: {{", *self.judge(prop, "NO_ACTION, 0", []), "} break;"]
        return "\n".join([*lines, f"case {BOUNDARIES}u:", "x->is_outside |= !inside_boundary(x, n, o);", "}", "}"])

    def _predicates(self, kind: PropertyKind, usual: int) -> list[str]:
        """Predicates of a kind in order, up to the first that is not as usual; one that faults counts as usual."""
        lines: list[str] = []
        for prop in self.properties:
            if prop.kind == kind:
                on_fault = f"r = {usual}; note(x, WATCH_BOUNDS, NO_ACTION, 0);"
                test = f"if (r != {usual}) return r != 0;"
                lines += self._evaluate(prop.function, "1", False, [], on_fault, test)
        return [*lines, f"return {usual};"]

    def after_step(self, action: Action) -> list[str]:
        """Action properties of one action; `instance`, `site` and the arguments `a0`, `a1`, ... are in scope."""
        lines: list[str] = []
        place = self.unit.ground.actions.index(action)
        params = [p.name for p in self.unit.ground.functions[action.function].params]
        for prop in self.properties:
            if prop.kind == "action" and (not prop.on or action.name in prop.on):
                wanted = self.unit.ground.functions[prop.function].params[1:]
                args = ["site", *(f"a{params.index(p.name)}" for p in wanted)]
                lines += self.judge(prop, f"{place}, instance", args)
        return lines

    def judge(self, prop: Property, where: str, args: Sequence[str], old: str = "o") -> list[str]:
        """Evaluates a property and its premise; `where` is action and instance, empty in the middle of a run.

        `old` points to the state that the property calls old.
        """
        number = self.numbers[prop.name]
        is_goal = prop.kind == "goal"
        on_fault = f"r = 0; {self._report('WATCH_BOUNDS', where)}" if is_goal else "r = 0;"
        test = "r" if is_goal else "!r"
        then = f"if ({test}) {self._report(number, where)}"
        lines = self._evaluate(prop.function, f"x->todo[{number}]", is_goal, args, on_fault, then, old)
        if prop.premise is not None:
            seen = f"if (r) x->marks.premises[{number}] = 1;"
            on_fault = f"r = 0; {self._report('WATCH_BOUNDS', where)}"
            lines += self._evaluate(prop.premise, f"!x->marks.premises[{number}]", True, args, on_fault, seen, old)
        elif prop.kind == "action":
            lines.append(f"x->marks.premises[{number}] = 1;")
        return lines

    def _report(self, number: int | str, where: str) -> str:
        return f"note(x, {number}, {where});" if where else f"{{ x->broken = 1; x->broke[{number}] = 1; }}"

    def _evaluate(
        self,
        function: str,
        wanted: str,
        faults_count: bool,
        args: Sequence[str],
        on_fault: str,
        then: str,
        old: str = "o",
    ) -> list[str]:
        """One evaluation while it can still tell something new. What a property makes or warns of is not counted."""
        effects = self.unit.effects[function]
        if effects.stops and faults_count:
            wanted += " || x->todo[WATCH_BOUNDS]"
        lines = [f"if ({wanted}) {{"]
        if effects.marks or effects.warns:
            lines.append("Marks kept = x->marks; int warned = x->warned;")
        lines.append(f"i64 r = {self._call(function, args, old)};")
        if effects.marks or effects.warns:
            lines.append("x->marks = kept; x->warned = warned;")
        if effects.stops:
            lines.append(f"if (UNLIKELY(x->stop)) {{ x->stop = 0; {on_fault} }}")
        return [*lines, then, "}"]

    def _call(self, function: str, args: Sequence[str], old: str) -> str:
        choices = ["UNREAD" for _ in self.unit.ground.functions[function].choices]
        passed = ", ".join(["x", "n", old, *args, *choices])
        return f"{self.unit.names['function ' + function]}({passed})"
