"""Certificates: what is written, what verification says of it, and that every change of anything is refused."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from checker.constants import constant_choices
from checker.request import Settings, instances
from checker.symbolic import certificate_solve, certificate_verify
from checker.symbolic.certificate import NotCertified, write_certificates
from checker.symbolic.certificate_derive import derive
from checker.symbolic.certificate_finding import Checks
from checker.symbolic.certificate_form import SCRIPTS, Clause, Named, describe, parse
from checker.symbolic.certificate_verify import verify
from checker.symbolic.plain_world import World
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.values import MapValue
from tests.symbolic.certified_spec import COUNT, FULL, MOODS, PROMISES, QUICK, TEXT, Stored, certify

pytestmark = pytest.mark.z3


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A certificate that nobody may change."""
    return certify(tmp_path_factory.mktemp("room"))


@pytest.fixture
def stored(written: Stored, tmp_path: Path) -> Stored:
    """A copy of it; the spec stays where it is, unless a test edits it."""
    shutil.copytree(written.place, tmp_path / "proof")
    return Stored(tmp_path / "proof", written.spec)


@pytest.fixture
def movable(tmp_path: Path) -> Stored:
    """A certificate of a spec that a test may edit."""
    return certify(tmp_path)


def test_a_certificate_is_verified(written: Stored) -> None:
    verified = written.verify()
    assert verified.level == "ok", verified.findings
    assert {f.about for f in verified.findings} == {*SCRIPTS, "invariant", "relation"}
    certificate = verified.certificate
    assert [p.name for p in certificate.promises] == list(PROMISES)
    assert certificate.open == ("member",) and certificate.axioms == ("polite",)
    assert {c.name for c in certificate.invariant if isinstance(c, Named)} == {
        "nobody_sits_in_the_dark", "nobody_is_loud", "the_room_counts",
    }  # fmt: skip


def test_the_same_proof_gives_the_same_bytes(written: Stored, tmp_path: Path) -> None:
    again = certify(tmp_path)
    machine = load(str(again.spec))
    for file in SCRIPTS:
        text = (written.place / "certificate.json").read_text()
        derived = derive(parse(text, ""), machine, text)
        assert derived.scripts[file].text() == (written.place / file).read_text()
    assert machine.digest == load(str(written.spec)).digest


def test_every_script_stands_alone_and_says_what_it_is(written: Stored) -> None:
    for name, word in zip(SCRIPTS, ("Initiation", "Consecution", "Safety"), strict=True):
        text = (written.place / name).read_text()
        assert text.startswith(f"; {word}: ") and "(set-info :status unsat)" in text and "(set-logic QF_BV)" in text
        assert "now.mood.g0" in text and max(len(line) for line in text.split("\n")) < 600


def test_what_is_not_needed_is_left_out(tmp_path: Path) -> None:
    stored = certify(tmp_path, clauses=(COUNT, MOODS))
    kept = stored.verify().certificate.invariant
    assert not [c for c in kept if isinstance(c, Clause)] and len(kept) == 3


def test_clauses_are_conjuncts_where_they_are_needed(tmp_path: Path) -> None:
    """Without the promise about moods, `no_warnings` still needs one guest not to be loud: a clause for each."""
    is_loud = "require(self.mood[g] is Mood.LOUD)"
    text = TEXT.replace(is_loud, f"{is_loud}\n        warn('loud')")
    other = Clause((("mood", 1, (0, 2)),), "mood[g1] in {CALM, AWAY}")
    stored = certify(tmp_path, text=text, promises=("no_warnings",), clauses=(MOODS, other))
    verified = stored.verify()
    assert verified.level == "ok", verified.findings
    assert set(verified.certificate.invariant) == {MOODS, other}


def test_constants_may_be_fixed(tmp_path: Path) -> None:
    stored = certify(tmp_path, constants={"member": MapValue((True, False))})
    document = json.loads((stored.place / "certificate.json").read_text())
    assert document["constants"]["open"] == [] and "member" in document["constants"]["fixed"]
    assert stored.verify().level == "ok"


