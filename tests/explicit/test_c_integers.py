"""Integers are exact: generated C computes exactly or says that it cannot, it never wraps."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.explicit import c_engine, engine
from checker.explorations import Exploration, Limits
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import ground

TEXT = '''from typing import Annotated
from spec.lang import *


class Big(Spec):
    """Numbers that grow."""
    n: Annotated[int, Bounds(0, 3)] = 0

    @ioctl
    def grow(self) -> Outcome:
        {body}
        if x < 0:
            return refuse(EINVAL, "negative")
        self.n = min(self.n + 1, 3)
        return DONE
'''

pytestmark = pytest.mark.skipif(not c_engine.available(), reason="no C compiler")


def explore(folder: Path, body: str, name: engine.Engine) -> Exploration:
    """The search of a machine whose action begins with this text."""
    path = folder / "big.py"
    path.write_text(TEXT.format(body=body), encoding="utf-8")
    return engine.explore(ground(load(str(path)), {}, {}), {}, Limits(), engine=name)


WRAPS = (
    "x = self.n * 3000000000\n        x = x * x",
    "y = self.n + 2305843009213693950\n        x = y + y",
    "x = sum(4611686018427387900 for i in range(self.n))",
)


@pytest.mark.parametrize("body", WRAPS)
def test_what_does_not_fit_is_an_error_and_not_a_verdict(tmp_path: Path, body: str) -> None:
    """A product, a sum and a comprehension that 64 bits cannot hold: with wrapping the refusal would be reached."""
    exact = explore(tmp_path, body, "python")
    assert (exact.states, exact.refusals) == (4, 0)
    with pytest.raises(EngineError, match="--engine python"):
        explore(tmp_path, body, "c")


def test_large_numbers_that_fit_are_computed(tmp_path: Path) -> None:
    """Just inside the range nothing changes."""
    body = "x = 1152921504606846976 - self.n * 384307168202282325"
    assert explore(tmp_path, body, "c").states == explore(tmp_path, body, "python").states == 4
