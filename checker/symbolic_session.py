"""One circuit and what is known of it so far: each method asks one engine and takes down what it says.

Paths are walked by `evaluate` as they come; a proof and a path for one name cannot both be taken down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.symbolic import bmc, induction, pdr, spacer
from checker.symbolic.answers import Cti, Path, PdrResult, Proof
from checker.symbolic.clause_text import clause_texts
from checker.symbolic.cti_text import cti_lines
from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.system import System
from checker.symbolic_answer import Answer, Proved, joined
from checker.symbolic_path import walk
from checker.symbolic_reachable import Reachable
from checker.symbolic_system import Coded

Say = Callable[[str], None]
MOST_K = 3
"""The greatest k of k-induction."""


@dataclass(slots=True)
class Session:
    """`answers` by name. `say` is told how far the search is; `interrupted` once the user has had enough.

    `inductive` is the greatest proof with k = 1 by induction so far, `known` all that induction has proved, `ctis` what
    stands in the way of others.
    """

    coded: Coded
    deadline: Deadline
    say: Say
    answers: dict[str, Answer] = field(default_factory=dict)
    interrupted: bool = False
    inductive: Proof | None = None
    known: tuple[str, ...] = ()
    ctis: dict[str, Cti] = field(default_factory=dict)

    def of(self, name: str) -> Answer:
        """What is known about a name, be it nothing."""
        return self.answers.get(name, Answer())

    def open(self, names: Iterable[str]) -> list[str]:
        """Those of the names that can be asked and are not decided."""
        known = self.coded.names
        return [name for name in names if name in known and not self.of(name).decided]

    def learn(self, name: str, news: Answer) -> None:
        """Takes down what an engine says; EngineError where it contradicts what is known."""
        self.answers[name] = joined(name, self.of(name), news)

    # --- engines ------------------------------------------------------------------------------------------------

    def bmc(
        self, names: Iterable[str], depth: int | None, deadline: Deadline | None = None, *, local: bool = False
    ) -> str:
        """Shortest paths up to a depth; returns why it stopped. What induction has proved before is taken for granted.

        `local`: what no step can break is not unrolled, and lemmas and other invariants help with that.
        """
        asked = self._ready(names, "bmc")
        if not asked:
            return ""
        system, until = self.coded.encoded.system, deadline or self.deadline
        help_ = [ask.name for ask in system.asks if local and ask.kind in ("invariant", "lemma")]
        result = bmc.search(
            system, [*asked, *help_], depth=depth, deadline=until, report=self._within, known=self.known, local=local
        )
        self._paths({n: p for n, p in result.found.items() if n in asked}, "bmc", shortest=True)
        bounded = result.bounded
        self._note(bounded.reason)
        ran_out = bounded.reason == "end" and not bounded.inductive
        proved = Proved("bmc", bounded.depth + 1) if ran_out else None
        clear, reason = bounded.depth, bounded.reason
        if bounded.inductive and depth is not None:
            clear, reason = depth, "depth"
        for name in asked:
            if name not in result.found:
                self.learn(name, Answer(proved=proved, clear=clear, reason=reason, by="bmc"))
        return bounded.reason

    def induct(self, names: Iterable[str], *, most: int = MOST_K) -> None:
        """Proofs by k-induction, or what stands in their way.

        What was proved that way before is used, and invariants that nobody asks for help like lemmas.
        """
        asked = self._ready(names, "induction")
        if not asked:
            return
        self.say(f"induction on {_count(asked)}")
        system = self.coded.encoded.system
        others = [ask.name for ask in system.asks if ask.kind == "invariant"]
        result = induction.induct(system, [*self.known, *asked, *others], most=most, deadline=self.deadline)
        self._paths({n: p for n, p in result.broken.items() if n in asked}, "induction", shortest=True)
        for proof in result.proofs:
            self._proof(proof, [n for n in proof.promises if n in asked], "induction")
            self.known = proof.promises
            self.inductive = proof if proof.k == 1 else self.inductive
        self.ctis |= {name: cti for name, cti in result.ctis.items() if name in asked}
        for reason in result.reasons.values():  # also of what was only asked to help
            self._note(reason)
        for name in self.open(asked):
            self._stopped(name, result.reasons.get(name, ""), "induction")

    def show_ctis(self, names: Iterable[str], reachable: Reachable) -> None:
        """Puts into words what stands in the way of a proof, and looks whether it can happen: then it is a path."""
        for name in [n for n in self.open(names) if n in self.ctis]:
            cti, encoded = self.ctis[name], self.coded.encoded
            reach = reachable.of(*encoded.decode(cti.path.states[cti.k - 1]))
            if reach.word == "yes":
                self.bmc([name], reach.steps + 1)
            if not self.of(name).decided:
                lines = (*self._lines(name, cti), f"that state can be reached: {reach.word}")
                self.learn(name, Answer(cti=lines, by="induction"))

    def pdr(self, names: Iterable[str], deadline: Deadline | None = None) -> str:
        """Property directed reachability: one invariant for all names that are not broken; returns why it stopped.

        What induction has proved is assumed, and then part of the invariant.
        """

        def prove(system: System, asked: Sequence[str], *, deadline: Deadline) -> PdrResult:
            return pdr.prove(system, asked, deadline=deadline, known=self.inductive)

        return self._reach("pdr", prove, names, deadline)

    def spacer(self, names: Iterable[str], deadline: Deadline | None = None) -> str:
        """The same question to Z3's own engine for Horn clauses; returns why it stopped."""
        return self._reach("spacer", spacer.prove, names, deadline)

    def _reach(
        self, method: str, prove: Callable[..., PdrResult], names: Iterable[str], deadline: Deadline | None
    ) -> str:
        """What is broken is left out and the rest is tried again."""
        while asked := self._ready(names, method):
            self.say(f"{method} on {_count(asked)}")
            result = prove(self.coded.encoded.system, asked, deadline=deadline or self.deadline)
            self._paths(result.broken, method, shortest=False)
            self._note(result.reason)
            if result.proof is not None:
                self._proof(result.proof, asked, method)
            elif result.reason or not result.broken:
                for name in self.open(asked):
                    self._stopped(name, result.reason or "gave up", method)
                return result.reason
        return ""

    def shorten(self, seconds: float) -> None:
        """Looks for shorter paths than those that are not known to be shortest, for a while."""
        for name, answer in list(self.answers.items()):
            if answer.broken is None or answer.shortest or self.interrupted:
                continue
            left = self.deadline.left()
            soon = Deadline(seconds if left is None else min(seconds, left), self.deadline.memory)
            most = answer.broken.length - 1
            result = bmc.search(self.coded.encoded.system, [name], depth=most, deadline=soon)
            self._note(result.bounded.reason)
            if name in result.found:
                shorter = walk(self.coded.ground, self.coded.encoded, name, result.found[name])
                self.answers[name] = replace(answer, broken=shorter, shortest=True)
            else:
                self.answers[name] = replace(answer, shortest=result.bounded.depth >= most)

    # --- what they say ------------------------------------------------------------------------------------------

    def _within(self, depth: int) -> None:
        self.say(f"no violation within {depth} step{'' if depth == 1 else 's'}")

    def _paths(self, found: Mapping[str, Path], method: str, *, shortest: bool) -> None:
        for name, path in found.items():
            walked = walk(self.coded.ground, self.coded.encoded, name, path)
            self.learn(name, Answer(broken=walked, shortest=shortest, by=method))

    def _proof(self, proof: Proof, names: Sequence[str], by: str) -> None:
        """Takes a proof down for those names that nothing is known of."""
        lines = clause_texts(proof.clauses, self.coded.encoded.system.labels, self.coded.ground)
        for name in self.open(names):
            self.learn(name, Answer(proved=Proved(proof.method, proof.k, lines, (proof,)), by=by))

    def _lines(self, name: str, cti: Cti) -> tuple[str, ...]:
        try:
            return cti_lines(self.coded.encoded, name, cti, self.deadline)
        except Unknown as unknown:
            self._note(unknown.reason)
            return (f"{cti.k} states in a row that break it, of which there was no more time to tell",)

    def _ready(self, names: Iterable[str], method: str) -> list[str]:
        """What is to be asked; nothing when there is no time left, and then that is taken down as the reason."""
        asked = self.open(names)
        reason = "interrupt" if self.interrupted else ""
        try:
            self.deadline.check()
        except Unknown as unknown:
            reason = unknown.reason
        if not reason:
            return asked
        for name in asked:
            self._stopped(name, reason, method)
        return []

    def _stopped(self, name: str, reason: str, method: str) -> None:
        """Takes down why an engine says nothing."""
        self.learn(name, Answer(reason=reason, gave_up="" if method == "bmc" else reason, by=method))

    def _note(self, reason: str) -> None:
        self.interrupted = self.interrupted or reason == "interrupt"


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} question{'' if len(names) == 1 else 's'}"
