"""Recorded logs on the reference implementation: the real ones on the real models, and small ones on a box by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from checker.cli_validate import possible_of
from checker.conform.implementation import Answer, Case, Choice, Model, Plain, Running, Setting
from checker.conform.log import LogSequence, read_log
from checker.conform.model_log import Words, judge_log_on_model
from checker.conform.translations import translation_of
from checker.conform.validate import Validated
from checker.conform.validate_text import share
from checker.request import Settings
from models.bind.dma_ownership import MODEL as OWNERSHIP
from models.bind.migration import MODEL as MIGRATION
from models.kernel import claim, default_domain, driver_use
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from tests.conform import judging
from tests.conform.conftest import MAP, SPEC, sequence, step
from tests.conform.ownership import NAMES, RECORDED, log, machine, translation
from tests.conform.test_ownership_log import OTHER, TELLING, changed, places
from tests.sessions import Run

TYPE1, EXHAUSTIVE, IOMMUFD = NAMES


def on_model(sequences: Iterable[LogSequence]) -> Validated:
    return judge_log_on_model(sequences, OWNERSHIP, machine().ground, machine().choices, translation())


@cache
def found(name: str) -> Validated:
    return on_model(log(name))


@pytest.mark.parametrize("name", [TYPE1, IOMMUFD, pytest.param(EXHAUSTIVE, marks=pytest.mark.slow)])
def test_the_kernel_does_what_the_model_does(name: str) -> None:
    total, state = found(name).total, found(name).deciders["state"]
    assert total.agree / (total.agree + total.differ) >= 0.97, share(total)
    assert state.agree / state.steps >= 0.97, share(state)
    assert total.skipped / total.steps <= 0.07 and 0 == total.loose
    assert [] == [(d.sequence, d.step, d.expected) for d in found(name).differ if not d.explained]


def test_some_of_the_exhaustive_words() -> None:
    said = on_model(log(EXHAUSTIVE)[::9])
    assert said.total.steps > 700 and not said.differ


def test_migration_on_its_model() -> None:
    possible = judging.machine()
    said = judge_log_on_model(judging.recorded(), MIGRATION, possible.ground, possible.choices, judging.translation())
    total = said.total
    assert total.agree / (total.agree + total.differ) >= 0.98, share(total)
    assert [] == [(d.sequence, d.step, d.expected) for d in said.differ if not d.explained]
    assert total.loose <= 15


def test_the_page_shows_these_numbers() -> None:
    page = (judging.ROOT / "docs" / "validate.md").read_text()
    for name in (TYPE1, IOMMUFD):
        total = found(name).total
        assert f"| `{name}` | {total.agree} of {total.agree + total.differ}" in page


# --- a model that is wrong, and a log that is ------------------------------------------------------------------------


def nothing(*_: object) -> str:
    return ""


def everybody(group: Any, cookie: object) -> str:
    """A claim that does not look at who holds the group."""
    return claim.take(group, cookie) if not group.owner_cnt else ""


FAULTS: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "a container takes a group that is held": (claim, "claim_group", everybody),
    "a device is claimed beside another owner": (claim, "claim_device", lambda device, c: everybody(device.group, c)),
    "a driver binds into an owned group": (driver_use, "use_default", nothing),
    "the type of a group in use is changed": (default_domain, "write_type", nothing),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_model_with_a_fault_agrees_less(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, wrong = FAULTS[fault]
    some = [one for one in log(TYPE1) if one.id in TELLING]
    assert not on_model(some).differ
    monkeypatch.setattr(module, name, wrong)
    assert on_model(some).differ


def test_a_model_that_raises_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("out of order")

    monkeypatch.setattr(claim, "claim_group", broken)
    differ = on_model([one for one in log(TYPE1) if one.id == "owned-close-container"]).differ
    assert any("raised RuntimeError: out of order" in d.expected for d in differ)


def test_another_errno_is_seen() -> None:
    wrong = [changed(s, n, replace(t, errno=OTHER[t.errno], out={})) for s, n, t in places(97) if t.errno in OTHER]
    wrong = [one for one in wrong if not found(TYPE1).ops[one.steps[-1].op].skipped]
    assert len(wrong) > 80
    assert [] == [one.id for one in wrong if not any(d.step == len(one.steps) for d in on_model([one]).differ)]


def test_only_choices_that_the_instance_has_are_tried() -> None:
    """With every failure switched off, none is tried: the model's answer is the only one."""
    words = Words(machine().ground)
    assert {((),)} == {words.alternatives(action) for action in words.actions}
    migration = Words(judging.machine().ground)
    assert ((), (("write.looks", True),)) == migration.alternatives("write")


