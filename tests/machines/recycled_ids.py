"""Ids of open objects: the lowest free one is handed out, and a closed one is handed out again.

Source: the id allocators of the kernel (lib/idr.c, lib/xarray.c: the lowest free id); CWE-416, use after free.
"""

from typing import Self

from spec.lang import *

class Id(Sort, size=2, ordered=True): "A number that stands for an open object."
class User(Sort, size=2): "Whoever opens objects and remembers their ids."


class RecycledIds(Spec):
    """Every user has at most one object; what a user remembers outlives its object."""

    owner: Map[Id, User | None] = everywhere(None)
    remembered: Map[User, Id | None] = everywhere(None)

    configurations = {"two": configuration("Two ids and two users.", Id=2, User=2)}

    @ioctl
    def open(self, u: User) -> Outcome:
        """The lowest free id."""
        if any(self.owner[i] == u for i in Id):
            return refuse(EBUSY, "has-one")
        free = first(i for i in Id if self.owner[i] is None)
        if free is None:
            return refuse(ENOSPC, "no-id-left")
        self.owner[free] = u
        self.remembered[u] = free
        return done(id=free)

    @ioctl
    def close(self, u: User) -> Outcome:
        """The id may be handed out again, but the user still knows it."""
        i = self.remembered[u]
        if i is None or not self.may_use(u, i):
            return refuse(ENOENT, "not-open")
        self.owner[i] = None
        return DONE

    @ioctl
    def use(self, u: User) -> Outcome:
        """By the id that the user remembers."""
        i = self.remembered[u]
        if i is None or not self.may_use(u, i):
            return refuse(ENOENT, "not-open")
        return done(id=i)

    def may_use(self, u: User, i: Id) -> bool:
        return self.owner[i] == u

    @action_property("use", "close")
    def nobody_reaches_what_another_opened(self, old: Self, outcome: Outcome, u: User) -> bool:
        return implies(outcome.done, any(old.owner[i] == u and old.remembered[u] == i for i in Id))

    @action_property("open")
    def the_lowest_free_id_is_handed_out(self, old: Self, outcome: Outcome, u: User) -> bool:
        return implies(outcome.done, all(old.owner[i] is None and all(old.owner[j] is not None for j in Id if j < i)
                                         for i in Id if self.remembered[u] == i))

    @goal
    def an_id_has_a_second_life(self) -> bool:
        """One user remembers what another has now."""
        return any(self.remembered[u] == i and self.owner[i] is not None and self.owner[i] != u
                   for u in User for i in Id)


class NobodyLooksWhoseIdItIs(RecycledIds):
    """Broken: an id is good as long as anything is open under it."""

    def may_use(self, u: User, i: Id) -> bool:
        return self.owner[i] is not None
