"""Specs about whole runs whose verdicts are worked out on paper; the tests say how."""

from __future__ import annotations

from spec.lang import *


class User(Sort, size=2):
    "Somebody who waits."


class Lamps(Spec):
    """A lamp for each user; the timer of a lamp that is on runs down."""

    on: Map[User, bool] = everywhere(False)

    @ioctl
    def press(self, u: User) -> Outcome:
        self.on[u] = True
        return DONE

    @kernel(fair="weak")
    def timeout(self, u: User) -> None:
        require(self.on[u])
        self.on[u] = False

    @leads_to
    def a_lamp_goes_off(self, u: User) -> Promise:
        lit = self.on[u]
        return leads_to(lit, not self.on[u])

    @always_eventually
    def every_lamp_is_dark_again(self, u: User) -> bool:
        return not self.on[u]

    @always_eventually
    def all_lamps_are_dark_at_once(self) -> bool:
        return all(not self.on[u] for u in User)

    @leads_to
    def darkness_brings_light(self, u: User) -> Promise:
        return leads_to(not self.on[u], self.on[u])


class TouchedLamps(Lamps):
    """The same timer, in other words, with a source of its own."""

    @kernel(sure="read")
    def timeout(self, u: User) -> None:
        require(self.on[u])
        self.on[u] = not self.on[u]


class DeadTimers(Lamps):
    """Nobody promises that a timer runs down."""

    timeout = Lamps.timeout.with_fairness("")


class Queue(Spec):
    """Who draws a ticket is served in order."""

    waiting: Seq[User, Max(len(User))] = ()

    @ioctl
    def draw(self, u: User) -> Outcome:
        if u in self.waiting:
            return refuse(EBUSY, "has-a-ticket")
        self.waiting = self.waiting + (u,)
        return DONE

    @kernel(fair="weak")
    def serve(self) -> None:
        require(len(self.waiting) > 0)
        self.waiting = self.waiting[1:]

    @leads_to
    def who_waits_is_served(self, u: User) -> Promise:
        return leads_to(u in self.waiting, u not in self.waiting)


class Stack(Queue):
    """Who came last is served first."""

    @kernel
    def serve(self) -> None:
        require(len(self.waiting) > 0)
        last = self.waiting[-1]
        self.waiting = without(self.waiting, last)


class Lock(Spec):
    """A lock that any of those who want it may get."""

    wants: Map[User, bool] = everywhere(False)
    holder: User | None = None

    @ioctl
    def want(self, u: User) -> Outcome:
        if self.wants[u] or self.holder == u:
            return refuse(EBUSY, "asked-before")
        self.wants[u] = True
        return DONE

    @kernel(fair="weak")
    def enter(self, u: User) -> None:
        require(self.wants[u] and self.holder is None)
        self.wants[u] = False
        self.holder = u

    @kernel(fair="weak")
    def leave(self) -> None:
        require(self.holder is not None)
        self.holder = None

    @leads_to
    def who_wants_gets(self, u: User) -> Promise:
        return leads_to(self.wants[u], self.holder == u)

    @always_eventually
    def the_lock_gets_free(self) -> bool:
        return self.holder is None


class FairLock(Lock):
    """Who can get the lock again and again gets it."""

    enter = Lock.enter.with_fairness("strong")


class Countdown(Spec):
    """Counts from 3 to 0 and stays there; a fault may jam it."""

    jams: Switch[bool] = False
    left: Annotated[int, Bounds(0, 3)] = 3
    jammed: bool = False

    @kernel(fair="weak")
    def tick(self) -> None:
        require(self.left > 0 and not self.jammed)
        self.left -= 1

    @when("jams")
    @fault
    def jam(self) -> None:
        require(self.left == 2)
        self.jammed = True

    @final
    def over(self) -> bool:
        return self.left == 0 or self.jammed

    @always_eventually
    def it_ends(self) -> bool:
        return self.left == 0

    @leads_to
    def it_passes_one(self) -> Promise:
        return leads_to(self.left == 3, self.left == 1)

    @leads_to
    def nothing_to_answer(self) -> Promise:
        return leads_to(self.left == 3 and self.jammed, self.left == 0)


class Spinner(Spec):
    """A bit that flips for ever, and a way out that is open all the time or only while the bit is clear."""

    always_open: Switch[bool] = True
    bit: bool = False
    out: bool = False

    @hardware
    def flip(self) -> None:
        require(not self.out)
        self.bit = not self.bit

    @kernel(fair="weak")
    def escape(self) -> None:
        require(not self.out and (self.always_open or not self.bit))
        self.out = True

    @final
    def escaped(self) -> bool:
        return self.out

    @leads_to
    def it_gets_out(self) -> Promise:
        return leads_to(not self.out, self.out)


