"""The models run without the libraries that only checks and proofs need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import importlib, sys
for name in ("z3", "networkx", "hypothesis"):
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
from models.hw.format_vtd import VtdSecond
from models.hw.memory import Memory
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range
table = PageTable(Memory(), VtdSecond(3))
assert map_range(table, 0x1000, 0x5000, 0x1000, 3) == 0
print(hex(table.translate(0x1008)))
"""


def test_models_need_no_solver_and_no_graph_library() -> None:
    files = [*ROOT.glob("models/hw/*.py"), *ROOT.glob("models/kernel/pgtable*.py")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    assert len(names) > 25
    done = subprocess.run([sys.executable, "-c", PROGRAM, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "0x5008\n"
