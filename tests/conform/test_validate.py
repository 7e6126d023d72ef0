"""Following a log: what agrees, what differs, what is skipped, and how the walk goes on behind a difference."""

from __future__ import annotations

from tests.conform.conftest import sequence, step
from tests.sessions import Run

OPEN = step("TURN", to="OPEN")
SHUT = step("TURN", to="SHUT")


def put(count: int, thing: str = "t0") -> dict[str, object]:
    return step("PUT", out={"count": count}, t=thing)


def test_a_log_that_agrees(judge: Run) -> None:
    found = judge(sequence("plain", OPEN, put(1), put(2, "t1"), step("PUT", "EEXIST", t="t1"), SHUT))
    assert 0 == found.code
    document = found.json
    assert "uapicheck.validate/1" == document["schema"]
    assert (1, 6, 5, {"MAKE": 1}, []) == tuple(
        document[k] for k in ("sequences", "steps", "agree", "skipped", "differ")
    )
    assert "Box" == document["against"] and document["log"].endswith("box.jsonl")
    assert {"agree": 2, "differ": 0, "loose": 0} == document["decided_by"]["arguments"]
    assert {"agree": 3, "differ": 0, "loose": 0} == document["decided_by"]["state"]


def test_the_refusals_that_no_step_judged(judge: Run) -> None:
    document = judge(sequence("plain", OPEN, put(1), step("PUT", "EEXIST", t="t0"))).json
    expected = [
        "EACCES shut",
        "EALREADY already-there",
        "EBUSY hot",
        "EIO broken",
        "EIO burnt",
        "EIO warm",
        "ENODEV molten",
    ]
    assert expected == document["unjudged"]


def test_a_wrong_errno_and_what_the_spec_would_have_answered(judge: Run) -> None:
    found = judge(sequence("bad", OPEN, put(1), step("PUT", "EBUSY", t="t0"), put(2, "t1")))
    assert 1 == found.code
    (differing,) = found.json["differ"]
    assert ("bad", 4, "PUT") == (differing["sequence"], differing["step"], differing["op"])
    assert "EEXIST (inside-already)" == differing["expected"]
    assert "EBUSY" == differing["recorded"]
    assert "another errno" in differing["reason"] and "`t in self.inside`" in differing["reason"]
    assert (3, False, None) == (differing["valid_prefix"], differing["again"], differing["explained"])
    assert 3 == found.json["agree"]


def test_a_refusal_that_the_spec_does_not_know(judge: Run) -> None:
    (differing,) = judge(sequence("bad", OPEN, step("PUT", "EACCES", t="t0"))).json["differ"]
    assert "OK count=1, lid=OPEN" == differing["expected"]
    assert "no check that answers EACCES applies, first `self.lid is Lid.SHUT`" in differing["reason"]
    (differing,) = judge(sequence("bad", OPEN, step("PUT", "ENODEV", t="t0"))).json["differ"]
    assert "put never answers ENODEV" == differing["reason"]


def test_success_where_the_spec_refuses(judge: Run) -> None:
    (differing,) = judge(sequence("bad", put(1))).json["differ"]
    assert "EACCES (shut)" == differing["expected"]
    assert differing["reason"].startswith("refused because `self.lid is Lid.SHUT` (")
    assert "box_spec.py:" in differing["reason"]


def test_a_wrong_output(judge: Run) -> None:
    (differing,) = judge(sequence("bad", OPEN, put(2))).json["differ"]
    assert "OK count=1, lid=OPEN" == differing["expected"]
    assert ("OK count=2", "the answer has other outputs") == (differing["recorded"], differing["reason"])
    (differing,) = judge(sequence("bad", OPEN, step("PUT", out={"weight": 1}, t="t0"))).json["differ"]
    assert "the answer has other outputs" == differing["reason"]
    (differing,) = judge(sequence("bad", OPEN, step("PUT", out={"count": True}, t="t0"))).json["differ"]
    assert "the answer has other outputs" == differing["reason"]
    (differing,) = judge(sequence("bad", OPEN, step("PUT", out={"lid": "SHUT"}, t="t0"))).json["differ"]
    assert "the answer has other outputs" == differing["reason"]


def look(thing: str, whole: bool) -> dict[str, object]:
    return step("LOOK", out={"whole": whole}, t=thing)


FULL = (OPEN, put(1), put(2, "t1"))


