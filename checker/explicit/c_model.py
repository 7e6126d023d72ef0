"""The whole C text of one ground machine: declarations, its functions, and the hand-written search around them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from importlib import resources

from checker.explicit.c_expr import KIND_BITS, compile_expr
from checker.explicit.c_packing import packing
from checker.explicit.c_parts import called_parts, during_bodies, during_heads
from checker.explicit.c_properties import Checks, watched
from checker.explicit.c_statements import define, in_call_order, write
from checker.explicit.c_types import CTypes, Leaf, place, unsigned
from checker.explicit.c_writer import Unit, Writer
from checker.explicit.layout import Layout
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Function
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE, OUTCOME, Type
from spec.lang.values import cardinality

_KEEPS = 16


_recent: deque[tuple[GroundMachine, tuple[str, ...], Program]] = deque(maxlen=64)
"""Programs that may be asked for again soon: first to be compiled ahead, then for the search."""


@dataclass(frozen=True, slots=True)
class Program:
    """C text, and what Python must know to use it: where the constants' codes go in struct K."""

    text: str
    layout: Layout
    constants: tuple[Leaf, ...]
    constants_size: int
    watched: tuple[str, ...]
    labels: tuple[str, ...]


def program(ground: GroundMachine, labels: tuple[str, ...] = ()) -> Program:
    """The C program of a ground machine; the same machine gives the same text. The last ones are remembered.

    `labels` are functions to be asked of single states, beside those of promises about whole runs.
    """
    for machine, asked, known in _recent:
        if machine is ground and asked == labels:
            return known
    made = _program(ground, labels)
    _recent.append((ground, labels, made))
    return made


def _program(ground: GroundMachine, labels: tuple[str, ...]) -> Program:
    layout = Layout(ground)
    labels = tuple(dict.fromkeys([*_of_whole_runs(ground), *labels]))
    unit = _unit(ground, layout)
    names = watched(ground)
    functions = [define(unit, function, function.name) for function in in_call_order(ground)]
    initialise = _initialise(unit)
    checks = Checks(unit)
    parts = [checks.of_state(), *(_action(unit, checks, i, a) for i, a in enumerate(ground.actions))]
    parts = [*during_bodies(unit, checks), *parts]
    state, state_places, _ = _struct(unit, "S", "field", {n: f.type for n, f in ground.fields.items()})
    rigid, rigid_places, rigid_size = _struct(unit, "K", "constant", {n: c.type for n, c in ground.constants.items()})
    sizes = {
        "WORDS": layout.words,
        "N_ACTIONS": len(ground.actions),
        "N_SITES": len(ground.machine.sites),
        "N_WARNINGS": len(ground.machine.warnings),
        "N_WATCHED": len(names),
        "HAS_DURING": int(_asks_midway(ground)),
        "N_PARTS": len(called_parts(ground)),
    }
    text = [
        _part("base.h"),
        *(f"#define {name} {value}" for name, value in sizes.items()),
        *unit.types.typedefs,
        state,
        rigid,
        _site_kinds(ground),
        _part("visited.h"),
        _part("symmetry.h"),
        _part("run.h"),
        packing(layout, state_places),
        *during_heads(unit),
        *unit.helpers,
        *functions,
        initialise,
        *parts,
        _step(ground),
        _part("memo.h"),
        _part("groups.h"),
        _part("search.h"),
        _labels(unit, labels),
        _part("api.h"),
        _part("edges.h"),
    ]
    return Program("\n".join(text) + "\n", layout, tuple(rigid_places), rigid_size, tuple(names), labels)


def _unit(ground: GroundMachine, layout: Layout) -> Unit:
    names = {f"field {name}": f"f{place_}" for place_, name in enumerate(ground.fields)}
    names |= {f"constant {name}": f"k{place_}" for place_, name in enumerate(ground.constants)}
    names |= {f"function {name}": f"fn{place_}" for place_, name in enumerate(ground.functions)}
    return Unit(ground, CTypes(ground), layout, names)


def _asks_midway(ground: GroundMachine) -> bool:
    """True if a property may be violated before a run is over."""
    return bool(called_parts(ground)) or any(p.kind == "during" for p in ground.properties)


def _part(name: str) -> str:
    return resources.files("checker.explicit").joinpath("c", name).read_text(encoding="utf-8")


def _struct(unit: Unit, tag: str, group: str, kinds: dict[str, Type]) -> tuple[str, list[Leaf], int]:
    """A struct with one member per name, where its leaves lie, and its size."""
    places, size = place(unit.types, list(kinds.values()))
    members = [f"{unit.types.stored(kind)} {unit.names[f'{group} {name}']};" for name, kind in kinds.items()]
    text = f"typedef struct __attribute__((aligned(8))) {{ {' '.join(members)} }} {tag};"
    return f'{text}\n_Static_assert(sizeof({tag}) == {size}, "layout of {tag}");', places, size


