/* What Python calls; every function is a plain C function of the shared object. */
#define EXPORT __attribute__((visibility("default")))

EXPORT void uapicheck_free(X *x) {
	if (!x)
		return;
	visited_free(&x->visited);
	sym_free(x->sym);
	for (int i = 0; i < N_WATCHED; i++)
		free(x->found[i].tape);
	free(x->hit.tape);
	free(x->tape);
	free(x->cards);
	free(x->checkpoints);
	for (u64 i = 0; i < x->group_count; i++)
		group_free(&x->groups[i]);
	void *parts[] = {x->groups, x->classes, x->members, x->action_of, x->known, x->queue, x->hashes, x->guesses, x->fresh};
	for (u64 i = 0; i < sizeof parts / sizeof *parts; i++)
		free(parts[i]);
	free(x);
}

/* A search to run; NULL when there is no memory. Negative limits are none. */
EXPORT X *uapicheck_new(const void *constants, i64 max_bytes, i64 max_states, i64 max_depth, double seconds) {
	X *x = calloc(1, sizeof(X));
	if (!x)
		return NULL;
	if (sizeof(K))
		memcpy(&x->k, constants, sizeof(K));
	x->visited.limit = max_bytes;
	x->max_states = max_states;
	x->max_depth = max_depth;
	x->checked = -1;
	x->deadline = seconds >= 0 ? clock_now() + seconds : 0;
	memset(x->todo, 1, sizeof x->todo);
	x->regroup_at = REGROUP_FROM;
	x->action_of = malloc((TURNS + 1) * sizeof(u32));
	for (u64 action = 0, turn = 0; x->action_of && action < N_ACTIONS; action++) {
		x->first_turn[action] = turn;
		for (u64 i = 0; i < INSTANCES[action]; i++)
			x->action_of[turn++] = (u32)action;
	}
	if (!x->action_of || !queue_grow(x, PENDING) || !reserve_states(&x->visited) || !fill_index(&x->visited, FIRST_BUCKETS)) {
		uapicheck_free(x);
		return NULL;
	}
	return x;
}

/*
 * What to remember together: per class its mask and the number of its members; then all members, class by class.
 * The first `checks` classes hold properties of single states. With `direct` nothing is remembered.
 */
EXPORT int uapicheck_classes(X *x, const u64 *masks, const u64 *counts, const u32 *members, i64 classes, i64 checks, int direct) {
	u64 total = 0;
	for (i64 i = 0; i < classes; i++)
		total += counts[i];
	x->classes = calloc((size_t)classes + 1, sizeof(Class));
	x->members = malloc((total + 1) * sizeof(u32));
	if (!x->classes || !x->members)
		return 0;
	memcpy(x->members, members, total * sizeof(u32));
	x->class_count = (u64)classes;
	x->check_classes = (u64)checks;
	for (u64 i = 0, first = 0; i < x->class_count; first += counts[i], i++) {
		Class *c = &x->classes[i];
		memcpy(c->mask, masks + i * WORDS, STATE_BYTES);
		c->first = first;
		c->count = counts[i];
		c->direct = direct;
		c->group = x->next_id++;
	}
	x->all_direct = direct;
	return regroup(x, 0);
}

/*
 * Store one state of each orbit. The tables stay where they are as long as the search; `numbers` are elements, slots,
 * cells, outer relabellings and the size of the group. False without memory.
 */
EXPORT int uapicheck_symmetry(X *x, const u64 *numbers, const void *const *tables) {
	Sym *y = x->sym = calloc(1, sizeof(Sym));
	if (!y)
		return 0;
	y->elements = (u32)numbers[0];
	y->slots = (u32)numbers[1];
	y->cells = (u32)numbers[2];
	y->outers = (u32)numbers[3];
	y->order = numbers[4];
	y->slot = tables[0];
	y->moves = tables[1];
	y->rows = tables[2];
	y->places = tables[3];
	y->members = tables[4];
	y->ends = tables[5];
	y->outer = tables[6];
	y->fixed = tables[7];
	x->visited.each = STATE_BYTES + sizeof(u64);
	return sym_forget(y) && sym_queue_room(y, x->queue_room + COPIED);
}