def test_what_nature_chose_is_found_out_later(judge: Run) -> None:
    """Three ways go on behind SHAKE: nothing broken, t0, t1."""
    for one, other in ((True, True), (True, False), (False, True)):
        assert 0 == judge(sequence("shaken", *FULL, step("SHAKE"), look("t0", one), look("t1", other))).code
    found = judge(sequence("shaken", *FULL, step("SHAKE"), look("t0", False), look("t1", False)))
    assert [6 + 1] == [d["step"] for d in found.json["differ"]]
    found = judge(sequence("shaken", *FULL, step("SHAKE"), look("t0", True), look("t1", True), step("SHAKE", "EIO")))
    assert [8] == [d["step"] for d in found.json["differ"]]
    assert ["SHAKE"] == [d["op"] for d in found.json["differ"]]


def test_steps_that_could_have_gone_otherwise_are_counted(judge: Run) -> None:
    """A SHAKE has one answer; behind it each LOOK has two, until the first says which thing it was."""
    for looks, loose in (((True, True), 2), ((False, True), 1), ((True, False), 2)):
        shaken = sequence("s", *FULL, step("SHAKE"), look("t0", looks[0]), look("t1", looks[1]))
        found = judge(shaken).json
        assert (loose, loose) == (found["loose"], found["ops"]["LOOK"]["loose"])


def test_an_ambiguous_refusal_judges_nothing_for_sure(judge: Run) -> None:
    """EIO may be of a warm box or of a burnt one, until a touch says that it is molten."""
    first = judge(sequence("smelt", step("SMELL", "EIO"))).json
    assert {"EIO burnt", "EIO warm"} <= set(first["unjudged"])
    later = judge(sequence("smelt", step("SMELL", "EIO"), step("TOUCH", "ENODEV"), step("SMELL", "EIO"))).json
    assert "EIO warm" in later["unjudged"] and not {"EIO burnt", "ENODEV molten"} & set(later["unjudged"])


def test_a_difference_is_counted_once_where_the_record_says_what_came_of_it(judge: Run) -> None:
    """The box says EIO though nothing can be broken; afterwards both go on together."""
    found = judge(sequence("bad", OPEN, step("SHAKE", "EIO"), put(1), put(2, "t1"))).json
    assert [(3, False)] == [(d["step"], d["again"]) for d in found["differ"]]
    found = judge(sequence("bad", step("TURN", "EIO", to="OPEN"), put(1))).json  # it can only have opened
    assert [2] == [d["step"] for d in found["differ"]]


def test_later_differences_of_a_sequence_are_marked(judge: Run) -> None:
    found = judge(sequence("bad", put(1), put(2, "t1"), step("PUT", "EACCES", t="t1")), sequence("good", OPEN)).json
    assert [(2, False, 1), (3, True, 1)] == [(d["step"], d["again"], d["valid_prefix"]) for d in found["differ"]]


def test_what_happens_in_silence(judge: Run) -> None:
    """A shut box may have become hot; an open one stays as it was."""
    assert 0 == judge(sequence("hot", step("TOUCH", "EBUSY"))).code
    assert 0 == judge(sequence("molten", step("TOUCH", "ENODEV"))).code
    assert 0 == judge(sequence("cold", step("TOUCH"), step("TOUCH", "EBUSY"))).code
    found = judge(sequence("cool", step("TOUCH"), step("TOUCH", "EBUSY"), step("TOUCH")))
    assert [4] == [d["step"] for d in found.json["differ"]]
    found = judge(sequence("open", step("TOUCH"), OPEN, step("TOUCH"), step("TOUCH", "EBUSY")))
    assert [5] == [d["step"] for d in found.json["differ"]]


def test_a_warn_must_be_recorded_and_must_be_in_the_spec(judge: Run) -> None:
    broken = sequence("oops", *FULL, step("SHAKE"), look("t0", False), {**step("LOOK", t="t0"), "kwarn": "x"})
    assert 1 == judge(broken).code
    found = judge(broken, options=("--format", "json", "--set", "warns=on")).json
    (differing,) = found["differ"]  # the first look had no WARN in the log, the second had one
    assert (6, "OK whole=true or OK whole=false, WARN: a broken thing is looked at") == (
        differing["step"],
        differing["expected"],
    )
    assert "every run of the spec with this answer warns: a broken thing is looked at" == differing["reason"]
    (differing,) = judge(broken).json["differ"]
    assert (7, "a WARN was recorded, and no run of the spec with this answer warns") == (
        differing["step"],
        differing["reason"],
    )
    oops = {**step("LOOK", "KERNEL_OOPS", t="t0")}
    assert 0 == judge(sequence("oops", *FULL, step("SHAKE"), oops), options=("--set", "warns=on", "-q")).code