# --- what is no proof ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("if self.count == 0:\n            self.light", "if self.count < 2:\n            self.light",
         "consecution is sat: leave leads out"),
        ("light: bool = False", "light: bool = True\n    odd: Set[Guest] = set()", ""),
        ("count: Annotated[int, Bounds(0, 3)] = 0", "count: Annotated[int, Bounds(0, 3)] = 1",
         "initiation is sat: an initial state outside: lemma the_room_counts"),
        ("self.count -= 1", "self.count = 0", "sat"),
        ("        self.light = True\n", "        self.light = True\n        warn('light')\n",
         "safety is sat: sit breaks no_warnings"),
        ('"no-member")', '"no-member") if self.light else DONE', ""),
        ("Bounds(0, 3)", "Bounds(0, 1)", "safety is sat: sit breaks bounds_are_kept"),
        ("self.count + 1 == old.count", "self.count == old.count", "safety is sat: leave breaks leaving_is_one_less"),
        ("self.count <= old.count + 1", "self.count <= old.count", "safety is sat: sit breaks one_at_a_time"),
    ],
)  # fmt: skip
def test_what_is_not_proved_is_not_written(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEXT
    if not message:
        assert certify(tmp_path, text=TEXT.replace(old, new)).verify().level == "ok"
        return
    with pytest.raises(NotCertified, match=message):
        certify(tmp_path, text=TEXT.replace(old, new))
    assert not (tmp_path / "proofs").exists()


def test_a_promise_without_its_lemma_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NotCertified, match="consecution is sat: leave leads out of the invariant"):
        certify(tmp_path, lemmas=())


def test_a_name_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no promise 'nobody'"):
        certify(tmp_path, promises=("nobody",))
    with pytest.raises(RequestError, match="no lemma 'nothing'"):
        certify(tmp_path, lemmas=("nothing",))


# --- tampering ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(3))
def test_a_conjunct_that_is_deleted_is_missed(stored: Stored, place: int) -> None:
    gone: list[str] = []
    stored.edit_json(lambda d: gone.extend(d["invariant"].pop(place).values()))
    found = stored.refusals()
    assert any(f"{file}: is not what certificate.json means" in line for line in found for file in SCRIPTS)
    assert any(gone[0] in line for line in found)
    assert any("leads out of the invariant: " in line or ": fails: " in line for line in found)


@pytest.mark.parametrize("place", range(3))
def test_a_conjunct_that_is_deleted_everywhere_is_missed(stored: Stored, place: int) -> None:
    """The scripts are made anew, as if nothing had happened: then an obligation fails, and is named."""
    stored.edit_json(lambda d: d["invariant"].pop(place))
    stored.make_scripts()
    found = stored.refusals()
    assert found and all("fails: " in line for line in found)
    assert all("leads out of the invariant: " in line or " breaks " in line for line in found)


def test_a_conjunct_that_is_not_needed_is_noticed(stored: Stored) -> None:
    stored.edit_json(lambda d: d["invariant"].append({"clause": [["count", 0, [0, 1, 2]]], "text": "count < 3"}))
    stored.make_scripts()
    assert stored.refusals() == ["invariant: no obligation fails without: clause count < 3"]


def test_every_conjunct_says_what_it_is_needed_for(stored: Stored) -> None:
    """With the scripts made anew; one that says nothing is fine."""
    invariant = parse((stored.place / "certificate.json").read_text(), "").invariant
    assert all(one.needed for one in invariant)
    assert [one.needed for one in invariant[:2]] == ["a state breaks a promise"] * 2, "they are promises themselves"
    assert invariant[2].needed in ("sit leads out of the invariant", "sit breaks a promise")
    for needed in ("", "leave breaks a promise", "something else"):
        stored.edit_json(lambda d, needed=needed: d["invariant"][0].__setitem__("needed", needed))
        stored.make_scripts()
        found = stored.verify()
        assert found.level == ("refused" if needed else "ok"), found.findings
        said = [f.message for f in found.findings if f.level == "refused"]
        assert not needed or said == ["needed, but not for what it says: " + describe(invariant[0])]


@pytest.mark.parametrize("file", SCRIPTS)
def test_every_line_of_every_script_counts(stored: Stored, file: str) -> None:
    """Each line left out in turn, compared only: solving has nothing to do with the stored text."""
    whole = (stored.place / file).read_text()
    lines = whole.split("\n")
    for place in range(len(lines)):
        other = "\n".join(lines[:place] + lines[place + 1 :])
        if other != whole:
            finding = certificate_verify.compare(file, other, whole, False)
            assert finding.level == "refused", lines[place]
            section = [line for line in lines[: place + 1] if line.startswith(";; ")][-1:]
            if section and not lines[place].startswith("; "):
                assert section[0][3:] in finding.message


