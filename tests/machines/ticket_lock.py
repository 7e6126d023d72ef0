"""A ticket lock: draw a number, wait until it is served; the counters wrap around.

Source: J. M. Mellor-Crummey and M. L. Scott, "Algorithms for scalable synchronization on shared-memory
multiprocessors", ACM TOCS 9(1), 1991, section 2.2; before that D. P. Reed and R. K. Kanodia, CACM 22(2), 1979.
"""

from spec.lang import *

class Thread(Sort, size=3): "Competes for the lock."
class Ticket(Sort, size=4): "A value of the counters; only how many there are matters."


class TicketLock(Spec):
    """First come, first served, as long as there are at least as many tickets as threads."""

    drawn: Annotated[int, Bounds(0, len(Ticket) - 1)] = 0
    served: Annotated[int, Bounds(0, len(Ticket) - 1)] = 0
    queue: Ghost[Seq[Thread, Max(len(Thread))]] = ()

    configurations = {
        "enough": configuration("More tickets than threads.", Thread=3, Ticket=4),
        "just_enough": configuration("As many tickets as threads.", Thread=3, Ticket=3),
        "too_few": configuration("Two threads may hold the same ticket.", Thread=3, Ticket=2),
    }

    @process(thread=Thread)
    def enter(self, t: Thread) -> Process:
        ticket: Annotated[int, Bounds(0, len(Ticket) - 1)] = self.drawn
        self.drawn = (self.drawn + 1) % len(Ticket)
        self.queue += (t,)
        yield until(self.served == ticket)
        yield "critical"
        self.served = (self.served + 1) % len(Ticket)
        self.queue = without(self.queue, t)
        return DONE

    @invariant
    def at_most_one(self) -> bool:
        return sum(1 for t in Thread if at(t, "critical")) < 2

    @invariant
    def first_come_first_served(self) -> bool:
        return all(self.queue[0] == t for t in Thread if at(t, "critical"))

    @leads_to
    def who_has_drawn_enters(self, t: Thread) -> Promise:
        return leads_to(t in self.queue, at(t, "critical"))

    @goal
    def all_have_drawn(self) -> bool:
        return len(self.queue) == len(Thread)
