/*
 * The visited set: all states in one array in order of discovery (which makes the array the queue of the
 * breadth-first search too), and an index over it in buckets of one cache line: 16 slots of 32 bits, each the number
 * of a state and as many bits of its hash as that leaves free. A bucket that is full overflows into the next one. A
 * hit is always confirmed by comparing whole states, so nothing depends on the quality of the hash.
 */
#define BUCKET 16

typedef struct {
	u64 *words;        /* WORDS per state */
	u64 count;         /* states in the array */
	u64 room;          /* states that fit into the memory made accessible so far */
	u64 reserved;      /* bytes of address space kept for the array */
	void *base;        /* start of that address space */
	u32 *index;        /* 0 is an empty slot, else tag << number_bits | number + 1 */
	u64 buckets;
	u64 most;          /* states the index takes before it must grow */
	int number_bits;
	u64 beside;        /* bytes that the search uses for other things */
	u64 each;          /* bytes that it uses beside each state */
	i64 limit;         /* bytes for all of these; negative is no limit */
} Visited;

#define HUGE_PAGE ((u64)2 << 20)
#define SMALL ((u64)64 << 10) /* below this the allocator of the C library serves */
#define STATE_BYTES ((u64)WORDS * 8)
/* Full at 5/6. With one word the index grows by half, to stay under 8 bytes a state; with more it may double. */
#define FILL(buckets) ((buckets) * BUCKET / 6 * 5)
#define GROWN(buckets) (WORDS == 1 ? (buckets) + (buckets) / 2 : (buckets) * 2)
#define FIRST_BUCKETS 96
#define BUCKET_BYTES ((u64)BUCKET * 4)

ALWAYS_INLINE u64 hash_of(const u64 *w) {
	u64 h = 0x9e3779b97f4a7c15ull;
	for (int i = 0; i < WORDS; i++) {
		u128 m = (u128)(h ^ w[i]) * 0xd6e8feb86659fd93ull;
		h = (u64)m ^ (u64)(m >> 64);
	}
#ifdef WEAK_HASH
	h = (h & 1) << 63; /* for tests: two slots and one tag for all states */
#endif
	return h;
}

ALWAYS_INLINE int same_words(const u64 *a, const u64 *b) {
	u64 diff = 0;
	for (int i = 0; i < WORDS; i++)
		diff |= a[i] ^ b[i];
	return !diff;
}

ALWAYS_INLINE u64 bucket_of(const Visited *v, u64 hash) { return (u64)((u128)hash * v->buckets >> 64); }
ALWAYS_INLINE u32 *slots_of(const Visited *v, u64 bucket) { return v->index + bucket * BUCKET; }
ALWAYS_INLINE u64 tag_of(const Visited *v, u64 hash) { return hash & (((u64)1 << (32 - v->number_bits)) - 1); }
ALWAYS_INLINE const u64 *state_at(const Visited *v, u64 number) { return v->words + number * WORDS; }
ALWAYS_INLINE u64 visited_bytes(const Visited *v) { return v->count * (STATE_BYTES + v->each) + v->buckets * BUCKET_BYTES; }

static void *aligned_zeroed(u64 bytes) {
	void *p = NULL;
	if (posix_memalign(&p, 64, bytes))
		return NULL;
	memset(p, 0, bytes);
	return p;
}

/* The size of what `map_zeroed` maps. */
static u64 mapped_bytes(u64 bytes) {
	u64 unit = bytes >= HUGE_PAGE / 2 ? HUGE_PAGE : SMALL; /* a multiple of every page size in use */
	return (bytes + unit - 1) / unit * unit;
}

static void unmap(void *p, u64 bytes) {
	if (p && bytes < SMALL)
		free(p);
	else if (p)
		munmap(p, mapped_bytes(bytes));
}

