"""Plain tables of fixed width: columns take what they need, and long cells wrap where a reader would break them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "
BREAK_AFTER = re.compile(r"\s*[^\s,(\[{/:._]*(?:\(\)|[,(\[{/:._])*")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `least` is the width below which wrapping would hurt; `right` aligns numbers."""

    title: str
    least: int = 4
    right: bool = False


def render(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The heading, a rule and the rows in lines of at most `width` columns, without trailing blanks.

    A cell may hold several lines. When the table is too wide, the widest columns give way first; a word that is
    wider than its column is cut only as a last resort.
    """
    widths = fit(columns, rows, width)
    lines = [_line([c.title for c in columns], columns, widths), GAP.join("-" * w for w in widths)]
    for row in rows:
        cells = [wrap(cell, w) for cell, w in zip(row, widths, strict=True)]
        for index in range(max(len(c) for c in cells)):
            lines.append(_line([c[index] if index < len(c) else "" for c in cells], columns, widths))
    return lines


def fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column so that the table fits, shrinking whichever is widest."""
    wanted = [
        max([len(c.title), *(len(line) for row in rows for line in row[i].split("\n"))]) for i, c in enumerate(columns)
    ]
    room = width - len(GAP) * (len(columns) - 1)
    floors = [max(len(c.title), min(c.least, w)) for c, w in zip(columns, wanted, strict=True)]
    while sum(wanted) > room:
        loose = [i for i in range(len(columns)) if wanted[i] > floors[i]]
        if not loose:
            break
        widest = max(loose, key=lambda i: (wanted[i], i))
        wanted[widest] -= 1
    return wanted


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width`: broken at blanks, and inside a word only if the word itself is too long.

    Such a word breaks after punctuation, or anywhere as a last resort. Lines after the first of a wrapped line are
    indented by one more, so that entries stay apart.
    """
    return [piece for line in text.split("\n") for piece in _wrap_line(line, width)]


def _wrap_line(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    margin = len(line) - len(line.lstrip()) + 1
    indent = " " * margin if width > 2 * margin else ""
    room = width - len(indent)
    done: list[str] = []
    current = ""
    for word in re.findall(r"\s*\S+", line):
        for piece in [word] if len(word.strip()) <= room else re.findall(BREAK_AFTER, word):
            if current.strip() and len(current + piece) > width:
                done.append(current.rstrip())
                current = indent
                piece = piece.lstrip()
            current += piece
            while len(current) > width:
                done.append(current[:width])
                current = indent + current[width:]
    return [*done, current] if current.strip() else done


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    shown = [
        cell.rjust(w) if column.right else cell.ljust(w) for cell, column, w in zip(cells, columns, widths, strict=True)
    ]
    return GAP.join(shown).rstrip()
