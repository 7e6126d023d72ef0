"""What is proved of drawn specs is inductive at small sizes too, by an engine that shares no summary with the proof.

That asks more than a comparison with a search: a wrong step from any state that keeps what was proved is seen, whether
or not a run comes there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from checker.any_size_small import Question, Small, at_sizes
from checker.symbolic.solver import Deadline
from checker.symbolic.unsized import Proved, prove_any_size
from checker.symbolic.unsized_shapes import with_shapes
from spec.lang.frontend import load
from spec.lang.machine import Machine
from tests.symbolic.unsized_draws import Drawing
from tests.symbolic.unsized_traps import HEAD
from tests.symbolic.unsized_wider import Wider

SIZES = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1)]

pytestmark = pytest.mark.z3


def proofs(machine: Machine, depth: int, seconds: float) -> list[Proved]:
    names = [p.name for p in machine.properties.values() if p.kind == "invariant"]
    answers = prove_any_size(machine, {}, names, None, Deadline(seconds), depth=depth)
    return [a for a in answers.values() if isinstance(a, Proved)]


def question(machine: Machine, proved: list[Proved]) -> Question:
    shapes = {shape.name: shape for a in proved for shape in a.shapes}
    whole, extra = with_shapes(machine, shapes.values(), proved[0].fixed)
    names = frozenset(a.name for a in proved)
    support = names | {lemma for a in proved for lemma in a.lemmas} | {*extra}
    return Question(whole, {}, {}, proved[0].sorts, proved[0].sizes, names, support)


def seen(asked: Question, devices: int, groups: int, seconds: float) -> Small:
    return at_sizes(asked, {"Device": devices, "Group": groups}, Deadline(seconds), lambda _: None)


def compare(tmp_path: Path, seeds: range) -> Counter[str]:
    met: Counter[str] = Counter()
    for seed in seeds:
        path = tmp_path / "wider.py"
        path.write_text((Drawing if seed % 4 == 3 else Wider)(seed).text())
        machine = load(str(path))
        found = proofs(machine, 0, 20.0)
        met["proved"] += len(found)
        for devices, groups in SIZES if found else ():
            small = seen(question(machine, found), devices, groups, 20.0)
            assert not small.wrong, (seed, devices, groups, small.wrong)
            met["inductive"] += bool(small.inductive)
    return met


def test_what_is_proved_of_drawn_specs_is_inductive_at_small_sizes(tmp_path: Path) -> None:
    met = compare(tmp_path, range(6))
    assert met["proved"] > 8 and met["inductive"] > 8


@pytest.mark.slow
def test_what_is_proved_of_many_drawn_specs_is_inductive_at_small_sizes(tmp_path: Path) -> None:
    met = compare(tmp_path, range(6, 200))
    assert met["proved"] > 200 and met["inductive"] > 200


ROWS = '''
    @kernel
    def join(self, d: Device) -> None:
        """One more, at home."""
        require(d not in self.row[self.home[d]])
        self.row[self.home[d]] = self.row[self.home[d]] + (d,)

    @kernel
    def turn_on(self, g: Group) -> None:
        """All of a row."""
        for d in self.row[g]:
            self.on[d] = True
        for d in Device:
            if d in self.row[g]:
                self.maybe[d] = d

    @invariant
    def alike(self) -> bool:
        """Both loops reach the same."""
        return all(self.on[d] == (self.maybe[d] is not None) for d in Device)
'''


def test_the_second_look_sees_what_is_not_inductive(tmp_path: Path) -> None:
    """Lemmas that no text has are needed here; without them, and with a promise too many, it is no proof."""
    path = tmp_path / "rows.py"
    path.write_text(HEAD + ROWS)
    machine = load(str(path))
    found = proofs(machine, 1, 60.0)
    assert [a.name for a in found] == ["alike"]
    asked = question(machine, found)
    assert {"no entry of row stands twice", "lit keeps its initial value"} <= asked.support
    assert [(s.states is not None, s.inductive, s.wrong) for s in [seen(asked, 2, 2, 60.0)]] == [(True, True, "")]
    more = (
        ROWS
        + '''
    @invariant
    def off(self) -> bool:
        """Not so."""
        return all(not self.on[d] for d in Device)
'''
    )
    path.write_text(HEAD + more)
    wrong = seen(replace(question(load(str(path)), found), names=frozenset({"off"})), 2, 1, 60.0)
    assert wrong.wrong == "off: a search breaks it"
    asked = replace(question(load(str(path)), found), support=asked.support | {"off"})
    assert "off" in seen(asked, 2, 1, 60.0).wrong and seen(asked, 2, 1, 60.0).inductive is False
