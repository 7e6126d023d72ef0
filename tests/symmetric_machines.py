"""Machines by hand whose sorts can be relabelled: elements in every kind of place, and states to relabel."""

from __future__ import annotations

from random import Random

from checker.explicit.layout import Layout
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr
from spec.lang.types import BOOL, NONE, BoolType, Extent, MapType, OptionType, SeqType, SetType, Type, UnionType
from tests.build import Build
from tests.words import FALSE, bounded, everywhere, lit, none, put, seq_of, set_of


def places(devices: int, users: int) -> GroundMachine:
    """One field per kind of place in which elements stand; some action writes it, so that it is not folded away."""
    b = Build("Places")
    device, user = b.sort("Device", devices), b.sort("User", users)
    small = bounded(0, 2)
    b.record("Blank")
    b.record("Held", by=user, level=small, of=OptionType(device))
    union = OptionType(UnionType(("Blank", "Held")))
    kinds: dict[str, Type] = {
        "one": OptionType(device),
        "level": MapType((device,), small),
        "peer": MapType((device,), OptionType(device)),
        "pair": MapType((device, user), BOOL),
        "twice": MapType((bounded(0, 1), device, device), BOOL),
        "row": SeqType(device, Extent(3)),
        "rows": MapType((user,), SeqType(OptionType(device), Extent(2))),
        "marked": SetType(device),
        "many": MapType((user,), SetType(device)),
        "held": union,
        "boxes": MapType((device,), union),
        "pairs": SetType(b.record("Pair", who=user, what=device)),
        "sets": SeqType(SetType(user), Extent(2)),
        "count": small,
    }
    for name, kind in kinds.items():
        whole = _empty(kind)
        b.field(name, kind, whole)
        b.action(f"clear_{name}", {}, put(name, whole), kind="kernel", returns=NONE)
    return b.ground()


def _empty(kind: Type) -> Expr:
    match kind:
        case MapType(_, value):
            return everywhere(_empty(value), kind)
        case OptionType():
            return none(kind)
        case SetType(item):
            return set_of(item)
        case SeqType():
            return seq_of(kind)
        case BoolType():
            return FALSE
        case _:
            return lit(0)


def random_slots(ground: GroundMachine, layout: Layout, random: Random) -> tuple[int, ...]:
    """Codes of a state in which elements are often alike; unused entries of sequences are 0."""
    most, full = random.choice((1, 2, 2, 3, 9)), random.choice((0.0, 0.1, 0.5))
    codes = [
        random.randrange(leaf.cardinality if random.random() < full else min(most, leaf.cardinality))
        for leaf in layout.leaves
    ]
    for name, field in ground.fields.items():
        value = field.type.value if isinstance(field.type, MapType) else field.type
        if isinstance(value, SeqType):
            width = 1 + value.capacity.constant
            for first in range(layout.start[name], layout.start[name] + layout.width[name], width):
                for entry in range(codes[first], width - 1):
                    codes[first + 1 + entry] = 0
    return tuple(codes)
