"""Generated C that tells what every single run did: the search's own text, with one call put between run and result.

`settle` is where a run of an action ends, whoever started it. The text is compiled with `observed` in its place,
which notes what there is to see and then calls `settle`. So the functions, the tape, the packing and the order are the
very ones of the search; only what is remembered between states is left out.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from unittest.mock import patch

from checker.explicit import c_engine
from checker.explicit.c_engine import CSearch
from checker.explicit.c_model import Program, program
from spec.lang.ground import GroundMachine
from tests.agreement.taken import Taken

CALL = "if (settle(x, n, "
FIRST = "static void act0("

DECLARATION = """
static int observed(X *x, const S *n, int action, u64 instance, i64 site, int may);
"""

TEXT = """
static int observing;
static u64 *seen, seen_used, seen_room;

static void see(u64 value) {
	if (seen_used == seen_room) {
		seen_room = seen_room ? 2 * seen_room : 4096;
		seen = realloc(seen, seen_room * 8);
		if (!seen)
			abort();
	}
	seen[seen_used++] = value;
}

static void see_marked(u8 *marks, u64 count) {
	u64 total = 0;
	for (u64 i = 0; i < count; i++)
		total += marks[i];
	see(total);
	for (u64 i = 0; i < count; i++)
		if (marks[i])
			see(i);
	memset(marks, 0, count);
}

/* Action, arguments, whether it faults, site, tape, sites, warnings, the state after; the state as `settle` sees it. */
static int observed(X *x, const S *n, int action, u64 instance, i64 site, int may) {
	if (!observing)
		return settle(x, n, action, instance, site, may);
	int stop = x->stop;
	u64 w[WORDS];
	if (stop == STOP_DISABLED)
		return settle(x, n, action, instance, site, may);
	see((u64)action);
	see(instance);
	see(stop == STOP_FAULT);
	see((u64)site);
	see((u64)x->pos);
	for (i64 i = 0; i < x->pos; i++)
		see((u64)x->tape[i]);
	see_marked(x->marks.sites, N_SITES);
	see_marked(x->marks.warnings, N_WARNINGS);
	int counted = settle(x, n, action, instance, site, may);
	pack(stop ? &x->old : n, w);
	for (int i = 0; i < WORDS; i++)
		see(w[i]);
	for (int i = 0; i < WORDS; i++)
		see(stop ? x->here[i] : x->words[i]);
	return counted;
}

/* Everything that can happen in a state, as `observed` notes it. */
EXPORT const u64 *agreement_steps(X *x, const u64 *words, u64 *used) {
	memcpy(x->here, words, STATE_BYTES);
	memcpy(x->words, words, STATE_BYTES);
	unpack(words, &x->old);
	x->now = x->old;
	memset(&x->marks, 0, sizeof x->marks);
	memset(x->todo, 0, sizeof x->todo);
	x->stop = x->written = x->repack = x->warned = 0;
	x->mode = MODE_SEEK;
	x->hit.set = 1; /* nothing is looked for: successors are dropped */
	x->during = observing = 1;
	seen_used = 0;
	for (u64 turn = 0; turn < TURNS; turn++)
		run_member(x, (u32)turn, 0);
	observing = 0;
	*used = seen_used;
	return seen;
}
"""


def observed_program(ground: GroundMachine, labels: tuple[str, ...] = ()) -> Program:
    """The program of a machine, with every result noted on its way; AssertionError if the text has changed its form."""
    made = program(ground, labels)
    assert made.text.count(CALL) == len(ground.actions), "every action calls `settle` at one place"
    assert made.text.count(FIRST) == 1, "the functions of actions begin at one place"
    text = made.text.replace(FIRST, DECLARATION + FIRST).replace(CALL, "if (observed(x, n, ") + TEXT
    return replace(made, text=text)


class ObservedSearch(CSearch):
    """A search by generated C that can also take all steps of any one state; without `fast` it compiles sooner."""

    def __init__(self, ground: GroundMachine, constants: Mapping[str, Sequence[int]], *, fast: bool = True) -> None:
        with patch.object(c_engine, "program", observed_program):
            super().__init__(ground, constants, flags=None if fast else ("-O1",))
        self._take = self._library.agreement_steps
        self._take.restype = ctypes.c_void_p
        self._take.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint64)]

    def __enter__(self) -> ObservedSearch:
        return self

    def steps(self, slots: Sequence[int]) -> list[Taken]:
        """All steps of a state, in the order of the search."""
        layout = self.program.layout
        packed = layout.pack(slots)
        words = [packed >> 64 * i & (1 << 64) - 1 for i in range(layout.words)]
        used = ctypes.c_uint64()
        place = self._take(self._handle, (ctypes.c_uint64 * len(words))(*words), ctypes.byref(used))
        if not used.value:
            return []
        numbers = iter((ctypes.c_uint64 * used.value).from_address(place)[:])
        return list(self._read(numbers))

    def _read(self, numbers: Iterator[int]) -> Iterator[Taken]:
        layout = self.program.layout
        for action in numbers:
            args = self._arguments(action, next(numbers))
            fault, site = bool(next(numbers)), next(numbers)
            tape, sites, warnings = (tuple(_several(numbers)) for _ in range(3))
            packed, kept = (sum(next(numbers) << 64 * i for i in range(layout.words)) for _ in range(2))
            assert packed == kept, "the words that a step keeps up to date are those of its state"
            yield Taken(
                action,
                args,
                tape,
                None if fault else site,
                frozenset(sites),
                frozenset(warnings),
                layout.unpack(packed),
            )


def _several(numbers: Iterator[int]) -> Iterator[int]:
    for _ in range(next(numbers)):
        yield next(numbers)
