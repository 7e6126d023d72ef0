"""One run of an action, or of the initialiser, on values that depend on inputs."""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.symbolic.circuit import Lit
from checker.symbolic.sym_algebra import Algebra
from checker.symbolic.sym_body import PLAIN_DONE, call_function
from checker.symbolic.sym_expr import SymExpressions
from checker.symbolic.sym_values import Cases
from checker.symbolic.sym_world import Pool, Symbols, SymFrame, SymWorld
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Function
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE
from spec.lang.values import cardinality


@dataclass(frozen=True, slots=True)
class ActionRun:
    """What a run does at given inputs.

    `codes` says that arguments and choices are codes. `enabled` is false where the action cannot happen, `fault` true
    where evaluation ends, `completes` where the run is a step. `marks` are meant where the run is enabled.
    """

    action: Action | None
    args: Symbols
    arg_bits: tuple[tuple[Lit, ...], ...]
    after: Symbols
    outcome: Cases
    codes: Lit
    enabled: Lit
    fault: Lit
    completes: Lit
    marks: dict[str, Lit] = field(default_factory=dict)


def step_run(
    ground: GroundMachine,
    algebra: Algebra,
    constants: Symbols,
    now: Symbols,
    action: Action,
    pool: Pool,
    selector: Lit,
) -> ActionRun:
    """The run of an action from a state; arguments and choices come out of the pool."""
    function = ground.functions[action.function]
    args: Symbols = {}
    arg_bits: list[tuple[Lit, ...]] = []
    codes: list[Lit] = []
    for param in function.params:
        bits = pool.take(max(0, cardinality(param.type, ground) - 1).bit_length())
        arg_bits.append(bits)
        codes.append(algebra.in_range(bits, param.type))
        args[param.name] = algebra.from_bits(bits, param.type) if bits else algebra.filler(param.type)
    world = SymWorld(ground, algebra, constants, dict(now), dict(now), pool, (selector,))
    result = call_function(world, function, args, {})
    outcome = result if isinstance(result, Cases) and result.of.keys() != {None} else PLAIN_DONE
    return _finished(world, action, args, tuple(arg_bits), outcome, codes)


def start_run(ground: GroundMachine, algebra: Algebra, constants: Symbols, pool: Pool) -> ActionRun:
    """The run of the initialiser: every field takes its initial value, then the initialiser's text runs."""
    world = SymWorld(ground, algebra, constants, {}, None, pool)
    look = SymExpressions(world, call_function)
    nowhere = SymFrame(Function("", (), (), NONE, (), {}, "", BUILTIN), {}, {})
    for name, decl in ground.fields.items():
        world.now[name] = look.entering(decl.init, decl.type, nowhere)
    if ground.initial is not None:
        call_function(world, ground.functions[ground.initial], {}, {})
    return _finished(world, None, {}, (), PLAIN_DONE, [])


def _finished(
    world: SymWorld,
    action: Action | None,
    args: Symbols,
    arg_bits: tuple[tuple[Lit, ...], ...],
    outcome: Cases,
    codes: list[Lit],
) -> ActionRun:
    circuit, record = world.circuit, world.record
    enabled = record.disabled ^ 1
    return ActionRun(
        action=action,
        args=args,
        arg_bits=arg_bits,
        after=world.now,
        outcome=outcome,
        codes=circuit.conj([*codes, *record.codes]),
        enabled=enabled,
        fault=circuit.both(enabled, record.fault),
        completes=circuit.both(enabled, record.fault ^ 1),
        marks={name: circuit.both(enabled, lit) for name, lit in record.marks.items()},
    )

