"""Every wrong form is told once, with its code and at its place, and always with what to do instead."""

from __future__ import annotations

import pytest

from spec.lang.codes import Code
from tests.lang import elab_bad, elab_bad_functions
from tests.lang.elab_tools import expected_places, read_class, wrap

PICK = """
def pick(self) -> Device:
    return first(x for x in Device)
def found(self) -> Table | None:
    return self.table
def maker(self) -> Owned:
    return Default()
def pick_row(self) -> Seq[Device, Max(2)]:
    self.flag = True
    return self.short
"""
HINTS = [
    ("x = self.cuont", "did you mean 'count'?"),
    ("x = cuont", "did you mean 'count'?"),
    ("x = count", "did you mean 'self.count'?"),
    ("helper(d)", "did you mean 'self.helper(...)'?"),
    ("x = Mode.BUSSY", "did you mean 'BUSY'?"),
    ("x = refuse(EPREM, 'a')", "did you mean 'EPERM'?"),
    ("x = refuse(EPERM, 'Not Owner')", 'write "not-owner"'),
    ("self.table.owner = u", "records never change: 'self.table = replace(self.table, owner=...)'"),
    ("self.touch(d, oom)", "choices are given by name: fails=..."),
    ("for x in owner: pass", "did you mean 'self.owner'?"),
    ("if who: pass", "write 'x is not None'"),
    ("while oom: pass", "write 'for x in D', with 'break' where it ends; 'while' belongs to a @process"),
    ("x = len(Mode)", "write 2"),
    ("self.spare = self.found()", "both must hold the same; if one is wider, bind a call to a local first"),
    ("x = None", "write 'x: T | None = None'"),
    ("count += 1", "did you mean 'self.count'?"),
    ("x = self.order.index(d)", "write 'min(i for i in range(len(seq)) if seq[i] == x)', a fault where there is none"),
    ("self.order.insert(n, d)", "a sequence never changes; write 'self.f = self.f[:i] + (x,) + self.f[i:]'"),
    ("x = self.order.pop()", "write 'x = self.f[-1]' and 'self.f = self.f[:-1]', or with '[0]' and '[1:]'"),
    ("x = self.order[::2]", "write 'seq[lo:hi]'"),
    ("self.order = self.short + self.order", "the two sequences differ in capacity; give both the same Max(...)"),
    ("x = zzz", "known: d, dom, e, m, n, oom, r, s, u, who"),
]


@pytest.mark.parametrize(("code", "body"), elab_bad.ALL, ids=[f"{code}: {body}" for code, body in elab_bad.ALL])
def test_a_wrong_body_is_told_at_its_place(code: str, body: str) -> None:
    text, places = expected_places(wrap(body) + PICK)
    problems = read_class(text).names.problems
    assert [(code, *place) for place in places] == [(p.code, p.span.line, p.span.col) for p in problems]


@pytest.mark.parametrize(("code", "text"), elab_bad_functions.ALL)
def test_a_wrong_function_is_told_at_its_place(code: str, text: str) -> None:
    plain, places = expected_places(text.strip("\n"))
    problems = read_class(plain, elab_bad_functions.ACTION_PARAMS).names.problems
    assert [(code, *place) for place in places] == [(p.code, p.span.line, p.span.col) for p in problems]


def test_every_error_has_a_hint() -> None:
    texts = [wrap(body) + PICK for _, body in elab_bad.ALL] + [text for _, text in elab_bad_functions.ALL]
    found = [read_class(expected_places(t)[0], elab_bad_functions.ACTION_PARAMS).names.problems for t in texts]
    assert [p.message for problems in found for p in problems if not p.hint] == []


@pytest.mark.parametrize(("body", "hint"), HINTS)
def test_the_hint_says_what_to_write(body: str, hint: str) -> None:
    assert [hint] == [p.hint for p in read_class(wrap(body) + PICK).names.problems]


def test_every_code_is_tested_and_has_an_explanation() -> None:
    tested = {code for code, _ in (*elab_bad.ALL, *elab_bad_functions.ALL)} | elab_bad_functions.ELSEWHERE
    assert {code.code for code in Code} == tested
    assert all(code.explanation for code in Code)


def test_all_errors_of_a_body_are_told() -> None:
    body = "x = §cuont\nif §self.count:\n    self.flag = §1\nself.owner[§u] = d\nself.flag = x"
    text, places = expected_places(wrap(body))
    problems = read_class(text).names.problems
    assert places == [(p.span.line, p.span.col) for p in problems]
    assert ["unknown-name", "not-a-bool", *2 * ["type-mismatch"]] == [p.code for p in problems]
