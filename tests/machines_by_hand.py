"""Machines written in the typed tree by hand, small enough to be understood at a glance; engines are tested on them.

`ALL` names a builder for every one; together they use every expression, statement, domain and kind of property.
"""

from __future__ import annotations

from collections.abc import Callable

from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, FieldRead, Stmt
from spec.lang.types import (
    BOOL,
    NONE,
    OUTCOME,
    EnumType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    UnionType,
)
from tests.build import Build
from tests.machine_of_turns import turns_machine
from tests.machines_of_runs import choices_machine, constants_machine, faults_machine, watch_machine
from tests.words import (
    BREAK,
    FALSE,
    TRUE,
    append,
    ask,
    at,
    attr,
    both,
    bounded,
    call,
    choice,
    compare,
    do,
    done,
    enum,
    eq,
    every,
    everywhere,
    exists,
    give,
    implies,
    inject,
    is_none,
    is_variant,
    isin,
    ite,
    length,
    let,
    lit,
    loop,
    ne,
    no,
    none,
    outcome,
    over,
    plus,
    project,
    put,
    quant,
    record,
    require,
    seq_of,
    set_of,
    set_op,
    size,
    size_of,
    some,
    update,
    var,
    when,
)


def claim_machine(members: int = 2, rollback: bool = True) -> GroundMachine:
    """One group of `members` devices that is claimed member by member; an attach may fail and is then undone.

    Without `rollback` a failed claim leaves some devices blocked, which breaks `refused_calls_change_nothing` and
    `members_share_a_domain`.
    """
    b = Build("Claim")
    device, user = b.sort("Device"), b.sort("User", 2)
    domain = b.enum("Domain", "DEFAULT", "BLOCKED")
    default, blocked = enum("Domain", "DEFAULT"), enum("Domain", "BLOCKED")
    by_device, row = MapType((device,), domain), SeqType(device, size_of("Device"))
    domains = b.field("domain", by_device, everywhere(default, by_device))
    owner = b.field("owner", OptionType(user), none(OptionType(user)))
    joined = b.field("members", row, seq_of(row))
    held = b.site("refused", "EPERM", "already-held")
    failed = b.site("refused", "ENOMEM", "attach")
    foreign = b.site("refused", "EPERM", "not-owner")
    b.function(
        "device_set",
        {"d": device, "to": domain},
        [
            when(choice("attach_fails"), give(outcome(failed))),
            put("domain", var("to", domain), var("d", device)),
            done(),
        ],
        choices={"attach_fails": BOOL},
    )
    b.function("set_domain", {"to": domain, "was": domain}, _set_domain(joined, domain, rollback))
    b.action(
        "join",
        {"d": device},
        require(no(isin(var("d", device), joined))),
        require(is_none(owner)),
        put("members", append(joined, var("d", device))),
        kind="kernel",
        returns=NONE,
    )
    b.action(
        "claim",
        {"who": user},
        when(no(is_none(owner)), give(outcome(held))),
        let("moved", call("Claim.set_domain", blocked, default)),
        when(ask(var("moved", OUTCOME), "refused"), give(var("moved", OUTCOME))),
        put("owner", some(var("who", user))),
        done(),
    )
    b.action(
        "release",
        {"who": user},
        when(ne(owner, some(var("who", user))), give(outcome(foreign))),
        loop(over("x", joined), put("domain", default, var("x", device))),
        put("owner", none(OptionType(user))),
        done(),
    )
    p, q, answered = var("p", device), var("q", device), ask(var("outcome", OUTCOME), "done")
    shared = every([over("p", joined), over("q", joined)], eq(at(domains, p), at(domains, q)))
    b.promise("invariant", "members_share_a_domain", shared, premise=compare(length(joined), ">", lit(1)))
    held_blocked = every(over("p", joined), eq(at(domains, p), blocked))
    b.promise("invariant", "owned_is_blocked", implies(no(is_none(owner)), held_blocked), premise=no(is_none(owner)))
    restored = every(over("p", device), eq(at(domains, p), default))
    b.promise("action", "release_restores", implies(answered, restored), premise=answered, on=("release",))
    b.promise("goal", "all_claimed", both(eq(length(joined), size("Device")), no(is_none(owner))))
    return b.ground({"Device": members})


def _set_domain(joined: FieldRead, domain: EnumType, rollback: bool) -> list[Stmt]:
    """Every member in turn; at a failure the members before it go back to `was`, and the failure is passed on."""
    assert isinstance(joined.type, SeqType)
    e, u, r = var("e", joined.type.item), var("u", joined.type.item), var("r", OUTCOME)
    to, was = var("to", domain), var("was", domain)
    undo = loop(over("u", joined), when(eq(u, e), BREAK), do(call("Claim.device_set", u, was, attach_fails=FALSE)))
    attach = let("r", call("Claim.device_set", e, to))
    refused = when(ask(r, "refused"), *([undo] if rollback else []), give(r))
    return [loop(over("e", joined), attach, refused), done()]


