"""Textbook machines: every engine finds the numbers that others have published, a closed form or a plain enumeration.

Sources of the numbers. TLC counts the initial states among the generated ones and depth in states, we in steps.
* `tlaplus/Examples`, specifications/transaction_commit/manifest.json: TCommit with three managers 34 distinct states,
  94 generated, depth 7; TwoPhase 288, 1146, depth 11. The comment at the end of TwoPhase.tla: six managers, 50816.
* `stateright`, examples/2pc.rs: 288 states with three managers and 8832 with five. A closed form for n: undecided, a
  manager is working, has aborted, or is prepared and heard or not; once aborted, it may have aborted after either too;
  once committed, it is prepared or has committed: 4**n + 6**n + 2**n, and multisets of these up to symmetry.
* `tlaplus/Examples`, specifications/GermanProtocol/manifest.json at aba0cef2: GermanWithMutex with two nodes and two
  values 3390 distinct states, 9914 generated, depth 19; at 10fcc1fa, with symmetry of both, 852; GermanCoherence, the
  same without data, 735 with symmetry of the nodes.
* The ring buffer has a place where the oldest item is, and any sequence of items that fits: ROOM * (1 + V + ... +
  V**ROOM) states; an item is produced where one more fits and one consumed where there is any.
* `tlaplus/Examples`, specifications/locks_auxiliary_vars/manifest.json: Peterson 42 distinct states, 77 generated,
  depth 11.
* The ticket lock has a ticket that is served, and any order of any threads that have drawn; the first of them may be
  waiting or in: T * (1 + 2 * (sum of N!/(N-k)! for k = 1..N)) states. A step is a thread that draws, or the first one
  that goes on. The farthest state: T - 1 times draw, enter, leave, then all draw and the first enters.
* The ring buffer up to symmetry: ROOM times the partitions of 0 .. ROOM places into at most V blocks.
* Philosophers by hand: words of T (thinks), W (waits), L (has the left fork), E (eats) around the table, in which no E
  is followed by L or E: 27 without E, 3 * 2 * 3 with one, none with more; 45 for three.
* Everything else: `enumerations`, which is compared with the published numbers first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest

from checker.explicit import compile as c_compiler
from checker.explicit.engine import Engine
from checker.explorations import Exploration, Limits
from tests.lang.two_meanings import Pair
from tests.machines import enumerations
from tests.machines.enumerations import Counts
from tests.machines.machine_tools import lengths, search, spec_class

needs_c = pytest.mark.skipif(not c_compiler.available(), reason="no C compiler")


@dataclass(frozen=True)
class Case:
    """A machine at some sizes and what is known of it."""

    target: str
    counts: Counts
    sizes: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.target, *(f"{k}{v}" for k, v in self.sizes.items())])


def published(states: int, generated: int, depth: int, initial: int = 1) -> Counts:
    """What TLC reports, as we count."""
    return Counts(states, generated - initial, depth - 1)


def ring(room: int, items: int) -> Counts:
    """The closed form of the ring buffer; the farthest state is full and begins at the last place."""
    rows = [items**n for n in range(room + 1)]
    moves = room * (items * sum(rows[:-1]) + sum(rows[1:]))
    return Counts(room * sum(rows), moves, 2 * (room - 1) + room)


def tickets(count: int, threads: int) -> Counts:
    """The closed form of the ticket lock with no fewer tickets than threads."""
    rows = [math.perm(threads, k) for k in range(1, threads + 1)]
    draws = threads + sum(2 * row * (threads - k) for k, row in enumerate(rows, 1))
    return Counts(count * (1 + 2 * sum(rows)), count * (draws + 2 * sum(rows)), 3 * (count - 1) + threads + 1)


CASES = [
    Case("commit:TransactionCommit", published(34, 94, 7), {"Manager": 3}),
    Case("commit:TwoPhaseCommit", published(288, 1146, 11), {"Manager": 3}),
    Case("ring_buffer:RingBuffer", ring(3, 2), {"Item": 2}),
    Case("ring_buffer:RingBuffer", ring(3, 3), {"Item": 3}),
    Case("german:German", published(3390, 9914, 19, initial=2), {"Node": 2, "Data": 2}),
    Case("german:German", enumerations.german(2, 1), {"Node": 2, "Data": 1}),
    Case("recycled_ids:RecycledIds", enumerations.recycled_ids(2, 2), {"Id": 2, "User": 2}),
    Case("recycled_ids:RecycledIds", enumerations.recycled_ids(1, 2), {"Id": 1, "User": 2}),
    Case("recycled_ids:RecycledIds", enumerations.recycled_ids(3, 3), {"Id": 3, "User": 3}),
    Case("peterson:Peterson", published(42, 77, 11), {"Thread": 2}),
    Case("philosophers:LowerForkFirst", enumerations.philosophers([(0, 1), (1, 2), (0, 2)]), {"Philosopher": 3}),
    Case("ticket_lock:TicketLock", tickets(4, 3), {"Thread": 3, "Ticket": 4}),
    Case("ticket_lock:TicketLock", tickets(3, 3), {"Thread": 3, "Ticket": 3}),
    Case("ticket_lock:TicketLock", tickets(5, 4), {"Thread": 4, "Ticket": 5}),
    Case("seqlock:SeqLock", enumerations.seqlock(2, 1), {"Reader": 1}),
    Case("seqlock:SeqLock", enumerations.seqlock(2, 2), {"Reader": 2}),
]
SMALLEST = {
    "commit:TransactionCommit": {"Manager": 2},
    "commit:TwoPhaseCommit": {"Manager": 2},
    "ring_buffer:RingBuffer": {"Item": 2},
    "german:German": {"Node": 1, "Data": 2},
    "recycled_ids:RecycledIds": {"Id": 1, "User": 2},
    "peterson:Peterson": {"Thread": 2},
    "philosophers:LeftForkFirst": {"Philosopher": 3},
    "philosophers:LowerForkFirst": {"Philosopher": 3},
    "ticket_lock:TicketLock": {"Thread": 2, "Ticket": 2},
    "seqlock:SeqLock": {"Reader": 1},
}
GOALS = {
    "commit:TransactionCommit": {"all_commit"},
    "commit:TwoPhaseCommit": {"all_commit"},
    "ring_buffer:RingBuffer": {"full"},
    "german:German": {"two_caches_share", "news_is_written_back"},
    "recycled_ids:RecycledIds": {"an_id_has_a_second_life"},
    "peterson:Peterson": {"one_is_in"},
    "philosophers:LowerForkFirst": {"somebody_eats"},
    "ticket_lock:TicketLock": {"all_have_drawn"},
    "seqlock:SeqLock": {"the_last_write_is_read"},
}


WITHOUT_PROCESSES = ("commit", "ring_buffer", "german", "recycled_ids")


@dataclass(frozen=True)
class Broken:
    """A variant that breaks a promise, and the fewest steps to it, counted in the comment."""

    target: str
    sizes: dict[str, int]
    violated: str
    steps: int


BROKEN = [
    # prepare 0, hear 0, commit, obey_commit 0, choose_to_abort 1
    Broken("commit:HastyManager", {"Manager": 2}, "nobody_commits_what_another_aborts", 5),
    # a fourth item in a ring of three
    Broken("ring_buffer:OneTooMany", {"Item": 2}, "bounds_are_kept", 4),
    # two different items, then the second is consumed
    Broken("ring_buffer:NewestFirst", {"Item": 2}, "the_oldest_leaves", 3),
    # cache 0 asks for a shared copy: ask, accept, grant, receive; cache 1 for an exclusive one: the same
    Broken("german:ForgetsToAskTheSharers", {"Node": 2, "Data": 2}, "an_exclusive_copy_is_the_only_one", 8),
    # and it stores another value
    Broken("german:ForgetsToAskTheSharers", {"Node": 2, "Data": 2}, "every_copy_is_up_to_date", 9),
    # cache 0 gets an exclusive copy in four steps and stores; 1 asks, accept; invalidate, give back, ack
    Broken("german:LosesTheNews", {"Node": 2, "Data": 2}, "memory_is_up_to_date_without_an_exclusive_copy", 10),
    # grant and receive
    Broken("german:LosesTheNews", {"Node": 2, "Data": 2}, "every_copy_is_up_to_date", 12),
    # 0 opens and closes, 1 opens under the same id, 0 uses what it remembers
    Broken("recycled_ids:NobodyLooksWhoseIdItIs", {"Id": 2, "User": 2}, "nobody_reaches_what_another_opened", 4),
    # both call and take their turn, first 0, then 1; 1 sets its flag and enters, then 0 the same
    Broken("peterson:FlagLast", {"Thread": 2}, "never_both", 8),
    # three sit down, three take the left fork
    Broken("philosophers:LeftForkFirst", {"Philosopher": 3}, "no_lock_cycle", 6),
    Broken("philosophers:LeftForkFirst", {"Philosopher": 3}, "no_deadlock", 6),
    # tickets 0, 1, 0; the third thread enters, and then the first
    Broken("ticket_lock:TicketLock", {"Thread": 3, "Ticket": 2}, "first_come_first_served", 4),
    Broken("ticket_lock:TicketLock", {"Thread": 3, "Ticket": 2}, "at_most_one", 5),
    # the reader begins and sees an even counter, the writer begins and writes one half; two reads, and it goes home
    Broken("seqlock:NeverLooksAgain", {"Reader": 1}, "no_reader_mixes_two_writes", 7),
    # between the two reads a whole write of four steps
    Broken("seqlock:LooksAtOneBit", {"Reader": 1}, "no_reader_mixes_two_writes", 9),
]


def counts(found: Exploration) -> Counts:
    assert found.complete
    return Counts(found.states, found.transitions, found.depth)


def comparable(found: Exploration) -> Exploration:
    """What all engines have to agree on."""
    return replace(found, engine="", words=0, bits=0, seconds=0.0, extra={})


def check(case: Case, found: Exploration) -> None:
    """The numbers are those of the source, every promise holds and every goal is reached."""
    assert case.counts == counts(found)
    few = case.sizes.get("Data") == 1 or min(case.sizes.values()) == 1
    assert set(found.found) <= GOALS[case.target] if few else set(found.found) == GOALS[case.target]


def test_the_plain_enumeration_agrees_with_what_is_published() -> None:
    assert enumerations.german(2, 2) == published(3390, 9914, 19, initial=2)
    assert (852, 735) == (enumerations.german_orbits(2, 2), enumerations.german_orbits(2, 1))


@pytest.mark.parametrize("engine", ["python", pytest.param("c", marks=needs_c)])
def test_philosophers_who_all_take_the_left_fork_have_the_states_counted_by_hand(engine: Engine) -> None:
    found = search("philosophers:LeftForkFirst", {"Philosopher": 3}, engine)
    assert 45 == found.states
    assert counts(found) == enumerations.philosophers([(0, 1), (1, 2), (2, 0)])
    assert {"no_lock_cycle", "no_deadlock", "somebody_eats"} == set(found.found)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_generated_python_finds_the_known_numbers(case: Case) -> None:
    check(case, search(case.target, case.sizes, "python"))


@needs_c
@pytest.mark.parametrize("case", CASES, ids=str)
def test_generated_c_finds_the_known_numbers(case: Case) -> None:
    check(case, search(case.target, case.sizes, "c"))


@needs_c
@pytest.mark.parametrize(("managers", "states"), [(3, 288), (5, 8832), (6, 50816)])
def test_two_phase_commit_of_many_managers_has_the_published_number_of_states(managers: int, states: int) -> None:
    n = managers
    assert states == 4**n + 6**n + 2**n == search("commit:TwoPhaseCommit", {"Manager": n}, "c").states
    orbits = math.comb(n + 3, 3) + math.comb(n + 5, 5) + n + 1
    assert orbits == search("commit:TwoPhaseCommit", {"Manager": n}, "c", symmetry=True).representatives


@needs_c
@pytest.mark.parametrize("data", [1, 2])
def test_german_with_three_caches_has_as_many_states_as_a_plain_enumeration_finds(data: int) -> None:
    sizes = {"Node": 3, "Data": data}
    check(Case("german:German", enumerations.german(3, data), sizes), search("german:German", sizes, "c"))


ORBITS = [
    (Case("commit:TwoPhaseCommit", published(288, 1146, 11), {"Manager": 3}), math.comb(6, 3) + math.comb(8, 3) + 4),
    (Case("german:German", published(3390, 9914, 19, initial=2), {"Node": 2, "Data": 2}), 852),
    (Case("german:German", enumerations.german(2, 1), {"Node": 2, "Data": 1}), 735),
    (Case("ring_buffer:RingBuffer", ring(3, 2), {"Item": 2}), 3 * (1 + 1 + 2 + 4)),
    (Case("ring_buffer:RingBuffer", ring(3, 3), {"Item": 3}), 3 * (1 + 1 + 2 + 5)),
]


@pytest.mark.parametrize("engine", ["python", pytest.param("c", marks=needs_c)])
@pytest.mark.parametrize(("case", "orbits"), ORBITS, ids=str)
def test_up_to_symmetry_there_are_as_many_states_as_are_known(case: Case, orbits: int, engine: Engine) -> None:
    found = search(case.target, case.sizes, engine, symmetry=True)
    check(case, found)
    assert orbits == found.representatives


@pytest.mark.parametrize("case", CASES, ids=str)
def test_with_symmetry_the_numbers_of_the_whole_search_are_the_same(case: Case) -> None:
    check(case, search(case.target, case.sizes, "auto", symmetry=True))


@pytest.mark.parametrize("target", SMALLEST)
def test_all_engines_agree_with_the_slow_search_at_the_smallest_size(target: str) -> None:
    expected = comparable(search(target, SMALLEST[target], None))
    assert expected.complete
    assert expected == comparable(search(target, SMALLEST[target], "python"))
    if c_compiler.available():
        assert expected == comparable(search(target, SMALLEST[target], "c"))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: f"{b.target}-{b.violated}")
def test_a_broken_variant_is_found_out_in_as_few_steps_as_it_takes(broken: Broken) -> None:
    # that nothing leaves a state is known once it is expanded, one step later
    found = search(broken.target, broken.sizes, "auto", Limits(depth=broken.steps + 1))
    assert broken.steps == lengths(found)[broken.violated]


PLAIN = [t for t in dict.fromkeys([*SMALLEST, *(b.target for b in BROKEN)]) if t.split(":")[0] in WITHOUT_PROCESSES]


@pytest.mark.parametrize("target", PLAIN)
def test_python_itself_runs_the_machine_as_it_is_parsed(target: str) -> None:
    sizes = SMALLEST.get(target) or next(b.sizes for b in BROKEN if b.target == target)
    assert Pair(spec_class(target), sizes, {}).check(60) > 0
