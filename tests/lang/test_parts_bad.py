"""Mistakes with parts: in their declaration, in what is shared, and in what the text of the whole does with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.lang.errors import RequestError
from spec.lang.ground import ground
from tests.lang.frontend_tools import load_text, only_problem, place, problems_of

HEAD = """
class Era(OrderedEnum): E1 = auto(); E2 = auto()
class Mode(Enum): A = auto(); B = auto()
COUNT = 3

class Counter(Spec):
    "Counts."
    era: Switch[Era] = Era.E2
    strict: Switch[bool] = True
    limit: Constant[bool] = False
    n: Annotated[int, Bounds(0, 3)] = 0

    @ioctl
    def up(self, far: bool, *, fails: bool) -> Outcome:
        "One more."
        if fails or far:
            return refuse(EIO, "failed")
        self.grow()
        return DONE

    def grow(self) -> None:
        self.n += 1

    def size(self) -> int:
        return self.n

    @kernel
    def rest_a_while(self) -> None:
        "Needs something."
        require(self.n > 0)
        self.n -= 1

    @invariant
    def small(self) -> bool:
        return self.n < 4

    @initial
    def boot(self) -> None:
        self.n = 0

class Nest(Spec):
    "Has a counter."
    inner: Counter

class Other(Spec):
    "Shares names with the counter."
    strict: Switch[bool] = False
    limit: Constant[bool] = True

class Odd(Spec):
    "Means other things by the same names."
    strict: Switch[Mode] = Mode.A
    limit: Switch[bool] = True

class Late(Spec):
    "Has the era under another name."
    when_: Switch[Era] = Era.E1
