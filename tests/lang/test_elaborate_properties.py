"""Properties, their premises, values outside functions, types, and the checks over all functions."""

from __future__ import annotations

import ast

import pytest

from spec.lang import elaborate
from spec.lang.ir import Compare, EnumLit, Everywhere, Expr, FieldRead, Listed, Lit, NoneLit, Return, SwitchRead
from spec.lang.machine import Param
from spec.lang.show import show_expr
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL, INT, OUTCOME, Extent, IntType, MapType, OptionType, SeqType, SetType, Type
from tests.lang.elab_tools import (
    DEVICE,
    DOMAIN,
    ERA,
    FIELDS,
    MARK,
    SMALL,
    TABLE,
    USER,
    FakeNames,
    expected_places,
    read_class,
)

AT = BUILTIN
ARGS = {"d": Param("d", DEVICE, AT), "u": Param("u", USER, AT)}


def test_an_action_property_gets_outcome_first_and_then_what_it_asks_for() -> None:
    text = "@action_property\ndef p(self, u, old: Self, d: Device) -> bool:\n    return old.flag == self.flag"
    found = read_class(text, ARGS)
    assert found.names.problems == []
    function = found.functions["p"]
    assert (Param("outcome", OUTCOME, AT), Param("u", USER, AT), Param("d", DEVICE, AT)) == function.params
    assert Return(
        Compare(BOOL, AT, "==", FieldRead(BOOL, AT, "flag", True), FieldRead(BOOL, AT, "flag")), AT
    ) == function.body[-1]


def test_a_during_property_has_old_and_no_parameters() -> None:
    found = read_class("@during\ndef p(self, old) -> bool:\n    return old.home == self.home and old.rollback")
    assert found.names.problems == []
    assert found.functions["p"].params == ()
    assert show_expr(found.functions["p"].body[-1].value) == "self.home == self.home and self.rollback"  # type: ignore[union-attr,arg-type]


PREMISES = [
    ("implies(self.flag, self.count > 0)", "self.flag"),
    ("not self.flag or self.count > 0", "self.flag"),
    ("implies(self.flag and self.count > 1, self.count > 0)", "self.flag and self.count > 1"),
    ("not self.flag or not self.rollback or self.count > 0", "self.flag and self.rollback"),
    ("not self.flag or not self.rollback", "self.flag"),
    ("implies(self.flag, implies(self.rollback, self.count > 0))", "self.flag and self.rollback"),
    ("all(self.uses[x, y] for x in Device for y in Slot if x == x)", "any(x == x for x in Device for y in Slot)"),
    (
        "all(implies(self.level[x] > 0, self.flag) for x in Device)",
        "any(self.level[x] > 0 for x in Device)",
    ),
    (
        "all(implies(self.level[x] > 0, self.flag) for x in Device if x in self.order)",
        "any(self.level[x] > 0 for x in Device if x in self.order)",
    ),
    (
        "implies(self.flag, all(self.level[x] > 0 for x in Device if x in self.order))",
        "self.flag and any(x in self.order for x in Device)",
    ),
    ("all(self.level[x] > 0 for x in Device)", None),
    ("self.flag", None),
    ("self.flag or not self.rollback", None),
    ("any(self.level[x] > 0 for x in Device if x in self.order)", None),
]


@pytest.mark.parametrize(("text", "premise"), PREMISES)
def test_a_property_has_this_premise(text: str, premise: str | None) -> None:
    found = read_class(f"@invariant\ndef p(self) -> bool:\n    return {text}")
    assert found.names.problems == []
    result = elaborate.read_premise(found.nodes["p"], found.functions["p"], found.names)
    assert premise == (None if result is None else show_expr(result.body[-1].value))  # type: ignore[union-attr,arg-type]


def test_a_premise_keeps_the_locals_and_parameters() -> None:
    body = "    x = self.level[d]\n    return implies(x > 0, outcome.done)"
    text = f"@action_property\ndef p(self, outcome: Outcome, d: Device) -> bool:\n{body}"
    found = read_class(text, ARGS)
    premise = elaborate.read_premise(found.nodes["p"], found.functions["p"], found.names)
    assert premise is not None
    assert premise.name == "Spec.p__premise"
    assert found.functions["p"].params == premise.params
    assert found.functions["p"].body[0] == premise.body[0]
    assert premise.locals == {"x": INT}


def test_a_property_with_branches_has_no_premise() -> None:
    body = "    if self.flag:\n        return True\n    return implies(self.flag, True)"
    text = f"@invariant\ndef p(self) -> bool:\n{body}"
    found = read_class(text)
    assert elaborate.read_premise(found.nodes["p"], found.functions["p"], found.names) is None


# --- values -----------------------------------------------------------------------------------------------------


def read_value(text: str, expected: Type, names: FakeNames | None = None) -> tuple[Expr, FakeNames]:
    names = names or FakeNames()
    return elaborate.read_value(ast.parse(text, mode="eval").body, expected, names), names


