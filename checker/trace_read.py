"""Reading a trace back: nothing in the file is trusted, and each thing that does not fit has its own message."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from checker.request import LIVENESS
from checker.trace import SCHEMA, OutcomeKind, Output, Trace, TraceCall, TraceOutcome, TraceState, TraceStep, Typed
from checker.trace_values import Json, NotItf, from_itf
from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine
from spec.lang.ir import Inner
from spec.lang.machine import Function, Param
from spec.lang.walk import statements

Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A trace file whose outer form is right; `meta` says which machine gives meaning to the rest."""

    name: str
    spec: str
    target: str
    digest: str
    property_name: str
    kind: str
    configuration: str
    sizes: dict[str, int]
    switches: dict[str, bool | int | str]
    constants: Object = field(repr=False)
    states: tuple[Object, ...] = field(repr=False)
    loop: int | None = None
    property_args: Object = field(default_factory=dict, repr=False)
    unfair: tuple[str, ...] = ()


def read_file(path: str) -> TraceFile:
    """The trace file at a path; RequestError when it is missing, truncated, no trace, or of another schema."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RequestError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise RequestError(f"{path}: not a text file, so not a trace") from None
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror}") from None
    return parse(text, path)


def parse(text: str, name: str) -> TraceFile:
    """The trace in a text; `name` is what messages call the file. RequestError as `read_file`."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        what = "is empty" if not text.strip() else "is truncated or damaged"
        raise RequestError(f"{place}: the trace {what}: {error.msg}") from None
    except RecursionError:
        raise RequestError(f"{name}: nested too deeply to be a trace") from None
    return _Form(name).trace_file(document)


def steps_of_parts(function: Function) -> list[Inner]:
    """The calls of actions of parts in a function."""
    return [stmt for stmt in statements(function.body) if isinstance(stmt, Inner)]


class _Form:
    """Checks the outer form of a document, naming the file and the place in every message."""

    def __init__(self, name: str) -> None:
        self.name = name

    def trace_file(self, document: Json) -> TraceFile:
        if not isinstance(document, dict) or not isinstance(meta := document.get("#meta"), dict):
            raise self.wrong("no `#meta` object, so this is not a trace in ITF")
        if meta.get("schema") != SCHEMA:
            found = meta.get("schema", meta.get("format", "none"))
            raise self.wrong(f"the trace is of schema {found!r}; this version reads {SCHEMA!r}")
        states = document.get("states")
        if not isinstance(states, list) or not states or not all(isinstance(s, dict) for s in states):
            raise self.wrong("`states` is not a list of at least one state")
        loop = document.get("loop")
        if loop is not None and (type(loop) is not int or not 0 <= loop < len(states)):
            raise self.wrong(f"`loop` is {loop!r}, not the index of a state")
        sizes = self.object(meta, "sizes")
        if not all(type(n) is int for n in sizes.values()):
            raise self.wrong("a size in `#meta` is not an integer")
        switches = self.object(meta, "switches")
        if not all(isinstance(v, bool | int | str) for v in switches.values()):
            raise self.wrong("a switch in `#meta` is neither a bool, an integer nor a name")
        return TraceFile(
            name=self.name,
            spec=self.text(meta, "spec"),
            target=self.text(meta, "target"),
            digest=self.text(meta, "digest"),
            property_name=self.text(meta, "property"),
            kind=self.text(meta, "kind"),
            configuration=self.text(meta, "configuration"),
            sizes={k: v for k, v in sizes.items() if isinstance(v, int)},
            switches={k: v for k, v in switches.items() if isinstance(v, bool | int | str)},
            constants=self.object(meta, "constants"),
            states=tuple(s for s in states if isinstance(s, dict)),
            loop=loop,
            property_args=self.object(meta, "property_args") if "property_args" in meta else {},
            unfair=self.names(meta.get("unfair", [])),
        )

    def names(self, value: Json) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong("`unfair` is not a list of names")
        return tuple(str(v) for v in value)

    def wrong(self, message: str) -> RequestError:
        return RequestError(f"{self.name}: {message}")

    def text(self, holder: Object, key: str) -> str:
        value = holder.get(key)
        if not isinstance(value, str):
            raise self.wrong(f"`{key}` is missing or no text")
        return value

    def object(self, holder: Object, key: str) -> Object:
        value = holder.get(key)
        if not isinstance(value, dict):
            raise self.wrong(f"`{key}` is missing or no object")
        return value


