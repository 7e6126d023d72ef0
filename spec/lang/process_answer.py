"""What a process answers at its end: the outcome as the text says it, kept apart from refusals that change nothing.

A refusal of the first block is one of a call that changed nothing. Later blocks have let others see what was written,
so their refusals are partial ones, made at sites of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from spec.lang.ir import And, Assign, Expr, If, Ite, Local, Not, OutcomeLit, OutcomeTest, Return, Stmt
from spec.lang.machine import Site
from spec.lang.spans import Span
from spec.lang.types import BOOL, OUTCOME

AddSite = Callable[[Site], int]


@dataclass(slots=True)
class Answers:
    """The sites of one machine as the ends of a process see them; `possible` are those that a call may answer."""

    sites: list[Site]
    add: AddSite
    possible: tuple[int, ...]

    def later(self, number: int) -> int:
        """The site that stands for a refusal when blocks came before it."""
        site = self.sites[number]
        if site.kind != "refused":
            return number
        return self.add(replace(site, kind="partial", in_process=True))

    def literal(self, value: Expr, first: bool) -> Expr | None:
        """The answer where its text makes it here and now, such as `refuse(...)` or `DONE if ok else refuse(...)`."""
        match value:
            case OutcomeLit():
                return value if first else replace(value, site=self.later(value.site))
            case Ite(_, _, test, then, other):
                yes, no = self.literal(then, first), self.literal(other, first)
                return None if yes is None or no is None else Ite(value.type, value.span, test, yes, no)
        return None

    def others(self, answer: Local, span: Span, end: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        """Returns for an answer that some call made: one for every refusal that it can be, then the answer itself."""
        made: list[Stmt] = []
        told: set[tuple[str, str]] = set()
        for number in self.possible:
            site = self.sites[number]
            if site.kind != "refused" or (site.errno, site.reason) in told:
                continue
            told.add((site.errno, site.reason))
            test = And(
                BOOL,
                span,
                (
                    OutcomeTest(BOOL, span, answer, "refused"),
                    Not(BOOL, span, OutcomeTest(BOOL, span, answer, "partial")),
                    OutcomeTest(BOOL, span, answer, "errno", site.errno),
                    OutcomeTest(BOOL, span, answer, "reason", site.reason),
                ),
            )
            refused = Return(OutcomeLit(OUTCOME, span, self.later(number)), span)
            made.append(If(test, (*end, refused), (), span))
        return (*made, *end, Return(answer, span))

    def may_block(self) -> bool:
        """True if a call may answer that it is blocked."""
        return any(self.sites[number].kind == "blocked" for number in self.possible)


def bind(value: Expr, name: str) -> tuple[Assign, Local]:
    """The answer in a local, so that it is made before the state of the process is put away."""
    return Assign(name, value, value.span), Local(OUTCOME, value.span, name)


def sites_of(bodies: Iterable[Iterable[Expr]]) -> tuple[int, ...]:
    """The sites of outcomes in these expressions, in order."""
    return tuple(sorted({e.site for body in bodies for e in body if isinstance(e, OutcomeLit)}))
