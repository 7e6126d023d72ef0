"""Compiling ahead: searches find it done or wait for it, nothing else changes, an early end leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker import cli_check
from checker.check import Plan, Prepared
from checker.explicit import c_engine, compile
from checker.explicit.ahead import Ahead
from checker.explorations import Exploration, Limits
from spec.lang.catalogue import Entry, catalogue
from spec.lang.errors import EngineError, RequestError, UapiCheckError
from spec.lang.ground import GroundMachine
from spec.lang.machine import Machine
from spec.lang.resolver import Resolver
from tests.explicit.test_c_compile import needs_compiler, script
from tests.machines_by_hand import claim_machine, door_machine
from tests.sessions import sessions

LONG = 60
"""Seconds after which something that was to end has not."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "uapicheck"


def found(machine: GroundMachine) -> Exploration:
    return c_engine.explore(machine, {}, Limits())


@pytest.fixture
def compiled(cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that have compiled, once for every text."""
    names: list[str] = []
    real = compile._compile

    def counted(text: str, compiler: compile.Compiler, flags: tuple[str, ...], scratch: Path) -> Path:
        time.sleep(0.3)
        names.append(threading.current_thread().name.partition("_")[0])
        return real(text, compiler, flags, scratch)

    assert compile.available()
    monkeypatch.setattr(compile, "_compile", counted)
    return names


@needs_compiler
def test_a_search_waits_for_what_is_under_way(compiled: list[str]) -> None:
    with Ahead(1) as ahead:
        for machine in (door_machine(), claim_machine()):
            ahead.add(machine)
            ahead.add(machine)
        states = [found(door_machine()).states, found(claim_machine()).states]
    assert compiled == ["compile", "compile"]
    assert states == [found(door_machine()).states, found(claim_machine()).states] and len(compiled) == 2
    with Ahead(1) as ahead:
        ahead.add(door_machine())
    assert len(compiled) == 2, "the cache has it"


@needs_compiler
def test_what_was_not_begun_is_compiled_by_the_search(compiled: list[str]) -> None:
    with Ahead(1) as ahead:
        ahead.add(door_machine())
        ahead.add(claim_machine())
    assert found(claim_machine()).states
    assert compiled[-1] == "MainThread" and len(compiled) <= 2


@needs_compiler
def test_a_failure_is_told_by_the_search(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = script(tmp_path / "cc", 'echo "machine.c:1: out of registers" >&2; exit 1')
    monkeypatch.setattr(compile, "find_compiler", lambda: compile.Compiler((str(broken),), "broken"))
    monkeypatch.setattr(c_engine, "find_compiler", compile.find_compiler)
    monkeypatch.setattr(compile, "available", lambda: True)
    with Ahead() as ahead:
        ahead.add(door_machine())
        with pytest.raises(EngineError, match="out of registers"):
            found(door_machine())


def test_an_early_end_stops_compilers_and_what_they_started(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    slow = script(tmp_path / "cc", f"sleep 3600 &\necho $! > {begun}.tmp; mv {begun}.tmp {begun}; wait")
    monkeypatch.setattr(compile, "find_compiler", lambda: compile.Compiler((str(slow),), "slow"))
    monkeypatch.setattr(compile, "available", lambda: True)

    def work() -> None:
        with Ahead(1) as ahead:
            ahead.add(door_machine())
            ahead.add(claim_machine())
            while not begun.exists():
                time.sleep(0.01)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LONG)
    assert not thread.is_alive()
    assert not [name for name in cache.iterdir() if name.name.startswith("build-")]
    assert gone(int(begun.read_text()))


def gone(process: int) -> bool:
    """Whether the process ends soon; a zombie has."""
    for _ in range(LONG * 20):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_without_a_compiler_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile, "find_compiler", lambda: None)
    with Ahead() as ahead:
        ahead.add(door_machine())


# --- check --all ----------------------------------------------------------------------------------------------------


def loading(failing: str, error: Callable[[], BaseException]) -> Callable[[str], Machine]:
    """`load`, but for one spec."""
    real = cli_check.load

    def load(target: str) -> Machine:
        if target.endswith(failing):
            raise error()
        return real(target)

    return load


def small() -> list[Entry]:
    return [e for e in catalogue(Resolver()) if e.name in SMALL]


SMALL = ("claim_under_mutex", "vfio_removal", "group_outlives_its_devices", "explicit_none_state")


@pytest.mark.parametrize("early", [0, 1, 4, 100])
def test_specs_come_in_their_order_with_what_is_wrong_with_them(early: int, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = small()
    wrong = entries[1]
    monkeypatch.setattr(cli_check, "EARLY", early)
    monkeypatch.setattr(cli_check, "load", loading(wrong.class_name, lambda: RequestError("wrong")))
    with Ahead() as ahead:
        made = list(cli_check.early(entries, Plan(engine="python"), ahead))
    assert [entry for entry, _ in made] == entries
    assert [isinstance(one, UapiCheckError) for _, one in made] == [entry is wrong for entry in entries]
    assert all(one.target == entry.name for entry, one in made if isinstance(one, Prepared))


def test_ctrl_c_while_a_spec_is_read_keeps_what_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = small()
    monkeypatch.setattr(cli_check, "catalogue", lambda resolver: entries)
    monkeypatch.setattr(cli_check, "EARLY", 0)
    monkeypatch.setattr(cli_check, "load", loading(entries[2].class_name, KeyboardInterrupt))
    session = sessions(capsys)("check", "--all", "--engine", "python")
    assert session.code == 130
    assert entries[0].name in session.out and entries[2].name not in session.out
