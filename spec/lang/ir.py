"""The typed tree of expressions and statements that every engine consumes.

NOTE(names): inside one function every parameter, choice, local, loop variable and bound variable has its own
name; the front end renames, so an engine never needs scopes.
NOTE(coercions): a value that enters or leaves an option or a union passes through `Inject` or `Project`, so an
engine that codes values as integers never has to guess.
NOTE(faults): `Project`, `SeqAt`, `SeqSlice`, `Index` by an integer, a store out of bounds and a sequence that grows
past its capacity can go wrong. A fault ends the step or the property at that point and is a violation, never a wrap.
NOTE(order): operands are evaluated left to right; `And`, `Or`, `Ite`, `Quant` of kind all/any/first short-circuit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from spec.lang.ir_stmt import Assign as Assign
from spec.lang.ir_stmt import Break as Break
from spec.lang.ir_stmt import Continue as Continue
from spec.lang.ir_stmt import Do as Do
from spec.lang.ir_stmt import For as For
from spec.lang.ir_stmt import If as If
from spec.lang.ir_stmt import Inner as Inner
from spec.lang.ir_stmt import Require as Require
from spec.lang.ir_stmt import Return as Return
from spec.lang.ir_stmt import Stmt as Stmt
from spec.lang.ir_stmt import Warn as Warn
from spec.lang.ir_stmt import Write as Write
from spec.lang.spans import Span
from spec.lang.types import Type

CompareOp = Literal["==", "!=", "<", "<=", ">", ">="]
ArithOp = Literal["+", "-", "*", "//", "%", "min", "max"]
SetOperator = Literal["|", "&", "-"]
QuantKind = Literal["all", "any", "count", "sum", "set", "first", "min", "max"]
OutcomeAspect = Literal["refused", "done", "blocked", "partial", "errno", "reason"]


@dataclass(frozen=True, slots=True)
class Node:
    """An expression: its type and its place; places do not count when two trees are compared."""

    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lit(Node):
    """A bool or an int, by `type` (`BoolType` or `IntType`)."""

    value: bool | int


@dataclass(frozen=True, slots=True)
class NoneLit(Node):
    """None; `type` is an option, or `NONE` before it meets one."""


@dataclass(frozen=True, slots=True)
class EnumLit(Node):
    """A member of an enumeration (`type` is an `EnumType`)."""

    member: str


@dataclass(frozen=True, slots=True)
class Local(Node):
    """A parameter, local, loop variable or bound variable of the function."""

    name: str


@dataclass(frozen=True, slots=True)
class ChoiceRead(Node):
    """A choice of nature: taken from the tape at the first read in this call, the same value ever after."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldRead(Node):
    """A whole state field; `old` reads the state before the step (action properties and `@during` only)."""

    name: str
    old: bool = False


@dataclass(frozen=True, slots=True)
class ConstRead(Node):
    """A whole rigid constant."""

    name: str


@dataclass(frozen=True, slots=True)
class SwitchRead(Node):
    """The value of a switch; none is left after grounding."""

    name: str


@dataclass(frozen=True, slots=True)
class SortSize(Node):
    """`len(Sort)`; none is left after grounding."""

    sort: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """An entry of a map; as many keys as the map type has."""

    base: Expr
    keys: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Attr(Node):
    """A field of a record value (`base.type` is a `RecordType`)."""

    base: Expr
    name: str


@dataclass(frozen=True, slots=True)
class MakeRecord(Node):
    """A record from all its fields, in declared order."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Update(Node):
    """`replace(base, name=value, ...)`: a record with some fields exchanged."""

    base: Expr
    items: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Everywhere(Node):
    """A map with the same value at every key (`type` is a `MapType`)."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Listed(Node):
    """A map of one key given by position of the key; the last value serves all further keys."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Inject(Node):
    """`base` seen as a value of the option or union `type`."""

    base: Expr


@dataclass(frozen=True, slots=True)
class Project(Node):
    """`base`, an option or union, seen as the narrower `type`; a fault when it holds something else."""

    base: Expr


@dataclass(frozen=True, slots=True)
class IsNone(Node):
    """True if the option holds None."""

    base: Expr


@dataclass(frozen=True, slots=True)
class IsVariant(Node):
    """True if the union, or the option of a union, holds a record of this name."""

    base: Expr
    variant: str


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Negation."""

    base: Expr


