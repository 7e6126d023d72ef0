"""Inheritance and edits: what the final class makes of the text of its bases."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.lang.ir import Lit
from spec.lang.machine import Availability, Provenance, Role
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL
from tests.lang.frontend_tools import DOOR, load_text, place

VARIANT = """
class Loud(Spec):
    shouts: bool = False

    @kernel
    def shout(self) -> None:
        require(not self.shouts)
        self.shouts = True

class Variant(Door, Loud):
    "Two may hold it."
    creaks: Switch[bool] = False
    extra: bool = False

    def take(self, k: Key) -> None:
        super().take(k)
        self.extra = True

    def close(self) -> None:
        require(self.extra)
        self.holder = None

    @since(Era.E2)
    @when("sound")
    def held_means_opened(self) -> bool:
        return True

    @invariant
    def quiet(self) -> bool:
        return not self.extra or self.shouts
"""


def test_overrides_keep_their_place_and_their_decorator(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR + VARIANT, "Variant")
    assert machine.bases == ("Door", "Loud")
    assert list(machine.fields) == ["shouts", "holder", "opened", "extra"]
    assert list(machine.actions) == ["shout", "open", "close"]
    assert list(machine.properties) == ["held_means_opened", "opening_counts", "quiet"]
    assert list(machine.switches) == ["era", "creaks", "sound"]
    assert Lit(BOOL, BUILTIN, False) == machine.switches["creaks"].default
    assert (machine.actions["close"].kind, machine.actions["close"].function) == ("kernel", "Variant.close")
    held = machine.properties["held_means_opened"]
    assert ("invariant", Availability("E2", None, ("sound",), ())) == (held.kind, held.availability)
    assert list(machine.configurations) == ["one"]


def test_inherited_text_calls_the_lowest_override_and_super_the_next(tmp_path: Path) -> None:
    machine = load_text(tmp_path, DOOR + VARIANT, "Variant")
    assert list(machine.functions)[1:4] == ["Door.open", "Variant.take", "Door.take"]
    assert "Door.close" not in machine.functions
    own = load_text(tmp_path, DOOR + VARIANT, "Door")
    assert "Variant.take" not in own.functions


def test_super_follows_the_final_class_through_a_mixin(tmp_path: Path) -> None:
    text = """
    class Base(Spec):
        n: Annotated[int, Bounds(0, 9)] = 0
        @kernel
        def go(self) -> None:
            self.n = 1
    class Left(Base):
        def go(self) -> None:
            super().go()
    class Right(Base):
        def go(self) -> None:
            super().go()
    class Both(Left, Right): "x"
    """
    assert list(load_text(tmp_path, text, "Both").functions) == ["Left.go", "Right.go", "Base.go"]
    assert list(load_text(tmp_path, text, "Left").functions) == ["Left.go", "Base.go"]


def test_an_override_has_the_provenance_of_its_base_unless_it_has_its_own(tmp_path: Path) -> None:
    text = DOOR + """
class A(Door):
    def open(self, k: Key) -> Outcome:
        return DONE
class B(A):
    @hardware(cites="x")
    def open(self, n: Annotated[int, Bounds(0, 3)]) -> None:
        pass
    opening_counts = None
"""
    a, b = load_text(tmp_path, text, "A"), load_text(tmp_path, text, "B")
    assert ("ioctl", Provenance("read", "door.c:open()")) == (a.actions["open"].kind, a.actions["open"].provenance)
    assert ("hardware", Provenance("guessed", "x")) == (b.actions["open"].kind, b.actions["open"].provenance)
    assert list(b.actions) == ["open", "close"]
    assert "opening_counts" not in b.properties


def test_edits_make_functions_of_the_variant_with_places_of_the_base(tmp_path: Path) -> None:
    text = DOOR + """
@proposal("P1", status="rejected", breaks=("held_means_opened",), cites="list")
class Lax(Door):
    "No check."
    open = Door.open.without("held").with_errno("worn", EACCES).checking_first("stuck")
"""
    machine = load_text(tmp_path, text, "Lax")
    assert Role("proposal", "P1", ("held_means_opened",), "rejected", "list") == machine.role
    assert machine.actions["open"].function == "Lax.open"
    assert Provenance("read", "door.c:open()") == machine.actions["open"].provenance
    assert [(s.errno, s.reason) for s in machine.sites[1:]] == [("EIO", "stuck"), ("EACCES", "worn")]
    assert place(text, 'refuse(EPERM, "worn")') == (machine.sites[2].span.line, machine.sites[2].span.col)


def test_an_edit_and_its_original_are_two_sites(tmp_path: Path) -> None:
    text = DOOR + """
class A(Door):
    open = Door.open.with_errno("worn", EACCES)
class B(A):
    def open(self, k: Key) -> Outcome:
        return super().open(k)
class C(B):
    also = Door.open
"""
    assert [
        (s.errno, s.reason) for s in load_text(tmp_path, text, "C").sites[1:]
    ] == [("EBUSY", "held"), ("EACCES", "worn"), ("EIO", "stuck"), ("EPERM", "worn")]


def test_dropped_properties_are_gone_and_can_come_back(tmp_path: Path) -> None:
    text = DOOR + """
class A(Door):
    held_means_opened = None
class B(A):
    @goal
    def held_means_opened(self) -> bool:
        return True
"""
    assert list(load_text(tmp_path, text, "A").properties) == ["opening_counts"]
    assert load_text(tmp_path, text, "B").properties["held_means_opened"].kind == "goal"


@pytest.mark.parametrize("word", ["invariant", "goal", "final", "boundary", "assume", "lemma", "during"])
def test_every_kind_of_property(tmp_path: Path, word: str) -> None:
    text = f"class D(Spec):\n    n: bool = False\n    @{word}\n    def p(self) -> bool:\n        return True\n"
    machine = load_text(tmp_path, text)
    assert word == machine.properties["p"].kind


def test_initial_abstract_helper_and_pure(tmp_path: Path) -> None:
    text = """
    @pure
    def twice(n: Annotated[int, Bounds(0, 3)]) -> int:
        return n + n

    @abstract
    class Part(Spec):
        n: Annotated[int, Bounds(0, 9)] = 0

        @initial
        def boot(self, *, low: bool) -> None:
            self.n = twice(1) if low else self.three()

        @pure
        def three(self) -> int:
            return 3

        @helper
        def bump(self) -> None:
            self.n = 0

    class Whole(Part):
        @kernel
        def go(self) -> None:
            self.bump()
    """
    machine = load_text(tmp_path, text)
    assert (machine.name, machine.initial) == ("Whole", "Part.boot")
    assert {"Part.boot", "twice", "Part.three", "Part.bump", "Whole.go"} == set(machine.functions)


def test_an_override_keeps_its_availability_unless_it_has_its_own(tmp_path: Path) -> None:
    text = DOOR.replace("    @kernel\n", '    @kernel\n    @until(Era.E2)\n    @unless("sound")\n') + """
class A(Door):
    def close(self) -> None:
        self.holder = None
class B(A):
    @since(Era.E2)
    def close(self) -> None:
        pass
"""
    assert load_text(tmp_path, text, "A").actions["close"].availability == Availability(None, "E2", (), ("sound",))
    assert load_text(tmp_path, text, "B").actions["close"].availability == Availability("E2")
