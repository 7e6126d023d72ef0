"""try_acquire of a single lock in a helper, released by another helper.

By hand: nobody; one inside with the other out or spinning; one spinning alone: 1 + 2 * 2 + 2.
run: Thread=2 -> states=7
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """A single lock."""

    lock: Mutex[Thread] = FREE
    inside: Annotated[int, Bounds(0, 2)] = 0

    def enter(self, who: Thread) -> bool:
        got = self.lock.try_acquire(who)
        if got:
            self.inside += 1
        return got

    def leave(self, who: Thread) -> None:
        self.inside -= 1
        self.lock.release(who)

    @process(thread=Thread)
    def visit(self, t: Thread) -> Process:
        while True:
            got = self.enter(t)
            if got:
                break
            yield "spin"
        yield "inside"
        self.leave(t)
        return DONE

    @invariant
    def at_most_one(self) -> bool:
        return self.inside <= 1
