"""One step of a machine followed by a more abstract one, or the sentence that says why it cannot be."""

from __future__ import annotations

from checker.eval_world import Fault
from checker.evaluate import Constants, Run, State
from checker.refinement_image import Abstraction, Image, Reply, reply_of
from checker.refinement_monitor import NOTHING_RUNS, Block, Monitor, advance, is_call
from checker.trace_build import Played
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Refinement
from spec.lang.values import Value, show_value


class Unfollowed(Exception):
    """The abstract machine cannot follow; the text says why."""


class Follower:
    """The abstract machine beside the concrete one. `points` collects the blocks in which effects of processes show."""

    def __init__(self, ground: GroundMachine, constants: Constants, refinement: Refinement) -> None:
        self.ground = ground
        self.abstract = Abstraction(ground, constants, refinement)
        self.name = refinement.abstract.name
        self.points: dict[str, set[str]] = {}
        self.matched = 0

    def start(self, state: State) -> Image:
        """The image of an initial state."""
        image = self.image(state)
        if image not in self.abstract.initial():
            raise Unfollowed(f"no initial state of {self.name} is the image of this one")
        return image

    def image(self, state: State) -> Image:
        """The abstract state."""
        try:
            return self.abstract.image(state)
        except Fault as fault:
            raise Unfollowed(f"the mapping has no value: {fault.message}") from fault

    def step(
        self, action: Action, args: dict[str, Value], run: Run, monitor: Monitor, before: Image
    ) -> tuple[Image, Monitor]:
        """The abstract state and the monitor after a step that does not fault; `Unfollowed` if there are none."""
        after = before if run.after == run.before else self.image(run.after)
        reply = reply_of(self.ground, run)
        if (action.process or action.name) not in self.abstract.actions:
            self._unnamed(before, after)
        elif action.process:
            monitor = self._block(
                Block(action, self._thread(action, args), tuple(args.items()), reply), monitor, before, after
            )
        else:
            self._call(action.name, args, reply, before, after)
        return after, monitor

    def _unnamed(self, before: Image, after: Image) -> None:
        if before != after:
            if not self.abstract.can_step(before, after):
                raise Unfollowed(f"{self.name} has no step that {self._changes(before, after)}")
            self.matched += 1

    def _call(self, name: str, args: dict[str, Value], reply: Reply | None, before: Image, after: Image) -> None:
        replies = self.abstract.replies(before, name, args, after)
        if reply not in replies:
            what = self._changes(before, after)
            if replies:
                other = " or ".join(sorted({str(r) for r in replies}))
                raise Unfollowed(f"the answer is {reply}; {name} of {self.name} {what} with the answer {other}")
            raise Unfollowed(f"{name} of {self.name} has no step with these arguments that {what}")
        self.matched += 1

    def _block(self, block: Block, monitor: Monitor, before: Image, after: Image) -> Monitor:
        later, effect = advance(monitor, block, before, after, self.abstract)
        if not later:
            raise Unfollowed(self._misplaced(monitor, block, before, after))
        if effect and before != after:
            self.points.setdefault(block.action.process, set()).add(block.action.name)
        self.matched += effect
        return later

    def _misplaced(self, monitor: Monitor, block: Block, before: Image, after: Image) -> str:
        process, what = block.action.process, self._changes(before, after)
        own = [c for alternative in monitor for c in alternative if is_call(c, block)]
        if before != after and block.action.point and all(c.took is not None for c in own):
            return f"{process} has already taken effect, and yet this block {what}"
        if block.reply is None or before != after:
            return f"{process} of {self.name} has no step with these arguments that {what}"
        return f"there is no point at which {process} of {self.name} could have answered {block.reply}"

    def _thread(self, action: Action, args: dict[str, Value]) -> tuple[Value, ...]:
        """The thread that runs a block: what all later blocks of the process have as their only argument."""
        later = next((a for a in self.ground.actions if a.process == action.process and a.point), None)
        if later is None:
            return ()
        return tuple(args[p.name] for p in self.ground.functions[later.function].params)

    def _changes(self, before: Image, after: Image) -> str:
        if before == after:
            return "changes nothing"
        machine = self.abstract.ground
        parts = []
        for (name, kind), old, new in zip(self.abstract.kinds.items(), before, after, strict=True):
            if old != new:
                values = [show_value(v, machine, kind) for v in (old, new)]
                parts.append(f"{name} from {values[0]} to {values[1]}")
        return f"changes {' and '.join(parts)}"


def follow_path(played: Played, refinement: Refinement) -> str | None:
    """Why the abstract machine cannot follow the last step of a path (or its initial state); None if it can.

    None also if it fails earlier: then the path is not the shortest way to say so.
    """
    follower = Follower(played.ground, played.constants, refinement)
    monitor = NOTHING_RUNS
    left = len(played.runs)
    try:
        image = follower.start(played.boot.after)
        for action, args, run in played.runs:
            left -= 1
            image, monitor = follower.step(action, args, run, monitor, image)
    except Unfollowed as why:
        return str(why) if left == 0 else None
    return None
