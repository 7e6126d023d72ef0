"""How the translation of a log is found, and what is said when it does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.conform.translations import translation_of
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from tests.conform.conftest import MAP, SPEC, sequence, step
from tests.sessions import Run

HEAD = """
from checker.conform.protocol import Call, Instance, Judge
class R:
    def step(self, step): return Judge("b", (CALL,))
class T:
    instance, silent, explained = Instance(), (SILENT), ()
    def begin(self, sequence): return R()
TRANSLATION = T()
"""


def test_a_spec_without_a_translation(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(sequence("a"))
    found = run("validate", str(tmp_path / "log.jsonl"), "--spec", SPEC)
    assert 2 == found.code
    assert "no log can be read for Box: there is no models.bind.box_log" in found.err and "--map" in found.err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.such.module", "--map no.such.module: there is no such module"),
        ("/no/such/file.py", "there is no such module"),
        ("", "there is no such module"),
        ("..", "there is no such module"),
        ("checker.conform.log", "has no TRANSLATION"),
    ],
)
def test_a_translation_that_is_none(name: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        translation_of(load(SPEC), name)


def test_a_translation_that_is_broken(tmp_path: Path) -> None:
    for text in ("import no_such_thing", "def x(:"):
        (tmp_path / "broken.py").write_text(text)
        with pytest.raises(RequestError, match=r"broken.py cannot be loaded"):
            translation_of(load(SPEC), str(tmp_path / "broken.py"))


def test_a_module_that_lacks_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "box_map_with_a_gap.py").write_text("import no_such_thing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RequestError, match="box_map_with_a_gap cannot be loaded: No module named 'no_such_thing'"):
        translation_of(load(SPEC), "box_map_with_a_gap")


@pytest.mark.parametrize(
    ("call", "silent", "message"),
    [
        ('Call("turm", {})', "", "calls turm; Box has no such action; did you mean 'turn'"),
        ('Call("turn", {"want": "OPEN"})', "", "gives turn an argument want; did you mean 'wanted'"),
        ('Call("turn", {"wanted": "AJAR"})', "", "calls turn with wanted='AJAR', which is no value"),
        ('Call("turn", {"wanted": 1})', "", "which is no value"),
        ('Call("turn", {"wanted": "OPEN"})', '"cool",', "calls cool; Box has no such action"),
    ],
)
def test_a_translation_that_does_not_fit(call: str, silent: str, message: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "map.py").write_text(HEAD.replace("CALL", call).replace("SILENT", silent))
    (tmp_path / "log.jsonl").write_text(sequence("a", step("TURN", to="OPEN")))
    found = run("validate", str(tmp_path / "log.jsonl"), "--spec", SPEC, "--map", str(tmp_path / "map.py"))
    assert 2 == found.code and message in found.err


def test_an_argument_that_is_left_out_may_have_any_value(run: Run, tmp_path: Path) -> None:
    """A shut box can be opened, and one that is open can be opened again in vain."""
    (tmp_path / "map.py").write_text(HEAD.replace("CALL", 'Call("turn", {}, step.errno)').replace("SILENT", ""))
    for errno, code in (("OK", 0), ("EALREADY", 0), ("EPERM", 1)):
        (tmp_path / "log.jsonl").write_text(sequence("a").replace('"OK"', f'"{errno}"'))
        log, spec = str(tmp_path / "log.jsonl"), ("--spec", SPEC, "--map", str(tmp_path / "map.py"))
        assert code == run("validate", log, *spec).code


def test_a_spec_uses_the_translation_of_the_nearest_base_that_has_one() -> None:
    found = translation_of(load("blocked_arc_is_looked_up_for_ever"), None)
    assert "mtty" == found.instance.profile
    assert found is translation_of(load("migration"), None)


def test_a_translation_by_path() -> None:
    translation = translation_of(load(SPEC), MAP)
    assert ("melt", "heat") == translation.silent