def _site_kinds(ground: GroundMachine) -> str:
    bits = [KIND_BITS[s.kind] | (_KEEPS if s.kind in ("refused", "blocked") else 0) for s in ground.machine.sites]
    return f"static const u8 SITE_KIND[] = {{{', '.join(map(str, bits)) or '0'}}};"


def _initialise(unit: Unit) -> str:
    """`initialise`: the initial values, then one run of the `initial` function."""
    function = Function("initialise", (), (), NONE, (), {}, "", BUILTIN)
    w = Writer(unit, function, compile_expr)
    for name, field in unit.ground.fields.items():
        with w.block(""):
            write(w, name, (), field.init)
    if unit.ground.initial is not None:
        initial = unit.ground.functions[unit.ground.initial]
        passed = ", ".join(["x", "n", "o", *("UNREAD" for _ in initial.choices)])
        w.line(f"{unit.names['function ' + initial.name]}({passed});")
    head = "static i64 initialise(X *restrict x, S *restrict n, const S *restrict o) {"
    return "\n".join([head, *w.lines, "return 0;", "}"])


def _action(unit: Unit, checks: Checks, place_: int, action: Action) -> str:
    """All tapes of one action with the arguments that are number `instance` in lexicographic order."""
    function = unit.ground.functions[action.function]
    effects = unit.effects[action.function]
    passed = ["x", "n", "o"]
    lines = [f"/* {action.name} */"]
    lines.append(f"static void act{place_}(X *restrict x, S *restrict n, const S *restrict o, u64 instance) {{")
    lines += _arguments(unit, function)
    passed += [f"a{at}" for at, _ in enumerate(function.params)] + ["UNREAD" for _ in function.choices]
    lines += ["tape_start(x);", "do {"] if effects.takes else ["tape_start(x);"]
    if effects.late:
        lines.append("Marks kept = x->marks;")
    call = f"{unit.names['function ' + function.name]}({', '.join(passed)});"
    lines.append(f"i64 site = {call}" if function.returns == OUTCOME else f"{call} i64 site = 0;")
    if effects.late:
        lines.append("if (x->stop == STOP_DISABLED) x->marks = kept;")
    may = (effects.stops and 1) | (effects.writes and 2) | (effects.warns and 4)
    lines.append(f"if (settle(x, n, {place_}, instance, site, {int(may)})) {{")
    lines += [*checks.after_step(action), "}", f"undo(x, n, o, {int(may)});"]
    return "\n".join([*lines, *(["} while (tape_next(x));"] if effects.takes else []), "}"])


def _arguments(unit: Unit, function: Function) -> list[str]:
    """The arguments `a0`, `a1`, ... of a function from `instance`, their number in lexicographic order."""
    lines: list[str] = []
    stride = 1
    for at, param in reversed(list(enumerate(function.params))):
        card = unit.types.card(param.type)
        code = f"(instance / {unsigned(stride)} % {unsigned(max(card, 1))})"
        lines.append(f"i64 a{at} = {unit.types.value(code, param.type)};")
        stride *= card
    return lines


def _of_whole_runs(ground: GroundMachine) -> list[str]:
    promises = [p for p in ground.properties if p.kind in ("leads_to", "always_eventually")]
    return [name for p in promises for name in (p.function, p.premise) if name is not None]


def _labels(unit: Unit, labels: tuple[str, ...]) -> str:
    """`label`: the value of one of these predicates in the present state."""
    head = "static i64 label(X *restrict x, S *restrict n, const S *restrict o, u64 which, u64 instance) {"
    lines = [head, "switch (which) {"]
    for number, name in enumerate(labels):
        function = unit.ground.functions[name]
        passed = ["x", "n", "o", *(f"a{at}" for at, _ in enumerate(function.params))]
        passed += ["UNREAD" for _ in function.choices]
        call = f"return {unit.names['function ' + name]}({', '.join(passed)});"
        lines += [f"case {number}: {{", *_arguments(unit, function), call, "}"]
    return "\n".join([*lines, "}", "(void)x; (void)n; (void)o; (void)instance;", "return 0;", "}"])


def instances(ground: GroundMachine, action: Action) -> int:
    """In how many ways the arguments of an action can be chosen."""
    return argument_count(ground, action.function)


def argument_count(ground: GroundMachine, function: str) -> int:
    """In how many ways the parameters of a function can be chosen."""
    return math.prod(cardinality(p.type, ground) for p in ground.functions[function].params)


def _step(ground: GroundMachine) -> str:
    """`step`, and the number of instances of every action."""
    counts = [instances(ground, action) for action in ground.actions]
    lines = [f"static const u64 INSTANCES[] = {{{', '.join(map(unsigned, [*counts, 0]))}}};"]
    lines += [f"#define TURNS {unsigned(sum(counts))}"]
    lines += ["static void step(X *restrict x, S *restrict n, const S *restrict o, u32 action, u64 instance) {"]
    lines += ["switch (action) {", *(f"case {i}: act{i}(x, n, o, instance); break;" for i, _ in enumerate(counts))]
    return "\n".join([*lines, "}", "}"])
