"""What some small size breaks is never proved: by hand one trap for each way to overlook it, and drawn specs."""

from __future__ import annotations

from pathlib import Path

import pytest
import z3

from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.symbolic.solver import Deadline
from checker.symbolic.unsized import Proved, Unproved, prove_any_size
from checker.symbolic.unsized_count import _different
from checker.symbolic.unsized_facts import Facts
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from tests.symbolic.unsized_draws import Drawing
from tests.symbolic.unsized_loop_traps import LOOPS
from tests.symbolic.unsized_more_traps import MORE
from tests.symbolic.unsized_rows_traps import OUTSIDE, ROWS
from tests.symbolic.unsized_second_traps import SECOND
from tests.symbolic.unsized_third_traps import THIRD
from tests.symbolic.unsized_traps import HEAD, TRAPS

SIZES = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1)]
CHOICES = 6
ALL = {**TRAPS, **MORE, **LOOPS, **SECOND, **THIRD, **ROWS}

pytestmark = pytest.mark.z3


def spec(tmp_path: Path, text: str) -> Machine:
    path = tmp_path / "small.py"
    path.write_text(text)
    return load(str(path))


def broken(machine: Machine, states: int) -> set[str]:
    """What is broken somewhere, as far as it was searched."""
    lost: set[str] = set()
    for devices, groups in SIZES:
        grounded = ground(machine, {"Device": devices, "Group": groups})
        for constants in constant_choices(grounded)[:CHOICES]:
            limits = Limits(states=states)
            lost |= explore(grounded, as_slots(grounded, constants), limits, engine="python").found.keys()
    return lost


def answers(machine: Machine, depth: int, seconds: float = 60.0) -> dict[str, Proved | Unproved]:
    names = [p.name for p in machine.properties.values() if p.kind == "invariant"]
    return prove_any_size(machine, {}, names, None, Deadline(seconds), depth=depth)


def proved(machine: Machine, depth: int, seconds: float) -> set[str]:
    return {name for name, answer in answers(machine, depth, seconds).items() if isinstance(answer, Proved)}


@pytest.mark.parametrize("name", ALL)
def test_traps(tmp_path: Path, name: str) -> None:
    machine = spec(tmp_path, HEAD + ALL[name])
    assert "kept" in broken(machine, 20_000)
    kept = answers(machine, 2)["kept"]
    assert isinstance(kept, Unproved)
    assert kept.reason.startswith("outside the fragment: ") == (name in OUTSIDE), kept.reason


def test_a_proof_that_rests_on_what_was_dropped_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = spec(tmp_path, HEAD + ALL["help that is lost later"])
    monkeypatch.setattr("checker.symbolic.unsized_induct._Houdini._rests", lambda self, key: key in self.uses)
    with pytest.raises(EngineError, match="rests on what was dropped"):
        answers(machine, 2)


DRAWN_SECONDS = 6.0
"""For one drawn spec; a few of them name elements without end."""


def compare(tmp_path: Path, seeds: range) -> tuple[int, int]:
    """How many promises of drawn specs were proved, and how many were broken; none was both."""
    right = wrong = 0
    for seed in seeds:
        machine = spec(tmp_path, Drawing(seed).text())
        found = proved(machine, 0 if seed % 4 else 1, DRAWN_SECONDS)
        lost = broken(machine, 300 if found else 0) if found else set()
        assert not found & lost, seed
        right += len(found)
        wrong += len(lost)
    return right, wrong


def test_drawn_specs(tmp_path: Path) -> None:
    right, wrong = compare(tmp_path, range(8))
    assert right > 8 and wrong > 8


@pytest.mark.slow
def test_many_drawn_specs(tmp_path: Path) -> None:
    right, wrong = compare(tmp_path, range(8, 300))
    assert right > 200 and wrong > 200


STEPS = '''
    reached: Map[Step, bool] = everywhere(False)

    @kernel
    def walk(self) -> None:
        """All steps, one after the other."""
        for s in Step:
            self.reached[s] = True

    @invariant
    def kept(self) -> bool:
        """Not so."""
        return all(not self.reached[s] for s in Step)
'''


def test_a_loop_over_a_sort_with_a_size_is_outside(tmp_path: Path) -> None:
    step = '\n\nclass Step(Sort, size=2, ordered=True):\n    "A step."\n\n\nclass Device('
    machine = spec(tmp_path, HEAD.replace("\n\nclass Device(", step, 1) + STEPS)
    kept = answers(machine, 1)["kept"]
    assert isinstance(kept, Unproved) and "a loop over a set, a finite sort or numbers" in kept.reason


def test_counting_many_elements_heeds_the_time() -> None:
    """The clock is looked at for every element that is counted, not only between questions."""
    looked: list[int] = []
    facts = Facts(["S"], 1)
    facts.pulse = lambda: looked.append(1)
    terms = [z3.Const(f"x{i}", facts.sorts["S"]) for i in range(5)]
    _different(facts, terms, lambda term: True)
    assert len(looked) == 5
