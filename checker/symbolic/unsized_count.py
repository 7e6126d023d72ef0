"""Counts of elements of an open sort: integers that obey named facts about the cardinality of finite sets.

A `Tally` is the number of elements that a predicate is true of, or the length of a sequence without repetition (then
`exact` says so; a sequence with repetitions is only as long as that or longer). Its facts, each for the tally's own
arguments:

- `count is not negative`: n >= 0.
- `count covers the named elements`: n is at least the number of different named elements that satisfy the predicate.
- `a count above none has a witness`: n > 0 only if some element satisfies it.
- `a count above the named ones has another witness`: if exact, n is at most the number of different key elements that
  satisfy it, unless some element apart from these satisfies it.
- `counts that differ only at named elements`: two exact counts differ by what they differ at the key elements, unless
  their predicates differ at some element apart from these.

Key elements are the arguments of the step. Each is true of finite sets, so every step that can happen is a model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import z3

from checker.symbolic.unsized_facts import Facts
from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Truth,
    at_most,
    conj,
    disj,
    implies,
    less,
    neg,
    one_if,
    same,
    total,
)

AXIOM = "cardinality: "


@dataclass(slots=True)
class Tally:
    """A count; `what` is equal for counts of one text at one place in different states."""

    number: Number
    sort: str
    holds: Callable[[Leaf], Truth]
    exact: Truth
    what: object
    args: tuple[Leaf, ...]
    name: str
    text: str

    def label(self, axiom: str) -> str:
        """The name of an axiom at this count."""
        at = ", ".join(str(a) for a in self.args)
        return f"{AXIOM}{axiom}: {self.text}" + (f" at {at}" if at else "")


def add_tally(facts: Facts, tally: Tally) -> None:
    """Says everything about a new count but what depends on the terms that are named later."""
    facts.say(at_most(0, tally.number), tally.label("a count is not negative"))
    keys = list(facts.keys[tally.sort])
    witness = facts.element(f"{tally.name}.one", tally.args, tally.sort)
    facts.say(implies(less(0, tally.number), tally.holds(witness)), tally.label("a count above none has a witness"))
    if keys:
        other = facts.element(f"{tally.name}.other", tally.args, tally.sort)
        apart = conj([tally.holds(other), *(neg(same(other, k)) for k in keys)])
        few = at_most(tally.number, _different(facts, keys, tally.holds))
        label = tally.label("a count above the named ones has another witness")
        facts.say(implies(tally.exact, disj([few, apart])), label)
    for earlier in facts.tallies:
        assert isinstance(earlier, Tally)
        if earlier.what == tally.what:
            _link(facts, earlier, tally, keys)
    facts.tallies.append(tally)


def _link(facts: Facts, one: Tally, two: Tally, keys: Sequence[z3.ExprRef]) -> None:
    where = facts.element(f"{one.name} and {two.name}.differs", (*one.args, *two.args), one.sort)
    first, second = one.holds(where), two.holds(where)
    apart = conj([disj([conj([first, neg(second)]), conj([second, neg(first)])]), *(neg(same(where, k)) for k in keys)])
    left = total([one.number, _different(facts, keys, two.holds)])
    right = total([two.number, _different(facts, keys, one.holds)])
    claim = disj([apart, same(left, right)])
    facts.say(implies(conj([one.exact, two.exact]), claim), two.label("counts that differ only at named elements"))


def _different(facts: Facts, terms: Sequence[z3.ExprRef], holds: Callable[[Leaf], Truth]) -> Number:
    """How many different elements among these terms satisfy the predicate. With many terms that takes long."""
    counted: list[Number] = []
    for place, term in enumerate(terms):
        facts.pulse()
        counted.append(one_if(conj([holds(term), *(neg(same(term, before)) for before in terms[:place])])))
    return total(counted)


def cover(facts: Facts) -> bool:
    """Says of every count that it covers the elements named by now; True if there was something to say."""
    found = False
    for tally in list(facts.tallies):
        assert isinstance(tally, Tally)
        terms = list(facts.near[tally.sort])
        seen = ("covered", id(tally), len(terms))
        if seen not in facts.cache:
            facts.cache[seen] = tally
            said = at_most(_different(facts, terms, tally.holds), tally.number)
            facts.say(said, tally.label("a count covers the named elements"))
            found = True
    return found
