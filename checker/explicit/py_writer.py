"""The text of one generated Python function while it is written: lines, names, and the order of evaluation.

NOTE(spilling): an expression becomes Python text where it can, and lines before it where it must (comprehensions,
choices). A text that would be evaluated after the lines of a later operand is first kept in a temporary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checker.explicit import py_runtime
from checker.explicit.layout import Layout
from checker.explicit.py_runtime import fitter, loader, scalar_table, storer
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr
from spec.lang.machine import Function
from spec.lang.types import BoolType, IntType, MapType, OptionType, RecordType, SeqType, SetType, Type, UnionType
from spec.lang.values import bounds, cardinality

TABLE_LIMIT = 1024
"""Options with at most this many values are decoded by a table."""


class Unit:
    """What all functions of one machine share: the names of functions and the objects that the text refers to."""

    def __init__(self, ground: GroundMachine, layout: Layout) -> None:
        self.ground = ground
        self.layout = layout
        self.names = {name: f"f{number}" for number, name in enumerate(ground.functions)}
        self.objects: dict[str, object] = dict(vars(py_runtime))
        self._kept: dict[tuple[str, object], str] = {}

    def keep(self, prefix: str, key: object, make: Callable[[], object]) -> str:
        """The name of an object that generated text uses; made at its first use."""
        if (prefix, key) not in self._kept:
            name = f"{prefix}{len(self._kept)}"
            self._kept[prefix, key] = name
            self.objects[name] = make()
        return self._kept[prefix, key]

    def card(self, kind: Type) -> int:
        """Number of values of a scalar type."""
        return cardinality(kind, self.ground)

    def load(self, kind: Type) -> str:
        """The name of a function that reads a value from slots."""
        return self.keep("load", kind, lambda: loader(kind, self.ground))

    def store(self, kind: Type) -> str:
        """The name of a function that writes a value to slots."""
        return self.keep("store", kind, lambda: storer(kind, self.ground))

    def spans(self, union: UnionType) -> dict[str, tuple[int, int]]:
        """Per variant its first code and the number of its codes."""
        spans, first = {}, 0
        for name in union.variants:
            count = self.card(RecordType(name))
            spans[name] = (first, count)
            first += count
        return spans


class Writer:
    """One function in the making. `expr` is given by the module that knows all expressions."""

    def __init__(self, unit: Unit, function: Function, expr: Callable[[Writer, Expr], str]) -> None:
        self.unit = unit
        self.function = function
        self.lines: list[tuple[int, str]] = []
        self.depth = 1
        self._expr = expr
        self._locals: dict[str, str] = {}
        self._count = 0

    def expr(self, node: Expr) -> str:
        """The text of an expression, after whatever lines it needs."""
        return self._expr(self, node)

    def line(self, text: str) -> None:
        """One line at the present depth."""
        self.lines.append((self.depth, text))

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """A head line and, inside, its body; an empty body becomes `pass`."""
        self.line(head)
        before = len(self.lines)
        self.depth += 1
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def fresh(self) -> str:
        """A name not used before in this function."""
        self._count += 1
        return f"t{self._count}"

    def local(self, name: str) -> str:
        """The Python name of a parameter, choice, local or bound variable."""
        return self._locals.setdefault(name, f"v{len(self._locals)}")

    def held(self, text: str) -> str:
        """A name for the value of a text, which is evaluated here."""
        if _is_steady(text):
            return text
        name = self.fresh()
        self.line(f"{name} = {text}")
        return name

    def trial(self, node: Expr) -> tuple[list[tuple[int, str]], str]:
        """The lines that an expression needs, not yet part of the function, and its text."""
        kept, self.lines = self.lines, []
        text = self.expr(node)
        made, self.lines = self.lines, kept
        return made, text

    def adopt(self, lines: list[tuple[int, str]], deeper: int = 0) -> None:
        """Takes over lines of a trial."""
        self.lines.extend((depth + deeper, text) for depth, text in lines)

    def operands(self, *nodes: Expr, wrap: Callable[[int, str], str] = lambda _, text: text) -> list[str]:
        """The texts of operands that are evaluated, and each then wrapped, from left to right."""
        texts: list[str] = []
        for place, node in enumerate(nodes):
            lines, text = self.trial(node)
            if lines:
                texts = [self.held(earlier) for earlier in texts]
                self.adopt(lines)
            texts.append(wrap(place, text))
        return texts

    # --- values and codes ---------------------------------------------------------------------------------------

    def decode(self, code: str, kind: Type) -> str:
        """The value of a scalar with this code."""
        match kind:
            case IntType():
                lo = bounds(kind, self.unit.ground)[0]
                return f"({code} + {lo})" if lo else code
            case OptionType(item):
                table = scalar_table(kind, self.unit.ground, TABLE_LIMIT)
                if table is not None:
                    return f"{self.unit.keep('table', kind, lambda: table)}[{code}]"
                name = self.fresh()
                return f"(None if not ({name} := {code}) else {self.decode(f'({name} - 1)', item)})"
            case _:
                return code

    def encode(self, value: str, kind: Type) -> str:
        """The code of a scalar value; a fault for an integer out of bounds."""
        match kind:
            case IntType():
                lo, hi = bounds(kind, self.unit.ground)
                return f"offset({value}, {lo}, {hi})"
            case BoolType():
                return f"({value} + 0)"
            case OptionType(item):
                name = self.fresh()
                return f"(0 if ({name} := {value}) is None else 1 + {self.encode(name, item)})"
            case _:
                return value

    def enter(self, value: str, source: Type, kind: Type) -> str:
        """A value of type `source`, checked for a place of another type that may hold less."""
        if isinstance(kind, IntType):
            if kind.lo is None or kind.hi is None:
                return value
            lo, hi = bounds(kind, self.unit.ground)
            return value if value.isdigit() and lo <= int(value) <= hi else f"within({value}, {lo}, {hi})"
        if source == kind or not isinstance(kind, OptionType | SetType | SeqType | MapType):
            return value
        ground = self.unit.ground
        return f"{self.unit.keep('fit', (source, kind), lambda: fitter(source, kind, ground))}({value})"

    def code(self, value: str, source: Type, kind: Type) -> str:
        """The code of a value that enters a place of a scalar type."""
        return self.encode(value if isinstance(kind, IntType) else self.enter(value, source, kind), kind)

    def passed(self, value: str, source: Type, kind: Type) -> str:
        """A value for a local, a parameter or a result: an integer there has no bounds."""
        return value if isinstance(kind, IntType) else self.enter(value, source, kind)


def _is_steady(text: str) -> bool:
    """True if the text has the same value wherever it stands in one expression."""
    return text.isidentifier() or text.isdigit()
