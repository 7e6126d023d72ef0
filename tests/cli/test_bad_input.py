"""Wrong requests, broken specs, broken traces: one clear message on stderr, exit code 2, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import DOOR
from tests.sessions import Run, Session

REQUESTS = {
    "unknown spec": (("check", "nosuchspec"), "there is no spec 'nosuchspec'"),
    "misspelt spec": (("check", "dma_ownershp"), "did you mean 'dma_ownership'?"),
    "misspelt class": (("check", "door.py:Dor"), "did you mean 'Door'?"),
    "misspelt property": (("--property", "it_open"), "no property 'it_open'; did you mean 'it_opens'?"),
    "misspelt switch": (("--set", "pik=true"), "no switch 'pik'; did you mean 'pick'?"),
    "bool switch": (("--set", "pick=maybe"), "--set pick=maybe: the switch is either true or false"),
    "era": (("--set", "era=NEWW"), "did you mean 'NEW'?"),
    "set without value": (("--set", "pick"), "write it as SWITCH=value"),
    "misspelt sort": (("--size", "Persn=2"), "no sort 'Persn'; did you mean 'Person'?"),
    "size zero": (("--size", "Person=0"), "the size of Person is 0; it must be a number from 1 to 64"),
    "size too large": (("--size", "Person=1000000"), "must be a number from 1 to 64"),
    "size negative": (("--size", "Person=-1"), "must be a number from 1 to 64"),
    "size no number": (("--size", "Person=many"), "the size must be a whole number"),
    "misspelt profile": (("--kernel", "2.00"), "no kernel profile '2.00'; did you mean '2.0'?"),
    "misspelt configuration": (("--config", "tow"), "no configuration 'tow'; did you mean 'two'?"),
    "misspelt constant": (("--constant", "strng=every"), "no constant 'strng'; did you mean 'strong'?"),
    "constant value": (("--constant", "strong=some"), "the value is 'every' or 'default'"),
    "engine": (("--engine", "pyton"), "did you mean 'python'?"),
    "format": (("--format", "jsn"), "did you mean 'json'?"),
    "timeout": (("--timeout", "soon"), "write it as 90, 90s, 5m or 1h"),
    "memory": (("--max-memory", "lots"), "write it as 500M or 4G"),
    "nothing named": (("check",), "name the specs to check, or say --all"),
    "all and one": (("check", "--all", "door.py:Door"), "--all is every shipped spec; leave it out"),
    "all with sizes": (("check", "--all", "--size", "Person=2"), "--all takes every spec as it is"),
    "unwritable folder": (("--trace-dir", "door.py", "--engine", "evaluate"), "cannot be written"),
}


def is_one_clear_error(session: Session, message: str) -> None:
    assert session.code == 2, session
    assert message in session.err
    assert "Traceback" not in session.err
    assert session.out == "", "an error leaves stdout alone"
    assert session.err.count("error") == 1, session.err


@pytest.mark.parametrize("case", REQUESTS)
def test_request(run: Run, case: str) -> None:
    words, message = REQUESTS[case]
    is_one_clear_error(run(*(words if words[0] == "check" else ("check", "door.py:Door", *words))), message)


def test_a_directory_is_no_spec_and_only_specs_are_proposed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ownr").mkdir()
    is_one_clear_error(run("check", "ownr"), "'ownr' is a directory; name a spec in it, as ownr/NAME.py")
    (tmp_path / "ownr").rmdir()
    session = run("check", "ownr")
    is_one_clear_error(session, "there is no spec 'ownr'")
    assert "'owner'" not in session.err, "that is a sort"


@pytest.mark.parametrize("words", [("lint", "nosuchspec"), ("simulate", "nosuchspec"), ("replay", "nosuch.json")])
def test_other_commands(run: Run, words: tuple[str, ...]) -> None:
    is_one_clear_error(run(*words), words[1])


def test_unknown_option_and_command_exit_2(run: Run) -> None:
    for words in (("check", "--frobnicate"), ("frobnicate",)):
        session = run(*words)
        assert session.code == 2 and "frobnicate" in session.err and session.out == ""


def _line(text: str) -> str:
    """`door.py:32:` for the first line of the door that has this text."""
    return f"door.py:{DOOR[: DOOR.index(text)].count(chr(10)) + 1}:"


SPECS: dict[str, tuple[bytes | None, str]] = {
    "syntax error": (DOOR.replace("def lock(self", "def lock(self(").encode(), _line("def lock(self")),
    "unresolved import": (b'"""x"""\nfrom nowhere.at_all import Thing\n' + DOOR.encode(), "nowhere"),
    "type error": (DOOR.replace("self.now = State.OPEN", "self.now = 3").encode(), _line("self.now = State.OPEN")),
    "unsupported construct": (
        DOOR.replace("        self.now = State.OPEN", "        del self.now").encode(),
        _line("self.now = State.OPEN"),
    ),
    "write before refusal": (
        DOOR.replace(
            "        self.now = State.OPEN\n        return DONE",
            '        self.now = State.OPEN\n        return refuse(EIO, "late")',
        ).encode(),
        "door.py:",
    ),
    "empty": (b"", "door.py"),
    "binary": (bytes(range(256)), "door.py"),
    "missing": (None, "door.py"),
}


@pytest.mark.parametrize("case", SPECS)
@pytest.mark.parametrize("command", ["check", "lint", "simulate"])
def test_spec_file(run: Run, tmp_path: Path, case: str, command: str) -> None:
    data, message = SPECS[case]
    target = tmp_path / "door.py"
    target.unlink() if data is None else target.write_bytes(data)
    session = run(command, "door.py:Door" if data else "door.py")
    assert session.code == 2, session
    assert message in session.err and "error[" in session.err
    assert "Traceback" not in session.err
    assert session.out == ""


def test_all_errors_of_a_file_are_shown(run: Run, tmp_path: Path) -> None:
    text = DOOR.replace("self.now = State.OPEN", "self.now = 3").replace("self.holder = who", "self.holdr = who")
    (tmp_path / "door.py").write_text(text)
    session = run("check", "door.py:Door")
    assert session.code == 2
    assert session.err.count("error[") >= 2, session.err
    assert "did you mean 'holder'?" in session.err or "holder" in session.err


def _step(document: Any) -> Any:
    return document["states"][1]["#meta"]


def _set(place: Callable[[Any], Any], key: str, value: object) -> Callable[[Any], None]:
    def edit(document: Any) -> None:
        place(document)[key] = value

    return edit


def _meta(document: Any) -> Any:
    return document["#meta"]


TRACES: dict[str, tuple[Callable[[Any], None], str]] = {
    "schema": (_set(_meta, "schema", "uapicheck.trace/99"), "of schema 'uapicheck.trace/99'"),
    "no meta": (lambda d: d.pop("#meta"), "not a trace in ITF"),
    "another spec": (_set(_meta, "spec", "Window"), "the trace is of Window, not of Door"),
    "another text": (_set(_meta, "digest", "0" * 64), "has changed since the trace was made"),
    "spec gone": (_set(_meta, "target", "gone.py:Door"), "gone.py"),
    "property": (_set(_meta, "property", "it_open"), "did you mean 'it_opens'?"),
    "size": (lambda d: _meta(d)["sizes"].update(Person=0), "must be a number from 1 to 64"),
    "switch": (lambda d: _meta(d)["switches"].update(pik=True), "no switch 'pik'"),
    "constant": (lambda d: _meta(d)["constants"].clear(), "the constant 'strong' of Door has no value"),
    "no states": (lambda d: d["states"].clear(), "not a list of at least one state"),
    "action": (lambda d: _step(d).update(action="lok"), "no action 'lok' at these switches; did you mean 'lock'?"),
    "argument missing": (lambda d: _step(d)["args"].clear(), "lock has the arguments none; wanted: who"),
    "argument value": (lambda d: _step(d)["args"].update(who="p7"), "'p7' is not a value of Person"),
    "variable": (lambda d: d["states"][1].pop("now"), "the variable 'now' is missing"),
    "variable unknown": (lambda d: d["states"][1].update(nw=1), "no variable 'nw'"),
    "value": (lambda d: d["states"][1].update(now="AJAR"), "'AJAR' is not a value of State"),
    "tape": (
        lambda d: _step(d).update(tape=[{"choice": "x", "function": "Door.lock", "value": True}]),
        "no choice 'x'",
    ),
    "outcome": (lambda d: _step(d)["outcome"].update(kind="dune"), "did you mean 'done'?"),
    "loop": (lambda d: d.update(loop=5), "`loop` is 5"),
    "states no list": (lambda d: d.update(states={}), "not a list of at least one state"),
}


@pytest.mark.parametrize("case", TRACES)
def test_trace(run: Run, stored: Path, case: str) -> None:
    edit, message = TRACES[case]
    document = json.loads(stored.read_text())
    edit(document)
    stored.write_text(json.dumps(document))
    session = run("replay", stored.name)
    assert session.code == 2, session
    assert message in session.err and stored.name in session.err
    assert "Traceback" not in session.err and session.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the trace is empty"),
        ("[1, 2", "truncated or damaged"),
        ("[]", "not a trace in ITF"),
        ("[" * 99999, "trace"),
    ],
)
def test_trace_that_is_no_document(run: Run, stored: Path, text: str, message: str) -> None:
    stored.write_text(text)
    is_one_clear_error(run("replay", stored.name), message)


def test_truncated_trace_names_the_place(run: Run, stored: Path) -> None:
    stored.write_text(stored.read_text()[:400])
    is_one_clear_error(run("replay", stored.name), f"{stored.name}:")


def test_binary_trace(run: Run, stored: Path) -> None:
    stored.write_bytes(b"\xff\xfe\x00")
    is_one_clear_error(run("replay", stored.name), "not a text file")
