"""Loops over any number of elements, summarised: what each turn does to the entries that belong to it alone.

NOTE(turns): the summary is for loops whose turns do not meddle: the turn of x writes, of every map that the loop
writes, only entries whose index is x, and no variable is carried from turn to turn; else the loop is `Outside`. The
index of an entry is its key of the sort of x, or what a constant map makes of its key (the group of a device). So the
order of turns does not matter for what they write: after the loop the entry at k is what the turn of index(k) leaves
there, if that turn took place. A turn is run for every element that is named, under the same names for the choices of
nature. A turn that reads an entry of another element may find what was there before the loop, or what its turn left:
it is taken to read any value.
NOTE(leaving): where a turn may leave the loop, the first such element f is named; the turns before f are summarised,
and the turn of f is run as it stands, in the state that they leave.
Only loops over a sequence may be left, or stand in another loop. What turns assign is not read after the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.symbolic.unsized_expr import Expressions
from checker.symbolic.unsized_gather import Gathered
from checker.symbolic.unsized_rows import SEQUENCES, comes_before, sort_of
from checker.symbolic.unsized_scene import Frame, LoopFrame, Point, Scene, Turning, join, with_entries
from checker.symbolic.unsized_terms import Leaf, Outside, Truth, conj, disj, implies, is_same, key_of, neg, same
from checker.symbolic.unsized_values import Row, Table, Value, pick
from checker.symbolic.unsized_world import State
from spec.lang import ir
from spec.lang.types import MapType, SeqType, SortType
from spec.lang.walk import statements

if TYPE_CHECKING:
    from checker.symbolic.unsized_body import Body

TURNS = "a loop is summarised: each turn writes only the entries of its own element"
LEAVING = "a loop that may be left is summarised: all turns before the first that leaves, then that one"
ANY = "a turn of a loop that reads another element's entry of a map that turns write reads any value"
GATHER = "a loop that appends each element to the sequence at its key is summarised as one set for each key"


@dataclass(frozen=True, slots=True)
class Turned:
    """What one turn leaves: its end if it does not leave the loop, and when it does."""

    end: Point
    leaves: Truth
    warnings: tuple[tuple[int, Truth], ...]


@dataclass(slots=True)
class Summary(Turning):
    """A loop under summary. `changed` are the maps that turns write, None while that is being found out."""

    loops: Loops
    stmt: ir.For
    frame: Frame
    scene: Scene
    start: Point
    guard: Truth
    row: Row
    sort: str
    changed: tuple[str, ...] | None = None
    leaver: tuple[Truth, Leaf] | None = None

    # --- which turn an entry belongs to -------------------------------------------------------------------------

    def index(self, target: str) -> Callable[[tuple[Leaf, ...]], Leaf] | None:
        """From the keys of an entry of this field to the element whose turn it belongs to."""
        world = self.scene.world
        kind = world.machine.fields[target].type
        if not isinstance(kind, MapType):
            return None
        for place, key in enumerate(kind.keys):
            if key == SortType(self.sort):
                return lambda keys: keys[place]
        for name, decl in world.machine.constants.items():
            if isinstance(decl.type, MapType) and decl.type.value == SortType(self.sort) and len(decl.type.keys) == 1:
                if decl.type.keys[0] in kind.keys:
                    return self._through(name, kind.keys.index(decl.type.keys[0]))
        return None

    def _through(self, constant: str, place: int) -> Callable[[tuple[Leaf, ...]], Leaf]:
        table = self.scene.world.constants[constant]
        assert isinstance(table, Table)

        def index(keys: tuple[Leaf, ...]) -> Leaf:
            found = table.at((keys[place],))
            return found

        return index

    def is_own(self, target: str, keys: tuple[Leaf, ...], x: Leaf) -> bool:
        """True if the entry surely belongs to the turn of x."""
        index = self.index(target)
        return index is not None and is_same(index(keys), x)

    # --- turns --------------------------------------------------------------------------------------------------

    def takes_place(self, x: Leaf) -> Truth:
        """True if there is a turn of x that does not leave the loop."""
        if self.leaver is None:
            return self.row.has(x)
        left, first = self.leaver
        before = comes_before(self.scene.world, self.row, x, first)
        return conj([self.row.has(x), implies(left, before)])

    def turn(self, x: Leaf) -> Turned:
        """The turn of x, run once for each term."""
        memo = self.scene.world.facts.cache
        key = ("turn", id(self), key_of(x))
        found = memo.get(key)
        if not isinstance(found, Turned):
            self.scene.world.facts.keep((self, x))
            found = memo[key] = self._run(x)
        return found

    def _run(self, x: Leaf) -> Turned:
        from checker.symbolic.unsized_body import Body

        state = {name: self._watched(name, value, x) for name, value in self.start.state.items()}
        scene = self.scene.apart(state=state, turns=[*self.scene.turns, _TurnOf(self, x)])
        frame = self.frame.copy(
            scope=(*self.frame.scope, x), base=conj([self.guard, self.takes_place(x)]), live=True, assigned={}
        )
        frame.variables = {n: v for n, v in self.start.variables.items() if n not in self.assigned_names()}
        # of what turns of a loop around may not have assigned by now nothing is known here either
        frame.assigned = {**self.start.assigned, **dict.fromkeys(self.assigned_names(), False)}
        frame.assigned.pop(self.stmt.binder.name, None)
        frame.variables[self.stmt.binder.name] = x
        loop = LoopFrame(turn=True)
        frame.loops = [loop]
        body = Body(scene)
        body.block(self.stmt.body, frame)
        end = join([*loop.continues, body.point(frame)])
        written = {name for name in end.state if end.state[name] is not state[name]} | scene.written.keys()
        if self.changed is None:
            self.changed = tuple(sorted(written))
        elif not written <= set(self.changed):
            raise Outside(f"{self.stmt.span}: turns of a loop write different fields")
        return Turned(end, disj(loop.leaves), tuple(scene.warnings))

    def assigned_names(self) -> set[str]:
        """The variables that a turn may assign; those of loops inside are among them."""
        names = {s.name for s in statements(self.stmt.body) if isinstance(s, ir.Assign)}
        names |= {s.name for s in statements(self.stmt.body) if isinstance(s, ir.Inner) and s.name}
        return names | {s.binder.name for s in statements(self.stmt.body) if isinstance(s, ir.For)}

    def _watched(self, name: str, value: Value, x: Leaf) -> Value:
        if not isinstance(value, Table) or (self.changed is not None and name not in self.changed):
            return value

        world, index = self.scene.world, self.index(name)
        kind = world.machine.fields[name].type
        assert isinstance(kind, MapType)

        def look(keys: tuple[Leaf, ...]) -> Value:
            own = False if index is None else same(index(keys), x)
            if own is True:
                return value.at(keys)
            world.used(ANY)
            found = world.unknown(kind.value, world.facts.fresh(f"any {name}"), (*self.frame.scope, x, *keys))
            return pick(own, value.at(keys), found)

        return Table(look, value.memo)

    def state(self) -> State:
        """The state after all turns that take place and do not leave the loop."""
        assert self.changed is not None
        return with_entries(self.start.state, {name: self._after(name) for name in self.changed})

    def _after(self, name: str) -> Table:
        base, index = self.start.state[name], self.index(name)
        assert isinstance(base, Table) and index is not None

        def look(keys: tuple[Leaf, ...]) -> Value:
            x = index(keys)
            there = self.turn(x).end.state[name]
            assert isinstance(there, Table)
            return pick(self.takes_place(x), there.at(keys), base.at(keys))

        return Table(look, base.memo)


@dataclass(slots=True)
class _TurnOf(Turning):
    """The turn of one element: what it may write."""

    summary: Summary
    x: Leaf

    def check_write(self, scene: Scene, frame: Frame, target: str, keys: tuple[Leaf, ...]) -> None:
        if not keys:
            raise Outside(f"{self.summary.stmt.span}: a turn of a loop writes all of '{target}'")
        if self.summary.is_own(target, keys, self.x):
            return
        raise Outside(f"{self.summary.stmt.span}: a turn writes '{target}' where that is not surely its own entry")

    def check_inner(self, inner: Summary) -> None:
        """A loop inside this turn writes entries that belong to the turn; owed where that is no matter of form."""
        facts = inner.scene.world.facts
        if isinstance(inner.stmt.binder.domain, ir.SortDomain):
            raise Outside(f"{inner.stmt.span}: a loop over all elements of {inner.sort} inside another loop")
        assert inner.changed is not None
        for name in inner.changed:
            kind = inner.scene.world.machine.fields[name].type
            index = self.summary.index(name)
            if index is None or not isinstance(kind, MapType) or len(kind.keys) != 1:
                raise Outside(f"{inner.stmt.span}: an inner loop writes '{name}'")
            if kind.keys[0] == SortType(self.summary.sort) or kind.keys[0] != SortType(inner.sort):
                raise Outside(f"{inner.stmt.span}: an inner loop writes '{name}' of other turns")
            k = facts.element(facts.fresh("inner"), inner.frame.scope, inner.sort)
            claim = implies(inner.takes_place(k), same(index((k,)), self.x))
            facts.owe(inner.guard, claim, f"{inner.stmt.span}: '{name}' belongs to the turn of the loop around")


class Loops:
    """Runs loops over open sorts and over sequences for one runner of statements."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.scene = body.scene
        self.world = body.world
        self.facts = body.world.facts

    def run(self, stmt: ir.For, frame: Frame) -> None:
        """The loop, from the state before it to the state after it."""
        if self.scene.pure:
            raise Outside(f"{stmt.span}: a loop in a promise or in a comprehension")
        row, sort = self._domain(stmt, frame)
        if self._gather(stmt, frame, row, sort):
            return
        start, guard = self.body.point(frame), self.scene.guard(frame)
        # turns are run later too, when the frame has gone on: what they see is the frame of now
        found = Summary(self, stmt, frame.copy(), self.scene, start, guard, row, sort)
        self.facts.owe(guard, row.single(), f"{stmt.span}: no element is in the sequence twice")
        may_leave, assigned, owes = self._try_out(found, frame)
        self.world.used(TURNS)
        if owes:  # before anything is said of which turns leave, for that rests on what is owed
            found.turn(self.facts.element(self.facts.fresh("turn"), frame.scope, sort))
        if may_leave:
            self._name_leaver(found, frame)
        self._after(found, frame, assigned)

    def _domain(self, stmt: ir.For, frame: Frame) -> tuple[Row, str]:
        match stmt.binder.domain:
            case ir.SortDomain(sort) if self.world.is_open(sort):
                rank = f"place in {sort}"
                number = self.facts.number
                whole = Row(lambda _: True, lambda x: number(rank, [x]), lambda: self.world.size(sort), lambda: True)
                return whole, sort
            case ir.ElementsDomain(base) if isinstance(base.type, SeqType) and self.world.is_open(sort_of(base.type)):
                self.world.used(SEQUENCES)
                return self.body.look.row(base, frame), sort_of(base.type)
            case _:
                raise Outside(f"{stmt.span}: a loop over a set, a finite sort or numbers, or a sequence of such")

    def _try_out(self, found: Summary, frame: Frame) -> tuple[bool, list[str], bool]:
        """Whether a turn may leave the loop, what it assigns, whether it owes something; by a turn that is undone."""
        mark = self.facts.mark()
        self.facts.trying += 1
        turned = found.turn(self.facts.element(self.facts.fresh("try"), frame.scope, found.sort))
        self.facts.trying -= 1
        owes = len(self.facts.debts) > mark.debts
        self.facts.rollback(mark)
        assert found.changed is not None
        for name in found.changed:
            if found.index(name) is None:
                raise Outside(f"{found.stmt.span}: turns of a loop write '{name}'")
        mine = found.assigned_names()
        assigned = [name for name, when in turned.end.assigned.items() if when is not False and name in mine]
        return turned.leaves is not False, assigned, owes

    def _name_leaver(self, found: Summary, frame: Frame) -> None:
        """The first element whose turn leaves the loop, if there is one."""
        if isinstance(found.stmt.binder.domain, ir.SortDomain):
            raise Outside(f"{found.stmt.span}: a loop over all elements of {found.sort} that may be left")
        self.world.used(LEAVING)
        name = self.facts.fresh("leaver")
        left = self.facts.truth(f"{name}.any", frame.scope)
        first = self.facts.element(name, frame.scope, found.sort)
        found.leaver = (left, first)
        there = conj([found.row.has(first), found.turn(first).leaves])
        self.facts.say(implies(conj([found.guard, left]), there), "the turn that leaves a loop")
        stays = lambda terms: implies(found.takes_place(terms[0]), neg(found.turn(terms[0]).leaves))  # noqa: E731
        self.facts.say_all((found.sort,), stays, "turns before the one that leaves do not leave", found.guard)

    def _after(self, found: Summary, frame: Frame, assigned: list[str]) -> None:
        state = found.state()
        if self.scene.turns:
            turn = self.scene.turns[-1]
            assert isinstance(turn, _TurnOf)
            turn.check_inner(found)
        self.scene.written |= dict.fromkeys(found.changed or ())
        variables, flags = dict(found.start.variables), dict(found.start.assigned)
        for name in assigned:  # whether some turn did so is not known after the loop, so nothing of its value is
            variables.pop(name, None)
            flags[name] = self.facts.truth(self.facts.fresh("assigned"), frame.scope)
        self._warned(found, frame)
        if found.leaver is None:
            self.body.go(Point(found.start.live, state, variables, flags), frame)
            return
        left, first = found.leaver
        whole = Point(conj([found.start.live, neg(left)]), state, variables, flags)
        self.body.go(Point(conj([found.start.live, left]), state, variables, flags), frame)
        loop, scope = LoopFrame(), frame.scope
        frame.loops.append(loop)
        frame.scope = (*scope, first)
        frame.variables[found.stmt.binder.name] = first
        self.body.block(found.stmt.body, frame)
        frame.loops.pop()
        frame.scope = scope
        self.body.go(join([*loop.breaks, whole]), frame)

    def _warned(self, found: Summary, frame: Frame) -> None:
        """A turn that warns, if there is one, can be named."""
        mark = self.facts.mark()
        self.facts.trying += 1
        warns = bool(found.turn(self.facts.element(self.facts.fresh("try"), frame.scope, found.sort)).warnings)
        self.facts.trying -= 1
        self.facts.rollback(mark)
        if warns:
            where = self.facts.element(self.facts.fresh("warned"), frame.scope, found.sort)
            self.scene.warnings += found.turn(where).warnings

    # --- loops that append --------------------------------------------------------------------------------------

    def _gather(self, stmt: ir.For, frame: Frame, row: Row, sort: str) -> bool:
        """`for x in S: self.f[k(x)] = self.f[k(x)] + (x,)` where the sequences were empty; True if it is this."""
        match stmt.body:
            case (
                ir.Write(
                    target, (key,), ir.SeqAppend(_, _, ir.Index(_, _, ir.FieldRead(_, _, source), (again,)), item)
                ),
            ):
                mine = isinstance(item, ir.Local) and item.name == stmt.binder.name
                if target != source or key != again or not mine or (target, False) in self.world.reads(key):
                    return False
            case _:
                return False
        if self.scene.turns:
            raise Outside(f"{stmt.span}: a loop that appends inside another loop")
        self.world.used(GATHER)
        self.world.used(SEQUENCES)
        base = self.scene.state[target]
        assert isinstance(base, Table)
        look = Expressions(self.scene.apart(pure=True), self.body.look.caller)
        found = Gathered(stmt, key, frame.copy(), look, row, sort, base, self.facts.fresh("gathered"))
        self.scene.written[target] = None
        self.scene.state = with_entries(self.scene.state, {target: Table(found.at, base.memo)})
        return True
