"""Certificates of proofs: a directory with `certificate.json` and its obligations as scripts of SMT-LIB.

A certificate does not depend on the engine that found the proof: it has only names, slots and codes, and its scripts
are made by an encoder of their own (`plain_*.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checker.explorations import BOUNDS_ARE_KEPT
from checker.request import Instance
from checker.symbolic.certificate_derive import Derived, derive
from checker.symbolic.certificate_form import FILE, METHODS, Certificate, Clause, Conjunct, Named, Promise, to_json
from checker.symbolic.certificate_minimal import Minimal
from checker.symbolic.plain_obligations import ALWAYS
from checker.symbolic.smt_solver import z3_answers
from checker.trace_values import to_itf
from spec.lang.errors import EngineError, RequestError
from spec.lang.ground import GroundMachine
from spec.lang.machine import Machine
from spec.lang.values import Value

SECONDS = 60.0
"""The longest that Z3 may think about one question while a certificate is written."""


class NotCertified(EngineError):
    """The second encoder does not confirm the proof, or Z3 does not say; no certificate is written."""


def write_certificates(
    directory: str | Path,
    machine: Machine,
    target: str,
    instance: Instance,
    ground: GroundMachine,
    constants: Mapping[str, Value],
    promises: Sequence[str],
    lemmas: Sequence[str],
    clauses: Sequence[Clause],
    method: str,
    *,
    part: str = "",
    seconds: float = SECONDS,
) -> Path:
    """Writes the certificate of one inductive invariant and returns its directory, `SPEC-CONFIGURATION[-part]`.

    `ground` is `machine` at the sizes and switches of `instance`. `constants` has those that are fixed; all others
    are open, and the proof must be one for all their values. `promises` are names of invariants, action and during
    properties, boundaries (that are never left) and of what is always promised, no_deadlock apart; the invariant is
    that the states keep them, the `lemmas` and the `clauses`, for a proof with k = 1. What the promises do not rest
    on is left out. `part` tells certificates of one configuration apart (one per choice of constants, say).

    `NotCertified` if an obligation fails or Z3 gives up; `CannotEncode` for a machine that the second encoder does
    not know how to encode; RequestError for a name that the machine does not have.
    """
    full = Certificate(
        target=target,
        spec=machine.name,
        digest=machine.digest,
        configuration=instance.configuration,
        sizes=dict(ground.sizes),
        switches=dict(ground.switches),
        fixed={n: to_itf(v, ground.constants[n].type, ground) for n, v in constants.items() if n in ground.constants},
        open=tuple(name for name in ground.constants if name not in constants),
        axioms=axioms_of(ground),
        method=method,
        promises=tuple(Promise(name, kind_of(ground, name)) for name in dict.fromkeys(promises)),
        invariant=(),
    )
    if method not in METHODS:
        raise RequestError(f"'{method}' is no method of a certificate")
    named: list[Conjunct] = [Named(p.name, "property") for p in full.promises if has_state_part(p)]
    named += [Named(name, "lemma") for name in dict.fromkeys(lemmas)]
    certificate = reduced(replace(full, invariant=(*named, *clauses)), machine, seconds)
    derived = derive(certificate, machine)
    confirm(derived, seconds)
    words = (plain_file_name(word) for word in (machine.name, instance.configuration, part) if word)
    place = Path(directory, "-".join(words))
    place.mkdir(parents=True, exist_ok=True)
    (place / FILE).write_bytes(to_json(certificate).encode())
    for name, script in derived.scripts.items():
        (place / name).write_bytes(script.text().encode())
    return place


def reduced(certificate: Certificate, machine: Machine, seconds: float = SECONDS) -> Certificate:
    """The certificate with only those conjuncts that are needed, each with what it is needed for.

    One that proves nothing stays as it is.
    """
    minimal = Minimal(derive(certificate, machine).obligations, seconds)
    clauses = [place for place, one in enumerate(certificate.invariant) if isinstance(one, Clause)]
    kept = minimal.reduced(clauses)  # what is left is better a property than a clause
    needed = [(place, minimal.failing(kept - {place})) for place in sorted(kept)]
    return replace(certificate, invariant=tuple(replace(certificate.invariant[i], needed=why) for i, why in needed))


def confirm(derived: Derived, seconds: float) -> None:
    """`NotCertified` unless Z3 answers `unsat` to every question of every script."""
    for name, script in derived.scripts.items():
        answers = z3_answers(script.text(), seconds)
        answers += ["unknown"] * (len(script.questions) - len(answers))
        for question, answer in zip(script.questions, answers, strict=True):
            if answer != "unsat":
                obligation = name.removesuffix(".smt2")
                raise NotCertified(f"the proof is not confirmed: {obligation} is {answer}: {question.about}")


def has_state_part(promise: Promise) -> bool:
    """True if the promise says something of single states."""
    return promise.kind in ("invariant", "boundary") or promise.name == BOUNDS_ARE_KEPT


def kind_of(ground: GroundMachine, name: str) -> str:
    """The kind of a promise; RequestError for a name that is none, or none that a certificate can have."""
    if name in ALWAYS:
        return "always"
    for prop in ground.properties:
        if prop.name == name:
            return prop.kind
    raise RequestError(f"{ground.machine.name} has no promise '{name}' here")


def axioms_of(ground: GroundMachine) -> tuple[str, ...]:
    """The axioms in force: facts that the spec does not check."""
    declared = ground.machine.switches.items()
    return tuple(name for name, decl in declared if decl.axiom and ground.switches.get(name) is True)


def plain_file_name(name: str) -> str:
    """A name without anything that a file name had better not have."""
    return "".join(c if c.isalnum() or c in "_." else "_" for c in name)
