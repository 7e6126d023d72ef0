"""Random specs about loops over members: turns that write their own entries, and leave if that is summarised."""

from __future__ import annotations

from random import Random

HEAD = '''"""A random spec of loops."""

from typing import Annotated

from spec.lang import *


class Device(Sort, size=3):
    "A device."


class Group(Sort, size=2):
    "A group."


class Owner(Sort, size=2):
    "An owner."


class Blank(Record):
    "Nothing."


class Table(Record):
    "A table."
    owner: Owner
    second: bool


Domain = Blank | Table


class Loops(Spec):
    """Loops over members, and over all devices."""

    home: Constant[Map[Device, Group]] = every()

    members: Map[Group, Seq[Device, Max(len(Device))]] = everywhere(())
    a: Map[Device, bool] = everywhere(False)
    b: Map[Device, bool] = everywhere(False)
    x: Map[Device, Domain | None] = everywhere(None)
    c: Map[Group, Annotated[int, Bounds(0, 2)]] = everywhere(0)
    y: Map[Group, Device | None] = everywhere(None)
    z: Map[Group, Set[Domain]] = everywhere(set())

    def flip(self, d: Device, *, fails: bool) -> Outcome:
        """May fail, and writes if not."""
        if fails:
            return refuse(ENOMEM, "flip")
        self.b[d] = True
        return DONE

    @kernel
    def add(self, g: Group, d: Device) -> None:
        """One more member."""
        require(d not in self.members[g])
        self.members[g] = self.members[g] + (d,)

    @kernel
    def drop(self, g: Group, d: Device, o: Owner) -> None:
        """One member less."""
        self.members[g] = without(self.members[g], d)
        if len(self.members[g]) == 0:
            self.z[g] = {it for it in self.z[g] if not isinstance(it, Table)}
        elif len(self.members[g]) == 1:
            self.z[g] = self.z[g] | {Table(owner=o, second=True)}

'''

TAIL = '''
    @invariant
    def counts(self) -> bool:
        """Something to be read."""
        return all(sum(1 for d in Device if self.home[d] == g and self.a[d]) <= 1 for g in Group if self.c[g] > 0)

    @invariant
    def rows(self) -> bool:
        """Something else."""
        return all(self.x[d] is None or self.a[d] for g in Group for d in self.members[g] if self.y[g] != d)

    @invariant
    def sets(self) -> bool:
        """And something about sets and lengths."""
        return all(any(self.b[d] for d in self.members[g]) for g in Group
                   if len(self.members[g]) == 2 and any(isinstance(it, Table) for it in self.z[g]))

    @invariant
    def counted_rows(self) -> bool:
        """How often one stands in a sequence."""
        return all(sum(1 for e in self.members[g] if e == d) <= self.c[g] for g in Group for d in Device if self.a[d])
'''


class Text:
    """Draws the text of one spec."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.reasons = 0

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def truth(self, d: str) -> str:
        plain = self.pick(
            f"self.a[{d}]",
            f"self.b[{d}]",
            f"self.home[{d}] == g",
            f"{d} == chosen",
            "self.c[g] > 0",
            "word",
            f"self.x[{d}] is None",
            f"isinstance(self.x[{d}], Table)",
            "any(self.home[e] == g for e in self.members[g])",
            "len(self.members[g]) == 1",
            "self.y[g] is not None",
        )
        return f"not ({plain})" if self.random.random() < 0.4 else plain

    def domain(self) -> str:
        return self.pick("None", "Blank()", "Table(owner=o, second=True)", "Table(owner=o, second=word)")

    def write(self, depth: int, d: str) -> None:
        self.put(
            depth,
            self.pick(
                f"self.a[{d}] = {self.truth(d)}",
                f"self.a[{d}] = True",
                f"self.b[{d}] = {self.truth(d)}",
                f"self.x[{d}] = {self.domain()}",
                f"self.x[{d}] = None",
            ),
        )

    def leave(self, depth: int, loop: bool) -> None:
        self.reasons += 1
        refusal = f'return refuse(EINVAL, "reason-{self.reasons}", partial=True)'
        self.put(depth, self.pick(refusal, "return DONE", *(["break", "break"] if loop else [])))

    def turn(self, depth: int, d: str, deep: int, leaves: bool) -> None:
        """Some statements of a turn."""
        for _ in range(self.random.randint(1, 3)):
            match self.random.randrange(7):
                case 0 | 1:
                    self.write(depth, d)
                case 2:
                    self.put(depth, f"if {self.truth(d)}:")
                    self.write(depth + 1, d)
                    if leaves and deep and self.random.random() < 0.5:
                        self.undo(depth + 1, d)
                        self.leave(depth + 1, True)
                    elif leaves and self.random.random() < 0.8:
                        self.leave(depth + 1, True)
                case 3 if leaves:
                    self.put(depth, f"if self.flip({d}).refused:")
                    if deep and self.random.random() < 0.5:
                        self.undo(depth + 1, d)
                        self.put(depth + 1, 'return refuse(EINVAL, "undone", partial=True)')
                    else:
                        self.leave(depth + 1, True)
                case 4:
                    self.put(depth, f"made = {self.domain()}")
                    self.put(depth, f"self.x[{d}] = made")
                case 5 if deep:
                    self.put(depth, f"if {self.truth(d)}:")
                    self.turn(depth + 1, d, 0, leaves)
                    self.put(depth, "else:")
                    self.turn(depth + 1, d, 0, leaves)
                case _:
                    self.write(depth, d)

    def undo(self, depth: int, d: str) -> None:
        """A loop inside, as far as the element of the turn; only where the loop around is left for good."""
        self.put(depth, "for e in self.members[g]:")
        self.put(depth + 1, f"if e == {d}:")
        self.put(depth + 2, "break")
        self.write(depth + 1, "e")

    def action(self, name: str) -> None:
        self.put(1, "@kernel")
        self.put(1, f"def {name}(self, g: Group, chosen: Device, o: Owner, word: bool) -> Outcome:")
        self.put(2, '"""Loops."""')
        self.put(2, "made: Domain | None = None")
        if self.random.random() < 0.3:
            self.write(2, "chosen")
        whole = self.random.random() < 0.33
        self.put(2, "for d in Device:" if whole else "for d in self.members[g]:")
        self.turn(3, "d", 1, not whole)
        if self.random.random() < 0.3:
            whole = self.random.random() < 0.5
            self.put(2, "for k in Device:" if whole else "for k in self.members[self.home[chosen]]:")
            self.turn(3, "k", 0, not whole)
        self.put(2, f"if {self.truth('chosen')}:")
        self.put(3, "self.c[g] = 1")
        self.put(2, "self.y[g] = chosen")
        self.put(2, f"self.x[chosen] = {self.domain()}")
        if self.random.random() < 0.5:
            self.put(2, f"if {self.truth('chosen')}:")
            self.leave(3, False)
        self.put(2, "return DONE")
        self.put(0, "")

    def spec(self) -> str:
        for name in ("one", "two", "three"):
            self.action(name)
        return HEAD + "\n".join(self.lines) + TAIL
