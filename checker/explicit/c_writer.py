"""The text of one C function while it is being written: lines, temporaries, faults, and what the function can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from checker.explicit.c_types import CTypes, number
from checker.explicit.layout import Layout
from spec.lang.ground import GroundMachine
from spec.lang.ir import Call, Expr
from spec.lang.machine import Function
from spec.lang.types import IntType, Type
from spec.lang.values import is_composite
from spec.lang.walk import subexpressions


@dataclass(slots=True)
class Effects:
    """What a run of a function may do, calls included.

    `disables` if a `require` may end it; `late` if that may be after something that must then not have happened.
    """

    stops: bool = False
    disables: bool = False
    late: bool = False
    writes: bool = False
    takes: bool = False
    marks: bool = False
    warns: bool = False

    @property
    def did(self) -> bool:
        """True if something was written that a run without a step takes back."""
        return self.writes or self.marks or self.warns

    def add(self, other: Effects) -> None:
        """Take over what a callee may do."""
        self.late |= other.late or (other.disables and self.did)
        self.stops |= other.stops
        self.disables |= other.disables
        self.writes |= other.writes
        self.takes |= other.takes
        self.marks |= other.marks
        self.warns |= other.warns


@dataclass(slots=True)
class Unit:
    """What all functions of one machine share: its types, C names, and the effects of functions written so far."""

    ground: GroundMachine
    types: CTypes
    layout: Layout
    names: dict[str, str]
    effects: dict[str, Effects] = field(default_factory=dict)
    equalities: dict[tuple[Type, Type], str] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)


Compile = Callable[["Writer", Expr], str]


class Writer:
    """Writes the body of one function.

    NOTE(expressions): compiling an expression first writes the statements it needs (choices, calls, checks for
    faults), in order of evaluation, then returns C text without effects that is valid until the state or a local
    changes. Whoever evaluates several operands uses `operands`, which keeps a copy where a later one may write.
    """

    def __init__(self, unit: Unit, function: Function, compile_expr: Compile) -> None:
        self.unit = unit
        self.types = unit.types
        self.function = function
        self.lines: list[str] = []
        self.effects = Effects()
        self.variables: dict[str, str] = {}
        self.choices: dict[str, str] = {}
        self.kinds: dict[str, Type] = {}
        self.result = self.types.local(function.returns)
        self._compile = compile_expr
        self.loops = 0
        self._count = 0

    # --- text ---------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """One line of C."""
        self.lines.append(text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """`head { ... }`."""
        self.lines.append(f"{head} {{")
        yield
        self.lines.append("}")

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """Collects the lines written inside instead of adding them."""
        kept, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = kept

    def fresh(self, prefix: str = "t") -> str:
        """A C name that the function does not use yet."""
        self._count += 1
        return f"{prefix}_{self._count}"

    def temp(self, kind: Type, text: str) -> str:
        """A new variable that holds the value of `text`."""
        return self.temp_c(self.types.local(kind), text)

    def temp_c(self, ctype: str, text: str) -> str:
        """A new variable of a C type."""
        name = self.fresh()
        self.line(f"{ctype} {name} = {text};")
        return name

    def room(self, kind: Type) -> str:
        """A new variable of a composite type, all zero."""
        return self.temp_c(self.types.local(kind), "{0}")

    # --- expressions --------------------------------------------------------------------------------------------

    def expr(self, node: Expr) -> str:
        """Compile one expression; see NOTE(expressions)."""
        return self._compile(self, node)

    def operands(self, nodes: Iterable[Expr], each: Callable[[int, Expr], str] | None = None) -> list[str]:
        """Compile in order (`each` gets the place and the node); a text stays valid although a later operand writes."""
        todo = list(nodes)
        writes = [self.may_write(node) for node in todo]
        texts: list[str] = []
        for place, node in enumerate(todo):
            text = self.expr(node) if each is None else each(place, node)
            texts.append(self.keep(node.type, text) if any(writes[place + 1 :]) else text)
        return texts

    def keep(self, kind: Type, text: str) -> str:
        """The text, or a variable with its present value where the text is more than a number."""
        return text if text.lstrip("-").isdigit() else self.temp(kind, text)

    def may_write(self, node: Expr) -> bool:
        """True if evaluating the expression may change the state."""
        calls = (e for e in subexpressions(node) if isinstance(e, Call))
        return any(self.unit.effects[call.function].writes for call in calls)

    # --- faults -------------------------------------------------------------------------------------------------

    @property
    def nothing(self) -> str:
        """What a stopped function returns; nobody looks at it."""
        return "0" if self.result == "i64" else f"({self.result}){{0}}"

    def fault_if(self, test: str) -> None:
        """Ends the run with a fault when the test holds."""
        self.effects.stops = True
        self.line(f"if (UNLIKELY({test})) {{ x->stop = STOP_FAULT; return {self.nothing}; }}")

    def disable_unless(self, test: str) -> None:
        """Ends the run without a step unless the test holds."""
        self.effects.late |= self.effects.did or self.loops > 0
        self.effects.stops = self.effects.disables = True
        self.line(f"if (!({test})) {{ x->stop = STOP_DISABLED; return {self.nothing}; }}")

    def after_call(self, effects: Effects) -> None:
        """Take over what the callee may do and end the run if it stopped."""
        self.effects.late |= effects.disables and self.loops > 0
        self.effects.add(effects)
        if effects.stops:
            self.line(f"if (UNLIKELY(x->stop)) return {self.nothing};")

    def check_bounds(self, text: str, kind: Type, known: tuple[int, int] | None) -> str:
        """The text, after a fault where an integer is not within a bounded type; `known` is where it surely is."""
        if not isinstance(kind, IntType) or self.types.is_open(kind):
            return text
        low, high = self.types.low(kind), self.types.high(kind)
        if known is not None and low <= known[0] and known[1] <= high:
            return text
        held = self.keep(kind, text)
        self.fault_if(f"{held} < {number(low)} || {held} > {number(high)}")
        return held

    def entry(self, place: str, kind: Type) -> str:
        """The value kept at a place of a composite: a code to decode, or a composite itself."""
        return place if is_composite(kind) else self.types.value(place, kind)
