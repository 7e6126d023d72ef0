"""Proves that the fast tests notice what they are there for: breaks the code on purpose and runs them.

    python -m tests.agreement.prove_checks            all mutations
    python -m tests.agreement.prove_checks odometer   those whose name has the word

Run by hand. Works on a copy of the tree in a temporary directory; the tests it runs are among those of `make test`.
First the copy has to pass unchanged. Exits with 1 if a mutation survives or no longer applies.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info", ".hypothesis", "build")

LONGEST = 900
"""Seconds for one run of tests; a mutation that makes them run on for ever does not count as caught."""

FAILED = 1
"""Exit code of pytest when a test failed."""

C_SEARCH = ("tests/explicit/test_c_visited.py", "tests/explicit/test_c_engine.py")
ENGINES = ("tests/explicit/test_agreement.py", "tests/agreement/test_small_sizes.py")
MASKS = ("tests/explicit/test_py_masks.py", *ENGINES)
PROMISES = ("tests/agreement/test_masks_of_promises.py",)
MEANING = ("tests/test_evaluate.py", "tests/test_slow.py", "tests/agreement/test_small_sizes.py")
SPEC = ("tests/uapi/test_dma_ownership.py", "tests/uapi/test_history.py")
EDITS = ("tests/lang/test_frontend_edits.py",)
DIRECT = ("tests/lang/test_direct.py", "tests/lang/test_traps_direct.py", "tests/agreement/test_small_sizes.py")


@dataclass(frozen=True)
class Mutation:
    """One change of one file, at the only place where `old` stands, and the tests that have to notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def _c(name: str, file: str, old: str, new: str, tests: tuple[str, ...] = ENGINES) -> Mutation:
    return Mutation(f"C: {name}", f"checker/explicit/{file}", old, new, tests)


def _py(name: str, file: str, old: str, new: str, tests: tuple[str, ...] = ENGINES) -> Mutation:
    return Mutation(f"Python: {name}", f"checker/explicit/{file}", old, new, tests)


