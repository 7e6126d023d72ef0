"""The list of files in ARCHITECTURE.md, made from the first line of every module: `python -m tests.architecture`."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
HEADING = "## Files\n"
FOLDERS = (
    "spec/lang",
    "spec/uapi",
    "spec/uapi/history",
    "spec/uapi/proposals",
    "spec/uapi/races",
    "checker",
    "checker/explicit",
    "checker/explicit/c",
    "checker/symbolic",
    "checker/conform",
    "models",
    "models/hw",
    "models/kernel",
    "models/bind",
    "models/checks",
    "models/mutations",
    "benchmarks",
)


def first_line(path: Path) -> str:
    """What a file says of itself in its first sentence."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        doc = ast.get_docstring(ast.parse(text)) or ""
    else:
        doc = " ".join(line.strip(" */") for line in text.split("*/", 1)[0].splitlines())
    return " ".join(doc.strip().split("\n\n")[0].split())


def listing() -> str:
    """One table row a file, by folder."""
    parts: list[str] = []
    for folder in FOLDERS:
        here = ROOT / folder
        files = [*sorted(here.glob("*.py")), *sorted(here.glob("*.h"))]
        rows = [f"| `{p.name}` | {first_line(p)} |" for p in files if p.name != "__init__.py" or first_line(p)]
        if rows:
            parts.append("\n".join([f"### {folder}", "", "| file | what it is for |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def page() -> str:
    """ARCHITECTURE.md with its list of files made anew."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    return f"{head}{HEADING}\n{listing()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
