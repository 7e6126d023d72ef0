"""A machine by hand whose work takes several turns, with promises about whole runs."""

from __future__ import annotations

from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, OUTCOME
from tests.build import Build
from tests.words import (
    FALSE,
    TRUE,
    ask,
    bounded,
    call,
    compare,
    done,
    either,
    eq,
    give,
    let,
    lit,
    no,
    outcome,
    plus,
    put,
    var,
    when,
)


def turns_machine(promises: bool = True) -> GroundMachine:
    """A counter that `work` takes from 0 to 2 and back, pending twice and then done; `wait` is pending and idle.

    Whoever takes a pending outcome for any other finds `wrong` set. The states are n = 0, 1, 2, each with two steps:
    six transitions, nothing refused.
    """
    b = Build("Turns")
    n = b.field("n", bounded(0, 2), lit(0))
    wrong = b.field("wrong", BOOL, FALSE)
    later = b.site("pending", "EAGAIN", "later")
    b.function("part", {}, [when(compare(n, "<", lit(2)), put("n", plus(n, 1)), give(outcome(later))), done()])
    answer = var("r", OUTCOME)
    other = [ask(answer, "refused"), ask(answer, "blocked"), ask(answer, "partial")]
    other += [ask(answer, "errno", "EAGAIN"), ask(answer, "reason", "later")]
    b.action(
        "work",
        {},
        let("r", call("Turns.part")),
        when(either(*other), put("wrong", TRUE)),
        when(ask(answer, "done"), put("n", lit(0))),
        give(answer),
    )
    b.action("wait", {}, give(outcome(later)))
    b.promise("invariant", "never_taken_for_another", no(wrong))
    is_done, is_refused = ask(var("outcome", OUTCOME), "done"), ask(var("outcome", OUTCOME), "refused")
    b.promise("action", "done_at_the_beginning", either(no(is_done), eq(n, lit(0))), premise=is_done)
    b.promise("action", "never_refused", no(is_refused), premise=is_refused)
    if promises:
        v = {"v": bounded(0, 2)}
        b.promise("leads_to", "any_number_ends", eq(n, lit(0)), premise=eq(n, var("v", v["v"])), params=v)
        b.promise("always_eventually", "at_rest", eq(n, lit(0)))
    return b.ground()
