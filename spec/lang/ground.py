"""The finite machine: a `Machine` at given sizes and switches, folded, with only what is left to search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from spec.lang.errors import Problem, RequestError, SpecError
from spec.lang.fold import Folder, resolve
from spec.lang.ir import Call, ConstRead, Expr, OutcomeLit, SortDomain, SortSize, Warn, Write
from spec.lang.limits import function_problems, type_problem
from spec.lang.machine import (
    Action,
    ConstantDecl,
    EnumDecl,
    Function,
    Machine,
    Property,
    RecordDecl,
    Refinement,
)
from spec.lang.part_final import join_finals
from spec.lang.switches import Settled, SwitchReader, SwitchValue, settle
from spec.lang.total import enters
from spec.lang.types import (
    IntType,
    MapType,
    OptionType,
    SeqType,
    SetType,
    SortType,
    Type,
)
from spec.lang.walk import expressions, statements, subexpressions


@dataclass(frozen=True, slots=True)
class GroundField:
    """A state variable that some action or the initialiser writes; all others are folded to their initial value."""

    name: str
    type: Type
    init: Expr


@dataclass(frozen=True, slots=True)
class GroundMachine:
    """What engines run. No `SwitchRead`, `SortSize` or unavailable thing is left; extents are plain numbers.

    `actions` and `properties` are only the available ones, in declared order; `functions` only those they reach.
    `sites` and `warnings` keep the numbering of `machine`. `live_sites` are the sites of outcomes in text that
    actions can still reach after folding (site 0 only if that text says so, not for a function that just ends).
    """

    machine: Machine
    sizes: dict[str, int]
    switches: dict[str, bool | int | str]
    enums: dict[str, EnumDecl]
    records: dict[str, RecordDecl]
    fields: dict[str, GroundField]
    constants: dict[str, ConstantDecl]
    functions: dict[str, Function]
    actions: tuple[Action, ...]
    properties: tuple[Property, ...]
    initial: str | None
    live_sites: frozenset[int]
    live_warnings: frozenset[int]
    refinements: tuple[Refinement, ...] = ()


def ground(
    machine: Machine,
    sizes: Mapping[str, int] | None = None,
    switches: Mapping[str, SwitchValue | Expr] | None = None,
) -> GroundMachine:
    """The machine at these sizes and switches; what is not given has its default.

    RequestError: an unknown name, a size outside 1..64, a sort without size, a switch value of another type.
    SpecError: switches that depend on themselves, a live write to a field that is not available, a live call of a
    function that is not available, a type with too many values.
    """
    return _Grounding(settle(machine, sizes or {}, switches or {})).run()


class _Grounding:
    """One run of `ground`, from settled switches to the folded machine."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self.machine = settled.machine
        self.reader = SwitchReader(settled)
        self.actions = [a for a in self.machine.actions.values() if settled.is_on(a.availability, a.span)]
        self.properties, joined = join_finals(list(self._properties()))
        self.declared = self.machine.functions | ({joined.name: joined} if joined is not None else {})
        refinements = self.machine.refinements.values()
        self.refinements = tuple(r for r in refinements if settled.is_on(r.availability, r.span))
        self.absent = {f.name for f in self.machine.fields.values() if not settled.is_on(f.availability, f.span)}

    def run(self) -> GroundMachine:
        """Folds until no more fields turn out to be fixed, then checks what is left."""
        self._require_sizes()
        self.records = {name: self._record(r) for name, r in self.machine.records.items()}
        fixed: dict[str, Expr] = {}
        inits = {name: self._init(name) for name in self.machine.fields}
        while True:
            functions = self._functions(fixed)
            acting = [a.function for a in self.actions] + ([self.machine.initial] if self.machine.initial else [])
            moving = reachable(functions, acting)
            written = {s.target for name in moving for s in statements(functions[name].body) if isinstance(s, Write)}
            found = {n: e for n, e in inits.items() if self._is_fixed(n, e, written)}
            if found.keys() == fixed.keys():
                break
            fixed = found
        live = reachable(functions, [*acting, *self._asked()])
        self._refuse_absent(functions, moving, live)
        return self._result(functions, moving, live, inits, fixed)

    def _properties(self) -> Iterator[Property]:
        names = {a.name for a in self.actions}
        for prop in self.machine.properties.values():
            on = tuple(name for name in prop.on if name in names or name in prop.inner)
            if self.settled.is_on(prop.availability, prop.span) and (on or not prop.on):
                yield replace(prop, on=on)

    def _asked(self) -> list[str]:
        premises = [p.premise for p in self.properties if p.premise is not None]
        images = [function for r in self.refinements for function in r.images.values()]
        return [p.function for p in self.properties] + premises + images

    def _is_fixed(self, name: str, init: Expr, written: set[str]) -> bool:
        """A field whose initial value might fault stays, so that the fault is found."""
        return name in self.absent or (name not in written and is_total_init(init, self.machine, name, self.folder({})))

    def folder(self, fixed: Mapping[str, Expr]) -> Folder:
        """A folder for the settled switches."""
        return Folder(self.reader, self.settled.sizes, self.machine.enums, self.records, fixed)

    def _init(self, name: str) -> Expr:
        decl = self.machine.fields[name]
        init = self.folder({}).expr(decl.init)
        return replace(init, type=resolve(decl.type, self.settled.sizes)) if _is_container(init) else init

    def _record(self, decl: RecordDecl) -> RecordDecl:
        return replace(decl, fields=tuple((n, resolve(t, self.settled.sizes)) for n, t in decl.fields))

    def _functions(self, fixed: Mapping[str, Expr]) -> dict[str, Function]:
        folder, sizes = self.folder(fixed), self.settled.sizes
        return {
            name: replace(
                f,
                params=tuple(replace(p, type=resolve(p.type, sizes)) for p in f.params),
                choices=tuple(replace(c, type=resolve(c.type, sizes)) for c in f.choices),
                returns=resolve(f.returns, sizes),
                locals={n: resolve(t, sizes) for n, t in f.locals.items()},
                body=folder.body(f.body),
            )
            for name, f in self.declared.items()
        }

    def _require_sizes(self) -> None:
        missing = sorted(used_sorts(self.machine) - self.settled.sizes.keys())
        if missing:
            wanted = ", ".join(f"{name}=N" for name in missing)
            raise RequestError(f"sizes are missing: give {wanted}")

    def _refuse_absent(self, functions: dict[str, Function], moving: Iterable[str], live: Iterable[str]) -> None:
        problems = [
            Problem(
                "absent-field",
                stmt.span,
                f"'{stmt.target}' is written, but is not available with these switches",
                "make the write depend on the same switch, or the function available only with it",
            )
            for name in moving
            for stmt in statements(functions[name].body)
            if isinstance(stmt, Write) and stmt.target in self.absent
        ]
        for name in live:
            for node in expressions(functions[name].body):
                if isinstance(node, Call):
                    callee = functions[node.function]
                    if not self.settled.is_on(callee.availability, callee.span):
                        name_ = callee.name.partition(" (")[0]
                        message = f"{name_} is called, but is not available with these switches"
                        problems.append(Problem("absent-function", node.span, message))
        if problems:
            raise SpecError(problems, self.machine.texts)

    def _result(
        self,
        functions: dict[str, Function],
        moving: list[str],
        live: list[str],
        inits: dict[str, Expr],
        fixed: dict[str, Expr],
    ) -> GroundMachine:
        sizes = self.settled.sizes
        fields = {
            name: GroundField(name, resolve(decl.type, sizes), inits[name])
            for name, decl in self.machine.fields.items()
            if name not in fixed
        }
        kept = {name: f for name, f in functions.items() if name in live}
        read = _constants_read(self.machine, kept.values(), (f.init for f in fields.values()))
        constants = {name: self._constant(name) for name in self.machine.constants if name in read}
        sites = {e.site for n in moving for e in expressions(functions[n].body) if isinstance(e, OutcomeLit)}
        warnings = {s.warning for n in moving for s in statements(functions[n].body) if isinstance(s, Warn)}
        result = GroundMachine(
            machine=self.machine,
            sizes=sizes,
            switches=self.settled.switches,
            enums=self.machine.enums,
            records=self.records,
            fields=fields,
            constants=constants,
            functions=kept,
            actions=tuple(self.actions),
            properties=tuple(self.properties),
            initial=self.machine.initial,
            live_sites=frozenset(sites),
            live_warnings=frozenset(warnings),
            refinements=self.refinements,
        )
        _check_limits(result)
        return result

    def _constant(self, name: str) -> ConstantDecl:
        decl = self.machine.constants[name]
        kind = resolve(decl.type, self.settled.sizes)
        init = None if decl.init is None else self.folder({}).expr(decl.init)
        return replace(decl, type=kind, init=init)


