"""Small specs as text: one that search cannot finish, one without a circuit, one where each engine has its say."""

from __future__ import annotations

BOARD = '''\
"""Lamps on a board, far too many for a search."""
from spec.lang import *

class Lamp(Sort, size=34, ordered=True): "A lamp."

class Board(Spec):
    """A board."""
    on: Map[Lamp, bool] = everywhere(False)
    twin: Map[Lamp, bool] = everywhere(False)
    lit: bool = False

    @kernel
    def flip(self, l: Lamp) -> None:
        self.on[l] = not self.on[l]
        self.twin[l] = self.on[l]
        self.lit = True

    @invariant
    def twins_agree(self) -> bool:
        return all(self.on[l] == self.twin[l] for l in Lamp)

    @invariant
    def a_lit_lamp_was_flipped(self) -> bool:
        return implies(any(self.on[l] for l in Lamp), self.lit)

    @invariant
    def few_are_on(self) -> bool:
        """False on purpose."""
        return sum(1 for l in Lamp if self.on[l]) < 4
'''
"""2^34 states; two promises follow from themselves, one is broken in four steps."""

COUNT = '''\
"""Counts."""
from spec.lang import *
class Count(Spec):
    """Counts."""
    n: Annotated[int, Bounds(0, 1000000000)] = 0
    @kernel
    def up(self) -> None:
        require(self.n < 1000000000)
        self.n += 1
    @invariant
    def small(self) -> bool:
        return self.n >= 0
'''

PARITY = '''\
"""A counter that goes by two."""
from spec.lang import *
class Parity(Spec):
    """A counter."""
    n: Annotated[int, Bounds(0, 9)] = 0
    @kernel
    def up(self) -> None:
        require(self.n < 8)
        self.n = self.n + 2
    @kernel
    def down(self) -> None:
        require(self.n > 1)
        self.n = self.n - 2
    @invariant
    def never_seven(self) -> bool:
        return self.n != 7
    @invariant
    def never_six_or_more_after_all(self) -> bool:
        return self.n < 6
    @goal
    def three(self) -> bool:
        return self.n == 3
    @goal
    def eight(self) -> bool:
        return self.n == 8
    @invariant
    def idle(self) -> bool:
        return implies(self.n == 5, self.n < 9)
'''
"""By hand: 3, 5 and 7 are never reached; 6 is after three steps, 8 after four. `never_seven` is not inductive: 5 -> 7,
nor is it with k = 2 or 3: 3 -> 5 -> 7, 1 -> 3 -> 5 -> 7."""

CLOCK = '''\
"""A binary counter."""
from spec.lang import *

class Bit(Sort, size=30, ordered=True): "A binary digit."

class Clock(Spec):
    """A counter of thirty digits."""
    on: Map[Bit, bool] = everywhere(False)

    @kernel
    def tick(self) -> None:
        carry = True
        for b in Bit:
            was = self.on[b]
            self.on[b] = was != carry
            carry = carry and was

    @invariant
    def never_full(self) -> bool:
        """False after 2^30 - 1 steps."""
        return not all(self.on[b] for b in Bit)
'''
"""Nobody decides it in reasonable time."""
