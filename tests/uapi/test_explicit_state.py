"""The comparisons behind P01 to P04 can fail: small mistakes in either design are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import Plan, check
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang.frontend import load

HEAD = '''"""A mistake on purpose."""

from spec.lang import *
from spec.uapi.dma_ownership_enum import OwnerType, View
from spec.uapi.dma_ownership_state import Group, Owner
from spec.uapi.proposals.explicit_state_none import ExplicitNoneState
from spec.uapi.proposals.explicit_state_stale import StaleTypeAndCookie


'''

NONE_IS_FORGOTTEN = '''class Mistake(ExplicitNoneState):
    """The last release leaves the type."""

    def last_release(self, g: Group) -> None:
        """Only the domain returns."""
        self.view[g] = View.DEFAULT
'''

STALE_COOKIE_DECIDES = '''class Mistake(StaleTypeAndCookie):
    """A set looks at the cookie before it looks at the count."""

    def first_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """Whoever comes after somebody else is refused."""
        if self.owner_cookie[g] is not None and self.owner_cookie[g] != cookie:
            return refuse(EBUSY, "stale-cookie", sure="guessed", cites="this test")
        return super().first_owner(g, wanted, cookie)
'''

STALE_COOKIE_STAYS = '''class Mistake(StaleTypeAndCookie):
    """A set at count zero stores the type only."""

    def first_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """The cookie of the first owner stays for good."""
        last = self.owner_cookie[g]
        held = super().first_owner(g, wanted, cookie)
        if last is not None:
            self.owner_cookie[g] = last
        return held
'''


def violated(target: str, *switches: str) -> set[str]:
    report = check(load(target), target, Plan(Settings(switches=switches)))
    assert all(s.complete for s in report.searched)
    return {r.property for r in report.results if r.verdict is Verdict.VIOLATED}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            NONE_IS_FORGOTTEN,
            {"none_says_what_a_count_of_zero_says", "v4", "a_group_that_nobody_holds_has_the_free_type"},
        ),
        (STALE_COOKIE_DECIDES, {"a_stale_cookie_keeps_nobody_out", "a_stale_type_keeps_no_driver_out", "no_warnings"}),
        (STALE_COOKIE_STAYS, {"the_first_claim_overwrites_what_was_left", "both_designs_hold_the_same"}),
    ],
)
def test_a_mistake_is_found(text: str, broken: set[str], tmp_path: Path) -> None:
    path = tmp_path / "mistake.py"
    path.write_text(HEAD + text, encoding="utf-8")
    assert broken <= violated(f"{path}:Mistake")


def test_a_pointer_is_as_good_as_a_file_for_callers_that_release_first() -> None:
    assert violated("cookie_is_a_pointer", "claims_pin_the_user=true") == set()


def test_a_file_is_as_bad_as_a_pointer_for_callers_that_do_not() -> None:
    assert violated("cookie_is_a_file", "claims_pin_the_user=false") == {
        "two_users_never_hold_one_group",
        "a_claim_has_a_living_user",
    }


def test_the_types_for_the_kernel_api_and_for_userspace_refine_to_the_merged_fields() -> None:
    broken = violated("one_call_for_all_types")
    kept = {"the_type_user_means_an_owner", "the_type_dma_api_means_the_default_domain",
            "userspace_claims_where_the_separate_calls_let_it"}  # fmt: skip
    assert kept & broken == set()
    assert kept <= set(load("one_call_for_all_types").properties)
