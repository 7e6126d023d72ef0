"""Bytes of a spec file become a syntax tree here, or a `Problem` with a place; nothing is ever executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from spec.lang.errors import Problem
from spec.lang.spans import Span

Report = Callable[[Problem], None]
Located = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias

LIMIT_BYTES = 4 << 20
_LINE_END = re.compile(r"\r\n|\r|\n")
# str.splitlines ends a line at these, Python's grammar does not: excerpts would show the wrong line
_NOT_LINE_ENDS = dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), " ") | {0: "\u2400"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """The text and tree of one file; columns of the tree count characters, not bytes."""

    text: str
    tree: ast.Module


def span_of(node: Located, file: str) -> Span:
    """The place of a node of a tree that `parse` made."""
    end_line = node.end_lineno if node.end_lineno is not None else node.lineno
    end_col = node.end_col_offset if node.end_col_offset is not None else node.col_offset
    return Span(file, node.lineno, node.col_offset + 1, end_line, end_col + 1)


def top_of(file: str) -> Span:
    """The first character of a file, for problems of the file as a whole."""
    return Span(file, 1, 1, 1, 1)


def shown_text(text: str) -> str:
    """The text as excerpts need it: same places, and line ends only where Python sees them."""
    return text.translate(_NOT_LINE_ENDS)


def lines_of(text: str) -> list[str]:
    """The lines as Python's grammar counts them."""
    return _LINE_END.split(text)


def decode(data: bytes, file: str, report: Report) -> str | None:
    """The text of a file, or None after a report: too large, not UTF-8, NUL bytes, or nothing in it."""
    if len(data) > LIMIT_BYTES:
        report(Problem("file-too-large", top_of(file), f"the file has {len(data)} bytes; a spec has far fewer"))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        begin = data.rfind(b"\n", 0, error.start) + 1
        col = len(data[begin : error.start].decode("utf-8", "replace")) + 1
        place = Span(file, line, col, line, col + 1)
        report(Problem("not-utf8", place, "the file is not UTF-8 text", "a spec is a Python source file in UTF-8"))
        return None
    if "\0" in text:
        at = text.index("\0")
        line, col = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        place = Span(file, line, col, line, col + 1)
        report(Problem("nul-byte", place, "the file has a NUL byte", "a spec is plain text; is this a binary file?"))
        return None
    return text


def parse(text: str, file: str, report: Report) -> Parsed | None:
    """The tree of a text, or None after a report of the syntax error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        line, col = error.lineno or 1, max(1, error.offset or 1)
        same_line = error.end_lineno == line and (error.end_offset or 0) > col
        end = error.end_offset if same_line and error.end_offset is not None else col + 1
        report(Problem("syntax", Span(file, line, col, line, end), f"not valid Python: {error.msg}"))
        return None
    except (RecursionError, MemoryError):
        report(Problem("too-deep", top_of(file), "the text is nested too deeply to be read"))
        return None
    if not text.isascii():
        _count_characters(tree, text)
    return Parsed(text, tree)


def _count_characters(tree: ast.Module, text: str) -> None:
    """Turn the byte columns that `ast` gives into character columns."""
    wide = {n: line.encode() for n, line in enumerate(lines_of(text), 1) if not line.isascii()}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias):
            if node.lineno in wide:
                node.col_offset = len(wide[node.lineno][: node.col_offset].decode())
            if node.end_lineno in wide and node.end_col_offset is not None:
                node.end_col_offset = len(wide[node.end_lineno][: node.end_col_offset].decode())
