"""`uapicheck simulate` and `uapicheck replay`: traces made at random, and traces read back."""

from __future__ import annotations

import sys

from checker.cli_options import FormatName
from checker.cli_output import Output
from checker.constants import constant_choices
from checker.replay import Replayed, replay
from checker.report_json import replay_json
from checker.report_text import violated_lines
from checker.request import Settings, instances
from checker.simulate import simulate
from checker.trace import to_json
from checker.trace_read import read_file
from checker.trace_table import start_lines, trace_lines
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, VIOLATED_EXIT, Verdict
from spec.lang.errors import RequestError, UapiCheckError
from spec.lang.frontend import load
from spec.lang.ground import ground


def run_simulate(
    target: str, settings: Settings, steps: int, seed: int, refusals: bool, output_format: FormatName, verbose: int
) -> int:
    """Walks through the first configuration (or the one named) at the first choice of its constants."""
    machine = load(target)
    instance = instances(machine, settings)[0]
    finite = ground(machine, instance.sizes, instance.switches)
    choices = constant_choices(finite, instance.constants)
    if not choices:
        raise RequestError(f"{machine.name}: the assumptions rule out every choice of the constants")
    walk = simulate(
        finite, choices[0], steps=steps, seed=seed, configuration=instance.configuration, refusals=refusals
    )
    if output_format == "json":
        sys.stdout.write(to_json(walk.trace, finite))
    else:
        sizes = " ".join(f"{name}={size}" for name, size in finite.sizes.items())
        lines = [f"{machine.name} {instance.configuration}: {sizes}, seed {seed}", ""]
        lines += [*start_lines(walk.trace, finite), ""] if verbose else []
        lines += trace_lines(walk.trace, finite)
        lines += ["", f"stopped after {len(walk.trace.steps)} steps: {walk.stopped}"] if walk.stopped else []
        lines += violated_lines(machine, walk.broken[1]) if walk.broken is not None else []
        sys.stdout.write("\n".join(lines) + "\n")
    return VIOLATED_EXIT if walk.broken is not None else HOLDS_EXIT


def run_replay(path: str, target: str | None, any_text: bool, output: Output) -> int:
    """Replays a trace: 1 if it breaks its promise as before, 0 if it does not any more, 3 if it cannot be taken."""
    raw = read_file(path)
    try:
        machine = load(target if target is not None else raw.target)
    except UapiCheckError as error:
        if target is not None:
            raise
        message = f"{path}: the spec of the trace, {raw.target}, cannot be read\n{error}"
        raise RequestError(f"{message}\n  hint: name the spec with --spec") from error
    replayed = replay(raw, machine, any_digest=any_text)
    verdict, reason = _verdict(replayed)
    if output.is_json:
        output.lines([replay_json(replayed, path, verdict.value, reason)])
    else:
        output.lines(_replay_lines(replayed, verdict, reason, output))
    match verdict:
        case Verdict.VIOLATED:
            return VIOLATED_EXIT
        case Verdict.UNKNOWN:
            return INCONCLUSIVE_EXIT
        case _:
            return HOLDS_EXIT


def _verdict(replayed: Replayed) -> tuple[Verdict, str]:
    stored = replayed.stored
    if replayed.deviates:
        return Verdict.UNKNOWN, replayed.deviates
    if stored.kind == "goal":
        if replayed.finding is not None:
            return Verdict.HOLDS, "the goal is reached as before"
        return Verdict.UNKNOWN, "the trace no longer reaches the goal"
    if replayed.finding is not None:
        return Verdict.VIOLATED, "the trace still leads to the violation"
    return Verdict.HOLDS, "the trace no longer leads to a violation" if stored.property_name else "every step as stored"


def _replay_lines(replayed: Replayed, verdict: Verdict, reason: str, output: Output) -> list[str]:
    stored, machine = replayed.stored, replayed.ground.machine
    what = stored.property_name or "random walk"
    lines = [f"{machine.name} {stored.configuration}: {what}", ""]
    lines += [*start_lines(stored, replayed.ground), ""] if output.shown.verbose else []
    lines += [*trace_lines(replayed.now or stored, replayed.ground), ""]
    if replayed.finding is not None:
        lines += [*violated_lines(machine, replayed.finding), ""]
    return [*lines, output.shown.style.verdict(verdict, f"{verdict.label} {what}: {reason}")]