def reachable(functions: Mapping[str, Function], roots: Iterable[str]) -> list[str]:
    """The functions that these call, directly or not, themselves among them; in the order first met."""
    found: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += [node.function for node in expressions(functions[name].body) if isinstance(node, Call)]
    return list(found)


def is_total_init(init: Expr, machine: Machine, name: str, finite: Folder) -> bool:
    """True if the initial value is sure to be a value of the field, whatever the constants are."""
    return enters(init, resolve(machine.fields[name].type, finite.sizes), finite)


def _is_container(expr: Expr) -> bool:
    """True if the type of the whole may be narrower than its place, such as that of an empty sequence."""
    return isinstance(expr.type, MapType | SeqType | SetType)


def _constants_read(machine: Machine, functions: Iterable[Function], inits: Iterable[Expr]) -> set[str]:
    """Constants that text left or another constant's value reads."""
    read = {n.name for f in functions for n in expressions(f.body) if isinstance(n, ConstRead)}
    read |= {n.name for init in inits for n in subexpressions(init) if isinstance(n, ConstRead)}
    while True:
        inner = [machine.constants[name].init for name in read]
        more = {n.name for e in inner if e is not None for n in subexpressions(e) if isinstance(n, ConstRead)}
        if more <= read:
            return read
        read |= more


