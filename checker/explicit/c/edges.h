/*
 * The changes of every state after a search, and questions to single states. Nothing new is counted or found: states
 * are visited again, and what is pushed is looked up. Steps that the search remembers are replayed here too.
 */

/* What one call found: how many edges there were after each state (all calls together), and what kind it is of. */
struct Edges {
	u32 *target, *turn;
	u64 count, room, total;
	u64 *ends;
	u8 *kinds;
	u64 states, states_room;
	u32 *stamp, serial; /* per state, the last group of edges with one source and turn that led there */
	u64 ends_of[BATCH];  /* per source of a batch, where in the queue its successors end */
	u8 outside[BATCH];
};

enum { EDGES_KNOWN, EDGES_OUTSIDE, EDGES_UNKNOWN };

EXPORT void uapicheck_edges_free(X *x) {
	struct Edges *e = x->edges;
	if (!e)
		return;
	void *parts[] = {e->target, e->turn, e->ends, e->kinds, e->stamp, e};
	x->edges = NULL;
	for (u64 i = 0; i < sizeof parts / sizeof *parts; i++)
		free(parts[i]);
}

/* Makes an array larger; false without memory, and then it is as it was. */
static int edges_grow(void **array, u64 count, u64 each) {
	void *p = realloc(*array, count * each);
	if (p)
		*array = p;
	return p != NULL;
}

/* Room for the edges of all that is in the queue, and for the states of a batch. */
static int edges_room(struct Edges *e, u64 edges) {
	if (e->count + edges > e->room) {
		u64 room = 2 * (e->count + edges) + 1024;
		if (!edges_grow((void **)&e->target, room, 4) || !edges_grow((void **)&e->turn, room, 4))
			return 0;
		e->room = room;
	}
	if (e->states + BATCH > e->states_room) {
		u64 room = 2 * e->states + 2 * BATCH;
		if (!edges_grow((void **)&e->ends, room, 8) || !edges_grow((void **)&e->kinds, room, 1))
			return 0;
		e->states_room = room;
	}
	return 1;
}

static int edges_begin(X *x) {
	if (!x->edges) {
		struct Edges *e = x->edges = calloc(1, sizeof *x->edges);
		if (!e || !(e->stamp = calloc(x->visited.count + 1, sizeof(u32))))
			return 0;
	}
	x->edges->count = x->edges->states = 0;
	memset(x->todo, 0, sizeof x->todo);
	x->during = x->halt = 0;
	return 1;
}

static int before(const void *a, const void *b) {
	u64 left = *(const u64 *)a, right = *(const u64 *)b;
	return left < right ? -1 : left > right;
}

