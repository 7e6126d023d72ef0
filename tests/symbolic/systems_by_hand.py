"""Systems whose answers are known from how they are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.system import Ask, Case, System


@dataclass
class Bits:
    """A system in the making: bits, then inputs, then what is asked."""

    circuit: Circuit
    state: list[Lit]

    @staticmethod
    def of(count: int) -> Bits:
        circuit = Circuit()
        return Bits(circuit, [circuit.input(f"s{i}") for i in range(count)])

    def equal(self, number: int) -> Lit:
        """The state is this number, the lowest bit first."""
        return self.circuit.conj([bit ^ (not number >> i & 1) for i, bit in enumerate(self.state)])

    def plus_one(self) -> list[Lit]:
        carry, found = TRUE, []
        for bit in self.state:
            found.append(self.circuit.xor(bit, carry))
            carry = self.circuit.both(bit, carry)
        return found

    def system(
        self,
        asks: Sequence[Ask],
        after: Sequence[Lit],
        *,
        inputs: Sequence[Lit] = (),
        valid: Lit = TRUE,
        typed: Lit = TRUE,
        start_inputs: Sequence[Lit] = (),
        initial: Sequence[Lit] | None = None,
        initial_valid: Lit = TRUE,
    ) -> System:
        """One action that leads to `after`; it starts with all bits false unless something else is said."""
        return System(
            circuit=self.circuit,
            state=tuple(self.state),
            labels=tuple(f"s[{i}].0" for i in range(len(self.state))),
            inputs=tuple(inputs),
            cases=(Case(0, "step", TRUE, tuple(enumerate(after))),),
            valid=valid,
            typed=typed,
            start_inputs=tuple(start_inputs),
            initial=tuple([FALSE] * len(self.state) if initial is None else initial),
            initial_valid=initial_valid,
            asks=tuple(asks),
        )


def counter(width: int, bad: int) -> System:
    """Counts up from 0 and wraps; `never` is broken after exactly `bad` steps."""
    bits = Bits.of(width)
    return bits.system([Ask("never", "invariant", bits.equal(bad))], bits.plus_one())


def stuck() -> System:
    """Counts to 3 and has no step there; 5 is never reached."""
    bits = Bits.of(3)
    return bits.system([Ask("five", "goal", bits.equal(5))], bits.plus_one(), valid=bits.equal(3) ^ 1)


def fault() -> System:
    """At 2 the step faults: it breaks `bounds` as step 3, and is not valid."""
    bits = Bits.of(3)
    two = bits.equal(2)
    return bits.system([Ask("bounds", "always", FALSE, two)], bits.plus_one(), valid=two ^ 1)


def bad_start() -> System:
    """The initialiser faults where its input is true, and so does not happen there."""
    bits = Bits.of(1)
    choice = bits.circuit.input("choice")
    asks = [Ask("bounds", "always", FALSE, FALSE, choice), Ask("one", "goal", bits.state[0])]
    return bits.system(asks, bits.state, start_inputs=[choice], initial=[choice], initial_valid=choice ^ 1)


def two_rounds() -> System:
    """A token goes 0, 1, 2, 0 ...; from 3, which is never reached, the way is 4, 5, bad (6).

    `no_six` is not 1-inductive, nor 2-inductive or 3-inductive; it is 4-inductive, as 3 has no step into it.
    """
    bits = Bits.of(3)
    circuit = bits.circuit
    back = bits.equal(2)
    after = [circuit.ite(back, FALSE, bit) for bit in bits.plus_one()]
    six = bits.equal(6)
    return bits.system([Ask("no_six", "invariant", six)], after, valid=circuit.both(six ^ 1, bits.equal(7) ^ 1))


def waits() -> System:
    """0 and 1 in turn; 2 may wait as long as it likes and then go to 3, which is bad. 2 is never reached.

    `no_three` is k-inductive for no k, unless only different states in a row are looked at: then k is 2.
    """
    bits = Bits.of(2)
    circuit = bits.circuit
    go = circuit.input("go")
    low, high = bits.state
    after = [circuit.ite(high, circuit.both(go, low ^ 1), low ^ 1), high]
    return bits.system([Ask("no_three", "invariant", bits.equal(3))], after, inputs=[go], valid=bits.equal(3) ^ 1)


def lemma() -> System:
    """Two bits that are always equal; `same` is that lemma, without which `never_both_differ` has no proof.

    A third bit is set where the two differ.
    """
    bits = Bits.of(3)
    circuit = bits.circuit
    a, b, seen = bits.state
    flip = circuit.input("flip")
    different = circuit.xor(a, b)
    after = [circuit.xor(a, flip), circuit.xor(b, flip), circuit.either(seen, different)]
    asks = [Ask("never_seen", "invariant", seen), Ask("same", "lemma", different)]
    return bits.system(asks, after, inputs=[flip])


def actions(count: int) -> System:
    """Action i sets bit i where bit i - 1 is set, each by a selector of its own; the last bit is set at depth `count`.

    `order` is that a bit is set only if the one before it is: inductive. `done_last` is about single steps.
    """
    bits = Bits.of(count)
    circuit = bits.circuit
    chosen = [circuit.input(f"do{i}") for i in range(count)]
    one = circuit.conj(
        [circuit.disj(chosen), *(circuit.both(a, b) ^ 1 for i, a in enumerate(chosen) for b in chosen[:i])]
    )
    enabled = circuit.disj([circuit.conj([c, *([bits.state[i - 1]] if i else [])]) for i, c in enumerate(chosen)])
    valid = circuit.both(one, enabled)
    wrong = circuit.disj([circuit.both(bits.state[i], bits.state[i - 1] ^ 1) for i in range(1, count)])
    last = circuit.conj([valid, chosen[-1], bits.state[0] ^ 1])
    asks = (
        Ask("order", "invariant", wrong),
        Ask("all", "goal", bits.state[-1]),
        Ask("done_last", "action", FALSE, last),
    )
    cases = tuple(Case(i, f"set{i}", c, ((i, TRUE),)) for i, c in enumerate(chosen))
    plain = bits.system(asks, bits.state, inputs=chosen, valid=valid)
    return System(**{name: getattr(plain, name) for name in System.__dataclass_fields__} | {"cases": cases})


ALL: tuple[Callable[[], System], ...] = (
    lambda: counter(3, 5),
    stuck,
    fault,
    bad_start,
    two_rounds,
    waits,
    lemma,
    lambda: actions(3),
)
