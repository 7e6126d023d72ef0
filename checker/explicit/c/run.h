/*
 * One search: what a run of a generated function may touch, the tape of choices, and what happens to the result.
 * Before this text: WORDS, N_ACTIONS, N_SITES, N_WARNINGS, N_WATCHED, N_PARTS, SITE_KIND[], the structs S (a state
 * taken apart) and K (the constants).
 */
#ifndef BATCH /* tests make these small */
#define BATCH 64    /* sources that are looked at together */
#define PENDING 512 /* successors that are looked up together */
#endif
#define COPIED 2    /* successors that are copied before one knows how many there are */

enum { STOP_FAULT = 1, STOP_DISABLED = 2 };
enum { TOO_LARGE = 1, TOO_MANY = 2 }; /* an integer that is not computed; more steps than can be counted */
enum { HALT_TIME = 1, HALT_MEMORY, HALT_STATES, HALT_DEPTH, HALT_INTERRUPT };
enum { KIND_DONE = 1, KIND_REFUSED = 2, KIND_BLOCKED = 4, KIND_PARTIAL = 8, KIND_KEEPS = 16 };
/* The properties that are always on come first among the watched ones. */
enum { WATCH_REFUSED, WATCH_BOUNDS, WATCH_WARNINGS, WATCH_DEADLOCK };
/* In place of an action: the state itself violates; the initialiser does. */
enum { NO_ACTION = -1, IN_INITIAL = -2 };

typedef struct {
	i64 set;
	u64 state;
	i64 action;
	u64 instance;
	i64 length;
	i64 *tape;
	u32 turn;
} Found;

/* All sources before `source` have been expanded when there were `states` states. */
typedef struct {
	u64 source, states;
} Checkpoint;

enum { MODE_SEARCH, MODE_SEEK, MODE_RECORD };

/* Where the code of one entry of a field is packed. */
typedef struct {
	u32 word, shift;
} Place;

/* Outcomes made, warnings met, and properties whose premise was true. */
typedef struct {
	u8 sites[N_SITES + 1], warnings[N_WARNINGS + 1], premises[N_WATCHED + 1];
} Marks;

typedef struct {
	u64 mask[WORDS];
	u64 first, count; /* its members in `x->members` */
	u64 group;        /* the id of its group */
	int direct;       /* not worth remembering */
} Class;

typedef struct {
	u64 key[WORDS];
	u32 entry; /* place in the log + 1; 0 is an empty slot */
} Slot;

/* In the log: the header, then `count` times the difference of the state (WORDS) and the turn. */
typedef struct {
	u32 count, flags;
	u64 transitions, refusals;
} Header;

#define HEADER_WORDS (sizeof(Header) / 8)
enum { ENTRY_MOVED = 1, ENTRY_OUTSIDE = 2 };

typedef struct {
	u64 mask[WORDS];
	u32 *members;
	u64 count;
	Slot *slots;
	u64 slot_count, used;
	int shift;
	u32 *entries; /* places of all entries in the log + 1, by their content */
	u64 entry_slots, entry_count;
	u64 *log;
	u64 log_used, log_room;
	u64 missed, poor;
	double misses;
	int direct, checks;
	u64 id;
} Group;

typedef struct X {
	int overflow, stop, written, repack, warned, during, mode, moved, is_outside, apart, halt, noted;
	i64 pos, len, room;
	i64 *tape, *cards;
	u64 source;
	u32 turn;         /* place of the action and its arguments in the order of steps */
	int broken;       /* a property that holds during actions was violated in this run */
	u64 here[WORDS];  /* the state the step begins in */
	u64 words[WORDS]; /* the state as it is now, except after a composite was written: then `repack` is set */
	u64 transitions, refusals, outside;
	u64 pending, queue_room;
	u64 *queue, *hashes; /* in the queue per successor its words, then source << 32 | turn */
	u32 *guesses, *fresh;
	Visited visited;
	Sym *sym; /* NULL where every state is stored */
	struct Edges *edges;
	u8 broke[N_WATCHED + 1];
	u8 todo[N_WATCHED + 1];
	Marks marks;
	u8 done[N_ACTIONS + 1];
	K k;
	S old, now;
	const S *olds[N_PARTS + 1]; /* per part, the state before the call of its action that is under way */
	Group *groups, *recording;
	Class *classes;
	u32 *members, *action_of, *known;
	int all_direct;
	double best_misses;
	u64 group_count, check_groups, next_id, class_count, check_classes, reviewed, regroup_at;
	u64 first_turn[N_ACTIONS + 1];
	Found found[N_WATCHED + 1];
	Found hit;
	u64 wanted[WORDS];
	u64 level_begin, level_end, first_level;
	i64 depth, checked, max_depth, max_states;
	double deadline;
	volatile int interrupted;
	Checkpoint *checkpoints;
	u64 checkpoint_count, checkpoint_room;
} X;

