"""`uapicheck replay`: a stored trace is run again, state by state, and nothing in the file is believed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import DOOR
from tests.sessions import Run


def test_a_violation_is_found_again(run: Run, stored: Path) -> None:
    session = run("replay", stored.name)
    assert session.code == 1
    assert "VIOLATED the_first_person_never_locks: the trace still leads to the violation" in session.out
    assert "lock(p0)" in session.out and "with p = p0" in session.out


def test_json_form(run: Run, stored: Path) -> None:
    document = run("replay", stored.name, "--format", "json").json
    assert (document["schema"], document["verdict"], document["steps"]) == ("uapicheck.replay/1", "violated", 1)


def test_a_mended_spec_is_a_changed_text_and_shows_when_asked_for(run: Run, stored: Path, tmp_path: Path) -> None:
    text = DOOR.replace("return not any(self.holder == p", "return not any(self.holder is None")
    (tmp_path / "door.py").write_text(text)
    assert run("replay", stored.name).code == 2
    session = run("replay", stored.name, "--any-text")
    assert session.code == 0
    assert "the trace no longer leads to a violation" in session.out


def test_another_spec_may_be_named(run: Run, stored: Path) -> None:
    assert run("replay", stored.name, "--spec", "door.py:Forgetful").code == 2
    assert run("replay", stored.name, "--spec", "door.py:Door").code == 1


def test_a_forged_state_is_noticed(run: Run, stored: Path) -> None:
    document = json.loads(stored.read_text())
    document["states"][1]["now"] = "OPEN"
    stored.write_text(json.dumps(document))
    session = run("replay", stored.name)
    assert session.code == 3
    assert "after step 1 now is not as stored" in session.out


def test_a_forged_answer_is_noticed(run: Run, stored: Path) -> None:
    document = json.loads(stored.read_text())
    document["states"][1]["#meta"]["outcome"] |= {"kind": "refused", "errno": "EBUSY", "reason": "not-shut"}
    stored.write_text(json.dumps(document))
    session = run("replay", stored.name)
    assert session.code == 3
    assert "step 1 answers 0, stored is -EBUSY not-shut" in session.out


def test_a_step_that_is_impossible_is_noticed(run: Run, stored: Path) -> None:
    document = json.loads(stored.read_text())
    meta = document["states"][1]["#meta"]
    meta |= {"action": "shut", "args": {}}
    stored.write_text(json.dumps(document))
    session = run("replay", stored.name)
    assert session.code == 3
    assert "step 1, shut, cannot be taken any more" in session.out


def test_a_walk_is_a_trace_too(run: Run, tmp_path: Path) -> None:
    session = run("simulate", "door.py:Door", "--seed", "1", "--steps", "6", "--format", "json")
    (tmp_path / "walk.itf.json").write_text(session.out)
    replayed = run("replay", "walk.itf.json")
    assert replayed.code == session.code
