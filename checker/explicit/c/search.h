/*
 * The breadth-first search. Before this text the generated functions: pack, unpack, initialise (one run of the
 * initialiser), check (one property of single states), inside_boundary, is_final, step (all tapes of one action with
 * given arguments).
 */

/*
 * Looks up what was pushed. New states go into the array in the order of their sources and turns, which is not quite
 * the order in which groups pushed them.
 */
NOINLINE void flush(X *x) {
	u64 n = x->pending, fresh = 0;
	x->pending = 0;
	if (x->halt == HALT_MEMORY || !n)
		return;
	if (!visited_ready(&x->visited, n) || (x->sym && !sym_room(x->sym, x->visited.count + n))) {
		x->halt = HALT_MEMORY;
		return;
	}
	for (u64 i = 0; i < n; i++)
		x->guesses[i] = (u32)visited_guess(&x->visited, x->hashes[i]);
	for (u64 i = 0; i < n; i++) {
		u64 guess = x->guesses[i];
		if (LIKELY(guess && same_words(state_at(&x->visited, guess - 1), looked_up(x, i))))
			continue;
		u64 at = fresh++;
		for (; at && queued(x, x->fresh[at - 1])[WORDS] > queued(x, i)[WORDS]; at--)
			x->fresh[at] = x->fresh[at - 1];
		x->fresh[at] = (u32)i;
	}
	for (u64 i = 0; i < fresh; i++) {
		u64 at = x->fresh[i], count = x->visited.count;
		visited_add(&x->visited, looked_up(x, at), x->hashes[at]);
		if (x->sym && x->visited.count > count)
			sym_store(x->sym, count, queued(x, at), x->sym->stabilisers[at]);
	}
	for (u64 i = 0; x->sym && i < n; i++)
		memcpy(sym_place(x->sym, queued(x, i)), queued(x, i), STATE_BYTES);
}

/* All runs of the initialiser. */
static void start(X *x) {
	tape_start(x);
	do {
		memset(&x->now, 0, sizeof x->now);
		x->source = x->turn = 0;
		x->written = x->repack = x->warned = x->stop = 0;
		Marks kept = x->marks;
		initialise(x, &x->now, &x->old);
		if (x->stop == STOP_DISABLED)
			x->marks = kept;
		else if (x->warned)
			note(x, WATCH_WARNINGS, IN_INITIAL, 0);
		if (x->stop == STOP_FAULT) {
			note(x, WATCH_BOUNDS, IN_INITIAL, 0);
		} else if (!x->stop) {
			u64 w[WORDS];
			pack(&x->now, w);
			push(x, IN_INITIAL, 0, w);
			if (x->pending >= PENDING)
				flush(x);
		}
		settle_notes(x);
		x->written = x->repack = x->warned = x->stop = 0;
	} while (!x->halt && tape_next(x) && !x->hit.set);
	tape_start(x);
}

ALWAYS_INLINE void load(X *x, u64 source) {
	x->source = source;
	memcpy(x->here, found_state(x, source), STATE_BYTES);
	memcpy(x->words, x->here, STATE_BYTES);
	x->moved = x->is_outside = x->apart = 0;
}

/* One member of a class: a property of single states, or an action with its arguments. */
static void run_member(X *x, u32 member, int checks) {
	if (checks) {
		check(x, &x->now, &x->old, member);
		return;
	}
	u32 action = x->action_of[member];
	x->turn = member;
	step(x, &x->now, &x->old, action, member - x->first_turn[action]);
}

/* Replays what a group did in another state with the same bits; false without memory. */
ALWAYS_INLINE int replay(X *x, const u64 *entry) {
	const Header *head = (const Header *)entry;
	x->transitions += head->transitions;
	x->refusals += head->refusals;
	x->moved |= head->flags & ENTRY_MOVED;
	u64 count = head->count;
	if (UNLIKELY(x->pending + count > x->queue_room) && !queue_grow(x, count))
		return 0;
	const u64 *records = entry + HEADER_WORDS;
	u64 *end = queued(x, x->pending);
	memcpy(end, records, COPIED * RECORD_BYTES); /* a fixed number costs less than a guess how many */
	if (UNLIKELY(count > COPIED))
		memcpy(end + COPIED * RECORD, records + COPIED * RECORD, (count - COPIED) * RECORD_BYTES);
	x->pending += count;
	return 1;
}

