"""Holding what an engine says of a call against the meaning of the spec (`checker.evaluate`)."""

from __future__ import annotations

from checker.conform.plain import plain_of
from checker.conform.spec_side import Expected, SpecSide
from checker.evaluate import run
from spec.lang.values import decode


def agree(side: SpecSide, state: int, call: Expected) -> None:
    """The meaning of the spec says the same of this call in this state; AssertionError if not, since then the checker
    itself is wrong and nothing that it says of a model counts."""
    ground, layout = side.ground, side.engine.layout
    action = ground.actions[call.index]
    params = ground.functions[action.function].params
    args = tuple(decode(code, p.type, ground) for code, p in zip(call.codes, params, strict=True))
    done = run(ground, side.constants, layout.decode(layout.unpack(state)), action, args, call.tape)
    wanted = (call.tape, call.site, call.outputs, call.warned, state ^ call.change)
    if done.kind != "step" or done.outcome is None:
        raise AssertionError(f"{action.name}{call.args}: the engine answers, the meaning of the spec is '{done.kind}'")
    outputs = {name: plain_of(value, ground) for name, value in done.outcome.outputs}
    said = (done.codes, done.outcome.site, outputs, bool(done.warnings), layout.pack(layout.encode(done.after)))
    if said != wanted:
        raise AssertionError(f"{action.name}{call.args}: the engine says {wanted}, the meaning of the spec {said}")
