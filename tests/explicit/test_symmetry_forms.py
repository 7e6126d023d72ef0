"""Canonical forms and orbits: both engines against relabelled values, for every place where an element can stand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from checker.constants import from_slots, relabel
from checker.explicit import c_engine, compile
from checker.explicit.layout import Layout
from checker.explicit.py_symmetry import Forms
from checker.slow_symmetry import orbit, relabellings
from checker.symmetry import SMALL_ORDER, Symmetry, symmetry_of
from checker.symmetry_slots import image
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, MapType, OptionType, SetType
from tests.build import Build
from tests.symmetric_machines import places, random_slots
from tests.words import FALSE, TRUE, at, done, eq, everywhere, none, put, set_of, var, when

Slots = tuple[int, ...]
Form = Callable[[Slots], tuple[object, int]]
"""The canonical form of a state and the size of its orbit."""

needs_c = pytest.mark.skipif(not compile.available(), reason="no C compiler")


def group_of(ground: GroundMachine) -> Symmetry:
    """The group without constants."""
    found = symmetry_of(ground, {})
    assert found is not None
    return found


def forms_in_python(ground: GroundMachine, group: Symmetry) -> Form:
    """What the Python engine does."""
    layout = Layout(ground)
    forms = Forms(group, layout)
    return lambda slots: forms.of(layout.pack(slots))


def forms_in_c(ground: GroundMachine, group: Symmetry) -> Form:
    """What the C engine does."""
    search = c_engine.CSearch(ground, {}, symmetry=True)

    def form(slots: Slots) -> tuple[object, int]:
        found, stabiliser = search.canonical(slots)
        assert group.order % stabiliser == 0
        return found, group.order // stabiliser

    return form


ENGINES = [pytest.param(forms_in_python, id="python"), pytest.param(forms_in_c, id="c", marks=needs_c)]


def moved(ground: GroundMachine, layout: Layout, slots: Slots, names: dict[str, tuple[int, ...]]) -> Slots:
    """The slots of a state whose values are relabelled one by one."""
    state = layout.decode(slots)
    return layout.encode({n: relabel(state[n], f.type, ground, names) for n, f in ground.fields.items()})


def states(ground: GroundMachine, many: int, seed: int = 0) -> Iterator[Slots]:
    """States drawn anew each time."""
    random, layout = Random(seed), Layout(ground)
    yield (0,) * len(layout.leaves)
    for _ in range(many):
        yield random_slots(ground, layout, random)


def names_of(ground: GroundMachine, group: Symmetry, to: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """A relabelling sort by sort."""
    return {n: tuple(to[first + i] - first for i in range(ground.sizes[n])) for n, first in group.sorts.items()}


@pytest.mark.parametrize("sizes", [(2, 1), (2, 2), (3, 2), (3, 3)])
def test_slots_move_as_values_do(sizes: tuple[int, int]) -> None:
    """The steps of keys and codes against a walk through the values."""
    ground, layout = places(*sizes), Layout(places(*sizes))
    group = group_of(ground)
    every = {tuple(to): names_of(ground, group, to) for to in group.relabellings()}
    assert len(every) == group.order == math.factorial(sizes[0]) * math.factorial(sizes[1])
    for slots in states(ground, 25):
        for to, names in every.items():
            assert moved(ground, layout, slots, {"Device": (0,), "User": (0,)} | names) == image(group.slots, slots, to)


@pytest.mark.parametrize("forms", ENGINES)
@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (3, 3), (4, 2)])
def test_a_form_is_shared_by_an_orbit_and_by_nothing_else(
    forms: Callable[[GroundMachine, Symmetry], Form], sizes: tuple[int, int]
) -> None:
    """Every state of the orbit, found by relabelling values in every way, has the form and the size of the orbit."""
    ground, layout = places(*sizes), Layout(places(*sizes))
    form = forms(ground, group_of(ground))
    group = list(relabellings(ground, {}))
    homes: dict[object, frozenset[Slots]] = {}
    assert (group_of(ground).order > SMALL_ORDER) == (sizes != (2, 2))
    for slots in states(ground, 30, seed=sum(sizes)):
        members = frozenset(orbit(ground, group, layout.decode(slots)))
        found = {form(member) for member in members}
        assert {len(members)} == {size for _, size in found}
        (name,) = {shared for shared, _ in found}
        assert homes.setdefault(name, members) == members
    assert len(homes) > 15


def pointers(sizes: tuple[int, ...]) -> GroundMachine:
    """Every element of each sort points to one of the next sort, or to nothing; the last one points to the first."""
    b = Build("Pointers")
    sorts = [b.sort(f"Sort{place}", size) for place, size in enumerate(sizes)]
    for place, sort in enumerate(sorts):
        kind = MapType((sort,), OptionType(sorts[(place + 1) % len(sorts)]))
        b.field(f"f{place}", kind, everywhere(none(kind.value), kind))
        b.action(f"clear{place}", {}, put(f"f{place}", everywhere(none(kind.value), kind)), done())
    return b.ground()


@pytest.mark.parametrize("forms", ENGINES)
@pytest.mark.parametrize("sizes", [(4,), (3, 3), (2, 2, 3)])
def test_every_way_to_point(forms: Callable[[GroundMachine, Symmetry], Form], sizes: tuple[int, ...]) -> None:
    """All states there are, with loops, pairs and rings among them; orbits add up to all of them."""
    ground = pointers(sizes)
    group, layout = group_of(ground), Layout(ground)
    form = forms(ground, group)
    names: dict[object, set[Slots]] = {}
    orders = list(group.relabellings())
    for slots in itertools.product(*(range(leaf.cardinality) for leaf in layout.leaves)):
        name, size = form(slots)
        if name not in names:
            names[name] = {image(group.slots, slots, to) for to in orders}
            assert size == len(names[name])
        assert slots in names[name]
    assert sum(map(len, names.values())) == math.prod(leaf.cardinality for leaf in layout.leaves)


@pytest.mark.parametrize("forms", ENGINES)
def test_large_groups_are_not_enumerated(forms: Callable[[GroundMachine, Symmetry], Form]) -> None:
    """Six and five elements: 86,400 relabellings. Orbits of states that say little have sizes one can work out."""
    ground, layout = places(6, 5), Layout(places(6, 5))
    group = group_of(ground)
    assert group.order == math.factorial(6) * math.factorial(5)
    form = forms(ground, group)

    def size(**given: list[int]) -> int:
        slots = [0] * len(layout.leaves)
        for name, codes in given.items():
            slots[layout.start[name] : layout.start[name] + len(codes)] = codes
        random, found = Random(7), form(tuple(slots))
        for _ in range(12):
            devices, users = random.sample(range(6), 6), random.sample(range(5), 5)
            other = moved(ground, layout, tuple(slots), {"Device": tuple(devices), "User": tuple(users)})
            assert form(other) == found
        return found[1]

    pairs = [0] * 30
    for place in range(5):
        pairs[place * 5 + place] = 1
    assert size() == 1
    assert size(one=[1]) == 6
    assert size(row=[2, 0, 1]) == 30
    assert size(marked=[0b111]) == math.comb(6, 3)
    assert size(level=[0, 0, 1, 1, 2, 2]) == 90
    assert size(pair=pairs) == math.factorial(6)  # a device for each user: 6 * 5 * 4 * 3 * 2 ways
    assert size(peer=[2, 3, 4, 5, 6, 1]) == math.factorial(5)  # one ring of six
    assert size(peer=[2, 3, 1, 5, 6, 4]) == 40  # two rings of three: 10 halves, two ways round each
    assert size(peer=[2, 1, 4, 3, 6, 5]) == 15  # three pairs
    assert size(level=[1] * 6, peer=[2, 1, 4, 3, 6, 5], marked=[0b111111]) == 15
    assert size(twice=[0, 1, *[0] * 34, *[0] * 36]) == 30  # one arrow
    assert size(many=[0b11, 0b1100, 0b110000, 0, 0]) == 90 * 10  # three pairs of devices, three of five users


@pytest.mark.parametrize("forms", ENGINES)
def test_many_ways_are_not_all_gone(forms: Callable[[GroundMachine, Symmetry], Form]) -> None:
    """Ten elements in five pairs can be put in 5! * 2**5 ways that are all alike, eleven in a ring in 11."""
    for many, points, order in ((10, [1, 0, 3, 2, 5, 4, 7, 6, 9, 8], 3840), (11, [*range(1, 11), 0], 11)):
        ground = pointers((many,))
        form = forms(ground, group_of(ground))
        random = Random(many)
        found = set()
        for _ in range(8):
            to = random.sample(range(many), many)
            slots = [0] * many
            for element, target in enumerate(points):
                slots[to[element]] = 1 + to[target]
            found.add(form(tuple(slots)))
        assert {size for _, size in found} == {math.factorial(many) // order}
        assert len(found) == 1


def test_the_constants_cut_the_group_down() -> None:
    """Two and two devices in two groups: within a group, and both groups with their devices."""
    b = Build("Topology")
    device, group = b.sort("Device", 4), b.sort("Group", 2)
    home = b.constant("home", MapType((device,), group))
    on = b.field("on", MapType((device,), BOOL), everywhere(FALSE, MapType((device,), BOOL)))
    d = var("d", device)
    b.action("take", {"g": group, "d": device}, when(eq(at(home, d), var("g", group)), put("on", TRUE, d)), done())
    assert on.type
    ground = b.ground()
    for home_of, order in (((0, 0, 1, 1), 8), ((0, 0, 0, 1), 6), ((0, 0, 0, 0), 24), ((0, 1, 1, 0), 8)):
        found = symmetry_of(ground, {"home": home_of})
        assert found is not None and found.order == order
        by_values = {
            tuple((*names["Device"], *(4 + g for g in names["Group"])))
            for names in relabellings(ground, from_slots(ground, {"home": home_of}))
        }
        assert by_values == set(found.relabellings())


def test_a_constant_may_leave_nothing() -> None:
    b = Build("Named")
    device = b.sort("Device", 2)
    who = b.constant("who", device)
    kind = OptionType(device)
    b.field("it", kind, none(kind))
    b.action("take", {}, put("it", none(kind)), when(eq(who, who), done()), done())
    assert symmetry_of(b.ground(), {"who": (1,)}) is None


def test_sorts_inside_sets_inside_scalars_are_left_alone() -> None:
    """A set in an option is one code; bits cannot be moved by steps there."""
    for inner, symmetric in ((False, True), (True, False)):
        b = Build("Nested")
        device = b.sort("Device", 3)
        kind = OptionType(SetType(device)) if inner else SetType(device)
        b.field("f", kind, none(kind) if inner else set_of(device))
        b.action("clear", {}, put("f", none(kind) if inner else set_of(device)), done())
        assert (symmetry_of(b.ground(), {}) is not None) == symmetric


def test_broken_tables_are_noticed() -> None:
    """The comparison above can fail: an entry of a sequence taken for a plain slot, a code without its elements."""
    ground, layout = places(3, 2), Layout(places(3, 2))
    group = group_of(ground)
    names = {"Device": (1, 2, 0), "User": (0, 1)}
    to = (1, 2, 0, 3, 4)

    def differs(slots: tuple[object, ...]) -> bool:
        return any(moved(ground, layout, s, names) != image(slots, s, to) for s in states(ground, 40))  # type: ignore[arg-type]

    assert not differs(group.slots)
    place = layout.start["row"]
    assert differs((*group.slots[: place + 1], replace(group.slots[place + 1], length=-1), *group.slots[place + 2 :]))
    place = layout.start["held"]
    plain = replace(group.slots[place], mentions=None)
    assert differs((*group.slots[:place], plain, *group.slots[place + 1 :]))
