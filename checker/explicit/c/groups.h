/*
 * Which classes share a group of `memo.h`: at first each has its own; once there are states to look at, a sample of
 * them tells where one look-up for several classes costs less than the new keys that their joint mask brings.
 */
/* A sample of the states, evenly spread, and room to count the keys that it has under a mask. */
typedef struct {
	u64 size, step, slots;
	int shift;
	u64 *table;
} Sample;

static int sample_take(const X *x, Sample *s) {
	u64 count = x->visited.count;
	s->size = REGROUP_FROM / 16;
	while (s->size < SAMPLE_MOST && s->size < count / 32)
		s->size *= 2;
	s->step = count / s->size;
	s->slots = 2 * s->size;
	s->shift = 64 - __builtin_ctzll(s->slots);
	s->table = malloc(s->slots * 8);
	return s->table != NULL;
}

/*
 * How many of the states to come will show a new key under this mask, as a part of 1: the keys of half the sample and
 * of the whole one tell by what factor keys multiply as states double. Keys with equal hashes count once, which does
 * no harm here.
 */
static double sample_misses(const X *x, const Sample *s, const u64 *mask) {
	u64 keys = 0, half = 0;
	memset(s->table, 0, s->slots * 8);
	for (u64 i = 0; i < s->size; i++) {
		/* Every second state first, then those between them. */
		u64 turn = i < s->size / 2 ? 2 * i : 2 * (i - s->size / 2) + 1;
		u64 key[WORDS], hash = masked_hash(found_state(x, turn * s->step), mask, key) | 1;
		u64 at = hash >> s->shift;
		if (i == s->size / 2)
			half = keys;
		while (s->table[at] && s->table[at] != hash)
			at = (at + 1) & (s->slots - 1);
		keys += !s->table[at];
		s->table[at] = hash;
	}
	double factor = (double)keys / (double)(half ? half : 1), all = (double)keys, states = (double)s->size;
	for (; states < (double)x->visited.count; states *= 2)
		all *= factor;
	return all * (factor - 1) / states;
}

/* What a group costs per state, in look-ups: one for itself, and for each new key the runs of its members. */
static double group_cost(u64 members, double misses) { return 1 + misses * (10 + RECORD_COST * (double)members); }

/* Joins a class to a group; false without memory. */
static int group_join(X *x, Group *g, const Class *c) {
	u32 *members = realloc(g->members, (g->count + c->count + 1) * sizeof(u32));
	if (!members)
		return 0;
	g->members = members;
	memcpy(members + g->count, x->members + c->first, c->count * sizeof(u32));
	g->count += c->count;
	for (int i = 0; i < WORDS; i++)
		g->mask[i] |= c->mask[i];
	return 1;
}

/*
 * The group of a class: without a sample the one it was put into before; else the one that is best joined, or NULL
 * when the class is better off alone. `misses` are its own.
 */
static Group *group_for(X *x, const Class *c, int checks, const Sample *sample, double misses) {
	Group *best = NULL;
	double gain = 0;
	for (u64 i = 0; i < x->group_count; i++) {
		Group *g = &x->groups[i];
		if (!sample && g->id == c->group)
			return g;
		if (!sample || g->checks != checks)
			continue;
		u64 both[WORDS];
		for (int k = 0; k < WORDS; k++)
			both[k] = g->mask[k] | c->mask[k];
		double apart = group_cost(g->count, g->misses) + group_cost(c->count, misses);
		double together = sample_misses(x, sample, both), saved = apart - group_cost(g->count + c->count, together);
		if (saved > gain) {
			gain = saved;
			best = g;
			x->best_misses = together;
		}
	}
	if (best)
		best->misses = x->best_misses;
	return best;
}

/* A group that stays as it was keeps what it knows. */
static void group_inherit(Group *g, Group *old) {
	if (g->direct || old->direct || g->checks != old->checks || g->count != old->count ||
	    memcmp(g->mask, old->mask, sizeof g->mask) || memcmp(g->members, old->members, g->count * sizeof(u32)))
		return;
	Group swap = *g;
	*g = *old;
	g->id = swap.id;
	g->misses = swap.misses;
	g->missed = 0;
	*old = swap;
}

/* Groups all classes anew; with `sample`, after looking at the states found so far. False without memory. */
NOINLINE int regroup(X *x, int with_sample) {
	Sample kept = {0}, *sample = with_sample ? &kept : NULL;
	if (sample && !sample_take(x, sample))
		return 0;
	Group *old = x->groups;
	u64 old_count = x->group_count;
	x->group_count = x->check_groups = 0;
	x->groups = calloc(x->class_count + 1, sizeof(Group));
	int fine = x->groups != NULL;
	for (u64 i = 0; fine && i < x->class_count; i++) {
		Class *c = &x->classes[i];
		double misses = sample ? sample_misses(x, sample, c->mask) : 0;
		if (sample)
			c->direct = 0;
		Group *g = group_for(x, c, i < x->check_classes, sample, misses);
		if (!g) {
			g = &x->groups[x->group_count++];
			memset(g, 0, sizeof *g);
			g->checks = i < x->check_classes;
			x->check_groups += (u64)g->checks;
			g->direct = c->direct;
			g->id = sample ? x->next_id++ : c->group;
			g->misses = misses;
		}
		c->group = g->id;
		fine = group_join(x, g, c) && (g->direct || g->slots || slots_grow(g));
	}
	for (u64 i = 0; i < old_count; i++) {
		for (u64 k = 0; fine && k < x->group_count; k++)
			group_inherit(&x->groups[k], &old[i]);
		group_free(&old[i]);
	}
	free(old);
	free(kept.table);
	free(x->known);
	x->known = malloc((x->group_count + 1) * BATCH * sizeof(u32));
	return fine && x->known;
}

/* The classes of a group go apart; a class that is alone already is no longer remembered. */
static void demote(X *x, const Group *g) {
	u64 classes = 0;
	for (u64 i = 0; i < x->class_count; i++)
		classes += x->classes[i].group == g->id;
	for (u64 i = 0; i < x->class_count; i++) {
		Class *c = &x->classes[i];
		if (c->group == g->id) {
			c->direct = classes == 1;
			c->group = x->next_id++;
		}
	}
}

/* Looks at how the groups did since the last time; false without memory. */
NOINLINE int review(X *x) {
	int changed = 0, sample = 0;
	u64 bytes = 0, worst = 0, states = x->visited.count;
	for (u64 i = 0; i < x->group_count; i++) {
		Group *g = &x->groups[i];
		bytes += group_bytes(g);
		if (group_bytes(g) > group_bytes(&x->groups[worst]))
			worst = i;
		if (!g->direct && g->missed > MANY && ++g->poor > SETTLED) {
			demote(x, g);
			changed = 1;
		}
		g->missed = 0;
	}
	x->visited.beside = bytes;
	u64 most = visited_bytes(&x->visited) / 2;
	most = most > MEMO_BYTES ? most : MEMO_BYTES;
	if (x->visited.limit >= 0 && most > (u64)x->visited.limit / 4)
		most = (u64)x->visited.limit / 4;
	if (bytes > most && x->group_count) {
		demote(x, &x->groups[worst]);
		changed = 1;
	}
	if (states >= x->regroup_at && !x->all_direct) {
		x->regroup_at = 8 * states;
		sample = 1;
	}
	return !(changed || sample) || regroup(x, sample);
}
