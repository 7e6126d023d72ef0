"""What a log said about a spec, as JSON of a fixed form (fields are added, never renamed)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from checker.conform.protocol import About
from checker.conform.validate import Differing, Tally, Validated
from checker.trace_values import Json

SCHEMA = "uapicheck.validate/1"


def validated_json(
    found: Validated, *, log: str, against: str, instance: dict[str, Json], unjudged: Sequence[str]
) -> str:
    """The document; `against` names the spec, `instance` its settings."""
    total, told = found.total, found.told()
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "log": log,
        "against": against,
        "instance": instance,
        "sequences": found.sequences,
        "steps": total.steps,
        "agree": total.agree,
        "skipped": {op: tally.skipped for op, tally in _sorted(found.ops) if tally.skipped},
        "differ": [_differing(d, told.get(place, ())) for place, d in enumerate(found.differ)],
        "loose": total.loose,
        "explained": sum(1 for d in found.differ if d.explained),
        "ops": {op: _tally(tally) for op, tally in _sorted(found.ops)},
        "decided_by": {about: _decided(found, about) for about in sorted(found.deciders)},
        "why_skipped": [
            {"op": op, "why": why, "steps": count} for (op, why), count in sorted(found.why_skipped.items())
        ],
        "unjudged": list(unjudged),
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def _sorted(ops: dict[str, Tally]) -> list[tuple[str, Tally]]:
    return sorted(ops.items())


def _tally(tally: Tally) -> Json:
    return {"agree": tally.agree, "differ": tally.differ, "skipped": tally.skipped, "loose": tally.loose}


def _decided(found: Validated, about: About) -> Json:
    tally = found.deciders[about]
    return {"agree": tally.agree, "differ": tally.differ, "loose": tally.loose}


def _differing(d: Differing, there: Sequence[str]) -> Json:
    return {
        "sequence": d.sequence,
        "line": d.line,
        "step": d.step,
        "op": d.op,
        "call": d.call,
        "expected": d.expected,
        "recorded": d.recorded,
        "reason": d.reason,
        "decided_by": d.about,
        "valid_prefix": d.valid,
        "again": d.again,
        "explained": d.explained or None,
        "there": list(there),
    }
