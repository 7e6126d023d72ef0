"""Models of the plain relation: what a solver finds to be a step, read back as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import z3

from checker.evaluate import State
from checker.symbolic.plain_agree import compiled
from checker.symbolic.plain_machine import Plain, Step
from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_script import Printer
from checker.symbolic.plain_terms import Term
from checker.symbolic.plain_values import Bag, Opt, Record, Row, Sym, Table, Union
from spec.lang.ground import GroundMachine
from spec.lang.types import EnumType, IntType, MapType, OptionType, SeqType, SortType, Type
from spec.lang.values import Elem, MapValue, Member, Rec, Value, encode


@dataclass(frozen=True, slots=True)
class Found:
    """One model of a step, as values."""

    constants: dict[str, Value]
    state: State
    after: State
    args: list[Value]
    tape: list[int]
    site: int


def models(plain: Plain, step: Step, wanted: Term, random: Random, count: int) -> Iterator[Found]:
    """Up to `count` models of a term about a step, each with some variables at random values."""
    roots = [plain.rigid(), plain.typed(plain.now), step.ranges, wanted]
    reads = {f"{place}": read.when for place, read in enumerate(step.reads)}
    variables = list(_variables([*roots, *reads.values()]))
    printer = Printer([*roots, *variables])
    lines = printer.declarations()
    for root in roots:
        lines += [*printer.definitions(root), f"(assert {printer.text(root)})"]
    context = z3.Context()
    solver = z3.SolverFor("QF_BV", ctx=context)
    solver.from_string("\n".join(lines))
    when = compiled(reads)
    for _ in range(count):
        share = random.choice((0.0, 0.1, 0.2, 0.4))
        fixed = [_fixed(v, random, context) for v in variables if random.random() < share]
        while solver.check(*fixed) != z3.sat:
            if not fixed:
                return
            fixed = fixed[: len(fixed) // 2]
        model = solver.model()
        env = {v.name: _read(v, model, context) for v in variables}
        yield _found(plain, step, env, [place for place, is_read in when.at(env).items() if is_read])


def _variables(roots: list[Term]) -> Iterator[Term]:
    seen: set[Term] = set()
    waiting = list(roots)
    while waiting:
        term = waiting.pop()
        if term not in seen:
            seen.add(term)
            waiting += term.args
    yield from sorted((t for t in seen if t.op == "var"), key=lambda t: t.number)


def _constant(variable: Term, context: z3.Context) -> z3.ExprRef:
    if variable.width == 0:
        return z3.Bool(variable.name, context)
    return z3.BitVec(variable.name, variable.width, context)


def _fixed(variable: Term, random: Random, context: z3.Context) -> z3.BoolRef:
    bits = random.getrandbits(max(1, variable.width))
    if variable.width == 0:
        return _constant(variable, context) == z3.BoolVal(bool(bits), context)
    return _constant(variable, context) == z3.BitVecVal(bits, variable.width, context)


def _read(variable: Term, model: z3.ModelRef, context: z3.Context) -> bool | int:
    value = model.eval(_constant(variable, context), model_completion=True)
    return z3.is_true(value) if variable.width == 0 else value.as_signed_long()


def _found(plain: Plain, step: Step, env: Mapping[str, bool | int], places: list[str]) -> Found:
    ground = plain.ground
    fields = {f.name: f.type for f in ground.fields.values()}
    free = {name: c.type for name, c in ground.constants.items() if name not in plain.fixed}
    reads = [step.reads[int(place)] for place in places]
    params = ground.functions[step.action.function].params
    return Found(
        constants={**plain.fixed, **{n: value_of(plain.constants[n], t, env, ground) for n, t in free.items()}},
        state={name: value_of(plain.now[name], kind, env, ground) for name, kind in fields.items()},
        after={name: value_of(plain.next[name], kind, env, ground) for name, kind in fields.items()},
        args=[value_of(step.args[p.name], p.type, env, ground) for p in params],
        tape=[encode(value_of(r.value, r.type, env, ground), r.type, ground) for r in reads],
        site=int(env.get("outcome", 0)),
    )


def value_of(sym: Sym, kind: Type, env: Mapping[str, bool | int], ground: GroundMachine) -> Value:
    """The value that variables have; those that the model does not mention are 0."""

    def number(num: Num) -> int:
        return int(env.get(num.term.name, 0)) if num.term.op == "var" else num.term.value

    match sym, kind:
        case Term(), _:
            return bool(env.get(sym.name, False))
        case Num(), IntType():
            return number(sym)
        case Num(), EnumType(name):
            return Member(name, ground.enums[name].members[number(sym)], number(sym))
        case Num(), SortType(name):
            return Elem(name, number(sym))
        case Opt(none, item), OptionType(inner):
            return None if env.get(none.name, False) else value_of(item, inner, env, ground)
        case Record(name, items), _:
            kinds = [t for _, t in ground.records[name].fields]
            return Rec(name, tuple(value_of(i, t, env, ground) for i, t in zip(items, kinds, strict=True)))
        case Union(tag, records), _:
            name = list(ground.records)[number(tag)]
            return value_of(Record(name, records[name]), kind, env, ground)
        case Bag(has), _:
            return frozenset(v for v, test in has.items() if env.get(test.name, False))
        case Row(length, items, _), SeqType(inner, _):
            return tuple(value_of(item, inner, env, ground) for item in items[: number(length)])
        case Table(entries), MapType(_, inner):
            return MapValue(tuple(value_of(e, inner, env, ground) for e in entries))
    raise AssertionError(f"{sym} is no variable of {kind}")
