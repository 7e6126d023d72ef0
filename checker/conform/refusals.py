"""Refusals in the text of a spec: the conditions that make them, and which of them a log has judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from checker.conform.possible import Answered, fits
from checker.conform.protocol import ANY, BLOCKED, OK, Call
from checker.evaluate import source_text
from spec.lang.ground import GroundMachine, reachable
from spec.lang.ir import If, OutcomeLit, Return, Stmt
from spec.lang.machine import Site
from spec.lang.walk import statements, stmt_expressions, subexpressions


def why_not(ground: GroundMachine, call: Call, answers: Iterable[Answered]) -> str:
    """Why the spec does not give the recorded answer, in the words of its text."""
    answers = list(answers)
    if not answers:
        return f"{call.action} is not possible in any state that is left"
    if faults := [a.fault for a in answers if a.fault]:
        return f"the spec has no answer: {faults[0]}"
    if alike := [a for a in answers if fits(replace(a, warnings=()), replace(call, warned=False))]:
        if call.warned:
            return "a WARN was recorded, and no run of the spec with this answer warns"
        return f"every run of the spec with this answer warns: {alike[0].warnings[0]}"
    refused = [a for a in answers if a.kind != "done"]
    if call.errno == OK and len(refused) == len(answers):
        return "refused " + "; ".join(dict.fromkeys(because(ground, a.site) for a in refused))
    if call.errno in (OK, ANY) or any(a.errno == call.errno for a in refused):
        return "the answer has other outputs"
    return _no_check(ground, call) if len(refused) < len(answers) else _other_errno(ground, refused)


def because(ground: GroundMachine, site: int) -> str:
    """The condition of a refusal with its place."""
    decl = ground.machine.sites[site]
    condition = dict(conditions(ground)).get(site, "")
    return (f"because `{condition}`" if condition else f"'{decl.reason}'") + f" ({place(decl)})"


def _no_check(ground: GroundMachine, call: Call) -> str:
    """The checks that would have answered so, none of which applies."""
    sites = _sites_of(ground, call.action)
    wanted = [(n, c) for n, c in conditions(ground) if n in sites and _gives(ground.machine.sites[n], call.errno)]
    if not wanted:
        return f"{call.action} never answers {call.errno}"
    shown = "; ".join(f"`{condition}` ({place(ground.machine.sites[n])})" for n, condition in wanted[:3])
    more = f" and {len(wanted) - 3} more" if len(wanted) > 3 else ""
    return f"no check that answers {call.errno} applies, first {shown}{more}"


def _other_errno(ground: GroundMachine, refused: list[Answered]) -> str:
    return "refused with another errno " + "; ".join(dict.fromkeys(because(ground, a.site) for a in refused))


def _gives(site: Site, errno: str) -> bool:
    return site.kind == "blocked" if errno == BLOCKED else site.errno == errno


def place(site: Site) -> str:
    """Where the refusal stands."""
    return f"{site.span.file}:{site.span.line}"


def conditions(ground: GroundMachine) -> Iterator[tuple[int, str]]:
    """Every site of an outcome that stands under an `if`, with the text of the innermost one."""
    for function in ground.functions.values():
        for stmt in statements(function.body):
            if isinstance(stmt, If):
                text = source_text(stmt.test.span, ground.machine.texts)
                yield from ((site, text) for inner in stmt.then for site in _made(inner))


def _made(stmt: Stmt) -> Iterator[int]:
    if isinstance(stmt, Return):
        for top in stmt_expressions(stmt):
            yield from (e.site for e in subexpressions(top) if isinstance(e, OutcomeLit))


def _sites_of(ground: GroundMachine, action: str) -> set[int]:
    """The sites in the text that an action can reach."""
    function = next(a.function for a in ground.actions if a.name == action)
    return {
        e.site
        for name in reachable(ground.functions, [function])
        for stmt in statements(ground.functions[name].body)
        for top in stmt_expressions(stmt)
        for e in subexpressions(top)
        if isinstance(e, OutcomeLit)
    }


def unjudged(ground: GroundMachine, judged: Collection[int]) -> list[str]:
    """The refusals of the live text that are not among these, as `ERRNO reason`, sorted."""
    sites = ground.machine.sites
    met = {_name(sites[n]) for n in judged}
    live = {_name(sites[n]) for n in ground.live_sites if sites[n].kind in ("refused", "partial", "blocked")}
    return sorted(live - met)


def _name(site: Site) -> str:
    return f"{site.errno or site.kind} {site.reason}"
