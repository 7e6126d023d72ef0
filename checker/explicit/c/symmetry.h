/*
 * Relabellings of interchangeable elements. A state is looked up by its canonical form, which all states of its orbit
 * share, and stored as it was first found; so stored states are joined by steps that were really taken, and each
 * stands for as many states as its orbit has.
 *
 * The canonical form is the least state, word by word, among those that certain relabellings give: the elements of a
 * cell are arranged by what the state says of them, in runs that go apart as long as it says more. Where elements share
 * a run although they cannot simply change places, each in turn is set apart. Nothing here depends on the labels that
 * elements had, so the states of an orbit get one form; hashes that are equal by accident cost time only. The
 * relabellings that lead to the form are counted: the size of the group divided by their number is that of the orbit.
 * This is the search for canonical labels of McKay, "Practical graph isomorphism" (1981), with little of its pruning.
 */
enum { SYM_PLAIN, SYM_CODE, SYM_SET };

/* An element, and by how much a slot or a code grows when the next element stands in its place. */
typedef struct {
	u32 element;
	int32_t step;
} SymMove;

/* The elements in one code (in one item of a set), and the code with first elements in their places. */
typedef struct {
	u64 bare;
	u32 from, to;
} SymRow;

/* A slot that relabelling changes; `length` says where the length of its sequence is, with `ones` 0 for none. */
typedef struct {
	u64 ones, length_ones;
	u32 leaf, base, word, shift, kind, keys, keys_end, row;
	u32 entry, length_word, length_shift, unused;
} SymSlot;

typedef struct {
	u32 word, shift;
} SymPlace;

/* What some relabellings lead to: first, at best, and how many of them to the best; `count` is 0 for none yet. */
typedef struct {
	u64 first[WORDS], best[WORDS], count;
} SymFound;

typedef struct Sym {
	u32 elements, slots, cells, outers;
	u64 order;
	const SymSlot *slot;
	const SymMove *moves;
	const SymRow *rows;
	const SymPlace *places; /* of all slots of a state */
	const u32 *members;     /* elements, cell by cell */
	const u32 *ends;        /* where each cell ends among them */
	const u32 *outer;       /* relabellings to begin with, one after the other, the identity first */
	const u64 *fixed;       /* bits that no relabelling changes */
	u64 *known;              /* states whose orbits are stored, each where its hash says */
	u64 *forms, *stabilisers; /* of the states in the queue */
	u64 *states, *orbits;    /* as found first, by number; how many states each stands for */
	u64 room, total;
} Sym;

#define SYM_MOST 512 /* elements; `checker/symmetry.py` finds no more */
#define SYM_KEPT 8   /* ways to go on that are compared with further ones */
#ifndef SYM_KNOWN    /* tests make this small */
#define SYM_KNOWN 16 /* bits of the places of known states */
#endif

ALWAYS_INLINE u64 sym_mix(u64 a, u64 b) {
	u64 h = (a ^ (b + 0x9e3779b97f4a7c15ull)) * 0xd6e8feb86659fd93ull;
	return h ^ h >> 29;
}

ALWAYS_INLINE i64 sym_shift(const Sym *y, u32 from, u32 end, const u32 *to) {
	i64 by = 0;
	for (u32 m = from; m < end; m++)
		by += (i64)y->moves[m].step * ((i64)to[y->moves[m].element] - (i64)y->moves[m].element);
	return by;
}

/* False for an entry past the end of its sequence: its code says nothing. */
ALWAYS_INLINE int sym_says(const SymSlot *s, const u64 *w) {
	return !s->length_ones || (w[s->length_word] >> s->length_shift & s->length_ones) > s->entry;
}

/* The state after a relabelling. */
static void sym_apply(const Sym *y, const u64 *w, const u32 *to, u64 *out) {
	for (int k = 0; k < WORDS; k++)
		out[k] = w[k] & y->fixed[k];
	for (const SymSlot *s = y->slot, *end = s + y->slots; s < end; s++) {
		u64 code = w[s->word] >> s->shift & s->ones;
		if (s->kind == SYM_CODE) {
			if (sym_says(s, w))
				code += (u64)sym_shift(y, y->rows[s->row + code].from, y->rows[s->row + code].to, to);
		} else if (s->kind == SYM_SET) {
			u64 set = 0;
			for (; code; code &= code - 1) {
				u64 item = (u64)__builtin_ctzll(code);
				const SymRow *row = y->rows + s->row + item;
				set |= (u64)1 << (item + (u64)sym_shift(y, row->from, row->to, to));
			}
			code = set;
		}
		if (code) {
			const SymPlace *p = y->places + s->leaf + sym_shift(y, s->keys, s->keys_end, to);
			out[p->word] |= code << p->shift;
		}
	}
}

