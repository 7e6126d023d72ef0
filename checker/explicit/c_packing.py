"""Generated C that packs a state struct into the words of the shared layout, and takes it apart again."""

from __future__ import annotations

from dataclasses import dataclass

from checker.explicit.c_types import Leaf as Place
from checker.explicit.layout import Layout


@dataclass(slots=True)
class _Run:
    """Leaves of one 8-byte chunk that lie in the same order and without gaps in one word."""

    chunk: int
    mask: int
    word: int
    shift: int
    end: int


def packing(layout: Layout, places: list[Place]) -> str:
    """`pack` and `unpack`: by pext and pdep per chunk where the processor has them, else leaf by leaf."""
    runs = _runs(layout, places)
    chunks = sorted({run.chunk for run in runs})
    fast_pack = [f"u64 b{c}; memcpy(&b{c}, (const u8 *)s + {8 * c}, 8);" for c in chunks]
    slow_pack, slow_unpack = [], []
    for leaf, place in zip(layout.leaves, places, strict=True):
        if leaf.bits:
            kind = f"u{8 * place.size}"
            mask = f"UINT64_C({(1 << leaf.bits) - 1})"
            at = f"*(const {kind} *)((const u8 *)s + {place.offset})"
            slow_pack.append(f"w[{leaf.word}] |= (u64){at} << {leaf.shift};")
            value = f"({kind})(w[{leaf.word}] >> {leaf.shift} & {mask})"
            slow_unpack.append(f"*({kind} *)((u8 *)s + {place.offset}) = {value};")
    by_word = [[r for r in runs if r.word == word] for word in range(layout.words)]
    for word, found in enumerate(by_word):
        parts = [_shifted(f"__builtin_ia32_pext_di(b{r.chunk}, UINT64_C({r.mask}))", "<<", r.shift) for r in found]
        fast_pack.append(f"w[{word}] = {' | '.join(parts) or '0'};")
    fast_unpack = []
    for chunk in chunks:
        shares = [r for r in runs if r.chunk == chunk]
        parts = [
            f"__builtin_ia32_pdep_di({_shifted(f'w[{r.word}]', '>>', r.shift)}, UINT64_C({r.mask}))" for r in shares
        ]
        fast_unpack.append(f"u64 b{chunk} = {' | '.join(parts)}; memcpy((u8 *)s + {8 * chunk}, &b{chunk}, 8);")
    return "\n".join(
        [
            "#if FAST_BITS",
            *_pair(fast_pack, fast_unpack),
            "#else",
            *_pair(["memset(w, 0, STATE_BYTES);", *slow_pack], slow_unpack),
            "#endif",
        ]
    )


def _pair(pack: list[str], unpack: list[str]) -> list[str]:
    return [
        "ALWAYS_INLINE void pack(const S *s, u64 *w) {",
        *pack,
        "}",
        "ALWAYS_INLINE void unpack(const u64 *w, S *s) {",
        "memset(s, 0, sizeof(S));",
        *unpack,
        "}",
    ]


def _shifted(text: str, op: str, shift: int) -> str:
    return f"({text} {op} {shift})" if shift else text


def _runs(layout: Layout, places: list[Place]) -> list[_Run]:
    runs: list[_Run] = []
    for leaf, place in sorted(zip(layout.leaves, places, strict=True), key=lambda pair: pair[1].offset):
        if not leaf.bits:
            continue
        chunk, byte = divmod(place.offset, 8)
        mask = ((1 << leaf.bits) - 1) << 8 * byte
        last = next((r for r in reversed(runs) if r.chunk == chunk and r.word == leaf.word), None)
        if last is not None and last.end == leaf.shift:
            last.mask |= mask
            last.end += leaf.bits
        else:
            runs.append(_Run(chunk, mask, leaf.word, leaf.shift, leaf.shift + leaf.bits))
    return runs
