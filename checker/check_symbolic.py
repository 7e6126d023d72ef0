"""One configuration through a symbolic engine: its circuits, what each of them shows, and both taken together.

NOTE(circuits): as a rule one circuit stands for every choice of the constants. Where there are several, something is
broken if it is in one of them, and proved if it is in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from checker.explorations import ALWAYS_ON, Limits
from checker.request import Instance
from checker.symbolic.solver import Deadline
from checker.symbolic.sym_values import Unsupported
from checker.symbolic_answer import DEFAULT_DEPTH, Answer, Proved, Solved, SymbolicEngine, kept_boundary, premise_of
from checker.symbolic_judge import needs_premise
from checker.symbolic_reachable import Reachable
from checker.symbolic_session import Say, Session
from checker.symbolic_system import Coded, coded
from spec.lang.ground import GroundMachine
from spec.lang.values import Value

SHORTEN_SECONDS = 20.0
"""How long to look for a path that is shorter than the one an engine gives."""

CERTIFICATE_SECONDS = 60.0
"""How long PDR tries to prove for a certificate what induction does not prove."""

Strategy = Callable[[Session, "Names", int], None]


@dataclass(frozen=True, slots=True)
class Names:
    """What is wanted of one configuration: `promises` are to be proved, the others to be reached."""

    promises: tuple[str, ...]
    goals: tuple[str, ...]
    premises: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.promises, *self.goals, *self.premises)


def names_of(ground: GroundMachine, wanted: frozenset[str]) -> Names:
    """What to ask about these properties; that boundaries are kept is asked too."""
    kinds = {p.name: p.kind for p in ground.properties if p.name in wanted}
    promises = [name for name, kind in kinds.items() if kind in ("invariant", "action", "during")]
    always = [name for name in ALWAYS_ON if name in wanted]
    kept = [kept_boundary(p.name) for p in ground.properties if p.kind == "boundary"]
    premises = [premise_of(name) for name in promises if needs_premise(ground, name)]
    goals = [name for name, kind in kinds.items() if kind == "goal"]
    return Names((*promises, *always, *kept), tuple(goals), tuple(premises))


def solve(
    ground: GroundMachine,
    instance: Instance,
    choices: Sequence[Mapping[str, Value]],
    wanted: frozenset[str],
    engine: SymbolicEngine,
    limits: Limits,
    say: Say,
    *,
    strategy: Strategy | None = None,
) -> Solved:
    """What one engine shows about one configuration within limits; Ctrl-C ends it with what was found so far.

    `strategy` says in which order engines are asked, if not as usual for this one.
    EngineError where `evaluate` does not confirm a path, or where answers contradict each other.
    """
    began = time.monotonic()
    solved = Solved(engine, bounded=engine == "bmc", depth_asked=limits.depth is not None)
    names = names_of(ground, wanted)
    sessions: list[Session] = []
    try:
        say("circuit")
        parts = coded(ground, instance, choices)
        _measure(solved, parts)
        sessions += [Session(part, Deadline(_left(limits, began), limits.memory), say) for part in parts]
        depth = DEFAULT_DEPTH if limits.depth is None else limits.depth
        for session in sessions:
            (strategy or STRATEGIES[engine])(session, names, depth)
    except KeyboardInterrupt:
        solved.interrupted = True
    except Unsupported as unsupported:
        solved.unsupported = str(unsupported)
    solved.interrupted = solved.interrupted or any(session.interrupted for session in sessions)
    for name in names.every if sessions else ():
        solved.answers[name] = over_circuits([session.of(name) for session in sessions])
    solved.seconds = time.monotonic() - began
    return solved


def _measure(solved: Solved, parts: Sequence[Coded]) -> None:
    solved.bits = max((len(p.encoded.system.state) for p in parts), default=0)
    solved.gates = max((len(p.encoded.system.circuit.gates) for p in parts), default=0)
    solved.missing = {name: why for p in parts for name, why in p.encoded.unsupported.items()}


def _left(limits: Limits, began: float) -> float | None:
    return None if limits.seconds is None else max(0.0, limits.seconds - (time.monotonic() - began))


def over_circuits(answers: Sequence[Answer]) -> Answer:
    """One answer for all choices of the constants, from one for each circuit; see NOTE(circuits)."""
    if len(answers) == 1:
        return answers[0]
    broken = [a for a in answers if a.broken is not None]
    if broken:
        nearest = min(broken, key=lambda a: a.broken.length if a.broken is not None else 0)
        assert nearest.broken is not None
        sure = all(a.proved is not None or a.clear >= nearest.broken.length - 1 for a in answers if a.broken is None)
        known = all(a.shortest for a in broken) and sure
        return Answer(broken=nearest.broken, shortest=known, by=nearest.by)
    proofs = [a.proved for a in answers if a.proved is not None]
    if len(proofs) == len(answers):
        return Answer(proved=_all_of(proofs), by="+".join(sorted({a.by for a in answers})))
    open_ = [a for a in answers if a.proved is None]
    least = min(open_, key=lambda a: (a.clear, a.reason in ("depth", "")))
    reason = least.reason or next((a.reason for a in open_ if a.reason), "")
    gave_up = next((a.gave_up for a in open_ if a.gave_up), "")
    cti = next((a.cti for a in open_ if a.cti), ())
    return Answer(clear=least.clear, reason=reason, gave_up=gave_up, cti=cti, by=least.by)


def _all_of(proofs: Sequence[Proved]) -> Proved:
    """The proofs of all circuits as one; its clauses are those of each in turn."""
    method = "+".join(sorted({p.method for p in proofs}))
    clauses = tuple(dict.fromkeys(c for p in proofs for c in p.clauses))
    return Proved(method, max(p.k for p in proofs), clauses, tuple(one for p in proofs for one in p.proofs))


# --- what each engine is asked, in which order --------------------------------------------------------------------


def _bmc(session: Session, names: Names, depth: int) -> None:
    session.bmc(names.every, depth, local=True)


def _induction(session: Session, names: Names, depth: int) -> None:
    session.induct(names.promises)
    session.show_ctis(names.promises, Reachable(session.coded.ground))
    reach(session, names, depth, session.induct)


def _pdr(session: Session, names: Names, depth: int) -> None:
    session.pdr(names.promises)
    reach(session, names, depth, session.pdr)
    session.shorten(SHORTEN_SECONDS)


def _spacer(session: Session, names: Names, depth: int) -> None:
    session.spacer(names.promises)
    reach(session, names, depth, session.spacer)
    session.shorten(SHORTEN_SECONDS)


def for_certificates(session: Session, names: Names, depth: int) -> None:
    """Only proofs: of what induction leaves open, PDR tries some."""
    session.induct(names.promises, most=1)
    left = session.deadline.left()
    seconds = CERTIFICATE_SECONDS if left is None else min(left, CERTIFICATE_SECONDS)
    session.pdr(names.promises, Deadline(seconds, session.deadline.memory))


STRATEGIES: dict[SymbolicEngine, Strategy] = {"bmc": _bmc, "induction": _induction, "pdr": _pdr, "spacer": _spacer}


def reach(session: Session, names: Names, depth: int, prove: Callable[[Iterable[str]], object]) -> None:
    """Goals, and premises of what was proved: first looked for, then proved out of reach."""
    premises = [p for n in names.promises if session.of(n).proved and (p := premise_of(n)) in names.premises]
    session.bmc([*names.goals, *premises], depth)
    prove([*names.goals, *premises])
