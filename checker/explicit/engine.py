"""One door to explicit search: which engine runs, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from checker.explicit import c_engine, compile, py_search
from checker.explorations import Exploration, Limits, Report
from spec.lang.errors import EngineError, nearest
from spec.lang.ground import GroundMachine

Engine = Literal["auto", "c", "python"]

ENGINES: tuple[Engine, ...] = get_args(Engine)

NO_COMPILER = (
    "no working C compiler was found\n"
    "  hint: install gcc or clang, or name one in $CC; '--engine python' needs none and gives the same answers"
)


def explore(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    limits: Limits,
    *,
    engine: Engine = "auto",
    report: Report | None = None,
    symmetry: bool = False,
) -> Exploration:
    """Searches all reachable states at one choice of constants (slot codes by name, see `spec.lang.values`).

    "auto" takes generated C where a compiler works and generated Python elsewhere; both find the same states in the
    same order, hence the same paths and counts. So it is with `symmetry`: one state of each orbit is stored, the first
    that is found, and `limits.states` counts these. EngineError if "c" is asked for and no compiler works, or for
    another name.
    """
    if engine not in ENGINES:
        raise EngineError(f"no engine '{engine}'; {nearest(engine, ENGINES)}")
    if engine == "python" or (engine == "auto" and not compile.available()):
        return py_search.explore(ground, constants, limits, report, symmetry=symmetry)
    if not compile.available():
        raise EngineError(NO_COMPILER)
    return c_engine.explore(ground, dict(constants), limits, report, symmetry=symmetry)