def door_machine() -> GroundMachine:
    """A door with a lock: three states, one refusal, a goal that is never reached, a declared end."""
    b = Build("Door")
    state = b.enum("State", "SHUT", "OPEN", "LOCKED")
    shut, opened, locked = (enum("State", member) for member in ("SHUT", "OPEN", "LOCKED"))
    now = b.field("now", state, shut)
    refused = b.site("refused", "EPERM", "locked")
    b.action("open", {}, when(eq(now, locked), give(outcome(refused))), put("now", opened), done())
    b.action("shut", {}, require(eq(now, opened)), put("now", shut), kind="kernel", returns=NONE)
    b.action("lock", {}, require(eq(now, shut)), put("now", locked), kind="kernel", returns=NONE)
    b.promise("goal", "opened", eq(now, opened))
    b.promise("goal", "never", both(eq(now, opened), eq(now, shut)))
    b.promise("invariant", "never_locked", ne(now, locked))
    b.promise("final", "locked_is_the_end", eq(now, locked))
    return b.ground()


def values_machine() -> GroundMachine:
    """Records, unions, options, sets and a map with two keys: cells hold nothing, a blank, or a user's table."""
    b = Build("Values")
    user, slot = b.sort("User", 2), b.sort("Slot", 1, ordered=True)
    level = b.enum("Level", "LOW", "MID", "HIGH", ordered=True)
    low, mid, high = (enum("Level", member) for member in ("LOW", "MID", "HIGH"))
    depth = bounded(1, 2)
    table, pair_type = b.record("Table", owner=user, depth=depth), b.record("Pair", left=OptionType(user), right=BOOL)
    b.record("Blank")
    domain = UnionType(("Blank", "Table"))
    maybe = OptionType(domain)
    grid_type = MapType((slot, BOOL), maybe)
    grid = b.field("grid", grid_type, everywhere(none(maybe), grid_type))
    users = b.field("users", SetType(user), set_of(user))
    peak = b.field("peak", level, low)
    pair = b.field("pair", pair_type, record("Pair", none(OptionType(user)), FALSE))
    taken, deep = b.site("refused", "EBUSY", "taken"), b.site("blocked", "", "too-deep")
    s, k, u, held = var("s", slot), var("k", BOOL), var("u", user), var("held", table)
    cell, held_depth = at(grid, s, k), attr(held, "depth", depth)
    b.action(
        "make",
        {"s": slot, "k": BOOL, "u": user},
        when(no(is_none(cell)), give(outcome(taken, cell=cell))),
        put("grid", inject(record("Table", u, lit(1)), maybe), s, k),
        put("users", set_op(users, "|", set_of(user, u))),
        put("pair", update(pair, left=some(u), right=no(attr(pair, "right", BOOL)))),
        done(),
    )
    higher = ite(eq(peak, low), mid, high)
    b.action(
        "deepen",
        {"s": slot, "k": BOOL},
        when(no(is_variant(cell, "Table")), give(outcome(taken))),
        let("held", project(cell, table)),
        when(eq(held_depth, lit(2)), give(outcome(deep))),
        put("grid", inject(update(held, depth=plus(held_depth, 1)), maybe), s, k),
        when(compare(peak, "<", high), put("peak", higher)),
        done(),
    )
    w, f = var("w", user), var("f", slot)
    owned = exists(over("f", slot), _owned_by(at(grid, f, TRUE), w, table))
    kept = quant("set", over("w", user), w, both(isin(w, users), owned))
    b.action(
        "blank",
        {"s": slot},
        require(is_variant(at(grid, s, FALSE), "Table")),
        put("grid", inject(inject(record("Blank"), domain), maybe), s, FALSE),
        put("users", set_op(users, "&", kept)),
        kind="hardware",
        returns=NONE,
    )
    free = quant("first", over("f", slot), f, is_none(at(grid, f, FALSE)))
    b.action(
        "fill",
        {"u": user},
        require(no(is_none(free))),
        put("grid", inject(record("Table", u, lit(2)), maybe), project(free, slot), FALSE),
        put("users", set_op(users, "-", set_of(user, u))),
        kind="kernel",
        returns=NONE,
    )
    b.action(
        "wipe", {}, require(eq(peak, high)), put("grid", everywhere(none(maybe), grid_type)), kind="fault", returns=NONE
    )
    b.promise(
        "invariant",
        "users_own_tables",
        every(over("w", user), owned, isin(w, users)),
        premise=exists(over("w", user), owned),
    )
    b.promise("goal", "everybody", eq(length(users), size("User")))
    b.promise("goal", "peaked", both(eq(peak, high), attr(pair, "right", BOOL)))
    return b.ground()


def _owned_by(cell: Expr, who: Expr, table: RecordType) -> Expr:
    return both(is_variant(cell, "Table"), eq(attr(project(cell, table), "owner", who.type), who))


ALL: dict[str, Callable[[], GroundMachine]] = {
    "claim": claim_machine,
    "claim without rollback": lambda: claim_machine(2, rollback=False),
    "door": door_machine,
    "values": values_machine,
    "faults": faults_machine,
    "choices": choices_machine,
    "watch": watch_machine,
    "constants": constants_machine,
    "turns": turns_machine,
}
