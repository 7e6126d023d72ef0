"""The words that a spec file may import without anything being opened."""

from __future__ import annotations

from spec.lang import errnos

FOREIGN = ("spec.lang", "enum", "typing", "__future__")
"""Modules whose names are recognised, not read."""

TYPE_WORDS = (
    "Annotated", "Bounds", "Constant", "Enum", "Ghost", "Map", "Max", "Mutex", "OrderedEnum", "Outcome", "Process",
    "Promise", "Record", "Refines", "RwLock", "Self", "Seq", "Set", "Sort", "Spec", "Switch", "TYPE_CHECKING",
    "auto",
)  # fmt: skip
DECORATOR_WORDS = (
    "abstract", "action_property", "always_eventually", "assume", "boundary", "candidate", "during", "fault",
    "final", "goal", "hardware", "helper", "history", "image", "initial", "invariant", "ioctl", "kernel",
    "leads_to", "lemma", "process", "proposal", "pure", "since", "unless", "until", "when",
)  # fmt: skip
VALUE_WORDS = (
    "DONE", "FREE", "at", "axiom", "blocked", "configuration", "done", "every", "everywhere", "field", "first",
    "idle", "implies", "listed", "part", "profile", "refuse", "replace", "require", "rest", "universe", "warn",
    "without",
)  # fmt: skip
LANGUAGE = frozenset((*TYPE_WORDS, *DECORATOR_WORDS, *VALUE_WORDS))
"""The words of `spec.lang`, errnos aside."""

ERRNOS = frozenset(name for name in vars(errnos) if name.startswith("E") and name.upper() == name)
"""The errno names, which are words too."""


def is_errno(name: str) -> bool:
    """True if the name is that of an errno."""
    return name in ERRNOS


def is_word(name: str) -> bool:
    """True if `spec.lang` has this word."""
    return name in LANGUAGE or is_errno(name)
