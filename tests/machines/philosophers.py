"""Dining philosophers: as many forks as philosophers, and everybody needs two.

Source: E. W. Dijkstra, "Hierarchical ordering of sequential processes", Acta Informatica 1, 1971; the order of forks
is his solution.
"""

from spec.lang import *

SEATS = 3

class Philosopher(Sort, size=SEATS, ordered=True): "Thinks and eats, in order around the table."


class LeftForkFirst(Spec):
    """Everybody takes the fork to the left, then the one to the right: all may wait in a ring."""

    fork: Map[Annotated[int, Bounds(0, SEATS - 1)], Mutex[Philosopher]] = everywhere(FREE)

    configurations = {"table": configuration("A philosopher at every seat.", Philosopher=SEATS)}

    @process(thread=Philosopher)
    def eat(self, p: Philosopher) -> Process:
        one: Annotated[int, Bounds(0, SEATS - 1)] = self.one(p)
        other: Annotated[int, Bounds(0, SEATS - 1)] = self.other(p)
        yield from self.fork[one].acquire(p)
        yield from self.fork[other].acquire(p)
        yield "eating"
        self.fork[other].release(p)
        self.fork[one].release(p)
        return DONE

    @pure
    def seat(self, p: Philosopher) -> int:
        return sum(1 for q in Philosopher if q < p)

    @pure
    def one(self, p: Philosopher) -> int:
        """The fork to take first."""
        return self.seat(p)

    @pure
    def other(self, p: Philosopher) -> int:
        """The fork to take then."""
        return (self.seat(p) + 1) % SEATS

    @invariant
    def neighbours_do_not_eat_together(self) -> bool:
        return all(not (at(p, "eating") and at(q, "eating"))
                   for p in Philosopher for q in Philosopher if self.other(p) == self.one(q) and p != q)

    @goal
    def somebody_eats(self) -> bool:
        return any(at(p, "eating") for p in Philosopher)


class LowerForkFirst(LeftForkFirst):
    """All forks are numbered, and the lower number comes first: no ring of waiting philosophers."""

    @pure
    def one(self, p: Philosopher) -> int:
        return min(self.seat(p), (self.seat(p) + 1) % SEATS)

    @pure
    def other(self, p: Philosopher) -> int:
        return max(self.seat(p), (self.seat(p) + 1) % SEATS)
