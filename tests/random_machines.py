"""Random small machines in the typed tree, always well typed, for comparing engines (`@given(cases())`).

`LIMITS` keeps the slow search short; `cases` adds one choice of the constants. `raw_machine(seed, scale)` makes the
machine of a failing example again.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from checker.constants import as_slots, constant_choices
from checker.explorations import Limits
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import EnumDecl, Machine, PropertyKind, RecordDecl
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    Extent,
    MapType,
    OptionType,
    SeqType,
    SetType,
    Type,
    UnionType,
)
from spec.lang.values import cardinality, values
from tests import words
from tests.build import Build
from tests.random_bodies import Bodies
from tests.random_draw import Draw
from tests.random_expressions import Callee, Scope, scalars

LIMITS = Limits(states=60)
"""Enough for most machines, and a test of the state limit on the others."""


Case = tuple[GroundMachine, dict[str, tuple[int, ...]]]


def raw_machine(seed: int, scale: int = 3) -> Machine:
    """The machine of a seed, before grounding."""
    return Maker(Draw(seed, scale)).machine()


def case_of(grounded: GroundMachine, number: int = 0) -> Case:
    """A ground machine with one choice of its constants, as engines take it."""
    try:
        choices = constant_choices(grounded)
    except RequestError:  # an assumption that faults: any choice is as good for comparing engines
        choices = []
    choices = choices or [{name: next(iter(values(c.type, grounded))) for name, c in grounded.constants.items()}]
    return grounded, as_slots(grounded, choices[number % len(choices)])


def raw_machines() -> st.SearchStrategy[Machine]:
    """Machines before grounding."""
    return _seeds().map(lambda seed: raw_machine(seed, 1 + seed % 3))


def machines() -> st.SearchStrategy[GroundMachine]:
    """Ground machines; their types are small, and a run reads only a few choices."""
    return raw_machines().map(ground)


def cases() -> st.SearchStrategy[Case]:
    """Ground machines with a choice of their constants."""
    return _seeds().map(lambda seed: case_of(ground(raw_machine(seed, 1 + seed % 3)), seed // 4))


def _seeds() -> st.SearchStrategy[int]:
    """One number is all that Hypothesis draws: with more, most of its examples would be near copies of others."""
    return st.integers(0, 2**32 - 1)


class Maker:
    """Draws the declarations of one machine, then its functions."""

    bodies = Bodies
    """What draws the text of functions."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.b = Build("Random")
        self.scalars: list[Type] = [BOOL]

    def machine(self) -> Machine:
        """The whole machine."""
        self._types()
        self._sites()
        scope = Scope(self.b, self.draw)
        for number in range(self.draw.upto(2)):
            self._switch(scope, number)
        for number in range(self.draw.upto(2)):
            self._constant(scope, number)
        for number in range(1 + self.draw.upto(1 + self.draw.scale)):
            self._field(scope, number)
        for number in range(self.draw.upto(2)):
            self._pure(scope, number)
        for number in range(self.draw.upto(self.draw.scale)):
            self._helper(scope, number)
        for number in range(1 + self.draw.upto(self.draw.scale)):
            self._action(scope, number)
        if self.draw.chance(4):
            choices = self._params(scope, "c", 2)
            body = self.bodies(scope, {}, choices, NONE, initial=True).whole()
            self.b.initial = self.b.function("boot", {}, body, choices=choices, returns=NONE)
        self._properties(scope)
        return self.b.machine()

    # --- declarations -------------------------------------------------------------------------------------------

    def _types(self) -> None:
        draw, b = self.draw, self.b
        low = -draw.upto(1)
        self.scalars.append(words.bounded(low, low + 1 + draw.upto(2)))
        self.scalars.append(b.sort("Able", draw.pick((2, 3, 1))))
        if draw.chance(2):
            self.scalars.append(b.sort("Baker", 1 + draw.upto(1), ordered=draw.chance(2)))
        self.scalars.append(b.enum("Level", *("LOW", "MID", "HIGH")[: draw.pick((2, 3, 3, 1))], ordered=True))
        plain = list(self.scalars)
        if draw.chance(2):
            b.record("Blank")
            fields = {f"r{i}": self._record_item(plain) for i in range(draw.upto(2))}
            self.scalars += [b.record("Table", **fields), UnionType(("Blank", "Table"))]
            if draw.chance(2):
                b.record("Third", only=plain[draw.upto(len(plain) - 1)])
                self.scalars.append(UnionType(("Table", "Blank", "Third")))
        self.plain = plain
        self.scalars += [OptionType(t) for t in self.scalars if draw.chance(3)]
        self.scalars += [SetType(draw.pick(plain))]

    def _record_item(self, plain: Sequence[Type]) -> Type:
        kind = self.draw.pick(plain)
        return OptionType(kind) if self.draw.chance(3) else kind

    def _sites(self) -> None:
        b, kinds = self.b, ("refused", "refused", "blocked", "partial", "done", "pending")
        for number in range(2 + self.draw.upto(2)):
            kind = self.draw.pick(kinds)
            errno = ("EPERM", "EBUSY")[number % 2] if kind in ("refused", "partial") else ""
            b.site(kind, errno, f"reason{number % 3}")
        b.warning("first")
        b.warning("second")

    def _switch(self, scope: Scope, number: int) -> None:
        if number == 0:
            scope.readable.append(self.b.switch("flag", BOOL, words.lit(self.draw.chance(2))))
        else:
            scope.readable.append(self.b.switch("many", INT, words.plus(words.size("Able"), 1)))

    def _storable(self) -> Type:
        kind = self.draw.pick(self.scalars)
        match self.draw.upto(4):
            case 0:
                return kind
            case 1:
                return SeqType(kind, Extent(1 + self.draw.upto(2)))
            case 2 | 3:
                keys = [t for t in self.plain]
                names = [self.draw.pick(keys) for _ in range(1 + (self.draw.upto(3) == 3))]
                value: Type = SeqType(kind, Extent(1 + self.draw.upto(1))) if self.draw.chance(5) else kind
                return MapType(tuple(names), value)
            case _:
                return kind

    def _field(self, scope: Scope, number: int) -> None:
        kind = self._storable()
        bodies = self.bodies(scope, {}, {}, NONE, closed=True)
        scope.fields.append(self.b.field(f"f{number}", kind, bodies.initial(kind)))

    def _constant(self, scope: Scope, number: int) -> None:
        kind: Type = self.draw.pick(self.plain)
        if self.draw.chance(2):
            kind = MapType((self.draw.pick(self.plain),), kind)
        init = None if self.draw.chance(2) else self.bodies(scope, {}, {}, NONE, closed=True).smallest(kind)
        scope.constants.append(self.b.constant(f"k{number}", kind, init))

    # --- functions ----------------------------------------------------------------------------------------------

    def _params(self, scope: Scope, letter: str, most: int) -> dict[str, Type]:
        """Parameters or choices, of types that fields have a use for."""
        small: list[Type] = [*(t for t in scope.kinds() if cardinality(t, self) <= 4), OptionType(BOOL)]
        useful = [t for f in scope.fields for t in scalars(f.type) if cardinality(t, self) <= 4] or small
        count = self.draw.upto(most) if self.draw.chance(3) else most
        return {f"{letter}{i}": self.draw.pick(small if self.draw.chance(5) else useful) for i in range(count)}

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of sorts, so that types are finite here."""
        return {name: decl.size or 1 for name, decl in self.b.sorts.items()}

    @property
    def enums(self) -> dict[str, EnumDecl]:
        """Enumerations, so that types are finite here."""
        return self.b.enums

    @property
    def records(self) -> dict[str, RecordDecl]:
        """Records, so that types are finite here."""
        return self.b.records

    def _pure(self, scope: Scope, number: int) -> None:
        params = self._params(scope, "p", 2)
        returns = self.draw.pick([BOOL, *self.scalars])
        bodies = self.bodies(scope, params, {}, returns, pure=True)
        key = self.b.function(f"pure{number}", params, bodies.whole(), returns=returns)
        scope.callees.append(Callee(key, tuple(params.values()), {}, returns, True, 0))

    def _helper(self, scope: Scope, number: int) -> None:
        params, choices = self._params(scope, "p", 2), self._params(scope, "c", 2)
        if self.draw.chance(4):
            params["row"] = SeqType(self.draw.pick(self.plain), Extent(2))
        if self.draw.chance(4):
            params["any"] = INT
        returns = self.draw.pick([OUTCOME, NONE, *self.scalars])
        bodies = self.bodies(scope, params, choices, returns)
        key = self.b.function(f"help{number}", params, bodies.whole(), choices=choices, returns=returns)
        scope.callees.append(Callee(key, tuple(params.values()), choices, returns, False, bodies.cost))

    def _action(self, scope: Scope, number: int) -> None:
        params, choices = self._params(scope, "p", 2), self._params(scope, "c", self.draw.upto(2))
        returns: Type = self.draw.pick([OUTCOME, OUTCOME, NONE])
        partial = self.draw.chance(3)
        bodies = self.bodies(scope, params, choices, returns)
        bodies.moves = True
        requires = bodies.requires() if partial else []
        body = [*requires, *bodies.whole()]
        name = f"act{number}"
        self.b.action(name, params, *body, choices=choices, returns=returns, kind="kernel" if partial else "ioctl")
        if self.draw.chance(5) and not requires:  # other actions may call it, as specs do
            key = f"Random.{name}"
            scope.callees.append(Callee(key, tuple(params.values()), choices, returns, False, bodies.cost))

    # --- properties ---------------------------------------------------------------------------------------------

    def _properties(self, scope: Scope) -> None:
        draw = self.draw
        for number in range(draw.upto(2)):
            self._promise(scope, "invariant", f"inv{number}")
        for number in range(draw.upto(2)):
            self._promise(scope, "goal", f"goal{number}")
        for kind in ("final", "boundary"):
            if draw.chance(4):
                self._promise(scope, kind, kind)
        if draw.chance(3):
            self._promise(scope, "during", "during0", old=True)
        if draw.chance(6):
            self._promise(scope, "assume", "assume0", stateless=True)
        for number in range(draw.upto(2)):
            self._action_property(scope, f"after{number}")
        for number in range(draw.upto(2)):
            self._whole_runs(scope, f"run{number}")

    def _action_property(self, scope: Scope, name: str) -> None:
        if self.draw.chance(2):
            self._promise(scope, "action", name, old=True, params={"outcome": OUTCOME})
            return
        action = self.draw.pick(list(self.b.actions))
        wanted = [p for p in self.b.functions[f"Random.{action}"].params if self.draw.chance(2)]
        params: dict[str, Type] = {p.name: p.type for p in wanted}
        self._promise(scope, "action", name, old=True, on=(action,), params={"outcome": OUTCOME, **params})

    def _whole_runs(self, scope: Scope, name: str) -> None:
        """A promise about whole runs; searches leave it alone."""
        kind: PropertyKind = self.draw.pick(("leads_to", "always_eventually"))
        self._promise(scope, kind, name, params=self._params(scope, "p", 2))

    def _promise(
        self,
        scope: Scope,
        kind: PropertyKind,
        name: str,
        *,
        old: bool = False,
        stateless: bool = False,
        on: tuple[str, ...] = (),
        params: dict[str, Type] | None = None,
    ) -> None:
        names = params or {}
        body = self.bodies(scope, names, {}, BOOL, pure=True, old=old, closed=stateless).whole()
        premise = None
        if kind == "leads_to" or (kind in ("invariant", "goal", "action", "during") and self.draw.chance(3)):
            premise = self.bodies(scope, names, {}, BOOL, pure=True, old=old, closed=stateless).expression(BOOL)
        wanted = {n: t for n, t in names.items() if n != "outcome"}
        self.b.promise_body(kind, name, body, premise=premise, on=on, params=wanted)


__all__ = ["LIMITS", "Case", "case_of", "cases", "machines", "raw_machine", "raw_machines"]
