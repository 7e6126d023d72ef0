"""A whole ground machine as terms: its states, its start, one relation per action, and where promises are broken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.symbolic.plain_body import call_function
from checker.symbolic.plain_expr import Expressions
from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_terms import Term, Terms, width_of
from checker.symbolic.plain_values import Outcome, Sym, Symbols
from checker.symbolic.plain_world import Frame, Read, State, World
from spec.lang.ground import GroundMachine
from spec.lang.ir import Inner
from spec.lang.machine import Action, Function, Property, PropertyKind, is_about, part_of
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE, OutcomeType
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Judged:
    """A predicate: its value, and where it has none."""

    value: Term
    faulted: Term


@dataclass(slots=True)
class Watched:
    """What is asked while a run is under way: where each property is broken, and where a premise has no value."""

    broken: dict[str, Term]
    faulted: Term


@dataclass(frozen=True, slots=True)
class Start:
    """The initialiser. `ranges`: its choices are values of their types; `completes`: it leads to the state `now`."""

    reads: tuple[Read, ...]
    ranges: Term
    completes: Term
    breaks: dict[str, Term]


@dataclass(frozen=True, slots=True)
class Step:
    """One action with all its arguments and choices, from the state `now` (which need not be inside the boundaries).

    `ranges`: arguments and choices are values of their types; `completes`: it happens and leads from `now` to `next`
    with the answer `outcome`; `faults` and `disabled`: it goes wrong, or cannot happen. `breaks` says per promise where
    the run breaks it (completed or not).
    """

    action: Action
    args: dict[str, Sym]
    reads: tuple[Read, ...]
    ranges: Term
    completes: Term
    faults: Term
    disabled: Term
    breaks: dict[str, Term]


@dataclass
class Plain:
    """The terms of one machine. Constants without a value in `fixed` are open: variables that no step changes."""

    ground: GroundMachine
    fixed: Mapping[str, Value]
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        self.symbols = Symbols(self.terms, self.ground)
        self.constants: State = {}
        for name, decl in self.ground.constants.items():
            if name in self.fixed:
                self.constants[name] = self.symbols.constant(self.fixed[name], decl.type)
            else:
                self.constants[name] = self.symbols.fresh(f"k.{symbol(name)}", decl.type)
        self.now = self._state("now")
        self.next = self._state("next")
        last = len(self.ground.machine.sites) - 1
        self.outcome = Num(self.terms.variable("outcome", width_of(0, last)), 0, last)
        self.answer = Outcome({s: self.symbols.equal(self.outcome, self.symbols.num(s)) for s in range(last + 1)})

    def _state(self, when: str) -> State:
        return {f.name: self.symbols.fresh(f"{when}.{symbol(f.name)}", f.type) for f in self.ground.fields.values()}

    # --- single states ------------------------------------------------------------------------------------------

    def typed(self, state: State) -> Term:
        """Every slot of the state holds a value of its type."""
        return self.terms.both(*(self.symbols.well_typed(state[f.name], f.type) for f in self.ground.fields.values()))

    def rigid(self) -> Term:
        """The open constants have values of their types, and all constants are as assumed.

        An assumption that has no value excludes nothing.
        """
        parts = [
            self.symbols.well_typed(self.constants[name], decl.type)
            for name, decl in self.ground.constants.items()
            if name not in self.fixed
        ]
        for prop in self.of_kind("assume"):
            judged = self.judge(prop.function, {})
            parts.append(self.terms.either(judged.value, judged.faulted))
        return self.terms.both(*parts)

    def of_kind(self, *kinds: PropertyKind) -> list[Property]:
        """The properties of these kinds, in declared order."""
        return [prop for prop in self.ground.properties if prop.kind in kinds]

    def holds(self, prop: Property, state: State) -> Term:
        """An invariant or lemma in a state; one that has no value is broken."""
        return self._true(self.judge(prop.function, state))

    def inside(self, state: State) -> Term:
        """The state is inside every boundary; one that has no value is true."""
        judged = (self.judge(p.function, state) for p in self.of_kind("boundary"))
        return self.terms.both(*(self.terms.either(j.value, j.faulted) for j in judged))

    def state_breaks(self, state: State) -> dict[str, Term]:
        """Per invariant, for `bounds_are_kept`, and per boundary (which then is left), whether the state breaks it.

        A `final` predicate without value counts in every state inside the boundaries, not only where nothing moves.
        """
        t = self.terms
        breaks = {p.name: t.no(self.holds(p, state)) for p in self.of_kind("invariant")}
        faults = [self.judge(p.premise, state).faulted for p in self.of_kind("invariant", "goal") if p.premise]
        faults += [self.judge(p.function, state).faulted for p in self.of_kind("goal")]
        asked = t.true
        for prop in self.of_kind("boundary"):
            judged = self.judge(prop.function, state)
            faults.append(t.both(asked, judged.faulted))
            breaks[prop.name] = t.no(t.either(judged.value, judged.faulted))
            asked = t.both(asked, t.no(breaks[prop.name]))
        for prop in self.of_kind("final"):
            judged = self.judge(prop.function, state)
            faults.append(t.both(asked, judged.faulted))
            asked = t.both(asked, t.no(self._true(judged)))
        return breaks | {BOUNDS_ARE_KEPT: t.either(*faults)}

    def _true(self, judged: Judged) -> Term:
        return self.terms.both(self.terms.no(judged.faulted), judged.value)

    def judge(
        self,
        function: str,
        now: State,
        old: State | None = None,
        outcome: Outcome | None = None,
        args: Mapping[str, Sym] | None = None,
    ) -> Judged:
        """A predicate in a state, or about a step."""
        world = self._world(now, "")
        world.old = old
        text = self.ground.functions[function]
        given: dict[str, Sym] = {}
        for param in text.params:
            given[param.name] = outcome if isinstance(param.type, OutcomeType) else (args or {})[param.name]
        value = call_function(world, text, given, {})
        assert isinstance(value, Term), f"{function} is no predicate"
        return Judged(value, world.faulted)

    def _world(self, now: State, section: str) -> World:
        no = self.terms.false
        return World(self.ground, self.symbols, self.constants, now, self.terms.true, no, no, no, no, section=section)

    # --- the start and the steps --------------------------------------------------------------------------------

    @cached_property
    def start(self) -> Start:
        """The initialiser: every field takes its initial value, then `initial` runs."""
        world = self._world({}, "start")
        world.reads = []
        look = Expressions(world, call_function)
        nowhere = Frame(Function("", (), (), NONE, (), {}, "", BUILTIN), {}, {})
        for name, declared in self.ground.fields.items():
            self.terms.note = f"initial value of {name}"
            world.now[name] = look.entering(declared.init, declared.type, nowhere)
        if self.ground.initial is not None:
            call_function(world, self.ground.functions[self.ground.initial], {}, {})
        happens = self.terms.no(world.disabled)
        breaks = {BOUNDS_ARE_KEPT: world.faulted, NO_WARNINGS: self.terms.both(happens, world.warned)}
        leads = self._leads_to(self.now, world.now)
        completes = self.terms.label(self.terms.both(self.terms.no(world.stopped), leads), "start.completes")
        return Start(tuple(world.reads), self._ranges(world.reads), completes, breaks)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The relations of all actions, in declared order."""
        return tuple(self._step(action) for action in self.ground.actions)

    def _step(self, action: Action) -> Step:
        """The relation of one action."""
        t, s, name = self.terms, self.symbols, symbol(action.name)
        function = self.ground.functions[action.function]
        t.note = f"{action.name}: arguments"
        args = {p.name: s.fresh(f"{name}.{p.name}", p.type) for p in function.params}
        world = self._world(dict(self.now), name)
        world.old, world.reads = dict(self.now), []
        watched = self._watch(world)
        value = call_function(world, function, args, {})
        answer = value if isinstance(value, Outcome) else Outcome({0: t.true})
        t.note = f"{action.name}: the step"
        happens = t.label(t.no(world.disabled), f"{name}.happens")
        ended = t.label(t.no(world.stopped), f"{name}.ends")
        says = [t.implies(made, self.answer.sites[site]) for site, made in answer.sites.items()]
        completes = t.label(t.both(ended, self._leads_to(self.next, world.now), *says), f"{name}.completes")
        ranges = t.both(*(s.well_typed(args[p.name], p.type) for p in function.params), self._ranges(world.reads))
        breaks = {prop: t.both(happens, broken) for prop, broken in watched.broken.items()}
        breaks[NO_WARNINGS] = t.both(happens, world.warned)
        breaks[REFUSALS_CHANGE_NOTHING] = t.both(completes, self._refused(answer), t.no(self._unchanged(world.now)))
        faults = [world.faulted, t.both(happens, watched.faulted)]
        for prop in self.of_kind("action"):
            if not prop.on or action.name in prop.on:
                judged = self.judge(prop.function, self.next, self.now, self.answer, args)
                breaks[prop.name] = t.both(completes, t.no(self._true(judged)))
                if prop.premise is not None:
                    premise = self.judge(prop.premise, self.next, self.now, self.answer, args)
                    faults.append(t.both(completes, premise.faulted))
        breaks[BOUNDS_ARE_KEPT] = t.either(*faults)
        reads = tuple(world.reads)
        return Step(action, args, reads, ranges, completes, world.faulted, world.disabled, breaks)

    def _ranges(self, reads: list[Read]) -> Term:
        return self.terms.both(*(self.symbols.well_typed(read.value, read.type) for read in reads))

    def _leads_to(self, state: State, after: State) -> Term:
        same = self.symbols.identical
        return self.terms.both(*(same(state[f.name], after[f.name], f.type) for f in self.ground.fields.values()))

    def _refused(self, answer: Outcome) -> Term:
        sites = self.ground.machine.sites
        return self.terms.either(*(c for s, c in answer.sites.items() if sites[s].kind in ("refused", "blocked")))

    def _unchanged(self, after: State) -> Term:
        return self.terms.both(*(self.symbols.equal(self.now[name], after[name]) for name in self.ground.fields))

    def _watch(self, world: World) -> Watched:
        """Has the properties of single writes asked after each of them, and those of steps of parts after calls."""
        t = self.terms
        found = Watched({p.name: t.false for p in self.of_kind("during")}, t.false)

        def ask(prop: Property, old: State, outcome: Outcome | None, args: Mapping[str, Sym] | None) -> None:
            judged = self.judge(prop.function, dict(world.now), old, outcome, args)
            broken = t.both(world.here, t.no(self._true(judged)))
            found.broken[prop.name] = t.either(found.broken.get(prop.name, t.false), broken)
            if prop.premise is not None:
                premise = self.judge(prop.premise, dict(world.now), old, outcome, args)
                found.faulted = t.either(found.faulted, t.both(world.here, premise.faulted))

        def after_write(target: str) -> None:
            assert world.old is not None
            for prop in self.of_kind("during"):
                if is_about(prop.name, target):
                    ask(prop, world.olds.get(part_of(prop.name), world.old), None, None)

        def after_call(stmt: Inner, before: State, outcome: Outcome, args: dict[str, Sym]) -> None:
            for prop in self.ground.properties:
                if prop.name in stmt.properties:
                    ask(prop, before, outcome, args)

        world.after_write, world.after_call = after_write, after_call
        return found


def symbol(name: str) -> str:
    """A name of the spec in letters that a symbol of SMT-LIB may have."""
    return re.sub(r"[^A-Za-z0-9_.@]", "_", name)