/* The canonical form of a state; how many relabellings leave the state as it is. */
EXPORT u64 uapicheck_canonical(X *x, const u64 *words, u64 *form) { return sym_canonical(x->sym, words, form); }

EXPORT void uapicheck_run(X *x) { search(x); }
EXPORT void uapicheck_stop(X *x) { x->interrupted = 1; }

/* Counters; may be called while the search runs, and then they are of slightly different moments. */
EXPORT void uapicheck_stats(const X *x, i64 *out) {
	const volatile X *v = x;
	out[0] = (i64)(x->sym ? ((const volatile Sym *)x->sym)->total : v->visited.count);
	out[1] = (i64)v->transitions;
	out[2] = (i64)v->refusals;
	out[3] = v->depth;
	out[4] = v->checked;
	out[5] = v->halt;
	out[6] = (i64)v->outside;
	out[7] = (i64)v->level_begin;
	out[8] = (i64)(v->visited.count * (STATE_BYTES + v->visited.each) + v->visited.buckets * BUCKET_BYTES);
	out[9] = (i64)v->visited.beside;
	out[10] = (i64)v->group_count;
	out[11] = v->overflow;
	out[12] = (i64)v->visited.count;
}

/* Where a watched property was violated first: source, action, instance, length of the tape. */
EXPORT int uapicheck_found(const X *x, i64 watched, i64 *out) {
	const Found *f = &x->found[watched];
	out[0] = (i64)f->state;
	out[1] = f->action;
	out[2] = (i64)f->instance;
	out[3] = f->length;
	return (int)f->set;
}

EXPORT const i64 *uapicheck_found_tape(const X *x, i64 watched) { return x->found[watched].tape; }

/* How a state was first reached, as `uapicheck_found`; for an initial state the action is IN_INITIAL. */
EXPORT int uapicheck_origin(X *x, i64 target, i64 *out) {
	if (target < 0 || (u64)target >= x->visited.count || !find_origin(x, (u64)target))
		return 0;
	out[0] = (i64)x->hit.state;
	out[1] = x->hit.action;
	out[2] = (i64)x->hit.instance;
	out[3] = x->hit.length;
	return 1;
}

EXPORT const i64 *uapicheck_origin_tape(const X *x) { return x->hit.tape; }

EXPORT const u64 *uapicheck_state(const X *x, i64 number) {
	return number < 0 || (u64)number >= x->visited.count ? NULL : found_state(x, (u64)number);
}

/* The number of a state, or of the one that stands for its orbit; -1 for none. */
EXPORT i64 uapicheck_index_of(X *x, const u64 *words) {
	u64 form[WORDS];
	if (x->sym)
		sym_canonical(x->sym, words, form);
	return visited_find(&x->visited, x->sym ? form : words);
}

EXPORT const u8 *uapicheck_sites(const X *x) { return x->marks.sites; }
EXPORT const u8 *uapicheck_warnings(const X *x) { return x->marks.warnings; }
EXPORT const u8 *uapicheck_premises(const X *x) { return x->marks.premises; }
EXPORT const u8 *uapicheck_done(const X *x) { return x->done; }
EXPORT void uapicheck_sizes(i64 *out) {
	out[0] = (i64)sizeof(K);
	out[1] = (i64)sizeof(S);
	out[2] = WORDS;
}

/* How one group of remembered steps does: whether direct, whether of properties, members, keys, bytes. */
EXPORT void uapicheck_group(const X *x, i64 at, i64 *out) {
	const Group *g = &x->groups[at];
	out[0] = g->direct;
	out[1] = g->checks;
	out[2] = (i64)g->count;
	out[3] = (i64)g->used;
	out[4] = (i64)g->entry_count;
	out[5] = (i64)group_bytes(g);
}