/* Fresh zeroed memory; what is large lies in huge pages, for every look-up goes to another place in it. */
NOINLINE void *map_zeroed(u64 bytes) {
	if (bytes < SMALL)
		return aligned_zeroed(bytes);
	u64 size = mapped_bytes(bytes), spare = bytes >= HUGE_PAGE / 2 ? HUGE_PAGE : 0;
	u8 *p = mmap(NULL, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (!spare)
		return p;
	u64 head = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
	if (head)
		munmap(p, head);
	if (spare > head)
		munmap(p + head + size, spare - head);
#ifdef MADV_HUGEPAGE
	madvise(p + head, size, MADV_HUGEPAGE);
#endif
	return p + head;
}

/* Reserves address space for as many states as the machine could hold; memory is only used as states arrive. */
NOINLINE int reserve_states(Visited *v) {
	u64 want = (u64)sysconf(_SC_PHYS_PAGES) * (u64)sysconf(_SC_PAGESIZE);
	if (v->limit >= 0 && (u64)v->limit < want)
		want = (u64)v->limit;
	want = (want / HUGE_PAGE + 2) * HUGE_PAGE;
	for (int tries = 0; want >= 4 * HUGE_PAGE || !tries; want = want / 2 / HUGE_PAGE * HUGE_PAGE, tries++) {
		int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
		flags |= MAP_NORESERVE;
#endif
		void *p = mmap(NULL, want, PROT_NONE, flags, -1, 0);
		if (p == MAP_FAILED)
			continue;
		v->base = p;
		v->reserved = want;
		v->words = (u64 *)(((uintptr_t)p + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
		return 1;
	}
	return 0;
}

/* Makes room for `more` states in the array; false when there is no memory for it. */
static int room_for(Visited *v, u64 more) {
	if (LIKELY(v->count + more <= v->room))
		return 1;
	u64 have = v->room ? (v->room * STATE_BYTES + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE : 0;
	u64 need = ((v->count + more) * STATE_BYTES + have / 8 + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	u64 end = (u64)((u8 *)v->base + v->reserved - (u8 *)v->words);
	if (need > end)
		need = end / HUGE_PAGE * HUGE_PAGE;
	if (need < (v->count + more) * STATE_BYTES)
		return 0;
	if (mprotect((u8 *)v->words + have, need - have, PROT_READ | PROT_WRITE))
		return 0;
#ifdef MADV_HUGEPAGE
	if (have || need > HUGE_PAGE)
		madvise(v->words, need, MADV_HUGEPAGE);
#endif
	v->room = need / STATE_BYTES;
	return 1;
}

/* One bit per slot of a bucket whose tag is this one; an empty slot may be among them. */
ALWAYS_INLINE u32 matches(const Visited *v, const u32 *slots, u64 tag) {
	u32 found = 0;
#if defined(__AVX2__)
	/* The compiler's own names: its header for them takes longer to read than a small machine to compile. */
	typedef u32 Half __attribute__((vector_size(32)));
	typedef float Floats __attribute__((vector_size(32)));
	const Half *half = (const Half *)slots;
	Half low = (Half)(half[0] >> (u32)v->number_bits == (u32)tag);
	Half high = (Half)(half[1] >> (u32)v->number_bits == (u32)tag);
	found = (u32)__builtin_ia32_movmskps256((Floats)low) | (u32)__builtin_ia32_movmskps256((Floats)high) << 8;
#else
	for (int i = 0; i < BUCKET; i++)
		found |= (u32)((u64)slots[i] >> v->number_bits == tag) << i;
#endif
	return found;
}

/* The number + 1 in a slot. */
ALWAYS_INLINE u64 number_in(const Visited *v, u32 slot) { return slot & (((u64)1 << v->number_bits) - 1); }

/* The first empty slot for a hash. */
ALWAYS_INLINE u32 *empty_slot(const Visited *v, u64 bucket) {
	for (;; bucket = bucket + 1 == v->buckets ? 0 : bucket + 1) {
		u32 *slots = slots_of(v, bucket);
		if (LIKELY(!slots[BUCKET - 1]))
			for (int i = 0; i < BUCKET; i++)
				if (!slots[i])
					return slots + i;
	}
}

/* The number + 1 of a state, or 0. */
ALWAYS_INLINE u64 lookup(const Visited *v, const u64 *w, u64 hash) {
	u64 tag = tag_of(v, hash);
	for (u64 at = bucket_of(v, hash);; at = at + 1 == v->buckets ? 0 : at + 1) {
		const u32 *slots = slots_of(v, at);
		for (u32 found = matches(v, slots, tag); found; found &= found - 1) {
			u64 number = number_in(v, slots[__builtin_ctz(found)]);
			if (number && same_words(state_at(v, number - 1), w))
				return number;
		}
		if (!slots[BUCKET - 1])
			return 0;
	}
}

/* An empty index of this many buckets, then every state of the array put into it. */
NOINLINE int fill_index(Visited *v, u64 buckets) {
	v->index = map_zeroed(buckets * BUCKET_BYTES);
	v->buckets = v->index ? buckets : 0;
	v->most = FILL(v->buckets);
	v->number_bits = 64 - __builtin_clzll(v->most + 1);
	if (!v->index)
		return 0;
	u64 hashes[32];
	for (u64 at = 0; at < v->count; at += 32) {
		u64 n = v->count - at < 32 ? v->count - at : 32;
		for (u64 i = 0; i < n; i++) {
			hashes[i] = hash_of(state_at(v, at + i));
			__builtin_prefetch(slots_of(v, bucket_of(v, hashes[i])), 1);
		}
		for (u64 i = 0; i < n; i++)
			*empty_slot(v, bucket_of(v, hashes[i])) = (u32)(tag_of(v, hashes[i]) << v->number_bits | (at + i + 1));
	}
	return 1;
}

static void unmap_index(Visited *v) {
	unmap(v->index, v->buckets * BUCKET_BYTES);
	v->index = NULL;
}

/* A larger index; the old one is given back before, so that both never exist at once. */
NOINLINE int grow_index(Visited *v, u64 states) {
	u64 before = v->buckets, buckets = before;
	while (FILL(buckets) < states)
		buckets = GROWN(buckets);
	if (FILL(buckets) + 1 > UINT32_MAX)
		return 0;
	if (v->limit >= 0 && v->beside + v->count * (STATE_BYTES + v->each) + buckets * BUCKET_BYTES > (u64)v->limit)
		return 0;
	unmap_index(v);
	if (fill_index(v, buckets))
		return 1;
	fill_index(v, before);
	return 0;
}

/* Makes sure that `more` states can be added; false when memory or its limit does not allow it. */
static int visited_ready(Visited *v, u64 more) {
	if (v->limit >= 0 && v->beside + (v->count + more) * (STATE_BYTES + v->each) + v->buckets * BUCKET_BYTES > (u64)v->limit)
		return 0;
	return room_for(v, more) && (v->count + more <= v->most || grow_index(v, v->count + more));
}

/* The number of a state, or -1. */
static i64 visited_find(const Visited *v, const u64 *w) {
	return v->buckets ? (i64)lookup(v, w, hash_of(w)) - 1 : -1;
}

/* Adds a state unless it is there already; there is room (`visited_ready`). */
static inline void visited_add(Visited *v, const u64 *w, u64 hash) {
	if (lookup(v, w, hash))
		return;
	memcpy(v->words + v->count * WORDS, w, STATE_BYTES);
	*empty_slot(v, bucket_of(v, hash)) = (u32)(tag_of(v, hash) << v->number_bits | ++v->count);
}

/* The number + 1 of the state that this hash most likely belongs to, fetched for the comparison; 0 for none. */
ALWAYS_INLINE u64 visited_guess(const Visited *v, u64 hash) {
	const u32 *slots = slots_of(v, bucket_of(v, hash));
	u32 found = matches(v, slots, tag_of(v, hash));
	u64 number = found ? number_in(v, slots[__builtin_ctz(found)]) : 0;
	__builtin_prefetch(state_at(v, number - 1));
	return number;
}

static void visited_free(Visited *v) {
	if (v->base)
		munmap(v->base, v->reserved);
	unmap_index(v);
}
