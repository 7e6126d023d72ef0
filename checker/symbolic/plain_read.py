"""Scripts read back: their text turned into Python that computes what the defined names are worth at given values.

It knows the text only, not the terms it was written from, and no solver; so what is compared with `checker.evaluate`
is what a solver is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from checker.symbolic.plain_terms import BOOLEAN

Form = str | list["Form"]
Number = bool | int
TOKEN = re.compile(r";[^\n]*|\(|\)|\|[^|]*\||[^\s()|;]+")
INFIX = {"and": " and ", "or": " or ", "bvslt": " < ", "bvsle": " <= ", "=": " == "}
EXACT = {"bvadd": "+", "bvsub": "-", "bvmul": "*"}


def forms(text: str) -> list[Form]:
    """The top-level forms of a text, as nested lists."""
    stack: list[list[Form]] = [[]]
    for token in TOKEN.findall(text):
        if token.startswith(";"):
            continue
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token.strip("|"))
    return stack[0]


def evaluator(lines: Iterable[str], outputs: Sequence[str]) -> Callable[[Mapping[str, Number]], list[Number]]:
    """A function from the values of the declared variables to those of the outputs, which are terms as text.

    Bit vectors are signed numbers. Variables without a value are 0.
    """
    source = _Source()
    for form in forms("\n".join(lines)):
        assert isinstance(form, list)
        match form:
            case ["declare-const", str() as name, kind]:
                source.declare(name, kind)
            case ["define-fun", str() as name, [], kind, body]:
                source.define(name, kind, body)
            case _:
                raise AssertionError(f"not a declaration or definition: {form}")
    return source.compile([form for text in outputs for form in forms(text)])


class _Source:
    """Python source of one function."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.known: dict[str, tuple[str, int]] = {}

    def declare(self, name: str, kind: Form) -> None:
        local = self._local(name, kind)
        self.lines.append(f" {local} = given.get({name!r}, 0)")

    def define(self, name: str, kind: Form, body: Form) -> None:
        text, width = self.term(body)
        assert width == _width(kind), name
        self.lines.append(f" {self._local(name, kind)} = {text}")

    def _local(self, name: str, kind: Form) -> str:
        assert name not in self.known, f"{name} is given twice"
        self.known[name] = f"v{len(self.known)}", _width(kind)
        return self.known[name][0]

    def compile(self, outputs: list[Form]) -> Callable[[Mapping[str, Number]], list[Number]]:
        results = ", ".join(self.term(form)[0] for form in outputs)
        space: dict[str, Callable[[Mapping[str, Number]], list[Number]]] = {}
        exec(compile("\n".join(["def run(given):", *self.lines, f" return [{results}]"]), "<smt>", "exec"), space)
        return space["run"]

    def term(self, form: Form) -> tuple[str, int]:
        """A term as Python text, and its width."""
        match form:
            case "true" | "false":
                return str(form == "true"), BOOLEAN
            case str() if form.startswith("#b"):
                width = len(form) - 2
                return str(_signed(int(form[2:], 2), width)), width
            case str():
                return self.known[form]
            case ["ite", test, then, other]:
                first, second = self.term(then), self.term(other)
                assert first[1] == second[1], form
                return f"({first[0]} if {self.term(test)[0]} else {second[0]})", first[1]
            case ["not", base]:
                return f"(not {self.term(base)[0]})", BOOLEAN
            case [["_", "sign_extend", str() as more], base]:
                text, width = self.term(base)
                return text, width + int(more)
            case [["_", "extract", str() as top, "0"], base]:
                return self._wrapped(self.term(base)[0], int(top) + 1)
            case [str() as op, *args]:
                return self._operation(op, [self.term(arg) for arg in args])
        raise AssertionError(f"no term: {form}")

    def _operation(self, op: str, args: list[tuple[str, int]]) -> tuple[str, int]:
        widths = {width for _, width in args}
        assert len(widths) == 1, f"{op} of several widths"
        width = widths.pop()
        if op in INFIX:
            assert op in ("and", "or") or len(args) == 2
            return f"({INFIX[op].join(text for text, _ in args)})", BOOLEAN
        left, right = (text for text, _ in args)
        if op in EXACT:
            return self._wrapped(f"({left} {EXACT[op]} {right})", width)
        if op == "bvsmod":
            return f"({left} % {right})", width
        assert op == "bvsdiv", op
        return f"int({left} / {right})" if width < 50 else f"(abs({left}) // {right} * (1 - 2 * ({left} < 0)))", width

    def _wrapped(self, text: str, width: int) -> tuple[str, int]:
        half = 1 << (width - 1)
        return f"((({text} + {half}) & {2 * half - 1}) - {half})", width


def _signed(bits: int, width: int) -> int:
    return bits - (1 << width) if bits >> (width - 1) else bits


def _width(kind: Form) -> int:
    match kind:
        case "Bool":
            return BOOLEAN
        case ["_", "BitVec", str() as width]:
            return int(width)
    raise AssertionError(f"no sort: {kind}")
