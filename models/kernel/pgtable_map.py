"""Mapping a range: best page sizes, tables installed on the way, nothing overwritten.

Kernel: `map_pages` and `__map_range` of drivers/iommu/generic_pt/iommu_pt.h.
"""

from __future__ import annotations

import errno

from models.hw.attributes import WRITE
from models.hw.formats import LEAF, PAGE, TABLE, WORDS
from models.hw.memory import OutOfMemoryError
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_gather import Gather
from models.kernel.pgtable_policy import NOTHING, leaf_attributes
from models.kernel.pgtable_sizes import best_size, run_length
from models.kernel.pgtable_unmap import unmap_pages


def map_pages(table: PageTable, iova: int, pa: int, length: int, prot: int) -> tuple[int, int]:
    """Maps `length` bytes; gives an errno (0 or negative) and how many bytes are mapped.

    On an error what is mapped so far stays; `map_range` takes it away again.
    """
    word = table.words.get(prot)
    if word is None:
        word = leaf_attributes(table.shape, prot, table.snoop, table.tracked)
        if word >= 0:
            table.words[prot] = word
    error = word if word < 0 else _refused(table, iova, pa, length, prot)
    if error:
        return error, 0
    if word == NOTHING:
        return 0, length
    gather = table.gather()
    done = 0
    try:
        while done < length:
            error, count = _map_run(table, gather, iova + done, pa + done, length - done, word)
            done += count
            if error:
                return error, done
    except OutOfMemoryError:
        return -errno.ENOMEM, done
    finally:
        if table.caching and done:
            gather.add(iova, iova + done - 1)
        gather.sync()
    return 0, done


def map_range(table: PageTable, iova: int, pa: int, length: int, prot: int) -> int:
    """Maps all of it or nothing: an error takes away exactly what was mapped, though empty tables may remain."""
    error, done = map_pages(table, iova, pa, length, prot)
    if error and done:
        removed = unmap_pages(table, iova, done)
        assert removed == done
    return error


def _refused(table: PageTable, iova: int, pa: int, length: int, prot: int) -> int:
    """The errno of a range that cannot be mapped at all, or 0."""
    if length <= 0 or (table.writable_only and not prot & WRITE):
        return -errno.EINVAL
    last = iova + length - 1
    if last >> 64 or pa + length - 1 >> 64:
        return -errno.EOVERFLOW
    lowest, highest = table.lowest_and_highest(iova)
    if iova < lowest or last > highest or pa + length - 1 >> table.shape.oa_bits:
        return -errno.ERANGE
    return -errno.ENXIO if (iova | pa | length) & PAGE - 1 else 0


def _map_run(table: PageTable, gather: Gather, iova: int, pa: int, length: int, attributes: int) -> tuple[int, int]:
    """Maps pages of one size in one table; gives an errno and the bytes mapped."""
    size = best_size(table.sizes, iova, pa, length)
    if not size:
        return -errno.ENXIO, 0
    level = table.levels[size]
    shape = table.shape
    if shape.tops[0] != shape.tops[1]:
        table.grow(iova + length - 1, level)
    place = _descend(table, iova, level)
    if place < 0:
        return place, 0
    step = 1 << table.shifts[level]
    first = iova >> table.shifts[level] & table.masks[level]
    room = (table.masks[level] + 1 - first) * step // size if size > step else table.masks[level] + 1 - first
    pages = min(run_length(table.sizes, size, iova, pa, length), room)
    lg2 = size.bit_length() - 1
    word = shape.leaf(level, 0, lg2, attributes) | pa >> shape.oa_shift
    if size == step:
        return _write_plain(table, gather, place, first, level, word, pages, size >> shape.oa_shift, iova)
    copies = size // step
    between = shape.copy_step(level, lg2)
    for n in range(pages):
        entries = [word + between * i for i in range(copies)] if between else [word] * copies
        error = _write(table, gather, place, first + n * copies, level, entries, iova + n * size)
        if error:
            return error, n * size
        word += size >> shape.oa_shift
    return 0, pages * size


def _write_plain(
    table: PageTable,
    gather: Gather,
    place: int,
    first: int,
    level: int,
    word: int,
    pages: int,
    step: int,
    iova: int,
) -> tuple[int, int]:
    """Leaves of one entry each, all at once if nothing is in the way."""
    size = 1 << table.shifts[level]
    at = first & WORDS - 1
    frame = table.memory.frames[(place >> 12) + (first >> 9)]
    if at + pages <= WORDS:
        if pages == 1:
            if not frame[at]:
                frame[at] = word
                return 0, size
        elif not any(frame[at : at + pages]):
            frame[at : at + pages] = range(word, word + pages * step, step)
            return 0, pages * size
    for n in range(pages):
        error = _write(table, gather, place, first + n, level, [word + n * step], iova + n * size)
        if error:
            return error, n * size
    return 0, pages * size


def _write(table: PageTable, gather: Gather, place: int, first: int, level: int, entries: list[int], iova: int) -> int:
    """Writes one leaf over empty entries and over tables that map nothing; gives an errno or 0.

    All entries are looked at before the first is written, so that a refused leaf leaves nothing behind.
    """
    shape, memory = table.shape, table.memory
    slots = range(place + 8 * first, place + 8 * (first + len(entries)), 8)
    replaced = []
    for slot in slots:
        word = memory.load(slot)
        if not word:
            continue
        if shape.kind(word, level) != TABLE or _has_leaf(table, shape.table_pa(word), level - 1):
            return -errno.EADDRINUSE
        replaced.append((slot, shape.table_pa(word)))
    for slot, below in replaced:
        memory.store(slot, 0)
        offset = (slot - slots.start >> 3) << table.shifts[level]
        last = iova + offset + (1 << table.shifts[level]) - 1
        gather.add(iova + offset, last, [(below, 1), *table.tables_below(below, level - 1)])
    if replaced and table.careful:
        gather.sync()
    for slot, word in zip(slots, entries, strict=True):
        memory.store(slot, word)
    return 0


def _descend(table: PageTable, iova: int, level: int) -> int:
    """The address of the table of a level, installed if need be, or a negative errno."""
    shape, frames = table.shape, table.memory.frames
    place, at = table.root.pa, table.root.top
    while at > level:
        n = iova >> table.shifts[at] & table.masks[at]
        word = frames[(place >> 12) + (n >> 9)][n & WORDS - 1]
        if not word:
            word = _install(table, place + 8 * n, at)
        if shape.kind(word, at) == LEAF:
            return -errno.EADDRINUSE
        place = shape.table_pa(word)
        at -= 1
    return place


def _install(table: PageTable, slot: int, level: int) -> int:
    """Puts a fresh table into an empty entry; if somebody was faster, theirs is used and ours given back."""
    memory = table.memory
    pa = memory.allocate()
    word = table.shape.table(pa, level)
    if memory.swap(slot, 0, word):
        return word
    memory.free(pa)
    return memory.load(slot)


def _has_leaf(table: PageTable, place: int, level: int) -> bool:
    """True if a table maps anything, at any depth."""
    for n in range(table.entries(level)):
        word = table.memory.load(place + 8 * n)
        if word and (table.shape.kind(word, level) != TABLE or _has_leaf(table, table.shape.table_pa(word), level - 1)):
            return True
    return False
