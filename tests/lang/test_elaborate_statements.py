"""The tree of right statements and functions, and what the rules about straight lines let pass."""

from __future__ import annotations

import pytest

from spec.lang.ir import Assign, Call, Do, If, Local, OutcomeLit, OutcomeTest, Require, Return, Warn, Write
from spec.lang.machine import Param, Provenance, Site
from spec.lang.spans import BUILTIN, Span
from spec.lang.types import BOOL, INT, OUTCOME, OptionType, SetType
from tests.lang.elab_tools import DEVICE, FILE, USER, read_body, read_class

AT = BUILTIN
RETURNED = Local(OUTCOME, AT, "got")


def test_a_walrus_is_an_assignment_before_the_if() -> None:
    body = read_body("if (got := self.helper(d)).refused:\n    pass").body
    call = Call(OUTCOME, AT, "Spec.helper", (Local(DEVICE, AT, "d"),))
    assert (Assign("got", call, AT), If(OutcomeTest(BOOL, AT, RETURNED, "refused"), (), (), AT)) == body


def test_a_walrus_in_an_elif_is_assigned_only_there() -> None:
    (outer,) = read_body("if oom:\n    pass\nelif (got := self.helper(d)).done:\n    self.flag = got.done").body
    assert isinstance(outer, If)
    assign, inner = outer.other
    assert isinstance(assign, Assign) and assign.name == "got" and isinstance(inner, If)


def test_a_walrus_after_and_is_assigned_only_if_the_left_side_holds() -> None:
    (outer,) = read_body("if oom and not self.flag and (got := self.helper(d)).refused and n > 1:\n    return").body
    assert isinstance(outer, If) and outer.other == ()
    assign, inner = outer.then
    assert isinstance(assign, Assign) and isinstance(inner, If)
    assert isinstance(inner.then[0], Return)
    (single,) = read_body("if oom and (got := self.write(d)):\n    return").body
    assert isinstance(single, If) and Local(BOOL, AT, "got") == single.then[1].test  # type: ignore[union-attr]


def test_a_walrus_in_an_assignment() -> None:
    first, second = read_body("self.flag = (got := self.helper(d)).done").body
    assert isinstance(first, Assign) and isinstance(second, Write)


LOCALS = [
    ("x = None if oom else d", {"x": OptionType(DEVICE)}),
    ("x: Device | None = d\nx = None", {"x": OptionType(DEVICE)}),
    ("x = self.count\nx = n + 5\nx += 1", {"x": INT}),
    ("x: User = who", {"x": USER}),
    ("x = self.claimed\nx = set()", {"x": SetType(USER)}),
    ("x = who\nx = u", {"x": OptionType(USER)}),
    ("if oom:\n    x = 1\nelse:\n    x = 2\nself.count = x", {"x": INT}),
    ("if oom:\n    return\nelse:\n    x = 2\nself.count = x", {"x": INT}),
    ("for x in Device:\n    pass\nx = u", {"x": DEVICE, "x_2": USER}),
]


@pytest.mark.parametrize(("text", "kinds"), LOCALS)
def test_locals_have_these_types(text: str, kinds: dict[str, object]) -> None:
    assert kinds == read_body(text).locals


STRAIGHT_ENOUGH = [
    "self.flag = True\nfor d in Device:\n    pass\nreturn refuse(EPERM, 'a')",
    "self.flag = True\nif self.count > 1:\n    self.flag = False\nreturn refuse(EPERM, 'a')",
    "self.flag = True\nself.touch(dev)\nreturn refuse(EPERM, 'a')",
    "self.flag = True\nif self.write(dev):\n    return refuse(EPERM, 'a')\nreturn DONE",
    "self.flag = True\nreturn refuse(EPERM, 'a', partial=True)",
    "self.flag = True\nreturn DONE",
    "if self.flag:\n    self.flag = False\n    return DONE\nreturn refuse(EPERM, 'a')",
    "for d in Device:\n    self.level[d] = 0\nreturn blocked('a')",
    "self.flag = True\nr = self.helper(dev)\nreturn r",
]


@pytest.mark.parametrize("body", STRAIGHT_ENOUGH)
def test_a_refusal_after_more_than_a_write_is_left_to_the_search(body: str) -> None:
    text = "@ioctl\ndef f(self, dev: Device) -> Outcome:\n    " + body.replace("\n", "\n    ")
    assert read_class(text).names.problems == []


