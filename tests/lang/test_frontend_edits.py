"""Edits of a method's text, compared as text."""

from __future__ import annotations

import ast
import textwrap

import pytest

from spec.lang.edits import EditError, checking_first, reasons, with_errno, without

CLAIM = '''
def claim(self, g, who):
    """Take it."""
    n = 0
    if self.holders[g] > 0:
        return refuse(EPERM, "held")
    elif who is None:
        warn("odd")
        return refuse(EINVAL, "nobody")
    for x in Group:
        if self.busy[x]:
            return blocked("busy")
    if self.full:
        self.full = False
        return refuse(ENOMEM, "full")
    else:
        n = 1
    return DONE
'''


def fn(text: str) -> ast.FunctionDef:
    node = ast.parse(textwrap.dedent(text)).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def test_reasons_are_listed_in_text_order() -> None:
    assert reasons(fn(CLAIM)) == ["held", "nobody", "busy", "full"]


def test_without_takes_the_first_check_and_keeps_its_elif() -> None:
    expected = CLAIM.replace('    if self.holders[g] > 0:\n        return refuse(EPERM, "held")\n    elif', "    if")
    assert ast.unparse(fn(expected)) == ast.unparse(without(fn(CLAIM), "held"))


def test_without_takes_an_elif() -> None:
    expected = CLAIM.replace(
        '    elif who is None:\n        warn("odd")\n        return refuse(EINVAL, "nobody")\n', ""
    )
    assert ast.unparse(fn(expected)) == ast.unparse(without(fn(CLAIM), "nobody"))


def test_without_leaves_a_pass_in_a_loop_that_lost_its_body() -> None:
    expected = CLAIM.replace('        if self.busy[x]:\n            return blocked("busy")\n', "        pass\n")
    assert ast.unparse(fn(expected)) == ast.unparse(without(fn(CLAIM), "busy"))


def test_without_keeps_the_else() -> None:
    cut = ast.unparse(without(fn(CLAIM), "full"))
    assert "ENOMEM" not in cut
    assert cut.endswith("    n = 1\n    return DONE")


def test_without_everything_leaves_a_body() -> None:
    only = fn('def f(self):\n    if self.a:\n        return refuse(EPERM, "x")\n')
    assert ast.unparse(without(only, "x")) == "def f(self):\n    pass"


def test_without_takes_every_check_of_the_reason() -> None:
    check = 'return refuse(EIO, "x")'
    twice = fn(f"def f(s):\n    if a:\n        {check}\n    if b:\n        {check}\n    c()\n")
    assert ast.unparse(without(twice, "x")) == "def f(s):\n    c()"


def test_the_original_is_left_alone() -> None:
    node = fn(CLAIM)
    without(with_errno(checking_first(node, "full"), "full", "EIO"), "held")
    assert ast.unparse(fn(CLAIM)) == ast.unparse(node)


def test_with_errno_changes_only_that_reason() -> None:
    assert ast.unparse(fn(CLAIM.replace("EINVAL", "EACCES"))) == ast.unparse(with_errno(fn(CLAIM), "nobody", "EACCES"))


def test_checking_first_moves_the_check_behind_the_docstring() -> None:
    moved = checking_first(fn(CLAIM), "full")
    assert ast.get_docstring(moved) == "Take it."
    check = moved.body[1]
    assert isinstance(check, ast.If)
    assert ast.unparse(check.test) == "self.full"
    assert check.orelse == []
    assert ast.unparse(moved).count("'full'") == 1
    assert "n = 1" in ast.unparse(moved)


def test_checking_first_moves_an_elif_out_of_its_chain() -> None:
    moved = checking_first(fn(CLAIM), "nobody")
    assert ["Expr", "If", "Assign", "If", "For", "If", "Assign"][:6] == [type(s).__name__ for s in moved.body][:6]
    second = moved.body[3]
    assert isinstance(second, ast.If)
    assert second.orelse == []


def test_edits_keep_the_places_of_the_text() -> None:
    moved = checking_first(fn(CLAIM), "full")
    assert moved.body[1].lineno == 13
    call = with_errno(fn(CLAIM), "held", "EIO").body[2]
    assert isinstance(call, ast.If)
    errno = next(n for n in ast.walk(call) if isinstance(n, ast.Name) and n.id == "EIO")
    assert (errno.lineno, errno.col_offset) == (6, 22)


@pytest.mark.parametrize(
    ("edit", "reason", "message", "hint"),
    [
        (without, "holds", "'claim' never answers 'holds'", "did you mean 'held'?"),
        (checking_first, "bussy", "'claim' never answers 'bussy'", "did you mean 'busy'?"),
        (checking_first, "busy", "the check 'busy' stands inside a loop or a branch of 'claim'", "override the method"),
    ],
)
def test_an_edit_that_does_not_fit_says_why(edit, reason: str, message: str, hint: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EditError) as caught:
        edit(fn(CLAIM), reason)
    assert (message, hint) == (caught.value.message, caught.value.hint)


def test_with_errno_of_a_blocked_call_is_an_error() -> None:
    with pytest.raises(EditError, match="has no errno"):
        with_errno(fn(CLAIM), "busy", "EIO")


def test_a_refusal_that_is_no_check_cannot_be_taken_out() -> None:
    bare = fn('def f(self):\n    return refuse(EPERM, "never")\n')
    with pytest.raises(EditError, match="outside any check of its own"):
        without(bare, "never")


def test_two_checks_of_one_reason_cannot_come_first() -> None:
    twice = fn('def f(s):\n    if a:\n        return refuse(EIO, "x")\n    if b:\n        return refuse(EIO, "x")\n')
    with pytest.raises(EditError, match="in 2 places"):
        checking_first(twice, "x")