/* Of the states that were queued from the `from`th on, those that must be looked up stay. */
NOINLINE void queue_forms(X *x, u64 from) {
	u64 end = from;
	for (u64 at = from; at < x->pending; at++) {
		if (end != at)
			memcpy(queued(x, end), queued(x, at), RECORD_BYTES);
		end += (u64)queue_form(x, end);
	}
	x->pending = end;
}

/* Turns the replayed differences from the `from`th on into states to look up. */
ALWAYS_INLINE void queue_states(X *x, u64 from) {
	for (u64 at = from; at < x->pending; at++) {
		u64 *record = queued(x, at);
		for (int k = 0; k < WORDS; k++)
			record[k] ^= x->here[k];
		record[WORDS] |= x->source << 32;
		if (LIKELY(!x->sym))
			queue_ready(x, at, record);
	}
	if (UNLIKELY(x->sym != NULL))
		queue_forms(x, from);
}

/* Runs groups of properties, or of steps, in the present state, which is number `place` of its batch. */
ALWAYS_INLINE void run_groups(X *x, u64 from, u64 to, u64 place, int checks) {
	u64 begin = x->pending;
	for (u64 i = from; i < to; i++) {
		Group *g = &x->groups[i];
		if (UNLIKELY(g->direct)) {
			if (!checks)
				queue_states(x, begin);
			take_apart(x);
			for (u64 k = 0; k < g->count; k++)
				run_member(x, g->members[k], checks);
			begin = x->pending;
			continue;
		}
		u32 entry = x->known[i * BATCH + place];
		if (UNLIKELY(!entry) && !(entry = group_entry(x, g))) {
			x->halt = HALT_MEMORY;
			return;
		}
		if (checks)
			x->is_outside |= ((const Header *)(g->log + entry - 1))->flags & ENTRY_OUTSIDE;
		else if (!replay(x, g->log + entry - 1))
			return;
	}
	if (!checks)
		queue_states(x, begin);
}

/* What was counted in a state counts for all states of its orbit. */
static u64 weighed(X *x, u64 before, u64 now, u64 orbit) {
	u64 more, sum;
	if (__builtin_mul_overflow(now - before, orbit, &more) || __builtin_add_overflow(before, more, &sum) || sum >> 63)
		x->overflow |= TOO_MANY;
	return sum;
}

/* Checks one state and, unless it is too deep or outside a boundary, takes all its steps. */
static void visit(X *x, u64 source, u64 place, int deepest) {
	u64 counts[] = {x->transitions, x->refusals, x->outside};
	load(x, source);
	run_groups(x, 0, x->check_groups, place, 1);
	if (x->is_outside)
		x->outside++;
	if (!x->is_outside && !deepest) {
		run_groups(x, x->check_groups, x->group_count, place, 0);
		if (!x->moved) {
			take_apart(x);
			if (!is_final(x, &x->now, &x->old))
				note(x, WATCH_DEADLOCK, NO_ACTION, 0);
		}
	}
	settle_notes(x);
	if (x->sym) {
		u64 orbit = x->sym->orbits[source];
		x->transitions = weighed(x, counts[0], x->transitions, orbit);
		x->refusals = weighed(x, counts[1], x->refusals, orbit);
		x->outside = weighed(x, counts[2], x->outside, orbit);
	}
}

/* Looks up in all groups what is known of the sources of a batch. */
static void look_ahead(X *x, u64 first, u64 count, int deepest) {
	u64 groups = deepest ? x->check_groups : x->group_count;
	for (u64 i = 0; i < groups; i++)
		if (!x->groups[i].direct)
			group_lookup(&x->groups[i], found_state(x, first), count, x->known + i * BATCH);
}

