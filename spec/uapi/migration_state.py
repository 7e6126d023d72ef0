"""The words and the state that all concerns of a migrating device share: capabilities, files, streams, switches."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *
from spec.uapi.migration_arcs import State, pre_copying, saving

LENGTH = 2    # chunks of a whole stream, as a resuming device counts them


class File(Sort, size=2, ordered=True):
    "A data file: there as long as its user or the driver holds it, and the lowest free one is the next."


class Handle(Enum):
    "What the user has of the device: nothing, a character device that is bound to nothing, or all of it."
    CLOSED = auto()
    OPENED = auto()
    BOUND = auto()


class Way(Enum):
    "What a data file is for; NONE if there is no such file."
    NONE = auto()
    SAVE = auto()
    RESUME = auto()


class Chunk(Enum):
    "The parts of a stream that is read, in their order."
    INITIAL = auto()
    DIRTY = auto()
    FINAL = auto()


@pure
def is_whole(accepted: int, corrupt: bool) -> bool:
    """True if these are all chunks that one saving session gave out."""
    return accepted == LENGTH and not corrupt


@abstract
class MigrationState(Spec):
    """One device that can be migrated, the data files of its user, and the stream that is under way."""

    # --- what the driver does otherwise than it should; one switch for each habit ---
    warns_in_error: Switch[bool] = False          # asks for the way out of ERROR, which the core thinks impossible
    keeps_state_over_close: Switch[bool] = False  # the next user finds the device in the state where it was left
    trusts_its_file: Switch[bool] = False         # loads what is in the file without looking whether there is one
    accepts_corrupt_stream: Switch[bool] = False  # only counts bytes: what is wrong with a header is said and kept
    pause_looks_like_end: Switch[bool] = False    # a read with nothing left in pre-copy answers 0 in place of ENOMSG

    # --- what a driver may do or not ---
    enters_error: Switch[bool] = True             # some failures leave the device in ERROR
    asynchronous: Switch[bool] = False            # a save goes on in the background and may fail there

    # --- the pieces of the rule for walks, each of which can be left out ---
    way_back_is_blocked: Switch[bool] = True      # E1
    group_is_open_inside: Switch[bool] = True     # E2
    saving_is_no_passage: Switch[bool] = True     # the interior rule

    # --- fixes and later features ---
    reinit: Switch[bool] = False                  # 2026: PRECOPY_INFOv2, so that a new initial chunk can be told
    migratable: Switch[bool] = True               # the device has migration at all
    resettable: Switch[bool] = True               # it can be reset at all
    logging: Switch[bool] = False                 # it can log its writes; only whether a request is well-formed is here

    # --- features, switched on by configurations ---
    streams: Switch[bool] = False                 # data files are read and written
    transport: Switch[bool] = False               # requests that are not well-formed
    arc_faults: Switch[bool] = False              # an arc may fail
    copy_faults: Switch[bool] = False             # no descriptor is left, or memory of the user cannot be written
    externals: Switch[bool] = False               # what the kernel keeps for the device and no stream contains
    patience: Switch[bool] = False                # a user who keeps reading while there is something to come

    # --- capabilities; saving a stopped device is always one ---
    p2p: Constant[bool] = every()
    pre_copy: Constant[bool] = every()

    handle: Handle = Handle.BOUND
    state: State = State.RUNNING
    tracking: bool = False                                     # the hardware keeps what tracking changes needs

    # --- data files ---
    way: Map[File, Way] = everywhere(Way.NONE)
    held: Map[File, bool] = everywhere(False)                  # by a descriptor of the user
    enabled: Map[File, bool] = everywhere(False)               # reads and writes reach the session
    file: File | None = None                                   # that of the session, held by the driver

    made: File | None = None                                   # by the request under way; None between requests

    # --- the stream ---
    unread: Set[Chunk] = set()
    in_flight: bool = field(False, when="asynchronous")        # a save goes on
    broken: bool = field(False, when="asynchronous")           # a save failed, and what was read is worth nothing
    accepted: Annotated[int, Bounds(0, LENGTH)] = 0            # chunks that a resuming device has
    corrupt: bool = False                                      # they are not what one saving session gave out

    # --- the re-initialisation of pre-copy ---
    opted_in: bool = field(False, when="reinit")               # the user knows the new flag
    fresh: bool = field(False, when="reinit")                  # a new initial chunk is there

    vectors: bool = field(False, when="externals")             # the user has programmed interrupts

    walking_to: Ghost[State | None] = None                     # what the request under way asks for

    @initial
    def boot(self, *, opened: bool) -> None:
        """Nobody has opened the device yet, or somebody has and can migrate it."""
        if not opened:
            self.handle = Handle.CLOSED

    # --- small questions ---

    def live(self, f: File) -> bool:
        """True if the descriptor leads to the session that there is."""
        return self.held[f] and self.enabled[f]

    def whole(self) -> bool:
        """True if a resuming device has everything that one saving session gave out."""
        return is_whole(self.accepted, self.corrupt)

    def session_way(self) -> Way:
        """What a session in this state is for."""
        if saving(self.state):
            return Way.SAVE
        return Way.RESUME if self.state is State.RESUMING else Way.NONE

    def tracked(self) -> bool:
        """True if the device runs while it is saved."""
        return pre_copying(self.state)

    def save_is_under_way(self) -> bool:
        """True if there will be more to read without anybody asking for it."""
        return self.asynchronous and self.in_flight

    # --- the life of a session ---

    def begin_session(self, f: File, direction: Way) -> None:
        """The driver has a file, which nobody else knows yet."""
        self.way[f] = direction
        self.enabled[f] = True
        self.file = f
        self.made = f

    def end_session(self) -> None:
        """Disable the file and drop its data; what the user holds of it stays and is good for nothing."""
        f = self.file
        if f is not None:
            self.disable(f)
            self.file = None
            self.made = None
            self.forget_unused(f)
        self.drop_stream()

    def disable(self, f: File) -> None:
        """From here on reads and writes of the file fail."""
        self.enabled[f] = False

    def drop_stream(self) -> None:
        """Free the buffers."""
        self.unread = set()
        self.accepted = 0
        self.corrupt = False
        if self.asynchronous:
            self.in_flight = False
            self.broken = False
        if self.reinit:
            self.fresh = False

    def forget_unused(self, f: File) -> None:
        """A file that nobody holds is no more."""
        if not self.held[f] and self.file != f:
            self.way[f] = Way.NONE