@dataclass(frozen=True, slots=True)
class And(Node):
    """Conjunction of at least two, left to right, stopping at the first False."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Disjunction of at least two, left to right, stopping at the first True."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Ite(Node):
    """`then if test else other`; both arms have the node's type."""

    test: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison of two values of one type (all integers are one type); order only on int, ordered enum and sort."""

    op: CompareOp
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Arith(Node):
    """Exact integer arithmetic; `//` and `%` round as Python does and divide by a positive literal only."""

    op: ArithOp
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Member(Node):
    """True if `item` is in the set or sequence `base`; `x in (A, B)` is written as `Or` of comparisons."""

    item: Expr
    base: Expr


@dataclass(frozen=True, slots=True)
class Length(Node):
    """Number of elements of a set or sequence."""

    base: Expr


@dataclass(frozen=True, slots=True)
class SetLit(Node):
    """A set of the items; no items is the empty set."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SetOp(Node):
    """Union, intersection or difference of two sets of one type."""

    op: SetOperator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class SeqLit(Node):
    """A sequence of the items."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SeqAt(Node):
    """The entry at an integer position from 0; a fault outside the sequence."""

    base: Expr
    at: Expr


@dataclass(frozen=True, slots=True)
class SeqAppend(Node):
    """`base + (item,)`; a fault past the capacity of `type`."""

    base: Expr
    item: Expr


@dataclass(frozen=True, slots=True)
class SeqRemove(Node):
    """`base` without every entry equal to `item`, the others keeping their order."""

    base: Expr
    item: Expr


@dataclass(frozen=True, slots=True)
class SeqTail(Node):
    """`base[1:]`: everything but the first entry; empty stays empty."""

    base: Expr


@dataclass(frozen=True, slots=True)
class SeqSlice(Node):
    """`base[lo:hi]`; to the end without `hi`. Past the end there is nothing; a bound below 0 is a fault.

    All three are evaluated before the bounds are checked.
    """

    base: Expr
    lo: Expr
    hi: Expr | None


@dataclass(frozen=True, slots=True)
class SeqConcat(Node):
    """`left + right`, of one type of item and maybe two capacities; a fault past the capacity of `type`."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class SortDomain:
    """All elements of a sort, in element order."""

    sort: str


@dataclass(frozen=True, slots=True)
class EnumDomain:
    """All members of an enumeration, in declared order."""

    enum: str


@dataclass(frozen=True, slots=True)
class RangeDomain:
    """The integers from `lo` to `hi - 1`."""

    lo: Expr
    hi: Expr


@dataclass(frozen=True, slots=True)
class ElementsDomain:
    """The elements of a set (in the order of the item type's values) or the entries of a sequence (in order).

    The set or sequence is taken once, before the first turn.
    """

    base: Expr


Domain = SortDomain | EnumDomain | RangeDomain | ElementsDomain


@dataclass(frozen=True, slots=True)
class Binder:
    """A variable that runs over a domain."""

    name: str
    type: Type
    domain: Domain


@dataclass(frozen=True, slots=True)
class Quant(Node):
    """A comprehension over one or more binders (the first is outermost), `cond` filtering the innermost turn.

    all, any: `body` is a bool. count: `body` is None. sum, min, max: `body` is an int (min and max fault when
    nothing qualifies). set: `body` is the item. first: `body` is the item, `type` an option of it, None when
    nothing qualifies.
    """

    kind: QuantKind
    binders: tuple[Binder, ...]
    cond: Expr | None
    body: Expr | None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a helper or of another action's function, by its key in `Machine.functions`.

    `args` are the positional parameters in order; `given` the choices that the caller fixes; the other choices
    of the callee are nature's, afresh for every call.
    """

    function: str
    args: tuple[Expr, ...]
    given: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeLit(Node):
    """An outcome made here: the place in `Machine.sites` tells kind, errno and reason; `outputs` are values."""

    site: int
    outputs: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeTest(Node):
    """A question to an outcome: refused, done, blocked, partial; or whether errno or reason equals `value`.

    refused is True for kinds refused and partial alike.
    """

    base: Expr
    aspect: OutcomeAspect
    value: str = ""


Expr = (
    Lit | NoneLit | EnumLit | Local | ChoiceRead | FieldRead | ConstRead | SwitchRead | SortSize
    | Index | Attr | MakeRecord | Update | Everywhere | Listed | Inject | Project | IsNone | IsVariant
    | Not | And | Or | Ite | Compare | Arith
    | Member | Length | SetLit | SetOp | SeqLit | SeqAt | SeqAppend | SeqRemove | SeqTail | SeqSlice
    | SeqConcat | Quant
    | Call | OutcomeLit | OutcomeTest
)
