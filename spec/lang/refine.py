"""Reads `name: Refines[Abstract]` and the `@image("name.field")` methods that say what the abstract state is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from spec.lang.bodies import Bodies
from spec.lang.declared import ClassText, VariableText
from spec.lang.errors import nearest
from spec.lang.lineage import Method
from spec.lang.machine import Action, FieldDecl, Function, Machine, Param, Refinement
from spec.lang.source import span_of
from spec.lang.spans import Span
from spec.lang.types import IntType, MapType, Type, show
from spec.lang.world import World

BuildAbstract = Callable[[ClassText, Span], Machine | None]


def read_refinements(
    world: World, bodies: Bodies, actions: dict[str, Action], build: BuildAbstract
) -> dict[str, Refinement]:
    """The refinements that the final class promises, in declared order; mistakes are reported."""
    images = _images(world)
    found: dict[str, Refinement] = {}
    for cls, var in world.lineage.variables():
        if var.role == "refinement":
            of = _abstract(world, cls, var)
            abstract = build(of, var.span) if of is not None else None
            own = images.pop(var.name, {})
            if abstract is not None:
                found[var.name] = _Reader(world, bodies, actions, var, abstract).read(own)
    for name, methods in images.items():
        for method in methods.values():
            hint = nearest(name, found) if found else f"declare `{name}: Refines[...]`"
            world.problem("unknown-refinement", method.span, f"there is no refinement '{name}'", hint)
    return found


def _images(world: World) -> dict[str, dict[str, Method]]:
    """The methods marked `@image("refinement.field")`, by refinement and field."""
    found: dict[str, dict[str, Method]] = {}
    for method in world.lineage.methods():
        if method.mark is None or method.word != "image":
            continue
        names = [name for name, _ in method.mark.on]
        head, dot, field = names[0].partition(".") if len(names) == 1 else ("", "", "")
        if not dot or not head or not field:
            hint = 'write `@image("refinement.field")`'
            world.problem("bad-decorator", method.mark.span, "@image names a refinement and a field", hint)
            continue
        before = found.setdefault(head, {}).setdefault(field, method)
        if before is not method:
            message = f"'{head}.{field}' has another image, '{before.name}'"
            world.problem("duplicate-name", method.span, message, f"that one is at {before.span}")
    return found


def _abstract(world: World, cls: ClassText, var: VariableText) -> ClassText | None:
    span = span_of(var.annotation, cls.module.file)
    match var.annotation:
        case ast.Name(id=name):
            pass
        case _:
            world.problem("bad-type", span, "Refines[...] names a spec class", "write `Refines[Abstract]`")
            return None
    if world.program.find(cls.module, name) is None:
        known = [n for n, d in cls.module.defs.items() if isinstance(d, ClassText)]
        hint = nearest(name, [*known, *cls.module.imports])
        world.problem("unknown-name", span, f"unknown spec '{name}'", hint)
        return None
    return world.program.class_named(cls.module, name, span)


class _Reader:
    """One refinement."""

    def __init__(
        self, world: World, bodies: Bodies, actions: dict[str, Action], var: VariableText, abstract: Machine
    ) -> None:
        self.world = world
        self.bodies = bodies
        self.actions = actions
        self.var = var
        self.abstract = abstract

    def read(self, images: dict[str, Method]) -> Refinement:
        """The refinement with these images."""
        functions: dict[str, str] = {}
        process = next((a for a in self.abstract.actions.values() if a.process), None)
        if process is not None:
            message = f"'{process.process}' of {self.abstract.name} is a process, and what is refined must be atomic"
            self.world.problem("bad-image", self.var.span, message, "refine a spec in which it is one action")
            return Refinement(self.var.name, self.abstract, {}, self.var.doc, self.var.span)
        for field in self.abstract.fields.values():
            method = images.pop(field.name, None)
            if method is not None:
                functions[field.name] = self._image(field, method).name
            else:
                self._same(field)
        for name, method in images.items():
            message = f"{self.abstract.name} has no field '{name}'"
            self.world.problem("unknown-field", method.span, message, nearest(name, self.abstract.fields))
        for action in self.abstract.actions.values():
            self._arguments(action)
        for constant in self.abstract.constants.values():
            here = self.world.constant(constant.name)
            if here is not None and here.type != constant.type:
                self._differs(f"the constant '{constant.name}'", constant.type, here.type, here.span)
        availability = self.world.availability(self.var.availability)
        return Refinement(self.var.name, self.abstract, functions, self.var.doc, self.var.span, availability)

    def _image(self, field: FieldDecl, method: Method) -> Function:
        function = self.bodies.method(method)
        kind = field.type
        keys, value = (kind.keys, kind.value) if isinstance(kind, MapType) else ((), kind)
        given = tuple(p.type for p in function.params)
        if given != keys:
            wanted = ", ".join(show(key) for key in keys) or "nothing"
            message = f"the image of '{field.name}' takes its keys: {wanted}"
            self.world.problem("bad-image", method.span, message, "one parameter for each key, in order")
        if function.choices:
            self.world.problem("bad-image", method.span, "an image has no choices", "drop the '*'")
        if not _fits(function.returns, value):
            message = f"the image of '{field.name}' is '{show(value)}', not '{show(function.returns)}'"
            self.world.problem("bad-image", method.span, message, f"write '-> {show(value)}'")
        return function

    def _same(self, field: FieldDecl) -> None:
        here = self.world.field(field.name)
        if here is None:
            message = f"'{self.var.name}' does not say what '{field.name}' of {self.abstract.name} is here"
            hint = f'write a method `@image("{self.var.name}.{field.name}")`'
            self.world.problem("no-image", self.var.span, message, hint)
        elif here.type != field.type:
            self._differs(f"'{field.name}'", field.type, here.type, here.span)

    def _arguments(self, action: Action) -> None:
        here = self.actions.get(action.name)
        if here is None:
            return
        wanted = {p.name: p for p in self.abstract.functions[action.function].params}
        for param in self._params(here):
            if param.name in wanted and wanted[param.name].type != param.type:
                what = f"the argument '{param.name}' of '{action.name}'"
                self._differs(what, wanted[param.name].type, param.type, param.span)

    def _params(self, action: Action) -> Iterable[Param]:
        return self.bodies.functions[action.function].params if action.function in self.bodies.functions else ()

    def _differs(self, what: str, abstract: Type, here: Type, span: Span) -> None:
        message = f"{what} is '{show(abstract)}' in {self.abstract.name} and '{show(here)}' here"
        self.world.problem("bad-image", span, message, f"'{self.var.name}' needs equal types, or an image")


def _fits(returned: Type, wanted: Type) -> bool:
    if isinstance(returned, IntType) and isinstance(wanted, IntType):
        return True
    return returned == wanted
