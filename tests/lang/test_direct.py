"""The direct run as a library: instances, single runs, states and mistakes of the caller."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spec.lang
from spec.lang import direct, errnos, vocabulary, words
from spec.lang.direct_explore import explore_direct
from spec.lang.errors import RequestError
from spec.lang.values import Elem, MapValue, Member, Rec
from tests.lang import sample_spec as sample
from tests.lang.trap_files import trap_class
from tests.lang.two_meanings import Pair

DEVICE0, DEVICE1 = Elem("Device", 0), Elem("Device", 1)
USER = Elem("User", 0)


def make(cls: Any = sample.Base, constants: dict[str, Any] | None = None, **switches: Any) -> Any:
    with direct.universe(User=1, switches=switches, constants=constants):
        return cls()


def test_a_claim_changes_what_it_says() -> None:
    m = make()
    run = direct.perform(m, "claim", (DEVICE0, USER), (0, 0))
    assert ("step", "done", (0, 0), True) == (run.kind, run.outcome, run.tape, run.changed)
    state = direct.snapshot(m)
    assert MapValue((USER, None)) == state["owner"]
    assert MapValue((Rec("Table", (USER, Elem("Slot", 0))), Rec("Default", ()))) == state["domain"]
    assert (DEVICE0,) == state["order"]
    assert frozenset({USER}) == state["claimed"]
    assert Member("Mode", "BUSY", 1) == state["mode"]


def test_refusals_carry_errno_and_reason_and_the_tape_that_was_read() -> None:
    m = make()
    assert ("refused", "ENOMEM", "no-memory", (1,)) == outcome(direct.perform(m, "claim", (DEVICE0, USER), (1,)))
    assert ("refused", "EINVAL", "attach-failed", (0, 1)) == outcome(
        direct.perform(m, "claim", (DEVICE0, USER), (0, 1))
    )
    direct.perform(m, "claim", (DEVICE0, USER))
    assert ("refused", "EPERM", "already-held", ()) == outcome(direct.perform(m, "claim", (DEVICE0, USER)))


def outcome(run: direct.DirectRun) -> tuple[str, str, str, tuple[int, ...]]:
    return run.outcome, run.errno, run.reason, run.tape


def test_a_disabled_action_leaves_the_state() -> None:
    m = make()
    before = direct.snapshot(m)
    assert "disabled" == direct.perform(m, "drop_last").kind
    assert before == direct.snapshot(m)


def test_constants_change_what_is_read() -> None:
    m = make(constants={"direct": {d: True for d in devices()}})
    run = direct.perform(m, "claim", (DEVICE0, USER), (0, 1))
    assert "done" == run.outcome


def devices() -> list[Any]:
    with direct.universe():
        return list(sample.Device)


def test_a_method_runs_by_hand_when_its_choices_are_given() -> None:
    m = make()
    d, (u,) = devices()[0], users()
    assert m.claim(d, u, oom=True).refused
    with pytest.raises(RequestError, match="choice"):
        m.claim(d, u)
    assert m.attach(d, u, fails=False).done
    assert m.order == (d,)


def users() -> list[Any]:
    with direct.universe(User=1):
        return list(sample.User)


def test_restore_puts_every_field_back() -> None:
    m = make()
    before = direct.snapshot(m)
    direct.perform(m, "claim", (DEVICE1, USER))
    after = direct.snapshot(m)
    direct.restore(m, before)
    assert before == direct.snapshot(m)
    direct.restore(m, after)
    assert after == direct.snapshot(m)
    assert "refused" == direct.perform(m, "claim", (DEVICE1, USER)).outcome


def test_values_have_no_accidental_truth_and_never_change() -> None:
    m = make()
    d = devices()[0]
    for value in (d, sample.Mode.IDLE, sample.Default(), m.order, m.claimed, m.owner):
        with pytest.raises(TypeError):
            bool(value)
    with pytest.raises(TypeError):
        m.owner[d] = None
    with pytest.raises(TypeError):
        d.index = 3
    with pytest.raises(TypeError):
        sample.Default().owner = 3
    with pytest.raises(TypeError):
        d < d  # noqa: B015


@pytest.mark.parametrize(
    ("action", "args", "tape", "message"),
    [
        ("clam", (), (), "did you mean 'claim'"),
        ("claim", (DEVICE0,), (), "takes d, who"),
        ("claim", (USER, USER), (), "a User where a Device"),
        ("claim", (Elem("Device", 5), USER), (), "only 2"),
        ("claim", (DEVICE0, USER), (1, 0), "reads 1 choices"),
        ("claim", (DEVICE0, USER), (2,), "only 2 choices"),
    ],
)
def test_a_wrong_request_is_one_clear_error(action: str, args: Any, tape: Any, message: str) -> None:
    m = make()
    before = direct.snapshot(m)
    with pytest.raises(RequestError, match=message):
        direct.perform(m, action, args, tape)
    assert before == direct.snapshot(m)


def test_instances_need_a_universe_with_sizes_and_known_switches() -> None:
    with pytest.raises(RequestError, match="universe"):
        sample.Base()
    with pytest.raises(RequestError, match="sort User has no size"), direct.universe():
        list(sample.User)
    with pytest.raises(RequestError, match="other fields"):
        direct.restore(make(), {})
    with pytest.raises(RequestError, match="no switch"):
        make(pasid=True)
    with pytest.raises(RequestError, match=r"no Era\.E9"):
        make(era="E9")
    with pytest.raises(RequestError, match="positive"), direct.universe(User=0):
        pass


def test_switches_follow_the_era_and_can_be_set_apart() -> None:
    assert (True, False) == (make().rollback, make().old_rule)
    assert (False, True) == (make(era="E1").rollback, make(era="E1").old_rule)
    assert make(era="E1", rollback=True).rollback
    assert make().reattach_succeeds and not make(reattach_succeeds=False).reattach_succeeds


def test_inherited_marks_and_dropped_properties() -> None:
    names = [m.name for m in direct.methods_of(make(sample.Forgets), *direct.PROPERTY_KINDS)]
    assert "few_entries" not in names and "owned_devices_are_claimed" in names
    assert "release" in [m.name for m in direct.methods_of(make(sample.Forgets), "ioctl")]
    assert "assign" not in [m.name for m in direct.methods_of(make(), "ioctl")]
    assert "assign" in [m.name for m in direct.methods_of(make(pasids=True), "ioctl")]


@pytest.mark.parametrize("cls", [sample.Base, sample.Counting, sample.Both, sample.Forgets], ids=lambda c: c.__name__)
@pytest.mark.parametrize("switches", [{}, {"era": "E1"}, {"pasids": True}], ids=str)
def test_both_meanings_of_the_sample_agree(cls: Any, switches: dict[str, Any]) -> None:
    limit = 100
    assert Pair(cls, {"User": 1}, switches).check(limit) <= limit + 1


@pytest.mark.parametrize(
    ("cls", "states", "transitions", "refusals"),
    [(sample.Base, 113, 720, 290), (sample.Counting, 20, 114, 52), (sample.Both, 29, 160, 116)],
)
def test_the_sample_keeps_its_numbers(cls: Any, states: int, transitions: int, refusals: int) -> None:
    found = explore_direct(cls, {"User": 1})
    assert (states, transitions, refusals) == (found.states, found.transitions, found.refusals)
    assert {} == found.violated


def test_the_words_are_those_that_the_parser_knows() -> None:
    assert words.LANGUAGE - {"TYPE_CHECKING"} == set(vocabulary.__all__)
    assert all(words.is_errno(name) for name in vars(errnos) if name.isupper())
    assert set(spec.lang.__all__) == set(vocabulary.__all__) | {n for n in vars(errnos) if n.isupper()}
    assert all(hasattr(spec.lang, name) for name in spec.lang.__all__)


def test_every_errno_is_its_own_name() -> None:
    assert [] == [name for name, value in vars(errnos).items() if name.isupper() and name != value]


def test_a_type_checker_accepts_the_sample() -> None:
    pytest.importorskip("mypy")
    path = Path(sample.__file__)
    command = [sys.executable, "-m", "mypy", "--strict", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=path.parents[2], check=False)
    assert done.returncode == 0, done.stdout


def test_a_type_checker_knows_the_words(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    text = Path(sample.__file__).read_text().replace("self.owner[d] = who", "self.owner[d] = d")
    path = tmp_path / "wrong_owner.py"
    path.write_text(text)
    root = Path(sample.__file__).parents[2]
    command = [sys.executable, "-m", "mypy", "--strict", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 1
    assert 'has type "Device", target has type "User | None"' in done.stdout


def test_a_faulting_run_leaves_the_state() -> None:
    with direct.universe():
        m = trap_class("fault_in_the_middle")()
    run = direct.perform(m, "act")
    assert ("fault", "1 is outside 0..0") == (run.kind, run.message)
    assert {"a": False, "n": 0} == direct.snapshot(m)
