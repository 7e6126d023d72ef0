"""The choices of rigid constants that a search has to go through, one search for each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from checker.evaluate import Fault, Occasion, closed_value, holds
from checker.symmetric_sorts import symmetric_sorts
from spec.lang.errors import RequestError, nearest
from spec.lang.fold import resolve
from spec.lang.ground import GroundMachine, fold_for
from spec.lang.ir import Expr
from spec.lang.types import MapType, OptionType, RecordType, SeqType, SetType, SortType, Type, UnionType
from spec.lang.values import (
    Elem,
    MapValue,
    Rec,
    Value,
    count_values,
    decode_slots,
    encode_slots,
    key_index,
    map_keys,
    values,
)

Valuation = dict[str, Value]
"""A value for every constant of the ground machine."""

MAX_CHOICES = 1_000_000
"""The most choices that are looked at before `assume` and symmetry leave some out."""

MAX_PERMUTATIONS = 50_000
"""With more relabellings than this the symmetry reduction is skipped: more searches, the same verdicts."""


def constant_choices(
    ground: GroundMachine,
    overrides: Mapping[str, Expr | None] | None = None,
    fixed: Mapping[str, Value] | None = None,
) -> list[Valuation]:
    """All choices of the constants, in a fixed order: defaults and `overrides` (None is every value) combined.

    Choices that an `assume` property rules out are left out, and so are those that a relabelling of elements makes
    equal to an earlier one, if the machine cannot tell the elements apart (`symmetric_sorts`) and there are at most
    `MAX_PERMUTATIONS` relabellings. An empty list means that the assumptions contradict each other.
    A constant in `fixed` has that value and no other; then elements have their own meaning, and nothing is left out
    for symmetry.
    RequestError: an unknown name, a default or assumption that cannot be evaluated, too many choices.
    """
    given = dict(overrides or {})
    for name in given:
        if name not in ground.machine.constants:
            raise RequestError(f"no constant '{name}'; {nearest(name, ground.machine.constants)}")
    known = dict(fixed or {})
    sources = {name: given.get(name, decl.init) for name, decl in ground.constants.items() if name not in known}
    open_names = [name for name, source in sources.items() if source is None]
    total = math.prod(count_values(ground.constants[name].type, ground) for name in open_names)
    if total > MAX_CHOICES:
        raise RequestError(f"the constants {', '.join(open_names)} have {total} choices; fix some of them")
    found = [v for v in _combine(ground, list(sources.items()), known) if _is_assumed(ground, v)]
    return found if known else _up_to_symmetry(ground, found)


def given_values(ground: GroundMachine, overrides: Mapping[str, Expr | None]) -> Valuation:
    """The constants that have a value of their own; the others are left open.

    RequestError where a value cannot be evaluated, or is made from a constant that is open.
    """
    known: Valuation = {}
    for name, decl in ground.constants.items():
        source = overrides.get(name, decl.init)
        if source is not None:
            known[name] = _fixed(ground, name, decl.type, source, known)
    return known


def as_slots(ground: GroundMachine, valuation: Mapping[str, Value]) -> dict[str, tuple[int, ...]]:
    """A valuation as engines take it: the codes of each constant's slots."""
    return {name: encode_slots(valuation[name], decl.type, ground) for name, decl in ground.constants.items()}


def from_slots(ground: GroundMachine, slots: Mapping[str, Sequence[int]]) -> Valuation:
    """The inverse of `as_slots`."""
    return {name: decode_slots(slots[name], decl.type, ground) for name, decl in ground.constants.items()}


def _combine(ground: GroundMachine, sources: list[tuple[str, Expr | None]], known: Valuation) -> Iterator[Valuation]:
    if not sources:
        yield known
        return
    (name, source), rest = sources[0], sources[1:]
    kind = ground.constants[name].type
    choices = values(kind, ground) if source is None else iter([_fixed(ground, name, kind, source, known)])
    for value in choices:
        yield from _combine(ground, rest, {**known, name: value})


