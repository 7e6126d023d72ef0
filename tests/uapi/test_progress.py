"""Progress of DMA ownership: what holds under the fairness assumed, and what each assumption is worth."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from checker.check import EngineName, SpecReport
from checker.explicit.compile import available
from checker.verdict import Verdict
from spec.lang.frontend import load
from tests.uapi.lassos import KINDS, Lasso, checked, edited, lassos

BASE = "spec.uapi.dma_ownership:DmaOwnership"
ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)

# promise, configuration, action that is put off for ever: what happens before nothing happens any more, by hand
UNFAIR = [
    ("a_group_that_nobody_holds_becomes_idle", "boot", "boot_finish", ("hot_add",)),
    ("a_use_ends", "core", "unbind", ("bind",)),
    ("a_claim_of_a_group_ends", "core", "group_release", ("group_claim",)),
    ("a_claim_of_a_device_ends", "core", "device_release", ("bind", "device_claim")),
    ("a_claim_of_a_group_ends", "pasid", "detach_pasid", ("hot_add", "group_claim", "attach_pasid")),
    (
        "a_closed_group_leaves_its_container", "vfio", "device_close",
        ("hot_add", "bind", "group_open", "set_container", "set_iommu", "get_device_fd", "group_close"),
    ),
    ("a_user_gets_an_idle_group", "progress", "ask_again", ("hot_add", "bind", "start_asking")),
    ("a_kernel_driver_gets_a_group_without_owner", "progress", "try_again", ("hot_add", "start_trying")),
    ("a_reset_ends", "progress", "reset_end", ("hot_add", "reset_begin")),
    ("an_inner_reset_ends", "reset", "reset_end", ("reset_begin", "reset_begin")),
    # no VFIO driver without a group, and devices begin outside of theirs
    ("a_removal_waits_for_open_devices_only", "vfio", "unbind", ("hot_add", "bind")),
    ("a_deferred_probe_is_made_in_the_end", "progress", "boot_finish", ("hot_add", "start_trying")),
    ("a_deferred_probe_is_made_in_the_end", "progress", "try_again", ("hot_add", "start_trying", "boot_finish")),
    ("a_managed_driver_never_blocks_its_own_claim", "progress", "ask_again", ("hot_add", "bind", "start_asking")),
]  # fmt: skip
# what begins something is never fair, nor the close of a group fd
FAIR = {
    "unbind": "weak",
    "group_release": "strong",
    "device_release": "strong",
    "detach_pasid": "weak",
    "reset_end": "weak",
    "boot_finish": "weak",
    "device_close": "weak",
    "try_again": "weak",
    "ask_again": "weak",
}


@functools.cache
def everything() -> SpecReport:
    return checked(BASE)


def test_every_promise_about_runs_holds_and_none_is_vacuous() -> None:
    found = [r for r in everything().results if r.kind in KINDS]
    assert {Verdict.HOLDS} == {r.verdict for r in found}
    declared = {p.name for p in load(BASE).properties.values() if p.kind in KINDS}
    assert declared == {r.property for r in found if not r.vacuous_here}


def test_what_is_assumed_is_what_is_said_here() -> None:
    assert FAIR == {a.name: a.fair for a in load(BASE).actions.values() if a.fair}


def test_every_assumption_and_every_promise_is_in_the_table() -> None:
    assert set(FAIR) == {action for _, _, action, _ in UNFAIR}
    assert {r.property for r in everything().results if r.kind in KINDS} == {promise for promise, *_ in UNFAIR}


@pytest.mark.parametrize(("promise", "config", "action", "stem"), UNFAIR)
def test_without_an_assumption_its_promise_is_broken(
    promise: str, config: str, action: str, stem: tuple[str, ...]
) -> None:
    found = [lassos(checked(BASE, config=config, promise=promise, unfair=action, engine=e)) for e in ENGINES]
    assert [{promise: Lasso(stem)}] * len(ENGINES) == found


def test_weak_fairness_is_not_enough_for_who_uses_pasids(tmp_path: Path) -> None:
    """Whoever fills and empties the slot for ever never lets the release come."""
    weak = edited(tmp_path, BASE, '    group_release = DmaOwnership.group_release.with_fairness("weak")\n')
    found = lassos(checked(weak, config="pasid", promise="a_claim_of_a_group_ends"))
    assert found["a_claim_of_a_group_ends"] == Lasso(("hot_add", "group_claim"), ("attach_pasid", "detach_pasid"))


NESTED = '''    configurations = {
        "reset": configuration("Resets that nest.", Device=1, Owner=1, resets=True),
        "siblings": configuration("Resets of two members.", Device=2, Owner=1, resets=True, nested_resets=False),
    }

    @leads_to
    def a_nested_reset_ends(self, d: Device) -> Promise:
        """Asked where inner resets follow one another."""
        return leads_to(self.blocked[d], not self.blocked[d])

    @always_eventually
    def the_fence_falls(self, g: Group) -> bool:
        """Asked where resets of siblings overlap."""
        return self.recovery_cnt[g] == 0
'''


def test_resets_that_overlap_for_ever_keep_the_fence_up(tmp_path: Path) -> None:
    """Why L4 is promised to single resets that do not nest: EBUSY need not pass for a group."""
    edit = edited(tmp_path, BASE, NESTED)
    nested = lassos(checked(edit, config="reset"))
    assert nested["a_nested_reset_ends"] == Lasso(("reset_begin",), ("reset_begin", "reset_end"))
    siblings = checked(edit, config="siblings")
    assert "a_nested_reset_ends" not in lassos(siblings)
    loop = lassos(siblings)["the_fence_falls"]
    assert loop == Lasso(("reset_begin",), ("reset_begin", "reset_end", "reset_begin", "reset_end"))


WAITS_FOR_GROUP = '''    def removal_guard(self, d: Device) -> Outcome:
        """The last driver waits for the fd of its group too."""
        if self.group_fd[self.home[d]] is GroupFd.OPEN:
            return blocked("group-fd-open-at-removal", sure="read", cites="report of 2022-10-04")
        return super().removal_guard(d)
'''
FORGETS_CONTAINER = '''    def device_close(self, d: Device) -> Outcome:
        """The last close of a device of a closed group leaves the container as it is."""
        if self.opens[d] == 0:
            return refuse(EBADF, "not-open-device", sure="read", cites="fs/open.c:close_fd()")
        self.opens[d] -= 1
        if self.opens[d] == 0 and self.claims[d] is not None:
            self.iommufd_unbind(d)
        return DONE
'''
KEEPS_CLAIM = '''    def end_group_claim(self, g: Group) -> None:
        """Another user's release is lost."""
        if self.owner_cnt[g] == 1 and self.domain[g] != self.default[g] and self.has_table(g):
            return
        super().end_group_claim(g)
