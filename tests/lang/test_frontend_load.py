"""What `load` makes of a correct text: names, order, docs, provenance, settings, files and fingerprints."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import spec.lang
from spec.lang.frontend import Resolver, load
from spec.lang.ir import Compare, EnumLit, Lit, SwitchRead
from spec.lang.machine import Provenance, Role
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL, EnumType, Extent, IntType, MapType, OptionType, SortType
from spec.lang.words import ERRNOS, LANGUAGE
from tests.lang.frontend_tools import DOOR, load_text, place, write


def test_the_parts_of_a_machine(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    assert ("Door", "case", str(tmp_path / "case.py")) == (machine.name, machine.module, machine.file)
    assert machine.title == "A door that one key at a time may open."
    assert machine.doc.endswith("More about it.")
    assert Role("machine") == machine.role
    assert machine.bases == ()
    assert list(machine.switches) == ["era", "creaks", "sound"]
    assert list(machine.constants) == ["master"]
    assert list(machine.fields) == ["holder", "opened"]
    assert list(machine.actions) == ["open", "close"]
    assert list(machine.properties) == ["held_means_opened", "opening_counts"]
    assert machine.initial is None
    assert list(machine.sorts) == ["Key"]
    assert list(machine.enums) == ["Era"]
    assert machine.records == {}
    assert {machine.file} == set(machine.texts)


def test_types_defaults_and_docs_of_variables(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    holder, opened = machine.fields.values()
    assert OptionType(SortType("Key")) == holder.type
    assert holder.doc == "who opened it"
    assert IntType(Extent(0), Extent(2)) == opened.type
    assert opened.doc == "How often it was opened."
    assert MapType((SortType("Key"),), BOOL) == machine.constants["master"].type
    creaks, sound = machine.switches["creaks"], machine.switches["sound"]
    era = EnumType("Era")
    assert Compare(BOOL, BUILTIN, ">=", SwitchRead(era, BUILTIN, "era"), EnumLit(era, BUILTIN, "E2")) == creaks.default
    assert (sound.axiom, creaks.axiom) == (True, False)
    assert Lit(BOOL, BUILTIN, True) == sound.default


def test_settings(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    assert {"old": {"era": EnumLit(EnumType("Era"), BUILTIN, "E1")}} == machine.profiles
    one = machine.configurations["one"]
    assert (one.doc, one.sizes, one.constants) == ("A single key.", {"Key": 1}, {"master": None})
    assert {"creaks": Lit(BOOL, BUILTIN, False)} == one.switches


def test_without_configurations_there_is_a_default(tmp_path: Path) -> None:
    machine = load_text(tmp_path, "class D(Spec):\n    n: bool = False\n")
    assert list(machine.configurations) == ["default"]
    assert (
        machine.configurations["default"].sizes,
        machine.configurations["default"].switches,
        machine.configurations["default"].constants,
    ) == ({}, {}, {})


def test_sites_are_numbered_in_text_order(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    assert [site.reason for site in machine.sites] == ["", "held", "worn", "stuck"]
    assert (machine.sites[0].kind, machine.sites[0].span) == ("done", BUILTIN)
    span = machine.sites[1].span
    assert place(DOOR, 'refuse(EBUSY, "held")') == (span.line, span.col)
    assert machine.file == span.file


def test_functions_are_those_that_are_reached(tmp_path: Path) -> None:
    text = DOOR + "\n    def idle(self) -> Outcome:\n        return refuse(EIO, 'never')\n"
    machine = load_text(tmp_path, text)
    assert {"Door.open", "Door.take", "Door.close"} <= set(machine.functions)
    assert "Door.idle" not in machine.functions
    assert "never" not in [site.reason for site in machine.sites]
    assert load_text(tmp_path, DOOR).functions == machine.functions


def test_actions_and_their_provenance(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    action = machine.actions["open"]
    assert (action.kind, action.function, action.doc) == ("ioctl", "Door.open", "Open it.")
    assert Provenance("read", "door.c:open()") == action.provenance
    assert Provenance("read", "door.c:open()") == machine.functions["Door.open"].provenance
    assert [p.name for p in machine.functions["Door.open"].params] == ["k"]
    assert [p.name for p in machine.functions["Door.open"].choices] == ["stuck"]
    assert machine.actions["close"].kind == "kernel"


def test_properties_and_their_premises(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR)
    held, counts = machine.properties.values()
    assert (held.kind, held.on, held.premise) == ("invariant", (), "Door.held_means_opened__premise")
    assert (counts.kind, counts.on) == ("action", ("open",))
    assert counts.premise == counts.function + "__premise"
    assert {held.premise, counts.premise, held.function, counts.function} <= set(machine.functions)
    assert [p.name for p in machine.functions[counts.function].params] == ["outcome", "k"]


# --- files ---


def test_siblings_relative_imports_and_reexports(tmp_path: Path) -> None:
    write(tmp_path, DOOR, "door.py")
    write(tmp_path, "from .door import Key as K, Door\nLIMIT = 1\n", "again.py")
    text = """
    from again import Door as Base, K, LIMIT
    class Door(Base):
        spare: K | None = None
        m: Annotated[int, Bounds(0, LIMIT)] = LIMIT
        def take(self, k: K) -> None:
            super().take(k)
    """
    machine = load_text(tmp_path, text)
    assert machine.bases == ("Door",)
    assert list(machine.sorts) == ["Key"]
    assert OptionType(SortType("Key")) == machine.fields["spare"].type
    assert {"Door.take", "door.Door.take"} <= set(machine.functions)
    assert {str(tmp_path / n) for n in ("case.py", "again.py", "door.py")} == set(machine.texts)


def test_one_file_reached_by_two_names_is_one_module(tmp_path: Path) -> None:
    write(tmp_path, "class Key(Sort, size=2): 'x'\n", "pack/keys.py")
    write(tmp_path, "from .keys import Key\nclass A(Spec):\n    k: Key | None = None\n", "pack/a.py")
    text = "from pack.a import A\nfrom pack.keys import Key\nclass B(A):\n    m: Key | None = None\n"
    machine = load_text(tmp_path, text)
    assert list(machine.sorts) == ["Key"]
    assert machine.fields["k"].type == machine.fields["m"].type


def test_two_sorts_of_one_name_stay_apart(tmp_path: Path) -> None:
    write(tmp_path, DOOR, "door.py")
    text = "from door import Door\nclass Key(Sort, size=3): 'Another.'\nclass B(Door):\n    m: Key | None = None\n"
    machine = load_text(tmp_path, text)
    assert {name: decl.size for name, decl in machine.sorts.items()} == {"Key": 3, "door.Key": 2}
    assert OptionType(SortType("door.Key")) == machine.fields["holder"].type
    assert OptionType(SortType("Key")) == machine.fields["m"].type


def test_only_the_types_in_use_are_in_the_machine(tmp_path: Path) -> None:
    text = "class Unused(Sort): 'x'\nclass Also(Record):\n    u: Unused\nclass D(Spec):\n    n: bool = False\n"
    machine = load_text(tmp_path, text)
    assert (machine.sorts, machine.enums, machine.records) == ({}, {}, {})


def test_targets_by_dotted_name_and_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, DOOR + "\nclass Variant(Door): 'x'\n", "pack/doors.py")
    monkeypatch.chdir(tmp_path)
    assert (load("pack.doors:Variant").name, load("pack.doors:Variant").module) == ("Variant", "pack.doors")
    by_path = load("pack/doors.py:Door")
    assert os.path.join("pack", "doors.py") == by_path.file
    assert by_path.digest == load(str(tmp_path / "pack" / "doors.py:Door")).digest


def test_the_fingerprint_follows_the_texts_and_the_class(tmp_path: Path) -> None:
    write(tmp_path, DOOR, "door.py")
    text = "from door import Door\nclass B(Door): 'x'\n"
    before = load_text(tmp_path, text).digest
    assert before == load_text(tmp_path, text).digest
    assert before != load_text(tmp_path, text + "class C(Door): 'x'\n", "B").digest
    assert load_text(tmp_path, text + "class C(Door): 'x'\n", "B").digest != load_text(
        tmp_path, text + "class C(Door): 'x'\n", "C"
    ).digest
    write(tmp_path, DOOR + "# changed\n", "door.py")
    assert before != load_text(tmp_path, text).digest


def test_a_text_with_a_mark_and_other_line_ends(tmp_path: Path) -> None:
    path = Path(write(tmp_path, DOOR))
    plain = load(str(path))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert plain.functions == load(str(path)).functions


def test_imports_for_tools_are_left_alone(tmp_path: Path) -> None:
    text = "if TYPE_CHECKING:\n    import os\n    from collections.abc import Sequence\n" + DOOR.strip()
    assert load_text(tmp_path, text).name == "Door"


def test_the_class_of_the_files_name_is_meant(tmp_path: Path) -> None:
    path = write(tmp_path, DOOR + "\nclass IOMap(Door): 'x'\n", "io_map.py")
    assert load(path).name == "IOMap"


def test_the_words_are_those_of_the_language() -> None:
    assert set(spec.lang.__all__) == LANGUAGE - {"TYPE_CHECKING"} | ERRNOS


def test_a_long_spec_loads_quickly(tmp_path: Path) -> None:
    copies = 40
    actions = DOOR[DOOR.index("    @ioctl") : DOOR.index("    @action_property")]
    names = ("open", "take", "close", "held_means_opened")
    body = ""
    for number in range(copies):
        part = actions
        for name in names:
            for before in ("def ", "self."):
                part = part.replace(f"{before}{name}(", f"{before}{name}_{number}(")
        body += part
    text = DOOR + "\n" + body
    assert text.count("\n") > 1000
    path = write(tmp_path, text)
    load(path)
    start = time.process_time()
    machine = load(path)
    assert time.process_time() - start < 1.0
    assert 2 + 2 * copies == len(machine.actions)


def test_a_link_is_the_file_it_leads_to(tmp_path: Path) -> None:
    root = tmp_path / "lib"
    path = write(root, DOOR, "spec/uapi/door.py")
    os.symlink(path, tmp_path / "link.py")
    machine = load(str(tmp_path / "link.py"), resolver=Resolver(root=root))
    assert (machine.module, machine.file) == ("spec.uapi.door", "spec/uapi/door.py")


def test_the_doc_of_a_variable_may_stand_above_it(tmp_path: Path) -> None:
    text = """
    class D(Spec):
        # Who has it,
        # if anybody.
        a: bool = False
        b: bool = False
        c: Annotated[
            int, Bounds(0, 3)
        ] = 0  # how many
        # Above.
        d: bool = False  # Behind.
        "Below, in\\n    two lines."
    """
    docs = [decl.doc for decl in load_text(tmp_path, text).fields.values()]
    assert docs == ["Who has it, if anybody.", "", "how many", "Below, in two lines."]
