"""Every call of a part's action has choices of its own.

By hand: two tosses of two values give every pair, so 4 states and 16 steps.
run: -> states=4 transitions=16 tapes=two:2,2
"""
from spec.lang import *

class Coin(Spec):
    """Heads or tails."""
    heads: bool = False

    @kernel
    def toss(self, *, up: bool) -> None:
        """Throw it."""
        self.heads = up

class Trap(Spec):
    """Throws twice."""
    coin: Coin
    same: bool = False

    @kernel
    def two(self) -> None:
        """Compare."""
        self.coin.toss()
        first = self.coin.heads
        self.coin.toss()
        self.same = first == self.coin.heads

class Flat(Spec):
    """The same, written by hand in one class."""
    heads: bool = False
    same: bool = False

    @kernel
    def two(self, *, once: bool, again: bool) -> None:
        first = once
        self.heads = again
        self.same = first == self.heads
