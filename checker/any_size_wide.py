"""A third look at what was proved for any size: more elements of a sort than one step can tell apart.

For every open sort, induction for given sizes asks whether the promises and lemmas of the proof keep one another from
every typed state where this sort has one element more than a step and a promise can name, and the others have two. The
constants are left open. Two elements are too few for text that asks whether three are different; these are not.
"""

from __future__ import annotations

from collections.abc import Callable

from checker.any_size_named import counted, named
from checker.any_size_small import DUE, SECONDS, Question, Small, broken_by_a_step, kept
from checker.constants import given_values
from checker.symbolic.encode import encode
from checker.symbolic.solver import Deadline
from checker.symbolic.sym_values import Unsupported
from checker.symbolic_system import with_kept_boundaries
from spec.lang.errors import RequestError, SpecError
from spec.lang.ground import ground

MOST = 9
"""More elements than this are not looked at: then nothing is said to hold for any size."""


def look_wide(question: Question, deadline: Deadline, say: Callable[[str], None]) -> list[Small]:
    """One look for each sort of which two elements are too few; ends at the first contradiction."""
    left = deadline.left()
    within = Deadline(SECONDS if left is None else min(left, SECONDS), deadline.memory)
    found: list[Small] = []
    for sort in question.open_sorts:
        sizes = {**dict.fromkeys(question.open_sorts, DUE), sort: _enough(question, sort)}
        if sizes[sort] > DUE:
            say(f"many: {' '.join(f'{name}={size}' for name, size in sizes.items())}")
            found.append(at_sizes(question, sizes, within))
            if found[-1].wrong:
                break
    return found


def _enough(question: Question, sort: str) -> int:
    """One more than a step and a promise name together, and more than every number in the text."""
    sizes = {**question.sizes, **dict.fromkeys(question.open_sorts, DUE)}
    return 1 + max(named(ground(question.machine, sizes, question.switches), sort), counted(question.machine))


def at_sizes(question: Question, sizes: dict[str, int], deadline: Deadline) -> Small:
    """Whether they keep one another at these sizes, whatever the constants are."""
    many = max(sizes.values())
    if many > MOST:
        return Small(sizes, missing=f"the text tells {many - 1} elements apart, and at most {MOST - 1} are looked at")
    try:
        finite = with_kept_boundaries(ground(question.machine, {**question.sizes, **sizes}, question.switches))
        system = encode(finite, given_values(finite, question.given)).system
    except (RequestError, SpecError, Unsupported) as error:
        return Small(sizes, missing=str(error).partition("\n")[0])
    inductive, lost, why = kept(system, question.support, deadline)
    return Small(sizes, None, inductive, broken_by_a_step(lost), why)