def _fixed(ground: GroundMachine, name: str, kind: Type, source: Expr, known: Valuation) -> Value:
    try:
        value = closed_value(ground, fold_for(ground, source), known)
        encode_slots(value, resolve(kind, ground.sizes), ground)
    except (Fault, ValueError, KeyError) as error:
        raise RequestError(f"constant '{name}' has no value: {error}") from error
    return value


def _is_assumed(ground: GroundMachine, valuation: Valuation) -> bool:
    for prop in ground.properties:
        if prop.kind == "assume":
            answer = holds(ground, valuation, prop, Occasion({}))
            if answer.fault is not None:
                raise RequestError(f"assumption '{prop.name}' cannot be evaluated: {answer.fault}")
            if not answer.value:
                return False
    return True


# --- symmetry ---------------------------------------------------------------------------------------------------


def _up_to_symmetry(ground: GroundMachine, found: list[Valuation]) -> list[Valuation]:
    """The first of every class of valuations that relabellings turn into each other."""
    used = {sort for decl in ground.constants.values() for sort in _sorts(decl.type, ground)}
    sorts = sorted(symmetric_sorts(ground) & used)
    count = math.prod(math.factorial(ground.sizes[sort]) for sort in sorts)
    if len(found) < 2 or count > MAX_PERMUTATIONS:
        return found
    orders = [itertools.permutations(range(ground.sizes[sort])) for sort in sorts]
    relabellings = [dict(zip(sorts, order, strict=True)) for order in itertools.product(*orders)]
    kept: list[Valuation] = []
    covered: set[tuple[tuple[int, ...], ...]] = set()
    for valuation in found:
        if _key(ground, valuation) not in covered:
            kept.append(valuation)
            covered |= {_key(ground, _relabelled(ground, valuation, names)) for names in relabellings}
    return kept


def _key(ground: GroundMachine, valuation: Valuation) -> tuple[tuple[int, ...], ...]:
    return tuple(as_slots(ground, valuation).values())


def _relabelled(ground: GroundMachine, valuation: Valuation, names: Mapping[str, Sequence[int]]) -> Valuation:
    return {n: relabel(v, ground.constants[n].type, ground, names) for n, v in valuation.items()}


def relabel(value: Value, kind: Type, ground: GroundMachine, names: Mapping[str, Sequence[int]]) -> Value:
    """The value with the elements of sorts renamed: element i of a sort becomes `names[sort][i]`."""
    match kind, value:
        case MapType(_, item), MapValue(entries):
            keys = list(map_keys(kind, ground))
            moved: dict[int, Value] = {}
            for key, entry in zip(keys, entries, strict=True):
                renamed = [relabel(k, t, ground, names) for k, t in zip(key, kind.keys, strict=True)]
                moved[key_index(renamed, kind, ground)] = relabel(entry, item, ground, names)
            return MapValue(tuple(moved[place] for place in range(len(keys))))
        case _, Elem(sort, index):
            return Elem(sort, names[sort][index]) if sort in names else value
        case _, Rec(name, items):
            kinds = [t for _, t in ground.records[name].fields]
            return Rec(name, tuple(relabel(i, t, ground, names) for i, t in zip(items, kinds, strict=True)))
        case SetType(item), frozenset():
            return frozenset(relabel(v, item, ground, names) for v in value)
        case SeqType(item, _), tuple():
            return tuple(relabel(v, item, ground, names) for v in value)
        case OptionType(item), _ if value is not None:
            return relabel(value, item, ground, names)
        case _:
            return value


def _sorts(kind: Type, ground: GroundMachine) -> Iterator[str]:
    match kind:
        case SortType(name):
            yield name
        case OptionType(item) | SetType(item) | SeqType(item, _):
            yield from _sorts(item, ground)
        case MapType(keys, value):
            for inner in (*keys, value):
                yield from _sorts(inner, ground)
        case RecordType(name):
            for _, inner in ground.records[name].fields:
                yield from _sorts(inner, ground)
        case UnionType(variants):
            for variant in variants:
                yield from _sorts(RecordType(variant), ground)
        case _:
            return
