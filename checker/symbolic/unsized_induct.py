"""Induction for any size: which of the candidates hold initially and are kept by every step that keeps all of them.

Source: C. Flanagan, K. R. M. Leino, Houdini, an annotation assistant for ESC/Java (2001).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

import z3

from checker.symbolic.solver import Deadline
from checker.symbolic.unsized_count import AXIOM, cover
from checker.symbolic.unsized_setting import (
    Setting,
    ShapeLemma,
    Step,
    assume,
    deny,
    new_world,
    outer_sorts,
    shape_lemmas,
    some,
    step_of,
)
from checker.symbolic.unsized_terms import Outside, Truth, conj, neg
from checker.symbolic.unsized_world import State, World
from spec.lang.machine import Action, Property

Candidate = Property | ShapeLemma
KEPT = "kept: "
EFFORT = 50_000_000
"""What one question may take before it is given up; the same on every machine, unlike seconds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question to the solver gave: the labels of the facts that it took, or why it did not prove it.

    `script` has these facts as text of SMT-LIB: anyone may ask again whether they contradict one another.
    """

    proved: bool
    used: frozenset[str] = frozenset()
    reason: str = ""
    script: str = ""


@dataclass(slots=True)
class Induction:
    """The result: candidates that are inductive together, and for the others the first step that lost them.

    `scripts` has for an action (or the initial state) and a candidate the questions as text whose answer was no; under
    an empty name those about what summaries owe. Where an action writes nothing that a candidate reads, none is asked.
    """

    kept: dict[str, Candidate]
    lost: dict[str, str]
    used: dict[str, set[str]] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)
    stratified: bool = True
    left_out: bool = False
    counted: bool = False
    questions: int = 0
    scripts: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


class Question:
    """The facts about one step, and what follows from them."""

    def __init__(
        self,
        setting: Setting,
        action: Action | None,
        depth: int,
        deadline: Deadline,
        limit: int,
        *,
        until: int | None = None,
    ) -> None:
        self.setting = setting
        self.deadline = deadline
        self.limit = limit
        self.world = new_world(setting, depth)
        self.world.facts.until = until
        self.world.facts.pulse = deadline.check
        self.step: Step = step_of(setting, self.world, action)
        self.solver = z3.Solver()
        self.flags: dict[str, z3.BoolRef] = {}
        self.loaded = 0
        self.asked = 0

    def keep(self, candidates: Mapping[str, Candidate]) -> None:
        """The state before the step keeps all of these."""
        for candidate in candidates.values():
            self._name_some(candidate)
        if self.step.action is not None:
            for name, candidate in candidates.items():
                keep_candidate(self.setting, self.world, candidate, self.step.before, KEPT + name)
        self.saturate()
        self._load()

    def _name_some(self, candidate: Candidate) -> None:
        """Names the elements that the question about a candidate is about, so that facts are taken at them once."""
        if isinstance(candidate, ShapeLemma):
            some(self.world.facts, candidate.sorts(self.setting.machine))
        else:
            for sorts in outer_sorts(self.world, self.setting.machine.functions[candidate.function]):
                some(self.world.facts, sorts)

    def touches(self, candidate: Candidate) -> bool:
        """True if the step writes a field that the candidate reads."""
        if isinstance(candidate, ShapeLemma):
            read = {candidate.target}
        else:
            read = {name for name, _ in self.world.reads_of_function(candidate.function)}
        return any(self.step.after[name] is not self.step.before[name] for name in read)

    def saturate(self) -> None:
        """Takes all facts at all named elements."""
        self.deadline.check()
        self.world.facts.saturate(lambda: cover(self.world.facts))

    def follows(self, deny_it: Callable[[], None]) -> Answer:
        """Whether the facts contradict what `deny_it` says."""
        facts = self.world.facts
        mark = facts.mark()
        self.solver.push()
        loaded = self.loaded
        try:
            deny_it()
            self.saturate()
            self._load()
            return self._ask()
        except Outside as error:
            return Answer(False, reason=f"outside the fragment: {error}")
        finally:
            self.solver.pop()
            self.loaded = loaded
            facts.rollback(mark)

    def _load(self) -> None:
        for fact, label in self.world.facts.said[self.loaded :]:
            if label not in self.flags:
                self.flags[label] = z3.Bool(f"fact: {label}")
            self.solver.add(z3.Implies(self.flags[label], fact))
        self.loaded = len(self.world.facts.said)

    def _ask(self) -> Answer:
        left = self.deadline.left()
        self.solver.set("timeout", 4294967295 if left is None else max(1, int(left * 1000)))
        self.solver.set("rlimit", self.limit)
        self.asked += 1
        found = self.solver.check(*self.flags.values())
        if found == z3.unsat:
            labels = {flag.get_id(): label for label, flag in self.flags.items()}
            used = frozenset(labels[c.get_id()] for c in self.solver.unsat_core())
            return Answer(True, used, script=self._script(used))
        if found == z3.sat:
            return Answer(False, reason="the instances taken do not exclude it")
        self.deadline.check()
        return Answer(False, reason=f"the solver gave up: {self.solver.reason_unknown()}")

    def _script(self, used: frozenset[str]) -> str:
        again = z3.Solver()
        again.add([fact for fact, label in self.world.facts.said if label in used])
        return str(again.to_smt2())


def keep_candidate(setting: Setting, world: World, candidate: Candidate, state: State, label: str) -> None:
    """A candidate is true of a state."""
    if isinstance(candidate, Property):
        assume(world, setting.machine.functions[candidate.function], state, None, {}, label)
        return
    instance = lambda terms: candidate.at(world, state, terms[:1], terms[1] if len(terms) > 1 else None)  # noqa: E731
    world.facts.say_all(candidate.sorts(setting.machine), instance, label)


def lose_candidate(setting: Setting, world: World, candidate: Candidate, state: State, label: str) -> None:
    """A candidate is not true of a state."""
    if isinstance(candidate, Property):
        deny(world, setting.machine.functions[candidate.function], state, None, {}, label)
        return
    terms = some(world.facts, candidate.sorts(setting.machine))
    found = candidate.at(world, state, terms[:1], terms[1] if len(terms) > 1 else None)
    world.facts.say(neg(found), label)


def induct(
    setting: Setting,
    depth: int,
    deadline: Deadline,
    *,
    wanted: Collection[str] | None = None,
    limit: int = EFFORT,
    report: Callable[[str], None] | None = None,
) -> Induction:
    """The largest set of invariants, lemmas and shape lemmas of the setting that is inductive, as far as is found.

    One question takes at most `limit` units of Z3's effort, about a million a second. `report` is told what is
    being asked. Once none of `wanted` is left the search ends, and nothing is kept.
    """
    candidates: dict[str, Candidate] = {c.name: c for c in shape_lemmas(setting)}
    candidates |= {p.name: p for p in setting.properties if p.kind in ("invariant", "lemma")}
    return _Houdini(setting, depth, deadline, limit, candidates, wanted, report).run()


class _Houdini:
    """One search for the largest inductive set of candidates."""

    def __init__(
        self,
        setting: Setting,
        depth: int,
        deadline: Deadline,
        limit: int,
        candidates: dict[str, Candidate],
        wanted: Collection[str] | None,
        report: Callable[[str], None] | None,
    ) -> None:
        self.setting = setting
        self.depth = depth
        self.deadline = deadline
        self.limit = limit
        self.result = Induction(candidates, {})
        self.uses: dict[tuple[str, str], frozenset[str]] = {}
        self.wanted = frozenset(candidates if wanted is None else wanted)
        self.report = report or (lambda _: None)

    def run(self) -> Induction:
        """Drops what some step loses until nothing is lost any more."""
        self._drop_unreadable()
        going = True
        while going:
            going = False
            for action in (None, *self.setting.actions):
                if not self.wanted & self.result.kept.keys():
                    self.result.kept.clear()
                    return self.result
                going = self._action(action) or going
        used: dict[str, set[str]] = {name: set() for name in self.result.kept}
        for (_, name), labels in self.uses.items():
            used.setdefault(name, set()).update(labels)
        self.result.used = used
        return self.result

    def _drop_unreadable(self) -> None:
        """Candidates whose own text is outside of what can be read; one that went wrong would spoil all questions."""
        for name, candidate in list(self.result.kept.items()):
            question = Question(self.setting, None, 0, self.deadline, self.limit)
            try:
                keep_candidate(self.setting, question.world, candidate, question.step.after, name)
                question.saturate()
                lose_candidate(self.setting, question.world, candidate, question.step.after, name)
            except Outside as error:
                self.result.lost[name] = f"outside the fragment: {error}"
                del self.result.kept[name]

    def _action(self, action: Action | None) -> bool:
        """Asks for all candidates whose last answer rests on what was dropped since; True if some were dropped."""
        where = action.name if action is not None else "the initial state"
        due = [name for name in self.result.kept if self._is_due(where, name)]
        if not due and self._debts_rest(where):
            return False
        found: dict[str, str] = {}
        for depth in range(self.depth + 1):
            waiting = [n for n in due if (where, n) not in self.uses or not self._rests((where, n))]
            if depth and not waiting and self._debts_rest(where):
                break
            found = self._at_depth(action, where, depth, waiting)
        for name, reason in found.items():
            self.result.lost[name] = reason
            del self.result.kept[name]
        return bool(found)

    def _at_depth(self, action: Action | None, where: str, depth: int, due: list[str]) -> dict[str, str]:
        """Asks for these candidates; those that are not proved, and why."""
        shown = ", ".join(due) if len(due) <= 5 else f"{len(due)} candidates"
        self.report(f"{where}, depth {depth}: {shown}")
        question = Question(self.setting, action, depth, self.deadline, self.limit)
        found: dict[str, str] = {}
        try:
            self._pay(question, action, where, depth)
        except Outside:
            if depth == self.depth:
                raise
            return dict.fromkeys(due, "")
        question.keep(self.result.kept)
        for name in due:
            candidate = self.result.kept[name]
            if action is not None and not question.touches(candidate):
                self.uses[where, name] = frozenset()
                self.result.scripts.pop((where, name), None)
                continue
            world, after = question.world, question.step.after
            answer = question.follows(partial(lose_candidate, self.setting, world, candidate, after, f"broken: {name}"))
            if answer.proved:
                self.uses[where, name] = answer.used
                self.result.scripts[where, name] = (answer.script,)
            else:
                found[name] = f"{where}: {answer.reason}"
        self._note(question)
        return found

    def _is_due(self, where: str, name: str) -> bool:
        return not self._rests((where, name))

    def _debts_rest(self, where: str) -> bool:
        return self._rests((where, ""))

    def _rests(self, key: tuple[str, str]) -> bool:
        """True if what was proved rests only on candidates that are still kept."""
        if key not in self.uses:
            return False
        kept = {label[len(KEPT) :] for label in self.uses[key] if label.startswith(KEPT)}
        return kept <= self.result.kept.keys()

    def _pay(self, question: Question, action: Action | None, where: str, depth: int) -> None:
        """What the summaries of the step rest on has to follow too; else nothing can be said of the whole machine.

        Each debt is asked apart, of the facts that were said before it was made, so that no summary proves itself.
        """
        used: set[str] = set()
        scripts: list[str] = []
        for place, debt in enumerate(list(question.world.facts.debts)):
            apart = Question(self.setting, action, depth, self.deadline, self.limit, until=place)
            apart.keep(self.result.kept)
            owed = apart.world.facts.debts[place]
            assert owed.text == debt.text, "the same step is run in the same order"
            broken: Truth = conj([owed.guard, neg(owed.claim)])
            answer = apart.follows(partial(apart.world.facts.say, broken, "owed"))
            self._note(apart)
            if not answer.proved:
                raise Outside(f"{where}: {debt.text}: {answer.reason}")
            used |= answer.used
            scripts.append(answer.script)
        self.uses[where, ""] = frozenset(used)
        self.result.scripts[where, ""] = tuple(scripts)

    def _note(self, question: Question) -> None:
        facts = question.world.facts
        self.result.steps |= question.world.steps
        self.result.stratified = self.result.stratified and facts.stratified()
        self.result.left_out = self.result.left_out or facts.left_out
        self.result.counted = self.result.counted or bool(facts.tallies)
        self.result.questions += question.asked


__all__ = ["AXIOM", "KEPT", "Answer", "Induction", "Question", "induct", "keep_candidate", "lose_candidate"]
