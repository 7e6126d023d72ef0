"""`System`: a finite machine as a circuit, the small value between the encoder and the symbolic engines.

NOTE(steps): a step is chosen by inputs: one selector per action, the codes of its arguments and of its choices. At
given inputs a step is deterministic. `valid` says that the inputs stand for a step that really happens and completes
(exactly one selector, codes in range, enabled, no fault, the state inside every boundary).
NOTE(frame): under its selector a case gives new values to the bits it lists; every other bit of the state stays.
NOTE(rigid): constants that are not fixed are bits of the state that no case lists; `typed` has what is assumed of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from checker.symbolic.circuit import FALSE, Circuit, Lit

AskKind = Literal["invariant", "action", "during", "goal", "always", "premise", "lemma"]


@dataclass(frozen=True, slots=True)
class Case:
    """What one action does: `action` is its place in `GroundMachine.actions`, `updates` the new bits by index."""

    action: int
    name: str
    selector: Lit
    updates: tuple[tuple[int, Lit], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One promise (or one thing to be reached), as the places where it is broken (reached).

    `state` is over bits of the state. `step` is over the state and the inputs of a step, and complete in itself: it
    says that the inputs are a step that breaks the promise, whether it completes (`valid`) or faults. `start` is over
    the inputs of the initialiser. FALSE where the promise cannot be broken there.
    """

    name: str
    kind: AskKind
    state: Lit = FALSE
    step: Lit = FALSE
    start: Lit = FALSE


@dataclass(frozen=True, slots=True)
class System:
    """A finite machine as a circuit.

    `state` are the inputs that stand for the bits of a state, `labels` their names ("hw[1].0" is the lowest bit of
    the code of that slot), `inputs` those of a step, `start_inputs` those of the initialiser. `initial` gives each
    bit of the state after the initialiser, which happens where `initial_valid`. `typed` is over the state: every
    slot holds a code, unused slots of sequences are 0, and the constants are as assumed. Every valid step from a typed
    state leads to a typed state. `asks` has one entry per promise.
    """

    circuit: Circuit
    state: tuple[Lit, ...]
    labels: tuple[str, ...]
    inputs: tuple[Lit, ...]
    cases: tuple[Case, ...]
    valid: Lit
    typed: Lit
    start_inputs: tuple[Lit, ...]
    initial: tuple[Lit, ...]
    initial_valid: Lit
    asks: tuple[Ask, ...]

    def ask(self, name: str) -> Ask:
        """The promise of this name; KeyError if there is none."""
        for each in self.asks:
            if each.name == name:
                return each
        raise KeyError(name)

    def successor(self) -> tuple[Lit, ...]:
        """Each bit of the state after the step that the inputs choose, as one literal; for tests and small systems."""
        after = list(self.state)
        for case in self.cases:
            for bit, value in case.updates:
                after[bit] = self.circuit.ite(case.selector, value, after[bit])
        return tuple(after)


def exactly_one(circuit: Circuit, lits: Sequence[Lit]) -> Lit:
    """True where exactly one of them is; TRUE for a single one that needs no choice is left to the caller."""
    seen, clashes = FALSE, []
    for lit in lits:
        clashes.append(circuit.both(seen, lit))
        seen = circuit.either(seen, lit)
    return circuit.conj([seen, *(c ^ 1 for c in clashes)]) if lits else FALSE



