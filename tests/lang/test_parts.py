"""What a spec with parts becomes: qualified names, shared switches, what happens by itself, and who is asked what."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import slow
from checker.constants import as_slots, constant_choices
from spec.lang.errors import RequestError, SpecError
from spec.lang.ground import ground
from spec.lang.machine import Machine, Property
from tests.lang.frontend_tools import load_text

TEXT = """
class Slot(Sort, size=2): "A place."
class Era(OrderedEnum): E1 = auto(); E2 = auto()

class Store(Spec):
    "Keeps things."
    era: Switch[Era] = Era.E1
    careful: Switch[bool] = since(Era.E2)
    shared: Switch[bool] = axiom()
    wide: Constant[bool] = every()
    full: Map[Slot, bool] = everywhere(False)
    seen: Ghost[bool] = field(False, when="careful")

    configurations = {"tiny": configuration("One slot.", Slot=1)}
    profiles = {"old": profile(era=Era.E1)}

    @ioctl(cites="store.c:put()", sure="read")
    def put(self, s: Slot, *, slips: bool) -> Outcome:
        "Put it there."
        if self.full[s]:
            return refuse(EBUSY, "full")
        if slips and self.wide:
            return refuse(EIO, "slipped")
        self.full[s] = True
        return DONE

    @kernel
    def rot(self, s: Slot) -> None:
        "It is gone."
        require(self.full[s])
        self.full[s] = False

    @ioctl
    @when("careful")
    def look(self) -> Outcome:
        "Look."
        self.seen = True
        return DONE

    def any_full(self) -> bool:
        return any(self.full[s] for s in Slot)

    @invariant
    def one_at_most(self) -> bool:
        return sum(1 for s in Slot if self.full[s]) <= 1

    @action_property
    def nothing_moves(self, old: Self, outcome: Outcome) -> bool:
        return True

    @action_property("put")
    def put_fills(self, old: Self, outcome: Outcome, s: Slot) -> bool:
        return implies(outcome.done, self.full[s] and not old.full[s])

    @action_property("rot")
    def rot_clears(self, old: Self, outcome: Outcome, s: Slot) -> bool:
        return not self.full[s]

    @goal
    def all_full(self) -> bool:
        return all(self.full[s] for s in Slot)

class Shop(Spec):
    "Two stores."
    q: bool = False
    front: Store = part("put", careful=True)
    back: Store  # behind the counter
    open_: bool = False

    configurations = {"two": configuration("Both wide.", era=Era.E2, shared=False, wide=True)}
    profiles = {"new": profile(era=Era.E2, careful=False)}

    @ioctl
    def sell(self, s: Slot) -> Outcome:
        "From the back."
        if self.back.any_full():
            return refuse(EBUSY, "back-full")
        return self.back.put(s, slips=False)

    @action_property("front.put")
    def the_back_stays(self, old: Self, outcome: Outcome, s: Slot) -> bool:
        return self.back.full[s] == old.back.full[s]

class Idle(Spec):
    "Does nothing with its store."
    store: Store
    n: bool = False
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return load_text(tmp_path, TEXT, "Shop")


