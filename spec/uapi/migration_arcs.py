"""The states of a migrating device, the arcs that a driver implements, and how a request becomes a walk over them.

A request names where the device shall be; the kernel walks there arc by arc. Nothing here is a table of walks: the
first arc follows from the arcs of a capability set, by one rule (the shortest way; a state that saves is no place to
pass through) and two exceptions to it. `docs` of the uAPI state the rule; `tests/uapi/test_migration_arcs.py` compares
what follows with the table that a kernel uses.
"""

from enum import Enum

from spec.lang import *


class State(Enum):
    "What the device does, and which way its state may be moved; numbered as in the uAPI."
    ERROR = 0
    STOP = 1
    RUNNING = 2
    STOP_COPY = 3
    RESUMING = 4
    RUNNING_P2P = 5
    PRE_COPY = 6
    PRE_COPY_P2P = 7


# --- groups of states ---


@pure
def pre_copying(s: State) -> bool:
    """True if the device runs while its state is read out."""
    return s in (State.PRE_COPY, State.PRE_COPY_P2P)


@pure
def saving(s: State) -> bool:
    """True if a stream with the state of the device can be read."""
    return s is State.STOP_COPY or pre_copying(s)


@pure
def quiescent(s: State) -> bool:
    """True if the device answers, but begins nothing towards its peers."""
    return s in (State.RUNNING_P2P, State.PRE_COPY_P2P)


@pure
def frozen(s: State) -> bool:
    """True if the device stands still: it begins nothing, and its state does not change by itself."""
    return s in (State.STOP, State.STOP_COPY, State.RESUMING)


@pure
def has_session(s: State) -> bool:
    """True if a data file belongs to the state."""
    return saving(s) or s is State.RESUMING


# --- what a set of capabilities offers ---


@pure
def supported(p2p: bool, pre_copy: bool, s: State) -> bool:
    """True if a device with these capabilities can be in the state by request; ERROR is never requested."""
    return s is not State.ERROR and (p2p or not quiescent(s)) and (pre_copy or not pre_copying(s))


@pure
def either_way(a: State, b: State, one: State, other: State) -> bool:
    """True if the arc joins these two, in whichever direction."""
    return (a is one and b is other) or (a is other and b is one)


@pure
def freezes(p2p: bool, a: State, b: State) -> bool:
    """True if the arc stops the device or lets it go on: in two halves where it can be quiescent, else at once."""
    return (either_way(a, b, State.RUNNING, State.RUNNING_P2P)
            or either_way(a, b, State.RUNNING_P2P, State.STOP)
            or (not p2p and either_way(a, b, State.RUNNING, State.STOP)))


@pure
def moves_state(a: State, b: State) -> bool:
    """True if the arc begins or ends the moving of a stopped device's state."""
    return either_way(a, b, State.STOP, State.STOP_COPY) or either_way(a, b, State.STOP, State.RESUMING)


@pure
def tracks(a: State, b: State) -> bool:
    """True if the arc begins or ends the tracking of changes while the device runs."""
    return (either_way(a, b, State.RUNNING, State.PRE_COPY)
            or either_way(a, b, State.RUNNING_P2P, State.PRE_COPY_P2P))


@pure
def keeps_session(p2p: bool, a: State, b: State) -> bool:
    """True if the stream that is being read goes on behind the arc."""
    return (either_way(a, b, State.PRE_COPY, State.PRE_COPY_P2P)
            or (a is State.PRE_COPY_P2P and b is State.STOP_COPY)
            or (not p2p and a is State.PRE_COPY and b is State.STOP_COPY))


@pure
def arc(p2p: bool, pre_copy: bool, a: State, b: State) -> bool:
    """True if a driver with these capabilities implements the step from `a` to `b`."""
    return (supported(p2p, pre_copy, a) and supported(p2p, pre_copy, b)
            and (freezes(p2p, a, b) or moves_state(a, b) or tracks(a, b) or keeps_session(p2p, a, b)))


@pure
def opens_session(a: State, b: State) -> bool:
    """True if the arc makes a data file."""
    return has_session(b) and not has_session(a)


@pure
def ends_session(a: State, b: State) -> bool:
    """True if the arc ends the session of the data file that was there."""
    return has_session(a) and not has_session(b)


# --- the rule ---


@pure
def e1_blocks(current: State, wanted: State) -> bool:
    """E1: tracking is not taken up again after the last part of a stream was begun, though there would be a way."""
    return current is State.STOP_COPY and pre_copying(wanted)


@pure
def e2_lets_pass(current: State, wanted: State) -> bool:
    """E2: a request between two saving states may pass a third, so that the session survives."""
    return saving(current) and saving(wanted)


@pure
def passable(s: State, only_idle: bool) -> bool:
    """The interior rule: a state that saves is the end of a walk or its beginning, and nothing in between."""
    return not (only_idle and saving(s))


@pure
def one_arc_away(p2p: bool, pre_copy: bool, targets: Set[State], only_idle: bool) -> Set[State]:
    """The states from which an arc leads to one of these that a walk may pass."""
    return {s for s in State if any(arc(p2p, pre_copy, s, t) for t in State if t in targets and passable(t, only_idle))}


@pure
def nearer(p2p: bool, pre_copy: bool, current: State, wanted: State, only_idle: bool) -> Set[State]:
    """Where the shortest walks from `current` may be one arc later: the outermost ring short of `current`.

    Ring after ring around the wanted state; none of the walks is longer than four arcs.
    """
    ring1 = {s for s in State if arc(p2p, pre_copy, s, wanted)}
    if current in ring1:
        return {wanted}
    ring2 = one_arc_away(p2p, pre_copy, ring1, only_idle)
    if current in ring2:
        return ring1
    ring3 = one_arc_away(p2p, pre_copy, ring2, only_idle)
    if current in ring3:
        return ring2
    ring4 = one_arc_away(p2p, pre_copy, ring3, only_idle)
    if current in ring4:
        return ring3
    return set()


@pure
def first_arc_by(p2p: bool, pre_copy: bool, current: State, wanted: State,
                 e1: bool, e2: bool, interior: bool) -> State | None:
    """The first arc under the rule, with its exceptions and its second half each on or off."""
    if not supported(p2p, pre_copy, current) or not supported(p2p, pre_copy, wanted):
        return None
    if current is wanted:
        return current
    if e1 and e1_blocks(current, wanted):
        return None
    only_idle = interior and not (e2 and e2_lets_pass(current, wanted))
    steps = nearer(p2p, pre_copy, current, wanted, only_idle)
    return first(s for s in State if s in steps and arc(p2p, pre_copy, current, s)
                 and (s is wanted or passable(s, only_idle)))


@pure
def first_arc(p2p: bool, pre_copy: bool, current: State, wanted: State) -> State | None:
    """Where the first arc leads: `current` itself if there is nothing to do, None if the answer is EINVAL."""
    return first_arc_by(p2p, pre_copy, current, wanted, True, True, True)
