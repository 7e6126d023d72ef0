"""Which slots of a state a call may read or write: a sound superset, by abstract interpretation of the typed tree.

A value is known (it follows from arguments and rigid constants) or `ANY`. Tests that are known prune; an index that is
known touches one entry, any other index touches all. Loops over sorts and known ranges are unrolled while the
budget lasts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from checker.explicit.layout import Layout
from checker.explicit.py_expr import answers
from checker.explicit.py_fold import ANY, binary, project, widen
from checker.explicit.py_runtime import elements, loader
from spec.lang.ground import GroundMachine
from spec.lang.ir import (
    And,
    Arith,
    Assign,
    Binder,
    Break,
    Call,
    ChoiceRead,
    Compare,
    ConstRead,
    Continue,
    Do,
    Domain,
    ElementsDomain,
    EnumDomain,
    EnumLit,
    Expr,
    FieldRead,
    For,
    If,
    Index,
    Inject,
    Inner,
    IsNone,
    Ite,
    Lit,
    Local,
    NoneLit,
    Not,
    Or,
    OutcomeLit,
    OutcomeTest,
    Project,
    Quant,
    RangeDomain,
    Require,
    Return,
    SortDomain,
    Stmt,
    Warn,
    Write,
)
from spec.lang.types import EnumType, IntType, MapType, SeqType, Type
from spec.lang.values import bounds, cardinality, key_count, leaves
from spec.lang.walk import children, statements

Env = dict[str, Any]
"""What is known of locals, parameters and given choices; a name that is missing may hold anything."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Slots that a call may read and may write, and its result if that is known."""

    reads: frozenset[int]
    writes: frozenset[int]
    result: Any = ANY


@dataclass(slots=True)
class _Frame:
    """One call while it is interpreted."""

    reads: set[int] = field(default_factory=set)
    writes: set[int] = field(default_factory=set)
    returns: list[Any] = field(default_factory=list)
    breaks: list[list[Env]] = field(default_factory=list)
    continues: list[list[Env]] = field(default_factory=list)


