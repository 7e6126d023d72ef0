/*
 * Steps remembered. An action with given arguments reads and writes only some slots of the state; whatever it does
 * depends on these alone. So its steps in one state are its steps in every state with the same bits there: they are
 * taken once, and replayed as counts and bit differences. Actions are members of classes with equal masks; classes
 * whose masks together still see few different keys share one group, hence one look-up per state. The properties of
 * single states are members of classes of their own.
 *
 * Nothing is lost by replaying: what a run reports is reported when it is first made, and that is in the first state,
 * in search order, with that key. A group that meets new keys too often falls apart, and at last runs directly.
 */
#ifndef REVIEW /* tests make these small */
#define REVIEW 8192        /* sources between two looks at how the groups do */
#define REGROUP_FROM 32768 /* states from which on a look at a sample of them pays */
#define SETTLED 4          /* poor reviews before a group goes apart */
#endif
#define SAMPLE_MOST 8192
#define MANY (REVIEW / 5 * 3) /* with more new keys between two reviews, remembering is not worth it */
#define RECORD_COST 6         /* of taking the steps of one member and writing them down, in look-ups */
#define MEMO_BYTES ((u64)64 << 20)

ALWAYS_INLINE u64 masked_hash(const u64 *w, const u64 *mask, u64 *key) {
	u64 h = 0, odd = 0x9e3779b97f4a7c15ull;
	for (int i = 0; i < WORDS; i++, odd = odd * 5 + 2) {
		key[i] = w[i] & mask[i];
		h += key[i] * odd;
	}
	return (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
}

static void group_free(Group *g) {
	free(g->members);
	unmap(g->slots, g->slot_count * sizeof(Slot));
	free(g->entries);
	free(g->log);
}

static u64 group_bytes(const Group *g) { return g->slot_count * sizeof(Slot) + g->entry_slots * 4 + g->log_room * 8; }

static int slots_grow(Group *g) {
	u64 count = g->slot_count ? 2 * g->slot_count : 64;
	Slot *slots = map_zeroed(count * sizeof(Slot));
	if (!slots)
		return 0;
	int shift = 64 - __builtin_ctzll(count);
	for (u64 i = 0; i < g->slot_count; i++)
		if (g->slots[i].entry) {
			u64 key[WORDS], at = masked_hash(g->slots[i].key, g->mask, key) >> shift;
			while (slots[at].entry)
				at = (at + 1) & (count - 1);
			slots[at] = g->slots[i];
		}
	unmap(g->slots, g->slot_count * sizeof(Slot));
	g->slots = slots;
	g->slot_count = count;
	g->shift = shift;
	return 1;
}

static u64 entry_words(const u64 *entry) { return HEADER_WORDS + ((const Header *)entry)->count * RECORD; }

static u64 entry_hash(const u64 *entry) {
	u64 h = 0, n = entry_words(entry);
	for (u64 i = 0; i < n; i++) {
		h = (h ^ entry[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	return h;
}

static void entry_insert(Group *g, u32 entry, u64 hash) {
	u64 at = hash & (g->entry_slots - 1);
	while (g->entries[at])
		at = (at + 1) & (g->entry_slots - 1);
	g->entries[at] = entry;
}

static int entries_grow(Group *g) {
	u64 before = g->entry_slots;
	u32 *old = g->entries, *entries = calloc(before ? 2 * before : 64, sizeof(u32));
	if (!entries)
		return 0;
	g->entries = entries;
	g->entry_slots = before ? 2 * before : 64;
	for (u64 i = 0; i < before; i++)
		if (old[i])
			entry_insert(g, old[i], entry_hash(g->log + old[i] - 1));
	free(old);
	return 1;
}

/* The place + 1 of the entry that was just written at the end of the log, or of an equal one; few differ. */
static u32 entry_intern(Group *g, u64 begin) {
	const u64 *made = g->log + begin;
	u64 hash = entry_hash(made), bytes = entry_words(made) * 8;
	for (u64 at = hash & (g->entry_slots - 1); g->entries[at]; at = (at + 1) & (g->entry_slots - 1)) {
		const u64 *other = g->log + g->entries[at] - 1;
		if (entry_words(other) * 8 == bytes && !memcmp(other, made, bytes)) {
			g->log_used = begin;
			return g->entries[at];
		}
	}
	entry_insert(g, (u32)begin + 1, hash);
	g->entry_count++;
	return (u32)begin + 1;
}

/* Room for `more` words at the end of the log, and for what `replay` reads in vain. */
static int log_room(Group *g, u64 more) {
	more += COPIED * RECORD;
	if (g->log_used + more <= g->log_room)
		return 1;
	u64 room = 2 * g->log_room + more + 256;
	u64 *log = realloc(g->log, room * 8);
	if (!log)
		return 0;
	g->log = log;
	g->log_room = room;
	return 1;
}

static void run_member(X *x, u32 member, int checks);

ALWAYS_INLINE void take_apart(X *x) {
	if (!x->apart) {
		unpack(x->here, &x->old);
		x->now = x->old;
		x->apart = 1;
	}
}

/* Where to look for the key of the present state. */
ALWAYS_INLINE u64 group_slot(const X *x, const Group *g) {
	u64 key[WORDS];
	return masked_hash(x->here, g->mask, key) >> g->shift;
}

/* Runs the members in the present state and writes down what they did; false without memory. */
NOINLINE int group_record(X *x, Group *g, const u64 *key) {
	if ((4 * g->used >= 3 * g->slot_count && !slots_grow(g)) || (2 * g->entry_count >= g->entry_slots && !entries_grow(g)))
		return 0;
	if (!log_room(g, HEADER_WORDS) || g->log_used > UINT32_MAX / 2)
		return 0;
	u64 begin = g->log_used, at = group_slot(x, g);
	Header head = {0, 0, x->transitions, x->refusals};
	int moved = x->moved, outside = x->is_outside;
	g->log_used += HEADER_WORDS;
	x->moved = x->is_outside = 0;
	x->mode = MODE_RECORD;
	x->recording = g;
	take_apart(x);
	for (u64 i = 0; i < g->count; i++)
		run_member(x, g->members[i], g->checks);
	x->mode = MODE_SEARCH;
	head.count = (u32)((g->log_used - begin - HEADER_WORDS) / RECORD);
	head.flags = (x->moved ? ENTRY_MOVED : 0) | (x->is_outside ? ENTRY_OUTSIDE : 0);
	head.transitions = x->transitions - head.transitions;
	head.refusals = x->refusals - head.refusals;
	x->transitions -= head.transitions;
	x->refusals -= head.refusals;
	x->moved = moved;
	x->is_outside = outside;
	memcpy(g->log + begin, &head, sizeof head);
	while (g->slots[at].entry)
		at = (at + 1) & (g->slot_count - 1);
	memcpy(g->slots[at].key, key, STATE_BYTES);
	g->slots[at].entry = entry_intern(g, begin);
	g->used++;
	g->missed++;
	return 1;
}

/*
 * Looks up a batch of states in one group: first all slots are fetched, then all keys compared. What is not there is
 * left 0, for it must be recorded in order.
 */
ALWAYS_INLINE void group_lookup(const Group *g, const u64 *states, u64 count, u32 *known) {
	u64 at[BATCH], mask[WORDS];
	const Slot *slots = g->slots;
	u64 last = g->slot_count - 1;
	memcpy(mask, g->mask, sizeof mask);
	for (u64 i = 0; i < count; i++) {
		u64 key[WORDS];
		at[i] = masked_hash(states + i * WORDS, mask, key) >> g->shift;
		__builtin_prefetch(&slots[at[i]]);
	}
	for (u64 i = 0; i < count; i++) {
		u64 key[WORDS], place = at[i];
		for (int k = 0; k < WORDS; k++)
			key[k] = states[i * WORDS + (u64)k] & mask[k];
		while (slots[place].entry && !same_words(slots[place].key, key))
			place = (place + 1) & last;
		known[i] = slots[place].entry;
		__builtin_prefetch(g->log + known[i]);
	}
}

/* The entry for the present state, which was not there when the batch was looked up; 0 without memory. */
NOINLINE u32 group_entry(X *x, Group *g) {
	u64 key[WORDS];
	for (int i = 0; i < WORDS; i++)
		key[i] = x->here[i] & g->mask[i];
	for (int tries = 0; tries < 2; tries++) {
		for (u64 at = group_slot(x, g); g->slots[at].entry; at = (at + 1) & (g->slot_count - 1))
			if (same_words(g->slots[at].key, key))
				return g->slots[at].entry;
		if (!group_record(x, g, key))
			return 0;
	}
	return 0;
}
