"""Small random systems: typed states, several initial states, faults, states without a step, asks of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.system import Ask, AskKind, Case, System, exactly_one
from tests.random_draw import Draw

Updates = list[tuple[int, Lit]]


def random_system(seed: int, scale: int = 2) -> System:
    """A system of 2 + `scale` bits at most and a few asks of each kind; the same for the same numbers."""
    return _Maker(Draw(seed, scale)).system()


class _Maker:
    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.circuit = Circuit()
        bits = 2 + (draw.scale if draw.chance(2) else draw.upto(draw.scale))
        self.state = [self.circuit.input(f"s{i}") for i in range(bits)]
        actions = 1 + draw.upto(2)
        self.selectors = [self.circuit.input(f"do{i}") for i in range(actions)] if actions > 1 else [TRUE]
        self.args = [self.circuit.input(f"x{i}") for i in range(draw.upto(2))]
        self.start_inputs = [self.circuit.input(f"i{i}") for i in range(draw.upto(2))]
        self.typed = self._type()

    def system(self) -> System:
        draw, circuit = self.draw, self.circuit
        rigid = draw.upto(len(self.state) - 1) if draw.chance(3) else -1
        cases = [
            Case(i, f"action{i}", selector, tuple(u for u in self._updates() if u[0] != rigid))
            for i, selector in enumerate(self.selectors)
        ]
        alone = exactly_one(circuit, self.selectors) if len(cases) > 1 else TRUE
        enabled = circuit.disj([circuit.both(s, self._guard()) for s in self.selectors])
        fault = self._cube([*self.state, *self.args], 3) if draw.chance(2) else FALSE
        attempt = circuit.both(alone, enabled)
        after = list(self.state)
        for case in cases:
            for bit, value in case.updates:
                after[bit] = circuit.ite(case.selector, value, after[bit])
        valid = circuit.conj([attempt, fault ^ 1, self.typed(after)])
        initial = [self._initial_bit() for _ in self.state]
        initial_valid = self.typed(initial)
        if draw.chance(4):
            initial_valid = circuit.both(initial_valid, self._function(self.start_inputs, 2))
        return System(
            circuit=circuit,
            state=tuple(self.state),
            labels=tuple(f"s.{i}" for i in range(len(self.state))),
            inputs=tuple([*(s for s in self.selectors if s != TRUE), *self.args]),
            cases=tuple(cases),
            valid=valid,
            typed=self.typed(self.state),
            start_inputs=tuple(self.start_inputs),
            initial=tuple(initial),
            initial_valid=initial_valid,
            asks=tuple(self._asks(attempt, fault, valid, after)),
        )

    # --- parts ----------------------------------------------------------------------------------------------------

    def _type(self) -> Callable[[Sequence[Lit]], Lit]:
        """Some values of two or three bits are no codes."""
        cubes = []
        for _ in range(self.draw.upto(2)):
            places = list(range(len(self.state)))
            size = 2 + self.draw.upto(1)
            picked = [places.pop(self.draw.upto(len(places) - 1)) for _ in range(min(size, len(places)))]
            cubes.append([(place, 0 if i == 0 else self.draw.upto(1)) for i, place in enumerate(picked)])

        def typed(bits: Sequence[Lit]) -> Lit:
            return self.circuit.conj([self.circuit.conj([bits[i] ^ s for i, s in cube]) ^ 1 for cube in cubes])

        return typed

    def _updates(self) -> Updates:
        """What one action does: count up, shift, or new values for some bits."""
        circuit, state = self.circuit, self.state
        how = self.draw.upto(5)
        if how in (0, 5):
            carry, found = TRUE, []
            for i, bit in enumerate(state):
                found.append((i, circuit.xor(bit, carry)))
                carry = circuit.both(bit, carry)
            return found
        if how == 1:
            new = self._literal([*state, *self.args])
            return [(0, new), *((i + 1, bit) for i, bit in enumerate(state[:-1]))]
        bits = [i for i in range(len(state)) if self.draw.chance(2)]
        if how == 2:
            return [(i, self.draw.pick([FALSE, TRUE])) for i in bits]
        return [(i, self._function([*state, *self.args], 2)) for i in bits]

    def _guard(self) -> Lit:
        how = self.draw.upto(4)
        if how <= 1:
            return TRUE
        if how <= 3:
            return self._cube([*self.state, *self.args], 3) ^ 1
        return self._function([*self.state, *self.args], 2)

    def _initial_bit(self) -> Lit:
        return self._literal(self.start_inputs) if self.draw.chance(3) else FALSE

    def _literal(self, leaves: Sequence[Lit]) -> Lit:
        return self.draw.pick(leaves) ^ self.draw.upto(1) if leaves else self.draw.pick([FALSE, TRUE])

    def _cube(self, leaves: Sequence[Lit], size: int) -> Lit:
        return self.circuit.conj([self._literal(leaves) for _ in range(size)])

    def _whole(self, bits: Sequence[Lit]) -> Lit:
        """One state, all of it."""
        return self.circuit.conj([bit ^ self.draw.upto(1) for bit in bits])

    def _function(self, leaves: Sequence[Lit], depth: int) -> Lit:
        if depth == 0 or self.draw.chance(6):
            return self._literal(leaves)
        how, parts = self.draw.upto(3), [self._function(leaves, depth - 1) for _ in range(3)]
        if how == 0:
            return self.circuit.conj(parts)
        if how == 1:
            return self.circuit.disj(parts)
        if how == 2:
            return self.circuit.xor(parts[0], parts[1])
        return self.circuit.ite(*parts)

    # --- asks -----------------------------------------------------------------------------------------------------

    def _asks(self, attempt: Lit, fault: Lit, valid: Lit, after: Sequence[Lit]) -> list[Ask]:
        asks = [self._of_states("invariant", i) for i in range(1 + self.draw.upto(3))]
        asks += [self._of_states("lemma", i) for i in range(self.draw.upto(2))]
        asks += [self._of_states("goal", i) for i in range(self.draw.upto(1))]
        leaves = [*self.state, *self.args, *(s for s in self.selectors if s != TRUE)]
        for i in range(self.draw.upto(2)):
            changed = self.circuit.both(self._cube(leaves, 2), self._literal(after))
            asks.append(Ask(f"action{i}", "action", FALSE, self.circuit.both(valid, changed)))
            asks.append(Ask(f"action{i} (premise)", "premise", FALSE, self.circuit.both(valid, self._cube(leaves, 1))))
        asks.append(Ask("bounds", "always", FALSE, self.circuit.both(attempt, fault), self._start()))
        if self.draw.chance(2):
            warned = self.circuit.both(attempt, self._cube(leaves, 3))
            asks.append(Ask("during0", "during", self._whole(self.state), warned))
        return asks

    def _of_states(self, kind: AskKind, number: int) -> Ask:
        how = self.draw.upto(3)
        if how == 0:
            where = self._function(self.state, 2)
        else:
            where = self._whole(self.state) if how < 3 else self._cube(self.state, 2)
        return Ask(f"{kind}{number}", kind, where, FALSE, self._start() if kind == "invariant" else FALSE)

    def _start(self) -> Lit:
        return self._cube(self.start_inputs, 2) if self.draw.chance(6) else FALSE
