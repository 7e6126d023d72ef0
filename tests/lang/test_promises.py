"""Fairness and promises about whole runs: how their text is read, inherited, edited and run by Python."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from checker.evaluate import Occasion, holds, premise_holds
from checker.slow import explore
from checker.slow_graph import state_graph
from spec.lang import direct
from spec.lang.errors import SpecError
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.values import values
from tests.liveness import promises

HEADER = "from spec.lang import *\n\nclass User(Sort, size=2): 'Somebody.'\n\n"
BODY = """class Base(Spec):
    "A base."
    on: Map[User, bool] = everywhere(False)
    extra: Switch[bool] = False

    @ioctl(fair="strong", sure="read")
    def press(self, u: User) -> Outcome:
        self.on[u] = not self.on[u]
        return DONE

    @kernel
    def rest(self) -> None:
        require(any(self.on[u] for u in User))

    @invariant
    def fine(self) -> bool:
        return True
"""


def machine(tmp_path: Path, text: str, name: str = "Case") -> Any:
    path = tmp_path / "case.py"
    path.write_text(HEADER + BODY + text)
    return load(f"{path}:{name}")


def fair(tmp_path: Path, text: str) -> tuple[str, str]:
    actions = machine(tmp_path, "class Case(Base):\n    'A case.'\n" + text).actions
    return actions["press"].fair, actions["rest"].fair


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("strong", "")),
        ("    def press(self, u: User) -> Outcome:\n        return DONE\n", ("strong", "")),
        ("    @ioctl\n    def press(self, u: User) -> Outcome:\n        return DONE\n", ("strong", "")),
        ("    @ioctl(fair='')\n    def press(self, u: User) -> Outcome:\n        return DONE\n", ("", "")),
        ("    @ioctl(fair='weak')\n    def press(self, u: User) -> Outcome:\n        return DONE\n", ("weak", "")),
        ("    press = Base.press.with_fairness('')\n", ("", "")),
        ("    press = Base.press.with_fairness('').with_fairness('weak')\n", ("weak", "")),
        ("    rest = Base.rest.with_fairness('weak')\n", ("strong", "weak")),
        ("    rest = Base.rest.with_fairness('strong')\n", ("strong", "strong")),
    ],
)
def test_fairness_is_kept_until_it_is_said_anew(tmp_path: Path, text: str, wanted: tuple[str, str]) -> None:
    assert wanted == fair(tmp_path, text)


def test_an_edit_of_fairness_keeps_text_and_provenance(tmp_path: Path) -> None:
    found = machine(tmp_path, "class Case(Base):\n    'A case.'\n    press = Base.press.with_fairness('weak')\n")
    base = machine(tmp_path, "", "Base")
    assert "read" == found.actions["press"].provenance.sure
    assert base.functions[base.actions["press"].function].body == found.functions[found.actions["press"].function].body


PROMISE = """
    @leads_to
    def good(self, u: User, v: User) -> Promise:
        '''Comes in the end.'''
        both = self.on[u] and self.on[v]
        return leads_to(both, not self.on[u])

    @when("extra")
    @always_eventually
    def seen(self) -> bool:
        return any(self.on[u] for u in User)
