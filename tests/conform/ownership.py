"""The recorded ownership logs, and judging them against the spec with one of its refusals dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from checker.cli_validate import possible_of
from checker.conform.log import LogSequence, read_log
from checker.conform.possible import Possible
from checker.conform.protocol import Translation
from checker.conform.translations import translation_of
from checker.conform.validate import Validated, judge_log
from checker.request import Settings
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine
from spec.lang.ir import Call, OutcomeLit
from spec.lang.ir_stmt import For, If, Return, Stmt
from tests.conform.judging import RECORDED

TARGET = "dma_ownership"
NAMES = ("vfio-ownership", "vfio-ownership-exhaustive", "vfio-ownership-iommufdcontainer")


@cache
def log(name: str) -> tuple[LogSequence, ...]:
    """The sequences of a recorded file."""
    return tuple(read_log(str(RECORDED / f"{name}.jsonl.gz")))


def sequence(log_name: str, name: str) -> LogSequence:
    """One sequence by its name."""
    return next(s for s in log(log_name) if s.id == name)


@cache
def translation() -> Translation:
    """What the ops of the logs are."""
    return translation_of(load(TARGET), None)


@cache
def machine() -> Possible:
    """The states of the spec that come up; kept, because all of them are worked out only once."""
    return possible_of(load(TARGET), translation(), Settings())[0]


def judged(sequences: Iterable[LogSequence], possible: Possible | None = None) -> Validated:
    """What these sequences say about the spec, or about another machine."""
    return judge_log(sequences, possible or machine(), translation())


# --- mutants of the spec ------------------------------------------------------------------------------------------


def without(reason: str) -> Possible:
    """The spec in which nothing is refused for this reason."""
    ground = machine().ground
    functions = {
        key: replace(function, body=_dropped(function.body, reason, ground))
        for key, function in ground.functions.items()
    }
    assert functions != ground.functions, f"nothing is refused as {reason}"
    return Possible(replace(ground, functions=functions), machine().choices)


def always(function: str) -> Possible:
    """The spec in which this guard lets everything pass."""
    ground = machine().ground
    functions = {
        key: replace(f, body=_passing(f.body)) if key.rpartition(".")[2] == function else f
        for key, f in ground.functions.items()
    }
    assert functions != ground.functions, f"there is no guard {function}"
    return Possible(replace(ground, functions=functions), machine().choices)


def _dropped(body: tuple[Stmt, ...], reason: str, ground: GroundMachine) -> tuple[Stmt, ...]:
    kept: list[Stmt] = []
    for stmt in body:
        match stmt:
            case If(then=then, other=other) if any(_refuses(inner, reason, ground) for inner in then):
                kept += _dropped(other, reason, ground)
            case If(then=then, other=other):
                then, other = _dropped(then, reason, ground), _dropped(other, reason, ground)
                kept.append(replace(stmt, then=then, other=other))
            case For(body=inner):
                kept.append(replace(stmt, body=_dropped(inner, reason, ground)))
            case _:
                kept.append(stmt)
    return tuple(kept)


def _refuses(stmt: Stmt, reason: str, ground: GroundMachine) -> bool:
    return (
        isinstance(stmt, Return)
        and isinstance(stmt.value, OutcomeLit)
        and ground.machine.sites[stmt.value.site].reason == reason
    )


def _passing(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The last statement of a guard alone, by which it lets pass; a guard that hands on to another one is left."""
    last = body[-1]
    assert isinstance(last, Return)
    assert isinstance(last.value, Call) or (isinstance(last.value, OutcomeLit) and last.value.site == 0)
    return (last,)
