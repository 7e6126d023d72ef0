"""Texts of processes and locks that are wrong; § stands right before the place that the error must name."""

from __future__ import annotations

HEAD = """from spec.lang import *

class Thread(Sort, size=2): "A task."
class Device(Sort, size=2): "A device."

class Case(Spec):
    '''A case.'''
    lock: Map[Device, Mutex[Thread]] = everywhere(FREE)
    one: Mutex[Thread] = FREE
    sem: RwLock[Thread] = FREE
    n: Annotated[int, Bounds(0, 3)] = 0
    order: Seq[Device, Max(2)] = ()
    group: Set[Device] = set()

    def bump(self) -> Outcome:
        self.n = min(3, self.n + 1)
        return DONE

    def fails(self) -> Outcome:
        return blocked("waits")

    @kernel
    def needs(self) -> None:
        require(self.n > 0)

    @process(thread=Thread)
    def other(self, t: Thread) -> Process:
        yield "go"
        return DONE

"""

FIRST = HEAD.count("\n")
"""Lines before the text of a case."""


def body(text: str, params: str = "", decorator: str = "@process(thread=Thread)") -> str:
    """The text of a process in the class of `HEAD`."""
    lines = "".join(f"        {line}\n" for line in text.strip("\n").splitlines())
    return f"    {decorator}\n    def work(self, t: Thread{params}) -> Process:\n{lines}        return DONE\n"


def rule(test: str) -> str:
    """The text of an invariant."""
    return f"    @invariant\n    def rule(self) -> bool:\n        return {test}\n"


