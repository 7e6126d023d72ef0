"""Whether every run of a machine is, seen through a mapping, a run of a more abstract one.

The product is searched breadth first on the meaning itself (`evaluate`): what it says needs no confirmation, and the
path to a step that the abstract machine cannot follow is a shortest one. Source: Abadi and Lamport, The Existence of
Refinement Mappings, 1991; atomic effects of processes as in Herlihy and Wing, Linearizability, 1990.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checker.evaluate import State, Step, initial_runs, steps
from checker.explorations import Limits, Progress, RawPath, RawStep
from checker.refinement_follow import Follower, Unfollowed
from checker.refinement_image import Image
from checker.refinement_monitor import NOTHING_RUNS, Monitor
from checker.slow import Key, state_key
from spec.lang.ground import GroundMachine
from spec.lang.machine import Refinement
from spec.lang.values import Value

Node = tuple[Key, Monitor]
Cause = RawStep | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refined:
    """What the search of the product showed.

    `path` leads to the step (or initial state) that the abstract machine cannot follow, `message` says why; both empty
    where there is none. `points` has, per process, the blocks in which its effect shows. `nodes` counts pairs of
    a state and a monitor, `matched` the steps that the abstract machine followed with a step of its own.
    """

    states: int
    nodes: int
    transitions: int
    matched: int
    complete: bool
    stopped: str
    depth: int
    seconds: float
    path: RawPath | None = None
    message: str = ""
    points: dict[str, tuple[str, ...]] = field(default_factory=dict)


def refine(
    ground: GroundMachine,
    constants: Mapping[str, Value],
    refinement: Refinement,
    limits: Limits | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Refined:
    """Checks one refinement at one choice of the constants; the first step that cannot be followed ends the search.

    States outside a boundary are expanded too. Memory is counted by the size of the states, roughly. RequestError where
    the abstract machine cannot be made finite here. Ctrl-C ends with `stopped="interrupt"`.
    """
    search = _Search(ground, constants, refinement, limits or Limits(), report)
    try:
        search.run()
    except KeyboardInterrupt:
        search.stopped = "interrupt"
    except MemoryError:
        search.stopped = "memory"
    return search.result()


class _Search:
    def __init__(
        self,
        ground: GroundMachine,
        constants: Mapping[str, Value],
        refinement: Refinement,
        limits: Limits,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self.ground = ground
        self.constants = constants
        self.follower = Follower(ground, constants, refinement)
        self.limits = limits
        self.report = report
        self.began = time.monotonic()
        self.nodes: dict[Node, tuple[State, Image]] = {}
        self.origin: dict[Node, tuple[Node | None, Cause]] = {}
        self.next_level: list[Node] = []
        self.transitions = self.depth = self.memory = 0
        self.stopped = self.message = ""
        self.path: RawPath | None = None

    def run(self) -> None:
        """All levels in turn, up to the first step that cannot be followed."""
        if not self._start():
            return
        while self.next_level:
            current, self.next_level = self.next_level, []
            if self.limits.depth is not None and self.depth >= self.limits.depth:
                self.stopped = "depth"
                return
            for node in current:
                if self._limit_reached():
                    return
                if not self._visit(node):
                    return
            self.depth += 1 if self.next_level else 0
            if self.report is not None:
                queue = len(self.next_level)
                self.report(Progress(self.depth, len(self.nodes), queue, self.transitions, self._seconds()))

    def result(self) -> Refined:
        """What was found so far."""
        order = {a.name: place for place, a in enumerate(self.ground.actions)}
        points = self.follower.points.items()
        return Refined(
            states=len({key for key, _ in self.nodes}),
            nodes=len(self.nodes),
            transitions=self.transitions,
            matched=self.follower.matched,
            complete=not self.stopped and self.path is None,
            stopped=self.stopped,
            depth=self.depth,
            seconds=self._seconds(),
            path=self.path,
            message=self.message,
            points={name: tuple(sorted(found, key=order.__getitem__)) for name, found in points},
        )

    def _start(self) -> bool:
        for run in initial_runs(self.ground, self.constants):
            if run.kind == "step":
                try:
                    image = self.follower.start(run.after)
                except Unfollowed as why:
                    self.path, self.message = RawPath(run.codes, ()), str(why)
                    return False
                self._add(run.after, image, NOTHING_RUNS, None, run.codes)
        return True

    def _add(self, state: State, image: Image, monitor: Monitor, source: Node | None, by: Cause) -> None:
        node = (state_key(self.ground, state), monitor)
        if node not in self.nodes:
            self.nodes[node] = (state, image)
            self.memory += sum(sys.getsizeof(part) for part in (node, node[0], state, image))
            self.origin[node] = (source, by)
            self.next_level.append(node)

    def _visit(self, node: Node) -> bool:
        """False at the first step that cannot be followed."""
        state, before = self.nodes[node]
        for step in steps(self.ground, self.constants, state):
            if step.run.kind != "step":
                continue
            self.transitions += 1
            raw = RawStep(step.index, step.codes(self.ground), step.run.codes)
            try:
                after, monitor = self.follower.step(step.action, self._args(step), step.run, node[1], before)
            except Unfollowed as why:
                self.path, self.message = self._path(node, raw), str(why)
                return False
            if step.run.after != state or monitor != node[1]:
                self._add(step.run.after, after, monitor, node, raw)
        return True

    def _args(self, step: Step) -> dict[str, Value]:
        params = self.ground.functions[step.action.function].params
        return {p.name: value for p, value in zip(params, step.args, strict=True)}

    def _path(self, node: Node, last: RawStep) -> RawPath:
        steps = [last]
        while True:
            source, by = self.origin[node]
            if source is None or not isinstance(by, RawStep):
                assert not isinstance(by, RawStep)
                return RawPath(by, tuple(reversed(steps)))
            steps.append(by)
            node = source

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _limit_reached(self) -> bool:
        if self.limits.seconds is not None and self._seconds() >= self.limits.seconds:
            self.stopped = "time"
        elif self.limits.memory is not None and self.memory > self.limits.memory:
            self.stopped = "memory"
        elif self.limits.states is not None and len(self.nodes) >= self.limits.states:
            self.stopped = "states"
        return bool(self.stopped)
