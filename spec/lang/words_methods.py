"""Words for methods and classes: what a method is, when it exists, what a spec is for, and small edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

R = TypeVar("R")
C = TypeVar("C", bound=type)
F = TypeVar("F")
Sure = Literal["recorded", "read", "deduced", "guessed"]
Fairness = Literal["", "weak", "strong"]


@dataclass(frozen=True, slots=True)
class Window:
    """When a declaration exists: eras inclusive at both ends, switches that are on, switches that are off."""

    since: Any = None
    until: Any = None
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def also(self, other: Window) -> Window:
        """Both windows at once."""
        return Window(
            self.since if other.since is None else other.since,
            self.until if other.until is None else other.until,
            self.when + other.when,
            self.unless + other.unless,
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Where the text of a method stands: the function as Python read it, and the edits made to it, in order."""

    function: Callable[..., Any]
    owner: type | None = None
    edits: tuple[tuple[str, ...], ...] = ()


@dataclass(eq=False, slots=True)
class Method(Generic[R]):
    """A method of a spec, or a module-level pure function. Called on an instance it runs the direct meaning."""

    text: Text
    kind: str = ""
    on: tuple[str, ...] = ()
    any_order: tuple[str, ...] = ()
    window: Window = Window()
    process: Any = None
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.name = self.text.function.__name__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        if self.text.owner is None:
            self.text = replace(self.text, owner=owner)

    @overload
    def __get__(self, obj: None, owner: Any) -> Method[R]: ...
    @overload
    def __get__(self, obj: object, owner: Any) -> Callable[..., R]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        return self if obj is None else Bound(self, obj)

    def __call__(self, *args: Any, **given: Any) -> R:
        from spec.lang.direct_call import call  # the words come first

        result: R = call(self, None, args, given)
        return result

    def without(self, reason: str) -> Method[R]:
        """The same method without the check that answers `reason`."""
        return self._edited("without", reason)

    def with_errno(self, reason: str, errno: str) -> Method[R]:
        """The same method, refusing for `reason` with another errno."""
        return self._edited("with_errno", reason, errno)

    def checking_first(self, reason: str) -> Method[R]:
        """The same method, making the check for `reason` before all others."""
        return self._edited("checking_first", reason)

    def with_fairness(self, fair: Fairness) -> Method[R]:
        """The same action under another assumption; only whole runs know of it, so the direct run does not."""
        return self._edited()

    def _edited(self, *edit: str) -> Method[R]:
        text = replace(self.text, edits=(*self.text.edits, edit)) if edit else self.text
        return Method(text, self.kind, self.on, self.any_order, self.window, self.process)


@dataclass(frozen=True, slots=True)
class Bound:
    """A method of one instance."""

    method: Method[Any]
    instance: Any

    def __call__(self, *args: Any, **given: Any) -> Any:
        from spec.lang.direct_call import call  # the words come first

        return call(self.method, self.instance, args, given)


def as_method(value: Any) -> Method[Any]:
    """The value as a method; a plain function becomes a helper."""
    if isinstance(value, Method):
        return value
    if isinstance(value, FunctionType):
        return Method(Text(value))
    raise TypeError(f"{value!r} is not a method")


def _marked(value: Any, kind: str, on: tuple[str, ...] = (), any_order: tuple[str, ...] = ()) -> Method[Any]:
    method = as_method(value)
    method.kind, method.on, method.any_order = kind, on, any_order
    return method


@dataclass(frozen=True, slots=True)
class ActionWord:
    """A decorator that makes a method an action or a helper; bare, or with provenance."""

    kind: str

    @overload
    def __call__(self, method: Callable[..., R], /) -> Method[R]: ...
    @overload
    def __call__(
        self, *, cites: str = "", sure: Sure = "guessed", any_order: tuple[str, ...] = (), fair: Fairness = ""
    ) -> Callable[[Callable[..., R]], Method[R]]: ...
    def __call__(self, *methods: Any, any_order: tuple[str, ...] = (), **_: Any) -> Any:
        if not methods:
            return lambda value: _marked(value, self.kind, any_order=any_order)
        return _marked(methods[0], self.kind)


ioctl = ActionWord("ioctl")
kernel = ActionWord("kernel")
hardware = ActionWord("hardware")
fault = ActionWord("fault")
helper = ActionWord("helper")


