"""The shipped specs: found by listing, never imported; short names; a tree of its own stands in for the package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spec.lang.catalogue import PROMISES, Entry, catalogue, short_name
from spec.lang.errors import RequestError, SpecError
from spec.lang.frontend import Resolver, load
from spec.lang.process_points import NO_LOCK_CYCLE
from tests.lang.frontend_tools import DOOR, write

HISTORY = """
from spec.uapi.door import Door

@history("B7", breaks=("held_means_opened",))
class ForgetsTheKey(Door):
    "Forgets who holds it."
    def take(self, k: Key) -> None:
        self.opened += 1
"""


def tree(root: Path) -> Resolver:
    write(root, "", "spec/__init__.py")
    write(root, "raise RuntimeError\n", "spec/uapi/history/__init__.py", header='"""Nothing."""\n')
    write(root, DOOR + "\n@abstract\nclass Half(Door): 'Half.'\n", "spec/uapi/door.py")
    write(root, HISTORY.replace("import Door", "import Door, Key"), "spec/uapi/history/forgets_the_key.py")
    (root / "spec/uapi/history/__init__.py").write_text('"""Nothing."""\n')
    return Resolver(root=root)


@pytest.mark.parametrize(
    ("module", "cls", "expected"),
    [
        ("spec.uapi.dma_ownership", "DmaOwnership", "dma_ownership"),
        ("spec.uapi.dma_ownership", "DMAOwnership", "dma_ownership"),
        ("spec.uapi.history.vfio", "HotAddSkipsAttach", "hot_add_skips_attach"),
        ("spec.uapi.history.vfio", "HWInfo", "hw_info"),
        ("spec.uapi.migration_v1", "MigrationV1", "migration_v1"),
    ],
)
def test_short_names(module: str, cls: str, expected: str) -> None:
    assert expected == short_name(module, cls)


def test_the_catalogue_describes_every_shipped_spec(tmp_path: Path) -> None:
    door, forgets = catalogue(tree(tmp_path))
    assert (
        door.name, door.module, door.class_name, door.kind, door.base,
    ) == ("door", "spec.uapi.door", "Door", "base", "")  # fmt: skip
    assert door.title == "A door that one key at a time may open."
    assert (forgets.name, forgets.kind, forgets.id, forgets.base) == ("forgets_the_key", "history", "B7", "Door")
    assert forgets.breaks == ("held_means_opened",)
    assert forgets.properties == ("held_means_opened", "opening_counts")
    assert "spec.uapi.door" not in sys.modules


def test_short_names_load(tmp_path: Path) -> None:
    machine = load("forgets_the_key", resolver=tree(tmp_path))
    assert (
        machine.module, machine.file,
    ) == ("spec.uapi.history.forgets_the_key", "spec/uapi/history/forgets_the_key.py")  # fmt: skip
    assert {"spec/uapi/history/forgets_the_key.py", "spec/uapi/door.py"} == set(machine.texts)
    assert machine.role.kind == "history"
    assert load("door", resolver=tree(tmp_path)).role.kind == "base"


def test_a_shipped_file_has_one_name_however_it_is_reached(tmp_path: Path) -> None:
    resolver = tree(tmp_path)
    by_path = load(str(tmp_path / "spec/uapi/door.py:Door"), resolver=resolver)
    assert load("door", resolver=resolver) == by_path
    assert by_path == load("spec.uapi.door:Door", resolver=resolver)
    assert by_path.file == "spec/uapi/door.py"


def test_a_spec_outside_extends_a_shipped_one(tmp_path: Path) -> None:
    resolver = tree(tmp_path / "lib")
    path = write(tmp_path / "mine", "from spec.uapi.door import Door\nclass Mine(Door): 'x'\n", "mine.py")
    machine = load(path, resolver=resolver)
    assert (machine.role.kind, machine.bases) == ("machine", ("Door",))
    assert {"spec/uapi/door.py", path} == set(machine.texts)


def test_an_unknown_shipped_module_has_the_nearest(tmp_path: Path) -> None:
    resolver = tree(tmp_path / "lib")
    path = write(tmp_path / "mine", "from spec.uapi.dor import Door\nclass Mine(Door): 'x'\n", "mine.py")
    with pytest.raises(SpecError) as caught:
        load(path, resolver=resolver)
    assert caught.value.problems[0].hint == "did you mean 'spec.uapi.door'?"


def test_an_unknown_short_name_has_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="did you mean 'door'"):
        load("dor", resolver=tree(tmp_path))


def test_an_ambiguous_short_name_is_told(tmp_path: Path) -> None:
    resolver = tree(tmp_path)
    write(tmp_path, DOOR, "spec/uapi/other.py")
    with pytest.raises(RequestError, match=r"spec\.uapi\.door:Door, spec\.uapi\.other:Door"):
        load("door", resolver=resolver)
    with pytest.raises(SpecError) as caught:
        catalogue(resolver)
    assert caught.value.problems[0].code == "duplicate-name"


def test_a_prefix_stands_before_every_file_name(tmp_path: Path) -> None:
    tree(tmp_path)
    machine = load("forgets_the_key", resolver=Resolver(root=tmp_path, prefix="v1:"))
    assert {"v1:spec/uapi/history/forgets_the_key.py", "v1:spec/uapi/door.py"} == set(machine.texts)
    assert machine.file.startswith("v1:")


def check_shipped(entries: list[Entry]) -> None:
    for entry in entries:
        machine = load(entry.name)
        assert machine.name == entry.class_name
        promised = [p.name for p in machine.properties.values() if p.kind in PROMISES and p.name != NO_LOCK_CYCLE]
        assert tuple(promised) == entry.properties


def test_one_of_each_kind_that_ships_can_be_loaded() -> None:
    check_shipped(list({entry.kind: entry for entry in catalogue(Resolver())}.values()))


@pytest.mark.slow
def test_everything_that_ships_can_be_loaded() -> None:
    check_shipped(catalogue(Resolver()))
