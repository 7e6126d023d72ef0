"""`Certificate`: what was proved of which machine, and by which invariant; its JSON form, read without trust.

The invariant is the conjunction of its conjuncts and that every slot of a state holds a value of its type.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from checker.trace_values import Json
from spec.lang.errors import RequestError
from spec.lang.machine import PropertyKind

SCHEMA = "uapicheck.certificate/1"
FILE = "certificate.json"
SCRIPTS = ("initiation.smt2", "consecution.smt2", "safety.smt2")
KINDS = ("invariant", "action", "during", "always", "boundary")
METHODS = ("induction", "pdr", "spacer", "enumeration", "by hand")

TYPED = "well typed"
"""What messages call the conjunct that every invariant has."""

Literal = tuple[str, int, tuple[int, ...]]
"""A slot of a field (or open constant), by its place in `spec.lang.values.leaves`, has one of these codes."""


@dataclass(frozen=True, slots=True)
class Clause:
    """At least one of the literals is true; `text` says the same to people.

    `needed` is an obligation that fails without the conjunct, for the verifier to look at first.
    """

    literals: tuple[Literal, ...]
    text: str = ""
    needed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A property that every state of the invariant has: an invariant, a lemma, a boundary, or `bounds_are_kept`."""

    name: str
    kind: str
    """`property` or `lemma`."""
    needed: str = field(default="", compare=False)
    """As in `Clause`."""


Conjunct = Named | Clause


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise that the invariant proves."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One proof. Constants that are not in `fixed` may have every value that the assumptions allow.

    `target` loads the spec again, `digest` is that of its text. `method` is how the invariant was found, which proves
    nothing; the scripts do.
    """

    target: str
    spec: str
    digest: str
    configuration: str
    sizes: dict[str, int]
    switches: dict[str, bool | int | str]
    fixed: dict[str, Json]
    open: tuple[str, ...]
    axioms: tuple[str, ...]
    method: str
    promises: tuple[Promise, ...]
    invariant: tuple[Conjunct, ...] = field(repr=False)


def describe(conjunct: Conjunct) -> str:
    """A conjunct as messages name it."""
    match conjunct:
        case Named(name, kind):
            return name if kind == "property" else f"lemma {name}"
        case Clause(literals, text):
            return f"clause {text or literals}"


def to_json(certificate: Certificate) -> str:
    """The certificate as JSON text, ending in a newline; the same certificate gives the same text."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "target": certificate.target,
        "spec": certificate.spec,
        "digest": certificate.digest,
        "configuration": certificate.configuration,
        "sizes": dict(certificate.sizes),
        "switches": dict(certificate.switches),
        "constants": {"fixed": dict(certificate.fixed), "open": list(certificate.open)},
        "axioms": list(certificate.axioms),
        "method": certificate.method,
        "promises": [{"name": p.name, "kind": p.kind} for p in certificate.promises],
        "invariant": [_conjunct_json(c) for c in certificate.invariant],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _conjunct_json(conjunct: Conjunct) -> Json:
    needed: dict[str, Json] = {"needed": conjunct.needed} if conjunct.needed else {}
    match conjunct:
        case Named(name, kind):
            return {kind: name, **needed}
        case Clause(literals, text):
            return {"clause": [[name, slot, list(codes)] for name, slot, codes in literals], "text": text, **needed}