/* --- choices ------------------------------------------------------------------------------------------------- */

NOINLINE i64 take_new(X *x, i64 card) {
	if (x->len == x->room) {
		i64 room = x->room ? 2 * x->room : 64;
		i64 *tape = realloc(x->tape, (size_t)room * sizeof(i64));
		if (tape)
			x->tape = tape;
		i64 *cards = realloc(x->cards, (size_t)room * sizeof(i64));
		if (cards)
			x->cards = cards;
		if (!tape || !cards) {
			x->halt = HALT_MEMORY;
			return 0;
		}
		x->room = room;
	}
	x->tape[x->len] = 0;
	x->cards[x->len++] = card;
	return 0;
}

/* The next entry of the tape; a new one starts at 0. */
ALWAYS_INLINE i64 take(X *x, i64 card) {
	i64 at = x->pos++;
	if (at < x->len) {
		x->cards[at] = card;
		return x->tape[at];
	}
	return take_new(x, card);
}

ALWAYS_INLINE void tape_start(X *x) { x->pos = x->len = 0; }

/* The next tape in odometer order; false after the last. */
ALWAYS_INLINE int tape_next(X *x) {
	i64 at = x->pos < x->len ? x->pos : x->len;
	while (at > 0 && x->tape[at - 1] + 1 >= x->cards[at - 1])
		at--;
	x->pos = 0;
	x->len = at;
	if (!at)
		return 0;
	x->tape[at - 1]++;
	return 1;
}

/* --- what is found ------------------------------------------------------------------------------------------- */

NOINLINE void note_at(X *x, Found *f, i64 action, u64 instance) {
	free(f->tape);
	f->set = 1;
	f->state = x->source;
	f->action = action;
	f->instance = instance;
	f->turn = x->turn;
	f->length = action == NO_ACTION ? 0 : x->pos;
	f->tape = malloc((size_t)(f->length + 1) * sizeof(i64));
	if (!f->tape) {
		f->length = 0;
		x->halt = HALT_MEMORY;
	}
	for (i64 i = 0; i < f->length; i++)
		f->tape[i] = x->tape[i];
}

/*
 * The watched property is violated here, or the goal reached; only the first time counts. Steps of one state may be
 * taken in another order than that of their turns, so an earlier turn of the same state still comes first.
 */
ALWAYS_INLINE void note(X *x, int watched, i64 action, u64 instance) {
	Found *f = &x->found[watched];
	if (UNLIKELY(x->todo[watched]) && (!f->set || (f->action >= 0 && action >= 0 && x->turn < f->turn))) {
		x->noted = 1;
		note_at(x, f, action, instance);
	}
}

/* After a state, what was found in it is settled. */
ALWAYS_INLINE void settle_notes(X *x) {
	if (UNLIKELY(x->noted)) {
		x->noted = 0;
		for (int i = 0; i < N_WATCHED; i++)
			x->todo[i] &= !x->found[i].set;
	}
}

/* Reports what was violated in the middle of the run, now that its tape is known. */
NOINLINE void note_broken(X *x, i64 action, u64 instance) {
	x->broken = 0;
	for (int i = 0; i < N_WATCHED; i++)
		if (x->broke[i]) {
			x->broke[i] = 0;
			note(x, i, action, instance);
		}
}

#define RECORD (WORDS + 1)
#define RECORD_BYTES ((u64)RECORD * 8)

/* Room for `more` successors in the queue, and for what `replay` copies in vain; false without memory. */
NOINLINE int queue_grow(X *x, u64 more) {
	u64 room = 2 * (x->pending + more) + 2 * PENDING;
	void **parts[] = {(void **)&x->queue, (void **)&x->hashes, (void **)&x->guesses, (void **)&x->fresh};
	u64 sizes[] = {RECORD_BYTES, 8, 4, 4};
	for (int i = 0; i < 4; i++) {
		void *p = realloc(*parts[i], (room + COPIED) * sizes[i]);
		if (!p) {
			x->halt = HALT_MEMORY;
			return 0;
		}
		*parts[i] = p;
	}
	if (x->sym && !sym_queue_room(x->sym, room + COPIED)) {
		x->halt = HALT_MEMORY;
		return 0;
	}
	x->queue_room = room;
	return 1;
}

ALWAYS_INLINE u64 *queued(X *x, u64 at) { return x->queue + at * RECORD; }

