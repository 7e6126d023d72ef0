"""One machine that runs the actions of the spec, and shows its state in the words of the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checker.conform.implementation import Answer, Choice, Plain
from models.bind.dma_ownership_leaks import Ledger
from models.bind.dma_ownership_world import Handler, World
from models.kernel.driver_core import BLOCKED

Part = Callable[[], Plain]


@dataclass(frozen=True, slots=True)
class Words:
    """What a spec of DMA ownership is made of: its actions, and which place or argument each choice is."""

    handlers: Mapping[str, Handler]
    places: Mapping[str, str]
    """The place where a choice is made, by its name."""
    arguments: frozenset[str]


@dataclass(slots=True)
class RunningOwnership:
    """`parts` give the fields, in order."""

    world: World
    words: Words
    parts: tuple[Part, ...]
    ledger: Ledger
    _known: dict[int, tuple[object, tuple[Plain, ...]]] = field(default_factory=dict)
    _places: dict[tuple[Choice, ...], tuple[tuple[tuple[str, bool], ...], dict[str, bool]]] = field(
        default_factory=dict
    )

    def perform(
        self, action: str, args: tuple[Plain, ...], choices: tuple[Choice, ...], inject: int | None = None
    ) -> Answer:
        script, given = self._split(choices)
        kernel = self.world.kernel
        kernel.faults.begin(script, inject)
        warnings = kernel.warnings
        word = self.words.handlers[action](self.world, args, given)
        warned = kernel.warnings is not warnings
        unused = kernel.faults.finish()
        names = tuple(self._name(place) for place, _ in unused) if unused else ()
        reached = kernel.faults.reached
        if not word:
            return Answer("done", warned=warned, reached=reached, unused=names)
        if word == BLOCKED:
            return Answer("blocked", warned=warned, reached=reached, unused=names)
        return Answer("refused", word, warned=warned, reached=reached, unused=names)

    def state(self) -> tuple[Plain, ...]:
        """Worked out once for every moment: a moment is the same as long as its newest write is the newest."""
        entries = self.world.kernel.journal.entries
        length = len(entries)
        newest = entries[-1] if entries else None
        known = self._known.get(length)
        if known is not None and known[0] is newest:
            return known[1]
        state = tuple([part() for part in self.parts])
        self._known[length] = (newest, state)
        return state

    def mark(self) -> int:
        self.ledger.settle()
        return self.world.kernel.journal.mark()

    def back(self, mark: int) -> None:
        self.world.kernel.journal.back(mark)

    def leaks(self) -> tuple[str, ...]:
        """Frames and domains in use that no group, device or caller refers to."""
        return self.ledger.lost()

    def _split(self, choices: tuple[Choice, ...]) -> tuple[tuple[tuple[str, bool], ...], dict[str, bool]]:
        """Choices as places of the kernel, and as arguments of who calls."""
        known = self._places.get(choices)
        if known is None:
            arguments = self.words.arguments
            script = tuple((self.words.places[name], bool(value)) for name, value in choices if name not in arguments)
            given = {name: bool(value) for name, value in choices if name in arguments}
            known = self._places[choices] = script, given
        return known

    def _name(self, place: str) -> str:
        return next(name for name, found in self.words.places.items() if found == place)
