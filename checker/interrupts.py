"""Ctrl-C that comes while Python cleans an object up: it cannot be raised there, so it is raised a little later."""

from __future__ import annotations

import sys
from typing import Any

_lost = False


def install() -> None:
    """From now on a `KeyboardInterrupt` inside a finaliser is kept for `raise_lost`.

    What finalisers of the solver's library complain about afterwards is not shown: the objects that an interrupt left
    half made are nobody's concern.
    """
    sys.unraisablehook = _unraisable


def _unraisable(raised: Any) -> None:
    global _lost
    if isinstance(raised.exc_value, KeyboardInterrupt):
        _lost = True
    elif not str(getattr(raised.object, "__module__", "")).startswith("z3"):
        sys.__unraisablehook__(raised)


def raise_lost() -> None:
    """`KeyboardInterrupt`, if one was lost since the last time."""
    global _lost
    if _lost:
        _lost = False
        raise KeyboardInterrupt
