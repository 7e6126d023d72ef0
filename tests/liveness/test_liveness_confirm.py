"""`evaluate` has the last word: no lasso that it does not see is called a violation, however it was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker import slow_graph
from checker.check import Plan, check
from checker.cli import app
from checker.explicit.state_graph import StateGraph
from checker.replay import Replayed, replay
from checker.request import Settings
from checker.trace import Trace, to_json
from checker.trace_read import parse
from checker.trace_table import trace_lines
from spec.lang.errors import EngineError, RequestError
from spec.lang.ground import GroundMachine
from tests.liveness.test_liveness_verdicts import FILE, machine, promises, report


def starved() -> tuple[Trace, GroundMachine]:
    found = report("Lock")
    trace = promises(found)["who_wants_gets"].trace
    assert trace is not None
    return trace, found.searched[0].ground


def replayed(change: Callable[[Trace], Trace], name: str = "Lock") -> Replayed:
    trace, ground = starved()
    return replay(parse(to_json(change(trace), ground), "x"), machine(name), any_digest=True)


def test_a_lasso_survives_its_file_and_its_replay() -> None:
    trace, ground = starved()
    assert 1 == json.loads(to_json(trace, ground))["loop"]
    again = replayed(lambda t: t)
    assert (trace, trace, "") == (again.stored, again.now, again.deviates)
    assert again.finding is not None
    assert "true after step 1; what it leads to is false from there on, for ever" == again.finding.message


def test_the_same_loop_is_not_fair_to_who_must_get_it_in_the_end() -> None:
    assert replayed(lambda t: t, "FairLock").finding is None


def test_a_loop_that_does_not_close_is_none() -> None:
    assert replayed(lambda t: replace(t, loop=0)).finding is None
    assert replayed(lambda t: replace(t, loop=2)).finding is None


def test_a_state_that_must_be_left_is_no_end() -> None:
    """Cut off after step 1, u0 could enter all the time."""
    assert replayed(lambda t: replace(t, states=t.states[:2])).finding is None


def of_the_other(trace: Trace) -> Trace:
    (arg,) = trace.property_args
    other = next(a.value for s in trace.steps for a in s.args if a.value != arg.value)
    return replace(trace, property_args=(replace(arg, value=other),))


def turned(trace: Trace) -> Trace:
    """The same loop, entered one step later."""
    return replace(trace, states=(*trace.states, trace.states[2]), loop=2)


def test_who_got_the_lock_cannot_complain() -> None:
    """For u1 the lock comes within the loop, also where the path ends with a wish of his."""
    assert replayed(of_the_other).finding is None
    assert replayed(turned).finding is not None
    assert replayed(lambda t: of_the_other(turned(t))).finding is None


def test_a_dropped_assumption_goes_with_the_trace() -> None:
    found = report("FairLock", Settings(unfair=("leave",)))
    trace = promises(found)["who_wants_gets"].trace
    assert trace is not None
    text = to_json(trace, found.searched[0].ground)
    assert ["leave"] == json.loads(text)["#meta"]["unfair"]
    assert replay(parse(text, "x"), machine("FairLock")).finding is not None
    with_it = text.replace('"unfair"', '"kept"')
    assert replay(parse(with_it, "x"), machine("FairLock")).finding is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"u": "u0"\n  }', '"u": "u9"\n  }', "u9"),
        ('"property_args": {\n   "u": "u0"\n  }', '"property_args": {}', "is about nothing; wanted: u"),
        ('"loop": 1', '"loop": 9', "`loop` is 9, not the index of a state"),
    ],
)
def test_a_damaged_lasso_is_told_where(old: str, new: str, message: str) -> None:
    text = to_json(*starved())
    assert old in text
    with pytest.raises(RequestError, match=message):
        replay(parse(text.replace(old, new, 1), "x"), machine("Lock"))


def test_a_graph_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels turned round say that the lock never comes where it comes at once."""
    honest = slow_graph.state_graph

    def lying(*args: object, **given: object) -> StateGraph:
        graph = honest(*args, **given)  # type: ignore[arg-type]
        turned = {label: bytes(1 - b for b in marks) for label, marks in graph.labels.items()}
        return replace(graph, labels=turned)

    monkeypatch.setattr(slow_graph, "state_graph", lying)
    with pytest.raises(EngineError, match="internal disagreement"):
        check(machine("FairLock"), "FairLock", Plan(engine="evaluate"))


