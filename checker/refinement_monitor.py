"""Where running processes may have taken effect: every possibility is kept until an answer rules it out.

This is the subset construction of a forward simulation (Lynch and Vaandrager, Forward and Backward Simulations I,
1995): a monitor is the set of all ways to have placed the effects of the calls under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checker.refinement_image import Abstraction, Image, Reply
from spec.lang.machine import Action
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Call:
    """A call under way: its process and thread, its arguments, and the answer of its effect once that has happened."""

    process: str
    thread: tuple[Value, ...]
    args: tuple[tuple[str, Value], ...]
    took: Reply | None = None


Alternative = frozenset[Call]
Monitor = frozenset[Alternative]
NOTHING_RUNS: Monitor = frozenset([frozenset()])


@dataclass(frozen=True, slots=True)
class Block:
    """One step of a process: who, with which arguments of the call, and what it answers (None at a yield)."""

    action: Action
    thread: tuple[Value, ...]
    args: tuple[tuple[str, Value], ...]
    reply: Reply | None


def advance(monitor: Monitor, block: Block, before: Image, after: Image, abstract: Abstraction) -> tuple[Monitor, bool]:
    """The monitor after a block, and whether in some possibility the effect of the call is in this very block.

    An empty monitor means that no placing of the effects explains the block.
    """
    found: set[Alternative] = set()
    effect = False
    for alternative in monitor:
        call, others = _own(alternative, block)
        for moved, here in _moves(call, before, after, abstract):
            if block.reply is None:
                found.add(others | {moved})
            elif moved.took == block.reply:
                found.add(others)
            else:
                continue
            effect = effect or here
    return frozenset(found), effect


def _own(alternative: Alternative, block: Block) -> tuple[Call, Alternative]:
    name = block.action.process
    if not block.action.point:
        return Call(name, block.thread, block.args), alternative
    call = next(c for c in alternative if is_call(c, block))
    return call, alternative - {call}


def is_call(call: Call, block: Block) -> bool:
    """True if the block is one of this call."""
    return call.process == block.action.process and call.thread == block.thread


def _moves(call: Call, before: Image, after: Image, abstract: Abstraction) -> Iterator[tuple[Call, bool]]:
    """What the block may have been: nothing that shows, or the effect of the call."""
    if before == after:
        yield call, False
    if call.took is None:
        for reply in abstract.replies(before, call.process, dict(call.args), after):
            yield replace(call, took=reply), True
