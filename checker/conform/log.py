"""Reading a log of recorded calls: one JSON object per line and sequence, plain or gzipped, nothing of it trusted."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from checker.trace_values import Json
from spec.lang.errors import RequestError

GZIP = b"\x1f\x8b"
Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class LogStep:
    """One recorded call: what was asked, the symbolic errno (`OK` where it succeeded), and what came back.

    `new` are the names that the call made, `gone` those that stopped existing during it; `warned` says that the kernel
    printed a WARN or died of an oops.
    """

    op: str
    args: dict[str, str]
    errno: str
    out: Object
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    warned: bool = False


@dataclass(frozen=True, slots=True)
class LogSequence:
    """One run from a fresh start; `line` is its place in the file, `incomplete` that it ended before its script did.

    `group` says what the machine was that it was recorded on, in the words of the recorder.
    """

    id: str
    line: int
    steps: tuple[LogStep, ...]
    kernel: str = ""
    incomplete: bool = False
    file: str = ""
    group: str = ""


def read_log(path: str) -> list[LogSequence]:
    """The sequences of a log file in file order; RequestError with file and line for anything that is none."""
    text = _text(path)
    sequences = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            sequences.append(_Line(path, number).sequence(line))
    if not sequences:
        raise RequestError(f"{path}: the log is empty")
    return sequences


def _text(path: str) -> str:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file") from None
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    if data.startswith(GZIP):
        data = _unpacked(data, path)
    elif path.endswith(".gz"):
        raise RequestError(f"{path}: not a gzip file, though its name says so")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RequestError(f"{path}:{line}: not a text file, so not a log") from None


def _unpacked(data: bytes, path: str) -> bytes:
    try:
        return gzip.decompress(data)
    except EOFError:
        raise RequestError(f"{path}: the gzip file is truncated") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RequestError(f"{path}: the gzip file is damaged: {error}") from None


class _Line:
    """Checks the form of one line, naming its place in every message."""

    def __init__(self, path: str, number: int) -> None:
        self.path, self.number = path, number

    def wrong(self, what: str) -> RequestError:
        return RequestError(f"{self.path}:{self.number}: {what}")

    def sequence(self, text: str) -> LogSequence:
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            place = f"{self.path}:{self.number}:{error.colno}"
            raise RequestError(f"{place}: the line is truncated or no JSON: {error.msg}") from None
        except RecursionError:
            raise self.wrong("nested too deeply to be a sequence") from None
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            raise self.wrong("not a sequence: an object with a text `id` and a list `steps` is wanted")
        steps = found.get("steps")
        if not isinstance(steps, list):
            raise self.wrong(f"sequence {found['id']} has no list `steps`")
        kernel, group = found.get("kernel"), found.get("group")
        return LogSequence(
            id=found["id"],
            line=self.number,
            steps=tuple(self.step(step, f"step {place}") for place, step in enumerate(steps, start=1)),
            kernel=kernel if isinstance(kernel, str) else "",
            incomplete=found.get("incomplete") is True,
            file=self.path,
            group=group if isinstance(group, str) else "",
        )

    def step(self, step: Json, where: str) -> LogStep:
        if not isinstance(step, dict):
            raise self.wrong(f"{where} is not an object")
        op, errno = step.get("op"), step.get("errno")
        if not isinstance(op, str) or not isinstance(errno, str):
            raise self.wrong(f"{where} lacks `op` or `errno`, two texts")
        args, out = step.get("args", {}), step.get("out", {})
        if not isinstance(args, dict) or not isinstance(out, dict):
            raise self.wrong(f"{where}: `args` and `out` must be objects")
        texts = {name: value for name, value in args.items() if isinstance(value, str)}
        if len(texts) < len(args):
            raise self.wrong(f"{where}: every argument must be a text")
        return LogStep(
            op=op,
            args=texts,
            errno=errno,
            out=out,
            new=self.names(step, "new", where),
            gone=self.names(step, "gone", where),
            warned="kwarn" in step or errno == "KERNEL_OOPS",
        )

    def names(self, step: Object, key: str, where: str) -> tuple[str, ...]:
        listed = step.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise self.wrong(f"{where}: `{key}` must be a list of texts")
        return tuple(str(name) for name in listed)
