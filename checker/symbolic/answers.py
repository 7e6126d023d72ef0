"""What the symbolic engines answer: paths read from models, proofs, counterexamples to induction, and how far they got.

NOTE(broken): an ask is broken at depth 0 by `start` or by `state` of an initial state, at depth d by `state` after d
steps or by `step` as the d-th step. For a goal or a premise "broken" reads "reached". `System` says the rest.
NOTE(induction): names are k-inductive together, with `clauses` C, if in every sequence of k typed states joined by
valid steps, where C and no `state` of the names is broken, no next step breaks a `step` of the names and no valid next
step leads to a state that breaks C or a `state` of the names. If none of them is broken at depth < k either, and C
holds there, none ever is. With `simple` only sequences whose states, the one led to included, are pairwise different
are looked at; a shortest path to a first break is of that kind, so this is as good.
Source: M. Sheeran, S. Singh, G. Stalmarck, Checking safety properties using induction and a SAT-solver (2000).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.symbolic.circuit import Lit

Clause = tuple[tuple[int, bool], ...]
"""A disjunction over one state: the bit at this index has this value."""


@dataclass(frozen=True, slots=True)
class Path:
    """What a model says, before `evaluate` has walked it.

    `states` has the bits of each state, the first one first, `inputs` the inputs of each step: one fewer than states,
    or as many where the last step itself breaks the promise (it need not complete). `start` has the inputs of the
    initialiser, empty where the first state is no initial one. Where the initialiser itself breaks the promise there
    are no states.
    """

    states: tuple[tuple[bool, ...], ...]
    inputs: tuple[dict[Lit, bool], ...]
    start: dict[Lit, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cti:
    """A counterexample to induction: `k` states where all of `assumed` is kept, and the step that breaks the promise.

    The first state is typed, but no run need lead there. `path` has k + 1 states where the state led to is what is
    broken, and k where the step is.
    """

    path: Path
    k: int
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved and by what; see NOTE(induction). A proof stands by itself: it rests on no other.

    `k` is 1 for an inductive invariant. `promises` are the names proved, lemmas among them, by one invariant together.
    `clauses` are its further conjuncts. `uses` says for some of the names which others their step needs; a name that
    is not listed may need all.
    """

    method: str
    k: int
    promises: tuple[str, ...]
    clauses: tuple[Clause, ...] = ()
    frames: int = 0
    uses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    simple: bool = False


@dataclass(frozen=True, slots=True)
class Bounded:
    """No break up to and including this depth; -1: nothing known.

    `reason` is why it stopped: "depth", "time", "memory", "interrupt", Z3's word, "end" where nothing can be broken at
    any greater depth either, "" where nothing was left to look for. At an end either no run has more steps, or it is
    `inductive`: no step from a clear state breaks anything.
    """

    depth: int
    reason: str = ""
    inductive: bool = False


@dataclass(frozen=True, slots=True)
class BmcResult:
    """A shortest path for each name in `found`; every other name asked for is clear up to `bounded.depth`."""

    found: dict[str, Path]
    bounded: Bounded


@dataclass(frozen=True, slots=True)
class InductionResult:
    """Names that are in no proof, not in `broken` and not in `ctis` have their `reasons`: why there is no answer.

    A name in `ctis` may also have a reason, where the search for a proof with a greater k was cut short.
    """

    proofs: tuple[Proof, ...]
    ctis: dict[str, Cti]
    broken: dict[str, Path]
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class PdrResult:
    """A proof of all names asked for, or the names that are broken with a path each; `reason` where it stopped."""

    proof: Proof | None
    broken: dict[str, Path]
    reason: str = ""