class StrongSpinner(Spinner):
    """The way out is taken if it is open again and again."""

    escape = Spinner.escape.with_fairness("strong")


class Counter(Spec):
    """Counts up without an end that matters; a boundary cuts it off."""

    n: Annotated[int, Bounds(0, 9)] = 0
    stuck: bool = False

    @kernel(fair="weak")
    def up(self) -> None:
        require(self.n < 9 and not self.stuck)
        self.n += 1

    @fault
    def stick(self) -> None:
        require(self.n == 2)
        self.stuck = True

    @boundary
    def small(self) -> bool:
        return self.n <= 4

    @final
    def done(self) -> bool:
        return self.n == 9 or self.stuck

    @leads_to
    def one_leads_to_three(self) -> Promise:
        return leads_to(self.n == 1, self.n == 3)

    @leads_to
    def three_leads_to_four(self) -> Promise:
        return leads_to(self.n == 3, self.n == 4)

    @leads_to
    def four_leads_to_nine(self) -> Promise:
        return leads_to(self.n == 4, self.n == 9)

    @leads_to
    def nine_is_far(self) -> Promise:
        return leads_to(self.n == 9, self.n == 0)


class Careless(Queue):
    """A promise whose text has no value while nobody waits."""

    who_waits_is_served = None

    @always_eventually
    def the_first_is_first(self) -> bool:
        return self.waiting[0] == self.waiting[0]

    @leads_to
    def the_second_is_served(self, u: User) -> Promise:
        return leads_to(len(self.waiting) > 0 and self.waiting[len(self.waiting) - 1] == u, self.waiting[0] == u)


class Shop(Spec):
    """A lamp and a counter that know nothing of each other; broken counters serve nobody."""

    broken: Constant[bool] = every()
    lit: bool = False
    waiting: Set[User] = set()

    @ioctl
    def press(self) -> Outcome:
        self.lit = True
        return DONE

    @kernel(fair="weak")
    def timeout(self) -> None:
        require(self.lit)
        self.lit = False

    @ioctl
    def come(self, u: User) -> Outcome:
        self.waiting |= {u}
        return DONE

    @kernel(fair="weak")
    def serve(self, u: User) -> None:
        require(u in self.waiting and not self.broken)
        self.waiting -= {u}

    @leads_to
    def the_lamp_goes_off(self) -> Promise:
        return leads_to(self.lit, not self.lit)

    @leads_to
    def two_who_wait_are_not_served_for_ever(self, first_in: User, second: User) -> Promise:
        return leads_to(
            first_in in self.waiting and second in self.waiting, first_in not in self.waiting or self.broken
        )

    @leads_to
    def who_waits_is_served(self, u: User) -> Promise:
        return leads_to(u in self.waiting, u not in self.waiting)


class Side(Enum):
    BLANK = auto()
    HEADS = auto()
    TAILS = auto()


class Coin(Spec):
    """A coin that is thrown again and again, and polished, which changes nothing once it is clean."""

    shown: Side = Side.BLANK
    clean: bool = False

    @ioctl(fair="weak")
    def throw(self, *, up: bool) -> Outcome:
        self.shown = Side.HEADS if up else Side.TAILS
        return DONE

    @ioctl
    def lay(self) -> Outcome:
        if self.shown is Side.TAILS:
            return refuse(EPERM, "tails")
        self.shown = Side.BLANK
        return DONE

    @ioctl(fair="weak")
    def polish(self) -> Outcome:
        self.clean = True
        return DONE

    @always_eventually
    def tails_come(self) -> bool:
        return self.shown is Side.TAILS

    @leads_to
    def tails_lead_to_heads(self) -> Promise:
        return leads_to(self.shown is Side.TAILS, self.shown is Side.HEADS)


class Workers(Spec):
    """Each user works in two halves; nobody has to begin, but the kernel goes on."""

    @process(thread=User)
    def work(self, u: User) -> Process:
        yield "half way"
        return DONE

    @leads_to
    def work_ends(self, u: User) -> Promise:
        return leads_to(at(u, "half way"), idle(u))

    @always_eventually
    def somebody_works(self) -> bool:
        return any(at(u, "work") for u in User)
