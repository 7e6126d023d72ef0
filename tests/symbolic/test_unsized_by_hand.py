"""Exclusion, count and cookie over five actions, written as formulas by hand: Z3 decides them with its quantifiers.

Nothing here comes from a spec or from the checker. Devices, groups and owners are uninterpreted sorts. The formulas are
of the Bernays-Schoenfinkel-Ramsey class with one stratified function (`home`, from devices to groups) and, for the
counts, ghost numbers with three facts about the cardinality of finite sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import z3

Device, Group, Owner = (z3.DeclareSort(n) for n in ("Device", "Group", "Owner"))
home = z3.Function("home", Device, Group)
d, e = z3.Consts("d e", Device)
g = z3.Const("g", Group)
D, G, O = z3.Const("D", Device), z3.Const("G", Group), z3.Const("O", Owner)  # noqa: E741


@dataclass
class Vars:
    """The state in one version; `held` and `claimed` say that there is an owner or a claim, `uses_of` and `claims_of`
    count devices, for the ghost numbers."""

    tag: str

    def __post_init__(self) -> None:
        t = self.tag
        self.uses = z3.Function("uses" + t, Device, z3.BoolSort())
        self.claimed = z3.Function("claimed" + t, Device, z3.BoolSort())
        self.claim = z3.Function("claim" + t, Device, Owner)
        self.held = z3.Function("held" + t, Group, z3.BoolSort())
        self.owner = z3.Function("owner" + t, Group, Owner)
        self.whole = z3.Function("whole" + t, Group, z3.BoolSort())
        self.whole_owner = z3.Function("whole_owner" + t, Group, Owner)
        self.count = z3.Function("count" + t, Group, z3.IntSort())
        self.uses_of = z3.Function("uses_of" + t, Group, z3.IntSort())
        self.claims_of = z3.Function("claims_of" + t, Group, z3.IntSort())

    def claims(self, x: z3.ExprRef) -> z3.ExprRef:
        """Device-level claims of a group, and one for the group-level claim."""
        return self.claims_of(x) + z3.If(self.whole(x), 1, 0)

    def cardinality(self) -> list[z3.BoolRef]:
        """The numbers are not negative, and none only where nothing is counted."""
        found = []
        for number, holds in ((self.uses_of, self.uses), (self.claims_of, self.claimed)):
            found.append(z3.ForAll([g], number(g) >= 0))
            found.append(z3.ForAll([d], z3.Implies(holds(d), number(home(d)) > 0)))
            witness = z3.Function(f"witness_{number}", Group, Device)
            found.append(z3.ForAll([g], z3.Implies(number(g) > 0, z3.And(holds(witness(g)), home(witness(g)) == g))))
        return found

    def promises(self) -> dict[str, z3.BoolRef]:
        return {
            "I1": z3.ForAll([g], z3.Implies(self.uses_of(g) > 0, self.claims(g) == 0)),
            "I2": z3.ForAll([g], self.count(g) == self.uses_of(g) + self.claims(g)),
            "I2b": z3.ForAll([g], self.held(g) == (self.claims(g) > 0)),
            "I3": z3.ForAll([d], z3.Implies(self.claimed(d), self.claim(d) == self.owner(home(d)))),
            "I3b": z3.ForAll([g], z3.Implies(self.whole(g), self.whole_owner(g) == self.owner(g))),
            "lemma": z3.ForAll([d], z3.Implies(self.claimed(d), z3.Not(self.whole(home(d))))),
        }


now, then = Vars(""), Vars("'")
NAMES = ("uses", "claimed", "claim", "held", "owner", "whole", "whole_owner", "count")


def step(guard: z3.BoolRef, **writes: Callable[[z3.ExprRef], z3.ExprRef]) -> list[z3.BoolRef]:
    """The guard, what is written as functions of the key, all else unchanged; and the numbers that follow."""
    facts = [guard]
    for name in NAMES:
        key = d if getattr(now, name).domain(0) == Device else g
        new = writes[name](key) if name in writes else getattr(now, name)(key)
        facts.append(z3.ForAll([key], getattr(then, name)(key) == new))
    for number, holds in (("uses_of", "uses"), ("claims_of", "claimed")):
        before, after = getattr(now, holds)(D), getattr(then, holds)(D)
        change = z3.If(after, 1, 0) - z3.If(before, 1, 0)
        # only D's entry changes, so the number of its group changes by what changes there
        facts.append(
            z3.ForAll([g], getattr(then, number)(g) == getattr(now, number)(g) + z3.If(g == home(D), change, 0))
        )
    return facts


def at(place: z3.ExprRef, value: object, old: z3.FuncDeclRef) -> Callable[[z3.ExprRef], z3.ExprRef]:
    return lambda key: z3.If(key == place, value, old(key))


H = home(D)
STEPS = {
    "bind": step(
        z3.And(z3.Not(now.uses(D)), z3.Or(now.count(H) == 0, z3.Not(now.held(H)))),
        uses=at(D, True, now.uses),
        count=at(H, now.count(H) + 1, now.count),
    ),
    "unbind": step(now.uses(D), uses=at(D, False, now.uses), count=at(H, now.count(H) - 1, now.count)),
    "claim": step(
        now.count(G) == 0,
        whole=at(G, True, now.whole),
        whole_owner=at(G, O, now.whole_owner),
        held=at(G, True, now.held),
        owner=at(G, O, now.owner),
        count=at(G, 1, now.count),
    ),
    "release": step(
        now.whole(G), whole=at(G, False, now.whole), held=at(G, False, now.held), count=at(G, 0, now.count)
    ),
    "device claim": step(
        z3.And(
            z3.Not(now.claimed(D)),
            z3.Not(now.whole(H)),
            z3.Or(now.count(H) == 0, z3.And(now.held(H), now.owner(H) == O)),
        ),
        claimed=at(D, True, now.claimed),
        claim=at(D, O, now.claim),
        held=at(H, True, now.held),
        owner=at(H, O, now.owner),
        count=at(H, now.count(H) + 1, now.count),
    ),
}


def decide(facts: list[z3.BoolRef], name: str) -> z3.CheckSatResult:
    solver = z3.Solver()
    solver.set("timeout", 60000)
    solver.add(*facts, *now.cardinality(), *then.cardinality(), *now.promises().values(), z3.Not(then.promises()[name]))
    return solver.check()


@pytest.mark.z3
@pytest.mark.parametrize("action", STEPS)
def test_the_promises_are_inductive_for_any_number(action: str) -> None:
    for name in now.promises():
        assert decide(STEPS[action], name) == z3.unsat, name


@pytest.mark.z3
@pytest.mark.parametrize("action", STEPS)
def test_the_actions_can_happen(action: str) -> None:
    """So what is proved of them is not empty; a model of quantified facts need not be found, but none is excluded."""
    solver = z3.Solver()
    solver.set("timeout", 5000)
    solver.add(*STEPS[action], *now.cardinality(), *then.cardinality(), *now.promises().values())
    assert solver.check() != z3.unsat


@pytest.mark.z3
def test_a_claim_that_does_not_look_is_not_proved() -> None:
    """Without its guard the claim breaks the exclusion."""
    assert decide([z3.BoolVal(True), *STEPS["claim"][1:]], "I1") != z3.unsat
