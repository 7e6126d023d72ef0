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
from typing import Literal

from checker.symbolic.certificate import axioms_of
from checker.symbolic.certificate_derive import Derived, derive
from checker.symbolic.certificate_form import FILE, SCRIPTS, TYPED, Certificate, describe, parse
from checker.symbolic.certificate_minimal import Minimal
from checker.symbolic.plain_agree import Agreement, Disagreement, random_value, walk
from checker.symbolic.plain_script import SECTION
from checker.symbolic.smt_solver import cvc5_solver, z3_answers
from checker.symbolic.solver import Unknown
from spec.lang.errors import RequestError, UapiCheckError
from spec.lang.frontend import load
from spec.lang.machine import Machine

Level = Literal["ok", "refused", "unknown", "note"]
VALUATIONS = 50
"""How many valuations of open constants are drawn to find one that is as assumed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `about` is the obligation or the file; `refused` and `unknown` say what is not shown."""

    level: Level
    about: str
    message: str


@dataclass(frozen=True, slots=True)
class Checks:
    """How thorough to be: seconds for one question of Z3 and for one script of cvc5 (0: not asked), how many runs to
    compare, and whether to ask for every conjunct if it is needed."""

    seconds: float = 60.0
    cvc5_seconds: float = 20.0
    runs: int = 100
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found about the certificate."""

    certificate: Certificate
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst: refused, then unknown, else ok."""
        levels = {f.level for f in self.findings}
        return "refused" if "refused" in levels else "unknown" if "unknown" in levels else "ok"


def verify(directory: str | Path, *, target: str | None = None, checks: Checks | None = None) -> Verified:
    """Verifies the certificate in a directory, of the spec that it names or of `target`.

    RequestError where a file is missing or no certificate, or the spec cannot be read; `CannotEncode` for a spec
    that cannot be encoded any more.
    """
    stored = {name: read_text(Path(directory, name)) for name in (FILE, *SCRIPTS)}
    certificate = parse(stored[FILE], str(Path(directory, FILE)))
    machine = _load(certificate, target)
    return Verified(certificate, tuple(_findings(certificate, machine, stored, checks or Checks())))


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


def _findings(
    certificate: Certificate, machine: Machine, stored: dict[str, str], checks: Checks
) -> Iterator[Finding]:
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
    yield from _solved(derived, texts, checks)
    yield from _second_opinion(derived, texts, checks)
    if checks.needed:
        yield _needed(derived, certificate, checks)
    if checks.runs:
        yield _compared(derived, checks)


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


# --- solving ------------------------------------------------------------------------------------------------------


def _solved(derived: Derived, texts: dict[str, str], checks: Checks) -> Iterator[Finding]:
    for name, script in derived.scripts.items():
        answers = z3_answers(texts[name], checks.seconds)
        answers += ["unknown"] * (len(script.questions) - len(answers))
        failed = [(q.about, a) for q, a in zip(script.questions, answers, strict=False) if a != "unsat"]
        if len(answers) != len(script.questions):
            yield Finding("unknown", name, f"Z3 gave {len(answers)} answers to {len(script.questions)} questions")
        elif not failed:
            yield Finding("ok", name, f"Z3: all {len(answers)} questions are unsat")
        for about, answer in failed:
            if answer == "sat":
                yield Finding("refused", name, f"fails: {about}{_which(derived, name, about, checks)}")
            else:
                yield Finding("unknown", name, f"Z3 does not say whether it holds: {about}")
    if z3_answers(derived.obligations.some_start().text(), checks.seconds) != ["sat"]:
        yield Finding("refused", SCRIPTS[0], "there is no initial state that Z3 knows of, so nothing is promised")


def _which(derived: Derived, name: str, about: str, checks: Checks) -> str:
    """The conjuncts that a step does not keep."""
    if name != "consecution.smt2":
        return ""
    obligations = derived.obligations
    step = next(s for s in obligations.steps if about.startswith(f"{s.action.name} "))
    script = obligations.consecution("")
    script.questions.clear()
    parts = (obligations.typed, *obligations.parts)
    for part in parts:
        script.ask(part.about, obligations.leaves(step, [part]))
    answers = z3_answers(script.text(), checks.seconds)
    broken = [part.about for part, answer in zip(parts, answers, strict=False) if answer != "unsat"]
    return f": {'; '.join(broken)}"


def _second_opinion(derived: Derived, texts: dict[str, str], checks: Checks) -> Iterator[Finding]:
    other = cvc5_solver() if checks.cvc5_seconds > 0 else None
    if other is None:
        if checks.cvc5_seconds > 0:
            yield Finding("note", "cvc5", "is not installed, so it was not asked")
        return
    title, solve = other
    for name, script in derived.scripts.items():
        answers = solve(texts[name], checks.cvc5_seconds)
        wrong = [q.about for q, a in zip(script.questions, answers, strict=False) if a == "sat"]
        if wrong:
            yield Finding("refused", name, f"{title}: fails: {wrong[0]}")
        elif answers == ["unsat"] * len(script.questions):
            yield Finding("ok", name, f"{title}: all {len(answers)} questions are unsat")
        else:
            known, every = answers.count("unsat"), len(script.questions)
            yield Finding("note", name, f"{title}: {known} of {every} questions are unsat, the others took too long")


def _needed(derived: Derived, certificate: Certificate, checks: Checks) -> Finding:
    """That with any conjunct left out an obligation fails."""
    minimal = Minimal(derived.obligations, checks.seconds)
    idle: list[str] = []
    try:
        for place, conjunct in enumerate(certificate.invariant):
            if not minimal.failing(minimal.all - {place}):
                idle.append(describe(conjunct))
    except Unknown as unknown:
        return Finding("unknown", "invariant", f"whether every conjunct is needed: {unknown.reason}")
    if idle:
        return Finding("refused", "invariant", f"no obligation fails without: {'; '.join(idle)}")
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


