"""What a mutant is: a name, one line of the model and what it becomes, and the fault that it stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """In `module`, the text `old`, which occurs there once, becomes `new`.

    `bug` is the real fault: the commit that mended it, where there is one, and what went wrong.
    """

    name: str
    model: str
    module: str
    old: str
    new: str
    bug: str
