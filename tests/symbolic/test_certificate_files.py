"""Files that are no certificate: each is an error of one kind with a message, or is refused; nothing falls over."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.symbolic.certificate_form import FILE, SCRIPTS, parse, to_json
from checker.symbolic.smt_solver import words, z3_answers
from spec.lang.errors import RequestError
from tests.symbolic.certified_spec import QUICK, TEXT, Stored, certify

pytestmark = pytest.mark.z3


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A certificate that nobody may change."""
    return certify(tmp_path_factory.mktemp("room"))


@pytest.fixture
def stored(written: Stored, tmp_path: Path) -> Stored:
    """A copy of it."""
    shutil.copytree(written.place, tmp_path / "proof")
    return Stored(tmp_path / "proof", written.spec)


def is_refused(stored: Stored) -> str:
    """Refused, or an error with a message; the message."""
    try:
        verified = stored.verify(QUICK)
    except RequestError as error:
        return str(error)
    assert verified.level == "refused"
    return "; ".join(f.message for f in verified.findings if f.level == "refused")


def test_reading_and_writing_are_inverse(written: Stored) -> None:
    text = (written.place / FILE).read_text()
    assert to_json(parse(text, "")) == text


@pytest.mark.parametrize("file", [FILE, *SCRIPTS])
def test_a_missing_file_is_named(stored: Stored, file: str) -> None:
    (stored.place / file).unlink()
    with pytest.raises(RequestError, match=f"{file}: no such file"):
        stored.verify(QUICK)


@pytest.mark.parametrize("file", [FILE, *SCRIPTS])
def test_a_file_that_is_no_text_is_named(stored: Stored, file: str) -> None:
    (stored.place / file).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError, match=f"{file}: not a text file"):
        stored.verify(QUICK)


def test_a_directory_in_the_place_of_a_file_is_named(stored: Stored) -> None:
    (stored.place / FILE).unlink()
    (stored.place / FILE).mkdir()
    with pytest.raises(RequestError, match="cannot be read"):
        stored.verify(QUICK)


def test_a_truncated_certificate_is_an_error(stored: Stored) -> None:
    text = (stored.place / FILE).read_text()
    for length in range(0, len(text) - 2, 7):
        with pytest.raises(RequestError, match=r"is empty|truncated or damaged"):
            parse(text[:length], "x")


@pytest.mark.parametrize("length", [0, 100, -1])
def test_a_truncated_script_is_refused(stored: Stored, length: int) -> None:
    path = stored.place / "safety.smt2"
    path.write_text(path.read_text()[:length])
    assert "is not what certificate.json means" in is_refused(stored) or "comments" in is_refused(stored)


def paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every part of a document."""
    yield path
    keys = list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in keys:
        yield from paths(document[key], (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another part."""
    if not path:
        return value
    other = copy.deepcopy(document)
    holder = other
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return other


OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1 << 70, 0.5, "", "x", [], {}, [[]], {"x": 1}, [1, 2, 3])


def test_every_part_replaced_by_anything_else_is_an_error_or_refused(stored: Stored) -> None:
    document = json.loads((stored.place / FILE).read_text())
    random = Random(1)
    cases = [(path, value) for path in paths(document) for value in OTHERS]
    for path, value in random.sample(cases, 150):
        other = changed(document, path, value)
        if other != document:
            (stored.place / FILE).write_text(json.dumps(other, indent=1, ensure_ascii=False) + "\n")
            assert is_refused(stored), (path, value)


def test_every_part_left_out_or_added_is_an_error_or_refused(stored: Stored) -> None:
    document = json.loads((stored.place / FILE).read_text())
    for path in paths(document):
        if not path:
            continue
        other = copy.deepcopy(document)
        holder = other
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and path[-1] != "polite":
            del holder[path[-1]]
            (stored.place / FILE).write_text(json.dumps(other, indent=1, ensure_ascii=False) + "\n")
            assert is_refused(stored), path
            holder["more"] = 1
            (stored.place / FILE).write_text(json.dumps(other, indent=1, ensure_ascii=False) + "\n")
            assert is_refused(stored), path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("[]", "of schema 'none'"),
        ('{"schema": "uapicheck.certificate/2"}', "this version reads 'uapicheck.certificate/1'"),
        ('{"schema": "uapicheck.certificate/1"}', "`target` is missing"),
        ("[" * 100_000, "no JSON that a certificate could be"),
        ("1" * 10_000, "no JSON|schema"),
        ("NaN", "of schema 'none'"),
    ],
)
def test_text_that_is_no_certificate_is_an_error(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        parse(text, "certificate.json")


@pytest.mark.parametrize("where", [(), ("constants",), ("promises", 0), ("invariant", 0)])
def test_a_field_that_nobody_knows_is_an_error(written: Stored, where: tuple[Any, ...]) -> None:
    document = json.loads((written.place / FILE).read_text())
    holder = document
    for key in where:
        holder = holder[key]
    holder["more"] = 1
    with pytest.raises(RequestError, match="has no field `more`"):
        parse(json.dumps(document), "x")


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ("unsat\nsat\n", ["unsat", "sat"]),
        ("unsat\ntimeout\nunknown\n", ["unsat", "unknown", "unknown"]),
        ('unsat\n(error "out of memory")\nunsat\n', ["unsat"]),
        ("Segmentation fault\nunsat\n", []),
        ("unsatisfiable\n", []),
        ("", []),
    ],
)
def test_only_the_words_before_an_error_are_answers(said: str, answers: list[str]) -> None:
    assert words(said) == answers


