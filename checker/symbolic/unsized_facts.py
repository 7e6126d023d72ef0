"""What is known in one proof for any size: ground assertions, and general facts that are taken at named elements.

NOTE(instances): a general fact `for all x: p(x)` is kept as a function from terms to truth values. It is asserted at
the terms of the open sorts that were named: Skolem constants, arguments, and what functions make of them, as long as
the levels of the terms that it is taken at add up to no more than `depth`. Every assertion follows from what is
assumed, so an unsatisfiable set of instances proves the general claim; a satisfiable one proves nothing. Where the
functions are stratified (no chain of functions leads from a sort back to
it) and nothing was left out, these are all ground instances of a formula of the Bernays-Schoenfinkel-Ramsey class with
stratified functions, and the answer is exact up to the arithmetic of counts.
Source: Y. Ge, L. de Moura, Complete instantiation for quantified formulas in satisfiability modulo theories (2009).
NOTE(Skolem): a name made by `symbol` stands for some element that exists; it is applied to the terms of the scope in
which it was made, so that it may differ for each of them.
NOTE(models): with `elements` given, the open sorts are these finite sets, every general fact is taken at all of them,
and every term is one of them. So the facts can be tested against steps that really happen.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import z3

from checker.symbolic.unsized_terms import Leaf, Truth, formula, implies, key_of, lift

DEEP = 3
"""The level of terms that are made of others than arguments and Skolem constants."""

Scope: TypeAlias = tuple[Leaf, ...]
Instance: TypeAlias = Callable[[tuple[z3.ExprRef, ...]], Truth]


@dataclass(frozen=True, slots=True)
class General:
    """A fact about all elements of some open sorts; `level` is that of the terms it was made from."""

    sorts: tuple[str, ...]
    instance: Instance
    level: int
    label: str
    guard: Truth = True


@dataclass(slots=True)
class Mark:
    """How far the facts had come; see `Facts.rollback`."""

    said: int
    generals: int
    terms: dict[str, int]
    near: dict[str, int]
    taken: list[tuple[int, ...]]
    cache: int
    tallies: int
    debts: int


@dataclass(slots=True)
class Debt:
    """What a summary needs: `claim` has to follow under `guard`, else the summary proves nothing."""

    guard: Truth
    claim: Truth
    text: str


class Enough(Exception):
    """The debt that was asked for has been made; what comes later does not matter to it."""


class Facts:
    """The facts of one proof; `depth` bounds the nesting of functions in the terms that facts are taken at."""

    def __init__(self, sorts: Sequence[str], depth: int, elements: Mapping[str, int] | None = None) -> None:
        self.sorts = {name: z3.DeclareSort(name) for name in sorts}
        self.depth = depth
        self.elements = elements
        self.said: list[tuple[z3.BoolRef, str]] = []
        self.generals: list[General] = []
        self.terms: dict[str, list[tuple[z3.ExprRef, int]]] = {name: [] for name in sorts}
        self.levels: dict[object, int] = {}
        self.rigid: set[object] = set()
        self.level = -1
        self.left_out = False
        self.near: dict[str, list[z3.ExprRef]] = {name: [] for name in sorts}
        self.taken: list[tuple[int, ...]] = []
        self.cache: dict[object, object] = {}
        self.tallies: list[object] = []
        self.debts: list[Debt] = []
        self.until: int | None = None
        self.pulse: Callable[[], None] = lambda: None
        self.trying = 0
        self.closed = False
        self.keys: dict[str, list[z3.ExprRef]] = {name: [] for name in sorts}
        self.edges: set[tuple[str, str]] = set()
        self.functions: dict[object, z3.FuncDeclRef] = {}
        self.kept: list[object] = []
        self.serial = 0
        if elements is not None:
            for name in sorts:
                self._populate(name, elements[name])

    def _populate(self, name: str, size: int) -> None:
        found = [z3.Const(f"{name}!{i}", self.sorts[name]) for i in range(size)]
        self.terms[name] = [(term, 0) for term in found]
        self.near[name] = list(found)
        for term in found:
            self.keep(term)
            self.levels[key_of(term)] = 0
        if size > 1:
            self.say(z3.Distinct(*found), "elements differ")

    def keep(self, thing: object) -> None:
        """Z3 reuses the number of a term that is gone, so terms that keys were made of stay."""
        self.kept.append(thing)

    # --- names --------------------------------------------------------------------------------------------------

    def fresh(self, stem: str) -> str:
        """A name that nothing else has."""
        self.serial += 1
        return f"{stem}#{self.serial}"

    def apply(self, name: str, args: Sequence[Leaf], sort: z3.SortRef) -> z3.ExprRef:
        """An uninterpreted function at these arguments."""
        lifted = [lift(a) for a in args]
        key = (name, *(a.sort().get_id() for a in lifted), sort.get_id())
        if key not in self.functions:
            self.functions[key] = z3.Function(name, *(a.sort() for a in lifted), sort)
        term = self.functions[key](*lifted)
        self.keep(term)
        return term

    def truth(self, name: str, args: Sequence[Leaf] = ()) -> z3.BoolRef:
        """An unknown truth value that depends on these arguments."""
        return self.apply(name, args, z3.BoolSort())

    def number(self, name: str, args: Sequence[Leaf] = ()) -> z3.ArithRef:
        """An unknown integer that depends on these arguments."""
        return self.apply(name, args, z3.IntSort())

    def element(self, name: str, args: Sequence[Leaf], sort: str, *, far: int = 1) -> z3.ExprRef:
        """An unknown element of an open sort; general facts are taken at it too.

        Arguments of the step and Skolem constants have level 0, and so has what a constant of the machine makes of
        them (`far` is 0), once; what else is made of them has the level `far`, and what is made of that is `DEEP`.
        """
        term = self.apply(name, args, self.sorts[sort])
        sources = {a.sort().name() for a in map(lift, args) if a.sort().name() in self.sorts}
        self.edges |= {(source, sort) for source in sources}
        deepest = max((self.levels.get(key_of(a), 0) for a in args), default=-1)
        base = max(self.level, deepest, 0)
        if far == 0 and sort not in sources:
            # constants of what constants made count like other functions, else there might be no end of them
            level = DEEP if deepest > 0 else 1 if any(key_of(a) in self.rigid for a in args) else 0
            self.rigid.add(key_of(term))
        elif not args and self.level < 0:
            level = 0
        else:
            level = far if base == 0 else base + DEEP
        self.name(term, sort, level)
        return term

    def name(self, term: z3.ExprRef, sort: str, level: int) -> None:
        """From now on general facts are taken at this term."""
        key = key_of(term)
        if key in self.levels:
            return
        self.keep(term)
        self.levels[key] = level
        if self.elements is not None:
            members = [t for t, _ in self.terms[sort]]
            self.say(z3.Or([term == m for m in members]), "a term is an element")
        else:
            self.terms[sort].append((term, level))
            if level <= self.depth:
                self.near[sort].append(term)
            else:
                self.left_out = True

    # --- assertions ---------------------------------------------------------------------------------------------

    def say(self, fact: Truth, label: str) -> None:
        """A fact from now on."""
        if fact is not True:
            self.said.append((formula(fact), label))

    def say_all(self, sorts: Sequence[str], instance: Instance, label: str, guard: Truth = True) -> None:
        """A fact about all elements of these sorts, under the guard."""
        if guard is not False:
            self.generals.append(General(tuple(sorts), instance, self.level, label, guard))
            self.taken.append((0,) * len(sorts) if sorts else (-1,))

    def owe(self, guard: Truth, claim: Truth, text: str) -> None:
        """A summary is right only if this holds; whoever proves something has to prove it too.

        It has to follow from what was said before: `Enough` where only the facts up to one debt are wanted. Once the
        step is run (`closed`) debts are those of single turns, of which one turn of any element owes the same.
        """
        if claim is True or guard is False or self.closed:
            return
        self.debts.append(Debt(guard, claim, text))
        if not self.trying and self.until is not None and len(self.debts) > self.until:
            raise Enough

    def saturate(self, finish: Callable[[], bool]) -> None:
        """Takes all general facts at all terms up to the depth; `finish` adds facts about counts, True if it did."""
        while self._round() or finish():
            pass

    def _round(self) -> bool:
        found = False
        place = 0
        while place < len(self.generals):
            general, before = self.generals[place], self.taken[place]
            now = tuple(len(self.near[sort]) for sort in general.sorts)
            if now != before:
                self.taken[place] = now
                found = self._take(general, before, now) or found
            place += 1
        return found

    def _take(self, general: General, before: tuple[int, ...], now: tuple[int, ...]) -> bool:
        """Asserts the instances that have a term which was not there before."""
        found = False
        for row in itertools.product(*(range(count) for count in now)):
            if row and all(i < old for i, old in zip(row, before, strict=True)):
                continue
            terms = tuple(self.near[sort][i] for sort, i in zip(general.sorts, row, strict=True))
            depth = max(0, general.level) + sum(self.levels[key_of(t)] for t in terms)
            if depth > self.depth and self.elements is None:
                self.left_out = True
                continue
            self.pulse()
            outer, self.level = self.level, depth
            try:
                self.say(implies(general.guard, general.instance(terms)), general.label)
            finally:
                self.level = outer
            found = True
        return found

    # --- going back ---------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """The present, to come back to."""
        terms = {name: len(found) for name, found in self.terms.items()}
        near = {name: len(found) for name, found in self.near.items()}
        counts = len(self.cache), len(self.tallies), len(self.debts)
        return Mark(len(self.said), len(self.generals), terms, near, list(self.taken), *counts)

    def rollback(self, mark: Mark) -> None:
        """Forgets everything since the mark; dictionaries keep their order of insertion."""
        del self.said[mark.said :], self.generals[mark.generals :]
        del self.tallies[mark.tallies :], self.debts[mark.debts :]
        self.taken = list(mark.taken)
        if self.elements is None:
            for name, count in mark.terms.items():
                for term, _ in self.terms[name][count:]:
                    self.levels.pop(key_of(term), None)
                del self.terms[name][count:], self.near[name][mark.near[name] :]
        for key in list(itertools.islice(reversed(self.cache), len(self.cache) - mark.cache)):
            del self.cache[key]

    def stratified(self) -> bool:
        """True if no chain of functions leads from an open sort back to it."""
        reach = set(self.edges)
        while more := {(a, d) for a, b in reach for c, d in reach if b == c} - reach:
            reach |= more
        return all(a != b for a, b in reach)
