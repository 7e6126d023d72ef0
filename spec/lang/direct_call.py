"""Calls a method of a spec: compiles its rewritten text once, and gives that text what it needs while it runs."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable
from typing import Any

from spec.lang import direct_locks, direct_threads, direct_world
from spec.lang.direct_kinds import Kind, record_item, remembered
from spec.lang.direct_locks import Point
from spec.lang.direct_parts import callee
from spec.lang.direct_rewrite import rewrite
from spec.lang.direct_text import function_node
from spec.lang.direct_universe import DirectError, SpecFault, current, current_run, inside
from spec.lang.direct_values import FrozenMap, SeqValue, SetValue, from_end, piece
from spec.lang.errors import RequestError
from spec.lang.words_calls import needed, replace, rest
from spec.lang.words_methods import Bound, Method, Text
from spec.lang.words_values import Record


class Nature(dict[str, Any]):
    """The choices of one call: what the caller gave, and each other one read when it is first used."""

    def __init__(self, method: Method[Any], given: dict[str, Any]) -> None:
        super().__init__({name: value for name, value in given.items() if value is not MISSING})
        self.method = method

    def __missing__(self, name: str) -> Any:
        run = current_run()
        if run is None:
            raise RequestError(f"{self.method.name} reads its choice {name}; pass it, or use direct.perform")
        value = self[name] = run.choose(parameter_kind(self.method, name))
        return value


class _Missing:
    def __repr__(self) -> str:
        return "<nature's choice>"


MISSING = _Missing()


class Runtime:
    """What rewritten text calls."""

    nature = staticmethod(Nature)
    collect = staticmethod(SetValue)
    row = staticmethod(SeqValue)
    record_item = staticmethod(record_item)
    rest = staticmethod(rest)
    callee = staticmethod(callee)
    point = staticmethod(Point)
    acquire = staticmethod(direct_locks.acquire)
    use_lock = staticmethod(direct_locks.use)
    where = staticmethod(direct_threads.where)
    is_idle = staticmethod(direct_threads.is_idle)

    @staticmethod
    def is_part(instance: Any, name: str) -> bool:
        """True if `self.name` is a part."""
        return name in instance._world.parts
    piece = staticmethod(piece)
    from_end = staticmethod(from_end)

    @staticmethod
    def truth(value: object) -> bool:
        """The value as a test: only bools are."""
        if type(value) is not bool:
            raise TypeError(f"{value!r} has no truth value")
        return value

    @staticmethod
    def there(value: Any) -> Any:
        """A value that must not be None."""
        if value is None:
            raise SpecFault("None where a value is needed")
        return value

    @staticmethod
    def item(base: Any, name: str) -> Any:
        """`base.name` where base is a record, an outcome, an enumeration or an instance."""
        if base is None or (isinstance(base, Record) and name not in base._names):
            raise SpecFault(f"{base!r} has no {name}")
        return getattr(base, name)

    @staticmethod
    def at(base: Any, key: Any) -> Any:
        """`base[key]` of a map or a sequence; never from the end."""
        if base is None:
            raise SpecFault("None where a sequence is needed")
        if isinstance(base, FrozenMap):
            return base[tuple(key) if isinstance(key, tuple) else key]
        if type(key) is not int:
            raise TypeError(f"{key!r} is not a place in a sequence")
        if not 0 <= key < len(base):
            raise SpecFault(f"place {key} of a sequence of {len(base)}")
        return base[key]

    @staticmethod
    def total(items: Iterable[int]) -> int:
        """The sum; a fault for None among them."""
        return sum(_each(items))

    @staticmethod
    def exchanged(record: Any, name: str, value: Any) -> Any:
        """The record with one item exchanged, which is checked at once."""
        if name not in record._names:
            raise SpecFault(f"{record!r} has no {name}")
        return replace(record, **{name: value})

    @staticmethod
    def least(items: Iterable[int]) -> int:
        """The smallest; a fault when there is none."""
        taken = list(_each(items))
        if not taken:
            raise SpecFault("min over nothing")
        return min(taken)

    @staticmethod
    def most(items: Iterable[int]) -> int:
        """The greatest; a fault when there is none."""
        taken = list(_each(items))
        if not taken:
            raise SpecFault("max over nothing")
        return max(taken)

    @staticmethod
    def store(instance: Any, name: str, value: Any) -> None:
        """`self.name = value`."""
        direct_world.store(instance, name, (), value)

    @staticmethod
    def put(instance: Any, name: str, value: Any, key: Any) -> None:
        """`self.name[key] = value`."""
        direct_world.store(instance, name, (tuple(key) if isinstance(key, tuple) else key,), value)

    @staticmethod
    def argument(callee: Any, which: int | str, value: Any) -> Any:
        """A value about to become an argument."""
        method = callee.method if isinstance(callee, Bound) else callee
        if isinstance(which, int):
            names = parameters(method)
            if which >= len(names):
                raise TypeError(f"{method.name} takes {len(names)} arguments")
            which = names[which]
        return parameter_kind(method, which).accept(value)

    @staticmethod
    def typed(method: Method[Any], name: str, value: Any) -> Any:
        """A value about to be assigned to a local with an annotation."""
        return local_kind(method, name).accept(value)

    @staticmethod
    def result(method: Method[Any], value: Any) -> Any:
        """A value about to be returned."""
        return parameter_kind(method, "return").accept(value)


def _each(items: Iterable[int | None]) -> Iterable[int]:
    return (needed(item) for item in items)


def call(method: Method[Any], instance: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    """Run a method in the universe of its instance; DirectError if the method does not exist there."""
    code = _compiled(method.text)(method)
    if instance is None or not _takes_self(method):
        return code(*args, **given)
    world = instance._world
    if not world.exists(method):
        raise DirectError(f"{method.name} does not exist in this universe")
    if current() is world.universe:
        return code(instance, *args, **given)
    with inside(world.universe):
        return code(instance, *args, **given)


@functools.cache
def _compiled(text: Text) -> Callable[[Method[Any]], Callable[..., Any]]:
    function: Any = text.function
    node = function_node(function, text.edits)
    code = compile(rewrite(node, function.__globals__), function.__code__.co_filename, "exec")
    names: dict[str, Any] = {}
    # Defining `make` must not leave it behind in the author's module.
    exec(code, function.__globals__, names)

    @functools.cache
    def made(method: Method[Any]) -> Callable[..., Any]:
        result: Callable[..., Any] = names["make"](Runtime, method, MISSING, text.owner)
        return result

    return made


def _takes_self(method: Method[Any]) -> bool:
    code: Any = getattr(method.text.function, "__code__", None)
    return bool(code.co_argcount) and code.co_varnames[0] == "self"


def parameters(method: Method[Any]) -> tuple[str, ...]:
    """The names of the positional parameters, without self."""
    code: Any = getattr(method.text.function, "__code__", None)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names[1:] if _takes_self(method) else names


def parameter_kind(method: Method[Any], name: str) -> Kind:
    """The type of a parameter, of a choice, or (named `return`) of the result."""
    function: Any = method.text.function

    def annotation() -> Any:
        node = function_node(function)
        if name == "return":
            return node.returns
        found = [a.annotation for a in (*node.args.args, *node.args.kwonlyargs) if a.arg == name]
        if not found:
            raise TypeError(f"{method.name} has no parameter {name}")
        return found[0]

    return remembered(function, name, annotation, function.__globals__)


def local_kind(method: Method[Any], name: str) -> Kind:
    """The type in the annotation of a local."""
    function: Any = method.text.function

    def annotation() -> Any:
        found = [n for n in ast.walk(function_node(function, method.text.edits)) if isinstance(n, ast.AnnAssign)]
        return next(n.annotation for n in found if isinstance(n.target, ast.Name) and n.target.id == name)

    return remembered((function, method.text.edits), name, annotation, function.__globals__)
