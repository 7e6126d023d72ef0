"""Broken promises about whole runs in a form that a person can compare: what happens first, and what for ever."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checker.check import EngineName, Plan, SpecReport, check
from checker.request import Settings
from checker.trace import Trace
from checker.verdict import Verdict
from spec.lang.frontend import load

KINDS = ("leads_to", "always_eventually")


@dataclass(frozen=True, slots=True)
class Lasso:
    """The actions on the way, and those that repeat for ever; none where a state is never left."""

    stem: tuple[str, ...]
    loop: tuple[str, ...] = ()


def lasso_of(trace: Trace) -> Lasso:
    """The names of the actions of a trace, cut where its loop begins."""
    assert trace.loop is not None
    names = tuple(step.action for step in trace.steps)
    return Lasso(names[: trace.loop], names[trace.loop :])


def checked(
    target: str, *, config: str | None = None, promise: str | None = None, unfair: str = "", engine: EngineName = "auto"
) -> SpecReport:
    """A check of one spec, or of one promise of it, with the fairness of one action dropped."""
    settings = Settings(
        configuration=config,
        properties=(promise,) if promise is not None else (),
        unfair=(unfair,) if unfair else (),
    )
    report = check(load(target), target, Plan(settings, engine=engine))
    assert all(s.complete for s in report.searched)
    return report


def lassos(report: SpecReport) -> dict[str, Lasso]:
    """The lasso of every promise about whole runs that is broken."""
    return {
        r.property: lasso_of(r.trace)
        for r in report.results
        if r.kind in KINDS and r.verdict is Verdict.VIOLATED and r.trace is not None
    }


def edited(folder: Path, base: str, text: str) -> str:
    """The target of a class `Edit` that extends a shipped class and has this text as its body."""
    module, _, name = base.partition(":")
    path = folder / "edit.py"
    words = "from spec.lang import *\nfrom spec.uapi.dma_ownership_state import Device, Driver, Era, Group, Owner\n"
    head = f'"""An edit on purpose."""\n\n{words}from {module} import {name}\n\n\n'
    path.write_text(f'{head}class Edit({name}):\n    """An edit."""\n\n{text}', encoding="utf-8")
    return f"{path}:Edit"
