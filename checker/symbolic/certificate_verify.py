"""Whether a stored certificate is one: its scripts are made anew from `certificate.json` and the spec, and solved.

Nothing stored is believed. The scripts must be, byte by byte, what `certificate.json` means of the spec; Z3 must answer
`unsat` to every question; every conjunct must be needed; and the relation in the scripts is compared with
`checker.evaluate` on runs at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from checker.symbolic.certificate import axioms_of
from checker.symbolic.certificate_derive import Derived, derive
from checker.symbolic.certificate_finding import Checks, Finding, Level
from checker.symbolic.certificate_form import FILE, SCRIPTS, TYPED, Certificate, describe, parse
from checker.symbolic.certificate_minimal import Minimal
from checker.symbolic.certificate_solve import asking
from checker.symbolic.plain_agree import Agreement, Disagreement, random_value, walk
from checker.symbolic.plain_script import SECTION
from checker.symbolic.solver import Unknown
from spec.lang.errors import RequestError, UapiCheckError
from spec.lang.frontend import load
from spec.lang.machine import Machine

VALUATIONS = 50
"""How many valuations of open constants are drawn to find one that is as assumed."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found about the certificate."""

    certificate: Certificate
    findings: tuple[Finding, ...]
    interrupted: bool = False

    @property
    def level(self) -> Level:
        """The worst: refused, then unknown, else ok."""
        levels = {f.level for f in self.findings}
        return "refused" if "refused" in levels else "unknown" if "unknown" in levels else "ok"


def verify(directory: str | Path, *, target: str | None = None, checks: Checks | None = None) -> Verified:
    """Verifies the certificate in a directory, of the spec that it names or of `target`.

    Ctrl-C ends it with what was found so far. RequestError where a file is missing or no certificate, or the spec
    cannot be read; `CannotEncode` for a spec that cannot be encoded any more.
    """
    stored = {name: read_text(Path(directory, name)) for name in (FILE, *SCRIPTS)}
    certificate = parse(stored[FILE], str(Path(directory, FILE)))
    machine = _load(certificate, target)
    found: list[Finding] = []
    try:
        for finding in _findings(certificate, machine, stored, checks or Checks()):
            found.append(finding)
    except KeyboardInterrupt:
        found.append(Finding("unknown", "the rest", "was not looked at: interrupted"))
        return Verified(certificate, tuple(found), interrupted=True)
    return Verified(certificate, tuple(found))