def test_z3_answers_each_question_and_no_more() -> None:
    script = "(set-info :status unsat)\n(declare-const x Bool)\n(assert x)\n(check-sat)\n"
    script += "(assert (not x))\n(check-sat)\n"
    assert z3_answers(script, 10) == ["sat", "unsat"]
    assert z3_answers(script + "(assert y)\n(check-sat)\n", 10)[:2] == ["sat", "unsat"]


@pytest.mark.parametrize("count", [65, 0, -3, 1 << 40])
def test_sizes_that_no_spec_may_have_are_refused(stored: Stored, count: int) -> None:
    stored.edit_json(lambda d: d["sizes"].__setitem__("Guest", count))
    assert "does not fit the spec" in is_refused(stored)


# --- the command --------------------------------------------------------------------------------------------------


def command(*args: str) -> tuple[int, str, str]:
    """The command line: exit code, stdout, stderr."""
    result = CliRunner().invoke(app, ["verify", "--cvc5", "0", "--cross-check", "10", *args])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_verifies(written: Stored) -> None:
    code, out, err = command(str(written.place), "-v")
    assert code == 0 and not err
    assert "Room default: Guest=2" in out and "rests on: polite" in out and "nobody_is_loud" in out
    last = out.strip().split("\n")[-1]
    assert last == f"VERIFIED {written.place}: 7 promises by 3 conjuncts, found by induction"


def test_the_command_in_json(written: Stored) -> None:
    code, out, _ = command(str(written.place), "--format", "json")
    document = json.loads(out)
    assert code == 0 and document["schema"] == "uapicheck.verify/1"
    (row,) = document["certificates"]
    assert row["result"] == "verified" and row["conjuncts"] == 3 and {f["level"] for f in row["findings"]} == {"ok"}


def test_the_command_refuses(stored: Stored) -> None:
    stored.edit_json(lambda d: d["invariant"].pop())
    code, out, _ = command(str(stored.place), "-q")
    assert code == 1 and "REFUSED" in out and "leave leads out of the invariant" in out and "\n  ok" not in out


def test_the_worst_of_several_decides(written: Stored, stored: Stored) -> None:
    stored.edit("safety.smt2", lambda text: text + "; more\n")
    code, out, _ = command(str(written.place), str(stored.place))
    assert code == 1 and "VERIFIED" in out and "REFUSED" in out


def test_the_command_says_unknown(written: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    from checker.symbolic import certificate_solve

    solve = certificate_solve.z3_answers

    def lazy(script: str, seconds: float) -> list[str]:
        answers = solve(script, seconds)
        return answers if len(answers) == 1 else ["unknown"] * len(answers)

    monkeypatch.setattr(certificate_solve, "z3_answers", lazy)
    code, out, _ = command(str(written.place))
    assert code == 3 and "UNKNOWN" in out


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_bad_input_is_one_message(where: str, tmp_path: Path) -> None:
    code, out, err = command(str(tmp_path / where))
    assert code == 2 and not out and err.startswith("error: ") and "Traceback" not in err


def test_another_spec_may_be_named(stored: Stored, tmp_path: Path) -> None:
    other = tmp_path / "room.py"
    other.write_text(TEXT)
    assert command(str(stored.place), "--spec", str(other))[0] == 0
    other.write_text(TEXT.replace("self.count += 1", "self.count += 2"))
    code, out, _ = command(str(stored.place), "--spec", str(other))
    assert code == 1 and "is not the one that was proved" in out and "fails: sit breaks one_at_a_time" in out
    assert command(str(stored.place), "--spec", "nothing_like_it")[0] == 2


@pytest.mark.parametrize("where", ["_compared", "compare"])
def test_ctrl_c_keeps_what_was_verified(written: Stored, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    from checker.symbolic import certificate_verify

    monkeypatch.setattr(certificate_verify, where, interrupted)
    code, out, _ = command(str(written.place), str(written.place))
    assert code == 130 and "was not looked at: interrupted" in out
    assert out.count("UNKNOWN") == 1, "the second one is not begun"
    assert ("is what certificate.json means" in out) == (where == "_compared")
