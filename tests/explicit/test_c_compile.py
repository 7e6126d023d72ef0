"""Finding the compiler, and the cache of compiled machines."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checker.explicit import c_engine, compile
from checker.explorations import Limits
from spec.lang.errors import EngineError
from tests.explicit.c_reference import bare
from tests.machines_by_hand import claim_machine, door_machine

needs_compiler = pytest.mark.skipif(not c_engine.available(), reason="no C compiler")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "uapicheck"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_without_a_compiler_the_engine_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compile.find_compiler() is None
    assert not c_engine.available()
    with pytest.raises(EngineError, match="no C compiler"):
        c_engine.explore(door_machine(), {}, Limits())


def test_a_compiler_that_fails_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    broken = script(tmp_path / "broken-cc", 'echo "machine.c:1: no headers" >&2; exit 1')
    monkeypatch.setenv("CC", str(broken))
    assert not c_engine.available()
    with pytest.raises(EngineError, match="no headers"):
        c_engine.explore(door_machine(), {}, Limits())
    assert not list(cache.glob("*.so"))


@needs_compiler
def test_the_second_search_compiles_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = c_engine.explore(door_machine(), {}, Limits())
    assert 1 == len(list(cache.glob("*.so")))

    def refuse(*_: object) -> Path:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compile, "_compile", refuse)
    assert bare(first) == bare(c_engine.explore(door_machine(), {}, Limits()))
    with pytest.raises(AssertionError, match="compiled again"):
        c_engine.explore(claim_machine(1), {}, Limits())


@needs_compiler
def test_another_compiler_is_another_entry(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    c_engine.explore(door_machine(), {}, Limits())
    real = compile.find_compiler()
    assert real is not None
    monkeypatch.setenv("CC", str(script(tmp_path / "other-cc", f'exec {" ".join(real.command)} "$@"')))
    c_engine.explore(door_machine(), {}, Limits())
    assert 2 == len(list(cache.glob("*.so")))


@needs_compiler
def test_a_damaged_entry_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "sound"))
    expected = c_engine.explore(door_machine(), {}, Limits())
    (entry,) = (tmp_path / "sound").rglob("*.so")
    damaged = tmp_path / "damaged" / "uapicheck" / entry.name
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"no shared object")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "damaged"))
    assert bare(expected) == bare(c_engine.explore(door_machine(), {}, Limits()))
    assert entry.read_bytes()[:4] == damaged.read_bytes()[:4]


@needs_compiler
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert 3 == c_engine.explore(door_machine(), {}, Limits()).states


@needs_compiler
def test_many_at_once_share_one_cache(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: c_engine.explore(claim_machine(2), {}, Limits()).states, range(8)))
    assert [15] * 8 == found
    assert 1 == len(list(cache.iterdir())), "no half-made files stay behind"


@needs_compiler
def test_many_processes_share_one_cache(cache: Path) -> None:
    text = (
        "from checker.explicit import c_engine\nfrom checker.explorations import Limits\n"
        "from tests.machines_by_hand import claim_machine\n"
        "print(c_engine.explore(claim_machine(2), {}, Limits()).states)"
    )
    command = [sys.executable, "-c", text]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) for _ in range(4)]
    assert ["15"] * 4 == [process.communicate(timeout=60)[0].strip() for process in running]
    assert 1 == len(list(cache.iterdir()))


def test_the_cache_directory_follows_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Path("/somewhere/uapicheck") == compile.cache_directory()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert Path("/home/me/.cache/uapicheck") == compile.cache_directory()
