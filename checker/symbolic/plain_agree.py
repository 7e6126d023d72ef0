"""The relation as SMT-LIB compared with `checker.evaluate`: every run must be what the text of the relation says.

A run is walked by `evaluate`; its state, arguments, choices, answer and successor are given to the terms, read back
from their text. They have to tell the same story: the same end, the same promises broken, and no other successor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from checker.evaluate import Occasion, Run, State, holds, initial_runs, premise_holds, run
from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.symbolic.plain_machine import Plain, Step
from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_read import Number, evaluator
from checker.symbolic.plain_script import Printer
from checker.symbolic.plain_terms import CannotEncode, Term
from checker.symbolic.plain_values import Bag, Opt, Record, Row, Sym, Table, Union
from checker.symbolic.plain_world import Read
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action
from spec.lang.types import MapType, SeqType, Type
from spec.lang.values import MapValue, Value, capacity, cardinality, decode, key_count, show_value

Given = dict[str, Number]
"""Values of variables by name."""


class Disagreement(Exception):
    """The relation and `evaluate` differ; the message says where."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Some named terms, ready to be computed; `reads` has the tests of a run's reads of choices in order."""

    names: tuple[str, ...]
    compute: Callable[[Mapping[str, Number]], list[Number]]

    def at(self, given: Given) -> dict[str, bool]:
        """What the terms are worth."""
        return {name: bool(value) for name, value in zip(self.names, self.compute(given), strict=True)}


def compiled(terms: Mapping[str, Term]) -> Compiled:
    """The terms as text, and that text as Python."""
    printer = Printer(terms.values())
    lines = [*printer.declarations()]
    for term in terms.values():
        lines += printer.definitions(term)
    return Compiled(tuple(terms), evaluator(lines, [printer.text(term) for term in terms.values()]))


