"""What solvers say of the scripts of a certificate: all of them are asked at once, beside the other checks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from checker.symbolic.certificate_derive import Derived
from checker.symbolic.certificate_finding import Checks, Finding
from checker.symbolic.certificate_form import SCRIPTS
from checker.symbolic.smt_solver import cvc5_solver, stop_solvers, z3_answers

START = "start"
"""The question whether there is an initial state at all."""

MOMENT = 0.05
"""Seconds between two attempts to stop a solver."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions under way. `said` has Z3's answers by script, `second` those of cvc5, which `title` names."""

    derived: Derived
    checks: Checks
    said: dict[str, Future[list[str]]]
    title: str
    second: dict[str, Future[list[str]]]

    def first_opinion(self) -> Iterator[Finding]:
        """Z3's answers, which count: anything but `unsat` refuses the certificate or leaves it open."""
        for name in SCRIPTS:
            questions, answers = self.derived.scripts[name].questions, self.said[name].result()
            if len(answers) != len(questions):
                yield Finding("unknown", name, f"Z3 gave {len(answers)} answers to {len(questions)} questions")
                answers = answers + ["unknown"] * (len(questions) - len(answers))
            elif set(answers) <= {"unsat"}:
                yield Finding("ok", name, f"Z3: all {len(answers)} questions are unsat")
            for question, answer in zip(questions, answers, strict=False):
                if answer == "sat":
                    yield Finding("refused", name, f"fails: {question.about}{self._which(name, question.about)}")
                elif answer != "unsat":
                    yield Finding("unknown", name, f"Z3 does not say whether it holds: {question.about}")
        if self.said[START].result() != ["sat"]:
            yield Finding("refused", SCRIPTS[0], "there is no initial state that Z3 knows of, so nothing is promised")

    def _which(self, name: str, about: str) -> str:
        """The conjuncts that a step does not keep."""
        if name != "consecution.smt2":
            return ""
        obligations = self.derived.obligations
        step = next(s for s in obligations.steps if about.startswith(f"{s.action.name} "))
        script = obligations.consecution("")
        script.questions.clear()
        parts = (obligations.typed, *obligations.parts)
        for part in parts:
            script.ask(part.about, obligations.leaves(step, [part]))
        answers = z3_answers(script.text(), self.checks.seconds)
        broken = [part.about for part, answer in zip(parts, answers, strict=False) if answer != "unsat"]
        return f": {'; '.join(broken)}"

    def second_opinion(self) -> Iterator[Finding]:
        """What cvc5 says; that it gives up is noted, and refuses nothing."""
        if self.checks.cvc5_seconds > 0 and not self.second:
            yield Finding("note", "cvc5", "is not installed, so it was not asked")
        for name, answered in self.second.items():
            questions, answers = self.derived.scripts[name].questions, answered.result()
            wrong = [q.about for q, a in zip(questions, answers, strict=False) if a == "sat"]
            known, every = answers.count("unsat"), len(questions)
            if wrong:
                yield Finding("refused", name, f"{self.title}: fails: {wrong[0]}")
            elif answers == ["unsat"] * every:
                yield Finding("ok", name, f"{self.title}: all {every} questions are unsat")
            else:
                late = f"{self.title}: {known} of {every} questions are unsat, the others took too long"
                yield Finding("note", name, late)


@contextmanager
def asking(derived: Derived, texts: dict[str, str], checks: Checks) -> Iterator[Asked]:
    """Puts the scripts to the solvers, in threads. Who leaves early, by Ctrl-C say, stops what is still asked."""
    other = cvc5_solver() if checks.cvc5_seconds > 0 else None
    longest_first = sorted(texts, key=lambda name: -len(texts[name]))
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        said: dict[str, Future[list[str]]] = {}
        second: dict[str, Future[list[str]]] = {}
        try:
            said |= {name: pool.submit(z3_answers, texts[name], checks.seconds) for name in longest_first}
            said[START] = pool.submit(z3_answers, derived.obligations.some_start().text(), checks.seconds)
            title, solve = other or ("", None)
            second |= {n: pool.submit(solve, texts[n], checks.cvc5_seconds) for n in SCRIPTS} if solve else {}
            yield Asked(derived, checks, said, title, second)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(answers.done() for answers in (*said.values(), *second.values())):
                stop_solvers()  # again and again: one that is just about to begin does not notice
                time.sleep(MOMENT)
            raise