def test_two_machines_do_not_mix(judge: Run) -> None:
    other = [step("MAKE", box="c"), step("TURN", box="c", to="OPEN"), step("PUT", box="c", out={"count": 1}, t="t0")]
    assert 0 == judge(sequence("pair", OPEN, put(1), *other, put(2, "t1"))).code


def test_what_is_no_call_of_the_spec(judge: Run) -> None:
    found = judge(sequence("other", step("TURN", "EBADF", box="zz", to="OPEN"), step("PAINT"), step("PAINT"), OPEN))
    assert 0 == found.code
    assert {"MAKE": 1, "PAINT": 2} == found.json["skipped"]
    assert {"op": "PAINT", "why": "the translation knows no such op", "steps": 2} in found.json["why_skipped"]
    assert {"agree": 1, "differ": 0, "loose": 0} == found.json["decided_by"]["descriptors"]
    (differing,) = judge(sequence("other", step("TURN", "OK", box="zz", to="OPEN"))).json["differ"]
    assert ("EBADF", "the translation says: there is no such box") == (differing["expected"], differing["reason"])


def test_a_step_that_lacks_what_its_op_needs_is_bad_input(judge: Run) -> None:
    found = judge(sequence("good", OPEN), sequence("bad", OPEN, step("TURN")))
    assert (2, "") == (found.code, found.out)
    assert "box.jsonl:2: step 3, TURN, cannot be read: no argument 'to'" in found.err


def test_nothing_judged_is_3(judge: Run) -> None:
    found = judge(sequence("none", step("PAINT")), options=())
    assert 3 == found.code and found.out.splitlines()[-1] == "NOTHING JUDGED: all 2 steps are skipped"


def test_an_explained_difference_still_differs(judge: Run) -> None:
    found = judge(sequence("odd-1", step("SHAKE", "ENOSPC")), sequence("even", step("SHAKE", "ENOSPC")))
    assert 1 == found.code and 1 == found.json["explained"]
    assert ["this box was glued shut", None] == [d["explained"] for d in found.json["differ"]]


def test_settings_of_the_command_line_win(judge: Run) -> None:
    twice = sequence("twice", OPEN, put(1), put(1))
    assert 1 == judge(twice).code
    for options in (("--kernel", "greedy"), ("--set", "greedy=on")):
        found = judge(twice, options=(*options, "--format", "json"))
        assert (0, True) == (found.code, found.json["instance"]["switches"]["greedy"])
    assert 2 == judge(twice, options=("--config", "three")).code
    one = judge(sequence("second", OPEN, put(1, "t1")), options=("--config", "one"))
    assert 2 == one.code and "t='t1', which is no value" in one.err


def test_the_text(judge: Run) -> None:
    bad = judge(sequence("odd-1", step("SHAKE", "ENOSPC"), OPEN), options=())
    lines = bad.out.splitlines()
    assert lines[0].endswith("box.jsonl against Box two: 1 sequences, 3 steps")
    assert ["SHAKE", "0", "1", "0", "0"] in [line.split() for line in lines]
    assert ["all", "1", "1", "1", "0"] in [line.split() for line in lines]
    assert "odd-1, step 2 (line 1), SHAKE: after 1 valid steps" in lines
    assert "  reason    shake never answers ENOSPC" in lines
    assert "  explained this box was glued shut" in lines
    expected = "DIFFERS: 1 of 2 judged steps agree (50.00 %); of those that the state machine decides 0 of 1 (0.00 %); "
    assert expected + "1 differ, 1 of them explained; 1 of 3 skipped" == lines[-1]


def test_the_text_shows_some_differences_and_with_v_all(judge: Run) -> None:
    many = "".join(sequence(f"s{n}", step("SHAKE", "ENOSPC")) for n in range(25))
    few, every = judge(many, options=()).out, judge(many, options=("-v",)).out
    assert (20, 25) == (few.count("step 2 (line"), every.count("step 2 (line"))
    assert "... and 5 more; -v shows all" in few and "more; -v" not in every
    assert 1 == judge(many, options=("-q",)).out.count("\n")
