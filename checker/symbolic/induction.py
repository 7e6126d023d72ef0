"""k-induction: which promises follow from themselves, over all typed states; NOTE(induction) in `answers` says how.

For k = 1, 2, ... the greatest set of names is sought that is k-inductive together with what is proved already. It is
unique: all names are assumed at first, whatever a model then breaks is left out, until no model breaks anything
(C. Flanagan, K. R. M. Leino, Houdini, an annotation assistant for ESC/Java, 2001). What was left out at the greatest k
keeps its model as the counterexample to induction. With k = 1 every action is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.symbolic.answers import Cti, InductionResult, Path, Proof
from checker.symbolic.bmc import Bmc
from checker.symbolic.induction_step import StepCase, Support, Violation, step_cases
from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.system import System


def induct(
    system: System,
    wanted: Sequence[str],
    *,
    most: int = 3,
    deadline: Deadline,
    alone: bool = False,
) -> InductionResult:
    """Tries to prove the wanted names, and every lemma of the system, by k-induction with k up to `most`.

    `alone` asks each wanted name by itself, without the others and without lemmas. A limit, Ctrl-C or a solver that
    gives up is the reason of every name without an answer. KeyError for a name that is no ask.
    """
    names = list(dict.fromkeys(wanted))
    if not alone:
        names += [ask.name for ask in system.asks if ask.kind == "lemma" and ask.name not in names]
    run = _Run(system, names, deadline)
    reason = ""
    try:
        for k in range(1, most + 1):
            if run.open:
                run.level(k, alone=alone)
    except Unknown as unknown:
        reason = unknown.reason
    except KeyboardInterrupt:
        reason = "interrupt"
    ctis = {name: run.ctis[name] for name in run.open if name in run.ctis}
    return InductionResult(tuple(run.proofs), ctis, run.broken, {name: reason for name in run.open if reason})


class _Run:
    """The state of one attempt: `open` are the names that are neither proved nor broken."""

    def __init__(self, system: System, names: Sequence[str], deadline: Deadline) -> None:
        self.system, self.names, self.deadline = system, names, deadline
        self.open = list(names)
        self.proved: list[str] = []
        self.proofs: list[Proof] = []
        self.broken: dict[str, Path] = {}
        self.ctis: dict[str, Cti] = {}
        self.base: Bmc | None = None
        self.steps: list[StepCase] = []

    def level(self, k: int, *, alone: bool) -> None:
        """Base and step for one k, in order from 1."""
        self._base(k - 1)
        self._steps(k)
        if not alone:
            self._prove(k, self.open, self.proved)
            return
        for name in list(self.open):
            self._prove(k, [name], [])

    def _base(self, depth: int) -> None:
        """What is broken at this depth or before is left out."""
        if self.base is None:
            self.base = Bmc(self.system, self.names, self.deadline)
        while self.base.depth < depth and self.base.undecided and not self.base.ended:
            self.base.deepen()
        self.broken |= self.base.found
        self.open = [name for name in self.open if name not in self.broken]

    def _steps(self, k: int) -> None:
        if k == 1:
            self.steps = step_cases(self.system, self.names, self.deadline)
        elif len(self.steps) != 1:
            self.steps = [StepCase(self.system, self.names, self.deadline)]
        for step in self.steps:
            while step.k < k:
                step.deepen()

    def _prove(self, k: int, names: Sequence[str], known: Sequence[str]) -> None:
        """Proves the greatest set of these names that is k-inductive with the known ones; the others get a `Cti`."""
        kept = list(names)
        while kept:
            failed = self._violated([*known, *kept], kept)
            if failed is None:
                break
            self.ctis |= {name: Cti(failed.path, k, (*known, *kept)) for name in kept if name in failed.names}
            kept = [name for name in kept if name not in failed.names]
        if kept:
            self._proved(k, [*known, *kept], kept)

    def _violated(self, assumed: Sequence[str], asked: Sequence[str]) -> Violation | None:
        for step in self.steps:
            if found := step.violated(frozenset(assumed), asked):
                return found
        return None

    def _proved(self, k: int, names: list[str], new: list[str]) -> None:
        supports: dict[str, list[Support]] = {name: [step.support(name) for step in self.steps] for name in new}
        uses = tuple(
            (name, tuple(other for other in names if any(other in s.names for s in found)))
            for name, found in supports.items()
        )
        simple = any(s.simple for found in supports.values() for s in found)
        method = "induction" if k == 1 else "k-induction"
        self.proofs.append(Proof(method, k, tuple(names), uses=uses, simple=simple))
        self.proved += new
        self.open = [name for name in self.open if name not in new]