ERA_SWITCH = SwitchRead(ERA, AT, "era")
VALUES: list[tuple[str, Type, Expr]] = [
    ("since(Era.E2)", BOOL, Compare(BOOL, AT, ">=", ERA_SWITCH, EnumLit(ERA, AT, "E2"))),
    ("until(Era.E2)", BOOL, Compare(BOOL, AT, "<=", ERA_SWITCH, EnumLit(ERA, AT, "E2"))),
    ("axiom()", BOOL, Lit(BOOL, AT, True)),
    ("None", OptionType(USER), NoneLit(OptionType(USER), AT)),
    ("everywhere(False)", MapType((DEVICE,), BOOL), Everywhere(MapType((DEVICE,), BOOL), AT, Lit(BOOL, AT, False))),
    (
        "listed(True, FLAG)",
        MapType((DEVICE,), BOOL),
        Listed(MapType((DEVICE,), BOOL), AT, (Lit(BOOL, AT, True), Lit(BOOL, AT, True))),
    ),
    ("LIMIT", SMALL, Lit(INT, AT, 3)),
]


@pytest.mark.parametrize(("text", "kind", "tree"), VALUES)
def test_a_value_has_this_tree(text: str, kind: Type, tree: Expr) -> None:
    value, names = read_value(text, kind)
    assert names.problems == []
    assert tree == value


BAD_VALUES: list[tuple[str, str, Type]] = [
    ("out-of-bounds", "§4", SMALL),
    ("out-of-bounds", "everywhere(§-1)", FIELDS["level"]),
    ("out-of-bounds", "§7", OptionType(SMALL)),
    ("out-of-bounds", "{1, §9}", SetType(SMALL)),
    ("type-mismatch", "§True", SMALL),
    ("type-mismatch", "§listed(True)", BOOL),
    ("type-mismatch", "§everywhere(True)", BOOL),
    ("no-era", "since(§True)", BOOL),
    ("no-era", "since(§Mode.IDLE)".replace("(§", "(").replace("since", "§since"), BOOL),
    ("arguments", "§since()", BOOL),
    ("arguments", "§axiom(1)", BOOL),
    ("unknown-name", "§self.flag".replace("§self", "§self"), BOOL),
    ("not-callable", "§opposite(Mode.IDLE)", BOOL),
    ("bad-outcome", "§DONE", BOOL),
]


@pytest.mark.parametrize(("code", "text", "kind"), BAD_VALUES)
def test_a_wrong_value_is_told_at_its_place(code: str, text: str, kind: Type) -> None:
    plain, places = expected_places(text)
    _, names = read_value(plain, kind)
    assert text.count(MARK) == 1
    if text == "§self.flag":
        places = [(1, 1)]
    assert [(code, *place) for place in places] == [(p.code, p.span.line, p.span.col) for p in names.problems]


def test_since_needs_an_era_switch() -> None:
    _, names = read_value("since(Era.E2)", BOOL, FakeNames(era=""))
    assert [p.code for p in names.problems] == ["no-era"]


# --- types ------------------------------------------------------------------------------------------------------

UP_TO_TWICE = IntType(Extent(0), Extent(0, (("Device", 2),)))
TYPES: list[tuple[str, Type]] = [
    ("bool", BOOL),
    ("int", INT),
    ("Outcome", OUTCOME),
    ("Device | None", OptionType(DEVICE)),
    ("None | Device", OptionType(DEVICE)),
    ("Domain", DOMAIN),
    ("Default | Blocking | Table", DOMAIN),
    ("Domain | None", OptionType(DOMAIN)),
    ("Table | None", OptionType(TABLE)),
    ("Annotated[int, Bounds(0, LIMIT)]", SMALL),
    ("Annotated[int, Bounds(-1, 2 * len(Device) + 1)]", IntType(Extent(-1), Extent(1, (("Device", 2),)))),
    ("Annotated[int, Bounds(0, len(User) + len(Device) * 2 - len(User))]", UP_TO_TWICE),
    ("Set[User]", SetType(USER)),
    ("Seq[Device, Max(len(Device))]", SeqType(DEVICE, Extent(0, (("Device", 1),)))),
    ("Map[tuple[Device, bool], Set[User]]", MapType((DEVICE, BOOL), SetType(USER))),
    ("Map[Annotated[int, Bounds(0, 3)], Seq[User, Max(2)]]", MapType((SMALL,), SeqType(USER, Extent(2)))),
]


@pytest.mark.parametrize(("text", "kind"), TYPES)
def test_an_annotation_says_this_type(text: str, kind: Type) -> None:
    names = FakeNames()
    assert kind == elaborate.read_type(ast.parse(text, mode="eval").body, names)
    assert names.problems == []


def test_a_wrong_annotation_is_told_from_a_right_one() -> None:
    assert not elaborate.is_known(elaborate.read_type(ast.parse("Devise", mode="eval").body, FakeNames()))
    assert elaborate.is_known(elaborate.read_type(ast.parse("Device", mode="eval").body, FakeNames()))


def test_an_outcome_that_the_text_does_not_ask_for_is_not_in_its_scope() -> None:
    found = read_class("@action_property\ndef p(self) -> bool:\n    outcome = self.flag\n    return outcome", ARGS)
    assert found.names.problems == []
    assert tuple(p.name for p in found.functions["p"].params) == ("outcome",)
    assert found.functions["p"].locals == {"outcome_2": BOOL}