def read_text(path: Path) -> str:
    """The text of a file; RequestError where there is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file, so this is no certificate") from None
    except UnicodeDecodeError:
        raise RequestError(f"{path}: not a text file, so not part of a certificate") from None
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None


def _load(certificate: Certificate, target: str | None) -> Machine:
    try:
        return load(target if target is not None else certificate.target)
    except UapiCheckError as error:
        if target is not None:
            raise
        message = f"the spec of the certificate, {certificate.target}, cannot be read\n{error}"
        raise RequestError(f"{message}\n  hint: name the spec with --spec") from error


def _findings(certificate: Certificate, machine: Machine, stored: dict[str, str], checks: Checks) -> Iterator[Finding]:
    edited = machine.digest != certificate.digest
    if edited:
        now = f"{machine.digest[:12]}, not {certificate.digest[:12]}"
        yield Finding("refused", "spec", f"the text of {certificate.target} is not the one that was proved: {now}")
    if machine.name != certificate.spec:
        yield Finding("refused", "spec", f"the spec is {machine.name}, the certificate is of {certificate.spec}")
    try:
        derived = derive(certificate, machine, stored[FILE])
    except RequestError as error:
        yield Finding("refused", "spec" if edited else FILE, f"the certificate does not fit the spec: {error}")
        return
    if axioms_of(derived.ground) != certificate.axioms:
        yield Finding("refused", FILE, f"the axioms in force are {', '.join(axioms_of(derived.ground)) or 'none'}")
    names = [*machine.configurations, "default"]
    if certificate.configuration not in names:
        yield Finding("refused", FILE, f"there is no configuration '{certificate.configuration}'")
    texts = {name: script.text() for name, script in derived.scripts.items()}
    for name in SCRIPTS:
        yield compare(name, stored[name], texts[name], edited)
    with asking(derived, texts, checks) as asked:
        beside = [_needed(derived, certificate, checks)] if checks.needed else []
        beside += [_compared(derived, checks)] if checks.runs else []
        yield from asked.first_opinion()
        yield from asked.second_opinion()
        yield from beside


def compare(name: str, stored: str, derived: str, edited: bool) -> Finding:
    """Whether a stored script is the one that the certificate means, and if not where it begins to differ.

    Of a spec that was `edited` only the terms count, not the places in it that comments name.
    """
    if stored == derived:
        return Finding("ok", name, "is what certificate.json means of the spec")
    ours, theirs = _body(derived), _body(stored)
    if ours == theirs:
        if edited:
            return Finding("note", name, "means the same of the spec as it is now")
        return Finding("refused", name, "its comments are not those that certificate.json and the spec give")
    pairs = enumerate(zip(ours, theirs, strict=False))
    same = next((i for i, ((_, a), (_, b)) in pairs if a != b), min(len(ours), len(theirs)))
    places = list(dict.fromkeys([_section(theirs, same), _section(ours, same)]))
    line = theirs[min(same, len(theirs) - 1)][0] if theirs else 1
    of = "the spec as it is now" if edited else "the spec"
    message = f"is not what certificate.json means of {of}, from line {line} on: {' / '.join(places)}"
    return Finding("refused", name, message)


def _body(script: str) -> list[tuple[int, str]]:
    """The lines of a script with their numbers, but for comments that only name places."""
    lines = enumerate(script.split("\n"), 1)
    return [(number, line) for number, line in lines if line.startswith(SECTION) or not line.startswith(";")]


def _section(lines: list[tuple[int, str]], place: int) -> str:
    """What the part of a script around a line is about."""
    for _, line in reversed(lines[: place + 1]):
        if line.startswith(SECTION):
            return line.removeprefix(SECTION)
    return "the head of the script"


# --- what no solver of scripts says --------------------------------------------------------------------------------


def _needed(derived: Derived, certificate: Certificate, checks: Checks) -> Finding:
    """That with any conjunct left out an obligation fails: the one that it says it is needed for, if it says so."""
    minimal = Minimal(derived.obligations, checks.seconds)
    idle: list[str] = []
    wrong: list[str] = []
    try:
        for place, conjunct in enumerate(certificate.invariant):
            failing = minimal.failing(minimal.all - {place}, conjunct.needed)
            if not failing:
                idle.append(describe(conjunct))
            elif conjunct.needed and failing != conjunct.needed:
                wrong.append(describe(conjunct))
    except Unknown as unknown:
        return Finding("unknown", "invariant", f"whether every conjunct is needed: {unknown.reason}")
    if idle:
        return Finding("refused", "invariant", f"no obligation fails without: {'; '.join(idle)}")
    if wrong:
        return Finding("refused", "invariant", f"needed, but not for what it says: {'; '.join(wrong)}")
    count = len(certificate.invariant)
    return Finding("ok", "invariant", f"each of the {count} conjuncts beside '{TYPED}' is needed")


def _compared(derived: Derived, checks: Checks) -> Finding:
    """The relation beside `evaluate`, on runs at random that are the same every time."""
    random = Random(0)
    plain, ground = derived.obligations.plain, derived.ground
    agreement = Agreement(plain)
    constants = dict(plain.fixed)
    for _ in range(VALUATIONS):
        drawn = {n: random_value(c.type, ground, random) for n, c in ground.constants.items() if n not in plain.fixed}
        constants = {**plain.fixed, **drawn}
        if agreement.is_assumed(constants):
            break
    try:
        steps = walk(agreement, constants, random, checks.runs)
    except Disagreement as difference:
        return Finding("refused", "relation", f"the encoder is wrong: {difference}")
    return Finding("ok", "relation", f"agrees with the interpreter on {checks.runs} runs, {steps} of them steps")
