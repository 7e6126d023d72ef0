"""How many elements the text can tell apart, counted by hand for small specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.any_size_named import counted, named
from spec.lang.frontend import load
from spec.lang.ground import ground

HEAD = """\
from spec.lang import *

class D(Sort, size=2): "One."
class G(Sort, size=2): "Another."
class Pair(Record):
    "Two."
    first: D
    second: D | None
class Lone(Record):
    "One."
    only: D

class Machine(Spec):
    "A machine."
    home: Constant[Map[D, G]] = every()
    seen: Map[D, bool] = everywhere(False)
"""
ACT = """
    @kernel
    def act(self, d: D) -> None:
        self.seen[d] = True
"""
PROMISE = """
    @invariant
    def kept(self) -> bool:
        return """
FIELDS = "    held: D | None = None\n    pair: Pair | None = None\n    by: Map[G, D | None] = everywhere(None)\n"
WRITES = """
    @kernel
    def hold(self, d: D, g: G) -> None:
        self.held = d
        self.pair = Pair(first=d, second=None)
        self.by[g] = d
"""


def numbers(tmp_path: Path, text: str) -> tuple[int, int]:
    (tmp_path / "machine.py").write_text(HEAD + text)
    finite = ground(load(str(tmp_path / "machine.py")), {}, {})
    return named(finite, "D"), named(finite, "G")


@pytest.mark.parametrize(
    ("text", "d", "g"),
    [
        (ACT, 1, 0),
        (ACT.replace("d: D", "d: D, e: D, g: G"), 2, 1),
        (ACT.replace("d: D", "d: D, p: Pair, q: Pair | Lone"), 1 + 2 + 2, 0),
        (FIELDS + ACT + WRITES, 1 + 1 + 2, 1),
        (ACT + PROMISE + "all(self.seen[d] for d in D for e in D)\n", 3, 0),
        (
            ACT + PROMISE + "all(any(self.home[d] == g for d in D) for g in G) or any(self.seen[d] for d in D)\n",
            2, 1,
        ),
        (
            ACT + PROMISE + "all(self.other(d) for d in D)\n\n"
            "    def other(self, d: D) -> bool:\n        return any(self.seen[e] for e in D if e != d)\n",
            3, 0,
        ),
        (ACT + ACT.replace("act(self, d: D)", "act_too(self, d: D, e: D)"), 2, 0),
    ],
)  # fmt: skip
def test_arguments_fields_and_variables_add_up(tmp_path: Path, text: str, d: int, g: int) -> None:
    assert numbers(tmp_path, text) == (d, g)


def test_choices_of_what_is_called_count(tmp_path: Path) -> None:
    text = (
        "\n    @kernel\n    def act(self, d: D) -> None:\n        self.helped(d)\n\n"
        "    def helped(self, d: D, *, e: D) -> None:\n        self.seen[e] = self.seen[d]\n"
    )
    assert numbers(tmp_path, text) == (2, 0)
    twice = text.replace("        self.helped(d)\n", "        self.helped(d)\n        self.helped(d)\n")
    assert numbers(tmp_path, twice) == (3, 0), "each call draws its own"


def test_the_largest_number(tmp_path: Path) -> None:
    text = HEAD + ACT + PROMISE + "sum(1 for d in D if self.seen[d]) <= 7 or len(D) > 3\n"
    (tmp_path / "machine.py").write_text(text)
    assert counted(load(str(tmp_path / "machine.py"))) == 7