@dataclass(frozen=True, slots=True)
class PropertyWord:
    """A decorator that makes a method a property, or the initialiser; `names` are the actions it is about."""

    kind: str

    @overload
    def __call__(self, method: Callable[..., Any], /) -> Any: ...
    @overload
    def __call__(self, *names: str, cites: str = "", sure: Sure = "guessed") -> Callable[[Callable[..., Any]], Any]: ...
    def __call__(self, *names: Any, **_: Any) -> Any:
        if len(names) == 1 and not isinstance(names[0], str):
            return _marked(names[0], self.kind)
        return lambda value: _marked(value, self.kind, on=names)


invariant = PropertyWord("invariant")
action_property = PropertyWord("action")
during = PropertyWord("during")
goal = PropertyWord("goal")
final = PropertyWord("final")
boundary = PropertyWord("boundary")
assume = PropertyWord("assume")
lemma = PropertyWord("lemma")
always_eventually = PropertyWord("always_eventually")
initial = PropertyWord("initial")
image = PropertyWord("image")


@dataclass(frozen=True, slots=True)
class Promise:
    """What a `@leads_to` property returns; the direct run asks its two parts one by one."""

    premise: Callable[[], bool]
    awaited: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class LeadsToWord:
    """`leads_to`: the decorator of a promise, and the word that makes one from its two parts."""

    kind: str = "leads_to"

    @overload
    def __call__(self, method: Callable[..., Any], /) -> Any: ...
    @overload
    def __call__(self, premise: bool, awaited: bool, /) -> Promise: ...
    @overload
    def __call__(self, *, cites: str = "", sure: Sure = "guessed") -> Callable[[Callable[..., Any]], Any]: ...
    def __call__(self, *parts: Any, **_: Any) -> Any:
        match parts:
            case ():
                return lambda value: _marked(value, self.kind)
            case (method,):
                return _marked(method, self.kind)
            case (premise, awaited) if callable(premise) and callable(awaited):
                return Promise(premise, awaited)
            case (premise, awaited):
                return Promise(lambda: premise, lambda: awaited)
        raise TypeError(f"leads_to takes a premise and what it leads to, not {len(parts)} values")


leads_to = LeadsToWord()


def pure(function: F) -> F:
    """A function or method that does not touch the state."""
    marked: Any = _marked(function, "pure")
    return marked  # type: ignore[no-any-return]  # its author sees the plain function


if TYPE_CHECKING:

    class _Rule(bool):  # type: ignore[misc]  # both the default of a bool switch and a decorator
        def __call__(self, method: F) -> F: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """`since`, `until`, `when` or `unless`: the default of a switch, or the window of the method it decorates."""

    window: Window

    def __call__(self, value: Any) -> Any:
        method = as_method(value)
        method.window = method.window.also(self.window)
        return method


def since(era: Any) -> _Rule:
    """From this era on."""
    rule: Any = Rule(Window(since=era))
    return rule  # type: ignore[no-any-return]


def until(era: Any) -> _Rule:
    """Up to and including this era."""
    rule: Any = Rule(Window(until=era))
    return rule  # type: ignore[no-any-return]


def when(*switches: str) -> _Rule:
    """While all of these switches are on."""
    rule: Any = Rule(Window(when=switches))
    return rule  # type: ignore[no-any-return]


def unless(*switches: str) -> _Rule:
    """While all of these switches are off."""
    rule: Any = Rule(Window(unless=switches))
    return rule  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class RoleMark:
    """What a spec class is for, with the properties it is expected to break."""

    kind: str
    id: str
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleWord:
    """A class decorator that says what a small edit of a spec is for."""

    kind: str

    def __call__(
        self, id: str = "", *, breaks: tuple[str, ...] = (), status: str = "", cites: str = ""
    ) -> Callable[[C], C]:
        def mark(cls: C) -> C:
            type.__setattr__(cls, "_role", RoleMark(self.kind, id, breaks))
            return cls

        return mark


history = RoleWord("history")
proposal = RoleWord("proposal")
candidate = RoleWord("candidate")


def abstract(cls: C) -> C:
    """A spec class that is only a base of others and is never checked itself."""
    return cls
