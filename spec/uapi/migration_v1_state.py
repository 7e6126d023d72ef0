"""The words of migration protocol v1: the bits of device_state, how a chunk is read, and the state of a device."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *

STOP = 0
RUNNING = 1        # bit 0
SAVING = 2         # bit 1; alone it is stop-and-copy
PRE_COPY = 3
RESUMING = 4       # bit 2
ERROR = 6          # saving and resuming at once says "error"
CHUNKS = 2         # what a device hands out: a long chunk that may be stale, a short one that is not


class Device(Sort, size=1): "A device with a migration region."


class Size(Enum):
    "How many bytes move at once."
    LONG = auto()
    SHORT = auto()


class Iteration(Enum):
    "How far the reader of one chunk has come."
    CLOSED = auto()
    OPEN = auto()      # pending_bytes was read and is not zero
    STAGED = auto()    # data_offset was read: the chunk is in the region
    SIZED = auto()     # data_size was read: the chunk may be taken


class Fault(Enum):
    "How a write of device_state ends that the driver would have to serve."
    NONE = auto()
    KEEP = auto()      # an errno, and the previous state
    BREAK = auto()     # an errno, and ERROR


class Reading(Enum):
    "What `not RUNNING` means; the protocol had one bit and no definition."
    FROZEN = auto()      # static, answers nothing
    QUIESCENT = auto()   # alive, answers, starts nothing
    LOOSE = auto()       # whatever the device likes


class Chunk(Record):
    "A piece of the stream; `of` is the version of the device's state that it tells."
    of: bool
    size: Size


@pure
def running(value: Annotated[int, Bounds(0, 7)]) -> bool:
    """Bit 0."""
    return value % 2 == 1


@pure
def saving(value: Annotated[int, Bounds(0, 7)]) -> bool:
    """Bit 1, where it does not belong to the word for an error."""
    return value in (SAVING, PRE_COPY)


@pure
def valid(value: Annotated[int, Bounds(0, 7)]) -> bool:
    """True if a user may ask for it: RESUMING goes with no other bit."""
    return value <= RESUMING


@pure
def documented(old: Annotated[int, Bounds(0, 7)], new: Annotated[int, Bounds(0, 7)]) -> bool:
    """True if one of the flows of the header goes from one value to the other."""
    return ((old == RUNNING and new in (STOP, SAVING, PRE_COPY, RESUMING))
            or (old == PRE_COPY and new == SAVING) or (old == SAVING and new == STOP)
            or (old == RESUMING and new == RUNNING))


@abstract
class V1State(Spec):
    """The state of devices, of their regions, and what the user holds."""

    # --- the parts of the world that a configuration looks at ---
    region: Switch[bool] = True        # the data goes through the region; off, a stream is taken for granted
    host: Switch[bool] = False         # memory, interrupts, guest accesses
    peers: Switch[bool] = False        # devices write into each other's BARs

    reading: Constant[Reading] = Reading.FROZEN

    device_state: Map[Device, Annotated[int, Bounds(0, 7)]] = everywhere(RUNNING)
    version: Map[Device, bool] = everywhere(False)             # the internal state, as far as anybody tells it apart

    broken: Ghost[Map[Device, bool]] = everywhere(False)       # a write failed in a way that only a reset repairs

    # --- the region ---
    iteration: Map[Device, Iteration] = field(everywhere(Iteration.CLOSED), when="region")
    given: Map[Device, Annotated[int, Bounds(0, CHUNKS)]] = field(everywhere(0), when="region")   # of this session
    staged: Map[Device, bool] = field(everywhere(False), when="region")   # the version that the chunk in it tells
    loading: Map[Device, bool | None] = field(everywhere(None), when="region")   # put together from the chunks

    # --- the user ---
    stream: Map[Device, Seq[Chunk, Max(CHUNKS)]] = field(everywhere(()), when="region")
    complete: Map[Device, bool] = field(everywhere(False), when="region")    # pending_bytes was 0 in stop-and-copy
    puts: Map[Device, Annotated[int, Bounds(0, CHUNKS)]] = field(everywhere(0), when="region")   # chunks put back
    faithful: Ghost[Map[Device, bool]] = field(everywhere(True), when="region")   # in the same order and sizes
    saved_at: Ghost[Map[Device, bool]] = field(everywhere(False), when="region")   # version at stop-and-copy
    precopied: Ghost[Map[Device, bool]] = field(everywhere(False), when="region")
    restored: Ghost[Map[Device, bool]] = field(everywhere(False), when="region")

    def stopped(self, d: Device) -> bool:
        """True if the device does not run; what that means is `reading`."""
        return not running(self.device_state[d])

    def may_act(self, d: Device) -> bool:
        """True if the device may start something by itself."""
        return running(self.device_state[d]) or self.reading is Reading.LOOSE
