"""Certificates for what a check proved: one directory per configuration, or per circuit where there are several.

Only proofs with k = 1 have one, since their invariant is one of single states. All such proofs of a circuit go into one
certificate: inductive invariants are inductive together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checker.check import SpecReport, Watcher
from checker.check_symbolic import for_certificates, solve
from checker.conclude import Searched
from checker.explorations import Limits
from checker.symbolic.answers import Proof
from checker.symbolic.certificate import NotCertified, write_certificates
from checker.symbolic.certificate_form import Clause as CodeClause
from checker.symbolic.clause_text import clause_text, terms_of
from checker.symbolic.minimise import irredundant
from checker.symbolic.plain_terms import CannotEncode
from checker.symbolic.solver import Deadline
from checker.symbolic_agree import agree
from checker.symbolic_answer import KEPT, PREMISE
from checker.symbolic_session import Say
from checker.symbolic_system import Coded, coded
from checker.text_table import wrap
from spec.lang.machine import Machine

WIDTH = 100
SECONDS = 60.0
"""How long to look for what a proof does not need."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What came of one circuit: where the certificate is, for which promises, and why there is none, if so."""

    configuration: str
    promises: tuple[str, ...]
    place: Path | None = None
    reason: str = ""


def certify(
    machine: Machine, target: str, s: Searched, wanted: frozenset[str], limits: Limits, folder: str, say: Say
) -> list[Certified]:
    """Writes the certificates of one configuration; induction, then PDR are asked where nobody has proved
    anything yet."""
    if s.solved is None:
        asked = s.ground, s.instance, s.choices, wanted
        solved = solve(*asked, "induction", limits, say, strategy=for_certificates)
        s = replace(s, solved=solved)
        agree(s)
    assert s.solved is not None
    parts = coded(s.ground, s.instance, s.choices) if not s.solved.unsupported else []
    found = []
    for number, part in enumerate(parts):
        proofs = _proofs(s, number, len(parts))
        found.append(_write(machine, target, s, part, proofs, folder, str(number) if len(parts) > 1 else ""))
    return found


def _proofs(s: Searched, number: int, parts: int) -> dict[str, Proof]:
    """The proof with k = 1 of each promise in the circuit of this number."""
    assert s.solved is not None
    goals = {p.name for p in s.ground.properties if p.kind == "goal"}
    found: dict[str, Proof] = {}
    for name, answer in s.solved.answers.items():
        proofs = answer.proved.proofs if answer.proved is not None else ()
        if len(proofs) == parts and proofs[number].k == 1 and name not in goals and not name.endswith(PREMISE):
            found[name] = proofs[number]
    return found


def _write(
    machine: Machine, target: str, s: Searched, part: Coded, proofs: dict[str, Proof], folder: str, label: str
) -> Certified:
    kinds = {p.name: p.kind for p in part.ground.properties}
    promises = tuple(name.removesuffix(KEPT) for name in proofs)
    if not promises:
        return Certified(s.instance.configuration, (), None, "nothing was proved with k = 1")
    distinct = [_thin(part, [n for n in proofs if proofs[n] == p], p) for p in dict.fromkeys(proofs.values())]
    lemmas = [n for p in distinct for n in p.promises if kinds.get(n) == "lemma"]
    helped = [n.removesuffix(KEPT) for p in distinct for n in p.promises if kinds.get(n) == "invariant"]
    promises = tuple(dict.fromkeys([*promises, *helped]))
    clauses = dict.fromkeys(c for p in distinct for c in _code_clauses(part, p))
    try:
        place = write_certificates(
            folder,
            machine,
            target,
            s.instance,
            s.ground,
            part.encoded.fixed,
            promises,
            lemmas,
            tuple(clauses),
            _method(distinct),
            part=label,
        )
    except (NotCertified, CannotEncode) as error:
        return Certified(s.instance.configuration, promises, None, str(error))
    return Certified(s.instance.configuration, promises, place)


def _thin(part: Coded, names: Sequence[str], proof: Proof) -> Proof:
    """The proof of these names without what they do not need."""
    return irredundant(part.encoded.system, names, proof, Deadline(SECONDS))


def _method(proofs: Sequence[Proof]) -> str:
    """How the invariant was found: the engine that did most."""
    methods = [p.method for p in proofs]
    return next((m for m in ("pdr", "spacer", "induction") if m in methods), "induction")


def _code_clauses(part: Coded, proof: Proof) -> list[CodeClause]:
    labels = part.encoded.system.labels
    found = []
    for clause in proof.clauses:
        terms = terms_of(clause, labels, part.ground)
        if terms is not None:  # else every state satisfies it
            literals = tuple((term.name, term.slot, term.codes) for term in terms)
            found.append(CodeClause(literals, clause_text(clause, labels, part.ground)))
    return found


def certify_report(
    report: SpecReport, wanted: frozenset[str], limits: Limits, folder: str, watch: Watcher
) -> tuple[SpecReport, list[str]]:
    """Writes all certificates of a report and notes them in its rows; lines for people say what came of it."""
    found: list[Certified] = []
    for s in report.searched:
        watch.start(f"{s.ground.machine.name} {s.instance.configuration} certificate")
        found += certify(report.machine, report.target, s, wanted, limits, folder, watch.say)
    places = {(c.configuration, name): str(c.place) for c in found if c.place is not None for name in c.promises}
    rows = tuple(replace(r, certificate=places.get((r.configuration, r.property))) for r in report.results)
    return replace(report, results=rows), ["", *(line for c in found for line in _lines(c))]


def _lines(c: Certified) -> list[str]:
    if c.place is None:
        return wrap(f"no certificate for {c.configuration}: {c.reason}", WIDTH)
    count = f"{len(c.promises)} promise{'' if len(c.promises) == 1 else 's'}"
    return wrap(f"certificate for {count} of {c.configuration}: {c.place}", WIDTH)
