"""Generated Python for statements and whole functions, and the compiled functions of one ground machine."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

from checker.explicit.layout import Layout
from checker.explicit.py_collections import domain, slot_text
from checker.explicit.py_expr import call, constant_name, expression
from checker.explicit.py_runtime import Fault, Run, loader
from checker.explicit.py_writer import Unit, Writer
from spec.lang.ground import GroundMachine
from spec.lang.ir import (
    Assign,
    Break,
    Continue,
    Do,
    For,
    If,
    Inner,
    Require,
    Return,
    Stmt,
    Warn,
    Write,
)
from spec.lang.machine import Function, Property, is_about, part_of
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE, OUTCOME, MapType
from spec.lang.values import is_composite

Compiled = Callable[..., Any]
"""A generated function of slots, slots before the step, `Run`, parameters, and choices as `c0=`, `c1=`, ..."""

UNREAD = object()
"""What a choice holds before it is read."""


class Program:
    """The compiled functions of a ground machine at one choice of its constants.

    `functions` has them by key in `GroundMachine.functions`; `source` is the text, for people who debug.
    `initialise(slots)` writes the initial values of all fields. Nothing here calls the slow evaluator.
    """

    def __init__(self, ground: GroundMachine, layout: Layout, constants: Mapping[str, Sequence[int]]) -> None:
        unit = Unit(ground, layout)
        texts = [_function(unit, key, function) for key, function in ground.functions.items()]
        texts.append(_initialiser(unit))
        self.source = "\n\n".join(texts) + "\n"
        objects = unit.objects
        objects["UNREAD"] = UNREAD
        objects["during"], objects["step_of_part"] = self._check_during, self._check_step
        for name, decl in ground.constants.items():
            objects[constant_name(unit, name)] = loader(decl.type, ground)(constants[name], 0)
        with warnings.catch_warnings():
            # a constant that is asked whether it is None: foolish in hand-written Python, ordinary here
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(self.source, f"<{ground.machine.name}>", "exec")
        exec(code, objects)
        self.functions: dict[str, Compiled] = {key: _named(objects, unit.names[key]) for key in ground.functions}
        self._initialise = _named(objects, "initialise")
        judging = [p for p in ground.properties if p.kind in ("during", "action")]
        self._rules = {p.name: (p, self.functions[p.function], self._premise(p)) for p in judging}

    def initialise(self, slots: list[int]) -> None:
        """Writes every field's initial value; `Fault` if one is out of bounds."""
        self._initialise(slots, None, Run([]))

    def _premise(self, rule: Property) -> Compiled | None:
        return None if rule.premise is None else self.functions[rule.premise]

    def _check_during(self, slots: list[int], old: list[int] | None, run: Run, names: Sequence[str]) -> None:
        """Evaluates properties of single writes; the initialiser has no state before and no such checks.

        For a property of a part the state before is that before the call of the part's action, if one is under way.
        """
        for name in names if old is not None else ():
            before = run.olds.get(part_of(name), old)
            assert before is not None
            self._judge(name, slots, before, run, ())

    def _check_step(
        self, slots: list[int], before: list[int], run: Run, questions: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> None:
        """Evaluates action properties of a part about a call of its action, with their arguments."""
        for name, args in questions:
            self._judge(name, slots, before, run, args)

    def _judge(self, name: str, slots: list[int], old: list[int], run: Run, args: tuple[Any, ...]) -> None:
        rule, function, premise = self._rules[name]
        try:
            if premise(slots, old, run, *args) if premise is not None else rule.kind == "action":
                run.premises.append(name)
        except Fault:
            run.broken.append("")
        if not holds(function, slots, old, run, *args):
            run.broken.append(name)


def holds(function: Compiled, slots: list[int], old: list[int], run: Run, *args: Any) -> bool:
    """True if a property is true; a fault inside makes it false."""
    try:
        return bool(function(slots, old, run, *args))
    except Fault:
        return False


def _named(objects: dict[str, object], name: str) -> Compiled:
    found = objects[name]
    assert callable(found)
    return found


def _function(unit: Unit, key: str, function: Function) -> str:
    """The text of one function."""
    w = Writer(unit, function, expression)
    params = [w.local(param.name) for param in function.params]
    choices = [f"c{place}=UNREAD" for place, _ in enumerate(function.choices)]
    for place, choice in enumerate(function.choices):
        w.line(f"{w.local(choice.name)} = c{place}")
    _body(w, function.body)
    w.line("return 0")
    return _text(f"def {unit.names[key]}({', '.join(['S', 'O', 'R', *params, *choices])}):", w)


def _initialiser(unit: Unit) -> str:
    """The text of the function that writes the fields' initial values, in declared order."""
    w = Writer(unit, Function("initialise", (), (), NONE, (), {}, "", BUILTIN), expression)
    for name, field in unit.ground.fields.items():
        _write(w, Write(name, (), field.init, BUILTIN), watched=False)
    w.line("return 0")
    return _text("def initialise(S, O, R):", w)


def _text(head: str, w: Writer) -> str:
    return "\n".join([head, *("    " * depth + text for depth, text in w.lines)])


def _body(w: Writer, stmts: tuple[Stmt, ...]) -> None:
    for stmt in stmts:
        _statement(w, stmt)


def _statement(w: Writer, stmt: Stmt) -> None:
    match stmt:
        case Assign(name, value):
            w.line(f"{w.local(name)} = {w.passed(w.expr(value), value.type, w.function.locals[name])}")
        case Write():
            _write(w, stmt, watched=True)
        case If(test, then, other):
            with w.block(f"if {w.expr(test)}:"):
                _body(w, then)
            if other:
                with w.block("else:"):
                    _body(w, other)
        case For(binder, body):
            over = domain(w, binder)
            with w.block(f"for {w.local(binder.name)} in {over}:"):
                _body(w, body)
        case Break():
            w.line("break")
        case Continue():
            w.line("continue")
        case Return(value):
            text = "0" if value is None else w.passed(w.expr(value), value.type, w.function.returns)
            w.line(f"return {text}")
        case Require(cond):
            w.line(f"if not {w.expr(cond)}: raise Disabled")
        case Warn(warning):
            w.line(f"R.warnings.append({warning})")
        case Do(made):
            w.line(call(w, made))
        case Inner():
            _inner(w, stmt)
        case _:
            assert_never(stmt)


def _write(w: Writer, stmt: Write, watched: bool) -> None:
    """A store to a field or an entry of it; keys are evaluated before the value, bounds are checked last."""
    kind = w.unit.ground.fields[stmt.target].type
    place = str(w.unit.layout.start[stmt.target])
    if stmt.keys:
        assert isinstance(kind, MapType)
        field, keys = kind, stmt.keys
        *codes, value = w.operands(
            *keys, stmt.value, wrap=lambda at, text: w.encode(text, field.keys[at]) if at < len(keys) else text
        )
        place, kind = slot_text(w, stmt.target, field, codes), field.value
        # a Python assignment evaluates its right side first, the language its keys
        place = w.held(place)
    else:
        value = w.expr(stmt.value)
    if is_composite(kind):
        w.line(f"{w.unit.store(kind)}(S, {place}, {w.enter(value, stmt.value.type, kind)})")
    else:
        w.line(f"S[{place}] = {w.code(value, stmt.value.type, kind)}")
    names = tuple(p.name for p in w.unit.ground.properties if p.kind == "during" and is_about(p.name, stmt.target))
    if watched and names:
        w.line(f"during(S, O, R, {names!r})")


def _inner(w: Writer, stmt: Inner) -> None:
    """A call of an action of a part: a step of that part, which its properties judge."""
    ground, part = w.unit.ground, part_of(stmt.action)
    asked = [p for p in ground.properties if p.name in stmt.properties]
    before, result = w.fresh(), w.fresh()
    w.line(f"{before} = R.olds[{part!r}] = S.copy()")
    w.line(f"{result} = {call(w, stmt.call)}")
    outcome = result if ground.functions[stmt.call.function].returns == OUTCOME else "0"
    questions = [
        f"({p.name!r}, ({', '.join([outcome, *(w.local(a.name) for a in ground.functions[p.function].params[1:])])},))"
        for p in asked
    ]
    if questions:
        w.line(f"if O is not None: step_of_part(S, {before}, R, ({', '.join(questions)},))")
    if stmt.name:
        w.line(f"{w.local(stmt.name)} = {result}")
