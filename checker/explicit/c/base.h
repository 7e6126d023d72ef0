/* First part of every generated program: number types and small arithmetic. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;
typedef unsigned __int128 u128;

#define LIKELY(e) __builtin_expect(!!(e), 1)
#define UNLIKELY(e) __builtin_expect(!!(e), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline, cold))

/* A choice that no run has read yet; no value of the language is this low. */
#define UNREAD INT64_MIN

ALWAYS_INLINE i64 min_of(i64 a, i64 b) { return a < b ? a : b; }
ALWAYS_INLINE i64 max_of(i64 a, i64 b) { return a > b ? a : b; }

/*
 * Integers are exact. A result that leaves this range is not computed but reported, and the search is given up;
 * within it no further sum, difference or code can overflow.
 */
#define INTEGER_MAX ((i64)1 << 61)
ALWAYS_INLINE i64 in_range(int *overflow, int failed, i64 r) {
	if (UNLIKELY(failed || r > INTEGER_MAX || r < -INTEGER_MAX)) {
		*overflow = 1;
		return 0;
	}
	return r;
}
ALWAYS_INLINE i64 add_exact(int *overflow, i64 a, i64 b) {
	i64 r;
	int failed = __builtin_add_overflow(a, b, &r);
	return in_range(overflow, failed, r);
}
ALWAYS_INLINE i64 sub_exact(int *overflow, i64 a, i64 b) {
	i64 r;
	int failed = __builtin_sub_overflow(a, b, &r);
	return in_range(overflow, failed, r);
}
ALWAYS_INLINE i64 mul_exact(int *overflow, i64 a, i64 b) {
	i64 r;
	int failed = __builtin_mul_overflow(a, b, &r);
	return in_range(overflow, failed, r);
}

/* Division as Python does it: towards minus infinity; b > 0. */
ALWAYS_INLINE i64 floor_div(i64 a, i64 b) { return a / b - (a % b < 0); }
ALWAYS_INLINE i64 floor_mod(i64 a, i64 b) { i64 r = a % b; return r < 0 ? r + b : r; }

/* Codes of integers without bounds: 0, -1, 1, -2, 2, ... */
ALWAYS_INLINE i64 zigzag(i64 v) { return v < 0 ? -2 * v - 1 : 2 * v; }
ALWAYS_INLINE i64 unzigzag(i64 c) { return c & 1 ? -(c + 1) / 2 : c / 2; }

/* pext and pdep are slow microcode on the first two Zen generations. */
#if defined(__BMI2__) && defined(__x86_64__) && !defined(__znver1__) && !defined(__znver2__)
#define FAST_BITS 1
#else
#define FAST_BITS 0
#endif
