"""German's cache coherence protocol: a home node grants shared and exclusive copies of one line of memory.

Source: S. German's protocol as modelled by C.-T. Chou, P. K. Mannava and S. Park, "A simple method for parameterized
verification of cache coherence protocols", FMCAD 2004, LNCS 3312, section 2.
"""

from spec.lang import *

class Node(Sort, size=2): "A cache."
class Data(Sort, size=2): "What the line holds."
class Copy(Enum): INVALID = auto(); SHARED = auto(); EXCLUSIVE = auto()
class Request(Enum): SHARED = auto(); EXCLUSIVE = auto()
class Invalidate(Record): "The home wants the copy back."
class Grant(Record):
    "The home gives a copy."
    exclusive: bool
    data: Data
Reply = Invalidate | Grant
class Ack(Record):
    "The copy is gone; an exclusive one comes back with its data."
    data: Data | None


class German(Spec):
    """Three channels of one message per cache; the home serves one request at a time."""

    copy: Map[Node, Copy] = everywhere(Copy.INVALID)
    held: Map[Node, Data | None] = everywhere(None)
    request: Map[Node, Request | None] = everywhere(None)   # channel 1, to the home
    reply: Map[Node, Reply | None] = everywhere(None)       # channel 2, from the home
    ack: Map[Node, Ack | None] = everywhere(None)           # channel 3, to the home
    sharers: Set[Node] = set()                              # who may have a copy
    to_invalidate: Set[Node] = set()                        # whom the present request still has to ask
    exclusive: bool = False                                 # an exclusive copy was granted
    serving: Request | None = None
    client: Node | None = None
    memory: Data | None = None                              # never None once it is set up
    newest: Ghost[Data | None] = None

    configurations = {
        "two": configuration("Two caches and two values.", Node=2, Data=2),
        "three": configuration("Three caches and two values.", Node=3, Data=2),
    }

    @initial
    def boot(self, *, found: Data) -> None:
        """Memory holds something."""
        self.memory = found
        self.newest = found

    # --- caches ---

    @hardware
    def store(self, n: Node, d: Data) -> None:
        """A cache with an exclusive copy writes."""
        require(self.copy[n] is Copy.EXCLUSIVE)
        self.held[n] = d
        self.newest = d

    @hardware
    def ask(self, n: Node, what: Request) -> None:
        """A cache asks for a better copy than it has."""
        require(self.request[n] is None)
        require(self.copy[n] is Copy.INVALID or (self.copy[n] is Copy.SHARED and what is Request.EXCLUSIVE))
        self.request[n] = what

    @hardware
    def receive_grant(self, n: Node) -> None:
        """The copy arrives."""
        require(isinstance(self.reply[n], Grant))
        self.copy[n] = Copy.EXCLUSIVE if self.reply[n].exclusive else Copy.SHARED
        self.held[n] = self.reply[n].data
        self.reply[n] = None

    @hardware
    def give_back(self, n: Node) -> None:
        """A cache drops its copy; an exclusive one may hold news."""
        require(isinstance(self.reply[n], Invalidate) and self.ack[n] is None)
        self.ack[n] = Ack(data=self.held[n] if self.copy[n] is Copy.EXCLUSIVE else None)
        self.reply[n] = None
        self.copy[n] = Copy.INVALID
        self.held[n] = None

    # --- the home ---

    @hardware
    def accept(self, n: Node) -> None:
        """The home begins to serve a request."""
        require(self.serving is None and self.request[n] is not None)
        self.serving = self.request[n]
        self.client = n
        self.request[n] = None
        self.to_invalidate = self.sharers

    @hardware
    def send_invalidate(self, n: Node) -> None:
        """The home asks for a copy that stands in the way."""
        require(self.reply[n] is None and n in self.to_invalidate)
        require(self.must_invalidate())
        self.reply[n] = Invalidate()
        self.to_invalidate -= {n}

    def must_invalidate(self) -> bool:
        return self.serving is Request.EXCLUSIVE or (self.serving is Request.SHARED and self.exclusive)

    @hardware
    def receive_ack(self, n: Node) -> None:
        """A copy is gone; an exclusive one is written back."""
        require(self.ack[n] is not None and self.serving is not None)
        self.sharers -= {n}
        if self.exclusive:
            self.exclusive = False
            self.memory = self.ack[n].data
        self.ack[n] = None

    @hardware
    def grant(self, n: Node) -> None:
        """Nothing stands in the way any more."""
        require(self.client == n and self.reply[n] is None and not self.exclusive)
        require(self.serving is not Request.EXCLUSIVE or len(self.sharers) == 0)
        self.exclusive = self.serving is Request.EXCLUSIVE
        self.reply[n] = Grant(exclusive=self.exclusive, data=self.memory)
        self.sharers |= {n}
        self.serving = None
        self.client = None

    # --- promises ---

    @invariant
    def an_exclusive_copy_is_the_only_one(self) -> bool:
        """CntrlProp."""
        return all(self.copy[o] is Copy.INVALID
                   for n in Node for o in Node if n != o and self.copy[n] is Copy.EXCLUSIVE)

    @invariant
    def memory_is_up_to_date_without_an_exclusive_copy(self) -> bool:
        """DataProp, first half."""
        return self.exclusive or self.memory == self.newest

    @invariant
    def every_copy_is_up_to_date(self) -> bool:
        """DataProp, second half."""
        return all(self.held[n] == self.newest for n in Node if self.copy[n] is not Copy.INVALID)

    @goal
    def two_caches_share(self) -> bool:
        return sum(1 for n in Node if self.copy[n] is Copy.SHARED) > 1

    @goal
    def news_is_written_back(self) -> bool:
        return any(self.copy[n] is Copy.SHARED and self.held[n] == self.newest and self.ack[o] is not None
                   for n in Node for o in Node)


class ForgetsToAskTheSharers(German):
    """Broken: an exclusive request asks nobody, unless there is an exclusive copy already."""

    def must_invalidate(self) -> bool:
        return self.exclusive

    @hardware
    def grant(self, n: Node) -> None:
        """Whoever has no exclusive copy does not matter."""
        require(self.client == n and self.reply[n] is None and not self.exclusive)
        self.exclusive = self.serving is Request.EXCLUSIVE
        self.reply[n] = Grant(exclusive=self.exclusive, data=self.memory)
        self.sharers |= {n}
        self.serving = None
        self.client = None


class LosesTheNews(German):
    """Broken: what an exclusive copy brings back is not written to memory."""

    @hardware
    def receive_ack(self, n: Node) -> None:
        """The data of the copy is dropped."""
        require(self.ack[n] is not None and self.serving is not None)
        self.sharers -= {n}
        self.exclusive = False
        self.ack[n] = None
