"""Results for other programs: one JSON document of a fixed, versioned form (fields are added, never renamed)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from checker.lint import Finding
from checker.replay import Replayed
from checker.trace_values import Json
from checker.verdict import PropertyResult
from spec.lang.catalogue import Entry

REPORT_SCHEMA = "uapicheck.report/1"
LIST_SCHEMA = "uapicheck.list/1"
LINT_SCHEMA = "uapicheck.lint/1"
REPLAY_SCHEMA = "uapicheck.replay/1"


def report_json(results: Iterable[PropertyResult], *, interrupted: bool = False) -> str:
    """The results of a check as JSON text."""
    document: dict[str, Json] = {"schema": REPORT_SCHEMA, "results": [_row(r) for r in results]}
    if interrupted:
        document["interrupted"] = True
    return json.dumps(document, indent=1, ensure_ascii=False)


def _row(result: PropertyResult) -> Json:
    return {
        "spec": result.spec,
        "property": result.property,
        "kind": result.kind,
        "configuration": result.configuration,
        "verdict": result.verdict.value,
        "engine": result.engine,
        "states": result.states,
        "representatives": result.representatives,
        "transitions": result.transitions,
        "refusals": result.refusals,
        "depth": result.depth,
        "sizes": dict(result.sizes),
        "switches": dict(result.switches),
        "constants": dict(result.constants),
        "scope": result.scope,
        "bound": result.bound.text if result.bound is not None else None,
        "reason": result.reason or None,
        "seconds": round(result.seconds, 3),
        "trace": result.trace_file,
        "trace_length": len(result.trace.steps) if result.trace is not None else None,
        "loop": result.trace.loop if result.trace is not None else None,
        "fairness": list(result.fairness),
        "proved_by": result.proved_by or None,
        "method": result.method or None,
        "k": result.k,
        "invariant": list(result.invariant),
        "cti": list(result.cti),
        "certificate": result.certificate,
        "any_size": list(result.any_size),
        "rests_on": list(result.rests_on),
        "evidence": result.evidence,
        "experimental": result.experimental,
    }


def list_json(entries: Iterable[Entry]) -> str:
    """The catalogue as JSON text; `base` is the class that a spec extends, null for none."""
    rows: list[Json] = [
        {
            "name": entry.name,
            "module": entry.module,
            "kind": entry.kind,
            "base": entry.base or None,
            "title": entry.title,
            "expect": list(entry.breaks),
            "properties": list(entry.properties),
            "class": entry.class_name,
            "id": entry.id or None,
            "status": entry.status or None,
        }
        for entry in entries
    ]
    return json.dumps({"schema": LIST_SCHEMA, "specs": rows}, indent=1, ensure_ascii=False)


def lint_json(findings: Iterable[tuple[str, Finding]], *, complete: bool) -> str:
    """The findings of `lint` as JSON text; `complete` is false where a budget kept claims about reachability back."""
    rows: list[Json] = [
        {
            "spec": spec,
            "code": finding.code,
            "name": finding.name,
            "message": finding.message,
            "file": finding.span.file,
            "line": finding.span.line,
            "column": finding.span.col,
        }
        for spec, finding in findings
    ]
    return json.dumps({"schema": LINT_SCHEMA, "complete": complete, "findings": rows}, indent=1, ensure_ascii=False)


def replay_json(replayed: Replayed, name: str, verdict: str, reason: str) -> str:
    """What a replay showed, as JSON text."""
    document: dict[str, Json] = {
        "schema": REPLAY_SCHEMA,
        "trace": name,
        "spec": replayed.ground.machine.name,
        "property": replayed.stored.property_name,
        "configuration": replayed.stored.configuration,
        "steps": len(replayed.stored.steps),
        "verdict": verdict,
        "reason": reason or None,
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
