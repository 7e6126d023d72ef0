"""What came of holding a model against its spec, as JSON of a fixed form (fields are added, never renamed)."""

from __future__ import annotations

import json

from checker.conform.differences import Difference, Found
from checker.conform.implementation import Plain
from checker.conform.report import Part, Report
from checker.conform.spec_side import Expected
from checker.trace_values import Json

SCHEMA = "uapicheck.conform/1"


def report_json(report: Report) -> str:
    """The document."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "model": report.model,
        "spec": report.spec,
        "pairs": report.pairs,
        "covered": report.covered,
        "calls": report.calls,
        "seconds": round(report.seconds, 3),
        "differences": [_difference(one, report.found) for one in report.found.kept],
        "total_differences": report.found.total,
        "conclusive": report.conclusive,
        "interrupted": report.interrupted,
        "ghosts": list(report.ghosts),
        "skipped": list(report.skipped),
        "unjudged": list(report.unmet("unjudged")),
        "idle": list(report.unmet("idle")),
        "unchosen": list(report.unmet("unchosen")),
        "cases": [_part(part) for part in report.parts],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def _part(part: Part) -> Json:
    found: dict[str, Json] = {
        "case": part.case,
        "check": part.mode,
        "configuration": part.configuration,
        "kernel": part.kernel,
        "sizes": dict(part.sizes),
        "constants": part.constants,
        "constants_of": part.of,
        "states": part.states,
        "reachable": part.reached or None,
        "pairs": part.pairs,
        "covered": part.covered,
        "calls": part.calls,
        "seconds": round(part.seconds, 3),
        "stopped": part.stopped or None,
        "spec_faults": part.faults,
        "outside_boundary": part.outside,
        "ghosts": list(part.ghosts),
        "idle": list(part.idle),
        "unjudged": list(part.unjudged),
        "unchosen": list(part.unchosen),
        "unused": [{"action": a, "choice": c, "pairs": n} for (a, c), n in sorted(part.unused.items())],
    }
    found["beyond"] = [{"action": a, "choice": c, "pairs": n} for (a, c), n in sorted(part.beyond.items())]
    if part.mode == "faults":
        found["failures"] = part.made
        found["every_pair"] = part.every
        ends = sorted(part.ends.items())
        found["places"] = [{"action": a, "place": p, "end": e, "count": n} for (a, p, e), n in ends]
        found["excluded"] = [{"action": a, "place": p, "count": n} for (a, p), n in sorted(part.excluded.items())]
    if part.mode == "hypothesis":
        found["rules"] = {action: dict(sorted(counts.items())) for action, counts in sorted(part.rules.items())}
    return found


def _difference(one: Difference, found: Found) -> Json:
    return {
        "found_by": one.found_by,
        "case": one.case,
        "constants": {name: _plain(value) for name, value in one.side.setting.constants.items()},
        "start": [[name, _plain(value)] for name, value in one.initial.choices],
        "path": [_call(call) for call in one.path],
        "call": None if one.call is None else _call(one.call),
        "injected": None if one.injected is None else {"number": one.injected.number, "place": one.injected.place},
        "differs": [{"what": d.what, "where": d.where, "expected": d.expected, "got": d.got} for d in one.details],
        "count": found.counts[one.sort],
    }


def _call(call: Expected) -> Json:
    return {
        "action": call.action,
        "args": [_plain(word) for word in call.args],
        "choices": [[name, _plain(value)] for name, value in call.choices],
        "kind": call.kind,
        "errno": call.errno or None,
        "outputs": {name: _plain(value) for name, value in call.outputs.items()},
    }


def _plain(word: Plain) -> Json:
    """A set becomes a sorted list, a tuple a list."""
    match word:
        case frozenset():
            return [_plain(w) for w in sorted(word, key=repr)]
        case tuple():
            return [_plain(w) for w in word]
        case _:
            return word