"""


def test_one_text_becomes_two_functions(tmp_path: Path) -> None:
    found = machine(tmp_path, "class Case(Base):\n    'A case.'\n" + PROMISE)
    good, seen = found.properties["good"], found.properties["seen"]
    assert ("leads_to", "Case.good", "Case.good__premise") == (good.kind, good.function, good.premise)
    assert ("always_eventually", "Case.seen", None) == (seen.kind, seen.function, seen.premise)
    assert ["u", "v"] == [p.name for p in found.functions["Case.good"].params]
    assert found.functions["Case.good"].params == found.functions["Case.good__premise"].params
    assert "Comes in the end." == good.doc
    assert ["good"] == [p.name for p in ground(found).properties if p.kind in direct.PROMISE_KINDS]
    on = [p.name for p in ground(found, switches={"extra": True}).properties if p.kind in direct.PROMISE_KINDS]
    assert ["good", "seen"] == on


def test_a_promise_can_be_dropped_and_overridden(tmp_path: Path) -> None:
    text = "class Middle(Base):\n    'Middle.'\n" + PROMISE + "class Case(Middle):\n    'A case.'\n    good = None\n"
    text += "    def seen(self) -> bool:\n        return True\n"
    found = machine(tmp_path, text)
    assert "good" not in found.properties
    assert ("always_eventually", "Case.seen") == (found.properties["seen"].kind, found.properties["seen"].function)
    assert ("extra",) == found.properties["seen"].availability.when


BAD = [
    ("bad-promise", 1, "@leads_to\n    def p(self) -> bool:\n        return True"),
    ("bad-promise", 1, "@invariant\n    def p(self) -> Promise:\n        return True"),
    ("bad-promise", 2, "@invariant\n    def p(self) -> bool:\n        return leads_to(True, True)"),
    ("bad-promise", 2, "@leads_to\n    def p(self) -> Promise:\n        return True"),
    ("bad-promise", 2, "@leads_to\n    def p(self) -> Promise:\n        return leads_to(True, True) and True"),
    (
        "bad-promise",
        2,
        "@leads_to\n    def p(self) -> Promise:\n        if self.extra:\n            return leads_to(True, False)\n"
        "        return leads_to(True, True)",
    ),
    ("arguments", 2, "@leads_to\n    def p(self) -> Promise:\n        return leads_to(True)"),
    ("not-a-bool", 2, "@leads_to\n    def p(self) -> Promise:\n        return leads_to(True, 1)"),
    ("parameters", 1, "@always_eventually\n    def p(self, old: Self) -> bool:\n        return True"),
    ("parameters", 1, "@always_eventually\n    def p(self, *, oom: bool) -> bool:\n        return True"),
    ("not-finite", 1, "@always_eventually\n    def p(self, n: int) -> bool:\n        return True"),
    ("missing-annotation", 1, "@always_eventually\n    def p(self, n) -> bool:\n        return True"),
    (
        "not-a-scalar",
        1,
        "@leads_to\n    def p(self, s: Seq[User, Max(2)]) -> Promise:\n        return leads_to(True, True)",
    ),
    ("bad-promise", 1, "def p(self) -> bool:\n        x = leads_to(True, True)\n        return x"),
    ("bad-argument", 0, "@ioctl(fair='very')\n    def p(self) -> Outcome:\n        return DONE"),
    ("bad-argument", 0, "@ioctl(fair=True)\n    def p(self) -> Outcome:\n        return DONE"),
    ("unknown-argument", 0, "@invariant(fair='weak')\n    def p(self) -> bool:\n        return True"),
    ("bad-argument", 0, "press = Base.press.with_fairness('sometimes')"),
    ("bad-edit", 0, "press = Base.press.with_fairness()"),
    ("bad-edit", 0, "fine = Base.fine.with_fairness('weak')"),
    (
        "not-pure",
        2,
        "@always_eventually\n    def p(self, u: User) -> bool:\n        self.on[u] = True\n        return True",
    ),
    (
        "not-callable",
        7,
        "@leads_to\n    def p(self) -> Promise:\n        return leads_to(True, True)\n\n"
        "    @goal\n    def q(self) -> bool:\n\n        return self.p()",
    ),
]


@pytest.mark.parametrize(("code", "line", "text"), BAD)
def test_a_promise_in_another_form_is_told(tmp_path: Path, code: str, line: int, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        machine(tmp_path, "class Case(Base):\n    'A case.'\n    " + text + "\n")
    first = caught.value.problems[0]
    begin = (HEADER + BODY).count("\n") + 3
    assert (code, begin + line) == (first.code, first.span.line)


def test_a_promise_is_no_type_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        machine(tmp_path, "class Case(Base):\n    'A case.'\n    def p(self) -> Promise:\n        return True\n")
    assert {"bad-type", "unknown-name"} & {p.code for p in caught.value.problems}


def test_the_texts_are_wrong_by_their_mistake_only(tmp_path: Path) -> None:
    assert machine(tmp_path, "class Case(Base):\n    'A case.'\n" + PROMISE).name == "Case"


@pytest.mark.parametrize("name", ["Lamps", "DeadTimers", "Stack", "FairLock", "Careless", "Countdown"])
def test_both_meanings_agree_on_both_parts_in_every_state(name: str) -> None:
    cls = getattr(promises, name)
    finite = ground(load(f"{promises.__file__}:{name}"))
    sizes = {"User": 2} if name != "Countdown" else {}
    with direct.universe(**sizes):
        instance = cls()
    rest = direct.snapshot(instance)
    graph = state_graph(finite, {})
    assert graph.states == explore(finite, {}).states
    asked = 0
    for state in (graph.state(n) for n in range(graph.states)):
        direct.restore(instance, rest | state)
        for prop in (p for p in finite.properties if p.kind in direct.PROMISE_KINDS):
            params = finite.functions[prop.function].params
            for row in itertools.product(*(tuple(values(p.type, finite)) for p in params)):
                occasion = Occasion(state, args={p.name: v for p, v in zip(params, row, strict=True)})
                asked += 1
                assert holds(finite, {}, prop, occasion).value == direct.holds(instance, prop.name, row)
                if prop.kind == "leads_to":
                    premise = premise_holds(finite, {}, prop, occasion).value
                    assert premise == direct.premise_holds(instance, prop.name, row)
    assert asked >= graph.states
