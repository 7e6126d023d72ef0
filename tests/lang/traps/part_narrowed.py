"""A subclass gives the part a narrower class; the caller has an argument of its own.

By hand: nobody or one of two inside: 3. visit: rude 2 refused in each; polite 2 go from empty, 4 refused.
leave: 2 refused from empty, else 1 goes and 1 is refused.
run: User=2 -> states=3 transitions=4 refusals=14
"""
from spec.lang import *

class User(Sort): "A visitor."

class Door(Spec):
    """Lets everybody in."""
    inside: Map[User, bool] = everywhere(False)

    @ioctl
    def enter(self, u: User) -> Outcome:
        """Go in."""
        if self.inside[u]:
            return refuse(EALREADY, "inside")
        self.inside[u] = True
        return DONE

    @ioctl
    def leave(self, u: User) -> Outcome:
        """Go out."""
        if not self.inside[u]:
            return refuse(EINVAL, "outside")
        self.inside[u] = False
        return DONE

class Narrow(Door):
    """Lets one in at a time."""

    @ioctl
    def enter(self, u: User) -> Outcome:
        """Go in if it is empty."""
        if any(self.inside[v] for v in User):
            return refuse(EBUSY, "occupied")
        return super().enter(u)

    @invariant
    def one_at_a_time(self) -> bool:
        return sum(1 for u in User if self.inside[u]) <= 1

class House(Spec):
    """A house with a door."""
    door: Door = part("enter", "leave")

    @ioctl
    def visit(self, u: User, polite: bool) -> Outcome:
        """Ask first."""
        if not polite:
            return refuse(EPERM, "rude")
        return self.door.enter(u)

class Trap(House):
    """Only through the bell."""
    door: Narrow = part("leave")

class Flat(Spec):
    """The same, written by hand in one class."""
    inside: User | None = None

    @ioctl
    def leave(self, u: User) -> Outcome:
        if self.inside != u:
            return refuse(EINVAL, "outside")
        self.inside = None
        return DONE

    @ioctl
    def visit(self, u: User, polite: bool) -> Outcome:
        if not polite:
            return refuse(EPERM, "rude")
        if self.inside is not None:
            return refuse(EBUSY, "occupied")
        self.inside = u
        return DONE