class Reach:
    """Interprets the functions of one machine at one choice of constants; remembers every call it has seen.

    `budget` is the number of loop turns that are unrolled in all; afterwards loop variables are `ANY`.
    """

    def __init__(
        self, ground: GroundMachine, layout: Layout, constants: Mapping[str, Sequence[int]], budget: int = 200_000
    ) -> None:
        self.ground = ground
        self.layout = layout
        self._constants = {n: loader(c.type, ground)(constants[n], 0) for n, c in ground.constants.items()}
        self._budget = budget
        self._seen: dict[tuple[object, ...], Touch] = {}

    def call(self, function: str, args: Sequence[Any], given: Iterable[tuple[str, Any]] = ()) -> Touch:
        """What a call with these arguments may touch; `ANY` stands for an argument that is not known."""
        key = (function, tuple(args), tuple(given))
        if key not in self._seen:
            decl = self.ground.functions[function]
            env: Env = {param.name: value for param, value in zip(decl.params, args, strict=False) if value is not ANY}
            env.update((name, value) for name, value in key[2] if value is not ANY)
            frame = _Frame()
            if self._body(frame, decl.body, env) is not None:
                frame.returns.append(0)
            result = frame.returns[0] if frame.returns else ANY
            known = all(value is not ANY and value == result for value in frame.returns)
            self._seen[key] = Touch(frozenset(frame.reads), frozenset(frame.writes), result if known else ANY)
        return self._seen[key]

    # --- statements ---------------------------------------------------------------------------------------------

    def _body(self, frame: _Frame, stmts: tuple[Stmt, ...], env: Env | None) -> Env | None:
        """What is known after the statements; None if their end is never reached."""
        for stmt in stmts:
            if env is None:
                return None
            env = self._statement(frame, stmt, env)
        return env

    def _statement(self, frame: _Frame, stmt: Stmt, env: Env) -> Env | None:
        match stmt:
            case Assign(name, value):
                known = self._value(frame, value, env)
                rest = {other: v for other, v in env.items() if other != name}
                return rest if known is ANY else {**rest, name: known}
            case Write(target, keys, value):
                places = self._entry(frame, target, keys, env)
                self._value(frame, value, env)
                frame.writes |= places
            case If(test, then, other):
                known = self._value(frame, test, env)
                ends = [
                    self._body(frame, branch, env)
                    for branch, wanted in ((then, True), (other, False))
                    if known is ANY or bool(known) is wanted
                ]
                return _join(ends)
            case For(binder, body):
                return self._loop(frame, binder, body, env)
            case Break():
                frame.breaks[-1].append(env)
                return None
            case Continue():
                frame.continues[-1].append(env)
                return None
            case Return(result):
                frame.returns.append(0 if result is None else self._value(frame, result, env))
                return None
            case Require(cond):
                known = self._value(frame, cond, env)
                return env if known is ANY or known else None
            case Do(call):
                self._value(frame, call, env)
            case Inner():
                return self._inner(frame, stmt, env)
            case Warn():
                pass
            case _:
                assert_never(stmt)
        return env

    def _inner(self, frame: _Frame, stmt: Inner, env: Env) -> Env:
        """A call of an action of a part, and the properties that judge it."""
        result = self._value(frame, stmt.call, env)
        for prop in self.ground.properties:
            if prop.name in stmt.properties:
                wanted = [env.get(p.name, ANY) for p in self.ground.functions[prop.function].params[1:]]
                for function in (prop.function, prop.premise):
                    if function is not None:
                        frame.reads |= self.call(function, [ANY, *wanted]).reads
        rest = {name: value for name, value in env.items() if name != stmt.name}
        return rest if not stmt.name or result is ANY else {**rest, stmt.name: result}

    def _loop(self, frame: _Frame, binder: Binder, body: tuple[Stmt, ...], env: Env) -> Env | None:
        turns = self._turns(frame, binder.domain, env)
        frame.breaks.append([])
        frame.continues.append([])
        now: Env | None
        if turns is None:
            changed = {s.name for s in statements(body) if isinstance(s, Assign | Inner)}
            changed |= {s.binder.name for s in statements(body) if isinstance(s, For)} | {binder.name}
            now = {name: value for name, value in env.items() if name not in changed}
            self._body(frame, body, now)
        else:
            now = env
            for turn in turns:
                if now is None:
                    break
                end = self._body(frame, body, {**now, binder.name: turn})
                now = _join([end, *frame.continues[-1]])
                frame.continues[-1].clear()
            now = _join([now, *frame.breaks[-1]])
        frame.breaks.pop()
        frame.continues.pop()
        return now

    def _turns(self, frame: _Frame, domain: Domain, env: Env) -> list[Any] | None:
        """The values that a loop variable takes, in order; None if they are not known or the budget is spent."""
        turns: list[Any] | None = None
        match domain:
            case SortDomain(sort):
                turns = list(range(self.ground.sizes[sort]))
            case EnumDomain(enum):
                turns = list(range(len(self.ground.enums[enum].members)))
            case RangeDomain(lo, hi):
                first, end = self._value(frame, lo, env), self._value(frame, hi, env)
                turns = None if first is ANY or end is ANY else list(range(first, end))
            case ElementsDomain(base):
                known = self._value(frame, base, env)
                if known is not ANY and isinstance(base.type, SeqType):
                    turns = list(known)
                elif known is not ANY and not isinstance(getattr(base.type, "item", None), IntType):
                    turns = list(elements(known))
            case _:
                assert_never(domain)
        self._budget -= 0 if turns is None else len(turns)
        return turns if self._budget > 0 else None

    # --- expressions --------------------------------------------------------------------------------------------

    def _value(self, frame: _Frame, node: Expr, env: Env) -> Any:
        """The value if it is known; everything that evaluation may read is noted."""
        match node:
            case Lit(_, _, value):
                return value
            case NoneLit():
                return None
            case EnumLit(EnumType(name), _, member):
                return self.ground.enums[name].members.index(member)
            case Local(_, _, name) | ChoiceRead(_, _, name):
                return env.get(name, ANY)
            case FieldRead(_, _, name):
                frame.reads.update(self._all(name))
                return ANY
            case ConstRead(_, _, name):
                return self._constants[name]
            case Index():
                return self._index(frame, node, env)
            case And(_, _, items):
                return self._chain(frame, items, env, stop=False)
            case Or(_, _, items):
                return self._chain(frame, items, env, stop=True)
            case Ite(_, _, test, then, other):
                known = self._value(frame, test, env)
                if known is not ANY:
                    return self._value(frame, then if known else other, env)
                a, b = self._value(frame, then, env), self._value(frame, other, env)
                return a if a is not ANY and b is not ANY and a == b else ANY
            case Quant():
                self._quantifier(frame, node, env, 0)
                return ANY
            case Call(_, _, function, args, given):
                known_args = [self._value(frame, arg, env) for arg in args]
                touch = self.call(function, known_args, [(name, self._value(frame, v, env)) for name, v in given])
                frame.reads |= touch.reads
                frame.writes |= touch.writes
                return touch.result
            case _:
                return self._simple(node, [self._value(frame, child, env) for child in children(node)])

    def _simple(self, node: Expr, parts: list[Any]) -> Any:
        """The value of a node whose parts are all evaluated, if it is known."""
        if isinstance(node, OutcomeLit):
            return node.site
        if any(part is ANY for part in parts):
            return ANY
        match node:
            case Not():
                return not parts[0]
            case Compare(_, _, op) | Arith(_, _, op):
                return binary(op, parts[0], parts[1])
            case IsNone():
                return parts[0] is None
            case Inject(kind, _, base):
                return widen(parts[0], base.type, kind)
            case Project(kind, _, base):
                return project(parts[0], base.type, kind)
            case OutcomeTest(_, _, _, aspect, value):
                return answers(self.ground.machine.sites[parts[0]], aspect, value)
            case _:
                return ANY

    def _chain(self, frame: _Frame, items: tuple[Expr, ...], env: Env, *, stop: bool) -> Any:
        """`and` (stops at False) and `or` (stops at True)."""
        sure = True
        for item in items:
            known = self._value(frame, item, env)
            if known is ANY:
                sure = False
            elif bool(known) is stop:
                return stop if sure else ANY
        return (not stop) if sure else ANY

    def _quantifier(self, frame: _Frame, node: Quant, env: Env, level: int) -> None:
        if level == len(node.binders):
            if node.cond is not None:
                known = self._value(frame, node.cond, env)
                if known is not ANY and not known:
                    return
            if node.body is not None:
                self._value(frame, node.body, env)
            return
        binder = node.binders[level]
        turns = self._turns(frame, binder.domain, env)
        if turns is None:
            self._quantifier(frame, node, {n: v for n, v in env.items() if n != binder.name}, level + 1)
        for turn in turns or ():
            self._quantifier(frame, node, {**env, binder.name: turn}, level + 1)

    # --- slots --------------------------------------------------------------------------------------------------

    def _index(self, frame: _Frame, node: Index, env: Env) -> Any:
        if isinstance(node.base, FieldRead):
            frame.reads |= self._entry(frame, node.base.name, node.keys, env)
            return ANY
        base = self._value(frame, node.base, env)
        keys = [self._value(frame, key, env) for key in node.keys]
        assert isinstance(node.base.type, MapType)
        places = self._places(node.base.type, keys)
        return base[places[0]] if base is not ANY and len(places) == 1 else ANY

    def _entry(self, frame: _Frame, name: str, keys: tuple[Expr, ...], env: Env) -> set[int]:
        """The slots of an entry of a field, or of the whole field if there are no keys."""
        if not keys:
            return set(self._all(name))
        kind = self.ground.fields[name].type
        assert isinstance(kind, MapType)
        width, start = len(leaves(kind.value, self.ground)), self.layout.start[name]
        places = self._places(kind, [self._value(frame, key, env) for key in keys])
        return {start + place * width + i for place in places for i in range(width)}

    def _all(self, name: str) -> range:
        start = self.layout.start[name]
        return range(start, start + self.layout.width[name])

    def _places(self, kind: MapType, keys: list[Any]) -> list[int]:
        """The entries that keys may name; none if a known key is no key of the map."""
        if all(key is ANY for key in keys):
            return list(range(key_count(kind, self.ground)))
        codes = [self._codes(key, key_kind) for key, key_kind in zip(keys, kind.keys, strict=True)]
        places = []
        for combination in itertools.product(*codes):
            place = 0
            for code, key_kind in zip(combination, kind.keys, strict=True):
                place = place * cardinality(key_kind, self.ground) + code
            places.append(place)
        return places

    def _codes(self, key: Any, kind: Type) -> Iterable[int]:
        if key is ANY:
            return range(cardinality(kind, self.ground))
        code = key - bounds(kind, self.ground)[0] if isinstance(kind, IntType) else int(key)
        return (code,) if 0 <= code < cardinality(kind, self.ground) else ()


def _join(ends: list[Env | None]) -> Env | None:
    """What is known whichever of the ends was reached; None if none is."""
    live = [end for end in ends if end is not None]
    if not live:
        return None
    first, *others = live
    return {n: v for n, v in first.items() if all(n in o and o[n] == v for o in others)}
