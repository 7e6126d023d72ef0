"""Splits a process into functions: one for the call and one per point, each of which is one step of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spec.lang.codes import Code
from spec.lang.errors import Problem
from spec.lang.fold import ends
from spec.lang.ir import (
    Assign,
    ChoiceRead,
    Compare,
    EnumLit,
    Expr,
    FieldRead,
    For,
    Index,
    Local,
    OutcomeLit,
    RangeDomain,
    Require,
    Return,
    Stmt,
    Write,
)
from spec.lang.machine import EnumDecl, Function, Site
from spec.lang.process_answer import Answers, bind
from spec.lang.process_choices import read_in_two_blocks
from spec.lang.process_emit import Emitter
from spec.lang.process_live import Liveness
from spec.lang.process_lower import Locals, lower
from spec.lang.process_names import one_name_each
from spec.lang.process_points import IDLE, kept_field
from spec.lang.process_store import Kept, Ranges, assignments, kept
from spec.lang.process_tree import ProcessText, While, Yield
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, OUTCOME, EnumType, IntType, MapType, SortType, Type, show
from spec.lang.walk import expressions, statements

MOST_POINTS = 200


@dataclass(slots=True)
class Blocks:
    """What a process became: its functions, the call first and then by point, and the fields that keep its locals."""

    call: Function
    points: dict[str, Function] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Splitter:
    """One process on its way: `still_held` gives the warnings at its end, `answers` the sites of its outcomes."""

    text: ProcessText
    function: Function
    enums: Mapping[str, EnumDecl]
    answers: Answers
    still_held: tuple[Stmt, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    live: dict[str, frozenset[str]] = field(default_factory=dict)
    store: dict[str, Kept] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()
    known: Locals = field(default_factory=lambda: Locals({}))
    entry: str = ""

    def run(self) -> Blocks:
        """The blocks; what is wrong with the process is in `problems`."""
        function = self.function
        self.known = Locals(dict(function.locals), {p.name for p in (*function.params, *function.choices)})
        body = lower(function.body, self.known)
        self._check(body)
        kept_names = frozenset(self.known.types) | {p.name for p in function.params if p.name != self.text.thread}
        self.live = Liveness(kept_names).run(body)
        self.changing = frozenset(assignments(body))
        self._keep(body)
        blocks = Blocks(self._function("", body), kept=list(self.store.values()), problems=self.problems)
        for member in self._members(body):
            blocks.points[member] = self._function(member, body)
        return blocks

    # --- checks and storage --------------------------------------------------------------------------------------

    def _problem(self, code: Code, span: Span, message: str, hint: str = "") -> None:
        problem = Problem(code.code, span, message, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def _check(self, body: tuple[Stmt, ...]) -> None:
        for span, name in read_in_two_blocks(body).items():
            message = f"'{name}' may have been chosen in an earlier block"
            self._problem(Code.TWO_BLOCKS, span, message, f"read it into a local: 'chosen = {name}'")
        if len(self.text.info.points) > MOST_POINTS:
            message = f"'{self.function.name}' has more than {MOST_POINTS} points"
            self._problem(Code.PROCESS, self.function.span, message, "split it into several processes")
        answers = [s.value for s in statements(body) if isinstance(s, Return) and s.value is not None]
        if self.answers.may_block():
            for value in answers:
                if self.answers.literal(value, first=True) is None:
                    message = "this answer may be 'blocked', and a process that waits does not end"
                    self._problem(Code.PROCESS, value.span, message, "wait with 'yield until(test)'")

    def _members(self, body: tuple[Stmt, ...]) -> list[str]:
        """The points that the text still has, in its order."""
        there = {s.point for s in statements(body) if isinstance(s, Yield)}
        return [member for _, member in self.text.info.points if member in there]

    def _keep(self, body: tuple[Stmt, ...]) -> None:
        params = {p.name: p for p in self.function.params}
        bounds = {n: p.type for n, p in params.items() if isinstance(p.type, IntType)} | self.text.bounds
        counted = {
            s.turns.lo.name: (self._start(body, s.turns.lo.name), s.turns.hi)
            for s in statements(body)
            if isinstance(s, While) and s.turns is not None and isinstance(s.turns.lo, Local)
        }
        plain = {
            s.binder.name: (s.binder.domain.lo, s.binder.domain.hi)
            for s in statements(body)
            if isinstance(s, For) and isinstance(s.binder.domain, RangeDomain)
        }
        ranges = Ranges(bounds, assignments(body), plain | counted)
        needed = frozenset().union(*self.live.values()) if self.live else frozenset()
        for name in [*params, *self.known.types]:
            if name in needed:
                self._keep_one(name, params[name].type if name in params else self.known.types[name], ranges)
        for name in self.text.bounds:
            if name not in needed:
                message = f"'{name}' has bounds, but no yield comes while it is needed"
                self._problem(Code.BOUNDED_LOCAL, self._place(name), message, "write 'int'")

    def _start(self, body: tuple[Stmt, ...], name: str) -> Expr:
        """The first value of the variable of a counting loop."""
        return assignments(body)[name][0]

    def _keep_one(self, name: str, held: Type, ranges: Ranges) -> None:
        info, span = self.text.info, self._place(name)
        held = INT if isinstance(held, IntType) else held
        bounds = ranges.of(name) if isinstance(held, IntType) else None
        place = kept_field(info.name, name)
        found = kept(name, place, held, bounds, name in self.text.bounds, self.enums, span)
        if found is not None:
            self.store[name] = found
            return
        hint = "keep a scalar, a set or a sequence of what is needed"
        if isinstance(held, IntType):
            hint = f"give it bounds: '{name}: Annotated[int, Bounds(lo, hi)] = ...'"
        elif held == OUTCOME:
            hint = "keep what is needed of it: 'failed = r.refused'"
        message = f"'{name}' is needed after a yield, and '{show(held)}' cannot be kept"
        self._problem(Code.KEPT, span, message, hint)

    def _place(self, name: str) -> Span:
        """Where the local is first assigned."""
        for stmt in statements(self.function.body):
            if isinstance(stmt, Assign) and stmt.name == name:
                return stmt.span
        found = [p.span for p in self.function.params if p.name == name]
        return found[0] if found else self.function.span

    # --- functions -----------------------------------------------------------------------------------------------

    @property
    def thread(self) -> Local | None:
        """The parameter that is the thread."""
        info = self.text.info
        return Local(SortType(info.thread), self.function.span, self.text.thread) if info.thread else None

    def _function(self, member: str, body: tuple[Stmt, ...]) -> Function:
        self.entry = member
        known = Locals(dict(self.known.types), set(self.known.taken))
        emitter = Emitter(known, self._park, lambda stmt: self._finish(stmt, known), self._assigned)
        code = emitter.block(body) if not member else emitter.after(body, member)
        assert code is not None, "the point is in the text"
        if not code or not ends(code[-1]):
            end = Return(OutcomeLit(OUTCOME, self.function.span, 0), self.function.span)
            code = (*code, *self._finish(end, known))
        for span in emitter.bare_turns:
            hint = "put a `yield` at the end of the turn"
            self._problem(Code.TURN, span, "a turn of this loop may pass no yield", hint)
        return self._made(member, (*self._begin(member, body), *code), known)

    def _begin(self, member: str, body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        span = self.function.span
        if not member:
            return (Require(self._at(IDLE, span), span),)
        parked = next(s for s in statements(body) if isinstance(s, Yield) and s.point == member)
        loads = tuple(self.store[n].load(self.thread, parked.span) for n in self.store if n in self.live[member])
        return (Require(self._at(member, parked.span), parked.span), *loads, Require(parked.cond, parked.span))

    def _made(self, member: str, body: tuple[Stmt, ...], known: Locals) -> Function:
        function = self.function
        params = function.params
        locals_ = dict(known.types)
        if member:
            locals_ |= {p.name: INT if isinstance(p.type, IntType) else p.type for p in params}
            params = params[:1] if self.thread is not None else ()
        read = {e.name for e in expressions(body) if isinstance(e, ChoiceRead)}
        assigned = {s.name for s in statements(body) if isinstance(s, Assign)}
        names = {p.name for p in (*function.params, *function.choices)}
        body, binders = one_name_each(body, assigned | names)
        bound = {name: kind for name, kind in locals_.items() if name in assigned} | binders
        return replace(
            function,
            name=f"{function.name}.{member.removeprefix(self.text.info.name + '.')}" if member else function.name,
            params=params,
            choices=tuple(c for c in function.choices if c.name in read),
            body=body,
            locals=bound,
        )

    def _at(self, member: str, span: Span) -> Expr:
        kind = EnumType(self.text.info.counter)
        here: Expr = FieldRead(kind, span, self.text.info.counter)
        if self.thread is not None:
            whole = FieldRead(MapType((self.thread.type,), kind), span, self.text.info.counter)
            here = Index(kind, span, whole, (self.thread,))
        return Compare(BOOL, span, "==", here, EnumLit(kind, span, member))

    def _go(self, member: str, span: Span) -> Stmt:
        keys = () if self.thread is None else (self.thread,)
        counter = self.text.info.counter
        return Write(counter, keys, EnumLit(EnumType(counter), span, member), span)

    # --- ends of blocks ------------------------------------------------------------------------------------------

    def _park(self, parked: Yield) -> tuple[Stmt, ...]:
        span, needed = parked.span, self.live[parked.point]
        before = self.live.get(self.entry, frozenset())
        saves = tuple(
            k.save(self.thread, span)
            for n, k in self.store.items()
            if n in needed and (n not in before or n in self.changing)
        )
        site = self.answers.add(Site("pending", "", "", span, self.function.provenance))
        waiting = Return(OutcomeLit(OUTCOME, span, site), span)
        return (*saves, *self._drops(needed, span), self._go(parked.point, span), waiting)

    def _drops(self, needed: frozenset[str], span: Span) -> tuple[Stmt, ...]:
        """Writes for what this block found kept, or has kept itself, and nobody needs any more."""
        before = self.live.get(self.entry, frozenset())
        gone = [k for n, k in self.store.items() if n not in needed and (n in before or k.checked)]
        return tuple(k.drop(self.thread, span) for k in gone)

    def _assigned(self, stmt: Assign) -> tuple[Stmt, ...]:
        """A local with bounds is kept at once, which checks them."""
        found = self.store.get(stmt.name)
        return (found.save(self.thread, stmt.span),) if found is not None and found.checked else ()

    def _finish(self, stmt: Return, known: Locals) -> tuple[Stmt, ...]:
        first, span = not self.entry, stmt.span
        value = stmt.value if stmt.value is not None else OutcomeLit(OUTCOME, span, 0)
        end = (*self.still_held, *self._drops(frozenset(), span))
        end = end if first else (*end, self._go(IDLE, span))
        answer = self.answers.literal(value, first)
        if answer is not None:
            return (*end, Return(answer, span))
        assign, local = bind(value, known.fresh("answer", OUTCOME))
        if first:
            return (assign, *end, Return(local, span))
        return (assign, *self.answers.others(local, span, end))
