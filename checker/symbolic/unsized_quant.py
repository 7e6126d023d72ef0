"""Comprehensions for any size: over finite sorts they are written out, over open ones they get a name and two facts.

`any(p(x) for x in Device)` becomes a truth value B with `B -> p(w)` for one unknown element w, and `p(x) -> B` for all
x. `all` is what `any` is not. Counts are tallies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.eval_property import source_text
from checker.symbolic.unsized_count import Tally, add_tally
from checker.symbolic.unsized_scene import Frame, Scene
from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Outside,
    Truth,
    at_most,
    choose,
    conj,
    disj,
    implies,
    key_of,
    neg,
    one_if,
    total,
)
from checker.symbolic.unsized_values import Row, SetOf, Sum, Table, Value, leaves
from checker.symbolic.unsized_world import Shape
from spec.lang import ir
from spec.lang.types import SeqType
from spec.lang.walk import subexpressions

if TYPE_CHECKING:
    from checker.symbolic.unsized_expr import Expressions

COUNTS = "counts over open sorts are integers that obey named facts about cardinality"


class Comprehensions:
    """Evaluates comprehensions for one evaluator of expressions."""

    def __init__(self, look: Expressions) -> None:
        self.look = look
        self.world = look.world
        self.facts = look.facts

    def value(self, node: ir.Quant, frame: Frame) -> Value:
        """The value of a comprehension."""
        match node.kind:
            case "any":
                return self._exists(node, frame, negated=False)
            case "all":
                return neg(self._exists(node, frame, negated=True))
            case "count" if node.body is None:
                return self._count(node, frame)
            case "sum" if isinstance(node.body, ir.Lit) and node.body.value == 1:
                return self._count(node, frame)
            case "set":
                return self._set(node, frame)
            case _:
                raise Outside(f"{node.span}: `{node.kind}`")

    # --- turns --------------------------------------------------------------------------------------------------

    def rows(self, node: ir.Quant, frame: Frame) -> list[tuple[Shape, ...]]:
        """The forms that the bound variables may take together."""
        options: list[list[Shape]] = []
        for binder in node.binders:
            if isinstance(binder.domain, ir.RangeDomain):
                options.append(self._range(binder.domain, frame, str(node.span)))
            else:
                options.append(list(self.world.shapes(binder.type)))
        return list(itertools.product(*options))

    def _range(self, domain: ir.RangeDomain, frame: Frame, where: str) -> list[Shape]:
        lo, hi = self.look.number(domain.lo, frame), self.look.number(domain.hi, frame)
        if not isinstance(lo, int) or not isinstance(hi, int):
            raise Outside(f"{where}: a range with an unknown end")
        return [((), lambda _, v=v: v) for v in range(lo, hi)]  # type: ignore[misc]

    def turn(
        self,
        node: ir.Quant,
        row: tuple[Shape, ...],
        terms: tuple[Leaf, ...],
        frame: Frame,
        *,
        body: bool,
        negated: bool,
    ) -> tuple[Truth, Frame, list[Truth]]:
        """One turn: whether it counts (and its body is true, or untrue), its frame, and what goes wrong in it."""
        from checker.symbolic.unsized_expr import Expressions

        scene = self.look.scene.apart(pure=True)
        inner = Expressions(scene, self.look.caller)
        mine = frame.copy(scope=(*frame.scope, *terms), base=self.look.scene.guard(frame), live=True)
        parts: list[Truth] = []
        at = 0
        for binder, (sorts, build) in zip(node.binders, row, strict=True):
            mine.variables[binder.name] = build(terms[at : at + len(sorts)])
            at += len(sorts)
            with scene.under(conj(parts)):
                parts.append(self._in_domain(inner, binder, mine))
        if node.cond is not None:
            with scene.under(conj(parts)):
                parts.append(inner.truth(node.cond, mine))
        if body:
            assert node.body is not None
            with scene.under(conj(parts)):
                found = inner.truth(node.body, mine)
            parts.append(neg(found) if negated else found)
        if scene.state is not self.look.scene.state:
            raise Outside(f"{node.span}: a comprehension that writes")
        return conj(parts), mine, scene.faults

    def _in_domain(self, inner: Expressions, binder: ir.Binder, frame: Frame) -> Truth:
        if not isinstance(binder.domain, ir.ElementsDomain):
            return True
        base = inner.value(binder.domain.base, frame)
        item = frame.variables[binder.name]
        if isinstance(base, SetOf):
            return base.has(item)
        if isinstance(base, Row):
            if isinstance(item, Sum | SetOf | Row | Table | None):
                raise Outside("a comprehension over a sequence of records or options")
            return base.has(item)
        raise Outside("a comprehension over something that is neither set nor sequence")

    # --- any and all --------------------------------------------------------------------------------------------

    def _exists(self, node: ir.Quant, frame: Frame, *, negated: bool) -> Truth:
        found: list[Truth] = []
        for place, row in enumerate(self.rows(node, frame)):
            sorts = tuple(sort for names, _ in row for sort in names)
            if sorts:
                found.append(self._named(node, place, row, sorts, frame, negated=negated))
            else:
                holds, _, faults = self.turn(node, row, (), frame, body=True, negated=negated)
                self.look.scene.faults += faults if self.look.scene.strict else []
                found.append(holds)
        return disj(found)

    def _named(
        self, node: ir.Quant, place: int, row: tuple[Shape, ...], sorts: tuple[str, ...], frame: Frame, *, negated: bool
    ) -> Truth:
        name, args = self._name(node, place, frame)
        found = self.facts.truth(name, args)
        key = ("named", found.get_id())
        if key in self.facts.cache:
            self._may_go_wrong(node, row, name, args, sorts, frame)
            return found
        self.facts.cache[key] = found
        kept, scene = frame.copy(), self.look.scene
        other = self._at(scene)

        def instance(terms: tuple[Leaf, ...]) -> Truth:
            return other.turn(node, row, terms, kept, body=True, negated=negated)[0]

        witness = tuple(self.facts.element(f"{name}.{i}", args, sort) for i, sort in enumerate(sorts))
        self.facts.say(implies(found, instance(witness)), "a witness")
        self.facts.say_all(sorts, lambda terms: implies(instance(terms), found), "a comprehension")
        self._may_go_wrong(node, row, name, args, sorts, frame)
        return found

    def _may_go_wrong(
        self,
        node: ir.Quant,
        row: tuple[Shape, ...],
        name: str,
        args: tuple[Leaf, ...],
        sorts: tuple[str, ...],
        frame: Frame,
        *,
        body: bool = True,
    ) -> None:
        """`Outside` in a promise, if a turn over an open sort may go wrong: of that nothing is summarised."""
        if not self.look.scene.strict:
            return
        mark = self.facts.mark()
        where = tuple(self.facts.element(f"{name}.wrong.{i}", args, sort) for i, sort in enumerate(sorts))
        _, _, faults = self.turn(node, row, where, frame, body=body, negated=False)
        self.facts.rollback(mark)
        if faults:
            raise Outside(f"{node.span}: a comprehension in a promise, where a turn may go wrong")

    def _at(self, scene: Scene) -> Comprehensions:
        """The same evaluator for later: it keeps the state of now."""
        from checker.symbolic.unsized_expr import Expressions

        apart = scene.apart(pure=True, strict=False, short=list(scene.short))
        return Comprehensions(Expressions(apart, self.look.caller))

    def _name(self, node: ir.Quant, place: int, frame: Frame) -> tuple[str, tuple[Leaf, ...]]:
        """A name for what the comprehension says, and what it depends on: fields, variables, choices."""
        scene = self.look.scene
        entries: list[object] = []
        for name, old in sorted(self.world.reads(node)):
            state = scene.old if old else scene.state
            assert state is not None
            entry = state[name]
            whole = isinstance(entry, Table | SetOf | Row)
            entries.append(id(entry) if whole else (_form(entry), tuple(key_of(x) for x in leaves(entry))))
            self.facts.keep(entry)
        self.facts.keep(node)
        args: list[Leaf] = []
        bound = {b.name for b in node.binders}
        for variable in self.world.free_locals(node):
            if variable in frame.variables and variable not in bound:
                given = frame.variables[variable]
                if isinstance(given, SetOf | Row | Table):
                    self.facts.keep(given)
                    entries.append((variable, id(given)))
                    args += frame.scope
                else:
                    args += leaves(given)
                    entries.append((variable, _form(given)))
        for choice in sorted({p.name for p in subexpressions(node) if isinstance(p, ir.ChoiceRead)}):
            if choice in frame.choices:
                args += leaves(frame.choices[choice])
                entries.append((choice, "choice", _form(frame.choices[choice])))
        number = self.world.number_of(("comprehension", id(node), place, *entries))
        return f"{node.kind} {number}", tuple(args)  # no field or constant is named like this

    # --- counts, sets, first ------------------------------------------------------------------------------------

    def _count(self, node: ir.Quant, frame: Frame) -> Number:
        found: list[Number] = []
        for place, row in enumerate(self.rows(node, frame)):
            sorts = tuple(sort for names, _ in row for sort in names)
            if not sorts:
                holds, _, faults = self.turn(node, row, (), frame, body=False, negated=False)
                self.look.scene.faults += faults if self.look.scene.strict else []
                found.append(one_if(holds))
            elif (point := self._point(node, frame)) is not None:
                found.append(point)
            elif len(node.binders) == 1 and isinstance(node.binders[0].domain, ir.SortDomain):
                found.append(self._tally(node, place, row, sorts[0], frame))
            else:
                raise Outside(f"{node.span}: a count of pairs, or of what is in a set or sequence")
        return total(found)

    def _point(self, node: ir.Quant, frame: Frame) -> Number | None:
        """`sum(1 for e in row if e == x)`: how often x stands in the row; None for other counts."""
        match node:
            case ir.Quant(
                binders=(ir.Binder(name, _, ir.ElementsDomain(base)),),
                cond=ir.Compare(op="==", left=ir.Local(name=left), right=ir.Local(name=right)),
            ) if isinstance(base.type, SeqType) and left == name and right != name:
                assert isinstance(node.cond, ir.Compare)
                row, x = self.look.row(base, frame), self.look.leaf(node.cond.right, frame)
                times, args = self._name(node, 0, frame)
                number = self.facts.number(times, args)
                self.facts.say(at_most(1, number), "an entry stands at least once")
                self.facts.say(implies(row.single(), at_most(number, 1)), "an entry stands once without repetition")
                return choose(row.has(x), number, 0)
            case _:
                return None

    def _tally(self, node: ir.Quant, place: int, row: tuple[Shape, ...], sort: str, frame: Frame) -> Number:
        self.world.used(COUNTS)
        name, args = self._name(node, place, frame)
        number = self.facts.number(name, args)
        key = ("tally", number.get_id())
        if key not in self.facts.cache:
            self.facts.cache[key] = number
            kept, other = frame.copy(), self._at(self.look.scene)

            def holds(x: Leaf) -> Truth:
                return other.turn(node, row, (x,), kept, body=False, negated=False)[0]

            what = (id(node), place, *(key_of(a) for a in args))
            text = source_text(node.span, self.world.machine.texts) or str(node.span)
            add_tally(self.facts, Tally(number, sort, holds, True, what, args, name, text))
        self._may_go_wrong(node, row, name, args, (sort,), frame, body=False)
        return number

    def _set(self, node: ir.Quant, frame: Frame) -> SetOf:
        binder = node.binders[0]
        plain = isinstance(node.body, ir.Local) and node.body.name == binder.name and len(node.binders) == 1
        if not plain:
            raise Outside(f"{node.span}: a set of something else than the variable itself")
        if self.look.scene.pure:
            raise Outside(f"{node.span}: a set that is built in a promise or in a comprehension")
        kept, other = frame.copy(), self._at(self.look.scene)

        def has(value: Value) -> Truth:
            shape: Callable[[tuple[Leaf, ...]], Value] = lambda _: value  # noqa: E731
            return other.turn(node, (((), shape),), (), kept, body=False, negated=False)[0]

        return SetOf(has)


def _form(value: Value) -> object:
    """Which cases a value may be: what it depends on is told by its leaves in the order of these."""
    if not isinstance(value, Sum):
        return "."
    return tuple(None if part is None else tuple(_form(v) for v in part) for part in value.parts)
