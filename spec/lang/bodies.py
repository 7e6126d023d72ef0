"""Elaborates the text of functions: first what actions, properties and the initialiser reach, then the rest."""

from __future__ import annotations

from spec.lang import elaborate
from spec.lang.ir import Call
from spec.lang.lineage import Method
from spec.lang.machine import Function, Param, Provenance
from spec.lang.part_calls import call_inside, check_outside
from spec.lang.part_shared import worlds
from spec.lang.process_points import points_of
from spec.lang.process_tree import ProcessText
from spec.lang.scope import Signature
from spec.lang.texts import TextNames
from spec.lang.walk import expressions
from spec.lang.world import World


class Bodies:
    """The functions of the machine by key, in order of elaboration: each one, then what it calls, in text order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.worlds = {part.prefix: part for part in worlds(world)}
        self.functions: dict[str, Function] = {}
        self.processes: dict[str, ProcessText] = {}

    def method(self, method: Method, action_params: dict[str, Param] | None = None) -> Function:
        """The function of a method, with everything it calls."""
        if method.key not in self.functions:
            self.functions[method.key] = self._read(method, action_params or {})
            self._callees(self.functions[method.key])
        return self.functions[method.key]

    def premise(self, method: Method, function: Function) -> str | None:
        """The key of the function that says when a property is not trivially true; None where there is none."""
        premise = elaborate.read_premise(method.fn, function, self.worlds[method.prefix].names(method.text))
        if premise is None:
            return None
        self.functions[premise.name] = premise
        self._callees(premise)
        return premise.name

    def promise(self, function: Function) -> str | None:
        """Leaves in `function` what must come; the key of what it answers to, None after a mistake."""
        awaited, premise = elaborate.split_promise(function)
        self.functions[awaited.name] = awaited
        if premise is None:
            return None
        self.functions[premise.name] = premise
        return premise.name

    def check_the_rest(self) -> None:
        """Report the mistakes in text that nothing reaches, and those that only all functions together show.

        No site, type or function of text that nothing reaches stays.
        """
        world = self.world
        kept, functions = world.used, dict(self.functions)
        world.used = kept.scratch()
        for each in self.worlds.values():
            for method in each.lineage.methods():
                each.signature(method)
                self.method(method)
        for module in world.program.modules.values():
            names = TextNames(world, module, None)
            for name in module.defs:
                signature = names.pure(name)
                if signature is not None:
                    self._pure(signature)
        self._check_together()
        world.used = kept
        self.functions = functions

    def _check_together(self) -> None:
        methods = [method for key, method in self.world.methods.items() if key in self.functions]
        properties = {m.key for m in methods if m.kind == "property"}
        premises = {key + "__premise" for key in properties} & self.functions.keys()
        properties |= {m.key for m in methods if m.word == "image"}
        pure = {m.key for m in methods if m.kind == "pure"} | (self.world.pures.keys() & self.functions.keys())
        assumed = {m.key for m in methods if m.property_kind == "assume"}
        total = {m.key for m in methods if m.action_kind == "ioctl"}
        problems = elaborate.check_recursion(self.functions)
        if not problems:
            problems += elaborate.check_purity(self.functions, properties | premises | pure)
            problems += elaborate.check_stateless(self.functions, pure | assumed)
            problems += elaborate.check_total(self.functions, total)
            problems += check_outside(self.functions, self.world.methods)
        for problem in problems:
            self.world.program.report(problem)

    def _read(self, method: Method, action_params: dict[str, Param]) -> Function:
        world = self.worlds[method.prefix]
        return elaborate.read_function(
            method.fn,
            world.signature(method),
            world.names(method.text),
            action_kind=method.action_kind,
            property_kind=method.property_kind,
            provenance=method.mark.provenance if method.mark is not None else Provenance(),
            availability=world.availability(method.availability),
            action_params=action_params,
            process=self._process(method) if method.kind == "process" else None,
        )

    def _process(self, method: Method) -> ProcessText:
        """What is known of a process before its text is read."""
        mark = method.mark.process if method.mark is not None else None
        assert mark is not None, "only the decorator makes a process"
        info = self.worlds[method.prefix].process(method.name)
        points = {id(p.node): member for p, (_, member) in zip(points_of(method.fn), info.points, strict=True)}
        params = self.worlds[method.prefix].signature(method).params
        thread = params[0].name if info.thread and params else ""
        self.processes[method.name] = ProcessText(
            info, thread, points, mark.fair, mark.fair_start, mark.keeps_locks
        )
        return self.processes[method.name]

    def _pure(self, signature: Signature) -> None:
        if signature.function in self.functions:
            return
        home, text = self.world.pures[signature.function]
        self.functions[signature.function] = elaborate.read_function(
            text.fn,
            signature,
            TextNames(self.world, home, None),
            action_kind=None,
            property_kind=None,
            provenance=Provenance(),
            availability=self.world.availability(None),
            action_params={},
        )
        self._callees(self.functions[signature.function])

    def _inside(self, key: str) -> None:
        if key not in self.functions:
            name, chosen = self.world.used.inside[key]
            method = self.world.methods[name]
            self.functions[key] = call_inside(key, method, self.method(method), chosen, self.worlds[method.prefix])

    def _callees(self, function: Function) -> None:
        for call in _calls(function):
            if call.function in self.world.generated:
                self.functions[call.function] = self.world.generated[call.function]
            elif call.function in self.world.methods:
                self.method(self.world.methods[call.function])
            elif call.function in self.world.used.inside:
                self._inside(call.function)
            else:
                home, text = self.world.pures[call.function]
                self._pure(self.world.pure_signature(home, text))


def _calls(function: Function) -> list[Call]:
    return [expr for expr in expressions(function.body) if isinstance(expr, Call)]
