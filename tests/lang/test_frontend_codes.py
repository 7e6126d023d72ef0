"""Every error code that the source can report is explained, and every explanation is of a code that is reported."""

from __future__ import annotations

import re
from pathlib import Path

import spec.lang
from spec.lang.codes import Code
from spec.lang.declaration_codes import DECLARATION_CODES

REPORTED = re.compile(r'(?:Problem|problem|_problem|_spec_error)\(\s*(?:\w+\.\w+, )?"([a-z0-9-]+)"')
FILES = (
    "source", "resolver", "decorators", "module", "classes", "program", "lineage", "world", "settings", "bodies",
    "build", "catalogue", "frontend", "part_text", "part_classes", "part_shared", "part_worlds", "part_build",
    "refine",
)  # fmt: skip


def reported() -> set[str]:
    folder = Path(spec.lang.__file__).parent
    return {code for name in FILES for code in REPORTED.findall((folder / f"{name}.py").read_text(encoding="utf-8"))}


def test_every_reported_code_is_explained() -> None:
    assert reported() <= set(DECLARATION_CODES) | {code.code for code in Code}


def test_every_explained_code_is_reported() -> None:
    assert set(DECLARATION_CODES) <= reported()


def test_no_code_is_explained_twice() -> None:
    assert not set(DECLARATION_CODES) & {code.code for code in Code}
