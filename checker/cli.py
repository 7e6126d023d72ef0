"""The command `uapicheck`: reads the command line, prints results to stdout and everything else to stderr.

Exit codes: 0 all hold; 1 violated; 2 the request or the spec is wrong; 3 inconclusive; 70 a defect of uapicheck itself;
130 interrupted, with what was found so far.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, NoReturn, ParamSpec

import typer

from checker import cli_check, cli_conform, cli_list, cli_mutate, cli_trace, cli_validate, cli_verify, interrupts
from checker.check import Plan
from checker.cli_options import (
    AllSpecs,
    AloneTime,
    AnySize,
    CertificateDir,
    CheckEngine,
    Color,
    ConstantSettings,
    EngineOption,
    FoldBy,
    Format,
    GraphFormatOption,
    KernelOption,
    MarkedProperty,
    MaxDepth,
    MaxMemory,
    MaxNodes,
    MaxStates,
    NamedConfiguration,
    OutFile,
    PropertyNames,
    Quiet,
    Seed,
    ShowInvariant,
    SizeSettings,
    Strict,
    SwitchSettings,
    Symmetry,
    Timeout,
    TraceDir,
    Unfair,
    Verbose,
    alone_of,
    check_engine_of,
    engine_of,
    format_of,
    limits_of,
    symmetry_of,
)
from checker.cli_output import Output
from checker.request import Settings
from checker.verdict import INTERRUPTED_EXIT, USAGE_EXIT
from spec.lang.errors import RequestError, UapiCheckError

INTERRUPTED = "interrupted before there was a result"
INTERNAL_EXIT = 70
DEBUG = "UAPICHECK_DEBUG"

app = typer.Typer(
    name="uapicheck",
    help="A formal model checker for the state machines behind kernel uAPIs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

P = ParamSpec("P")


def command(function: Callable[P, int]) -> Callable[P, None]:
    """Turns a function that returns an exit code into a command that never shows a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
            sys.stdout.flush()
        except UapiCheckError as error:
            fail(str(error), USAGE_EXIT)
        except KeyboardInterrupt:
            fail(INTERRUPTED, INTERRUPTED_EXIT, "")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            if interrupts.is_interrupt(error):
                fail(INTERRUPTED, INTERRUPTED_EXIT, "")
            if os.environ.get(DEBUG):
                raise
            hint = f"this is a defect of uapicheck, please report it ({DEBUG}=1 shows where)"
            fail(f"{type(error).__name__}: {error}\n  hint: {hint}", INTERNAL_EXIT, "internal error: ")
        raise typer.Exit(code)

    return app.command(name=function.__name__.removesuffix("_"))(run)


def fail(message: str, code: int, prefix: str = "error: ") -> NoReturn:
    """One message on stderr and the end; a message with its own place (`file:line:col: error`) gets no prefix."""
    typer.echo(message if ": error[" in message.split("\n")[0] else prefix + message, err=True)
    raise typer.Exit(code)


@command
def list_(output_format: Format = "text", verbose: Verbose = 0) -> int:
    """Name the specs that come with uapicheck: what they model and what they must break."""
    return cli_list.run_list(format_of(output_format), verbose)


