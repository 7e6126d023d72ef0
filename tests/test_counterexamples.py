"""The stored counterexamples are complete, and every one still leads where it led."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import pytest

from checker.replay import Replayed, replay
from checker.trace_read import TraceFile, parse, read_file
from spec.lang.catalogue import Entry
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from spec.lang.machine import Machine
from tests import counterexamples
from tests.counterexamples import FOLDER, REFRESH

WANTED = counterexamples.wanted()
FILES = sorted(WANTED)
ONE = "claim_without_domain.owned_devices_reach_only_their_owners_memory.itf.json"


@functools.cache
def machine(target: str) -> Machine:
    return load(target)


def replayed(raw: TraceFile) -> Replayed:
    """The replay; a text that has changed fails with the command that makes the traces anew."""
    try:
        return replay(raw, machine(raw.target))
    except RequestError as error:
        if "has changed since" in str(error):
            pytest.fail(f"{error}\n  If the change is meant: `{REFRESH}`, then look at the difference.", pytrace=False)
        raise


def edited(tmp_path: Path, old: str, new: str) -> TraceFile:
    """One stored trace with a change in its text."""
    text = (FOLDER / ONE).read_text(encoding="utf-8")
    assert old in text
    return parse(text.replace(old, new), str(tmp_path / ONE))


def test_every_declared_break_has_its_file_and_there_is_no_other() -> None:
    assert set(FILES) == counterexamples.stored(), f"make them with `{REFRESH}`"


@pytest.mark.parametrize("name", FILES)
def test_a_stored_trace_still_breaks_its_promise(name: str) -> None:
    entry, promise = WANTED[name]
    raw = read_file(str(FOLDER / name))
    assert (entry.class_name, promise) == (raw.spec, raw.property_name)
    result = replayed(raw)
    assert result.deviates == ""
    assert result.finding is not None, "the trace no longer leads to the violation"
    assert result.now is not None
    assert result.stored.states == result.now.states


@pytest.mark.slow
@pytest.mark.parametrize("spec", counterexamples.broken_specs(), ids=lambda e: e.name)
def test_the_tool_writes_the_very_same_files(spec: Entry, tmp_path: Path) -> None:
    counterexamples.write(spec, tmp_path)
    for promise in spec.breaks:
        name = counterexamples.file_name(spec, promise)
        assert (FOLDER / name).read_bytes() == (tmp_path / name).read_bytes(), f"make it with `{REFRESH}`"


def test_a_changed_text_names_the_file_the_spec_and_the_way_out(tmp_path: Path) -> None:
    digest = read_file(str(FOLDER / ONE)).digest
    raw = edited(tmp_path, digest, "0" * len(digest))
    with pytest.raises(RequestError) as caught:
        replay(raw, machine(raw.target))
    assert ONE in str(caught.value)
    assert "the text of ClaimWithoutDomain has changed since the trace was made" in str(caught.value)
    with pytest.raises(pytest.fail.Exception, match=re.escape(REFRESH)):
        replayed(raw)


def test_a_trace_with_another_state_deviates(tmp_path: Path) -> None:
    document = json.loads((FOLDER / ONE).read_text(encoding="utf-8"))
    last = document["states"][-1]
    assert last["owner_cnt"] == {"#map": [["g0", {"#bigint": "1"}]]}
    last["owner_cnt"] = {"#map": [["g0", {"#bigint": "2"}]]}
    result = replayed(parse(json.dumps(document), ONE))
    assert result.deviates == "after step 1 owner_cnt is not as stored"
    assert result.finding is None


def test_a_trace_of_a_promise_that_is_kept_finds_nothing(tmp_path: Path) -> None:
    promise = "owned_devices_reach_only_their_owners_memory"
    result = replayed(edited(tmp_path, promise, "kernel_and_userspace_never_share_a_group"))
    assert result.deviates == ""
    assert result.finding is None
