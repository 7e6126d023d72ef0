"""Words for the text of a method: outcomes, guards, defaults of fields and the functions on values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from spec.lang import direct_universe
from spec.lang.words_methods import Sure, Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call answered; asked with `r.refused`, `r.errno == EPERM` and the like, never compared."""

    kind: str
    errno: str = ""
    reason: str = ""
    outputs: tuple[tuple[str, object], ...] = ()

    @property
    def refused(self) -> bool:
        """True if the call was refused, wholly or in part."""
        return self.kind in ("refused", "partial")

    @property
    def done(self) -> bool:
        """True if the call did what was asked."""
        return self.kind == "done"

    @property
    def blocked(self) -> bool:
        """True if the caller would wait."""
        return self.kind == "blocked"

    @property
    def partial(self) -> bool:
        """True if the call was refused and left something behind on purpose."""
        return self.kind == "partial"

    def __bool__(self) -> bool:
        raise TypeError("an Outcome has no truth value; ask `.done` or `.refused`")


DONE = Outcome("done")


def done(**outputs: Any) -> Outcome:
    """The call did what was asked, and answers these values."""
    return Outcome("done", outputs=tuple(outputs.items()))


def refuse(
    errno: str, reason: str, partial: bool = False, *, cites: str = "", sure: Sure = "guessed", **outputs: Any
) -> Outcome:
    """The call is refused for `reason`; it changed nothing, unless `partial` says so."""
    return Outcome("partial" if partial else "refused", errno, reason, tuple(outputs.items()))


def blocked(reason: str, *, cites: str = "", sure: Sure = "guessed") -> Outcome:
    """The caller would wait."""
    return Outcome("blocked", reason=reason)


def warn(message: str, *, cites: str = "", sure: Sure = "guessed") -> None:
    """The kernel prints a warning and goes on."""
    run = direct_universe.current_run()
    if run is not None:
        run.warnings.append(message)


def require(condition: bool) -> None:
    """In a partial action, before any write: without `condition` the action cannot happen."""
    if type(condition) is not bool:
        raise TypeError(f"require takes a bool, not {condition!r}")
    if not condition:
        raise direct_universe.Disabled


def implies(premise: bool, conclusion: bool) -> bool:
    """True if the premise is false or the conclusion true; in a spec the conclusion is read only if needed."""
    return not premise or conclusion


def first(items: Iterable[T]) -> T | None:
    """The first item, None when there is none."""
    return next(iter(items), None)


def without(sequence: Any, item: object) -> Any:
    """The sequence without every entry equal to `item`."""
    from spec.lang.direct_values import SeqValue  # the words come first

    return SeqValue([x for x in needed(sequence) if x != item], getattr(sequence, "item", None), _room(sequence))


def rest(sequence: Any) -> Any:
    """The sequence without its first entry."""
    from spec.lang.direct_values import SeqValue  # the words come first

    later = list(needed(sequence))[1:]
    return SeqValue(later, getattr(sequence, "item", None), _room(sequence))


def _room(sequence: Any) -> int | None:
    room: int | None = getattr(sequence, "room", None)
    return room


def needed(value: T | None) -> T:
    """The value; SpecFault if it is None."""
    if value is None:
        raise direct_universe.SpecFault("None where a value is needed")
    return value


def replace(record: T, **items: Any) -> T:
    """The record with some of its items exchanged."""
    base: Any = needed(record)
    made: T = type(base)(**{name: getattr(base, name) for name in base._names} | items)
    return made


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A map with one value at every key."""

    value: object


@dataclass(frozen=True, slots=True)
class Listed:
    """A map given by position of the key; the last value serves all further keys."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """Every choice of a constant."""


@dataclass(frozen=True, slots=True)
class Axiom:
    """A boolean switch that is on and can be dropped."""


@dataclass(frozen=True, slots=True)
class FieldDefault:
    """The initial value of a field together with the window in which it exists."""

    value: object
    window: Window


def everywhere(value: object) -> Any:
    """A map with this value at every key."""
    return Everywhere(value)


def listed(*values: object) -> Any:
    """A map given by position of the key; the last value serves all further keys."""
    return Listed(values)


def every() -> Any:
    """Every choice of a rigid constant."""
    return Every()


def axiom() -> bool:
    """A boolean switch that is on and can be dropped; verdicts name it."""
    mark: Any = Axiom()
    return mark  # type: ignore[no-any-return]  # the default of a `Switch[bool]`


def field(
    value: object, *, since: object = None, until: object = None, when: object = (), unless: object = ()
) -> Any:
    """The initial value of a field that exists only in some eras or with some switches."""
    return FieldDefault(value, Window(since, until, _names(when), _names(unless)))


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple | list):
        return tuple(str(name) for name in value)
    raise TypeError(f"name switches by strings, not {value!r}")


@dataclass(frozen=True, slots=True)
class Setting:
    """A profile or a configuration: names and their values."""

    doc: str
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class PartMark:
    """Which actions of a part also happen by themselves (`every`: all of them), and its switches set for good."""

    actions: tuple[str, ...]
    every: bool
    switches: tuple[tuple[str, object], ...]


def part(*actions: Any, **switches: Any) -> Any:
    """The value of a part of a spec: the named actions (or `all`) also happen by themselves."""
    names = tuple(name for name in actions if isinstance(name, str))
    return PartMark(names, all in actions, tuple(switches.items()))


def profile(**switches: Any) -> Setting:
    """What a user runs: values of switches."""
    return Setting("", tuple(switches.items()))


def configuration(doc: str = "", /, **values: Any) -> Setting:
    """A named instance: sizes of sorts, values of switches and constants."""
    return Setting(doc, tuple(values.items()))