@command
def check(
    specs: Annotated[
        list[str] | None, typer.Argument(help="A name from `list`, module:Class, or path/to/file.py[:Class].")
    ] = None,
    all_specs: AllSpecs = False,
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    property_: PropertyNames = None,
    engine: CheckEngine = "auto",
    timeout: Timeout = None,
    max_memory: MaxMemory = None,
    max_states: MaxStates = None,
    max_depth: MaxDepth = None,
    symmetry: Symmetry = "on",
    alone: AloneTime = None,
    unfair: Unfair = None,
    seed: Seed = 0,
    strict: Strict = False,
    trace_dir: TraceDir = None,
    certificate: CertificateDir = None,
    any_size: AnySize = False,
    show_invariant: ShowInvariant = False,
    output_format: Format = "text",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Search every reachable state of a spec and say which of its promises hold."""
    settings = _settings(size, set_, constant, kernel, config, property_, unfair)
    limits = limits_of(timeout, max_memory, max_states, max_depth)
    plan = Plan(settings, check_engine_of(engine), limits, symmetry_of(symmetry), alone_of(alone))
    output = Output(
        format_of(output_format), quiet=quiet, verbose=verbose, no_color=no_color, invariants=show_invariant
    )
    if all_specs and specs:
        raise RequestError("--all is every shipped spec; leave it out to check the specs that are named")
    if not all_specs and not specs:
        raise RequestError("name the specs to check, or say --all (`uapicheck list` shows the names)")
    if all_specs and (certificate is not None or any_size):
        raise RequestError("--certificate and --any-size go with named specs")
    if all_specs:
        return cli_check.run_all(plan, output, strict=strict, trace_dir=trace_dir)
    proofs = cli_check.Proofs(certificate, any_size)
    return cli_check.run_check(list(specs or ()), plan, output, strict=strict, trace_dir=trace_dir, proofs=proofs)


@command
def lint(
    specs: Annotated[list[str], typer.Argument(help="The specs to look at, named as for `check`.")],
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    engine: EngineOption = "auto",
    timeout: Timeout = None,
    max_memory: MaxMemory = None,
    max_states: MaxStates = None,
    output_format: Format = "text",
    quiet: Quiet = False,
    no_color: Color = False,
) -> int:
    """Find what a spec says without effect: dead refusals, vacuous promises, names that nothing reads."""
    settings = _settings(size, set_, constant, kernel, config, None)
    plan = Plan(settings, engine_of(engine), limits_of(timeout, max_memory, max_states, None))
    return cli_check.run_lint(specs, plan, Output(format_of(output_format), quiet=quiet, verbose=0, no_color=no_color))


@command
def graph(
    spec: Annotated[str, typer.Argument(help="The spec, named as for `check`.")],
    by: FoldBy = None,
    full: Annotated[bool, typer.Option("--full", help="Every state is a node.")] = False,
    property_: MarkedProperty = None,
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    engine: EngineOption = "auto",
    timeout: Timeout = None,
    max_memory: MaxMemory = None,
    max_states: MaxStates = None,
    max_depth: MaxDepth = None,
    output_format: GraphFormatOption = None,
    out: OutFile = None,
    max_nodes: MaxNodes = None,
    quiet: Quiet = False,
) -> int:
    """Draw the reachable states, folded by the values of chosen variables so that one can read it."""
    from checker import cli_graph  # here: loading networkx takes a while

    settings = _settings(size, set_, constant, kernel, config, property_)
    drawing = cli_graph.Drawing(tuple(by or ()), full, output_format, out, max_nodes)
    limits = limits_of(timeout, max_memory, max_states, max_depth)
    output = Output("text", quiet=quiet, verbose=0, no_color=True)
    return cli_graph.run_graph(spec, settings, drawing, engine_of(engine), limits, output)


@command
def simulate(
    spec: Annotated[str, typer.Argument(help="The spec, named as for `check`.")],
    steps: Annotated[int, typer.Option("--steps", min=1, max=10_000, help="How many steps to take.")] = 12,
    refusals: Annotated[bool, typer.Option("--refusals", help="Take refused calls too.")] = False,
    size: SizeSettings = None,
    set_: SwitchSettings = None,
    constant: ConstantSettings = None,
    kernel: KernelOption = None,
    config: NamedConfiguration = None,
    seed: Seed = 0,
    output_format: Format = "text",
    verbose: Verbose = 0,
) -> int:
    """Take a random walk and print it; the same seed gives the same walk. Promises are asked at every step."""
    settings = _settings(size, set_, constant, kernel, config, None)
    return cli_trace.run_simulate(spec, settings, steps, seed, refusals, format_of(output_format), verbose)


@command
def replay(
    trace: Annotated[str, typer.Argument(help="A trace file that `check --trace-dir` wrote.")],
    spec: Annotated[str | None, typer.Option("--spec", help="Replay on this spec, not the trace's own.")] = None,
    any_text: Annotated[
        bool, typer.Option("--any-text", help="Replay even if it is another spec or its text has changed.")
    ] = False,
    output_format: Format = "text",
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Run a stored trace again: exit 1 if it still breaks its promise, 3 if it cannot be taken any more."""
    output = Output(format_of(output_format), quiet=False, verbose=verbose, no_color=no_color)
    return cli_trace.run_replay(trace, spec, any_text, output)


@command
def verify(
    directories: Annotated[list[str], typer.Argument(metavar="DIR...", help="Directories that hold a certificate.")],
    spec: Annotated[str | None, typer.Option("--spec", help="Verify for this spec, not the certificate's own.")] = None,
    timeout: Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="One question of Z3; 60s.")] = None,
    cvc5: Annotated[float, typer.Option("--cvc5", min=0, metavar="SECONDS", help="cvc5, one script; 0: never.")] = 20.0,
    cross_check: Annotated[
        int, typer.Option("--cross-check", min=0, metavar="N", help="Runs to compare with the interpreter.")
    ] = 100,
    output_format: Format = "text",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: Color = False,
) -> int:
    """Verify certificates of proofs: exit 1 if one is refused, 3 if a solver does not say."""
    output = Output(format_of(output_format), quiet=quiet, verbose=verbose, no_color=no_color)
    seconds = limits_of(timeout, None, None, None).seconds
    return cli_verify.run_verify(
        directories, spec, seconds=seconds, cvc5_seconds=cvc5, runs=cross_check, output=output
    )


command(cli_validate.validate)
command(cli_conform.conform)
command(cli_mutate.mutate)


def _settings(
    size: list[str] | None,
    switches: list[str] | None,
    constant: list[str] | None,
    kernel: str | None,
    config: str | None,
    properties: list[str] | None,
    unfair: list[str] | None = None,
) -> Settings:
    return Settings(
        sizes=tuple(size or ()),
        switches=tuple(switches or ()),
        constants=tuple(constant or ()),
        kernel=kernel,
        configuration=config,
        properties=tuple(properties or ()),
        unfair=tuple(unfair or ()),
    )


def main() -> None:
    """The command line."""
    interrupts.install()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))
    for stream in (sys.stdout, sys.stderr):
        # The same bytes whatever the locale says.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()