static double clock_now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void checkpoint(X *x, u64 source) {
	u64 n = x->checkpoint_count;
	if (n && source < x->checkpoints[n - 1].source + 1024)
		return;
	if (n == x->checkpoint_room) {
		u64 room = n ? 2 * n : 64;
		Checkpoint *more = realloc(x->checkpoints, room * sizeof(Checkpoint));
		if (!more)
			return; /* fewer of them only make a later walk back longer */
		x->checkpoints = more;
		x->checkpoint_room = room;
	}
	x->checkpoints[x->checkpoint_count++] = (Checkpoint){source, x->visited.count};
}

/* Something from outside that ends the search between two batches. */
static int must_halt(X *x) {
	if (x->interrupted)
		x->halt = HALT_INTERRUPT;
	else if (x->deadline > 0 && clock_now() >= x->deadline)
		x->halt = HALT_TIME;
	return x->halt;
}

/* One level; sources go in batches whose successors are looked up together. */
static void run_level(X *x, int deepest) {
	u64 at = x->level_begin;
	while (at < x->level_end && !must_halt(x)) {
		checkpoint(x, at);
		if (at >= x->reviewed + REVIEW) {
			x->reviewed = at;
			if (!review(x)) {
				x->halt = HALT_MEMORY;
				return;
			}
		}
		u64 first = at, end = x->level_end - at < BATCH ? x->level_end : at + BATCH;
		look_ahead(x, first, end - first, deepest);
		while (at < end && !x->halt) {
			if (x->max_states >= 0 && x->visited.count + x->pending >= (u64)x->max_states) {
				flush(x);
				if (x->visited.count >= (u64)x->max_states && !deepest) {
					x->halt = HALT_STATES;
					return;
				}
			}
			visit(x, at, at - first, deepest);
			at++;
			if (x->pending >= PENDING)
				flush(x);
		}
		flush(x);
		x->level_begin = at;
	}
}

static void search(X *x) {
	start(x);
	flush(x);
	x->during = 1;
	x->first_level = x->level_end = x->visited.count;
	while (!x->halt && x->level_begin < x->level_end) {
		int deepest = x->max_depth >= 0 && x->depth >= x->max_depth;
		run_level(x, deepest);
		if (x->halt && x->visited.count > x->level_end)
			x->depth++;
		if (x->halt)
			return;
		x->checked = x->depth;
		if (deepest) {
			x->halt = HALT_DEPTH;
			return;
		}
		x->level_begin = x->level_end;
		x->level_end = x->visited.count;
		if (x->level_begin < x->level_end)
			x->depth++;
	}
}

/* --- the way back -------------------------------------------------------------------------------------------- */

/*
 * Finds the source and step that first led to a state: no links are kept; the steps of at most a few thousand
 * sources after the last checkpoint before its discovery are taken again, nothing being counted or checked.
 */
static int find_origin(X *x, u64 target) {
	u8 todo[sizeof x->todo];
	u64 counts[3] = {x->transitions, x->refusals, x->outside};
	memcpy(todo, x->todo, sizeof todo);
	memset(x->todo, 0, sizeof x->todo);
	memcpy(x->wanted, found_state(x, target), STATE_BYTES);
	free(x->hit.tape);
	memset(&x->hit, 0, sizeof x->hit);
	int during = x->during, halt = x->halt;
	x->during = x->halt = 0;
	x->mode = MODE_SEEK;
	if (target < x->first_level) {
		start(x);
	} else {
		u64 low = 0, high = x->checkpoint_count;
		while (high - low > 1) {
			u64 middle = (low + high) / 2;
			if (x->checkpoints[middle].states <= target)
				low = middle;
			else
				high = middle;
		}
		for (u64 at = x->checkpoint_count ? x->checkpoints[low].source : 0; at < target && !x->hit.set; at++) {
			load(x, at);
			take_apart(x);
			for (u64 turn = 0; turn < TURNS && !x->hit.set && inside_boundary(x, &x->now, &x->old); turn++)
				run_member(x, (u32)turn, 0);
		}
	}
	x->mode = MODE_SEARCH;
	x->during = during;
	x->halt = halt;
	memcpy(x->todo, todo, sizeof todo);
	x->transitions = counts[0];
	x->refusals = counts[1];
	x->outside = counts[2];
	return (int)x->hit.set;
}
