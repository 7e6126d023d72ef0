"""Random machines whose sorts nothing orders, for comparing searches with and without symmetry (`@given(cases())`).

Text that orders a sort is drawn anew, a few times; so most machines have two sorts to relabel, and some have one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from checker.symmetric_sorts import symmetric_sorts
from spec.lang.ground import ground
from spec.lang.ir import Expr
from spec.lang.limits import parts
from spec.lang.machine import Machine
from spec.lang.types import NONE, MapType, OptionType, RecordType, SeqType, SetType, SortType, Type, UnionType
from tests import words
from tests.build import Build
from tests.random_bodies import Bodies
from tests.random_draw import Draw
from tests.random_expressions import Scope, same
from tests.random_machines import Case, Maker, case_of

TRIES = 12
"""How often a function is drawn anew before one that orders a sort is taken."""


def raw_machine(seed: int, scale: int = 3) -> Machine:
    """The machine of a seed, before grounding."""
    return SymmetricMaker(Draw(seed, scale)).machine()


def case(seed: int) -> Case:
    """The ground machine of a seed and one choice of its constants."""
    return case_of(ground(raw_machine(seed, seed % 3)), seed // 4)


def cases() -> st.SearchStrategy[Case]:
    """Ground machines with a choice of their constants."""
    return st.integers(0, 2**32 - 1).map(case)


class SymmetricBodies(Bodies):
    """Text that takes elements from where they are, for there is no first one."""

    def smallest(self, kind: Type) -> Expr:
        """As in other machines, but an element is a parameter, choice, constant, or a fault."""
        match kind:
            case OptionType(item) if needs_element(item, self.b):
                return words.none(kind)
            case UnionType(variants):
                plain = [v for v in variants if not needs_element(RecordType(v), self.b)]
                return words.inject(super().smallest(RecordType(self.draw.pick(plain or variants))), kind)
            case SortType():
                return self._element(kind)
            case _:
                return super().smallest(kind)

    def _element(self, kind: SortType) -> Expr:
        known: list[Expr] = [words.var(n, t) for n, t in self.variables if same(t, kind)]
        if not self.closed:
            known += [words.choice(n, t) for n, t in self.choices.items() if same(t, kind)]
        known += [read for read in self.scope.constants if read.type == kind]
        return self.draw.pick(known) if known else words.project(words.none(OptionType(kind)), kind)


class SymmetricMaker(Maker):
    """Draws again what orders a sort."""

    bodies = SymmetricBodies

    def _types(self) -> None:
        draw, b = self.draw, self.b
        able, baker = b.sort("Able", draw.pick((2, 3, 3, 4))), b.sort("Baker", draw.pick((1, 2, 2, 3)))
        small = words.bounded(0, 1 + draw.upto(1))
        level = b.enum("Level", "LOW", "MID", "HIGH", ordered=True)
        b.record("Blank")
        b.record("Held", by=able, of=draw.pick((OptionType(baker), baker, small)))
        held = UnionType(("Blank", "Held"))
        self.plain: list[Type] = [able, able, baker, small, level]
        self.scalars += [small, level, held, OptionType(held)]
        self.scalars += [OptionType(able), OptionType(able), OptionType(baker), SetType(able), SetType(baker)]
        if self.sizes["Able"] * (1 + self.sizes["Baker"]) <= 12:
            self.scalars.append(SetType(RecordType("Held")))

    def _storable(self) -> Type:
        kind = super()._storable()
        while needs_element(kind, self.b):
            kind = super()._storable()
        return kind

    def _constant(self, scope: Scope, number: int) -> None:
        kind: Type = self.draw.pick((SortType("Able"), SortType("Baker"), words.bounded(0, 1)))
        if self.draw.chance(2):
            kind = MapType((self.draw.pick((SortType("Able"), SortType("Baker"))),), kind)
        scope.constants.append(self.b.constant(f"k{number}", kind, None))

    def _field(self, scope: Scope, number: int) -> None:
        """Every field has an action that writes what its parameters say."""
        super()._field(scope, number)
        field = scope.fields[-1]
        keys = field.type.keys if isinstance(field.type, MapType) else ()
        value = field.type.value if isinstance(field.type, MapType) else field.type
        params = {f"k{i}": kind for i, kind in enumerate(keys)}
        params |= {f"p{i}": kind for i, kind in enumerate(_simple(value, self)) if self.draw.chance(3) is False}
        bodies = SymmetricBodies(scope, params, {}, NONE)
        new = bodies._makers(value, 1) if isinstance(value, SetType | SeqType) else []
        written = self.draw.pick(new)() if new and self.draw.chance(2) else bodies._varied(value)
        write = words.put(field.name, written, *(words.var(f"k{i}", kind) for i, kind in enumerate(keys)))
        self._again(lambda _: self.b.action(f"set{number}", params, write, kind="kernel", returns=NONE), scope)

    def _again(self, step: Callable[..., None], scope: Scope, *args: Any, **kwargs: Any) -> None:
        kept = [dict(d) for d in (self.b.functions, self.b.actions, self.b.properties)]
        callees = list(scope.callees)
        for turn in range(TRIES):
            step(scope, *args, **kwargs)
            orderless = symmetric_sorts(ground(self.b.machine()))
            if turn == TRIES - 1 or all(name in orderless for name in self.b.sorts):
                return
            self.b.functions, self.b.actions, self.b.properties = (dict(d) for d in kept)  # type: ignore[assignment]
            scope.callees[:] = callees

    def _pure(self, scope: Scope, number: int) -> None:
        self._again(super()._pure, scope, number)

    def _helper(self, scope: Scope, number: int) -> None:
        self._again(super()._helper, scope, number)

    def _action(self, scope: Scope, number: int) -> None:
        self._again(super()._action, scope, number)

    def _promise(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        self._again(super()._promise, scope, *args, **kwargs)


def needs_element(kind: Type, b: Build) -> bool:
    """True if a value can only be written down with an element."""
    match kind:
        case SortType():
            return True
        case RecordType(name):
            return any(needs_element(t, b) for _, t in b.records[name].fields)
        case MapType(_, value):
            return needs_element(value, b)
        case UnionType(variants):
            return all(needs_element(RecordType(v), b) for v in variants)
        case _:
            return False


def _simple(kind: Type, maker: Maker) -> list[Type]:
    """What a value can be made of: sorts and other plain types inside the type."""
    return list(dict.fromkeys(t for t in parts(kind, maker) if not isinstance(t, SetType | SeqType | OptionType)))
