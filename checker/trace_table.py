"""A trace for people: a plain table of at most 72 columns that survives a reply on a mailing list."""

from __future__ import annotations

from checker.text_table import Column, render, wrap
from checker.trace import Trace, TraceStep, Typed
from spec.lang.ground import GroundMachine
from spec.lang.types import MapType, Type
from spec.lang.values import MapValue, Value, map_keys, order_key, show_value

WIDTH = 72
COLUMNS = (
    Column("#", least=2, right=True),
    Column("call", least=14),
    Column("result", least=8),
    Column("changed", least=16),
)


def trace_lines(trace: Trace, ground: GroundMachine, width: int = WIDTH) -> list[str]:
    """The table: one row per step, only what changed, and of nature's choices only those that went wrong.

    Under the call stands the kernel function that it stands for. Of a lasso, what is repeated stands once, below
    `loop:`, and the last line says where it goes on.
    """
    rows = []
    for index, step in enumerate(trace.steps, start=1):
        if trace.loop == index - 1:
            rows.append(["", "loop:", "", ""])
        before, after = trace.states[index - 1].values, trace.states[index].values
        rows.append(
            [
                str(index),
                call_text(step, ground),
                "\n".join([step.outcome.label, *(f"WARN {w}" for w in step.warnings)]),
                "\n".join(changes(before, after, ground)) or "-",
            ]
        )
    lines = render(COLUMNS, rows, width) if rows else ["(the initial state; no step is needed)"]
    return [*lines, *_loop_lines(trace, width)]


def _loop_lines(trace: Trace, width: int) -> list[str]:
    """How a lasso goes on; nothing for a path."""
    if trace.loop is None:
        return []
    if trace.loop == len(trace.states) - 1:
        return wrap("(stays here for ever: nothing fair can happen)", width)
    back = f"back to {trace.loop}" if trace.loop else "back to the first state"
    return wrap(f"(loop {back}, and so on for ever)", width)


def start_lines(trace: Trace, ground: GroundMachine, width: int = WIDTH) -> list[str]:
    """The state before the first step, one line per variable, and the constants."""
    first = trace.states[0].values
    lines = [f"{c.name} = {show_value(c.value, ground, c.type)}  (constant)" for c in trace.constants]
    shown = {name: f for name, f in ground.fields.items() if not ground.machine.fields[name].hidden}
    lines += [f"{name} = {show_value(first[name], ground, f.type)}" for name, f in shown.items()]
    return [piece for line in lines for piece in wrap(line, width)]


def call_text(step: TraceStep, ground: GroundMachine) -> str:
    """`claim(g0, u0)`; below it what nature chose against the usual course (`! oom`), the kernel function, and the
    calls of actions of parts with their answers."""
    chosen = [f"! {c}" for c in unusual_choices(step.tape, ground)]
    inner = [
        f"{'  ' * (c.depth + 1)}{c.action}({_values(c.args, ground)}) = {c.outcome.label}" for c in step.calls
    ]
    function = [f" {step.function}"] if step.function else []
    return "\n".join([f"{step.action}({_values(step.args, ground)})", *chosen, *function, *inner])


def _values(args: tuple[Typed, ...], ground: GroundMachine) -> str:
    return ", ".join(show_value(a.value, ground, a.type, brief=True) for a in args)


def unusual_choices(tape: tuple[Typed, ...], ground: GroundMachine) -> list[str]:
    """Choices that are not False, which is how a spec names the usual course; a choice that is no bool is always shown.

    When a choice is read several times, the place among its readings is told: `attach_fails (2nd)`.
    """
    found: list[str] = []
    times: dict[tuple[str, str], int] = {}
    total: dict[tuple[str, str], int] = {}
    for entry in tape:
        key = (entry.function, entry.name)
        total[key] = total.get(key, 0) + 1
    for entry in tape:
        key = (entry.function, entry.name)
        times[key] = times.get(key, 0) + 1
        if entry.value is False:
            continue
        value = "" if entry.value is True else f"={show_value(entry.value, ground, entry.type, brief=True)}"
        place = f" ({_ordinal(times[key])} time)" if total[key] > 1 else ""
        found.append(f"{entry.name}{value}{place}")
    return found


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def changes(before: dict[str, Value], after: dict[str, Value], ground: GroundMachine) -> list[str]:
    """`owner[g0]: None -> u0` for every entry of a variable that differs; not for what only processes know of."""
    found: list[str] = []
    for name, field in ground.fields.items():
        if before[name] != after[name] and not ground.machine.fields[name].hidden:
            found += _change(name, field.type, before[name], after[name], ground)
    return found


def _change(name: str, kind: Type, old: Value, new: Value, ground: GroundMachine) -> list[str]:
    if isinstance(old, frozenset) and isinstance(new, frozenset):
        gone = [f"-{show_value(v, ground, brief=True)}" for v in sorted(old - new, key=order_key)]
        come = [f"+{show_value(v, ground, brief=True)}" for v in sorted(new - old, key=order_key)]
        return [f"{name}: {' '.join(gone + come)}"]
    if not isinstance(kind, MapType) or not isinstance(old, MapValue) or not isinstance(new, MapValue):
        return [f"{name}: {show_value(old, ground, kind, brief=True)} -> {show_value(new, ground, kind, brief=True)}"]
    found: list[str] = []
    for keys, was, now in zip(map_keys(kind, ground), old.entries, new.entries, strict=True):
        if was != now:
            place = ", ".join(show_value(k, ground, brief=True) for k in keys)
            found += _change(f"{name}[{place}]", kind.value, was, now, ground)
    return found
