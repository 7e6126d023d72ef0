"""The pages of docs/migration, one for each set of capabilities, made anew: `python -m tests.migration_pages`.

Everything on a page follows from spec/uapi/migration_arcs.py; `tests/conform/test_migration_pages.py` fails where a
page and the spec differ, and compares the pages with the table of a kernel besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spec.lang import direct
from spec.uapi.migration_arcs import State, frozen, has_session, quiescent, saving
from tests.conform.arc_drawing import drawing, mermaid
from tests.conform.arc_sets import SETS, CapabilitySet, mark, marks, sessions

PAGES = Path(__file__).resolve().parents[1] / "docs" / "migration"
REFRESH = "python -m tests.migration_pages"
SHORT = {
    State.ERROR: "E",
    State.STOP: "S",
    State.RUNNING: "R",
    State.STOP_COPY: "SC",
    State.RESUMING: "RE",
    State.RUNNING_P2P: "RP",
    State.PRE_COPY: "PC",
    State.PRE_COPY_P2P: "PP",
}
DEVICE_ACTION = {
    (State.RUNNING, State.RUNNING_P2P): "begin nothing towards peers any more, and finish what was begun",
    (State.RUNNING_P2P, State.RUNNING): "begin accesses to peers again",
    (State.RUNNING_P2P, State.STOP): "stand still: answer nothing, change nothing",
    (State.STOP, State.RUNNING_P2P): "go on, but begin nothing towards peers",
    (State.RUNNING, State.STOP): "finish what was begun, then stand still",
    (State.STOP, State.RUNNING): "go on",
    (State.STOP, State.STOP_COPY): "take the whole state, to be read",
    (State.STOP_COPY, State.STOP): "drop what was not read",
    (State.STOP, State.RESUMING): "make ready to be given a state",
    (State.RESUMING, State.STOP): "load the state that was written; one that is not whole fails the call",
    (State.RUNNING, State.PRE_COPY): "begin to track changes",
    (State.PRE_COPY, State.RUNNING): "give up tracking, and what it needed",
    (State.RUNNING_P2P, State.PRE_COPY_P2P): "begin to track changes",
    (State.PRE_COPY_P2P, State.RUNNING_P2P): "give up tracking, and what it needed",
    (State.PRE_COPY, State.PRE_COPY_P2P): "begin nothing towards peers any more, and finish what was begun",
    (State.PRE_COPY_P2P, State.PRE_COPY): "begin accesses to peers again",
    (State.PRE_COPY_P2P, State.STOP_COPY): "stand still, and put the rest of the state into the same stream",
    (State.PRE_COPY, State.STOP_COPY): "stand still, and put the rest of the state into the same stream",
}


def page(chosen: CapabilitySet) -> str:
    """One page as reStructuredText."""
    title = f"Migration arcs of a device with {', '.join(chosen.capabilities)}"
    parts = [
        [f".. Made by {REFRESH}; a change here is lost.", "", "=" * len(title), title, "=" * len(title)],
        _introduction(chosen),
        _section("States", _states(chosen)),
        _section("Arcs", _arcs(chosen)),
        _section("First arcs", _first_arcs(chosen)),
        _section("Paths", _paths(chosen)),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _introduction(chosen: CapabilitySet) -> list[str]:
    without = [name for name in ("P2P", "PRE_COPY") if name not in chosen.capabilities]
    lacks = f" It lacks {' and '.join(without)}." if without else ""
    return [
        f"The device reports ``VFIO_MIGRATION_{'`` | ``VFIO_MIGRATION_'.join(chosen.capabilities)}``.{lacks}",
        "A request to change the state names where the device shall be. The kernel takes the shortest way there, arc",
        "by arc, and the driver implements the arcs only. A state in which the device saves is never passed on the",
        "way, unless both ends of the way save and the session goes on. ERROR is never requested, and never passed.",
    ]


def _states(chosen: CapabilitySet) -> list[str]:
    rows = [[str(s.value), s.name, SHORT[s], _kind(s)] for s in [State.ERROR, *chosen.states]]
    return _table(["value", "state", "short", "the device"], sorted(rows))


def _kind(s: State) -> str:
    if s is State.ERROR:
        return "promises nothing; only a reset leads out"
    with direct.universe():
        runs = "stands still" if frozen(s) else "begins nothing towards peers" if quiescent(s) else "runs"
        moves = ", its state can be read" if saving(s) else ", its state can be written" if has_session(s) else ""
        return runs + moves


def _arcs(chosen: CapabilitySet) -> list[str]:
    rows = [[a.name, b.name, mark(a, b) or "none", DEVICE_ACTION[a, b]] for a, b in chosen.arcs]
    return [
        f".. figure:: {chosen.name}.svg",
        f"   :alt: the states of a device with {', '.join(chosen.capabilities)}, and its arcs",
        "",
        "   What the driver implements. An arc may open a session (fd+), end it (fd-) or keep it (fd=).",
        "",
        *_table(["from", "to", "data file", "what the device does"], rows),
        "",
        "The same as text for Mermaid:",
        "",
        ".. code-block:: text",
        "",
        *(f"   {line}" for line in mermaid(chosen)),
    ]


def _first_arcs(chosen: CapabilitySet) -> list[str]:
    states = chosen.states
    rows = [[s.name, *(_cell(chosen.first(s, t)) for t in states)] for s in states]
    return [
        "Rows are the current state, columns the requested one; the cell is where the first arc leads. On the",
        "diagonal the call succeeds and does nothing. A request for any other state is EINVAL, and so is every",
        "request in ERROR.",
        *_blocked(chosen),
        "",
        *_table(["current", *(SHORT[s] for s in states)], rows),
    ]


def _blocked(chosen: CapabilitySet) -> list[str]:
    """What is said of cells that refuse, where there are any."""
    cells = [(s, t) for s in chosen.states for t in chosen.states if chosen.first(s, t) is None]
    if not cells:
        return []
    shown = ", ".join(f"{s.name} to {t.name}" for s, t in cells)
    return [f"``no`` is EINVAL too, though there would be a way: {shown}.", "State and session stay as they are."]


def _cell(s: State | None) -> str:
    return "no" if s is None else SHORT[s]


def _paths(chosen: CapabilitySet) -> list[str]:
    rows = []
    for s in chosen.states:
        for t in (t for t in chosen.states if t is not s):
            walk = chosen.walk(s, t)
            if walk is None:
                rows.append([s.name, t.name, "EINVAL", "goes on" if sessions(s) else "none", "-1"])
            else:
                rows.append([s.name, t.name, " ".join(SHORT[x] for x in walk), *_session(walk)])
    return [
        "All states of each request, with what becomes of the session that there was, and whether the call returns a",
        "data file. A session ends with the first arc that leaves it, wherever the request leads.",
        "",
        *_table(["from", "to", "path", "session", "data_fd"], rows),
    ]


def _session(walk: list[State]) -> list[str]:
    done = marks(walk)
    before = "ends" if "fd-" in done else "goes on" if sessions(walk[0]) else "none"
    return [before, "new" if done[-1] == "fd+" else "-1"]


def _section(title: str, body: Sequence[str]) -> list[str]:
    return [title, "=" * len(title), "", *body]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A simple table: a cell of the first column is never empty."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    rule = "  ".join("=" * w for w in widths)
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]]
    return [rule, lines[0], rule, *lines[1:], rule]


def files() -> dict[str, str]:
    """Every file of the folder by name."""
    pages = {f"{chosen.name}.rst": page(chosen) for chosen in SETS}
    return pages | {f"{chosen.name}.svg": drawing(chosen) for chosen in SETS}


def main() -> None:
    """Writes them."""
    PAGES.mkdir(exist_ok=True)
    for name, text in files().items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