/* What a queued state is looked up by. */
ALWAYS_INLINE u64 *looked_up(X *x, u64 at) {
	return UNLIKELY(x->sym != NULL) ? x->sym->forms + at * WORDS : queued(x, at);
}

/* A state by its number, as it was found. */
ALWAYS_INLINE const u64 *found_state(const X *x, u64 number) {
	return UNLIKELY(x->sym != NULL) ? x->sym->states + number * WORDS : state_at(&x->visited, number);
}

/* Fetches where a queued state will be looked up by these words. */
ALWAYS_INLINE void queue_ready(X *x, u64 at, const u64 *words) {
	u64 hash = hash_of(words);
	x->hashes[at] = hash;
	__builtin_prefetch(slots_of(&x->visited, bucket_of(&x->visited, hash)));
}

/* The same by the canonical form; false if the state need not be looked up, for its orbit is surely stored. */
NOINLINE int queue_form(X *x, u64 at) {
	Sym *y = x->sym;
	if (same_words(sym_place(y, queued(x, at)), queued(x, at)))
		return 0;
	y->stabilisers[at] = sym_canonical(y, queued(x, at), looked_up(x, at));
	queue_ready(x, at, looked_up(x, at));
	return 1;
}

static int log_room(Group *g, u64 more);

/* The state a run leads to. */
static inline void push(X *x, i64 action, u64 instance, const u64 *w) {
	if (x->mode == MODE_RECORD) {
		Group *g = x->recording;
		if (!log_room(g, WORDS + 1)) {
			x->halt = HALT_MEMORY;
			return;
		}
		for (int i = 0; i < WORDS; i++)
			g->log[g->log_used++] = w[i] ^ x->here[i];
		g->log[g->log_used++] = x->turn;
	} else if (x->mode == MODE_SEEK) {
		if (!x->hit.set && same_words(w, x->wanted))
			note_at(x, &x->hit, action, instance);
	} else if (x->pending < x->queue_room || queue_grow(x, 1)) {
		u64 at = x->pending++;
		memcpy(queued(x, at), w, STATE_BYTES);
		queued(x, at)[WORDS] = x->source << 32 | x->turn;
		if (LIKELY(!x->sym))
			queue_ready(x, at, queued(x, at));
		else
			x->pending -= !queue_form(x, at);
	}
}

/* The run did not happen. */
ALWAYS_INLINE void forget(X *x) {
	x->stop = x->warned = 0;
#if HAS_DURING
	if (UNLIKELY(x->broken)) {
		x->broken = 0;
		memset(x->broke, 0, sizeof x->broke);
	}
#endif
}

/* --- the end of a run ---------------------------------------------------------------------------------------- */

ALWAYS_INLINE void pack(const S *s, u64 *w);
ALWAYS_INLINE void unpack(const u64 *w, S *s);

enum { MAY_STOP = 1, MAY_WRITE = 2, MAY_WARN = 4 };

/* Counts the step and passes on the new state; false when there was no step. `may` is what the action can do. */
ALWAYS_INLINE int settle(X *x, const S *n, int action, u64 instance, i64 site, int may) {
	if (may & MAY_STOP && x->stop == STOP_DISABLED) {
		forget(x);
		return 0;
	}
	if (may & MAY_WARN && UNLIKELY(x->warned)) {
		x->warned = 0;
		note(x, WATCH_WARNINGS, action, instance);
	}
#if HAS_DURING
	if (UNLIKELY(x->broken))
		note_broken(x, action, instance);
#endif
	if (may & MAY_STOP && UNLIKELY(x->stop)) {
		x->stop = 0;
		note(x, WATCH_BOUNDS, action, instance);
		return 0;
	}
	int kind = SITE_KIND[site];
	int changed = 0;
	if (may & MAY_WRITE && x->written) {
		if (x->repack) {
			pack(n, x->words);
			x->repack = 0;
		}
		changed = !same_words(x->words, x->here);
	}
	if (kind & KIND_KEEPS) {
		if (LIKELY(!changed)) {
			x->refusals++;
			return 1;
		}
		note(x, WATCH_REFUSED, action, instance);
	}
	x->transitions++;
	if (kind & KIND_DONE)
		x->done[action] = 1;
	if (changed) {
		x->moved = 1;
		push(x, action, instance, x->words);
	}
	return 1;
}

/* Back to the state the step began in. */
ALWAYS_INLINE void undo(X *x, S *n, const S *o, int may) {
	if (may & MAY_WRITE && x->written) {
		*n = *o;
		memcpy(x->words, x->here, STATE_BYTES);
		x->written = x->repack = 0;
	}
}
