"""Random texts of specs with two processes: branches, loops, locks, waits and choices in every nesting."""

from __future__ import annotations

import random

HEAD = '''"""A random spec."""
from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Item(Sort, size=2):
    "What lists hold."


class Case(Spec):
    """Random."""

    n: Annotated[int, Bounds(0, 2)] = 0
    flag: bool = False
    items: Seq[Item, Max(2)] = ()
    lock: Mutex[Thread] = FREE
    sem: Map[bool, RwLock[Thread]] = everywhere(FREE)

    def maybe(self, *, fails: bool) -> Outcome:
        if fails:
            return refuse(EIO, "fails")
        self.n = (self.n + 1) % 3
        return DONE

    @kernel
    def fill(self, x: Item) -> None:
        require(len(self.items) < 2)
        self.items = self.items + (x,)

    @kernel
    def tick(self) -> None:
        require(self.flag)
        self.flag = False
        self.items = ()

'''
TESTS = ("self.flag", "b", "not b", "self.n == k", "k == 1", "self.n > 0", "self.lock == t", "self.lock is None",
         "self.sem[b].writer is None", "len(self.sem[b].readers) < 2")  # fmt: skip
PLAIN = (
    "self.n = (self.n + 1) % 3", "self.n = (self.n + 2) % 3", "self.n = k", "self.flag = not self.flag",
    "self.flag = b", "k = self.n", "k = 1", "b = not b", "b = k == self.n", "who = first(u for u in Thread if u != t)",
    "b = who == t", "self.items = rest(self.items)", "k = len(self.items)",
    "self.flag = any(x in self.items for x in Item if b)",
)  # fmt: skip


class Text:
    """Writes one process."""

    def __init__(self, rng: random.Random, name: str) -> None:
        self.rng = rng
        self.name = name
        self.labels = 0
        self.choices = 0
        self.loops = 0

    def process(self) -> list[str]:
        """The lines of the process, as they stand in a class."""
        lines = self.block(3, None)
        choices = "".join(f", c{i}: bool" for i in range(self.choices))
        head = f"def {self.name}(self, t: Thread, b0: bool{', *' + choices if choices else ''}) -> Process:"
        start = ["k = 0", "b = b0", "who: Thread | None = None", 'yield "start"']
        body = [f"    {line}" for line in (*start, *lines, "return DONE")]
        return ["@process(thread=Thread)", head, *body, ""]

    def block(self, depth: int, loop: str | None) -> list[str]:
        lines: list[str] = []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.statement(depth, loop)
        return lines

    def statement(self, depth: int, loop: str | None) -> list[str]:
        kinds = ["plain"] * 4 + ["yield"] * 3 + ["lock", "sem", "helper"]
        kinds += ["if", "if", "while", "count", "each", "quiet"] if depth else []
        kinds += ["leave"] * 2 + ["again"] if loop else []
        kinds += ["choice"] if loop is None else []
        return getattr(self, self.rng.choice(kinds))(depth, loop)  # type: ignore[no-any-return]

    def plain(self, depth: int, loop: str | None) -> list[str]:
        return [self.rng.choice(PLAIN)]

    def test(self) -> str:
        return self.rng.choice(TESTS)

    def waiting(self) -> str:
        self.labels += 1
        return self.rng.choice(["yield", f'yield "l{self.labels}"', f"yield until({self.test()} or self.n == 0)"])

    def lock(self, depth: int, loop: str | None) -> list[str]:
        take = ["if self.lock != t:", "    yield from self.lock.acquire(t)"]
        trying = ["got = self.lock.try_acquire(t)", "if got:", *self.indented(["b = True", self.waiting()])]
        let_go = ["if self.lock == t:", "    self.lock.release(t)"]
        return self.rng.choice([take, take, trying, let_go, let_go])

    def sem(self, depth: int, loop: str | None) -> list[str]:
        which = self.rng.choice(["True", "False", "b", "self.flag"])
        word = self.rng.choice(["acquire_read", "acquire_write"])
        let_go = [f"if t in self.sem[{which}].readers or self.sem[{which}].writer == t:",
                  f"    self.sem[{which}].release(t)"]  # fmt: skip
        return self.rng.choice([[f"yield from self.sem[{which}].{word}(t)"], let_go, let_go])

    def helper(self, depth: int, loop: str | None) -> list[str]:
        return self.rng.choice([["if (r := self.maybe()).refused:", "    return r"], ["self.maybe(fails=b)"]])

    def choice(self, depth: int, loop: str | None) -> list[str]:
        self.choices += 1
        return [f"if c{self.choices - 1}:", *self.indented(self.statement(0, loop))]

    @staticmethod
    def indented(lines: list[str]) -> list[str]:
        return [f"    {line}" for line in lines]

    def __getattr__(self, name: str) -> object:
        if name == "yield":
            return lambda depth, loop: [self.waiting()]
        if name == "if":
            return self.branch
        if name == "while":
            return self.repeat
        raise AttributeError(name)

    def branch(self, depth: int, loop: str | None) -> list[str]:
        lines = [f"if {self.test()}:", *self.indented(self.block(depth - 1, loop))]
        if self.rng.random() < 0.5:
            lines += ["else:", *self.indented(self.block(depth - 1, loop))]
        return lines

    def repeat(self, depth: int, loop: str | None) -> list[str]:
        return [f"while {self.test()}:", f"    {self.waiting()}", *self.indented(self.block(depth - 1, "while"))]

    def count(self, depth: int, loop: str | None) -> list[str]:
        self.loops += 1
        name = f"i{self.loops}"
        stop = self.rng.choice(["2", "3", "self.n", "len(self.items)"])
        return [f"for {name} in range({stop}):", *self.indented([f"k = {name}", *self.block(depth - 1, "for")])]

    def each(self, depth: int, loop: str | None) -> list[str]:
        self.loops += 1
        name = f"x{self.loops}"
        use = f"b = {name} in self.items"
        return [f"for {name} in self.items:", *self.indented([*self.block(depth - 1, "for"), use])]

    def quiet(self, depth: int, loop: str | None) -> list[str]:
        self.loops += 1
        name = f"d{self.loops}"
        inside = [self.rng.choice(PLAIN), f"if {self.test()}:", "    break", self.rng.choice(PLAIN)]
        return [f"for {name} in range(2):", *self.indented(inside)]

    def leave(self, depth: int, loop: str | None) -> list[str]:
        word = self.rng.choice(["break", "return DONE", 'return refuse(EINTR, "left")'])
        return [f"if {self.test()}:", *self.indented([*self.plain(0, None), word])]

    def again(self, depth: int, loop: str | None) -> list[str]:
        return [f"if {self.test()}:", "    continue"]


def text(seed: int) -> str:
    """The text of the spec of this seed; a few of them are refused, such as for a write before a refusal."""
    rng = random.Random(seed)
    lines = [*Text(rng, "one").process(), *Text(rng, "two").process()]
    return HEAD + "\n".join(f"    {line}".rstrip() for line in lines) + "\n"