def decode(raw: TraceFile, ground: GroundMachine) -> Trace:
    """The trace, with every value read by the type that the machine gives to its place.

    RequestError, naming the state, for an action, argument, choice or variable that the machine does not have, and
    for a value that is not of its type. Whether the steps are possible is for `checker.replay` to say.
    """
    reader = _Reader(raw, ground)
    states = [reader.state(index, state) for index, state in enumerate(raw.states)]
    return Trace(
        spec=raw.spec,
        target=raw.target,
        digest=raw.digest,
        property_name=raw.property_name,
        kind=raw.kind,
        configuration=raw.configuration,
        sizes=raw.sizes,
        switches=raw.switches,
        constants=reader.constants(),
        boot=reader.tape(0, reader.meta(0, raw.states[0])),
        states=tuple(states),
        loop=raw.loop,
        property_args=reader.property_args(),
        unfair=raw.unfair,
    )


class _Reader(_Form):
    """Decodes the parts of a trace against a finite machine."""

    def __init__(self, raw: TraceFile, ground: GroundMachine) -> None:
        super().__init__(raw.name)
        self.raw = raw
        self.ground = ground
        self.actions = {a.name: a for a in ground.actions}

    def constants(self) -> tuple[Typed, ...]:
        for name in self.raw.constants:
            if name not in self.ground.constants:
                raise self.wrong(f"no constant '{name}' in {self.raw.spec}; {nearest(name, self.ground.constants)}")
        found: list[Typed] = []
        for name, decl in self.ground.constants.items():
            if name not in self.raw.constants:
                raise self.wrong(f"the constant '{name}' of {self.raw.spec} has no value")
            found.append(self.typed(f"constant {name}", Param(name, decl.type, decl.span), self.raw.constants[name]))
        return tuple(found)

    def property_args(self) -> tuple[Typed, ...]:
        """The values of the parameters of a promise about whole runs; nothing else has any."""
        name, given = self.raw.property_name, self.raw.property_args
        declared = next((p for p in self.ground.properties if p.name == name and p.kind in LIVENESS), None)
        params = self.ground.functions[declared.function].params if declared is not None else ()
        if set(given) != {p.name for p in params}:
            wanted = ", ".join(p.name for p in params) or "none"
            raise self.wrong(f"the promise '{name}' is about {', '.join(given) or 'nothing'}; wanted: {wanted}")
        return tuple(self.typed(f"promise {name}", p, given[p.name]) for p in params)

    def meta(self, index: int, state: Object) -> Object:
        return self.object(state, "#meta")

    def state(self, index: int, state: Object) -> TraceState:
        known = self.ground.fields
        for name in state:
            if name != "#meta" and name not in known:
                raise self.wrong(f"state {index}: {self.raw.spec} has no variable '{name}'; {nearest(name, known)}")
        values = {}
        for name, decl in known.items():
            if name not in state:
                raise self.wrong(f"state {index}: the variable '{name}' is missing")
            where = Param(name, decl.type, self.ground.machine.fields[name].span)
            values[name] = self.typed(f"state {index}", where, state[name]).value
        return TraceState(values, self.step(index, self.meta(index, state)) if index else None)

    def typed(self, place: str, param: Param, data: Json, function: str = "") -> Typed:
        try:
            return Typed(param.name, param.type, from_itf(data, param.type, self.ground), function)
        except NotItf as error:
            raise self.wrong(f"{place}: {param.name}: {error}") from None

    def step(self, index: int, meta: Object) -> TraceStep:
        name = self.text(meta, "action")
        if name not in self.actions:
            hint = nearest(name, self.actions)
            raise self.wrong(f"state {index}: {self.raw.spec} has no action '{name}' at these switches; {hint}")
        source = self.object(meta, "source")
        line = source.get("line")
        warnings, component = meta.get("warnings"), meta.get("component")
        return TraceStep(
            action=name,
            actor=self.text(meta, "actor"),
            args=self.args(index, name, self.object(meta, "args")),
            tape=self.tape(index, meta),
            outcome=self.outcome(index, self.object(meta, "outcome")),
            warnings=self.texts(index, "warnings", warnings),
            file=self.text(source, "file"),
            line=line if type(line) is int else 0,
            function=self.text(source, "function"),
            cites=self.text(meta, "cites"),
            sure=self.text(meta, "sure"),
            component=self.texts(index, "component", component),
            calls=self.calls(index, meta.get("calls", [])),
        )

    def calls(self, index: int, entries: Json) -> tuple[TraceCall, ...]:
        if not isinstance(entries, list):
            raise self.wrong(f"state {index}: `calls` is no list")
        return tuple(self.call(index, entry) for entry in entries)

    def call(self, index: int, entry: Json) -> TraceCall:
        if not isinstance(entry, dict) or type(depth := entry.get("depth")) is not int:
            raise self.wrong(f"state {index}: an entry of `calls` is no call")
        name = self.text(entry, "action")
        functions = {s.action: s.call.function for f in self.ground.functions.values() for s in steps_of_parts(f)}
        if name not in functions:
            raise self.wrong(f"state {index}: nothing calls the action '{name}' of a part; {nearest(name, functions)}")
        args = self.values(index, name, functions[name], self.object(entry, "args"))
        return TraceCall(name, args, self.outcome(index, self.object(entry, "outcome")), depth)

    def texts(self, index: int, key: str, value: Json) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.wrong(f"state {index}: `{key}` is not a list of texts")
        return tuple(str(v) for v in value)

    def args(self, index: int, action: str, given: Object) -> tuple[Typed, ...]:
        return self.values(index, action, self.actions[action].function, given)

    def values(self, index: int, action: str, function: str, given: Object) -> tuple[Typed, ...]:
        params = self.ground.functions[function].params
        if set(given) != {p.name for p in params}:
            wanted = ", ".join(p.name for p in params) or "none"
            found = ", ".join(given) or "none"
            raise self.wrong(f"state {index}: {action} has the arguments {found}; wanted: {wanted}")
        return tuple(self.typed(f"state {index}: argument", p, given[p.name]) for p in params)

    def tape(self, index: int, meta: Object) -> tuple[Typed, ...]:
        entries = meta.get("tape")
        if not isinstance(entries, list):
            raise self.wrong(f"state {index}: `tape` is missing or no list")
        return tuple(self.choice(index, entry) for entry in entries)

    def choice(self, index: int, entry: Json) -> Typed:
        if not isinstance(entry, dict):
            raise self.wrong(f"state {index}: an entry of `tape` is no object")
        function, name = self.text(entry, "function"), self.text(entry, "choice")
        if function not in self.ground.functions:
            raise self.wrong(f"state {index}: no function '{function}'; {nearest(function, self.ground.functions)}")
        for param in self.ground.functions[function].choices:
            if param.name == name:
                return self.typed(f"state {index}: choice", param, entry.get("value"), function)
        raise self.wrong(f"state {index}: {function} has no choice '{name}'")

    def outcome(self, index: int, given: Object) -> TraceOutcome:
        kind = self.text(given, "kind")
        for known in get_args(OutcomeKind):
            if kind == known:
                shown = self.object(given, "outputs")
                outputs = tuple(Output(name, str(text)) for name, text in shown.items())
                return TraceOutcome(known, self.text(given, "errno"), self.text(given, "reason"), outputs)
        raise self.wrong(f"state {index}: '{kind}' is no kind of outcome; {nearest(kind, get_args(OutcomeKind))}")