/* Puts keys in order: few, and nearly in order, as a rule. */
static void edges_sort(u64 *keys, u64 n) {
	if (n > 64) {
		qsort(keys, n, sizeof *keys, before);
		return;
	}
	for (u64 i = 1; i < n; i++) {
		u64 key = keys[i], at = i;
		for (; at && keys[at - 1] > key; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
}

/* A number for the edges that share a source and a turn. */
static u32 edges_serial(X *x) {
	struct Edges *e = x->edges;
	if (!++e->serial) {
		memset(e->stamp, 0, (x->visited.count + 1) * sizeof(u32));
		e->serial = 1;
	}
	return e->serial;
}

/*
 * The edges of one source: its part of the queue by turns, those of a turn in the order of its tapes, each target of
 * a turn once. False if a target is none of the states found.
 */
static int edges_of(X *x, u64 from, u64 to) {
	struct Edges *e = x->edges;
	u64 n = to - from, *keys = x->hashes + from;
	for (u64 i = 0; i < n; i++) {
		if (!x->guesses[from + i])
			return 0;
		keys[i] = queued(x, from + i)[WORDS] << 32 | i;
	}
	edges_sort(keys, n);
	u32 serial = 0, last = 0;
	for (u64 i = 0; i < n; i++) {
		u32 turn = (u32)(keys[i] >> 32), target = x->guesses[from + (u32)keys[i]] - 1;
		if (!i || turn != last)
			serial = edges_serial(x);
		last = turn;
		if (e->stamp[target] == serial)
			continue;
		e->stamp[target] = serial;
		e->target[e->count] = target;
		e->turn[e->count++] = turn;
	}
	return 1;
}

/* Looks up the queue, and turns it into the edges of `sources` states; false without memory. */
static int edges_flush(X *x, u64 sources) {
	struct Edges *e = x->edges;
	u64 n = x->pending;
	x->pending = 0;
	if (!edges_room(e, n))
		return 0;
	for (u64 i = 0; i < n; i++)
		x->guesses[i] = (u32)visited_guess(&x->visited, x->hashes[i]);
	for (u64 i = 0; i < n; i++) {
		u64 guess = x->guesses[i];
		if (UNLIKELY(!guess || !same_words(state_at(&x->visited, guess - 1), queued(x, i))))
			x->guesses[i] = (u32)lookup(&x->visited, queued(x, i), x->hashes[i]);
	}
	for (u64 i = 0, from = 0; i < sources; from = e->ends_of[i++]) {
		u64 count = e->count;
		int known = edges_of(x, from, e->ends_of[i]);
		e->kinds[e->states] = e->outside[i] ? EDGES_OUTSIDE : known ? EDGES_KNOWN : EDGES_UNKNOWN;
		e->total += e->count - count;
		e->ends[e->states++] = e->total;
	}
	return 1;
}

/*
 * The edges of the states from `from` on, until all are done, there are `most` of them, or `seconds` are over.
 * The number of the first state that was not looked at; -1 without memory.
 */
EXPORT i64 uapicheck_edges(X *x, i64 from, u64 most, double seconds) {
	if (!edges_begin(x))
		return -1;
	double deadline = clock_now() + seconds;
	u64 at = (u64)from, last = x->visited.count;
	if (!at)
		x->reviewed = 0;
	while (at < last && x->edges->count < most && clock_now() < deadline) {
		u64 first = at, end = last - at < BATCH ? last : at + BATCH, done = at;
		if (at >= x->reviewed + REVIEW) {
			x->reviewed = at;
			if (!review(x))
				return -1;
		}
		look_ahead(x, first, end - first, 0);
		while (at < end) {
			visit(x, at, at - first, 0);
			x->edges->outside[at - done] = (u8)x->is_outside;
			x->edges->ends_of[at - done] = x->pending;
			at++;
			if (x->halt)
				return -1;
			if (at < end && x->pending < PENDING)
				continue;
			if (!edges_flush(x, at - done))
				return -1;
			done = at;
		}
	}
	return (i64)at;
}

/* What the last call of `uapicheck_edges` found, one array after the other; the number of edges or of states. */
EXPORT i64 uapicheck_edges_part(const X *x, int which, const void **out) {
	const struct Edges *e = x->edges;
	const void *parts[] = {e->target, e->turn, e->ends, e->kinds};
	*out = parts[which];
	return (i64)(which < 2 ? e->count : e->states);
}

/* One byte per state from `from` to `to` - 1: whether a label holds there. The number of faults, which count as no. */
EXPORT i64 uapicheck_label(X *x, i64 which, i64 instance, i64 from, i64 to, u8 *out) {
	i64 faults = 0;
	x->during = 0;
	for (i64 at = from; at < to; at++) {
		load(x, (u64)at);
		take_apart(x);
		x->stop = 0;
		i64 found = label(x, &x->now, &x->old, (u64)which, (u64)instance);
		out[at - from] = !x->stop && found != 0;
		faults += x->stop != 0;
		x->stop = x->warned = 0;
	}
	return faults;
}

EXPORT i64 uapicheck_initial_states(const X *x) { return (i64)x->first_level; }
