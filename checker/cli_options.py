"""The options that commands share, and their values as the rest of the program wants them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

import typer

from checker.check import EngineName, ExplicitName
from checker.explorations import Limits
from checker.portfolio import Alone
from checker.symbolic_answer import SymbolicEngine
from spec.lang.errors import RequestError, nearest

FormatName = Literal["text", "json"]

Format = Annotated[str, typer.Option("--format", help="text for people, json for programs.")]
AllSpecs = Annotated[bool, typer.Option("--all", help="Every shipped spec and its history, a table at the end.")]
SizeSettings = Annotated[list[str] | None, typer.Option("--size", metavar="Sort=N", help="Elements of a sort.")]
SwitchSettings = Annotated[list[str] | None, typer.Option("--set", metavar="SWITCH=value", help="Value of a switch.")]
ConstantSettings = Annotated[
    list[str] | None, typer.Option("--constant", metavar="NAME=every", help="Search every choice of a constant.")
]
KernelOption = Annotated[str | None, typer.Option("--kernel", metavar="PROFILE", help="Switches as in this kernel.")]
NamedConfiguration = Annotated[str | None, typer.Option("--config", metavar="NAME", help="Only this configuration.")]
PropertyNames = Annotated[list[str] | None, typer.Option("--property", metavar="NAME", help="Only this promise.")]
EngineOption = Annotated[str, typer.Option("--engine", help="auto, c, python or evaluate (slow, the meaning itself).")]
CheckEngine = Annotated[
    str, typer.Option("--engine", help="auto, c, python, evaluate (slow); bmc, induction, pdr, spacer (no states).")
]
Unfair = Annotated[
    list[str] | None, typer.Option("--unfair", metavar="ACTION", help="Without the fairness of this action or process.")
]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="For each spec: 90, 90s, 5m or 1h.")]
MaxMemory = Annotated[str | None, typer.Option("--max-memory", metavar="SIZE", help="For each search: 500M, 4G.")]
MaxStates = Annotated[int | None, typer.Option("--max-states", min=1, metavar="N", help="States stored by a search.")]
MaxDepth = Annotated[
    int | None, typer.Option("--max-depth", "--depth", min=0, metavar="N", help="Length of the longest path.")
]
AloneTime = Annotated[
    str | None,
    typer.Option("--alone", metavar="TIME", help="auto: look for proofs beside a search after that; 10s."),
]
CertificateDir = Annotated[
    str | None, typer.Option("--certificate", metavar="DIR", help="Write certificates of what can be proved there.")
]
AnySize = Annotated[bool, typer.Option("--any-size", help="Ask what holds for any number of elements.")]
ShowInvariant = Annotated[bool, typer.Option("--show-invariant", help="The clauses behind what was proved.")]
Symmetry = Annotated[str, typer.Option("--symmetry", help="on: search one state for all with other names; or off.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="For random walks; a search has no randomness.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 also when a promise holds only within a bound.")]
TraceDir = Annotated[str | None, typer.Option("--trace-dir", metavar="DIR", help="Write every counterexample there.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress; the report is only its last line.")]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="Also facts, witnesses and first states.")]
Color = Annotated[bool, typer.Option("--no-color", help="Plain text; so does NO_COLOR in the environment.")]
FoldBy = Annotated[
    list[str] | None, typer.Option("--by", metavar="VAR,...", help="States with equal values of these are one node.")
]
MarkedProperty = Annotated[
    list[str] | None, typer.Option("--property", metavar="NAME", help="Mark states that break it (or reach a goal).")
]
GraphFormatOption = Annotated[
    str | None, typer.Option("--format", help="dot, graphml, svg, mermaid or json; else by the suffix of --out.")
]
OutFile = Annotated[str | None, typer.Option("--out", metavar="FILE", help="Write there and not to stdout.")]
MaxNodes = Annotated[int | None, typer.Option("--max-nodes", min=1, metavar="N", help="Refuse a larger picture.")]

SIZE_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
TIME_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def format_of(word: str) -> FormatName:
    """The output format of this name."""
    match word:
        case "text" | "json":
            return word
    raise RequestError(f"--format {word}: there is no such format; {nearest(word, get_args(FormatName))}")


def engine_of(word: str) -> ExplicitName:
    """The engine of this name among those that visit states."""
    match word:
        case "auto" | "c" | "python" | "evaluate":
            return word
    if word in get_args(SymbolicEngine):
        raise RequestError(f"--engine {word}: this command visits states; {nearest('', get_args(ExplicitName))}")
    raise RequestError(f"--engine {word}: there is no such engine; {nearest(word, get_args(ExplicitName))}")


def check_engine_of(word: str) -> EngineName:
    """The engine of this name, one that solves formulas included."""
    match word:
        case "bmc" | "induction" | "pdr" | "spacer":
            return word
        case "auto" | "c" | "python" | "evaluate":
            return word
    known = (*get_args(ExplicitName), *get_args(SymbolicEngine))
    raise RequestError(f"--engine {word}: there is no such engine; {nearest(word, known)}")


def symmetry_of(word: str) -> bool:
    """Whether to search up to symmetry."""
    if word not in ("on", "off"):
        raise RequestError(f"--symmetry {word}: the value is 'on' or 'off'")
    return word == "on"


def limits_of(timeout: str | None, memory: str | None, states: int | None, depth: int | None) -> Limits:
    """The budgets of a run."""
    seconds = None if timeout is None else _measure("--timeout", timeout, TIME_UNITS, "90, 90s, 5m or 1h")
    limit = None if memory is None else int(_measure("--max-memory", memory, SIZE_UNITS, "500M or 4G"))
    return Limits(seconds=seconds, memory=limit, states=states, depth=depth)


def alone_of(word: str | None) -> Alone:
    """How long explicit search goes alone."""
    return Alone() if word is None else Alone(seconds=_measure("--alone", word, TIME_UNITS, "90, 90s, 5m or 1h"))


def _measure(option: str, word: str, units: dict[str, float] | dict[str, int], form: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]?)(?:i?b)?", word.strip().lower())
    if match is None or match.group(2) not in units or float(match.group(1)) <= 0:
        raise RequestError(f"{option} {word}: write it as {form}")
    return float(match.group(1)) * units[match.group(2)]