'''
KEEPS_USE = '''    def unuse(self, d: Device) -> None:
        """The use outlives its driver."""
'''
KEEPS_DEVICE_CLAIM = '''    def end_device_claim(self, d: Device) -> None:
        """The release is lost while a table is attached."""
        if not self.has_table(self.home[d]):
            super().end_device_claim(d)
'''
INNER_DONE_IS_LOST = '''    def reset_done(self, d: Device) -> None:
        """Only the outer reset is undone."""
        if self.reset_depth[d] == 1:
            super().reset_done(d)
'''


@pytest.mark.parametrize(
    ("config", "promise", "unbind", "text", "lasso"),
    [
        # the user keeps the group fd; strong fairness of the removal says that nobody closes it for a moment
        (
            "vfio", "a_removal_waits_for_open_devices_only", "strong", WAITS_FOR_GROUP,
            Lasso(("hot_add", "bind", "group_open")),
        ),
        # the driver stays, for its removal would make up for it
        (
            "vfio", "a_closed_group_leaves_its_container", "", FORGETS_CONTAINER,
            Lasso(("hot_add", "bind", "group_open", "set_container", "set_iommu", "get_device_fd", "group_close",
                   "device_close")),
        ),
        # a probe that fails is the shortest
        ("core", "a_use_ends", "weak", KEEPS_USE, Lasso(("bind",))),
        # a table is attached and nobody detaches it
        ("core", "a_claim_of_a_group_ends", "weak", KEEPS_CLAIM, Lasso(("group_claim", "attach"))),
        ("core", "a_claim_of_a_device_ends", "weak", KEEPS_DEVICE_CLAIM, Lasso(("bind", "device_claim", "attach"))),
        ("reset", "an_inner_reset_ends", "weak", INNER_DONE_IS_LOST,
         Lasso(("reset_begin", "reset_begin", "reset_end", "reset_end"))),
    ],
)  # fmt: skip
def test_a_mistake_that_stops_progress_is_found(
    tmp_path: Path, config: str, promise: str, unbind: str, text: str, lasso: Lasso
) -> None:
    fairness = f'    unbind = DmaOwnership.unbind.with_fairness("{unbind}")\n\n'
    target = edited(tmp_path, BASE, fairness + text)
    path = tmp_path / "edit.py"
    imports = "from spec.uapi.dma_ownership_vfio import GroupFd\n"
    path.write_text(path.read_text(encoding="utf-8").replace("\n\n\nclass", f"\n{imports}\n\nclass"), encoding="utf-8")
    assert lassos(checked(target, config=config, promise=promise)) == {promise: lasso}