def test_a_graph_without_an_edge_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the edges of `leave` a holder seems to rest, but the meaning lets him go."""
    honest = slow_graph.state_graph

    def lying(*args: object, **given: object) -> StateGraph:
        graph = honest(*args, **given)  # type: ignore[arg-type]
        instances = tuple(replace(i, action=0) if i.action == 2 else i for i in graph.instances)
        return replace(graph, instances=instances)

    monkeypatch.setattr(slow_graph, "state_graph", lying)
    with pytest.raises(EngineError, match="internal disagreement"):
        check(machine("FairLock"), "FairLock", Plan(engine="evaluate"))


# --- for people -------------------------------------------------------------------------------------------------


def test_the_table_folds_the_loop_and_says_where_it_goes_on() -> None:
    assert [
        "#  call       result  changed",
        "-  ---------  ------  ------------------------",
        "1  want(u0)   0       wants[u0]: False -> True",
        "   loop:",
        "2  want(u1)   0       wants[u1]: False -> True",
        "3  enter(u1)  0       wants[u1]: True -> False",
        "                      holder: None -> u1",
        "4  leave()    0       holder: u1 -> None",
        "(loop back to 1, and so on for ever)",
    ] == trace_lines(*starved())


def test_the_table_of_an_end_says_that_it_stays() -> None:
    found = report("DeadTimers")
    ground = found.searched[0].ground
    pressed, dark = (promises(found)[n].trace for n in ("a_lamp_goes_off", "darkness_brings_light"))
    assert pressed is not None and dark is not None
    stays = "(stays here for ever: nothing fair can happen)"
    assert ["1  press(u0)  0       on[u0]: False -> True", stays] == trace_lines(pressed, ground)[2:]
    assert ["(the initial state; no step is needed)", stays] == trace_lines(dark, ground)


def session(words: list[str]) -> tuple[int, str]:
    """Exit code and output of the command line."""
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_a_session(tmp_path: Path) -> None:
    code, text = session(["check", f"{FILE}:Lock", "--trace-dir", str(tmp_path), "--engine", "python"])
    assert 1 == code
    assert "fairness assumed by leads_to and always_eventually:\n  enter: weak, leave: weak" in text
    assert "    return leads_to(self.wants[u], self.holder == u)" in text
    assert "  u = u0\n  self.wants[u] = True\n  self.holder == u = False\n    self.holder = None" in text
    code, text = session(["replay", str(tmp_path / "lock.who_wants_gets.itf.json")])
    assert 1 == code
    assert "VIOLATED who_wants_gets: the trace still leads to the violation" in text
    code, text = session(
        ["replay", str(tmp_path / "lock.who_wants_gets.itf.json"), "--spec", f"{FILE}:FairLock", "--any-text"]
    )
    assert 0 == code
    assert "HOLDS who_wants_gets: the trace no longer leads to a violation" in text


def test_the_json_report_names_the_fairness_and_the_loop() -> None:
    code, text = session(["check", f"{FILE}:Lock", "--format", "json", "--engine", "python"])
    rows = {row["property"]: row for row in json.loads(text[text.index("{") :])["results"]}
    row = rows["who_wants_gets"]
    assert (1, "leads_to", ["enter: weak", "leave: weak"], 1, 4) == (
        code, row["kind"], row["fairness"], row["loop"], row["trace_length"],
    )  # fmt: skip
    assert ([], None) == (rows["no_deadlock"]["fairness"], rows["no_deadlock"]["loop"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("leve", "Lock has no such action; did you mean 'leave'?"),
        ("want", "nothing is assumed of 'want'; fair are: enter, leave"),
    ],
)
def test_an_unfair_action_must_be_fair(name: str, message: str) -> None:
    code, text = session(["check", f"{FILE}:Lock", "--unfair", name])
    assert 2 == code
    assert f"--unfair {name}: {message}" in text


def test_commands_to_replay_keep_what_was_dropped() -> None:
    _, text = session(["check", f"{FILE}:FairLock", "--unfair", "leave", "--engine", "python"])
    assert "--property who_wants_gets --unfair leave --trace-dir" in text


def test_lint_tells_a_premise_that_never_comes() -> None:
    code, text = session(["lint", f"{FILE}:Countdown", "--engine", "python"])
    assert 1 == code
    assert "vacuous-premise: the premise of 'nothing_to_answer' never becomes true" in text
    assert "vacuous-premise: the premise of 'it_passes_one'" not in text
