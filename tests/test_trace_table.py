"""The text trace fits a mailing-list reply and says what a maintainer wants to know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.check import confirmed
from checker.explorations import Limits
from checker.slow import explore
from checker.text_table import Column, render, wrap
from checker.trace import Trace, to_json
from checker.trace_read import decode, parse
from checker.trace_table import WIDTH, start_lines, trace_lines
from spec.lang.ground import GroundMachine
from tests.machines_by_hand import claim_machine

COLUMNS = (Column("#", 2, right=True), Column("call", 10), Column("result", 6))
CELL = st.text("abc_(), \n", max_size=60)


def broken_claim(members: int = 3) -> tuple[Trace, GroundMachine]:
    ground = claim_machine(members, rollback=False)
    found = explore(ground, {}, Limits()).found["members_share_a_domain"]
    return confirmed(ground, {}, found, "members_share_a_domain", "default")[0], ground


def test_the_table_of_a_failed_rollback() -> None:
    assert trace_lines(*broken_claim()) == [
        "#  call                       result          changed",
        "-  -------------------------  --------------  --------------------------",
        "1  join(d0)                   0               members: () -> (d0,)",
        "2  join(d1)                   0               members: (d0,) -> (d0, d1)",
        "3  claim(u0)                  -ENOMEM attach  domain[d0]: DEFAULT ->",
        "   ! attach_fails (2nd time)                   BLOCKED",
    ]


def test_the_first_state_can_be_shown() -> None:
    assert start_lines(*broken_claim(2)) == [
        "domain = {d0: DEFAULT, d1: DEFAULT}",
        "owner = None",
        "members = ()",
    ]


@pytest.mark.parametrize("members", [2, 3, 4])
def test_no_line_is_wider_than_a_mail(members: int) -> None:
    trace, ground = broken_claim(members)
    lines = trace_lines(trace, ground)
    assert all(len(line) <= WIDTH == 72 and line == line.rstrip() for line in lines)
    assert len(trace_lines(trace, ground, 50)) > len(lines), "less room, more lines"
    assert all(len(line) <= 50 for line in trace_lines(trace, ground, 50))


def test_a_trace_survives_its_file() -> None:
    trace, ground = broken_claim()
    text = to_json(trace, ground)
    assert trace == decode(parse(text, "x"), ground)
    assert text == to_json(trace, ground)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=4), st.integers(24, 72))
def test_a_table_keeps_its_width_and_loses_no_letter(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = render(COLUMNS, rows, width)
    assert all(len(line) <= width for line in lines)
    letters = sorted(c for row in rows for cell in row for c in cell if not c.isspace())
    assert letters == sorted(c for line in lines[2:] for c in line if not c.isspace())


@given(st.text("ab_.,/([ ", max_size=80), st.integers(1, 30))
def test_wrapping_keeps_the_order_of_letters(text: str, width: int) -> None:
    pieces = wrap(text, width)
    assert all(len(piece) <= width for piece in pieces)
    assert "".join(text.split()) == "".join("".join(pieces).split())


def test_wrapping_breaks_where_a_reader_would() -> None:
    assert wrap("owner[g0]: None -> Table(owner=u0)", 11) == ["owner[g0]:", " None ->", " Table(", " owner=u0)"]
