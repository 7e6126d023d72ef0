"""Turns C text into a loaded shared object: finds the system compiler and keeps results in the user's cache.

NOTE(cache): the name of a cached object is a hash of the text, the flags, the compiler (path, size and time of
change) and the processor's abilities. It appears by an atomic rename of a finished file, so that any number of
processes may compile at once; whoever comes second replaces equal content. Where the cache cannot be written a
temporary directory serves, for this process only.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from spec.lang.errors import EngineError

BASE_FLAGS = ("-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden", "-w")
LARGE = 60_000
"""Above so many characters of C text -O2 takes twice the time of -O1, and a search gains a tenth to a fifth."""

_begun: dict[Path, Future[None]] = {}
"""What other threads compile, by where it is kept."""

_running: list[subprocess.Popen[str]] = []
"""The compilers at work."""

_PROBE = "#include <stdint.h>\n#include <sys/mman.h>\nunsigned __int128 probe(void) { return sizeof(long); }\n"


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler: the command to run and what tells it from another one."""

    command: tuple[str, ...]
    identity: str


@functools.lru_cache(maxsize=8)
def _compiler(cc: str | None, path: str | None) -> Compiler | None:
    wanted = cc.split() if cc else []
    for command in [wanted] if wanted else [["cc"], ["gcc"], ["clang"]]:
        found = shutil.which(command[0], path=path)
        if found is not None:
            real = Path(found).resolve()
            stat = real.stat()
            return Compiler((found, *command[1:]), f"{real} {stat.st_size} {stat.st_mtime_ns} {command[1:]}")
    return None


def find_compiler() -> Compiler | None:
    """The compiler that `$CC` names, else cc, gcc or clang on `$PATH`; None when there is none."""
    return _compiler(os.environ.get("CC"), os.environ.get("PATH"))


def available() -> bool:
    """True if generated C can be compiled and loaded here: a 64-bit little-endian POSIX system with a compiler
    that has its headers. The trial is made once and its result kept in the cache."""
    if os.name != "posix" or sys.byteorder != "little" or sys.maxsize < 1 << 62:
        return False
    compiler = find_compiler()
    return compiler is not None and _works(compiler)


@functools.lru_cache(maxsize=8)
def _works(compiler: Compiler) -> bool:
    try:
        build(_PROBE, compiler, ("-O0",))
    except EngineError:
        return False
    return True


def cache_directory() -> Path:
    """`uapicheck` under `$XDG_CACHE_HOME`, or under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache") / "uapicheck"


@functools.lru_cache(maxsize=1)
def processor() -> str:
    """What `-march=native` depends on."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            first = file.read(8192).split("\n\n")[0].splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    kept = ("model name", "cpu family", "model", "flags", "Features", "CPU part")
    return "\n".join(line for line in first if line.split(":")[0].strip() in kept)


def flags_for(text: str) -> tuple[str, ...]:
    """How to compile a program of this size; `$UAPICHECK_CFLAGS` decides instead when it is set."""
    asked = os.environ.get("UAPICHECK_CFLAGS")
    return tuple(asked.split()) if asked else ("-O1" if len(text) > LARGE else "-O2", "-march=native")


def build(text: str, compiler: Compiler, flags: tuple[str, ...]) -> ctypes.CDLL:
    """Compiles the text, or takes it from the cache, and loads it. EngineError when the compiler refuses."""
    target = _target(text, compiler, flags)
    begun = _begun.get(target)
    if begun is not None and not begun.cancelled():
        begun.exception()  # waits; what went wrong is seen below
    if target.exists():
        with contextlib.suppress(OSError):
            return ctypes.CDLL(str(target))
    with contextlib.suppress(OSError):
        _fill(target, text, compiler, flags)
        return ctypes.CDLL(str(target))
    with tempfile.TemporaryDirectory(prefix="uapicheck-") as scratch:
        made = _compile(text, compiler, flags, Path(scratch))
        try:
            return ctypes.CDLL(str(made))
        except OSError as error:
            raise EngineError(f"the compiled search cannot be loaded: {error}") from error


def begin(text: str, compiler: Compiler, flags: tuple[str, ...], pool: ThreadPoolExecutor) -> Future[None] | None:
    """Begins to compile the text into the cache, in a thread of the pool; None if it is there, or under way."""
    target = _target(text, compiler, flags)
    if target in _begun or target.exists():
        return None
    begun = _begun[target] = pool.submit(_fill, target, text, compiler, flags)
    begun.add_done_callback(lambda _: _begun.pop(target, None))
    return begun


def stop() -> None:
    """Stops the compilers that were begun in other threads."""
    for process in list(_running):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGTERM)


def _target(text: str, compiler: Compiler, flags: tuple[str, ...]) -> Path:
    """Where the compiled text is kept."""
    parts = (text, " ".join(BASE_FLAGS + flags), compiler.identity, processor())
    return cache_directory() / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}.so"


def _fill(target: Path, text: str, compiler: Compiler, flags: tuple[str, ...]) -> None:
    """Compiles the text into the cache. OSError where that cannot be written."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="build-", dir=target.parent) as scratch:
        os.replace(_compile(text, compiler, flags, Path(scratch)), target)


def _compile(text: str, compiler: Compiler, flags: tuple[str, ...], scratch: Path) -> Path:
    source, made = scratch / "machine.c", scratch / "machine.so"
    source.write_text(text, encoding="utf-8")
    command = [*compiler.command, *BASE_FLAGS, *flags, "-o", str(made), str(source)]
    try:
        code, said = _run(command)
    except OSError as error:
        raise EngineError(f"the C compiler {compiler.command[0]} cannot be run: {error}") from error
    if code or not made.exists():
        shown = "\n".join(said.strip().splitlines()[:8]) or f"exit code {code}"
        raise EngineError(f"the C compiler {compiler.command[0]} failed:\n{shown}")
    return made


def _run(command: list[str]) -> tuple[int, str]:
    """The exit code and what was said. The compiler is the leader of a group, so that what it starts ends with it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True
    ) as process:
        _running.append(process)
        try:
            said, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        finally:
            _running.remove(process)
    return process.returncode, said
