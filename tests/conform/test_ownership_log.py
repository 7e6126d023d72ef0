"""The recorded kernel against the spec `dma_ownership`: all of it, with each refusal dropped, and changed recordings.

That every judged step agrees is a fact about the spec; that the judge can say no is shown by the mutants of the spec
and by answers that were never recorded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from checker.conform.log import LogSequence, LogStep
from checker.conform.refusals import unjudged
from checker.conform.validate import Validated, judge_log
from checker.conform.validate_text import share, summary, validated_lines
from models.bind.dma_ownership_compat_log import TRANSLATION as COMPAT
from tests.conform.judging import ROOT
from tests.conform.ownership import NAMES, always, judged, log, machine, sequence, translation, without

TYPE1, EXHAUSTIVE, IOMMUFD = NAMES
AT_LEAST = 0.97
AT_MOST_SKIPPED = 0.07
SIZES = {TYPE1: (141, 1978), EXHAUSTIVE: (903, 7224), IOMMUFD: (141, 1978)}


@cache
def found(name: str) -> Validated:
    return judged(log(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_log_is_the_one_that_was_recorded(name: str) -> None:
    """The numbers of tests/kernel-6.12/README.md; a kernel printed no WARN in any."""
    steps = [step for one in log(name) for step in one.steps]
    assert SIZES[name] == (len(log(name)), len(steps))
    assert not [step for step in steps if step.warned] and not [one for one in log(name) if one.incomplete]


@pytest.mark.parametrize("name", NAMES)
def test_the_kernel_does_what_the_spec_says(name: str) -> None:
    total, state = found(name).total, found(name).deciders["state"]
    assert total.agree / (total.agree + total.differ) >= AT_LEAST, share(total)
    assert state.agree / state.steps >= AT_LEAST, share(state)
    assert total.skipped / total.steps <= AT_MOST_SKIPPED
    assert [] == [(d.sequence, d.step, d.op) for d in found(name).differ if not d.explained]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_this_result(name: str) -> None:
    page = (ROOT / "docs" / "validate.md").read_text().splitlines()
    assert summary(found(name)) in page


def test_the_page_lists_what_no_step_judged() -> None:
    missing = unjudged(machine().ground, set.union(*(found(name).judged for name in NAMES)))
    page = (ROOT / "docs" / "validate.md").read_text()
    assert [] == [line for line in missing if f"`{line.partition(' ')[2]}`" not in page]
    assert set(UNJUDGED) == {line.partition(" ")[2] for line in missing}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_skipped(name: str) -> None:
    """Only what the spec does not speak of: mappings, objects of an iommufd, a third descriptor of a device."""
    ops = {op for op, tally in found(name).ops.items() if tally.skipped}
    beside = {"DMA_MAP", "DMA_UNMAP", "CHECK_EXTENSION"} | {"DESTROY", "VFIO_IOAS", "IOAS_ALLOC", "GET_HW_INFO"}
    beside |= {"SET_IOMMU"}
    third = {"GROUP_GET_DEVICE_FD", "CLOSE"} if name == IOMMUFD else set()
    assert ops == (set() if name == EXHAUSTIVE else beside | third)
    assert not [why for _, why in found(name).why_skipped if "no such op" in why]
    assert found(name).ops["SET_IOMMU"].agree >= 42


def test_no_step_could_have_gone_otherwise() -> None:
    """Without failures inside nothing is left to nature, and there is one state behind every step."""
    assert [0, 0, 0] == [found(name).total.loose for name in NAMES]


def test_steps_are_counted_by_what_decides_them() -> None:
    decided = {name: {about: t.steps for about, t in found(name).deciders.items()} for name in NAMES}
    assert {"state": 1557, "descriptors": 300, "arguments": 36} == decided[TYPE1]
    assert {"state": 4305, "descriptors": 2919} == decided[EXHAUSTIVE]
    assert {"state": 1555, "descriptors": 300, "arguments": 36} == decided[IOMMUFD]


def test_the_log_says_what_kernel_it_is_of() -> None:
    """Where `/dev/vfio/vfio` is an iommufd, containers do what iommufds do; on the other kernel they do not."""
    unsaid = [replace(one, group="") for one in log(IOMMUFD)]
    assert 0 < judged(unsaid).total.differ
    assert 0 == judge_log(unsaid, machine(), COMPAT).total.differ
    assert 0 < judge_log(log(TYPE1), machine(), COMPAT).total.differ


# --- the spec without one of its refusals -------------------------------------------------------------------------

UNJUDGED = {
    "attach-before-bind": "no ATTACH in these logs comes before BIND",
    "detach-before-bind": "nor does a DETACH",
    "cdev-not-open-attach": "no ATTACH is to a descriptor that is none",
    "cdev-not-open-detach": "nor is a DETACH",
    "siblings-on-another-table": "no two siblings are attached",
    "open-through-group": "no device that its group opened is bound with the group closed",
    "no-group": "every device has a group",
    "no-group-to-bind": "every device has a group",
    "no-group-for-vfio": "every device has a group",
    "no-default-domain": "every group has its default domain",
    "no-default-domain-yet": "every group has its default domain",
    "private-domain": "no kernel driver has a domain of its own",
    "foreign-domain": "nobody leaves a domain behind, by the promise of the spec",
    "not-on-default-domain": "a group that kernel drivers hold is on its default domain",
    "pasid-in-use": "no PASIDs on this machine",
    "sibling-uses-pasid": "no PASIDs on this machine",
    "direct-mapping": "no device with a 1:1 region",
    "direct-mapping-undeferred": "no device with a 1:1 region",
    "attach-failed-undeferred": "no failures, no deferred attach",
    "no-cookie": "only a caller inside the kernel can do that",
    "no-domain": "only a caller inside the kernel can do that",
}
"""Refusals that these logs cannot judge, and why."""
SAME_BESIDE = {"owned": "use_guard"}
"""Refusals behind which the next one of the same guard gives the same errno in every recorded case."""
TELLING = ("type-owned", "two-ctx-siblings", "compat-switch-open", "owned-refuse-cdev", "unbind-while-cdev-bound",
           "rnd-1-0074")  # fmt: skip
GUARDS = ("claim_guard", "share_guard", "use_guard", "type_guard", "removal_guard")


@cache
def tellers() -> dict[str, list[tuple[LogSequence, int]]]:
    """For each refusal the sequences that judged it, with the number of their steps that agree."""
    told = defaultdict(list)
    sites = machine().ground.machine.sites
    for name in NAMES:
        for one in log(name):
            said = judged([one])
            for reason in {sites[site].reason for site in said.judged}:
                told[reason].append((one, said.total.agree))
    return told


def test_every_refusal_is_judged_or_listed() -> None:
    sites = machine().ground.machine.sites
    live = {sites[n].reason for n in machine().ground.live_sites if sites[n].kind in ("refused", "partial", "blocked")}
    assert live == tellers().keys() | UNJUDGED.keys()


def agreement_without(reason: str, most: int) -> tuple[int, int]:
    """Steps that agree without a refusal, and with it, in some of the sequences that judged it."""
    told = tellers()[reason][:most]
    return judged([one for one, _ in told], without(reason)).total.agree, sum(agree for _, agree in told)


def reasons() -> list[str]:
    sites = machine().ground.machine.sites
    names = {sites[n].reason for n in machine().ground.live_sites if sites[n].kind in ("refused", "partial", "blocked")}
    return sorted(names - UNJUDGED.keys() - SAME_BESIDE.keys())


def test_a_spec_without_one_of_its_refusals_agrees_less() -> None:
    assert [] == [reason for reason in reasons() if not _lower(*agreement_without(reason, 1))]


def _lower(now: int, before: int) -> bool:
    return now < before


@pytest.mark.slow
def test_a_spec_without_one_of_its_refusals_agrees_less_with_all_that_tell_of_it() -> None:
    assert [] == [reason for reason in reasons() if not _lower(*agreement_without(reason, 1000))]


@pytest.mark.parametrize("guard", GUARDS)
def test_a_spec_without_one_of_its_guards_agrees_less(guard: str) -> None:
    some = [sequence(TYPE1, name) for name in TELLING]
    assert judged(some, always(guard)).total.agree < judged(some).total.agree


def test_the_refusals_that_stand_beside_one_of_the_same_errno() -> None:
    """A group that userspace owns is never on its default domain, so that one test of `use_guard` covers the other."""
    for reason in SAME_BESIDE:
        now, before = agreement_without(reason, 6)
        assert now == before > 0


# --- changed recordings ---------------------------------------------------------------------------------------------

OTHER = {"OK": "EPERM", "EPERM": "EBUSY", "EBUSY": "OK", "EINVAL": "OK", "ENODEV": "EINVAL", "ENOENT": "OK",
         "EBADF": "EINVAL", "EBADFD": "EINVAL", "BLOCKED": "OK", "ENOTTY": "OK"}  # fmt: skip
EVERY = 19


def changed(one: LogSequence, place: int, step: LogStep) -> LogSequence:
    """The sequence up to a step that is replaced."""
    return replace(one, steps=(*one.steps[:place], step))


def places(every: int) -> Iterator[tuple[LogSequence, int, LogStep]]:
    """Every so many steps of all logs."""
    steps = [(one, n, step) for name in NAMES for one in log(name) for n, step in enumerate(one.steps)]
    return iter(steps[::every])


def unseen(sequences: list[LogSequence]) -> list[tuple[str, LogStep]]:
    """Those whose last step the judge neither finds wrong nor skips."""
    left = []
    for one in sequences:
        said, last = judged([one]), one.steps[-1]
        if not any(d.step == len(one.steps) for d in said.differ):
            left.append((one.id, last))
    return left


def test_another_errno_is_seen() -> None:
    wrong = [changed(s, n, replace(t, errno=OTHER[t.errno], out={})) for s, n, t in places(EVERY) if t.errno in OTHER]
    skipped = {op for name in NAMES for op, tally in found(name).ops.items() if tally.skipped}
    wrong = [one for one in wrong if one.steps[-1].op not in skipped]
    assert len(wrong) > 400
    assert [] == unseen(wrong)


def test_another_output_is_seen() -> None:
    other = {"vfio-pci": "none", "none": "vfio-pci", "e1000": "vfio-pci", "e1000e": "none", "DMA": "identity",
             "identity": "DMA", "DMA-FQ": "DMA"}  # fmt: skip
    wrong = []
    for one, place, step in places(3):
        for name, value in step.out.items():
            if name in ("driver", "type"):
                wrong.append(changed(one, place, replace(step, out={**step.out, name: other[str(value)]})))
            elif name in ("viable", "container_set", "has_cdev", "has_group"):
                wrong.append(changed(one, place, replace(step, out={**step.out, name: 1 - int(str(value))})))
    assert len(wrong) > 300
    assert [] == unseen(wrong)


DROPPED = {
    "owned-refuse-containerdev": (4, 6, 16, 17),
    "owned-refuse-cdev": (3, 13),
    "compat-switch-open": (4, 5, 6, 8, 14),
    "group-reopen-while-dev-open": (2, 5, 6, 9, 11, 17),
    "cdev-vs-group": (3, 4, 6, 7, 9),
    "type-owned": (2, 9, 15, 18),
    "container-close-first": (4, 5, 13),
}
"""Steps that did something which a later one shows."""


def test_a_step_that_is_left_out_is_noticed() -> None:
    silent = []
    for name, numbers in DROPPED.items():
        whole = sequence(TYPE1, name)
        assert not judged([whole]).differ
        for number in numbers:
            rest = tuple(step for n, step in enumerate(whole.steps, start=1) if n != number)
            silent += [] if judged([replace(whole, steps=rest)]).differ else [(name, number)]
    assert [] == silent


def test_every_driver_that_is_left_out_is_noticed() -> None:
    """Each random sequence ends with a look at the drivers of its devices."""
    silent = Counter[str]()
    for one in log(TYPE1):
        last = {step.args["dev"] for step in one.steps if step.op == "DRV_QUERY"}
        for place, step in enumerate(one.steps):
            if one.id.startswith("rnd") and step.op == "DRV_BIND" and step.errno == "OK" and step.args["dev"] in last:
                rest = one.steps[:place] + one.steps[place + 1 :]
                silent["no"] += 1
                silent["yes"] += not judged([replace(one, steps=rest)]).differ
    assert silent["no"] > 200 and 0 == silent["yes"]


# --- what a failed validation says ---------------------------------------------------------------------------------


def test_a_difference_says_what_could_have_happened_there() -> None:
    """The valid prefix, each action that is possible behind it, and the first condition that forbids any other."""
    one = sequence(TYPE1, "owned-refuse-cdev")
    wrong = changed(one, 3, replace(one.steps[3], errno="OK", out={"driver": "e1000"}))
    (differing,) = judged([wrong]).differ
    assert (3, 4, "EBUSY (owned)") == (differing.valid, differing.step, differing.expected)
    assert "refused because `self.owner[g] is not None`" in differing.reason
    assert differing.tell is not None
    there = dict(line.split(": ", 1) for line in differing.tell())
    assert there.keys() == {action.name for action in machine().ground.actions}
    assert there["bind"].startswith("possible with (d0, UDRV), (d2, KDMA), (d2, UDRV)")
    assert "blocked because `self.opens[d] > 0 or self.cdev[d] is not Cdev.CLOSED`" in there["unbind"]
    assert there["group_open"].startswith("EBUSY because")
    assert "EBADF because `self.group_fd[g] is GroupFd.CLOSED`" in there["set_container"]
    text = validated_lines(judged([wrong]), title="", unjudged=(), every=True)
    assert [line for line in text if line.startswith("  there     bind: possible with (d0, UDRV)")]


def test_what_is_forbidden_by_a_condition_of_the_caller() -> None:
    """An action whose `require` is false refuses nothing: the condition itself is shown."""
    one = sequence(TYPE1, "group-noiommu-open")
    wrong = changed(one, 0, replace(one.steps[0], errno="OK"))
    (differing,) = judged([wrong]).differ
    assert differing.tell is not None
    assert "unbind: not now, `self.driver[d] is not Driver.NONE` is false" in differing.tell()


def test_only_the_first_difference_of_a_sequence_is_told_so() -> None:
    one = sequence(TYPE1, "cdev-vs-group")
    wrong = replace(one, steps=tuple(replace(step, errno="EIO") for step in one.steps))
    differing = judged([wrong]).differ
    assert len(differing) == len(one.steps) and [True] + [False] * 9 == [d.tell is not None for d in differing]


def test_translation_is_found_by_the_name_of_the_spec() -> None:
    assert translation().instance.profile == "6.12.y"
