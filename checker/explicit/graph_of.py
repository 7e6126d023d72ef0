"""One door to the reachable graph: which engine builds it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.explicit import c_graph, compile, py_graph
from checker.explicit.engine import ENGINES, NO_COMPILER, Engine
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits, Report
from spec.lang.errors import EngineError, nearest
from spec.lang.ground import GroundMachine


def state_graph(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    labels: Sequence[Label] = (),
    limits: Limits | None = None,
    *,
    engine: Engine = "auto",
    report: Report | None = None,
) -> StateGraph:
    """Every reachable state with its changes and labels, at one choice of constants (slot codes by name).

    Both engines give the same graph, byte for byte. EngineError if "c" is asked for and no compiler works, or for
    another name.
    """
    if engine not in ENGINES:
        raise EngineError(f"no engine '{engine}'; {nearest(engine, ENGINES)}")
    if engine == "python" or (engine == "auto" and not compile.available()):
        return py_graph.state_graph(ground, constants, labels, limits, report)
    if not compile.available():
        raise EngineError(NO_COMPILER)
    return c_graph.state_graph(ground, constants, labels, limits, report)