/* One thing that a state says: to each element that is mentioned, in the ranks of all of them. */
ALWAYS_INLINE void sym_say(const Sym *y, const SymSlot *s, u64 what, u32 from, u32 end, const u64 *rank, u64 *said) {
	u64 h = sym_mix(what, s->base);
	for (u32 m = s->keys; m < s->keys_end; m++)
		h = sym_mix(h, rank[y->moves[m].element]);
	for (u32 m = from; m < end; m++)
		h = sym_mix(h, rank[y->moves[m].element]);
	for (u32 m = s->keys; m < s->keys_end; m++)
		said[y->moves[m].element] += sym_mix(h, 2 * (m - s->keys));
	for (u32 m = from; m < end; m++)
		said[y->moves[m].element] += sym_mix(h, 2 * (m - from) + 1);
}

/*
 * Refines an arrangement: elements that share a run (their rank is where it begins) are put in the order of what the
 * state says of them, and go apart where that differs. The number of runs.
 */
static u32 sym_refine(const Sym *y, const u64 *w, u32 *order, u64 *rank) {
	u64 said[SYM_MOST];
	u32 runs = 0;
	memset(said, 0, y->elements * sizeof(u64));
	for (const SymSlot *s = y->slot, *end = s + y->slots; s < end; s++) {
		u64 code = w[s->word] >> s->shift & s->ones;
		if (s->kind == SYM_PLAIN) {
			if (code)
				sym_say(y, s, code, 0, 0, rank, said);
		} else if (s->kind == SYM_CODE) {
			const SymRow *row = y->rows + s->row + code;
			if (sym_says(s, w))
				sym_say(y, s, row->bare, row->from, row->to, rank, said);
		} else {
			for (; code; code &= code - 1) {
				const SymRow *row = y->rows + s->row + __builtin_ctzll(code);
				sym_say(y, s, ~row->bare, row->from, row->to, rank, said);
			}
		}
	}
	for (u32 from = 0, end = 0; from < y->elements; from = end) {
		u64 here = rank[order[from]];
		for (; end < y->elements && rank[order[end]] == here; end++) {
			u32 e = order[end], k = end;
			for (; k > from && said[order[k - 1]] > said[e]; k--)
				order[k] = order[k - 1];
			order[k] = e;
		}
		for (u32 at = from; at < end; at++) {
			if (at == from || said[order[at]] != said[order[at - 1]]) {
				here = at;
				runs++;
			}
			rank[order[at]] = here;
		}
	}
	return runs;
}

/* True if the state stays the same when two elements change places. */
static int sym_alike(const Sym *y, const u64 *w, u32 one, u32 two) {
	u32 to[SYM_MOST];
	u64 out[WORDS];
	for (u32 e = 0; e < y->elements; e++)
		to[e] = e;
	to[one] = two;
	to[two] = one;
	sym_apply(y, w, to, out);
	return same_words(w, out);
}

/* A relabelled state: better than the best, as good, or worse; `count` relabellings lead to it. */
static void sym_offer(SymFound *f, const u64 *w, u64 count) {
	int sign = 0;
	for (int k = 0; k < WORDS && !sign && f->count; k++)
		sign = w[k] < f->best[k] ? -1 : w[k] > f->best[k];
	if (!f->count)
		memcpy(f->first, w, STATE_BYTES);
	if (!f->count || sign < 0) {
		memcpy(f->best, w, STATE_BYTES);
		f->count = count;
	} else if (!sign) {
		f->count += count;
	}
}

/*
 * Elements of one run, `order[from]` up to `order[end - 1]`, in classes of those that can simply change places:
 * the first of each class comes to the front, its size to `sizes`. The number of classes.
 */
static u32 sym_classes(const Sym *y, const u64 *w, u32 *order, u32 from, u32 end, u32 *sizes) {
	u32 classes = 0;
	for (u32 at = from; at < end; at++) {
		u32 k = 0, e = order[at];
		while (k < classes && !sym_alike(y, w, order[from + k], e))
			k++;
		if (k < classes) {
			sizes[k]++;
		} else {
			order[at] = order[from + classes];
			order[from + classes] = e;
			sizes[classes++] = 1;
		}
	}
	return classes;
}

/*
 * All relabellings that an arrangement leaves open, or with `first` one of them. An element that is set apart goes first
 * in its run, so that no two ways to an arrangement of single elements end in the same one, and each relabelling is
 * counted once. Where setting two elements apart leads to the same state at first, some relabelling of the state as it
 * is takes one to the other, and all that follows is the same for both.
 */
