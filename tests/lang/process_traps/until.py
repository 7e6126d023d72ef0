"""A wait for a condition that reads locals and state; a choice in it is nature's at that step.

By hand: 3 turns, each thread out or waiting for one of 3: 3 * 4 * 4; the parameter is forgotten at the end.
run: Thread=2 -> states=48
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Waits for its turn, or times out."""

    turn: Annotated[int, Bounds(0, 2)] = 0

    @process(thread=Thread)
    def wait(self, t: Thread, mine: Annotated[int, Bounds(0, 2)], *, timeout: bool) -> Process:
        yield until(self.turn == mine or timeout)
        if self.turn != mine:
            return refuse(EINTR, "timeout")
        self.turn = 0
        return DONE

    @kernel
    def tick(self) -> None:
        require(self.turn < 2)
        self.turn += 1
