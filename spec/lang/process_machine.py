"""Puts split processes into a machine: their actions, functions and hidden fields, and what is promised about locks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from spec.lang.bodies import Bodies
from spec.lang.ir import Call, EnumLit, Everywhere, Expr, Local, Stmt
from spec.lang.machine import Action, EnumDecl, FieldDecl, Function, LockWait, Property
from spec.lang.process_answer import Answers, sites_of
from spec.lang.process_locks import lock_cycle, still_held
from spec.lang.process_points import IDLE, NO_LOCK_CYCLE
from spec.lang.process_split import Blocks, Splitter
from spec.lang.process_tree import ProcessText, Yield
from spec.lang.scope import ProcessInfo
from spec.lang.spans import Span
from spec.lang.types import EnumType, MapType, OptionType, RecordType, SortType, Type
from spec.lang.walk import expressions, statements
from spec.lang.world import World


@dataclass(slots=True)
class Parts:
    """The parts of a machine that processes change, complete."""

    functions: dict[str, Function]
    actions: dict[str, Action]
    properties: dict[str, Property]
    fields: dict[str, FieldDecl]
    enums: dict[str, EnumDecl]
    waits: list[LockWait] = field(default_factory=list)


def with_processes(world: World, bodies: Bodies, parts: Parts) -> Parts:
    """The parts with every process split into actions. Mistakes are in the program's problems.

    An action keeps its place in the order; the blocks of a process follow the call, in text order.
    """
    texts = {name: text for name, text in bodies.processes.items() if name in parts.actions}
    if not texts:
        return parts
    room = _Room(world, parts)
    for text in texts.values():
        room.split(text)
    room.counters([text.info for text in texts.values()])
    room.order(texts)
    room.promise()
    return room.made


class _Room:
    """The machine while its processes are split: `parts` as they were, `made` as they become."""

    def __init__(self, world: World, parts: Parts) -> None:
        self.world = world
        self.parts = parts
        self.blocks: dict[str, Blocks] = {}
        self.made = Parts(dict(parts.functions), {}, {}, dict(parts.fields), dict(parts.enums))

    def split(self, text: ProcessText) -> None:
        """Split one process and keep its functions and fields."""
        name = text.info.name
        function = self._function(name)
        reached = self._reached(function)
        possible = sites_of(expressions(f.body) for f in reached)
        answers = Answers(self.world.ledger.sites, self.world.ledger.site, possible)
        held = () if text.keeps_locks else self._still_held(text, function, reached)
        blocks = Splitter(text, function, self.world.enums, answers, held).run()
        self.blocks[name] = blocks
        for problem in blocks.problems:
            self.world.program.report(problem)
        del self.made.functions[function.name]
        for made in (blocks.call, *blocks.points.values()):
            self.made.functions[made.name] = made
        for kept in blocks.kept:
            doc = f"'{kept.local}' of {name} while it waits."
            self.made.fields[kept.name] = hidden(kept.name, kept.type, kept.dead, text.info.thread, doc, function.span)
        self.made.waits += self._waits(text, function, blocks)

    def _function(self, process: str) -> Function:
        return self.parts.functions[self.parts.actions[process].function]

    def _reached(self, function: Function) -> list[Function]:
        """The functions that this one calls, directly or not, itself first."""
        found = {function.name: function}
        waiting = [function]
        while waiting:
            for part in expressions(waiting.pop(0).body):
                if isinstance(part, Call) and part.function not in found:
                    found[part.function] = self.parts.functions[part.function]
                    waiting.append(found[part.function])
        return list(found.values())

    # --- locks ---------------------------------------------------------------------------------------------------

    def _still_held(self, text: ProcessText, function: Function, reached: list[Function]) -> tuple[Stmt, ...]:
        taken = {s.wait.lock for s in statements(function.body) if isinstance(s, Yield) and s.wait is not None}
        tried = {f.name for f in reached} & self.world.generated.keys()
        taken |= {name.rsplit(".", 2)[-2] for name in tried}
        locks = [f for n, f in self.parts.fields.items() if n in taken and self._thread_of(f) == text.info.thread]
        if not locks:
            return ()
        thread = Local(SortType(text.info.thread), function.span, text.thread)
        return still_held(text.info.name, thread, locks, self.world.ledger.warning, function.span)

    def _thread_of(self, lock: FieldDecl) -> str:
        held = lock.type.value if isinstance(lock.type, MapType) else lock.type
        if isinstance(held, RecordType):
            held = dict(self.world.records[held.name].fields)["writer"]
        assert isinstance(held, OptionType) and isinstance(held.item, SortType), (
            "a lock is held by an element of a sort"
        )
        return held.item.name

    def _waits(self, text: ProcessText, function: Function, blocks: Blocks) -> list[LockWait]:
        fields = {kept.local: kept.name for kept in blocks.kept}
        info = text.info
        return [
            LockWait(info.thread, info.counter, s.point, s.wait.lock,
                     tuple(fields[key] if key else "" for key in s.wait.keys), s.wait.writes, s.span)
            for s in statements(function.body)
            if isinstance(s, Yield) and s.wait is not None and all(not k or k in fields for k in s.wait.keys)
        ]  # fmt: skip

    def promise(self) -> None:
        """Add the promise that is always made where threads wait for locks."""
        if not self.made.waits:
            return
        name = self.world.lineage.cls.name
        span = self.world.lineage.cls.span
        found, function = lock_cycle(self.made.waits, self.made.fields, f"{name}.{NO_LOCK_CYCLE}", span)
        self.made.properties[NO_LOCK_CYCLE] = found
        self.made.functions[function.name] = function

    # --- actions and counters ------------------------------------------------------------------------------------

    def counters(self, infos: list[ProcessInfo]) -> None:
        """The fields that say where everybody is, each with an enumeration of its own."""
        sharing: dict[str, list[ProcessInfo]] = {}
        for info in infos:
            sharing.setdefault(info.counter, []).append(info)
        for counter, members in sharing.items():
            span, thread = self._function(members[0].name).span, members[0].thread
            names = (IDLE, *(member for info in members for member in self.blocks[info.name].points))
            doc = f"Where each {thread} is in its process." if thread else f"Where {members[0].name} is."
            kind = EnumType(counter)
            self.made.enums[counter] = EnumDecl(counter, names, doc, span)
            self.made.fields[counter] = hidden(counter, kind, EnumLit(kind, span, IDLE), thread, doc, span)

    def order(self, texts: dict[str, ProcessText]) -> None:
        """The actions in order, and the properties that name processes naming their blocks."""
        for name, action in self.parts.actions.items():
            if name not in texts:
                self.made.actions[name] = action
                continue
            text = texts[name]
            self.made.actions[name] = replace(action, fair=text.fair_start, process=name)
            for member, function in self.blocks[name].points.items():
                block = replace(action, name=member, function=function.name, fair=text.fair, process=name, any_order=())
                self.made.actions[member] = replace(block, point=member.removeprefix(f"{name}."))
        for name, prop in self.parts.properties.items():
            on = tuple(
                made.name
                for wanted in prop.on
                for made in self.made.actions.values()
                if wanted in (made.name, made.process)
            )
            self.made.properties[name] = replace(prop, on=on)


def hidden(name: str, kind: Type, dead: Expr, thread: str, doc: str, span: Span) -> FieldDecl:
    """A field of the state that no text names: one value, or one per thread."""
    if not thread:
        return FieldDecl(name, kind, dead, doc, span, hidden=True)
    whole = MapType((SortType(thread),), kind)
    return FieldDecl(name, whole, Everywhere(whole, span, dead), doc, span, hidden=True)
