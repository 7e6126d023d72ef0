"""Parts have parts: what happens by itself is named from outside, and all names nest.

By hand: both bits, 4 states. go: from 00 to 10, from 10 to 01, from 01 to 11; from 11 it clears the low bit and is
refused. The high bit by itself: 2 go, 2 refused. Three after go and the high bit; refused in the next go.
run: -> states=4 transitions=6 refusals=2 violated=word.not_three:2,refused_calls_change_nothing:3
"""
from spec.lang import *

class Bit(Spec):
    """On or off."""
    b: bool = False

    @kernel
    def flip(self) -> None:
        """The other."""
        self.b = not self.b

    @ioctl
    def set(self) -> Outcome:
        """On."""
        if self.b:
            return refuse(EALREADY, "set")
        self.b = True
        return DONE

    @action_property("set")
    def a_set_bit_is_on(self, old: Self, outcome: Outcome) -> bool:
        return self.b

class Word(Spec):
    """Two bits."""
    lo: Bit
    hi: Bit = part("set")

    @ioctl
    def step(self) -> Outcome:
        """Count, and forget that the carry may say no."""
        carry = self.lo.b
        self.lo.flip()
        return self.carry(carry)

    def carry(self, carry: bool) -> Outcome:
        if carry:
            return self.hi.set()
        return DONE

    @invariant
    def not_three(self) -> bool:
        return not (self.lo.b and self.hi.b)

    @action_property("hi.set")
    def the_low_bit_stays(self, old: Self, outcome: Outcome) -> bool:
        return self.lo.b == old.lo.b

class Trap(Spec):
    """A caller of the word."""
    word: Word = part("hi.set")

    @ioctl
    def go(self) -> Outcome:
        """Count."""
        return self.word.step()

class Flat(Spec):
    """The same, written by hand in one class."""
    lo: bool = False
    hi: bool = False

    @ioctl
    def go(self) -> Outcome:
        self.lo = not self.lo
        if self.lo:
            return DONE
        return self.set_hi()

    @ioctl
    def set_hi(self) -> Outcome:
        if self.hi:
            return refuse(EALREADY, "set")
        self.hi = True
        return DONE

    @invariant
    def word_not_three(self) -> bool:
        return not (self.lo and self.hi)
