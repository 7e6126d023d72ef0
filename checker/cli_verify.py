"""`uapicheck verify`: whether a stored certificate is one, for the spec as it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.cli_output import Output
from checker.trace_values import Json
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, INTERRUPTED_EXIT, VIOLATED_EXIT, Verdict

if TYPE_CHECKING:
    from checker.symbolic.certificate_finding import Checks, Finding
    from checker.symbolic.certificate_verify import Verified

VERIFY_SCHEMA = "uapicheck.verify/1"
WORDS = {"ok": "verified", "refused": "refused", "unknown": "unknown"}


def run_verify(
    directories: Sequence[str],
    target: str | None,
    *,
    seconds: float | None,
    cvc5_seconds: float,
    runs: int,
    output: Output,
) -> int:
    """Verifies certificates: 1 if one is refused, else 3 if a solver did not say, else 0; 130 after Ctrl-C."""
    from checker.symbolic.certificate_finding import Checks
    from checker.symbolic.certificate_verify import verify  # here: loading Z3 takes a while

    default = Checks()
    checks = Checks(default.seconds if seconds is None else seconds, cvc5_seconds, runs)
    found: list[tuple[str, Verified]] = []
    for directory in directories:
        found.append((directory, verify(directory, target=target, checks=checks)))
        if not output.is_json:
            output.lines(_lines(*found[-1], checks, output))
        if found[-1][1].interrupted:
            break
    if output.is_json:
        output.lines([verify_json(found)])
    if any(verified.interrupted for _, verified in found):
        return INTERRUPTED_EXIT
    levels = {verified.level for _, verified in found}
    return VIOLATED_EXIT if "refused" in levels else INCONCLUSIVE_EXIT if "unknown" in levels else HOLDS_EXIT


def _lines(directory: str, verified: Verified, checks: Checks, output: Output) -> list[str]:
    certificate, style = verified.certificate, output.shown.style
    sizes = " ".join(f"{name}={size}" for name, size in certificate.sizes.items())
    lines = [f"{certificate.spec} {certificate.configuration}: {sizes}".removesuffix(": "), ""]
    shown = [f for f in verified.findings if f.level not in ("ok", "note") or not output.quiet]
    wide = max((len(f.about) for f in shown), default=0)
    lines += [f"  {_mark(f, output)} {f.about:<{wide}}  {f.message}" for f in shown]
    count, method = len(certificate.promises), certificate.method
    what = f"{directory}: {count} promises by {len(certificate.invariant)} conjuncts, found by {method}"
    verdict = {"ok": Verdict.HOLDS, "refused": Verdict.VIOLATED}.get(verified.level, Verdict.UNKNOWN)
    if output.shown.verbose:
        lines += ["", *(f"  {promise.kind:<10} {promise.name}" for promise in certificate.promises)]
    if certificate.axioms and not output.quiet:
        lines += ["", f"  rests on: {', '.join(certificate.axioms)}"]
    return [*lines, "", style.verdict(verdict, f"{WORDS[verified.level].upper()} {what}")]


def _mark(finding: Finding, output: Output) -> str:
    words = {"ok": ("ok     ", Verdict.HOLDS), "note": ("note   ", Verdict.UNKNOWN)}
    words |= {"refused": ("refused", Verdict.VIOLATED), "unknown": ("unknown", Verdict.UNKNOWN)}
    word, verdict = words[finding.level]
    return output.shown.style.verdict(verdict, word)


def verify_json(found: Sequence[tuple[str, Verified]]) -> str:
    """What verification showed, as JSON text."""
    rows: list[Json] = [
        {
            "certificate": directory,
            "spec": verified.certificate.spec,
            "target": verified.certificate.target,
            "configuration": verified.certificate.configuration,
            "sizes": dict(verified.certificate.sizes),
            "method": verified.certificate.method,
            "axioms": list(verified.certificate.axioms),
            "promises": [{"name": p.name, "kind": p.kind} for p in verified.certificate.promises],
            "conjuncts": len(verified.certificate.invariant),
            "result": WORDS[verified.level],
            "findings": [{"level": f.level, "about": f.about, "message": f.message} for f in verified.findings],
        }
        for directory, verified in found
    ]
    return json.dumps({"schema": VERIFY_SCHEMA, "certificates": rows}, indent=1, ensure_ascii=False)