def test_outcomes_make_sites_with_provenance() -> None:
    text = """
@ioctl
def f(self, n: bool) -> Outcome:
    if n:
        return refuse(EBUSY, "held", sure="recorded", cites="t-1", holders=self.count)
    if self.flag:
        return refuse(EIO, "half", partial=True)
    if self.count > 0:
        return blocked("later", sure="guessed")
    if self.count > 1:
        return done(id=3)
    if self.count > 2:
        return done()
    return DONE
"""
    found = read_class(text)
    returns = [s.then[0].value for s in found.functions["f"].body[:-1]]  # type: ignore[union-attr]
    assert [outcome.site for outcome in returns] == [1, 2, 3, 4, 0]
    assert [tuple(name for name, _ in o.outputs) for o in returns] == [("holders",), (), (), ("id",), ()]
    assert OutcomeLit(OUTCOME, AT, 0) == found.functions["f"].body[-1].value  # type: ignore[union-attr]
    place = Span(FILE, 4, 16, 4, 87)
    assert Site("refused", "EBUSY", "held", place, Provenance("recorded", "t-1")) == found.names.sites[1]
    assert [
        (s.kind, s.errno, s.reason) for s in found.names.sites[2:5]
    ] == [("partial", "EIO", "half"), ("blocked", "", "later"), ("done", "", "")]
    assert Provenance("read", "f.c:f()") == found.names.sites[2].provenance
    assert Provenance("guessed", "f.c:f()") == found.names.sites[3].provenance


def test_a_partial_action_requires_and_ends_as_done() -> None:
    text = """
@kernel
def f(self) -> Outcome:
    require(self.flag)
    warn("odd", cites="x.c:y()")
    if self.count > 0:
        return
    self.flag = False
"""
    found = read_class(text)
    body = found.functions["f"].body
    assert [Require, Warn, If, Write, Return] == [type(s) for s in body]
    assert Return(OutcomeLit(OUTCOME, AT, 0), AT) == body[-1]
    assert (Return(OutcomeLit(OUTCOME, AT, 0), AT),) == body[2].then  # type: ignore[union-attr]
    assert [
        (w.message, w.provenance.cites, w.provenance.sure) for w in found.names.warnings
    ] == [("odd", "x.c:y()", "read")]


def test_return_of_a_call_that_returns_nothing() -> None:
    body = read_body("if oom:\n    return self.touch(d)\nself.flag = True").body
    assert isinstance(body[0], If)
    assert [Do, Return] == [type(s) for s in body[0].then]


def test_a_body_of_only_a_docstring_does_nothing() -> None:
    found = read_class('def hook(self, d: Device) -> None:\n    """Variants override it."""')
    assert found.names.problems == []
    assert found.functions["hook"].body == ()
    assert found.functions["hook"].doc == "Variants override it."


def test_a_function_keeps_its_parameters_choices_and_place() -> None:
    text = "@ioctl\ndef f(self, d: Device, *, oom: bool) -> Outcome:\n    return DONE"
    function = read_class(text).functions["f"]
    assert function.name == "Spec.f"
    assert (Param("d", DEVICE, AT),) == function.params
    assert (Param("oom", BOOL, AT),) == function.choices
    assert Span(FILE, 2, 1, 2, 6) == function.span
    assert function.returns == OUTCOME


def test_initial_may_write_and_choose() -> None:
    found = read_class("@initial\ndef boot(self, *, probed: bool) -> None:\n    self.flag = probed")
    assert found.names.problems == []
    assert [Write] == [type(s) for s in found.functions["boot"].body]


def test_break_and_continue_end_a_turn_but_not_what_follows_the_loop() -> None:
    turn = "if x == d:\n        continue\n    if oom:\n        break\n    self.flag = True"
    body = f"for x in Device:\n    {turn}\nself.flag = False"
    assert len(read_body(body).body) == 2


def test_a_repeated_reading_of_a_text_gives_the_same_site() -> None:
    text = "@ioctl\ndef f(self) -> Outcome:\n    return refuse(EPERM, 'a')"
    found = read_class(text)
    assert len(found.names.sites) == 2
    assert found.names.add_site(found.names.sites[1]) == 1