class Agreement:
    """Compares one machine. Every method that compares raises `Disagreement`."""

    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        self.ground = plain.ground
        self.steps = {step.action.name: step for step in plain.steps}
        self._compiled: dict[str, Compiled] = {}
        self._known_names: dict[int, list[str]] = {}
        self._known_worth: dict[tuple[Type, Value], list[Number]] = {}
        self.start = plain.start
        self._state = compiled(
            {
                "typed": plain.typed(plain.now),
                "rigid": plain.rigid(),
                "inside": plain.inside(plain.now),
                **{f"breaks {n}": t for n, t in plain.state_breaks(plain.now).items()},
                **{f"holds {p.name}": plain.holds(p, plain.now) for p in plain.of_kind("lemma")},
            }
        )

    # --- values for variables -----------------------------------------------------------------------------------

    def given(self, variables: Mapping[str, Sym], kinds: Mapping[str, Type], values: Mapping[str, Value]) -> Given:
        """The values of the variables that stand for named values."""
        found: Given = {}
        for name, value in values.items():
            found |= zip(self._names(variables[name]), self._worth(value, kinds[name]), strict=True)
        return found

    def _names(self, value: Sym) -> list[str]:
        key = id(value)  # the values of variables live as long as this object
        if key not in self._known_names:
            self._known_names[key] = [atom.name for atom in atoms(value)]
        return self._known_names[key]

    def _worth(self, value: Value, kind: Type) -> list[Number]:
        if (kind, value) not in self._known_worth:
            self._known_worth[kind, value] = [atom.value for atom in atoms(self.plain.symbols.constant(value, kind))]
        return self._known_worth[kind, value]

    def of_state(self, state: State, *, after: bool = False) -> Given:
        """The variables of the state now, or of the next one."""
        kinds = {f.name: f.type for f in self.ground.fields.values()}
        return self.given(self.plain.next if after else self.plain.now, kinds, state)

    def of_constants(self, constants: Mapping[str, Value]) -> Given:
        """The variables of the constants that are open."""
        kinds = {name: decl.type for name, decl in self.ground.constants.items()}
        free = {name: value for name, value in constants.items() if name not in self.plain.fixed}
        return self.given(self.plain.constants, kinds, free)

    # --- comparing ----------------------------------------------------------------------------------------------

    def compare_state(self, constants: Mapping[str, Value], state: State) -> None:
        """The properties of one state."""
        found = self._state.at(self.of_constants(constants) | self.of_state(state))
        expected = {"typed": True, "inside": True}
        bad = False
        occasion = Occasion(state)
        for prop in self.plain.of_kind("invariant", "goal"):
            answer = holds(self.ground, constants, prop, occasion)
            premise = premise_holds(self.ground, constants, prop, occasion)
            bad |= premise.fault is not None or (prop.kind == "goal" and answer.fault is not None)
            if prop.kind == "invariant":
                expected[f"breaks {prop.name}"] = not answer.value
        for prop in self.plain.of_kind("boundary"):
            answer = holds(self.ground, constants, prop, occasion)
            bad |= answer.fault is not None and expected["inside"]
            expected[f"breaks {prop.name}"] = not answer.value
            expected["inside"] &= answer.value
        for prop in self.plain.of_kind("final") if expected["inside"] else ():
            answer = holds(self.ground, constants, prop, occasion)
            bad |= answer.fault is not None
            if answer.value:
                break
        for prop in self.plain.of_kind("lemma"):
            expected[f"holds {prop.name}"] = holds(self.ground, constants, prop, occasion).value
        expected[f"breaks {BOUNDS_ARE_KEPT}"] = bad
        expected["rigid"] = self.is_assumed(constants)
        self._equal(expected, found, "state")

    def is_assumed(self, constants: Mapping[str, Value]) -> bool:
        """True if no assumption rules the constants out."""
        answers = [holds(self.ground, constants, p, Occasion({})) for p in self.plain.of_kind("assume")]
        return all(a.value or a.fault is not None for a in answers)

    def compare_start(self, constants: Mapping[str, Value], random: Random, most: int = 1 << 30) -> list[State]:
        """The runs of the initialiser; gives the initial states."""
        states: list[State] = []
        for count, done in enumerate(initial_runs(self.ground, constants)):
            if count >= most:
                break
            state = done.after if done.kind == "step" else {f: _any(self.ground, f, random) for f in self.ground.fields}
            given = self.of_constants(constants) | self.of_state(state)
            terms = {"ranges": self.start.ranges, "completes": self.start.completes}
            terms |= {f"breaks {n}": t for n, t in self.start.breaks.items()}
            expected = {"ranges": True, "completes": done.kind == "step"}
            expected[f"breaks {BOUNDS_ARE_KEPT}"] = done.kind == "fault"
            expected[f"breaks {NO_WARNINGS}"] = bool(done.warnings)
            reads = self._follow("", self.start.reads, terms, given, done)
            self._equal(expected, reads, "start")
            states += [done.after] if done.kind == "step" else []
        return states

    def compare_step(
        self,
        constants: Mapping[str, Value],
        state: State,
        name: str,
        args: Sequence[Value],
        tape: Sequence[int],
        random: Random,
    ) -> Run:
        """One run of an action, and that its successor is the only one."""
        step = self.steps[name]
        done = run(self.ground, constants, state, step.action, args, tape)
        params = self.ground.functions[step.action.function].params
        kinds = {p.name: p.type for p in params}
        arguments = {p.name: value for p, value in zip(params, args, strict=True)}
        given = self.of_constants(constants) | self.of_state(state) | self.of_state(done.after, after=True)
        given |= self.given(step.args, kinds, arguments)
        given["outcome"] = done.outcome.site if done.outcome is not None else 0
        expected = self._expected(step, constants, done, arguments)
        found = self._follow(name, step.reads, self.terms_of(step), given, done)
        shown = ", ".join(f"{n}={show_value(v, self.ground)}" for n, v in arguments.items())
        what = f"{name}({shown}) with {list(done.codes)}"
        self._equal(expected, found, what)
        other = dict(done.after)
        moved = random.choice(list(other)) if other else ""
        if moved:
            other[moved] = _any(self.ground, moved, random)
        if other != done.after:
            again = self._follow(name, step.reads, self.terms_of(step), given | self.of_state(other, after=True), done)
            if again["completes"]:
                raise Disagreement(f"{what}: the relation also allows another value of {moved}")
        return done

    def terms_of(self, step: Step) -> dict[str, Term]:
        """What is asked about a run of an action."""
        named = {"ranges": step.ranges, "completes": step.completes, "faults": step.faults, "disabled": step.disabled}
        return named | {f"breaks {n}": t for n, t in step.breaks.items()}

    def _expected(
        self, step: Step, constants: Mapping[str, Value], done: Run, arguments: Mapping[str, Value]
    ) -> dict[str, bool]:
        """What `checker.slow` notes about a run."""
        ends = {"completes": done.kind == "step", "faults": done.kind == "fault", "disabled": done.kind == "disabled"}
        breaks = {name: name in done.during for name in [*step.breaks, *done.during]}
        breaks[NO_WARNINGS] = bool(done.warnings)
        breaks[BOUNDS_ARE_KEPT] = bool(done.premise_faults) or done.fault is not None
        if done.outcome is not None:
            kind = self.ground.machine.sites[done.outcome.site].kind
            breaks[REFUSALS_CHANGE_NOTHING] = kind in ("refused", "blocked") and done.after != done.before
            occasion = Occasion(done.after, done.before, done.outcome, arguments)
            for prop in self.plain.of_kind("action"):
                if not prop.on or step.action.name in prop.on:
                    breaks[prop.name] |= not holds(self.ground, constants, prop, occasion).value
                    fault = premise_holds(self.ground, constants, prop, occasion).fault
                    breaks[BOUNDS_ARE_KEPT] |= fault is not None
        return {"ranges": True, **ends, **{f"breaks {n}": v for n, v in breaks.items()}}

    def _follow(
        self, name: str, reads: Sequence[Read], terms: Mapping[str, Term], given: Given, done: Run
    ) -> dict[str, bool]:
        """Gives the choices of the run to the variables that stand for them, in the order of their reads."""
        if name not in self._compiled:
            tests = {f"read {place}": read.when for place, read in enumerate(reads)}
            self._compiled[name] = compiled({**terms, **tests})
        given, known = dict(given), 0
        for read in reads:
            given |= self.given({"": read.value}, {"": read.type}, {"": decode(0, read.type, self.ground)})
        while True:
            found = self._compiled[name].at(given)
            places = [place for place in range(len(reads)) if found[f"read {place}"]]
            if len(places) <= known:
                break
            read, known = reads[places[known]], known + 1
            if known > len(done.tape) or done.tape[known - 1].name != read.name:
                raise Disagreement(f"{name}: reads {read.name}, but the tape is {[c.name for c in done.tape]}")
            given |= self.given({"": read.value}, {"": read.type}, {"": done.tape[known - 1].value})
        if known != len(done.tape):
            raise Disagreement(f"{name}: {known} choices are read, but the tape is {[c.name for c in done.tape]}")
        return {n: value for n, value in found.items() if not n.startswith("read ")}

    def _equal(self, expected: Mapping[str, bool], found: Mapping[str, bool], what: str) -> None:
        for name, value in expected.items():
            if found.get(name, False) != value:
                raise Disagreement(f"{what}: '{name}' is {found.get(name, False)} in the relation, {value} in evaluate")
        missing = found.keys() - expected.keys()
        if missing:
            raise Disagreement(f"{what}: nothing was expected of {sorted(missing)}")


