"""Clauses in the vocabulary of a spec: what they say of states, and how they read."""

from __future__ import annotations

import pytest

from checker.symbolic.clause_text import Place, Term, clause_text, clause_texts, place_of, terms_of
from checker.symbolic.encode import Encoded, encode
from spec.lang import frontend
from spec.lang.ground import ground
from spec.lang.types import Type
from spec.lang.values import Value, encode_slots, values
from tests.random_draw import Draw

SPEC = '''\
"""One of everything that a slot can hold."""
from enum import Enum, auto
from typing import Annotated
from spec.lang import *

class Cell(Sort, size=2): "A cell."

class Mode(Enum):
    "How."
    OFF = auto()
    SLOW = auto()
    FAST = auto()

class Free(Record): "Nobody's."

class Used(Record):
    "Somebody's."
    by: Cell

class Sample(Spec):
    """A sample."""
    start: Constant[Map[Cell, Annotated[int, Bounds(0, 2)]]] = every()
    on: bool = False
    n: Annotated[int, Bounds(3, 9)] = 3
    mode: Map[Cell, Mode] = everywhere(Mode.OFF)
    seat: Map[Cell, Free | Used | None] = everywhere(None)
    held: Set[Cell] = set()
    queue: Map[Mode, Seq[Cell, Max(2)]] = everywhere(())

    @kernel
    def step(self, c: Cell, d: Cell) -> None:
        self.on = not self.on
        self.n = 9 if self.on else 3
        self.mode[c] = Mode.FAST
        self.seat[c] = Used(by=d) if self.on else Free()
        self.held = self.held | {c}
        self.queue[Mode.SLOW] = (c, d) if self.start[c] == 1 else (d,)
'''


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    file = tmp_path_factory.mktemp("spec") / "sample.py"
    file.write_text(SPEC)
    machine = frontend.load(str(file))
    return encode(ground(machine, {}, {}))


def bit(encoded: Encoded, label: str) -> int:
    return encoded.system.labels.index(label)


TEXTS = [
    ((("on[0].0", True),), "on"),
    ((("on[0].0", False),), "not on"),
    ((("n[0].0", True),), "n in {4, 6, 8}"),
    ((("n[0].0", False), ("n[0].1", False), ("n[0].2", False)), "True"),
    ((("n[0].0", False), ("n[0].2", False)), "n != 8"),
    ((("n[0].2", True),), "n in 7..9"),
    ((("n[0].2", False),), "n not in 7..9"),
    ((("mode[0].0", False), ("mode[0].1", True)), "mode[c0] != SLOW"),
    ((("mode[1].1", True),), "mode[c1] == FAST"),
    ((("seat[0].1", True),), "seat[c0] in {Used(c0), Used(c1)}"),
    ((("seat[1].0", True), ("seat[1].1", True)), "seat[c1] != None"),
    ((("held[0].1", True),), "c1 in held"),
    ((("held[0].0", False), ("held[0].1", True)), "c0 not in held or c1 in held"),
    ((("queue[3].1", True),), "len(queue[SLOW]) == 2"),
    ((("queue[4].0", True),), "queue[SLOW][0] == c1"),
    ((("queue[8].0", False),), "queue[FAST][1] == c0"),
    ((("const start[1].0", False), ("on[0].0", True)), "on or start[c1] != 1"),
    ((("on[0].0", True), ("on[0].0", False)), "True"),
    ((), "False"),
]


@pytest.mark.parametrize(("literals", "text"), TEXTS)
def test_clauses_read_as_the_spec_does(sample: Encoded, literals: tuple[tuple[str, bool], ...], text: str) -> None:
    clause = tuple((bit(sample, label), wanted) for label, wanted in literals)
    assert clause_text(clause, sample.system.labels, sample.ground) == text


def test_there_is_a_sentence_for_each_clause(sample: Encoded) -> None:
    on = bit(sample, "on[0].0")
    assert clause_texts([((on, True),), ()], sample.system.labels, sample.ground) == ("on", "False")


def test_terms_are_slots_and_codes(sample: Encoded) -> None:
    labels, ground_machine = sample.system.labels, sample.ground
    clause = ((bit(sample, "seat[1].1"), True), (bit(sample, "const start[0].1"), True))
    expected = (Term("seat", 1, (2, 3)), Term("start", 0, (2,), constant=True))
    assert terms_of(clause, labels, ground_machine) == expected


@pytest.mark.parametrize("seed", range(60))
def test_terms_mean_what_the_clause_means(sample: Encoded, seed: int) -> None:
    draw, system = Draw(seed, 2), sample.system
    state, constants = some_state(sample, draw)
    bits = sample.bits(state, constants)
    for _ in range(20):
        clause = tuple({(draw.upto(len(bits) - 1), bool(draw.upto(1))) for _ in range(1 + draw.upto(4))})
        terms = terms_of(clause, system.labels, sample.ground)
        true = any(bits[place] == wanted for place, wanted in clause)
        assert true == (terms is None or any(holds(sample, term, state, constants) for term in terms))


def holds(encoded: Encoded, term: Term, state: dict[str, Value], constants: dict[str, Value]) -> bool:
    declared, values = (encoded.ground.constants, constants) if term.constant else (encoded.ground.fields, state)
    return encode_slots(values[term.name], declared[term.name].type, encoded.ground)[term.slot] in term.codes


def some_state(encoded: Encoded, draw: Draw) -> tuple[dict[str, Value], dict[str, Value]]:
    def pick(kind: Type) -> Value:
        return draw.pick(list(values(kind, encoded.ground)))

    fields, constants = encoded.ground.fields, encoded.ground.constants
    return {n: pick(f.type) for n, f in fields.items()}, {n: pick(c.type) for n, c in constants.items()}


def test_labels_are_taken_apart() -> None:
    assert place_of("hw[1].0") == Place("hw", 1, 0)
    assert place_of("ownership.hw[12].3") == Place("ownership.hw", 12, 3)
    assert place_of("const home[0].1") == Place("home", 0, 1, constant=True)
    for label in ("hw[1]", "hw.0", "hw[1].0 "):
        with pytest.raises(ValueError, match="no label"):
            place_of(label)
