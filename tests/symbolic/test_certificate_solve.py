"""Solvers that are asked beside other checks: their answers are all there, and whoever leaves early stops them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from checker.symbolic import certificate_solve
from checker.symbolic.certificate_derive import Derived, derive
from checker.symbolic.certificate_finding import Checks
from checker.symbolic.certificate_form import FILE, SCRIPTS, parse
from checker.symbolic.certificate_solve import asking
from checker.symbolic.smt_solver import run_program, words, z3_answers
from spec.lang.frontend import load
from tests.symbolic.certified_spec import certify

pytestmark = pytest.mark.z3

PRIMES = 1_000_003 * 999_983 * 1_000_033
ENDLESS = f"""(set-logic QF_BV)
(declare-const a (_ BitVec 128))
(declare-const b (_ BitVec 128))
(push 1) (assert (= a b)) (check-sat) (pop 1)
(push 1)
(assert (= (bvmul a b) (_ bv{PRIMES * PRIMES} 128)))
(assert (bvult a (_ bv{PRIMES} 128))) (assert (bvult (_ bv1 128) a)) (assert (bvult b (_ bv{PRIMES} 128)))
(check-sat)
(pop 1)
"""
"""A question that is answered at once, and one that takes Z3 longer than anybody waits."""


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Derived:
    place = certify(tmp_path_factory.mktemp("room")).place
    certificate = parse((place / FILE).read_text(), "")
    return derive(certificate, load(certificate.target))


def ends(work: threading.Thread) -> bool:
    work.start()
    work.join(120)
    return not work.is_alive()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_whoever_leaves_early_stops_the_solvers(
    derived: Derived, error: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Z3 in its thread, a program beside it, and what was not begun."""
    begun = tmp_path / "begun"
    sleep = ["sh", "-c", f"touch '{begun}'; exec sleep 3600"]
    other = ("other", lambda script, seconds: run_program(sleep, script, seconds))
    monkeypatch.setattr(certificate_solve, "cvc5_solver", lambda: other)
    monkeypatch.setattr(certificate_solve.os, "cpu_count", lambda: 5)
    left: list[type[BaseException]] = []

    def work() -> None:
        try:
            with asking(derived, dict.fromkeys(SCRIPTS, ENDLESS), Checks(3600, 3600)):
                while not begun.exists():
                    pass
                raise error
        except BaseException as raised:
            left.append(type(raised))

    assert ends(threading.Thread(target=work, daemon=True))
    assert left == [error]


def test_all_answers_are_those_of_solvers_that_are_asked_one_by_one(derived: Derived) -> None:
    texts = {name: script.text() for name, script in derived.scripts.items()}
    with asking(derived, texts, Checks(20, 0)) as asked:
        said = {name: asked.said[name].result() for name in SCRIPTS}
    assert said == {name: z3_answers(texts[name], 20) for name in SCRIPTS}
    assert all(set(answers) == {"unsat"} for answers in said.values())


def test_a_program_that_takes_too_long_has_said_what_it_said() -> None:
    program = ["sh", "-c", "echo unsat; exec sleep 3600"]
    assert run_program(program, "", 3) == words("unsat") == ["unsat"]