static void sym_search(const Sym *y, const u64 *w, const u32 *given, const u64 *given_rank, int first, SymFound *f) {
	u64 rank[SYM_MOST], open;
	u32 order[SYM_MOST], sizes[SYM_MOST], to[SYM_MOST];
	u32 runs = 0, before, from, end, classes, kept = 0;
	memcpy(order, given, y->elements * sizeof(u32));
	memcpy(rank, given_rank, y->elements * sizeof(u64));
	f->count = 0;
	do {
		from = end = 0;
		classes = 1;
		open = 1;
		before = runs;
		runs = sym_refine(y, w, order, rank);
		while (end < y->elements && classes == 1) {
			for (from = end++; end < y->elements && rank[order[end]] == from; end++)
				;
			if (end > from + 1)
				classes = sym_classes(y, w, order, from, end, sizes);
			for (u32 k = 2; classes == 1 && k <= end - from; k++)
				open *= k;
		}
		if (classes == 1) {
			u64 out[WORDS];
			for (u32 at = 0; at < y->elements; at++)
				to[order[at]] = y->members[at];
			sym_apply(y, w, to, out);
			sym_offer(f, out, open);
			return;
		}
	} while (runs > before);
	SymFound part, parts[SYM_KEPT];
	for (u32 at = from; at < end; at++)
		rank[order[at]] = from + 1;
	for (u32 k = 0; k < classes && !(first && k); k++) {
		u32 e = order[from + k], same = 0;
		order[from + k] = order[from];
		order[from] = e;
		rank[e] = from;
		if (kept) {
			sym_search(y, w, order, rank, 1, &part);
			while (same < kept && !same_words(part.first, parts[same].first))
				same++;
		}
		if (same == kept)
			sym_search(y, w, order, rank, first, &part);
		else
			part = parts[same];
		if (same == kept && kept < SYM_KEPT)
			parts[kept++] = part;
		sym_offer(f, part.best, part.count * sizes[k]);
		if (!k)
			memcpy(f->first, part.first, STATE_BYTES);
		rank[e] = from + 1;
		order[from] = order[from + k];
		order[from + k] = e;
	}
}

/* The canonical form of a state; the number of relabellings that lead to it, which is that of its stabiliser. */
static u64 sym_canonical(const Sym *y, const u64 *w, u64 *form) {
	SymFound all = {0}, part;
	for (u32 i = 0; i < y->outers; i++) {
		u64 out[WORDS], rank[SYM_MOST];
		if (i)
			sym_apply(y, w, y->outer + i * y->elements, out);
		else
			memcpy(out, w, STATE_BYTES);
		if (y->cells == y->elements) {
			sym_offer(&all, out, 1);
			continue;
		}
		for (u32 c = 0, at = 0; c < y->cells; c++)
			for (u32 from = at; at < y->ends[c]; at++)
				rank[y->members[at]] = from;
		sym_search(y, out, y->members, rank, 0, &part);
		sym_offer(&all, part.best, part.count);
	}
	memcpy(form, all.best, STATE_BYTES);
	return all.count;
}

/* --- what a search keeps ------------------------------------------------------------------------------------- */

ALWAYS_INLINE u64 *sym_place(const Sym *y, const u64 *w) { return y->known + (hash_of(w) >> (64 - SYM_KNOWN)) * WORDS; }

/* No place has a state that belongs there. */
static int sym_forget(Sym *y) {
	u64 zero[WORDS] = {0}, other[WORDS] = {0};
	y->known = calloc((size_t)1 << SYM_KNOWN, STATE_BYTES);
	if (!y->known)
		return 0;
	while (sym_place(y, other) == sym_place(y, zero))
		other[0]++;
	memcpy(sym_place(y, zero), other, STATE_BYTES);
	return 1;
}

static int sym_room(Sym *y, u64 states) {
	if (states <= y->room)
		return 1;
	u64 room = 2 * states + 1024;
	void *p = realloc(y->states, room * STATE_BYTES);
	if (p)
		y->states = p;
	void *q = p ? realloc(y->orbits, room * sizeof(u64)) : NULL;
	if (!q)
		return 0;
	y->orbits = q;
	y->room = room;
	return 1;
}

static int sym_queue_room(Sym *y, u64 states) {
	void *p = realloc(y->forms, states * STATE_BYTES);
	if (p)
		y->forms = p;
	void *q = p ? realloc(y->stabilisers, states * sizeof(u64)) : NULL;
	if (q)
		y->stabilisers = q;
	return q != NULL;
}

/* A new state, which stands for its orbit. */
static void sym_store(Sym *y, u64 number, const u64 *w, u64 stabiliser) {
	memcpy(y->states + number * WORDS, w, STATE_BYTES);
	y->orbits[number] = y->order / stabiliser;
	y->total += y->orbits[number];
}

static void sym_free(Sym *y) {
	if (!y)
		return;
	void *parts[] = {y->known, y->forms, y->stabilisers, y->states, y->orbits, y};
	for (u64 i = 0; i < sizeof parts / sizeof *parts; i++)
		free(parts[i]);
}