"""


def whole(lines: str, tail: str = "") -> str:
    return f"{HEAD}\nclass Case(Spec):\n    'x'\n{lines}    q: bool = False\n{tail}"


def text_of(call: str) -> str:
    head = "    p: Counter\n    r: Nest\n    @ioctl\n    def act(self, far: bool) -> Outcome:\n"
    return f"{head}{call}        return DONE\n"


def check(tmp_path: Path, text: str, code: str, needle: str, hint: str) -> None:
    problem = only_problem(tmp_path, text, "Case")
    assert (code, place(text, needle)) == (problem.code, (problem.span.line, problem.span.col))
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("lines", "code", "needle", "hint"),
    [
        ("    p: Counter = 3\n", "bad-part", "3\n    q", "part("),
        ("    p: Mode = part()\n", "bad-part", "Mode = part", "it is declared at"),
        ("    p: Set[Counter] = part()\n", "bad-part", "Set[Counter]", "part("),
        ("    p: Countr = part()\n", "bad-part", "Countr", "did you mean 'Counter'?"),
        ("    p: Case = part()\n", "bad-part", "Case = ", "stands above"),
        ("    p: Below = part()\n", "bad-part", "Below = ", "stands above"),
        ("    p: Counter = part('upp')\n", "unknown-action", "'upp'", "did you mean 'up'?"),
        ("    p: Counter = part('grow')\n", "unknown-action", "'grow'", "is no action"),
        ("    p: Counter = part(all, 'up')\n", "bad-part", "all, ", "drop"),
        ("    p: Counter = part(up)\n", "bad-part", "up)\n    q", "part("),
        ("    p: Counter = part(**{})\n", "bad-part", "**{}", "part("),
        ("    p: Counter = part(strictt=True)\n", "unknown-switch", "True)\n    q", "did you mean 'strict'?"),
        ("    p: Counter = part(limit=True)\n", "bad-part", "True)\n    q", "set it there"),
        ("    p: Counter = part(era=Era.E1)\n", "bad-part", "Era.E1)", "switches that depend on it"),
        ("    p: Counter = part(strict=3)\n", "type-mismatch", "3)\n    q", ""),
        ("    p: Counter = part(strict=not True)\n", "bad-part", "not True", "write the value out"),
        ("    p: Counter\n    p: Counter\n", "duplicate-name", "p: Counter\n    q", "the other one"),
        ("    p: Counter\n    strict: bool = False\n", "parts-differ", "strict: bool", "by name"),
        (
            "    p: Counter\n    o: Other\n    limit: Constant[bool] = False\n",
            "parts-differ",
            "o: Other",
            "declare 'strict'",
        ),
        ("    p: Counter\n    strict: Switch[Mode] = Mode.A\n", "parts-differ", "p: Counter\n    s", "one type"),
        ("    p: Counter\n    o: Late\n", "two-eras", "when_: ", "keep one"),
    ],
)
def test_declarations(tmp_path: Path, lines: str, code: str, needle: str, hint: str) -> None:
    check(tmp_path, whole(lines, "\nclass Below(Spec):\n    'x'\n    b: bool = False\n"), code, needle, hint)


def test_a_constant_of_one_part_is_no_switch_of_another(tmp_path: Path) -> None:
    text = whole("    p: Counter = part(strict=True)\n    o: Odd = part(strict=Mode.A)\n")
    assert {"parts-differ"} == {p.code for p in problems_of(tmp_path, text, "Case")}


@pytest.mark.parametrize(
    ("call", "code", "needle", "hint"),
    [
        ("        self.p.n = 1\n", "bad-use-of-a-part", "self.p.n", "self.p.action(...)"),
        ("        self.p.n += 1\n", "bad-use-of-a-part", "self.p.n", "self.p.action(...)"),
        ("        self.r.inner.n = 1\n", "bad-use-of-a-part", "self.r.inner.n", "self.r.inner.action(...)"),
        ("        self.p = 1\n", "not-stored", "self.p = 1", "assign a state field"),
        ("        x = self.p\n", "bad-use-of-a-part", "self.p\n", "self.p.field"),
        ("        self.p()\n", "not-callable", "self.p()", "self.p.action(...)"),
        ("        self.p.n()\n", "not-callable", "self.p.n()", "write 'self.p.n'"),
        ("        self.p.upp(far)\n", "unknown-name", "self.p.upp(far)", "did you mean 'up'?"),
        ("        x = self.p.m\n", "unknown-name", "self.p.m", ""),
        ("        x = self.p.up\n", "not-a-value", "self.p.up", "self.p.up(...)"),
        ("        self.p.up()\n", "arguments", "self.p.up()", "up(far)"),
        ("        self.p.up(far, True)\n", "arguments", "self.p.up(far, True)", "fails="),
        ("        self.p.up(far, fail=True)\n", "arguments", "fail=True", "did you mean 'fails'?"),
        ("        self.p.grow()\n", "bad-use-of-a-part", "self.p.grow()", "only actions"),
        ("        self.p.small()\n", "not-callable", "self.p.small()", "helper"),
        ("        self.p.boot()\n", "not-callable", "self.p.boot()", "helper"),
        ("        self.p.rest_a_while()\n", "misplaced-require", "self.p.rest", "without 'require'"),
        ("        self.r.inner.up(far)\n", "bad-use-of-a-part", "self.r.inner.up(far)", "of 'self.r' that does it"),
        (
            "        if far and self.p.up(far).done:\n            pass\n",
            "effect-in-expression",
            "self.p.up(far)",
            "local",
        ),
    ],
)
def test_text_of_the_whole(tmp_path: Path, call: str, code: str, needle: str, hint: str) -> None:
    check(tmp_path, whole(text_of(call)), code, needle, hint)


def test_a_part_is_narrowed_only_to_a_class_that_extends_its_class(tmp_path: Path) -> None:
    text = HEAD + "\nclass Base(Spec):\n    'x'\n    p: Counter\n\nclass Case(Base):\n    'x'\n    p: Nest\n"
    check(tmp_path, text, "bad-part", "Nest\n", "a class that extends it")


@pytest.mark.parametrize(
    ("line", "code"),
    [("p = None", "bad-drop"), ("p: bool = False", "changed-kind"), ("def p(self) -> None: pass", "changed-kind")],
)
def test_a_part_stays_a_part(tmp_path: Path, line: str, code: str) -> None:
    text = HEAD + f"\nclass Base(Spec):\n    'x'\n    p: Counter\n\nclass Case(Base):\n    'x'\n    {line}\n"
    assert code == only_problem(tmp_path, text, "Case").code


@pytest.mark.parametrize("line", ["p: bool = False", "def p(self) -> None: pass"])
def test_nothing_else_becomes_a_part(tmp_path: Path, line: str) -> None:
    text = HEAD + f"\nclass Base(Spec):\n    'x'\n    {line}\n\nclass Case(Base):\n    'x'\n    p: Counter\n"
    assert "changed-kind" == only_problem(tmp_path, text, "Case").code


def test_properties_do_not_call_into_a_part_what_writes(tmp_path: Path) -> None:
    text = whole("    p: Counter\n    @invariant\n    def fine(self) -> bool:\n        return self.p.up(False).done\n")
    assert "not-pure" in {p.code for p in problems_of(tmp_path, text, "Case")}


def test_a_property_names_actions_of_parts_that_happen_by_themselves(tmp_path: Path) -> None:
    text = whole(
        "    p: Counter = part('up')\n    @action_property('p.upp')\n"
        "    def fine(self, old: Self, outcome: Outcome) -> bool:\n        return True\n"
    )
    check(tmp_path, text, "unknown-action", "'p.upp'", "did you mean 'p.up'?")


def test_eras_of_parts_share_no_member(tmp_path: Path) -> None:
    text = HEAD + (
        "\nclass Age(OrderedEnum): E2 = auto(); E3 = auto()\n"
        "\nclass Old(Spec):\n    'x'\n    age: Switch[Age] = Age.E2\n"
        "\nclass Case(Spec):\n    'x'\n    p: Counter\n    o: Old\n"
    )
    check(tmp_path, text, "two-eras", "class Age", "one era")


def test_a_process_cannot_be_in_a_part(tmp_path: Path) -> None:
    text = HEAD + (
        "\nclass Thread(Sort, size=2): 'x'\n\nclass Busy(Spec):\n    'x'\n    n: bool = False\n"
        "    @process(thread=Thread)\n    def work(self, t: Thread) -> Process:\n        yield\n        self.n = True\n"
        "        return DONE\n\nclass Case(Spec):\n    'x'\n    p: Busy\n"
    )
    check(tmp_path, text, "bad-part", "p: Busy", "whole")


def test_a_lock_cannot_be_in_a_part(tmp_path: Path) -> None:
    text = HEAD + (
        "\nclass Thread(Sort, size=2): 'x'\n\nclass Busy(Spec):\n    'x'\n    lock: Mutex[Thread] = FREE\n"
        "\nclass Case(Spec):\n    'x'\n    p: Busy\n"
    )
    check(tmp_path, text, "bad-part", "p: Busy", "whole")


def test_a_fixed_switch_cannot_be_set(tmp_path: Path) -> None:
    machine = load_text(tmp_path, whole("    p: Counter = part(strict=False)\n"), "Case")
    assert ground(machine, {}, {"p.strict": False}).switches["p.strict"] is False
    with pytest.raises(RequestError, match=r"p\.strict"):
        ground(machine, {}, {"p.strict": True})
