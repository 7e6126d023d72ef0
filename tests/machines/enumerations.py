"""The machines once more, as plain Python that knows nothing of the checker: counts to compare with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)


class Counts(NamedTuple):
    """Distinct states, steps out of all of them, and the distance of the farthest."""

    states: int
    transitions: int
    depth: int


def levels(initial: Iterable[S], steps: Callable[[S], Iterable[S]]) -> dict[S, int]:
    """Every state that can be reached, with its distance."""
    found = dict.fromkeys(initial, 0)
    front = list(found)
    while front:
        later = []
        for state in front:
            for after in steps(state):
                if after not in found:
                    found[after] = found[state] + 1
                    later.append(after)
        front = later
    return found


def count(initial: Iterable[S], steps: Callable[[S], Iterable[S]]) -> Counts:
    """The numbers that a search has to find."""
    found = levels(initial, steps)
    return Counts(len(found), sum(len(list(steps(s))) for s in found), max(found.values()))


def put(row: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    """The tuple with one entry exchanged."""
    return (*row[:place], value, *row[place + 1 :])


# --- German's protocol ------------------------------------------------------------------------------------------


class German(NamedTuple):
    """Caches "I", "S", "E" with data; three channels; the home. Absent data, messages and clients are None."""

    cache: tuple[Any, ...]
    asked: tuple[Any, ...]
    answer: tuple[Any, ...]
    ack: tuple[Any, ...]
    sharers: frozenset[int]
    pending: frozenset[int]
    exclusive: bool
    serving: tuple[str, int] | None
    memory: int
    newest: int


def german_initial(nodes: int, data: int) -> list[German]:
    """Nobody has a copy; memory holds anything."""
    none = (None,) * nodes
    start = German((("I", None),) * nodes, none, none, none, frozenset(), frozenset(), False, None, 0, 0)
    return [start._replace(memory=d, newest=d) for d in range(data)]


def german_steps(s: German, data: int) -> Iterator[German]:
    """Every step of every cache and of the home."""
    for n, (copy, held) in enumerate(s.cache):
        if copy == "E":
            for d in range(data):
                yield s._replace(cache=put(s.cache, n, ("E", d)), newest=d)
        if s.asked[n] is None:
            for what in {"I": "SE", "S": "E", "E": ""}[copy]:
                yield s._replace(asked=put(s.asked, n, what))
        elif s.serving is None:
            yield s._replace(serving=(s.asked[n], n), asked=put(s.asked, n, None), pending=s.sharers)
        if s.answer[n] is not None and s.answer[n] != "inv":
            yield s._replace(cache=put(s.cache, n, s.answer[n]), answer=put(s.answer, n, None))
        if s.answer[n] == "inv" and s.ack[n] is None:
            back = ("ack", held if copy == "E" else None)
            yield s._replace(answer=put(s.answer, n, None), ack=put(s.ack, n, back), cache=put(s.cache, n, ("I", None)))
        if s.serving is not None:
            yield from german_home(s, n, *s.serving)


def german_home(s: German, n: int, what: str, client: int) -> Iterator[German]:
    """The steps of the home towards one cache while it serves a request."""
    if s.answer[n] is None and n in s.pending and (what == "E" or s.exclusive):
        yield s._replace(answer=put(s.answer, n, "inv"), pending=s.pending - {n})
    if s.ack[n] is not None:
        memory = s.ack[n][1] if s.exclusive else s.memory
        yield s._replace(ack=put(s.ack, n, None), sharers=s.sharers - {n}, exclusive=False, memory=memory)
    if client == n and s.answer[n] is None and not s.exclusive and (what == "S" or not s.sharers):
        given = put(s.answer, n, (what, s.memory))
        yield s._replace(answer=given, sharers=s.sharers | {n}, exclusive=what == "E", serving=None)


def german(nodes: int, data: int) -> Counts:
    """All of it."""
    return count(german_initial(nodes, data), lambda s: german_steps(s, data))


def german_orbits(nodes: int, data: int) -> int:
    """States that differ in more than the names of caches and of values."""

    def renamed(s: German, at: tuple[int, ...], to: tuple[int, ...]) -> tuple[Any, ...]:
        def value(d: int | None) -> int:
            return -1 if d is None else to[d]

        def row(entries: tuple[Any, ...]) -> list[Any]:
            shown = [(e, -1) if e in ("inv", "S", "E", None) else (e[0], value(e[1])) for e in entries]
            return [(str(shown[n][0]), shown[n][1]) for n in at]

        rows = [row(r) for r in (s.cache, s.asked, s.answer, s.ack)]
        place = {n: i for i, n in enumerate(at)}
        sets = [sorted(place[n] for n in r) for r in (s.sharers, s.pending)]
        serving = ("", -1) if s.serving is None else (s.serving[0], place[s.serving[1]])
        return (*map(tuple, rows), *map(tuple, sets), s.exclusive, serving, to[s.memory], to[s.newest])

    orders = list(itertools.product(itertools.permutations(range(nodes)), itertools.permutations(range(data))))
    found = levels(german_initial(nodes, data), lambda s: german_steps(s, data))
    return len({min(renamed(s, at, to) for at, to in orders) for s in found})


# --- ids that are handed out again ------------------------------------------------------------------------------

Ids = tuple[tuple[int | None, ...], tuple[int | None, ...]]
"""Per id whose it is, per user what is remembered."""


def recycled_ids(ids: int, users: int) -> Counts:
    """Calls that are done; refused ones are not counted."""

    def steps(state: Ids) -> Iterator[Ids]:
        owner, remembered = state
        for u in range(users):
            if u not in owner and None in owner:
                lowest = owner.index(None)
                yield put(owner, lowest, u), put(remembered, u, lowest)
            if u in owner:
                yield put(owner, owner.index(u), None), remembered
                yield state

    return count([((None,) * ids, (None,) * users)], steps)


# --- threads ----------------------------------------------------------------------------------------------------


def philosophers(orders: list[tuple[int, int]]) -> Counts:
    """One philosopher per pair of forks, in the order in which they are taken.

    0 thinks, 1 waits for the first fork, 2 has it and waits for the second, 3 eats.
    """

    def steps(state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        taken = {one for (one, _), at in zip(orders, state, strict=True) if at >= 2}
        taken |= {two for (_, two), at in zip(orders, state, strict=True) if at == 3}
        for p, at in enumerate(state):
            if at in (0, 3) or orders[p][at - 1] not in taken:
                yield put(state, p, (at + 1) % 4)

    return count([(0,) * len(orders)], steps)


class Torn(NamedTuple):
    """Counter, halves, where the writer is, per reader where it is and what it has read, and what readers found."""

    sequence: int
    halves: tuple[int, int]
    writer: int
    readers: tuple[tuple[int, ...], ...]
    torn: bool
    fresh: bool


def seqlock(writes: int, readers: int) -> Counts:
    """Readers: (0,) idle, (1,) waits for an even counter, then (2, counter), (3, .., left), (4, .., left, right)."""

    def steps(s: Torn) -> Iterator[Torn]:
        if s.writer in (1, 2):
            yield s._replace(halves=put(s.halves, s.writer - 1, s.halves[s.writer - 1] + 1), writer=s.writer + 1)
        elif s.sequence < 2 * writes:
            yield s._replace(sequence=s.sequence + 1, writer=(s.writer + 1) % 4)
        for r, (at, *seen) in enumerate(s.readers):
            match at:
                case 0:
                    yield s._replace(readers=put(s.readers, r, (1,)))
                case 1 if s.sequence % 2 == 0:
                    yield s._replace(readers=put(s.readers, r, (2, s.sequence)))
                case 2 | 3:
                    yield s._replace(readers=put(s.readers, r, (at + 1, *seen, s.halves[at - 2])))
                case 4 if seen[0] == s.sequence:
                    torn, fresh = s.torn or seen[1] != seen[2], s.fresh or seen[1] == writes
                    yield s._replace(readers=put(s.readers, r, (0,)), torn=torn, fresh=fresh)
                case 4:
                    yield s._replace(readers=put(s.readers, r, (1,)))

    return count([Torn(0, (0, 0), 0, ((0,),) * readers, False, False)], steps)
