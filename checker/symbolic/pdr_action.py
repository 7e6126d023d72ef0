"""One action by itself: its step as functions of the state and its inputs, in a circuit that holds nothing else.

NOTE(actions): a valid step is one of exactly one action, so a question about steps is a few small questions, one for
each action that could matter. In the circuit of an action its selector is true and all others are false; there is no
second copy of the state, since each bit after the step is a literal over the state before it and the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.cofactor import Copy
from checker.symbolic.system import Ask, Case, System


class ActionStep:
    """`state` and `after` are the bits before and after the step of one case, `valid` where it happens and completes.

    `changed` are the bits that it may change.
    """

    def __init__(self, system: System, case: Case) -> None:
        self.system = system
        self.case = case
        self.circuit = Circuit()
        self.state = tuple(self.circuit.input(label) for label in system.labels)
        selectors = {c.selector: TRUE if c is case else FALSE for c in system.cases if c.selector != TRUE}
        here = dict(zip(system.state, self.state, strict=True))
        self._step = Copy(system.circuit, self.circuit, {**selectors, **here})
        self.valid = self.step(system.valid)
        after = list(self.state)
        for bit, value in case.updates:
            after[bit] = self.step(value)
        self.after = tuple(after)
        self.changed = frozenset(bit for bit, lit in enumerate(self.state) if after[bit] != lit)
        self._after = Copy(system.circuit, self.circuit, dict(zip(system.state, self.after, strict=True)))
        self._start = Copy(system.circuit, self.circuit, {})

    def step(self, lit: Lit) -> Lit:
        """A literal over the state before the step and its inputs."""
        return self._step.lit(lit)

    def ends_in(self, lit: Lit) -> Lit:
        """A literal over states, of the state after the step."""
        return self._after.lit(lit)

    def start(self, lit: Lit) -> Lit:
        """A literal over the inputs of the initialiser."""
        return self._start.lit(lit)

    def leads_to(self, ask: Ask) -> Lit:
        """True where the step is valid and its end breaks the promise."""
        return self.circuit.both(self.valid, self.ends_in(ask.state))

    def inputs(self, value: Callable[[Lit], bool]) -> dict[Lit, bool]:
        """All inputs of the system, given the values of literals of this circuit; False for those of no consequence."""
        found = {lit: False for lit in self.system.inputs}
        found |= {lit: value(here) for lit, here in self._step.inputs.items()}
        if self.case.selector != TRUE:
            found[self.case.selector] = True
        return found

    def given(self, inputs: dict[Lit, bool]) -> list[tuple[Lit, bool]]:
        """Inputs of the system as literals of this circuit with their values."""
        return [(here, inputs[lit]) for lit, here in self._step.inputs.items()]


def actions_of(system: System) -> list[ActionStep]:
    """Every action by itself. ValueError for a system whose selectors are no inputs, or not one for each action."""
    selectors: Sequence[Lit] = [case.selector for case in system.cases]
    for case in system.cases:
        if case.selector != TRUE and (system.circuit.gates[case.selector >> 1][0] != "input" or case.selector & 1):
            raise ValueError(f"the selector of '{case.name}' is no input")
    if len(set(selectors)) < len(selectors) or (TRUE in selectors and len(selectors) > 1):
        raise ValueError("two actions have the same selector")
    return [ActionStep(system, case) for case in system.cases]
