"""Profiles and configurations of a spec: named sizes, switch values and choices of constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from spec.lang import elaborate
from spec.lang.declared import ClassText, LiteralText
from spec.lang.errors import nearest
from spec.lang.ir import Expr
from spec.lang.machine import Configuration
from spec.lang.part_shared import setting_constant, setting_switch, shared_names
from spec.lang.source import span_of
from spec.lang.world import World, is_every

Entry = tuple[str, ast.Call]


def read_profiles(world: World) -> dict[str, dict[str, Expr]]:
    """The profiles of the nearest class that has any."""
    for cls in world.lineage.order:
        node = world.program.body(cls).profiles
        if node is not None:
            return {name: _profile(world, cls, call) for name, call in _entries(world, cls, node, "profile")}
    return {}


def read_configurations(world: World) -> dict[str, Configuration]:
    """The configurations of the nearest class that has any; `default` when none has."""
    for cls in world.lineage.order:
        node = world.program.body(cls).configurations
        if node is not None:
            entries = _entries(world, cls, node, "configuration")
            return {name: _configuration(world, cls, name, call) for name, call in entries}
    return {"default": Configuration("default", "", world.lineage.cls.span)}


def _entries(world: World, cls: ClassText, node: ast.Dict, word: str) -> Iterator[Entry]:
    seen: set[str] = set()
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(value=str(name)), ast.Call(func=ast.Name(id=found)) if found == word:
                if name in seen:
                    world.problem("duplicate-name", span_of(key, cls.module.file), f"'{name}' is declared twice")
                else:
                    seen.add(name)
                    yield name, value
            case _:
                place = span_of(value, cls.module.file)
                world.problem("bad-argument", place, f"an entry must be `\"name\": {word}(...)`")


def _profile(world: World, cls: ClassText, call: ast.Call) -> dict[str, Expr]:
    values: dict[str, Expr] = {}
    for arg in call.args:
        world.problem("bad-argument", span_of(arg, cls.module.file), "profile(...) takes only `switch=value`")
    for keyword in call.keywords:
        name = keyword.arg or "**"
        switch = setting_switch(world, name)
        if switch is None:
            known = _switches(world)
            place = span_of(keyword, cls.module.file)
            world.problem("unknown-switch", place, f"there is no switch '{name}'", nearest(name, known))
        else:
            values[name] = elaborate.read_value(keyword.value, switch.type, world.names(cls))
    return values


def _configuration(world: World, cls: ClassText, name: str, call: ast.Call) -> Configuration:
    result = Configuration(name, _doc(world, cls, call), span_of(call, cls.module.file))
    for keyword in call.keywords:
        key = keyword.arg or "**"
        sort = world.sorts.get(key) or world.names(cls).sort(key)
        if sort is not None:
            size = _size(world, cls, keyword)
            if size is not None:
                result.sizes[sort.name] = size
        elif (switch := setting_switch(world, key)) is not None:
            result.switches[key] = elaborate.read_value(keyword.value, switch.type, world.names(cls))
        elif (constant := setting_constant(world, key)) is not None:
            every = is_every(keyword.value)
            value = None if every else elaborate.read_value(keyword.value, constant.type, world.names(cls))
            result.constants[key] = value
        else:
            hint = nearest(key, [*world.sorts, *_switches(world), *shared_names(world, "constant")])
            place = span_of(keyword, cls.module.file)
            world.problem("unknown-setting", place, f"'{key}' is no sort, switch or constant", hint)
    return result


def _doc(world: World, cls: ClassText, call: ast.Call) -> str:
    match call.args:
        case []:
            return ""
        case [ast.Constant(value=str(doc))]:
            return doc
    place = span_of(call.args[0], cls.module.file)
    world.problem("bad-argument", place, "configuration(...) takes a description first, then only names")
    return ""


def _size(world: World, cls: ClassText, keyword: ast.keyword) -> int | None:
    match keyword.value:
        case ast.Constant(value=int(size)) if not isinstance(size, bool) and size >= 1:
            return size
        case ast.Name(id=name):
            match world.program.find(cls.module, name):
                case (_, LiteralText(value=int(size))) if not isinstance(size, bool) and size >= 1:
                    return size
    world.problem("bad-size", span_of(keyword.value, cls.module.file), f"the size of {keyword.arg} is a number from 1")
    return None


def _switches(world: World) -> list[str]:
    return shared_names(world, "switch")