ALL = [
    # what a process is
    ("bad-process", body("self.n = 1").replace("def work", "§def work")),
    ("bad-process", body("yield").replace("def work(self, t: Thread)", "§def work(self, d: Device)")),
    ("bad-process", body("yield", decorator="@process(thread=Thread)").replace("def work(self, t: Thread)",
                                                                            "§def work(self)")),
    ("not-callable", body("§self.other(t)\nyield")),
    ("bad-process", body("yield\nreturn §blocked('waits')").replace("        return DONE\n", "")),
    ("bad-process", body("yield\nr = self.fails()\nreturn §r").replace("        return DONE\n", "")),
    ("unknown-name", body("yield", decorator="@process(thread=§Thraed)")),
    ("bad-argument", body("yield", decorator="@process(thread=§'Thread')")),
    ("bad-argument", body("yield", decorator="@process(thread=Thread, fair=§'very')")),
    ("bad-argument", body("yield", decorator="@process(thread=Thread, keeps_locks=§1)")),
    ("unknown-argument", body("yield", decorator="@process(§threads=Thread)").replace("t: Thread", "")),
    ("bad-return", body("yield").replace("-> Process", "-> Outcome").replace("def work", "§def work")),
    ("bad-return", "    @kernel\n    def work(self) -> §Process:\n        return DONE\n"),
    ("bad-type", "    def work(self, p: §Process) -> None:\n        pass\n"),
    # yields
    ("misplaced-yield", "    def work(self) -> None:\n        §yield\n"),
    ("misplaced-yield", "    @kernel\n    def work(self) -> None:\n        §yield 'x'\n"),
    ("misplaced-yield", body("§yield self.n")),
    ("misplaced-yield", body("§yield from self.order")),
    ("misplaced-yield", body("yield until(§self.bump().done)")),
    ("unsupported-syntax", body("x = §yield\nself.n = 0")),
    ("not-a-bool", body("yield until(§self.n)")),
    ("bad-label", body("yield 'x'\n§yield 'x'")),
    ("bad-label", body("§yield ' '")),
    # loops
    ("unsupported-syntax", "    def work(self) -> None:\n        §while self.n > 0:\n            self.n -= 1\n"),
    ("turn-without-yield", body("while §self.n > 0:\n    self.n -= 1\nyield")),
    ("turn-without-yield", body("while §self.n > 0:\n    if self.n == 1:\n        yield\n    self.n -= 1")),
    ("turn-without-yield", body("while self.n > 0:\n    if self.n == 1:\n        §continue\n    yield")),
    ("turn-without-yield", body("while §self.n > 0:\n    while self.n > 1:\n        yield")),
    ("unsupported-syntax", body("while self.n > 0:\n    yield\nelse:\n    §self.n = 0")),
    ("misplaced-yield", body("for d in §Device:\n    yield")),
    ("misplaced-yield", body("for d in §self.group:\n    yield")),
    ("unreachable", body("while True:\n    yield\n§self.n = 0").replace("        return DONE\n", "")),
    # what lives across a yield
    ("not-kept", body("§k = self.n + 1\nyield\nself.n = k")),
    ("not-kept", body("§r = self.bump()\nyield\nif r.done:\n    self.n = 0")),
    ("not-kept", body("§m = self.lock\nyield\nif m[d] is None:\n    self.n = 0", ", d: Device")),
    ("bounded-local", body("yield\n§k: Annotated[int, Bounds(0, 3)] = self.n\nself.n = k")),
    ("choice-in-two-blocks", body("if oom:\n    self.n = 0\nyield\nif §oom:\n    self.n = 1", ", *, oom: bool")),
    ("choice-in-two-blocks", body("for k in range(2):\n    if §oom:\n        self.n = 0\n    yield", ", *, oom: bool")),
    (
        "choice-in-two-blocks",
        body("for k in range(2):\n    if oom:\n        self.n = k\nyield\nif §oom:\n    self.n = 1", ", *, oom: bool"),
    ),
    (
        "choice-in-two-blocks",
        body("if oom:\n    self.n = 0\nyield\nfor k in range(2):\n    if §oom:\n        self.n = k", ", *, oom: bool"),
    ),
    # require and refusals
    ("misplaced-require", body("yield\n§require(self.n > 0)")),
    ("misplaced-require", body("yield\n§self.needs()")),
    ("write-before-refusal", body("self.n = 1\nif self.n == 2:\n    return §refuse(EPERM, 'no')\nyield")),
    # locks
    ("bad-lock", body("yield from §self.n.acquire(t)")),
    ("bad-lock", body("yield from §self.one.acquire_read(t)")),
    ("bad-lock", body("yield from §self.sem.acquire(t)")),
    ("bad-lock", body("yield from self.one.acquire(§u)", ", u: Thread")),
    ("bad-lock", body("yield from §self.lock.acquire(t)")),
    ("bad-lock", body("yield from §self.one[d].acquire(t)", ", d: Device")),
    ("bad-lock", body("yield\n§self.one.acquire(t)")),
    ("bad-lock", body("yield\ngot = §self.sem.try_acquire(t)")),
    ("bad-lock", body("yield\n§self.one = None")),
    ("bad-lock", body("yield\n§self.lock[d] = t", ", d: Device")),
    ("arguments", body("yield from §self.one.acquire()")),
    ("no-value", body("yield\nx = §self.one.release(t)\nself.n = 0")),
    ("not-pure", rule("§self.one.try_acquire(t)").replace("return", "t = first(t for t in Thread)\n        return")),
    ("bad-lock", "    two: Mutex[§int] = FREE\n"),
    ("bad-lock", "    two: Mutex[Thread] = §None\n"),
    ("bad-lock", "    two: Map[Device, RwLock[Thread]] = §FREE\n"),
    ("bad-type", "    def work(self, m: §Mutex[Thread]) -> None:\n        pass\n"),
    ("unknown-name", body("yield\nself.n = §FREE")),
    # at and idle
    ("bad-label", rule("all(§at(t, 'gone') for t in Thread)")),
    ("bad-label", rule("§at('go')")),
    ("type-mismatch", rule("all(at(§d, 'go') for d in Device)")),
    ("arguments", rule("§at()")),
    ("arguments", rule("§idle()")),
    ("not-callable", body("yield\nif §idle(t):\n    self.n = 0")),
    ("reserved-name", "    @invariant\n    §def no_lock_cycle(self) -> bool:\n        return True\n"),
    ("unknown-action", "    @action_property(§'other.gone')\n    def rule(self, outcome: Outcome) -> bool:\n"
                       "        return True\n"),
    ("parameters", "    @action_property('work')\n    def rule(self, outcome: Outcome, §d: Device) -> bool:\n"
                   "        return True\n" + body("yield\nself.group -= {d}", ", d: Device")),
]  # fmt: skip
