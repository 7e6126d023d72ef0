"""Where in a graph a fair run can stay for ever: strongly connected components, refined until they are fair.

An instance (an action with given arguments) is enabled in a state if an edge of it leaves the state, and taken by such
an edge. Every state may be repeated for ever, so a single state is a component too. Weak fairness of a component: each
weakly fair instance is disabled in one of its states or taken inside. Strong fairness: each strongly fair instance is
enabled in none of its states or taken inside. A component that keeps both has a loop that does. Where weak fairness
fails no part of the component can do better; where strong fairness fails, the states that enable what is never taken
inside can be left out, and what is left falls into components again (Lichtenstein and Pnueli 1985 for the refinement,
Tarjan 1972 for the components).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checker.explicit.state_graph import StateGraph
from spec.lang.machine import Fairness


@dataclass(frozen=True, slots=True)
class Fair:
    """What is assumed of the instances of a graph, in sets that are bits of an integer.

    `bit` has for every instance its own bit, 0 for one of which nothing is assumed. `weak` and `strong` are the sets of
    those of which that is assumed. `enabled` has for every state the fair instances enabled there.
    """

    bit: tuple[int, ...]
    weak: int
    strong: int
    enabled: list[int]


def fair_instances(graph: StateGraph, fairness: Mapping[int, Fairness]) -> Fair:
    """Reads the sets off a graph; `fairness` is by the place of the action. An instance without edges gets no bit."""
    seen = set(graph.instance)
    bit: list[int] = []
    weak = strong = 0
    following = 1
    for number, instance in enumerate(graph.instances):
        assumed = fairness.get(instance.action, "") if number in seen else ""
        bit.append(following if assumed else 0)
        weak |= following if assumed == "weak" else 0
        strong |= following if assumed == "strong" else 0
        following <<= 1 if assumed else 0
    enabled: list[int] = []
    for state in range(graph.states):
        here = 0
        for number in graph.instance[graph.first[state] : graph.first[state + 1]]:
            here |= bit[number]
        enabled.append(here)
    return Fair(tuple(bit), weak, strong, enabled)


class Components:
    """Finds the components of parts of one graph; what is needed per state is kept between the questions."""

    def __init__(self, graph: StateGraph, fair: Fair) -> None:
        self.graph = graph
        self.fair = fair
        self.part = array("Q", bytes(8 * graph.states))
        self.parts = 0
        self.number = array("Q", bytes(8 * graph.states))
        self.least = array("Q", bytes(8 * graph.states))

    def fair_ones(self, states: Iterable[int]) -> Iterator[list[int]]:
        """The largest components among these states in which a fair run can stay for ever."""
        waiting = [list(states)]
        while waiting:
            for component in list(self._strong(waiting.pop())):
                rest = self._rest(component)
                if rest is None:
                    yield component
                elif rest:
                    waiting.append(rest)

    def _rest(self, component: list[int]) -> list[int] | None:
        """None if a fair run can stay in the component; else the states in which that may still be so."""
        fair = self.fair
        always, ever = fair.weak, 0
        for state in component:
            here = fair.enabled[state]
            always &= here
            ever |= here
        ever &= fair.strong
        if not always and not ever:
            return None
        taken = self._taken(component) if len(component) > 1 else 0
        if always & ~taken:
            return []
        missing = ever & ~taken
        if not missing:
            return None
        return [state for state in component if not fair.enabled[state] & missing]

    def _taken(self, component: list[int]) -> int:
        """The fair instances that some edge inside takes."""
        graph, part, bit = self.graph, self.part, self.fair.bit
        self._mark(component)
        mark, taken = self.parts, 0
        for state in component:
            for edge in range(graph.first[state], graph.first[state + 1]):
                if part[graph.target[edge]] == mark:
                    taken |= bit[graph.instance[edge]]
        return taken

    def _mark(self, states: Iterable[int]) -> None:
        self.parts += 1
        for state in states:
            self.part[state] = self.parts

    def _strong(self, states: list[int]) -> Iterator[list[int]]:
        """The strongly connected components of the graph cut down to these states."""
        first, target = self.graph.first, self.graph.target
        number, least, part = self.number, self.least, self.part
        self._mark(states)
        mark = self.parts
        for state in states:
            number[state] = 0
        finished = self.graph.states + 1
        count = 0
        open_: list[int] = []
        found: list[list[int]] = []
        for root in states:
            if number[root]:
                continue
            count += 1
            number[root] = least[root] = count
            open_.append(root)
            path, ways = [root], [iter(target[first[root] : first[root + 1]])]
            while path:
                state = path[-1]
                for following in ways[-1]:
                    if part[following] != mark:
                        continue
                    known = number[following]
                    if not known:
                        count += 1
                        number[following] = least[following] = count
                        open_.append(following)
                        path.append(following)
                        ways.append(iter(target[first[following] : first[following + 1]]))
                        break
                    if known < least[state]:
                        least[state] = known
                else:
                    path.pop()
                    ways.pop()
                    low = least[state]
                    if low == number[state]:
                        place = len(open_) - 1
                        while open_[place] != state:
                            place -= 1
                        component = open_[place:]
                        del open_[place:]
                        for member in component:
                            number[member] = finished
                        found.append(component)
                    elif low < least[path[-1]]:
                        least[path[-1]] = low
        return iter(found)