def on(machine: Machine, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which actions a property is about, and which of them the text around the part calls."""
    found: Property = machine.properties[name]
    return found.on, found.inner


def test_fields_nest_in_declared_order(machine: Machine) -> None:
    assert ["q", "front.full", "front.seen", "back.full", "back.seen", "open_"] == list(machine.fields)
    assert all(name == field.name for name, field in machine.fields.items())


def test_only_what_is_named_happens_by_itself(machine: Machine) -> None:
    assert ["front.put", "sell"] == list(machine.actions)
    assert "front.Store.put" == machine.actions["front.put"].function
    assert "store.c:put()" == machine.actions["front.put"].provenance.cites


def test_part_all_is_every_action(tmp_path: Path) -> None:
    machine = load_text(tmp_path, TEXT.replace("store: Store", "store: Store = part(all)"), "Idle")
    assert ["store.put", "store.rot", "store.look"] == list(machine.actions)


def test_functions_of_parts_have_keys_of_their_own(machine: Machine) -> None:
    assert {"front.Store.put", "back.Store.put", "back.Store.any_full", "Shop.sell"} <= machine.functions.keys()
    assert "front.Store.any_full" not in machine.functions
    assert all(key == function.name for key, function in machine.functions.items())


def test_all_properties_come_along(machine: Machine) -> None:
    each = ["one_at_most", "nothing_moves", "put_fills", "rot_clears", "all_full"]
    wanted = [f"{part}.{name}" for part in ("front", "back") for name in each]
    assert [*wanted, "the_back_stays"] == list(machine.properties)


def test_who_is_asked_about_which_actions(machine: Machine) -> None:
    assert (("front.put",), ()) == on(machine, "front.put_fills")
    assert (("back.put",), ("back.put",)) == on(machine, "back.put_fills")
    assert (("back.put", "back.rot", "back.look"), ("back.put",)) == on(machine, "back.nothing_moves")
    assert ((), ()) == on(machine, "back.one_at_most")
    assert (("front.put",), ()) == on(machine, "the_back_stays")


def test_a_promise_about_steps_that_never_happen_is_not_in_force(machine: Machine) -> None:
    in_force = {p.name for p in ground(machine).properties}
    assert "back.rot_clears" not in in_force
    assert {"back.put_fills", "front.put_fills", "back.one_at_most"} <= in_force


def test_invariants_of_a_part_that_never_acts_are_asked(tmp_path: Path) -> None:
    text = TEXT.replace("full: Map[Slot, bool] = everywhere(False)", "full: Map[Slot, bool] = everywhere(True)")
    finite = ground(load_text(tmp_path, text, "Idle"))
    found = slow.explore(finite, as_slots(finite, constant_choices(finite)[0]))
    assert 0 == len(found.found["store.one_at_most"].steps)


def test_switches_are_shared_and_one_is_fixed(machine: Machine) -> None:
    assert ["era", "front.careful", "shared", "careful"] == list(machine.switches)
    assert machine.switches["front.careful"].fixed
    assert machine.switches["shared"].axiom
    assert {"era": "E1", "front.careful": True, "shared": True, "careful": False} == ground(machine).switches


def test_the_whole_gives_another_default(tmp_path: Path) -> None:
    text = TEXT.replace("    q: bool = False\n", "    q: bool = False\n    era: Switch[Era] = Era.E2\n")
    assert "E2" == ground(load_text(tmp_path, text, "Shop")).switches["era"]


def test_a_fixed_switch_rules_what_the_part_has(machine: Machine) -> None:
    assert ("front.careful",) == machine.fields["front.seen"].availability.when
    assert ("careful",) == machine.fields["back.seen"].availability.when


def test_profiles_and_configurations_are_those_of_the_whole(machine: Machine) -> None:
    assert ["two"] == list(machine.configurations)
    assert {"wide"} == machine.configurations["two"].constants.keys()
    assert {"era", "shared"} == machine.configurations["two"].switches.keys()
    assert ["new"] == list(machine.profiles)


def test_a_configuration_cannot_set_what_is_fixed_everywhere(tmp_path: Path) -> None:
    text = TEXT.replace("back: Store  #", "back: Store = part(careful=True)  #")
    with pytest.raises(SpecError) as caught:
        load_text(tmp_path, text, "Shop")
    assert {"unknown-switch"} == {p.code for p in caught.value.problems}


def test_open_constants_of_parts_have_every_choice(machine: Machine) -> None:
    finite = ground(machine)
    assert [False, True] == [choice["wide"] for choice in constant_choices(finite)]


def test_an_action_that_is_not_there_cannot_be_called(tmp_path: Path) -> None:
    text = TEXT.replace("return self.back.put(s, slips=False)", "return self.back.look()")
    with pytest.raises(SpecError) as caught:
        ground(load_text(tmp_path, text, "Shop"))
    assert {"absent-function", "absent-field"} == {p.code for p in caught.value.problems}
    assert ground(load_text(tmp_path, text, "Shop"), {}, {"careful": True})


def test_sizes_are_shared(machine: Machine) -> None:
    with pytest.raises(RequestError):
        ground(machine, {"front.Slot": 1})
    assert 1 == ground(machine, {"Slot": 1}).sizes["Slot"]
