"""The model of VFIO against what a 6.12 kernel answered, without a spec in between."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.models.vfio_replay import Machine, Replay, Skipped, sequences


@pytest.mark.parametrize(
    ("log", "least", "most_skipped"),
    [
        ("vfio-ownership", 1900, 0.03),
        ("vfio-ownership-iommufdcontainer", 1900, 0.03),
        ("vfio-ownership-exhaustive", 7200, 0.0),
    ],
)
def test_the_model_answers_as_the_kernel_did(log: str, least: int, most_skipped: float) -> None:
    compared, skipped, differing = 0, Counter[str](), []
    machine = Machine()
    for sequence in sequences(log):
        replay = Replay(machine, log.endswith("iommufdcontainer"))
        for n, step in enumerate(sequence["steps"]):
            try:
                errno, out = replay.perform(step)
            except Skipped:
                skipped[step["op"]] += 1
                continue
            compared += 1
            recorded = {name: value for name, value in step["out"].items() if name in out}
            if (step["errno"], recorded) != (errno, out):
                differing.append((sequence["id"], n, step["op"], step["args"], step["errno"], errno, out))
                break
        assert () == replay.kernel.warnings
    assert [] == differing
    assert compared >= least
    assert skipped.total() <= most_skipped * compared, skipped