def used_sorts(machine: Machine) -> set[str]:
    """Sorts that the machine's declarations and text mention."""
    found: set[str] = set()
    kinds: list[Type] = [f.type for f in machine.fields.values()] + [c.type for c in machine.constants.values()]
    kinds += [t for r in machine.records.values() for _, t in r.fields]
    for function in machine.functions.values():
        kinds += [p.type for p in (*function.params, *function.choices)]
        kinds += [*function.locals.values(), function.returns]
        for node in expressions(function.body):
            kinds.append(node.type)
            if isinstance(node, SortSize):
                found.add(node.sort)
            for binder in getattr(node, "binders", ()):
                kinds.append(binder.type)
                if isinstance(binder.domain, SortDomain):
                    found.add(binder.domain.sort)
    for kind in kinds:
        found |= set(_sorts_of(kind))
    return found


def _sorts_of(kind: Type) -> Iterator[str]:
    match kind:
        case SortType(name):
            yield name
        case IntType(lo, hi):
            for extent in (lo, hi):
                yield from (sort for sort, _ in (extent.times if extent is not None else ()))
        case OptionType(item) | SetType(item):
            yield from _sorts_of(item)
        case SeqType(item, room):
            yield from _sorts_of(item)
            yield from (sort for sort, _ in room.times)
        case MapType(keys, value):
            for inner in (*keys, value):
                yield from _sorts_of(inner)
        case _:
            return


def _check_limits(result: GroundMachine) -> None:
    problems = []
    places = [(f.type, result.machine.fields[f.name].span) for f in result.fields.values()]
    places += [(c.type, c.span) for c in result.constants.values()]
    for kind, span in places:
        problem = type_problem(kind, result, span, stored=True)
        problems += [problem] if problem else []
    for function in result.functions.values():
        problems += function_problems(function, result)
    if problems:
        raise SpecError(problems, result.machine.texts)


def fold_for(grounded: GroundMachine, expr: Expr) -> Expr:
    """An expression of the same machine (of a configuration, say) folded as `grounded` was; fields stay."""
    settled = Settled(grounded.machine, grounded.sizes, grounded.switches, grounded.enums, grounded.records)
    return Folder(SwitchReader(settled), grounded.sizes, grounded.enums, grounded.records, {}).expr(expr)
