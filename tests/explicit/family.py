"""A family of machines of any size whose numbers of states have a closed form: devices in groups, claimed by users."""

from __future__ import annotations

import itertools

from spec.lang.ground import GroundMachine
from spec.lang.ir import ConstRead, FieldRead
from spec.lang.types import BOOL, OUTCOME, MapType, OptionType, SortType
from tests.build import Build
from tests.words import (
    AT,
    FALSE,
    TRUE,
    ask,
    at,
    both,
    bounded,
    compare,
    done,
    either,
    eq,
    every,
    everywhere,
    exists,
    give,
    implies,
    is_none,
    lit,
    minus,
    ne,
    no,
    none,
    outcome,
    over,
    plus,
    put,
    some,
    var,
    when,
)

Constants = dict[str, list[int]]


def family(devices: int, groups: int, users: int, domains: int) -> tuple[GroundMachine, Constants]:
    """`devices` in equal `groups`; a user claims a group device by device and attaches it to a domain of its own."""
    b = Build("Family")
    device, group = b.sort("Device", devices), b.sort("Group", groups)
    user, domain = b.sort("User", users), b.sort("Domain", domains)
    driven, owned = MapType((device,), BOOL), MapType((group,), OptionType(user))
    counted, attached = MapType((group,), bounded(0, devices // groups)), MapType((group,), OptionType(domain))
    b.constant("home", MapType((device,), group))
    b.field("driver", driven, everywhere(FALSE, driven))
    b.field("owner", owned, everywhere(none(OptionType(user)), owned))
    b.field("claims", counted, everywhere(lit(0), counted))
    b.field("domain", attached, everywhere(none(OptionType(domain)), attached))
    b.field("alive", MapType((user, domain), BOOL), everywhere(FALSE, MapType((user, domain), BOOL)))
    _claims(b, devices // groups)
    _domains(b)
    return b.ground(), {"home": [d * groups // devices for d in range(devices)]}


def closed_form(devices: int, groups: int, users: int, domains: int) -> int:
    """The number of reachable states, worked out without searching.

    A group without owner has any of its drivers bound; one with an owner has some claims and no domain or a live one.
    """
    size, total = devices // groups, 0
    for alive in itertools.product(range(2**domains), repeat=users):
        owned = sum(1 + live.bit_count() for live in alive)
        total += (2**size + size * owned) ** groups
    return total


def _claims(b: Build, most: int) -> None:
    """Drivers and claims of single devices."""
    device, user, group = SortType("Device"), SortType("User"), SortType("Group")
    busy, missing = b.site("refused", "EBUSY", "busy"), b.site("refused", "ENOENT", "not-there")
    driver, owner, claims, domain = (_field(b, n) for n in ("driver", "owner", "claims", "domain"))
    d, u, x = var("d", device), var("u", user), var("x", device)
    home = ConstRead(b.constants["home"].type, AT, "home")
    g = at(home, d)
    free = is_none(at(owner, g))
    mine = eq(at(owner, g), some(u))
    b.action("bind", {"d": device}, when(either(at(driver, d), no(free)), give(outcome(busy))), put("driver", TRUE, d))
    b.action("unbind", {"d": device}, when(no(at(driver, d)), give(outcome(missing))), put("driver", FALSE, d))
    driven = exists(over("x", device), both(eq(at(home, x), g), at(driver, x)))
    full = compare(at(claims, g), ">=", lit(most))
    b.action(
        "claim",
        {"d": device, "u": user},
        when(either(driven, both(no(free), no(mine)), full), give(outcome(busy))),
        put("owner", some(u), g),
        put("claims", plus(at(claims, g), 1), g),
        done(),
    )
    last = [put("owner", none(OptionType(user)), g), put("domain", none(OptionType(SortType("Domain"))), g)]
    b.action(
        "release",
        {"d": device, "u": user},
        when(no(mine), give(outcome(missing))),
        put("claims", minus(at(claims, g), 1), g),
        when(eq(at(claims, g), lit(0)), *last),
        done(),
    )
    q = var("q", group)
    owned = compare(at(claims, q), ">", lit(0))
    b.promise("invariant", "owners_have_claims", every(over("q", group), eq(owned, no(is_none(at(owner, q))))))
    b.promise("invariant", "no_driver_beside_an_owner", every(over("d", device), implies(at(driver, d), free)))
    bound = implies(ask(var("outcome", OUTCOME), "done"), is_none(at(domain, g)))
    b.promise("action", "bound_devices_use_no_domain", bound, on=("bind",), params={"d": device})


def _domains(b: Build) -> None:
    """Domains of a user: made, attached to a group of the user, detached, freed when nothing is attached."""
    group, user, domain = SortType("Group"), SortType("User"), SortType("Domain")
    busy, missing = b.site("refused", "EBUSY", "attached"), b.site("refused", "ENOENT", "no-domain")
    owner, attached, alive = (_field(b, n) for n in ("owner", "domain", "alive"))
    g, u, k, q = var("g", group), var("u", user), var("k", domain), var("q", group)
    there, mine = at(alive, u, k), eq(at(owner, g), some(u))
    used = exists(over("q", group), both(eq(at(owner, q), some(u)), eq(at(attached, q), some(k))))
    pair = {"u": user, "k": domain}
    b.action("make", pair, when(there, give(outcome(busy))), put("alive", TRUE, u, k), done())
    b.action(
        "free",
        pair,
        when(no(there), give(outcome(missing))),
        when(used, give(outcome(busy))),
        put("alive", FALSE, u, k),
        done(),
    )
    refused = when(either(no(mine), no(there)), give(outcome(missing)))
    b.action("attach", {"g": group, **pair}, refused, put("domain", some(k), g), done())
    nothing = either(ne(at(owner, g), some(u)), is_none(at(attached, g)))
    detached = put("domain", none(OptionType(domain)), g)
    b.action("detach", {"g": group, "u": user}, when(nothing, give(outcome(missing))), detached, done())


def _field(b: Build, name: str) -> FieldRead:
    return FieldRead(b.fields[name].type, AT, name)