def test_the_command(run: Run) -> None:
    path = str(RECORDED / f"{TYPE1}.jsonl.gz")
    said = run("conform", "dma_ownership", "--log", path, "--format", "json")
    document = json.loads(said.out)
    assert (0, "uapicheck.validate/1", "models.bind.dma_ownership") == (
        said.code,
        document["schema"],
        document["against"],
    )
    assert 1978 == document["agree"] + sum(document["skipped"].values()) + len(document["differ"])
    assert [] == document["unjudged"]
    compat = "models.bind.dma_ownership_compat_log"
    other = run("conform", "dma_ownership", "--log", path, "--map", compat)
    assert 1 == other.code and "\n  model     " in other.out


# --- a box by hand ----------------------------------------------------------------------------------------------------


@dataclass
class RunningBox:
    """A box whose thing breaks when nature says so."""

    open: bool = False
    inside: frozenset[int] = frozenset()
    broken: int | None = None
    kept: list[tuple[bool, frozenset[int], int | None]] = field(default_factory=list)

    def perform(
        self, action: str, args: tuple[Plain, ...], choices: tuple[Choice, ...], inject: int | None = None
    ) -> Answer:
        chosen = dict(choices)
        match action, args:
            case "turn", (wanted,):
                self.open = wanted == "OPEN"
            case "put", (int() as thing,):
                if not self.open:
                    return Answer("refused", "EACCES")
                self.inside |= {thing}
                return Answer("done", "", {"count": len(self.inside), "lid": "OPEN"})
            case "shake", ():
                if self.broken is not None:
                    return Answer("refused", "EIO")
                if chosen.get("shake.breaks") and self.inside:
                    self.broken = max(self.inside)
            case "touch", () if chosen:
                return Answer("refused", "EBUSY")
            case "smell", ():
                self.open = False
                raise ZeroDivisionError("no nose")
        return Answer("done")

    def state(self) -> tuple[Plain, ...]:
        return ("OPEN" if self.open else "SHUT", self.inside, self.broken, False, False)

    def mark(self) -> int:
        self.kept.append((self.open, self.inside, self.broken))
        return len(self.kept) - 1

    def back(self, mark: int) -> None:
        self.open, self.inside, self.broken = self.kept[mark]
        del self.kept[mark:]

    def leaks(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class BoxModel:
    spec: str = SPEC
    cases: tuple[Case, ...] = ()
    known: bool = True

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        if not self.known:
            raise ValueError("no such box")
        return RunningBox()


def on_box(text: str, tmp_path: Any, model: Model | None = None) -> Validated:
    (tmp_path / "box.jsonl").write_text(text)
    box = load(SPEC)
    boxes = translation_of(box, MAP)
    possible = possible_of(box, boxes, Settings())[0]
    sequences = read_log(str(tmp_path / "box.jsonl"))
    return judge_log_on_model(sequences, model or BoxModel(), possible.ground, possible.choices, boxes)


OPEN = step("TURN", to="OPEN")


def put(count: int, thing: str = "t0") -> dict[str, object]:
    return step("PUT", out={"count": count}, t=thing)


def test_outputs_and_errnos_of_the_model(tmp_path: Any) -> None:
    assert not on_box(sequence("good", step("PUT", "EACCES", t="t0"), OPEN, put(1), put(2, "t1")), tmp_path).differ
    (differing,) = on_box(sequence("bad", OPEN, put(2)), tmp_path).differ
    assert ("OK count=1, lid=OPEN", "no failure inside changes the answer") == (differing.expected, differing.reason)
    (differing,) = on_box(sequence("bad", OPEN, put(1), step("PUT", "EACCES", t="t1"), put(2, "t1")), tmp_path).differ
    assert (4, "OK count=2, lid=OPEN") == (differing.step, differing.expected)  # and it goes on behind its own answer


def test_a_failure_is_tried_where_the_record_asks_for_it(tmp_path: Any) -> None:
    """It stands in no log, so the model runs without: a thing that broke in silence is not found out later."""
    silent = on_box(sequence("shaken", OPEN, put(1), step("SHAKE"), step("SHAKE", "EIO")), tmp_path)
    assert [(5, "OK")] == [(d.step, d.expected) for d in silent.differ]
    assert 0 == silent.total.loose


def test_a_model_that_raises_goes_back(tmp_path: Any) -> None:
    said = on_box(sequence("raised", OPEN, step("SMELL"), put(1)), tmp_path)
    (differing,) = said.differ
    assert 3 == differing.step and differing.expected.startswith("raised ZeroDivisionError: no nose")


def test_a_model_that_cannot_begin_so(tmp_path: Any) -> None:
    with pytest.raises(RequestError, match="cannot begin as the log was recorded: no such box"):
        on_box(sequence("any", OPEN), tmp_path, BoxModel(known=False))
