"""A counting loop that waits in each turn: the counter lives, the bound is taken once.

run: Thread=2 ->
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """The bound grows while the loop runs, and the loop does not see it."""

    turns: Annotated[int, Bounds(0, 3)] = 1
    done_turns: Map[Thread, Annotated[int, Bounds(0, 9)]] = everywhere(0)

    @process(thread=Thread)
    def work(self, t: Thread) -> Process:
        self.done_turns[t] = 0
        for i in range(self.turns):
            yield "turn"
            if i == 2:
                continue
            self.done_turns[t] += i + 1
        return DONE

    @kernel
    def grow(self) -> None:
        require(self.turns < 3)
        self.turns += 1

    @action_property("work")
    def ends_with_a_sum(self, outcome: Outcome, t: Thread) -> bool:
        return implies(outcome.done, self.done_turns[t] in (0, 1, 3))
