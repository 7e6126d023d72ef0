"""The arcs and walks of each capability set, asked of the spec's own functions (its text runs as ordinary Python)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from spec.lang import direct
from spec.uapi.migration_arcs import State, arc, ends_session, first_arc, has_session, opens_session, supported

LONGEST = 8
"""No walk has so many arcs; one that has does not end."""


@dataclass(frozen=True, slots=True)
class CapabilitySet:
    """What a device says that it can do; saving a stopped device is always among it."""

    name: str
    p2p: bool
    pre_copy: bool

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities in the order of their bits."""
        return ("STOP_COPY", *(["P2P"] if self.p2p else []), *(["PRE_COPY"] if self.pre_copy else []))

    @property
    def states(self) -> list[State]:
        """The states that can be asked for, in the order of their numbers."""
        with direct.universe():
            return [s for s in State if supported(self.p2p, self.pre_copy, s)]

    @property
    def arcs(self) -> list[tuple[State, State]]:
        """What a driver implements."""
        with direct.universe():
            return [(a, b) for a in State for b in State if arc(self.p2p, self.pre_copy, a, b)]

    def first(self, current: State, wanted: State) -> State | None:
        """Where the first arc leads; None if the request is refused."""
        return _first(self.p2p, self.pre_copy, current, wanted)

    def walk(self, current: State, wanted: State) -> list[State] | None:
        """The states of a request from the current to the wanted one; None if it is refused."""
        states = [current]
        while states[-1] is not wanted:
            step = self.first(states[-1], wanted)
            if step is None or step is states[-1]:
                assert len(states) == 1, f"the walk {states} to {wanted} ends before it is there"
                return None
            states.append(step)
            assert len(states) <= LONGEST, f"the walk {states} to {wanted} does not end"
        return states


@cache
def _first(p2p: bool, pre_copy: bool, current: State, wanted: State) -> State | None:
    with direct.universe():
        found: State | None = first_arc(p2p, pre_copy, current, wanted)
        return found


SETS = (
    CapabilitySet("stop-copy", p2p=False, pre_copy=False),
    CapabilitySet("stop-copy-p2p", p2p=True, pre_copy=False),
    CapabilitySet("stop-copy-pre-copy", p2p=False, pre_copy=True),
    CapabilitySet("stop-copy-p2p-pre-copy", p2p=True, pre_copy=True),
)


def mark(a: State, b: State) -> str:
    """What an arc does to the data file: opens one, ends the one that was there, keeps it; "" if there is none."""
    with direct.universe():
        if opens_session(a, b):
            return "fd+"
        if ends_session(a, b):
            return "fd-"
        return "fd=" if has_session(a) and has_session(b) else ""


def sessions(s: State) -> bool:
    """True if a data file belongs to the state."""
    with direct.universe():
        return bool(has_session(s))


def marks(walk: list[State]) -> list[str]:
    """The marks of the arcs of a walk."""
    return [mark(a, b) for a, b in pairwise(walk)]
