"""Proofs for any size: which promises hold for any number of elements of the open sorts, and what each proof rests on.

A promise is proved as part of an inductive invariant; see `unsized_induct`. What is not proved is unknown, never
broken: the summaries of steps may have more behaviours than the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.unsized_induct import AXIOM, KEPT, Induction, induct
from checker.symbolic.unsized_setting import Setting, ShapeLemma, make_setting
from checker.symbolic.unsized_terms import Outside
from spec.lang.errors import EngineError
from spec.lang.ir import Expr
from spec.lang.machine import Machine
from spec.lang.switches import SwitchValue

OUTSIDE = "outside the fragment"


@dataclass(frozen=True, slots=True)
class Proved:
    """A promise that holds for any number of elements of `sorts`, with `sizes` of the others.

    `lemmas` are what its proof rests on, all proved with it; `axioms` the instances of facts about cardinality that
    were used; `steps` the summaries of texts that the machine needed; `assumed` what is said of the constants;
    `fragment` names the class of formulas that the questions were in. `obligations` are the questions that were
    answered with no, as text of SMT-LIB, by what each is about. `shapes` are the lemmas that no text of the spec
    has, and `fixed` the fields that no step can write.
    """

    name: str
    sorts: tuple[str, ...]
    sizes: dict[str, int]
    lemmas: tuple[str, ...]
    axioms: tuple[str, ...]
    steps: tuple[str, ...]
    assumed: tuple[str, ...]
    fragment: str
    obligations: Mapping[str, str] = field(default_factory=dict, repr=False)
    shapes: tuple[ShapeLemma, ...] = ()
    fixed: frozenset[str] = frozenset()

    @property
    def instances(self) -> int:
        """How many ground facts the obligations have together."""
        return sum(script.count("(assert") for script in self.obligations.values())


@dataclass(frozen=True, slots=True)
class Unproved:
    """A promise of which nothing is known for sizes beyond those that were searched, and why."""

    name: str
    reason: str


def prove_any_size(
    machine: Machine,
    switches: Mapping[str, SwitchValue | Expr],
    wanted: Sequence[str],
    lemmas: Collection[str] | None = None,
    deadline: Deadline | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    constants: Mapping[str, Expr | None] | None = None,
    open_sorts: Sequence[str] | None = None,
    depth: int = 2,
    report: Callable[[str], None] | None = None,
) -> dict[str, Proved | Unproved]:
    """What is proved of each wanted promise.

    `lemmas` are further invariants and lemmas that may help, by name; None is all there are. `sizes` are for the sorts
    that are not open: by default those that are ordered. Constants are as declared unless given; one that is listed
    element by element takes every choice. `depth` bounds the terms that general facts are taken at; `report` is told
    how far it has come. RequestError: an unknown name, a sort that is neither open nor has a size.
    """
    deadline = deadline or Deadline()
    names = list(dict.fromkeys(wanted))
    try:
        setting = make_setting(machine, switches, sizes or {}, constants or {}, open_sorts)
        if lemmas is not None:
            allowed = {*lemmas, *names}
            kept = tuple(p for p in setting.properties if p.name in allowed or p.kind == "assume")
            setting = replace(setting, properties=kept)
        found = induct(setting, depth, deadline, wanted=names, report=report)
    except Outside as error:
        return {name: Unproved(name, f"{OUTSIDE}: {error}") for name in names}
    except Unknown as error:
        return {name: Unproved(name, f"the proof was not finished: {error.reason}") for name in names}
    return {name: _answer(setting, found, name) for name in names}


def _answer(setting: Setting, found: Induction, name: str) -> Proved | Unproved:
    if name in found.kept:
        return _proved(setting, found, name)
    if name in found.lost:
        reason = found.lost[name]
        return Unproved(
            name, reason if reason.startswith(OUTSIDE) else f"not inductive with the lemmas at hand: {reason}"
        )
    declared = setting.machine.properties.get(name)
    if declared is None:
        return Unproved(name, "only invariants that the spec declares are proved for any size")
    if all(p.name != name for p in setting.properties):
        return Unproved(name, "it is not asked with these switches")
    return Unproved(name, f"a property of kind '{declared.kind}' is not proved for any size")


def _proved(setting: Setting, found: Induction, name: str) -> Proved:
    rests = {name}
    waiting = [name, ""]  # what the summaries of loops owe is proved once for all promises
    while waiting:
        labels = found.used.get(waiting.pop(), set())
        more = {label[len(KEPT) :] for label in labels if label.startswith(KEPT)} - rests
        rests |= more
        waiting += sorted(more)
    if lost := rests - found.kept.keys():
        raise EngineError(f"the proof of {name} for any size rests on what was dropped: {', '.join(sorted(lost))}")
    used = {label for each in (*rests, "") for label in found.used.get(each, ())}
    axioms = sorted(label for label in used if label.startswith(AXIOM))
    return Proved(
        name=name,
        sorts=setting.open_sorts,
        sizes=dict(setting.sizes),
        lemmas=tuple(sorted(rests - {name})),
        axioms=tuple(axioms),
        steps=tuple(found.steps),
        assumed=tuple(p.name for p in setting.properties if p.kind == "assume"),
        fragment=_fragment(found),
        obligations=_obligations(found, rests),
        shapes=tuple(c for n in sorted(rests) if isinstance(c := found.kept[n], ShapeLemma)),
        fixed=setting.fixed,
    )


def _obligations(found: Induction, rests: set[str]) -> dict[str, str]:
    return {
        f"{where}: {name or 'what summaries of loops owe'}{f' ({i + 1})' if i else ''}": script
        for (where, name), scripts in found.scripts.items()
        if name in rests or not name
        for i, script in enumerate(scripts)
    }


def _fragment(found: Induction) -> str:
    """The class of the questions: proofs are by ground instances, in any class."""
    base = "many-sorted first-order logic, ground instances"
    if found.stratified and not found.left_out:
        base = "Bernays-Schoenfinkel-Ramsey with stratified functions, all ground instances"
    return base + (", linear integer arithmetic for counts" if found.counted else "")