@pytest.mark.parametrize(
    ("file", "old", "new", "about"),
    [
        ("consecution.smt2", "(check-sat)", "(assert false)\n(check-sat)", "leads out of the invariant"),
        ("safety.smt2", ";; a state breaks nobody_is_loud", ";; a state breaks", "a state breaks nobody_is_loud"),
        ("initiation.smt2", "(assert ", "(assert true) ; ", "the constants"),
        ("safety.smt2", "(exit)\n", "", "breaks"),
    ],
)
def test_an_edited_script_is_refused_where_it_was_edited(
    stored: Stored, file: str, old: str, new: str, about: str
) -> None:
    stored.edit(file, lambda text: text.replace(old, new, 1))
    found = stored.refusals(QUICK)
    assert len(found) == 1 and found[0].startswith(f"{file}: ") and about in found[0]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("method", "pdr", "comments are not those"),
        ("axioms", [], "the axioms in force are polite"),
        ("spec", "House", "the spec is Room, the certificate is of House"),
        ("digest", "0" * 64, "is not the one that was proved"),
        ("configuration", "big", "no configuration 'big'"),
        ("sizes", {"Guest": 1}, "is not what certificate.json means"),
        ("switches", {"polite": False}, "shout leads out of the invariant: nobody_is_loud"),
        ("switches", {"rude": False}, "does not fit the spec"),
        ("constants", {"fixed": {}, "open": []}, "not said to be fixed or open"),
        ("constants", {"fixed": {"member": 3}, "open": []}, "has no value"),
        ("constants", {"fixed": {}, "open": ["member", "colour"]}, "no constant 'colour'"),
        ("promises", [{"name": "nobody_is_loud", "kind": "action"}], "no promise 'nobody_is_loud' of kind action"),
        ("promises", [{"name": "no_deadlock", "kind": "always"}], "'no_deadlock' is not always promised"),
        ("promises", [], "is not what certificate.json means"),
        ("invariant", [{"property": "leaving_is_one_less"}], "no invariant 'leaving_is_one_less'"),
        ("invariant", [{"lemma": "nobody_is_loud"}], "no lemma 'nobody_is_loud'"),
        ("invariant", [{"clause": [["count", 0, [4]]], "text": ""}], "codes 0..3"),
        ("invariant", [], "safety.smt2: fails: a state breaks nobody_sits_in_the_dark"),
    ],
)
def test_an_edited_certificate_is_refused(stored: Stored, key: str, value: Any, message: str) -> None:
    stored.edit_json(lambda d: d.__setitem__(key, value))
    assert any(message in line for line in stored.refusals(QUICK))


def test_another_layout_of_the_same_json_is_refused(stored: Stored) -> None:
    stored.edit("certificate.json", lambda text: json.dumps(json.loads(text)))
    assert all("comments" in line for line in stored.refusals(QUICK))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_words_in_a_certificate_never_become_part_of_a_script(stored: Stored, end: str) -> None:
    """A certificate of something false, whose words try to end the comments that they stand in."""

    def scripts(word: str) -> dict[str, str]:
        def change(document: Any) -> None:
            document["invariant"] = [{"clause": [["count", 0, [0]]], "text": word}]
            document["configuration"] = document["spec"] = document["digest"] = word

        stored.edit_json(change)
        text = (stored.place / "certificate.json").read_bytes().decode()
        certificate = parse(text, "")
        made = derive(certificate, load(certificate.target), text).scripts
        return {name: script.text() for name, script in made.items()}

    plain, bad = scripts("nothing"), scripts(f"nothing{end}(assert false)")
    for name, text in bad.items():
        terms = [[line for line in t.splitlines() if not line.startswith(";")] for t in (plain[name], text)]
        assert terms[0] == terms[1] and "nothing" in text
        (stored.place / name).write_bytes(text.encode())
    assert any("fails: " in line for line in stored.refusals(QUICK))


# --- an edited spec -----------------------------------------------------------------------------------------------


def test_a_comment_in_the_spec_changes_no_obligation(movable: Stored) -> None:
    movable.spec.write_text(TEXT.replace("class Room", "# a note\nclass Room"))
    verified = movable.verify()
    assert [f.about for f in verified.findings if f.level == "refused"] == ["spec"]
    same = [f for f in verified.findings if f.level == "note"]
    assert {f.about for f in same if "means the same" in f.message} <= set(SCRIPTS)
    assert sum(1 for f in verified.findings if "questions are unsat" in f.message) == 3


def test_an_edit_that_keeps_the_proof_says_which_obligations_differ(movable: Stored) -> None:
    movable.spec.write_text(TEXT.replace("        self.light = True\n        return", "        return").replace(
        "        self.count += 1\n", "        self.light = True\n        self.count += 1\n"))  # fmt: skip
    verified = movable.verify()
    texts = [f"{f.level} {f.about}: {f.message}" for f in verified.findings]
    assert any(t.startswith("refused consecution.smt2: is not what") for t in texts)
    assert any(t.startswith("ok initiation.smt2: is what") or "note initiation.smt2" in t for t in texts)
    assert sum("questions are unsat" in t for t in texts) == 3 and not any("fails" in t for t in texts)


