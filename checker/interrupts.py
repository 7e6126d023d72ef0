"""Ctrl-C that comes while Python cleans an object up: it cannot be raised there, so it is raised a little later."""

from __future__ import annotations

import ctypes
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


def is_interrupt(error: BaseException) -> bool:
    """True for Ctrl-C, also where `ctypes` has made an error of its own of it."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, ctypes.ArgumentError) and KeyboardInterrupt.__name__ in str(error)
    )


def raise_lost() -> None:
    """`KeyboardInterrupt`, if one was lost since the last time."""
    global _lost
    if _lost:
        _lost = False
        raise KeyboardInterrupt