def walk(agree: Agreement, constants: Mapping[str, Value], random: Random, count: int) -> int:
    """Compares `count` runs: from initial states on, and from states at random; gives how many were steps."""
    ground, steps = agree.ground, 0
    initial = agree.compare_start(constants, random, 64)
    state = random.choice(initial) if initial else {f: _any(ground, f, random) for f in ground.fields}
    for turn in range(count if ground.actions else 0):
        if turn % 2:
            here = {f: _any(ground, f, random) for f in ground.fields}
        else:
            here = state if random.random() < 0.95 or not initial else random.choice(initial)
        agree.compare_state(constants, here)
        action = random.choice(ground.actions)
        params = ground.functions[action.function].params
        args = [decode(random.randrange(cardinality(p.type, ground)), p.type, ground) for p in params]
        tape = random_tape(ground, constants, here, action, args, random)
        done = agree.compare_step(constants, here, action.name, args, tape, random)
        steps += done.kind == "step"
        if done.kind == "step" and (not turn % 2 or random.random() < 0.1):
            state = done.after
    return steps


def random_tape(
    ground: GroundMachine,
    constants: Mapping[str, Value],
    state: State,
    action: Action,
    args: Sequence[Value],
    random: Random,
) -> tuple[int, ...]:
    """A tape at random: each choice is drawn when the run reads it."""
    tape: tuple[int, ...] = ()
    while True:
        done = run(ground, constants, state, action, args, tape)
        if len(done.tape) <= len(tape):
            return done.codes
        tape = (*tape, random.randrange(cardinality(done.tape[len(tape)].type, ground)))


def _any(ground: GroundMachine, name: str, random: Random) -> Value:
    return random_value(ground.fields[name].type, ground, random)


def random_value(kind: Type, ground: GroundMachine, random: Random) -> Value:
    """A value of a type."""
    match kind:
        case MapType(_, item):
            return MapValue(tuple(random_value(item, ground, random) for _ in range(key_count(kind, ground))))
        case SeqType(item, _):
            return tuple(random_value(item, ground, random) for _ in range(random.randint(0, capacity(kind, ground))))
        case _:
            return decode(random.randrange(cardinality(kind, ground)), kind, ground)


def atoms(value: Sym) -> Iterator[Term]:
    """The terms that make up a value, in the order of `Symbols.parts`."""
    match value:
        case Term():
            yield value
        case Num(term, _, _):
            yield term
        case Opt(none, item):
            yield none
            yield from atoms(item)
        case Record(_, items) | Table(items):
            yield from (atom for item in items for atom in atoms(item))
        case Union(tag, records):
            yield tag.term
            yield from (atom for items in records.values() for item in items for atom in atoms(item))
        case Bag(has):
            yield from has.values()
        case Row(length, items, _):
            yield length.term
            yield from (atom for item in items for atom in atoms(item))
        case _:
            raise CannotEncode(f"no variable can hold {type(value).__name__}")