def test_an_edit_that_breaks_the_proof_names_what_breaks(movable: Stored) -> None:
    last = "if self.count == 0:\n            self.light"
    movable.spec.write_text(TEXT.replace(last, "if True:\n            self.light"))
    found = movable.refusals()
    assert any(
        line.startswith("consecution.smt2: fails: leave leads out of the invariant: nobody_sits") for line in found
    )


def test_an_edit_that_removes_a_promise_is_refused(movable: Stored) -> None:
    movable.spec.write_text(TEXT.replace("nobody_is_loud", "nobody_is_noisy"))
    found = movable.refusals()
    assert len(found) == 2 and "no promise 'nobody_is_loud'" in found[1]


def test_a_spec_that_is_gone_is_an_error_with_a_hint(movable: Stored) -> None:
    moved = movable.spec.with_name("elsewhere") / "room.py"
    moved.parent.mkdir()
    movable.spec.rename(moved)
    with pytest.raises(RequestError, match="hint: name the spec with --spec"):
        movable.verify()
    assert verify(movable.place, target=str(moved), checks=QUICK).level == "ok"


# --- solvers ------------------------------------------------------------------------------------------------------


def test_a_solver_that_gives_up_is_not_believed(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(script: str, seconds: float) -> list[str]:
        answers = solve(script, seconds)
        return answers[:1] + ["unknown"] * (len(answers) - 1)

    solve = certificate_solve.z3_answers
    monkeypatch.setattr(certificate_solve, "z3_answers", lazy)
    verified = stored.verify(QUICK)
    assert verified.level == "unknown"
    assert any("Z3 does not say whether it holds: " in f.message for f in verified.findings)


def test_a_solver_that_dies_is_not_believed(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_solve, "z3_answers", lambda script, seconds: [])
    assert stored.verify(QUICK).level in ("refused", "unknown")


def test_a_solver_that_says_sat_is_believed(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    other = ("other", lambda script, seconds: ["unsat", "sat"])
    monkeypatch.setattr(certificate_solve, "cvc5_solver", lambda: other)
    found = stored.refusals(Checks(seconds=20, cvc5_seconds=1, runs=0, needed=False))
    assert any("other: fails: " in line for line in found)


def test_a_second_solver_that_is_slow_is_only_noted(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_solve, "cvc5_solver", lambda: ("other", lambda script, seconds: ["unsat"]))
    verified = stored.verify(Checks(seconds=20, cvc5_seconds=1, runs=0, needed=False))
    assert verified.level == "ok" and any("took too long" in f.message for f in verified.findings)


@pytest.mark.skipif(
    importlib.util.find_spec("cvc5") is None and shutil.which("cvc5") is None, reason="cvc5 is not installed"
)
def test_cvc5_agrees(written: Stored) -> None:
    verified = written.verify(Checks(seconds=20, cvc5_seconds=60, runs=0, needed=False))
    assert sum("cvc5" in f.message and "are unsat" in f.message for f in verified.findings) == 3


def test_an_encoder_that_is_wrong_is_noticed(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "disable_if", lambda self, test: None)
    found = stored.refusals(Checks(seconds=20, cvc5_seconds=0, runs=60, needed=False))
    assert any("the encoder is wrong" in line for line in found)


def test_no_initial_state_is_no_proof(tmp_path: Path) -> None:
    text = TEXT.replace("    @ioctl\n    def sit", '    @assume\n    def never(self) -> bool:\n        return False\n\n'
                        "    @ioctl\n    def sit", 1)  # fmt: skip
    stored = certify(tmp_path, text=text)
    assert any("no initial state" in line for line in stored.refusals(QUICK))


@pytest.mark.slow
def test_shipped_proofs_are_certified(tmp_path: Path) -> None:
    """What induction with the spec's own lemmas proves of the two smallest configurations."""
    machine = load("dma_ownership")
    for instance in instances(machine, Settings()):
        if instance.configuration not in ("core", "members"):
            continue
        finite = ground(machine, instance.sizes, instance.switches)
        constants = constant_choices(finite, instance.constants)[0]
        kinds = ("invariant", "action", "during")
        promises = [p.name for p in finite.properties if p.kind in kinds]
        promises += ["bounds_are_kept", "no_warnings", "refused_calls_change_nothing"]
        lemmas = [p.name for p in finite.properties if p.kind == "lemma"]
        place = write_certificates(
            tmp_path, machine, "dma_ownership", instance, finite, constants, promises, lemmas, (), "induction"
        )
        verified = verify(place, checks=FULL)
        assert verified.level == "ok", verified.findings
