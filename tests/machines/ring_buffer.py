"""A bounded buffer: one producer, one consumer, a ring of slots, and the queue that it is meant to be.

Source: E. W. Dijkstra, "Cooperating sequential processes" (EWD 123), 1965, section 4.3, the bounded buffer.
"""

from typing import Self

from spec.lang import *

ROOM = 3

class Item(Sort, size=2): "What is produced; the buffer cannot tell one from the other."


class RingBuffer(Spec):
    """Slots in a ring, where the next one goes out and how many are in use."""

    slots: Map[Annotated[int, Bounds(0, ROOM - 1)], Item | None] = everywhere(None)
    out: Annotated[int, Bounds(0, ROOM - 1)] = 0
    used: Annotated[int, Bounds(0, ROOM)] = 0
    queue: Ghost[Seq[Item, Max(ROOM)]] = ()

    configurations = {"two_items": configuration("Two items.", Item=2)}

    @kernel
    def produce(self, x: Item) -> None:
        """Into the slot behind the last one, if there is room."""
        require(self.has_room())
        self.slots[(self.out + self.used) % ROOM] = x
        self.used += 1
        self.queue += (x,)

    def has_room(self) -> bool:
        return self.used < ROOM

    @kernel
    def consume(self) -> Outcome:
        """Out of the oldest slot."""
        require(self.used > 0)
        x = self.slots[self.out]
        self.slots[self.out] = None
        self.out = (self.out + 1) % ROOM
        self.used -= 1
        self.queue = self.queue[1:]
        return done(item=x)

    @invariant
    def the_ring_holds_the_queue(self) -> bool:
        """First in, first out: the slots from `out` on are the queue, all others are empty."""
        return (self.used == len(self.queue)
                and all(self.slots[(self.out + i) % ROOM] == (self.queue[i] if i < self.used else None)
                        for i in range(ROOM)))

    @action_property("produce")
    def the_newest_is_last(self, old: Self, x: Item) -> bool:
        return self.queue[:-1] == old.queue and self.queue[-1] == x

    @action_property("consume")
    def the_oldest_leaves(self, old: Self) -> bool:
        return old.queue == (old.queue[0],) + self.queue

    @goal
    def full(self) -> bool:
        return self.used == ROOM


class OneTooMany(RingBuffer):
    """Broken: the test for room is off by one, so that a full ring takes one more."""

    def has_room(self) -> bool:
        return self.used <= ROOM


class NewestFirst(RingBuffer):
    """Broken: a stack; the newest leaves first."""

    @kernel
    def consume(self) -> Outcome:
        """Out of the newest slot."""
        require(self.used > 0)
        at = (self.out + self.used - 1) % ROOM
        x = self.slots[at]
        self.slots[at] = None
        self.used -= 1
        self.queue = self.queue[:-1]
        return done(item=x)
