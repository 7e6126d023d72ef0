"""What came of the mutants of a model, as JSON of a fixed form (fields are added, never renamed)."""

from __future__ import annotations

import json

from checker.conform.mutate import Judged, Mutated
from checker.conform.mutate_child import Ran
from checker.conform.mutate_find import file_of
from checker.trace_values import Json

SCHEMA = "uapicheck.mutate/1"


def mutated_json(found: Mutated) -> str:
    """The document; complete or not, it says so in `ended`."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "model": found.model,
        "mutants": [_mutant(j) for j in found.judged],
        "survivors": [j.mutant.name for j in found.survivors],
        "wanted": found.wanted,
        "checks": [{"name": c.name, "about": c.about} for c in found.checks],
        "control": [_ran(r) for r in found.control],
        "ended": found.ended or None,
        "seconds": round(found.seconds, 3),
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def _mutant(judged: Judged) -> Json:
    killer = judged.killer
    return {
        "name": judged.mutant.name,
        "killed": killer is not None,
        "by": killer.check if killer is not None else None,
        "steps": judged.steps,
        "seconds": round(judged.seconds, 3),
        "how": killer.how if killer is not None else None,
        "text": killer.text if killer is not None else None,
        "killers": list(judged.killers),
        "bug": judged.mutant.bug,
        "file": file_of(judged.mutant),
        "old": judged.mutant.old,
        "new": judged.mutant.new,
        "ran": [_ran(r) for r in judged.ran],
    }


def _ran(ran: Ran) -> Json:
    return {
        "check": ran.check,
        "how": ran.how or None,
        "steps": ran.steps,
        "seconds": round(ran.seconds, 3),
        "text": ran.text or None,
    }
