"""A state of one machine seen as a state of a more abstract one, and what that machine can do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checker import evaluate
from checker.eval_body import call_function
from checker.eval_world import World
from checker.evaluate import Constants, Run, State
from spec.lang.errors import RequestError
from spec.lang.fold import resolve
from spec.lang.ground import GroundMachine, fold_for, ground
from spec.lang.machine import Action, Refinement
from spec.lang.types import MapType, Type
from spec.lang.values import MapValue, Value, map_keys, show_value, values

Image = tuple[Value, ...]
"""A state of the abstract machine: the values of all its declared fields in their order, fixed ones too."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller is told: kind and errno of the outcome, and its outputs; `text` is that for people."""

    kind: str
    errno: str
    outputs: tuple[tuple[str, Value], ...]
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text


def reply_of(machine: GroundMachine, run: Run) -> Reply | None:
    """The reply of a run; None where a process has only come to its next yield."""
    assert run.outcome is not None, "a run that does not fault has an outcome"
    site = machine.machine.sites[run.outcome.site]
    if site.kind == "pending":
        return None
    kind = "refused" if site.in_process and site.kind == "partial" else site.kind
    head = f"-{site.errno}" if site.errno else "0" if kind == "done" else kind
    told = " ".join([head, *(f"{name}={show_value(value, machine)}" for name, value in run.outcome.outputs)])
    return Reply(kind, site.errno, run.outcome.outputs, told)


class Abstraction:
    """The abstract machine of a refinement at the sizes, switches and constants of the concrete one.

    RequestError where a constant of the abstract machine has no value and no constant of that name here gives one.
    """

    def __init__(self, concrete: GroundMachine, constants: Constants, refinement: Refinement) -> None:
        self.concrete = concrete
        self.constants = constants
        self.refinement = refinement
        abstract = refinement.abstract
        sizes = {name: size for name, size in concrete.sizes.items() if name in abstract.sorts}
        switches = {name: value for name, value in concrete.switches.items() if name in abstract.switches}
        self.ground = ground(abstract, sizes, switches)
        self.rigid: dict[str, Value] = {}
        for name in self.ground.constants:
            self.rigid[name] = self._constant(name)
        self.actions: dict[str, Action] = {a.name: a for a in self.ground.actions}
        self.kinds = {name: resolve(f.type, self.ground.sizes) for name, f in abstract.fields.items()}
        self._fixed = {name: self._initial_value(name) for name in self.kinds if name not in self.ground.fields}
        self._readers = {name: self._reader(name, kind) for name, kind in self.kinds.items()}
        self._steps: dict[tuple[Image, str, tuple[Value, ...]], list[tuple[Image, Reply]]] = {}
        self._all: dict[Image, frozenset[Image]] = {}

    def _constant(self, name: str) -> Value:
        if name in self.constants:
            return self.constants[name]
        decl = self.ground.constants[name]
        if decl.init is None:
            spec = self.refinement.abstract.name
            raise RequestError(
                f"the constant '{name}' of {spec} is open, and {self.concrete.machine.name} has none of that name\n"
                f"  hint: give both machines the constant '{name}'"
            )
        return evaluate.closed_value(self.ground, decl.init, self.rigid)

    def _initial_value(self, name: str) -> Value:
        """Of a field that the abstract machine never writes."""
        init = fold_for(self.ground, self.refinement.abstract.fields[name].init)
        return evaluate.closed_value(self.ground, init, self.rigid)

    # --- the image of a state ---------------------------------------------------------------------------------------

    def image(self, state: State) -> Image:
        """The abstract state; `Fault` where an image has no value."""
        return tuple(read(state) for read in self._readers.values())

    def _reader(self, name: str, kind: Type) -> Callable[[State], Value]:
        function = self.refinement.images.get(name)
        if function is None:
            return self._same(name)
        if not isinstance(kind, MapType):
            return lambda state: self._call(function, (), state)
        keys = tuple(map_keys(kind, self.ground))
        return lambda state: MapValue(tuple(self._call(function, key, state) for key in keys))

    def _call(self, name: str, args: tuple[Value, ...], state: State) -> Value:
        function = self.concrete.functions[name]
        given = {p.name: value for p, value in zip(function.params, args, strict=True)}
        return call_function(World(self.concrete, self.constants, state), function, given, {})

    def _same(self, name: str) -> Callable[[State], Value]:
        if name in self.concrete.fields:
            return lambda state: state[name]
        init = fold_for(self.concrete, self.concrete.machine.fields[name].init)
        fixed = evaluate.closed_value(self.concrete, init, self.constants)
        return lambda _: fixed

    # --- what the abstract machine can do ---------------------------------------------------------------------------

    def initial(self) -> frozenset[Image]:
        """Its initial states."""
        return frozenset(self._key(state) for _, state in evaluate.initial_states(self.ground, self.rigid))

    def _key(self, state: State) -> Image:
        return tuple(self._fixed[name] if name in self._fixed else state[name] for name in self.kinds)

    def state(self, image: Image) -> State:
        """The abstract state as `evaluate` writes it."""
        values = dict(zip(self.kinds, image, strict=True))
        return {name: values[name] for name in self.ground.fields}

    def replies(self, image: Image, name: str, args: Mapping[str, Value], after: Image) -> list[Reply]:
        """What the action may answer when it takes the abstract machine from `image` to `after`.

        `args` may have more than the action's parameters; a parameter without an argument takes every value.
        """
        found: list[Reply] = []
        for given in self._arguments(name, args):
            place = (image, name, given)
            if place not in self._steps:
                self._steps[place] = list(self._runs(image, self.actions[name], given))
            found += [reply for target, reply in self._steps[place] if target == after and reply not in found]
        return found

    def _arguments(self, name: str, args: Mapping[str, Value]) -> list[tuple[Value, ...]]:
        rows: list[tuple[Value, ...]] = [()]
        for param in self.ground.functions[self.actions[name].function].params:
            choices = (args[param.name],) if param.name in args else tuple(values(param.type, self.ground))
            rows = [(*row, value) for row in rows for value in choices]
        return rows

    def _runs(self, image: Image, action: Action, args: tuple[Value, ...]) -> list[tuple[Image, Reply]]:
        state = self.state(image)
        rows: list[tuple[Image, Reply]] = []
        for run in evaluate.tapes(
            self.ground, lambda tape: evaluate.run(self.ground, self.rigid, state, action, args, tape)
        ):
            reply = reply_of(self.ground, run) if run.kind == "step" else None
            if reply is not None and (self._key(run.after), reply) not in rows:
                rows.append((self._key(run.after), reply))
        return rows

    def can_step(self, image: Image, after: Image) -> bool:
        """True if some action takes the abstract machine from `image` to `after`."""
        if image not in self._all:
            reached = evaluate.steps(self.ground, self.rigid, self.state(image))
            self._all[image] = frozenset(self._key(s.run.after) for s in reached if s.run.kind == "step")
        return after in self._all[image]
