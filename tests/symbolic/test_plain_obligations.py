"""The obligations of an invariant: with the exact set of reachable states they say of promises what a search says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.constants import from_slots
from checker.evaluate import Occasion, State, holds, initial_runs, premise_holds, steps
from checker.explorations import ALWAYS_ON, BOUNDS_ARE_KEPT, NO_DEADLOCK, Limits
from checker.slow import explore, state_key
from checker.symbolic.certificate_form import Clause, Conjunct, Named, Promise
from checker.symbolic.certificate_minimal import Minimal
from checker.symbolic.plain_agree import Agreement, compiled, random_value
from checker.symbolic.plain_machine import Plain
from checker.symbolic.plain_obligations import Obligations
from checker.symbolic.plain_script import Script
from checker.symbolic.smt_solver import z3_answers
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Property
from spec.lang.types import NONE, Extent, MapType, OptionType, SeqType, SetType, UnionType
from spec.lang.values import Value, cardinality, count_values, encode_slots, leaves, values
from tests import machines_by_hand, random_machines
from tests.build import Build
from tests.random_machines import case_of
from tests.words import (
    arith,
    at,
    bounded,
    compare,
    eq,
    everywhere,
    lit,
    no,
    none,
    plus,
    put,
    require,
    seq_of,
    set_of,
    var,
    warn,
    when,
)

pytestmark = pytest.mark.z3
MOST = 120
"""The most values of a whole state."""
SEEDS = st.integers(0, 2**32 - 1)


def typed_states(finite: GroundMachine) -> Iterator[State]:
    """Every state, reachable or not."""
    for row in itertools.product(*(list(values(f.type, finite)) for f in finite.fields.values())):
        yield dict(zip(finite.fields, row, strict=True))


def reachable(finite: GroundMachine, constants: Mapping[str, Value]) -> dict[tuple[int, ...], State]:
    """Every reachable state by its slots; a state outside a boundary is not left."""
    waiting = [r.after for r in initial_runs(finite, constants) if r.kind == "step"]
    found: dict[tuple[int, ...], State] = {}
    while waiting:
        state = waiting.pop()
        if state_key(finite, state) not in found:
            found[state_key(finite, state)] = state
            boundaries = [p for p in finite.properties if p.kind == "boundary"]
            if all(holds(finite, constants, p, Occasion(state)).value for p in boundaries):
                waiting += [s.run.after for s in steps(finite, constants, state) if s.run.kind == "step"]
    return found


def other_than(finite: GroundMachine, key: tuple[int, ...]) -> Clause:
    """Some slot has another code than in this state."""
    slots = [(f.name, i, leaf) for f in finite.fields.values() for i, leaf in enumerate(leaves(f.type, finite))]
    literals = []
    for (name, slot, leaf), code in zip(slots, key, strict=True):
        others = tuple(c for c in range(cardinality(leaf, finite)) if c != code)
        literals += [(name, slot, others)] if others else []
    return Clause(tuple(literals), f"not {key}")


def exact(finite: GroundMachine, constants: Mapping[str, Value]) -> list[Clause]:
    """The set of reachable states as clauses."""
    reached = reachable(finite, constants)
    keys = (state_key(finite, state) for state in typed_states(finite))
    return [other_than(finite, key) for key in keys if key not in reached]


def promises_of(finite: GroundMachine) -> list[Promise]:
    """What a certificate can promise."""
    declared = [Promise(p.name, p.kind) for p in finite.properties if p.kind in ("invariant", "action", "during")]
    return declared + [Promise(name, "always") for name in ALWAYS_ON if name != NO_DEADLOCK]


def failures(script: Script) -> list[str]:
    """The questions that are not `unsat`."""
    answers = z3_answers(script.text(), 60)
    assert len(answers) == len(script.questions) and "unknown" not in answers
    return [q.about for q, answer in zip(script.questions, answers, strict=True) if answer == "sat"]


def agrees_with_search(finite: GroundMachine, number: int = 0) -> int:
    """Asserts that exactly the broken promises are not proved; how many were broken."""
    _, slots = case_of(finite, number)
    constants = from_slots(finite, slots)
    assumptions = [holds(finite, constants, p, Occasion({})) for p in finite.properties if p.kind == "assume"]
    if not all(answer.value or answer.fault for answer in assumptions):
        return 0
    search = explore(finite, slots, Limits())
    assert search.complete
    obligations = Obligations(Plain(finite, constants), promises_of(finite), exact(finite, constants))
    starts = failures(obligations.initiation(""))
    assert not [about for about in starts if "outside" in about]
    assert not failures(obligations.consecution(""))
    broken = {about.rpartition(" ")[2] for about in starts + failures(obligations.safety(""))}
    expected = {p.name for p in promises_of(finite)} & search.found.keys()
    if any(p.kind == "final" for p in finite.properties):  # asked in more states: see `Plain.state_breaks`
        broken, expected = broken - {BOUNDS_ARE_KEPT}, expected - {BOUNDS_ARE_KEPT}
    assert broken == expected
    return len(broken)


@pytest.mark.parametrize("name", ["door", "watch", "turns"])
def test_a_search_and_its_reachable_states_agree_by_hand(name: str) -> None:
    agrees_with_search(machines_by_hand.ALL[name]())


def small(seed: int) -> GroundMachine | None:
    """The random machine of a seed if its states are few."""
    finite = ground(random_machines.raw_machine(seed, seed % 2))
    count = math.prod(count_values(f.type, finite) for f in finite.fields.values())
    return finite if count <= MOST else None


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_a_search_and_its_reachable_states_agree_at_random(seed: int) -> None:
    finite = small(seed)
    if finite is not None:
        agrees_with_search(finite, seed // 4)


@pytest.mark.slow
def test_hundreds_of_random_machines_agree() -> None:
    found = [agrees_with_search(finite, seed) for seed in range(600) if (finite := small(seed)) is not None]
    assert len(found) > 200 and sum(1 for broken in found if broken) > 80


# --- any set of states, inductive or not --------------------------------------------------------------------------


def kept_by(finite: GroundMachine, constants: Mapping[str, Value], clauses: list[Clause], names: list[str]) -> set[str]:
    """By looking at every state: the actions that lead out of these clauses and invariants, and the broken promises
    with the action, in the words of the questions."""
    offsets: dict[str, int] = {}
    for field in finite.fields.values():
        offsets[field.name] = sum(len(leaves(f.type, finite)) for f in list(finite.fields.values())[: len(offsets)])
    invariants = [p for p in finite.properties if p.name in names]

    def holds_in(state: State) -> bool:
        key = state_key(finite, state)
        said = all(any(key[offsets[n] + slot] in codes for n, slot, codes in c.literals) for c in clauses)
        return said and all(holds(finite, constants, p, Occasion(state)).value for p in invariants)

    found = set()
    for state in filter(holds_in, typed_states(finite)):
        if not all(holds(finite, constants, p, Occasion(state)).value for p in kind(finite, "boundary")):
            continue
        for step in steps(finite, constants, state):
            run, name = step.run, step.action.name
            params = finite.functions[step.action.function].params
            args = {p.name: value for p, value in zip(params, step.args, strict=True)}
            found |= {f"{name} breaks {broken}" for broken in run.during}
            found |= {f"{name} breaks no_warnings"} if run.warnings else set()
            found |= {f"{name} breaks bounds_are_kept"} if run.fault or run.premise_faults else set()
            if run.outcome is not None:
                found |= set() if holds_in(run.after) else {f"{name} leads out of the invariant"}
                occasion = Occasion(run.after, run.before, run.outcome, args)
                for prop in (p for p in kind(finite, "action") if not p.on or name in p.on):
                    if not holds(finite, constants, prop, occasion).value:
                        found.add(f"{name} breaks {prop.name}")
                    if premise_holds(finite, constants, prop, occasion).fault:
                        found.add(f"{name} breaks bounds_are_kept")
                if finite.machine.sites[run.outcome.site].kind in ("refused", "blocked") and run.after != state:
                    found.add(f"{name} breaks refused_calls_change_nothing")
    return found


def kind(finite: GroundMachine, wanted: str) -> list[Property]:
    return [p for p in finite.properties if p.kind == wanted]


def agrees_with_states(finite: GroundMachine, seed: int) -> int:
    """Asserts what consecution and safety say of clauses at random; how many questions were answered with `sat`."""
    random = Random(seed)
    constants = from_slots(finite, case_of(finite, seed)[1])
    if not all(holds(finite, constants, p, Occasion({})).value for p in kind(finite, "assume")):
        return 0
    every = [other_than(finite, state_key(finite, state)) for state in typed_states(finite)]
    clauses = random.sample(every, random.randint(0, len(every) - 1))
    names = [p.name for p in kind(finite, "invariant") if random.random() < 0.5]
    conjuncts: list[Conjunct] = [Named(name, "property") for name in names]
    at = random.randint(0, len(conjuncts))
    conjuncts[at:at] = clauses
    obligations = Obligations(Plain(finite, constants), promises_of(finite), conjuncts)
    found = {about for about in failures(obligations.consecution("")) + failures(obligations.safety(""))}
    expected = kept_by(finite, constants, clauses, names)
    assert {about for about in found if not about.startswith("a state breaks")} == expected
    return len(expected)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_any_set_of_states_is_judged_as_by_looking_at_its_states(seed: int) -> None:
    finite = small(seed)
    if finite is not None:
        agrees_with_states(finite, seed)


@pytest.mark.slow
def test_hundreds_of_sets_of_states_are_judged_so() -> None:
    found = [agrees_with_states(finite, seed) for seed in range(600) if (finite := small(seed)) is not None]
    assert sum(found) > 400 and sum(1 for broken in found if not broken) > 20


@pytest.mark.parametrize("name", ["door", "watch", "turns"])
def test_sets_of_states_of_machines_by_hand(name: str) -> None:
    assert sum(agrees_with_states(machines_by_hand.ALL[name](), seed) for seed in range(8)) > 4


# --- an invariant that is none ------------------------------------------------------------------------------------


def counter() -> GroundMachine:
    """Two bits that change together; the promise about one needs the clause about both."""
    b = Build("Counter")
    a, c = b.field("a", bounded(0, 3), lit(0)), b.field("c", bounded(0, 3), lit(0))
    up = (put("a", arith(plus(a, 1), "%", lit(3))), put("c", arith(plus(c, 1), "%", lit(3))))
    b.action("up", {}, require(eq(a, c)), *up, kind="kernel", returns=NONE)
    b.action("off", {}, when(no(eq(a, c)), put("a", lit(3))), kind="kernel", returns=NONE)
    b.promise("invariant", "below_three", compare(a, "<", lit(3)))
    b.promise("lemma", "together", eq(a, c))
    b.promise("lemma", "idle", compare(c, "<=", lit(3)))
    return b.ground()


def obligations_of(finite: GroundMachine, *conjuncts: Conjunct) -> Obligations:
    return Obligations(Plain(finite, {}), [Promise("below_three", "invariant")], conjuncts)


PROMISE, TOGETHER = Named("below_three", "property"), Named("together", "lemma")
LOW = Clause((("c", 0, (0, 1, 2)),), "c in 0..2")


def test_a_promise_alone_is_not_inductive() -> None:
    obligations = obligations_of(counter(), PROMISE)
    assert failures(obligations.consecution("")) == ["off leads out of the invariant"]
    assert not failures(obligations.initiation("")) and not failures(obligations.safety(""))


def test_a_promise_with_its_lemmas_is_inductive() -> None:
    obligations = obligations_of(counter(), PROMISE, TOGETHER)
    assert not failures(obligations.consecution("")) and not failures(obligations.initiation(""))


def test_an_invariant_that_says_too_little_is_not_safe() -> None:
    obligations = obligations_of(counter(), TOGETHER)
    assert not failures(obligations.consecution(""))
    assert failures(obligations.safety("")) == ["a state breaks below_three"]


def test_an_invariant_that_says_too_much_misses_an_initial_state() -> None:
    obligations = obligations_of(counter(), PROMISE, TOGETHER, Clause((("a", 0, (1, 2)),), "a in 1..2"))
    assert failures(obligations.initiation("")) == ["an initial state outside: clause a in 1..2"]


def test_an_empty_invariant_hides_no_fault_of_the_initialiser() -> None:
    b = Build("Faulty")
    n = b.field("n", bounded(0, 1), lit(0))
    b.warning("odd")
    b.action("stay", {}, put("n", lit(0)), kind="kernel", returns=NONE)
    b.function("boot", {}, [warn(0), put("n", plus(n, 2))], returns=NONE)
    b.initial = "Faulty.boot"
    promised = [Promise(name, "always") for name in ALWAYS_ON if name != NO_DEADLOCK]
    obligations = Obligations(Plain(b.ground(), {}), promised, [Clause((("n", 0, ()),), "nothing")])
    broken = failures(obligations.initiation(""))
    assert broken == ["the initialiser breaks bounds_are_kept", "the initialiser breaks no_warnings"]
    assert not failures(obligations.consecution("")) and not failures(obligations.safety(""))
    assert failures(obligations.some_start()) == []


def test_what_happens_outside_a_boundary_is_not_asked() -> None:
    b = Build("Fenced")
    n = b.field("n", bounded(0, 2), lit(0))
    odd = when(eq(n, lit(2)), warn(b.warning("odd")), put("n", plus(n, 2)))
    b.action("up", {}, odd, put("n", plus(n, 1)), kind="kernel", returns=NONE)
    b.promise("boundary", "low", compare(n, "<", lit(2)))
    b.promise("action", "small_steps", compare(n, "<=", plus(b.old("n"), 1)))
    finite = b.ground()
    obligations = Obligations(Plain(finite, {}), promises_of(finite), [])
    assert not failures(obligations.consecution("")) and not failures(obligations.safety(""))
    left = Obligations(Plain(finite, {}), [Promise("low", "boundary")], [Named("low", "property")])
    assert failures(left.consecution("")) == ["up leads out of the invariant"]


def test_superfluous_conjuncts_are_left_out() -> None:
    obligations = obligations_of(counter(), Named("idle", "lemma"), LOW, PROMISE, TOGETHER)
    assert Minimal(obligations, 60).reduced([1]) == {2, 3}
    assert Minimal(obligations, 60).reduced([2]) == {1, 3}
    minimal = Minimal(obligations_of(counter(), PROMISE, TOGETHER), 60)
    assert minimal.failing({0}) == "off leads out of the invariant" and minimal.failing({0, 1}) == ""
    assert minimal.failing({1}) == "a state breaks a promise"


@pytest.mark.parametrize("guess", ["", "nothing like it", "a state breaks a promise", "off leads out of the invariant"])
def test_a_wrong_guess_changes_nothing(guess: str) -> None:
    """What fails first may differ, whether something fails may not; and a right guess is what fails."""
    obligations = obligations_of(counter(), PROMISE, TOGETHER)
    for left in ({0}, {1}, {0, 1}):
        assert bool(Minimal(obligations, 60).failing(left, guess)) == (left != {0, 1})
    if "off" in guess:
        assert Minimal(obligations, 60).failing({0}, guess) == guess


@pytest.mark.parametrize("name", ["door", "watch"])
def test_reduced_invariants_are_invariants(name: str) -> None:
    finite = machines_by_hand.ALL[name]()
    broken = set(explore(finite, {}, Limits()).found)
    promises = [p for p in promises_of(finite) if p.name not in broken]
    clauses = exact(finite, {})
    kept = Minimal(Obligations(Plain(finite, {}), promises, clauses), 60).reduced()
    left = [clause for i, clause in enumerate(clauses) if i in kept]
    obligations = Obligations(Plain(finite, {}), promises, left)
    for script in obligations.scripts("").values():
        assert not failures(script)
    minimal = Minimal(obligations, 60)
    assert all(minimal.failing(minimal.all - {i}) for i in minimal.all)


# --- clauses ------------------------------------------------------------------------------------------------------


def places() -> GroundMachine:
    """A field of every kind, and an open constant."""
    b = Build("Places")
    user, level = b.sort("User", 2), b.enum("Level", "LOW", "MID", "HIGH", ordered=True)
    b.record("Blank")
    held = b.record("Held", by=user, of=OptionType(level))
    union = UnionType(("Blank", "Held"))
    kinds = {
        "flag": bounded(-1, 1),
        "level": MapType((user,), OptionType(level)),
        "cell": OptionType(union),
        "row": SeqType(user, Extent(2)),
        "many": SetType(level),
        "pair": MapType((user,), held),
    }
    home = b.constant("home", MapType((user,), user))
    wholes = {
        "flag": lit(0),
        "level": everywhere(none(OptionType(level)), kinds["level"]),
        "cell": none(kinds["cell"]),
        "row": seq_of(kinds["row"]),
        "many": set_of(level),
    }
    for name, whole in wholes.items():
        b.field(name, kinds[name], whole)
        b.action(f"clear_{name}", {}, put(name, whole), kind="kernel", returns=NONE)
    mine = when(eq(at(home, var("u", user)), var("u", user)), put("flag", lit(1)))
    b.action("look", {"u": user}, mine, kind="kernel", returns=NONE)
    return b.ground()


def test_a_clause_says_of_codes_what_the_codes_are() -> None:
    """Every slot of every kind of field with random codes, on random states: read back from the script."""
    finite, random = places(), Random(3)
    plain = Plain(finite, {})
    agreement = Agreement(plain)
    kinds = {f.name: f.type for f in finite.fields.values()} | {n: c.type for n, c in finite.constants.items()}
    for _ in range(60):
        literals = []
        for _ in range(random.randint(1, 3)):
            name = random.choice(list(kinds))
            slot = random.randrange(len(leaves(kinds[name], finite)))
            count = cardinality(leaves(kinds[name], finite)[slot], finite)
            literals.append((name, slot, tuple(sorted(random.sample(range(count), random.randint(0, count))))))
        part = Obligations(plain, [], [Clause(tuple(literals))]).parts[0]
        terms = compiled({"now": part.now, "next": part.next})
        for _ in range(5):
            state, after = ({n: random_value(f.type, finite, random) for n, f in finite.fields.items()} for _ in "ab")
            constants = {n: random_value(c.type, finite, random) for n, c in finite.constants.items()}
            given = agreement.of_state(state) | agreement.of_state(after, after=True)
            found = terms.at(given | agreement.of_constants(constants))
            for moment, held in (("now", state | constants), ("next", after | constants)):
                codes = {name: encode_slots(held[name], kind, finite) for name, kind in kinds.items()}
                assert found[moment] == any(codes[name][slot] in wanted for name, slot, wanted in literals)


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (("nothing", 0, (0,)), "no field and no open constant 'nothing'"),
        (("flag", 1, (0,)), "'flag' has 1 slots, none with the number 1"),
        (("flag", -1, (0,)), "none with the number -1"),
        (("flag", 0, (3,)), "codes 0..2"),
    ],
)
def test_a_clause_about_what_is_not_there_is_an_error(literal: tuple[str, int, tuple[int, ...]], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Obligations(Plain(places(), {}), [], [Clause((literal,))])


@pytest.mark.parametrize("promise", [Promise("no_deadlock", "always"), Promise("flag", "invariant")])
def test_a_promise_that_is_none_is_an_error(promise: Promise) -> None:
    with pytest.raises(RequestError, match="promise"):
        Obligations(Plain(places(), {}), [promise], [])