MUTATIONS = (
    # the visited set
    _c("equal tags count as equal states", "c/visited.h",
       "if (number && same_words(state_at(v, number - 1), w))", "if (number)", C_SEARCH),
    _c("the guess is not compared", "c/search.h",
       "if (LIKELY(guess && same_words(state_at(&x->visited, guess - 1), queued(x, i))))",
       "if (LIKELY(guess))", C_SEARCH),
    _py("no state is ever known", "py_search.py", "if target not in self.seen:", "if True:"),
    # guards
    _c("<= is printed as <", "c_expr.py",
       "        case _:\n            return f\"({left} {node.op} {right})\"",
       "        case _:\n            return f\"({left} {node.op.rstrip('=')} {right})\""),
    _c("and is printed as or", "c_expr.py", '_junction(w, items, "&&")', '_junction(w, items, "||")'),
    _c("or evaluates everything", "c_expr.py",
       "    if not lines:\n", '    if op == "||" or not lines:\n        w.lines.extend(lines)\n'),
    # the tape
    _c("the odometer does not turn", "c/run.h",
       "\tif (!at)\n\t\treturn 0;\n\tx->tape", "\tif (1)\n\t\treturn 0;\n\tx->tape"),
    _py("the odometer does not turn", "py_runtime.py",
        "if not tape:\n            return None\n", "if True:\n            return None\n"),
    Mutation("evaluate: the odometer turns its first wheel", "checker/eval_world.py",
             "for place in reversed(range(len(read))):", "for place in range(len(read)):", MEANING),
    Mutation("direct run: the odometer turns its first wheel", "spec/lang/direct_universe.py",
             "for place in reversed(range(len(self.read))):", "for place in range(len(self.read)):", DIRECT),
    _c("a choice is taken at every read", "c_expr.py", 'w.line(f"if ({name} == UNREAD) {name} =', 'w.line(f"{name} ='),
    _py("a choice is taken at every read", "py_expr.py", 'w.line(f"if {name} is UNREAD: {name} =', 'w.line(f"{name} ='),
    Mutation("evaluate: a choice is taken at every read", "checker/eval_expr.py",
             "        if name not in frame.choices:\n", "        if True:\n", MEANING),
    Mutation("direct run: a choice is taken at every read", "spec/lang/direct_call.py",
             "value = self[name] = run.choose", "value = run.choose", DIRECT),
    # masks and what is remembered by them
    _py("what a call reads is forgotten", "py_masks.py", "                frame.reads |= touch.reads\n", "", MASKS),
    _py("what a statement writes is forgotten", "py_masks.py", "                frame.writes |= places\n", "", MASKS),
    _py("a step's mask has only what it writes", "py_steps.py",
        "slots = touch.reads | touch.writes", "slots = touch.writes", MASKS),
    _c("a step's mask has only what it writes", "c_classes.py",
       "slots = own.reads | own.writes", "slots = own.writes"),
    _c("a step's mask leaves out promises about it", "c_classes.py",
       'elif prop.kind == "action" and (', 'elif prop.kind == "lemma" and (', PROMISES),
    _c("a step's mask leaves out promises about its writes", "c_classes.py",
       'prop.kind == "during" and own.writes', 'prop.kind == "lemma"', PROMISES),
    _py("a step's mask leaves out promises about it", "py_steps.py",
        'elif rule.kind == "action" and (', 'elif rule.kind == "lemma" and (', PROMISES),
    _py("a step's mask leaves out promises about its writes", "py_steps.py",
        'rule.kind == "during" and touch.writes', 'rule.kind == "lemma"', PROMISES),
    _c("a premise is not in the mask", "c_classes.py",
       "names = [prop.function] if prop.premise is None else [prop.function, prop.premise]", "names = [prop.function]"),
    _py("a premise is not in the mask", "py_states.py",
        "functions = [rule.function] if rule.premise is None else [rule.function, rule.premise]",
        "functions = [rule.function]"),
    _c("what is remembered is found by hash alone", "c/memo.h",
       "while (slots[place].entry && !same_words(slots[place].key, key))", "while (0)"),
    # the meaning
    Mutation("evaluate: `and` evaluates everything", "checker/eval_expr.py",
             "return all(self.truth(item, frame) for item in items)",
             "return all([self.truth(item, frame) for item in items])", MEANING),
    Mutation("evaluate: `or` evaluates everything", "checker/eval_expr.py",
             "return any(self.truth(item, frame) for item in items)",
             "return any([self.truth(item, frame) for item in items])", MEANING),
    # specs
    Mutation("spec: the roll-back does nothing", "spec/uapi/dma_ownership_domains.py",
             "self.attach_back(d, self.domain[g])", "pass", SPEC),
    Mutation("machine by hand: the roll-back does nothing", "tests/machines_by_hand.py",
             "*([undo] if rollback else [])", "*[]", MEANING),
    Mutation("edits: `without` drops the other checks", "spec/lang/edits.py",
             "_reason(call) == reason\n    return False", "_reason(call) != reason\n    return False", EDITS),
    Mutation("edits: `without` drops the else too", "spec/lang/edits.py",
             "            kept += stmt.orelse\n", "", EDITS),
    # what is reported
    _c("a refusal that changes is not noted", "c/run.h", "note(x, WATCH_REFUSED, action, instance);", ""),
    _c("a deadlock is not noted", "c/search.h", "note(x, WATCH_DEADLOCK, NO_ACTION, 0);", ""),
)  # fmt: skip


def run_tests(tree: Path, tests: tuple[str, ...]) -> tuple[int | None, str]:
    """Exit code of the fast tests in a tree (None if they do not end), and the first that failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None, f"no end within {LONGEST} seconds"
    if done.returncode < 0:
        return FAILED, f"{' '.join(tests)}: killed by signal {-done.returncode}"
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return done.returncode, failed.group(1) if failed else done.stdout.strip().splitlines()[-1]


def prove(tree: Path, mutation: Mutation) -> tuple[bool, str]:
    """Whether the mutation is caught, and by which test."""
    target = tree / mutation.file
    text = target.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        return False, f"does not apply: its text stands at {text.count(mutation.old)} places"
    target.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        code, what = run_tests(tree, mutation.tests)
    finally:
        target.write_text(text, encoding="utf-8")
    return code == FAILED, what if code == FAILED else f"SURVIVED ({what})"


def main() -> int:
    """The table, one mutation per line; 1 if one of them is not caught."""
    wanted = [m for m in MUTATIONS if all(word in m.name for word in sys.argv[1:])]
    with tempfile.TemporaryDirectory(prefix="prove-") as scratch:
        tree = Path(scratch) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_BEHIND)
        tests = tuple(dict.fromkeys(test for m in wanted for test in m.tests))
        code, what = run_tests(tree, tests)
        if code != 0:
            print(f"the tree fails unchanged: {what}")
            return 1
        missed = 0
        for mutation in wanted:
            caught, what = prove(tree, mutation)
            missed += not caught
            print(f"{mutation.name:55} {what}", flush=True)
    print(f"{len(wanted) - missed} of {len(wanted)} caught")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