def parse(text: str, name: str) -> Certificate:
    """The certificate in a text; `name` is what messages call the file. RequestError for anything else."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        what = "is empty" if not text.strip() else "is truncated or damaged"
        place = f"{name}:{error.lineno}:{error.colno}"
        raise RequestError(f"{place}: the certificate {what}: {error.msg}") from None
    except (RecursionError, ValueError):
        raise RequestError(f"{name}: no JSON that a certificate could be") from None
    return _Form(name).certificate(document)


class _Form:
    """Checks the form of a document, naming the file and the place in every message."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, message: str) -> RequestError:
        return RequestError(f"{self.name}: {message}")

    def certificate(self, document: Json) -> Certificate:
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            found = document.get("schema", "none") if isinstance(document, dict) else "none"
            raise self.wrong(f"the certificate is of schema {found!r}; this version reads {SCHEMA!r}")
        top = self.object(document, "the certificate", ("schema", *_fields()))
        constants = self.object(top["constants"], "`constants`", ("fixed", "open"))
        sizes = self.any_object(top["sizes"], "`sizes`")
        switches = self.any_object(top["switches"], "`switches`")
        if not all(type(n) is int for n in sizes.values()):
            raise self.wrong("a size is not an integer")
        if not all(isinstance(v, bool | int | str) for v in switches.values()):
            raise self.wrong("a switch is neither a bool, an integer nor a name")
        method = self.text(top["method"], "`method`")
        if method not in METHODS:
            raise self.wrong(f"the method {method!r} is none of {', '.join(METHODS)}")
        return Certificate(
            target=self.text(top["target"], "`target`"),
            spec=self.text(top["spec"], "`spec`"),
            digest=self.text(top["digest"], "`digest`"),
            configuration=self.text(top["configuration"], "`configuration`"),
            sizes={k: v for k, v in sizes.items() if isinstance(v, int)},
            switches={k: v for k, v in switches.items() if isinstance(v, bool | int | str)},
            fixed=self.any_object(constants["fixed"], "`fixed`"),
            open=tuple(self.text(t, "an open constant") for t in self.list(constants["open"], "`open`")),
            axioms=tuple(self.text(t, "an axiom") for t in self.list(top["axioms"], "`axioms`")),
            method=method,
            promises=tuple(self.promise(p) for p in self.list(top["promises"], "`promises`")),
            invariant=tuple(self.conjunct(c) for c in self.list(top["invariant"], "`invariant`")),
        )

    def promise(self, value: Json) -> Promise:
        entry = self.object(value, "a promise", ("name", "kind"))
        kind = self.text(entry["kind"], "the kind of a promise")
        if kind not in KINDS:
            raise self.wrong(f"{kind!r} is no kind of promise that a certificate has")
        return Promise(self.text(entry["name"], "the name of a promise"), kind)

    def conjunct(self, value: Json) -> Conjunct:
        found = {"needed": "", **self.any_object(value, "a conjunct")}
        needed = self.text(found["needed"], "what a conjunct is needed for")
        for kind in ("property", "lemma"):
            if kind in found:
                entry = self.object(found, "a conjunct", (kind, "needed"))
                return Named(self.text(entry[kind], f"a {kind}"), kind, needed)
        entry = self.object(found, "a conjunct", ("clause", "text", "needed"))
        literals = tuple(self.literal(one) for one in self.list(entry["clause"], "a clause"))
        return Clause(literals, self.text(entry["text"], "the text of a clause"), needed)

    def literal(self, value: Json) -> Literal:
        match value:
            case [str() as name, int() as slot, list() as codes] if type(slot) is int:
                if all(type(code) is int for code in codes):
                    return name, slot, tuple(code for code in codes if isinstance(code, int))
        raise self.wrong(f"{json.dumps(value)[:80]} is no literal; one is [field, slot, [codes]]")

    def object(self, value: Json, what: str, keys: Sequence[str]) -> dict[str, Json]:
        found = self.any_object(value, what)
        for key in found:
            if key not in keys:
                raise self.wrong(f"{what} has no field `{key}`")
        for key in keys:
            if key not in found:
                raise self.wrong(f"`{key}` is missing in {what}")
        return found

    def any_object(self, value: Json, what: str) -> dict[str, Json]:
        if not isinstance(value, dict):
            raise self.wrong(f"{what} is no object")
        return value

    def list(self, value: Json, what: str) -> list[Json]:
        if not isinstance(value, list):
            raise self.wrong(f"{what} is no list")
        return value

    def text(self, value: Json, what: str) -> str:
        if not isinstance(value, str):
            raise self.wrong(f"{what} is no text")
        return value


def _fields() -> tuple[str, ...]:
    return (
        "target", "spec", "digest", "configuration", "sizes", "switches", "constants", "axioms", "method", "promises",
        "invariant",
    )  # fmt: skip


assert set(KINDS) <= {*get_args(PropertyKind), "always"}
