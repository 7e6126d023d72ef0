"""The tree shown as text reads like the text it came from."""

from __future__ import annotations

import pytest

from spec.lang.show import show_expr, show_function, show_stmts
from tests.lang.elab_tools import read_class, read_expr

SAME = [
    "self.count",
    "n - (2 - n)",
    "n - 2 - n",
    "(n + 1) * 2",
    "n // 2 % 3",
    "-2",
    "-2 * n",
    "n * (-2)",
    "not (oom and self.flag)",
    "(oom or self.flag) and self.rollback",
    "oom or self.flag and self.rollback",
    "not oom or self.flag",
    "(oom if self.flag else self.rollback) and oom",
    "1 if oom else 2 if self.flag else 3",
    "who is not None",
    "who is None",
    "u in self.claimed",
    "d not in self.order",
    "self.claimed - ({u} - self.claimed)",
    "self.claimed - {u} | self.claimed",
    "self.owner[d] == u",
    "self.uses[d, s]",
    "self.table.owner",
    "replace(self.table, owner=u)",
    "isinstance(dom, Table)",
    "len(Device) + len(self.order)",
    "self.order + (d,)",
    "(self.order + (d,))[0]",
    "without(self.order, d)",
    "rest(self.order)",
    "self.order[n:]",
    "self.order[:n]",
    "self.order[n:n + 1]",
    "self.order + self.short",
    "self.order + (self.order + self.short)",
    "self.order + self.short + self.order",
    "(self.order + self.short)[1:n]",
    "self.order[:n] + (d,) + self.order[n:]",
    "min(n, 2)",
    "all(self.uses[x, y] for x in Device for y in Slot if x == d)",
    "sum(1 for x in Device)",
    "{x for x in self.order if x != d}",
    "first(x for x in Device if self.level[x] > 0)",
    "any(x == e for x in (d, e))",
    "r.refused",
    "r.errno == EPERM",
    "r.errno != EPERM",
    'r.reason == "held"',
    "half(n)",
    "Mode.IDLE",
    "self.domain[d] == Blocking()",
]


@pytest.mark.parametrize("text", SAME)
def test_an_expression_reads_as_it_was_written(text: str) -> None:
    source = text.replace("half(n)", "self.half(n)")
    assert text == show_expr(read_expr(source))


FUNCTION = '''
def f(d: Device, *, oom: bool) -> Outcome:
    require(self.flag)
    if self.count > 1:
        return refuse(EBUSY, "held", n=self.count)
    elif oom:
        return refuse(EIO, "half", partial=True)
    else:
        warn("odd")
        pass
    for x in range(0, 2):
        if x == 1:
            break
        continue
    self.level[d] = 1
    got = helper(d)
    touch(d, fails=oom)
    if got.blocked:
        return blocked("later")
    if got.done:
        return done(id=3)
    return DONE
'''


def test_a_function_reads_as_it_was_written() -> None:
    source = FUNCTION.replace("def f(d", "@kernel\ndef f(self, d").replace("= helper", "= self.helper")
    found = read_class(source.replace("    touch(", "    self.touch("))
    assert found.names.problems == []
    shown = show_function(found.functions["f"], found.names.sites, found.names.warnings)
    assert FUNCTION.strip("\n").replace("        pass\n", "") == shown


def test_without_sites_an_outcome_is_its_number() -> None:
    found = read_class("@ioctl\ndef f(self) -> Outcome:\n    return refuse(EPERM, 'a', n=1)")
    assert show_stmts(found.functions["f"].body) == "return outcome(1, n=1)"


def test_an_empty_branch_is_shown() -> None:
    found = read_class("def f(self) -> None:\n    if self.flag:\n        pass")
    assert show_stmts(found.functions["f"].body) == "if self.flag:\n    pass"
