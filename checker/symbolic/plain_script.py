"""Scripts of SMT-LIB 2: terms as text, long and shared ones by name, and the questions that are put to a solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.symbolic.plain_terms import BOOLEAN, Term

LONG = 96
"""A term whose text is longer than this gets a name; a shared one if it is longer than a few symbols."""
SHORT = 24
SECTION = ";; "
"""Begins the line before each assertion and question; lines that begin with `; ` name the source of definitions."""


@dataclass(frozen=True, slots=True)
class Question:
    """One `check-sat` that is expected to be `unsat`: `about` says what an answer `sat` would mean."""

    about: str
    term: Term


@dataclass(slots=True)
class Script:
    """A script: what it is, what is assumed throughout, and its questions."""

    title: str
    assumed: list[tuple[str, Term]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def assume(self, about: str, term: Term) -> None:
        """Asserts a term for all questions."""
        self.assumed.append((about, term))

    def ask(self, about: str, term: Term) -> None:
        """Adds a question."""
        self.questions.append(Question(about, term))

    def text(self) -> str:
        """The whole script; the same terms give the same bytes."""
        roots = [term for _, term in self.assumed] + [question.term for question in self.questions]
        printer = Printer(roots)
        lines = [one_line(f"; {line}").rstrip() for line in self.title.split("\n")]
        lines += ["(set-info :smt-lib-version 2.6)", "(set-info :status unsat)", "(set-logic QF_BV)", ""]
        lines += printer.declarations()
        for about, term in self.assumed:
            lines += ["", one_line(f"{SECTION}{about}"), *printer.definitions(term), f"(assert {printer.text(term)})"]
        for question in self.questions:
            lines += ["", one_line(f"{SECTION}{question.about}"), *printer.definitions(question.term)]
            lines += ["(push 1)", f"(assert {printer.text(question.term)})", "(check-sat)", "(pop 1)"]
        return "\n".join([*lines, "(exit)", ""])


class Printer:
    """Writes terms as text. What is below the roots is counted first, so that shared terms get names."""

    def __init__(self, roots: Iterable[Term]) -> None:
        self._uses: dict[Term, int] = {}
        self._order = _below(roots)
        for term in self._order:
            for arg in term.args:
                self._uses[arg] = self._uses.get(arg, 0) + 1
        self._texts: dict[Term, str] = {}
        self._bodies: dict[Term, str] = {}
        self._names = {t.name for t in self._order if t.op == "var"} | {t.label for t in self._order if t.label}
        self._note = ""
        for term in self._order:
            self._print(term)

    def declarations(self) -> list[str]:
        """One line per variable."""
        return [f"(declare-const {_quoted(t.name)} {sort(t.width)})" for t in self._order if t.op == "var"]

    def definitions(self, root: Term) -> Iterator[str]:
        """The named terms below the root that were not given so far, each after what it mentions."""
        for term in _below([root]):
            if term in self._bodies:
                if term.note and term.note != self._note:
                    self._note = term.note
                    yield one_line(f"; {term.note}")
                yield f"(define-fun {self._texts[term]} () {sort(term.width)} {self._bodies.pop(term)})"

    def text(self, term: Term) -> str:
        """The term, by its name if it has one."""
        return self._texts[term]

    def _print(self, term: Term) -> None:
        if term.op == "var":
            self._texts[term] = _quoted(term.name)
        elif term.op == "lit":
            self._texts[term] = literal(term)
        else:
            text = f"({term.op} {' '.join(self._texts[arg] for arg in term.args)})"
            shared = self._uses.get(term, 0) > 1 and len(text) > SHORT
            if len(text) > LONG or shared or (term.label and len(text) > SHORT):
                self._bodies[term] = text
                text = _quoted(term.label or self._fresh())
            self._texts[term] = text

    def _fresh(self) -> str:
        name = f"t{len(self._bodies)}"
        return name if name not in self._names else f"{name}~"


def _below(roots: Iterable[Term]) -> list[Term]:
    """The terms that the roots are made of, the roots among them, in the order in which they were made."""
    found: set[Term] = set()
    waiting = list(roots)
    while waiting:
        term = waiting.pop()
        if term not in found:
            found.add(term)
            waiting += term.args
    return sorted(found, key=lambda t: t.number)


def one_line(comment: str) -> str:
    """The comment without anything that could end it: what it says may come from a file that nobody vouches for."""
    return "".join(c if c.isprintable() else " " for c in comment)


def sort(width: int) -> str:
    """The SMT-LIB sort of a width."""
    return "Bool" if width == BOOLEAN else f"(_ BitVec {width})"


def literal(term: Term) -> str:
    """A literal: `true`, or a bit vector in binary."""
    if term.width == BOOLEAN:
        return "true" if term.value else "false"
    return f"#b{term.value & ((1 << term.width) - 1):0{term.width}b}"


def _quoted(name: str) -> str:
    return name if name.isascii() else f"|{name}|"
