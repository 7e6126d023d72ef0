"""From a certificate and the spec that it names to its three scripts: the one way in which they are made."""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import dataclass

from checker.symbolic.certificate_form import Certificate, to_json
from checker.symbolic.plain_machine import Plain
from checker.symbolic.plain_obligations import Obligations
from checker.symbolic.plain_script import Script, one_line
from checker.symbolic.plain_values import plain_name
from checker.trace_values import NotItf, from_itf
from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Derived:
    """What a certificate means of a machine: the obligations, and their scripts by name."""

    ground: GroundMachine
    obligations: Obligations
    scripts: dict[str, Script]


def derive(certificate: Certificate, machine: Machine, json_text: str | None = None) -> Derived:
    """The obligations of a certificate; `json_text` is that of its file, whose hash the scripts bear.

    RequestError where it does not fit the machine; `CannotEncode` for a machine that is not encoded.
    """
    finite = ground(machine, certificate.sizes, certificate.switches)
    plain = Plain(finite, _fixed(certificate, finite))
    obligations = Obligations(plain, certificate.promises, certificate.invariant)
    text = to_json(certificate) if json_text is None else json_text
    return Derived(finite, obligations, obligations.scripts(_title(certificate, finite, text)))


def _fixed(certificate: Certificate, finite: GroundMachine) -> dict[str, Value]:
    named = [*certificate.fixed, *certificate.open]
    for name in named:
        if name not in finite.constants:
            raise RequestError(f"no constant '{name}' here; {nearest(name, finite.constants)}")
    missing = [name for name in finite.constants if named.count(name) != 1]
    if missing:
        raise RequestError(f"the constant '{missing[0]}' is not said to be fixed or open, or both")
    try:
        kinds = {name: finite.constants[name].type for name in certificate.fixed}
        return {name: from_itf(value, kinds[name], finite) for name, value in certificate.fixed.items()}
    except NotItf as error:
        raise RequestError(f"a constant has no value: {error}") from None


def _title(certificate: Certificate, finite: GroundMachine, json_text: str) -> str:
    sizes = " ".join(f"{name}={size}" for name, size in certificate.sizes.items())
    records = ", ".join(f"{place} {plain_name(name)}" for place, name in enumerate(finite.records))
    answers = (f"{n} {' '.join([s.kind, s.errno, s.reason]).rstrip()}" for n, s in enumerate(finite.machine.sites))
    return "\n".join(
        [
            "Every check-sat is expected to answer unsat.",
            "",
            one_line(f"{certificate.spec}, configuration {certificate.configuration}: {sizes}").removesuffix(": "),
            one_line(f"sha256 of the text of the spec: {certificate.digest}"),
            f"sha256 of certificate.json: {hashlib.sha256(json_text.encode()).hexdigest()}",
            "",
            "now.* and next.* are the state before and after a step, k.* constants, ACTION.* arguments, choices and",
            "values of fields on the way. Elements and members are numbers from 0 in declared order. A union `is`:",
            *textwrap.wrap(records or "there are no records", 116),
            "An `outcome` is:",
            *textwrap.wrap(", ".join(answers), 116),
        ]
    )
