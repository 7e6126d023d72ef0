"""Mistakes in the declarations of a spec class: bases, decorators, edits, settings, names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lang.frontend_tools import DOOR, load_text, only_problem, place, problems_of

ERA = "class Era(OrderedEnum): E1 = auto(); E2 = auto()\nclass Plain(Enum): A = auto()\n"


def method(decorator: str, name: str = "f", returns: str = "bool", body: str = "return True") -> str:
    return f"    {decorator}\n    def {name}(self) -> {returns}:\n        {body}\n"


def body(text: str, base: str = "Spec", head: str = "") -> str:
    return f"{ERA}{head}class Case({base}):\n    on: Switch[bool] = False\n    n: bool = False\n{text}"


def variant(text: str, head: str = "") -> str:
    return f"{DOOR.strip()}\n\n{head}class Variant(Door):\n    'x'\n{text}"


def check(tmp_path: Path, text: str, code: str, needle: str, hint: str, cls: str) -> None:
    problem = only_problem(tmp_path, text, cls)
    assert (code, place(text, needle)) == (problem.code, (problem.span.line, problem.span.col))
    assert hint in problem.hint


# --- bases ---


@pytest.mark.parametrize(
    ("text", "code", "needle", "hint"),
    [
        ("class Door(Spec): 'x'\nclass C(Dor): 'x'\n", "unknown-base", "Dor)", "did you mean 'Door'?"),
        ("class K(Sort): 'x'\nclass C(K): 'x'\n", "bad-base", "K):", "declared at"),
        ("class C(D): 'x'\nclass D(Spec): 'x'\n", "unknown-base", "D): 'x'\nclass D", ""),
        ("class C(C): 'x'\n", "unknown-base", "C): ", ""),
        ("class D(Spec): 'x'\nclass C(D, D): 'x'\n", "bad-base", "D): ", ""),
        ("class A(Spec): 'x'\nclass B(A): 'x'\nclass C(A, B): 'x'\n", "inconsistent-bases", "class C", "before"),
    ],
)
def test_bases(tmp_path: Path, text: str, code: str, needle: str, hint: str) -> None:
    check(tmp_path, text, code, needle, hint, "C")


# --- decorators ---


@pytest.mark.parametrize(
    ("text", "code", "needle", "hint"),
    [
        (method("@invarient"), "unknown-decorator", "invarient", "did you mean 'invariant'?"),
        (method("@staticmethod"), "unknown-decorator", "staticmethod", ""),
        (method("@mod.invariant"), "unknown-decorator", "mod.invariant", ""),
        (method("@invariant\n    @goal"), "two-kinds", "goal", "keep one"),
        (method("@invariant(3)"), "bad-argument", "3)", ""),
        (method('@invariant(any_order=("a",))'), "unknown-argument", "any_order", ""),
        (method("@kernel(site='x')", returns="None", body="pass"), "unknown-argument", "site=", ""),
        (method("@kernel(sure='red')", returns="None", body="pass"), "unknown-sureness", "'red'", "'read'"),
        (method("@kernel(cites=3)", returns="None", body="pass"), "bad-argument", "3)", ""),
        (method("@action_property(3)"), "bad-argument", "3)", ""),
        (method("@invariant\n    @since"), "bad-decorator", "since", "@since(Era.E2)"),
        (method("@invariant\n    @since(E1)"), "bad-argument", "E1)", "Era.E2"),
        (method("@invariant\n    @when('no')"), "unknown-switch", "'no'", ""),
        (method("@invariant\n    @when('om')"), "unknown-switch", "'om'", "known: on"),
        (method("@invariant\n    @when(on)"), "bad-argument", "on)\n", ""),
        (method("@invariant\n    @since(Era.E2)"), "no-era", "Era.E2", "Switch[Era]"),
        (method("@invariant\n    @since(Ero.E2)"), "unknown-name", "Ero.E2", "did you mean 'Era'?"),
        (method("@invariant\n    @since(Era.E9)"), "no-attribute", "Era.E9", "known: E1, E2"),
        (method("@invariant\n    @since(Plain.A)"), "no-era", "Plain.A", "OrderedEnum"),
        (method("@action_property('nme')"), "unknown-action", "'nme'", ""),
    ],
)
def test_decorators_of_methods(tmp_path: Path, text: str, code: str, needle: str, hint: str) -> None:
    check(tmp_path, body(text), code, needle, hint, "")


@pytest.mark.parametrize(
    ("head", "code", "needle", "hint"),
    [
        ("@histroy('B1')\n", "unknown-decorator", "histroy", "did you mean 'history'?"),
        ("@history\n", "bad-decorator", "history", 'write `@history("X1"'),
        ("@history(3)\n", "bad-argument", "3)", ""),
        ("@history('B1')\n@proposal('P1')\n", "two-roles", "proposal", ""),
        ("@history('B1', broke=())\n", "unknown-argument", "broke", "known: breaks"),
        ("@history('B1', breaks=('nn',))\n", "unknown-property", "'nn'", ""),
        ("@history('B1', breaks=(nn,))\n", "bad-argument", "nn,", ""),
        ("@invariant\n", "unknown-decorator", "invariant\n", ""),
    ],
)
def test_decorators_of_classes(tmp_path: Path, head: str, code: str, needle: str, hint: str) -> None:
    check(tmp_path, body("", head=head), code, needle, hint, "")


def test_an_action_property_about_an_unknown_action_has_the_nearest(tmp_path: Path) -> None:
    text = variant("    @action_property('opn')\n    def p(self) -> bool:\n        return True\n")
    check(tmp_path, text, "unknown-action", "'opn'", "did you mean 'open'?", "Variant")


def test_an_unknown_reason_in_any_order(tmp_path: Path) -> None:
    text = DOOR.replace('sure="read")', 'sure="read", any_order=("held", "stuk"))')
    check(tmp_path, text, "unknown-reason", '"stuk"', "did you mean 'stuck'?", "")


# --- bodies ---


@pytest.mark.parametrize(
    ("line", "code", "needle"),
    [
        ("    x = 3\n", "not-a-member", "x = 3"),
        ("    x = f()\n", "not-a-member", "x = f()"),
        ("    print(1)\n", "not-a-member", "print"),
        ("    class Inner(Sort): 'x'\n", "not-a-member", "class Inner"),
        ("    async def f(self): ...\n", "not-a-member", "async"),
        ("    m: bool\n", "no-value", "m: bool"),
        ("    m: Switch[bool]\n", "no-value", "m: Switch"),
        ("    m: Constant[bool]\n", "no-value", "m: Constant"),
        ("    m: Switch = True\n", "bad-type", "Switch = True"),
        ("    m: Switch[int] = 1\n", "bad-type", "int]"),
        ("    m: int = 1\n", "not-finite", "int = 1"),
        ("    m: bool = field()\n", "bad-argument", "field()"),
        ("    m: bool = field(True, sinc=Era.E1)\n", "unknown-argument", "sinc"),
        ("    m: bool = field(True, since=Era.E1)\n", "no-era", "Era.E1"),
        ("    m: bool = field(True, when='off')\n", "unknown-switch", "'off'"),
        ("    m: Switch[bool] = field(True)\n", "bad-argument", "field(True)"),
        ("    profiles = 3\n", "bad-argument", "3\n"),
        ("    profiles = {}\n    profiles = {1: 2}\n", "duplicate-name", "profiles = {1"),
        ("    profiles = {'a': configuration()}\n", "bad-argument", "configuration()"),
        ("    profiles = {'a': profile(), 'a': profile(on=True)}\n", "duplicate-name", "'a': profile(on"),
        ("    profiles = {'a': profile(om=True)}\n", "unknown-switch", "om=True"),
        ("    profiles = {'a': profile('om')}\n", "bad-argument", "'om'"),
        ("    configurations = {'a': configuration('x', Kay=1)}\n", "unknown-setting", "Kay"),
        ("    configurations = {'a': configuration('x', om=True)}\n", "unknown-setting", "om=True"),
        ("    configurations = {'a': configuration('x', 'y')}\n", "bad-argument", "'x'"),
        ("    configurations = {'a': profile()}\n", "bad-argument", "profile()"),
        ("    configurations = {**other}\n", "bad-argument", "other"),
    ],
)
def test_bodies(tmp_path: Path, line: str, code: str, needle: str) -> None:
    check(tmp_path, body(line), code, needle, "", "")


@pytest.mark.parametrize(
    ("setting", "code", "hint"),
    [
        ("Kye=2", "unknown-setting", "did you mean 'Key'?"),
        ("creeks=True", "unknown-setting", "did you mean 'creaks'?"),
        ("mastre=every()", "unknown-setting", "did you mean 'master'?"),
        ("holder=None", "unknown-setting", ""),
        ("Key=0", "bad-size", ""),
        ("Key=True", "bad-size", ""),
        ("Key='2'", "bad-size", ""),
    ],
)
def test_settings_of_configurations(tmp_path: Path, setting: str, code: str, hint: str) -> None:
    text = variant(f"    configurations = {{'a': configuration({setting})}}\n")
    problem = only_problem(tmp_path, text, "Variant")
    assert code == problem.code
    assert hint in problem.hint
    assert place(text, f"configuration({setting}")[0] == problem.span.line


def test_an_unknown_switch_of_a_profile_has_the_nearest(tmp_path: Path) -> None:
    text = variant("    profiles = {'a': profile(eta=Era.E1)}\n")
    check(tmp_path, text, "unknown-switch", "eta", "did you mean 'era'?", "Variant")


def test_two_switches_of_one_era(tmp_path: Path) -> None:
    text = variant("    other: Switch[Era] = Era.E1\n")
    check(tmp_path, text, "two-eras", "other: Switch", "keep one", "Variant")


# --- edits and overrides ---


@pytest.mark.parametrize(
    ("line", "code", "needle", "hint"),
    [
        ("open = Door.open.without('hold')", "bad-edit", "Door.open.without", "did you mean 'held'?"),
        ("open = Door.open.without('held').with_errno('held', EIO)", "bad-edit", "Door.open.without", "known: "),
        ("open = Door.open.with_errno('worn', EWHAT)", "bad-edit", "EWHAT", ""),
        ("open = Door.open.with_errno('worn')", "bad-edit", "Door.open", "with_errno"),
        ("open = Door.open.checking_last('worn')", "bad-edit", "Door.open.checking_last", "did you mean"),
        ("open = Door.opn.without('held')", "unknown-method", "open = Door.opn", "did you mean 'open'?"),
        ("open = Dor.open.without('held')", "unknown-base", "open = Dor", "did you mean 'Door'?"),
        ("open = Variant.open.without('held')", "bad-edit", "open = Variant", "Door"),
        ("open = Stranger.open", "bad-edit", "open = Stranger", "Door"),
        ("open = f().open.without('held')", "bad-edit", "f().open", "Base.open"),
        ("no_such = None", "unknown-property", "no_such = None", ""),
        ("held_means_opend = None", "unknown-property", "held_means_opend", "did you mean 'held_means_opened'?"),
        ("open = None", "bad-drop", "open = None", "override"),
        ("take = None", "bad-drop", "take = None", ""),
        ("opened = None", "bad-drop", "opened = None", ""),
        ("creaks = False", "not-a-member", "creaks = False", "creaks: Type"),
        ("creaks: bool = False", "changed-kind", "creaks: bool", ""),
        ("take: bool = False", "changed-kind", "take: bool", ""),
    ],
)
def test_edits(tmp_path: Path, line: str, code: str, needle: str, hint: str) -> None:
    text = variant(f"    {line}\n", head="class Stranger(Spec):\n    n: bool = False\n\n")
    problems = problems_of(tmp_path, text, "Variant")
    problem = next(p for p in problems if p.code == code)
    assert place(text, needle) == (problem.span.line, problem.span.col)
    assert hint in problem.hint


def test_a_method_in_the_place_of_a_variable(tmp_path: Path) -> None:
    text = variant("    def creaks(self) -> bool:\n        return True\n")
    assert "changed-kind" in [p.code for p in problems_of(tmp_path, text, "Variant")]


@pytest.mark.parametrize("name", ["refused_calls_change_nothing", "bounds_are_kept", "no_warnings", "no_deadlock"])
def test_names_of_the_properties_that_every_spec_has(tmp_path: Path, name: str) -> None:
    check(tmp_path, body(method("@invariant", name)), "reserved-name", f"def {name}", "another name", "")


def test_two_initialisers(tmp_path: Path) -> None:
    text = body(method("@initial", "a", "None", "pass") + method("@initial", "b", "None", "pass"))
    check(tmp_path, text, "two-initials", "def b", "a = None", "")


def test_recursion_across_functions(tmp_path: Path) -> None:
    text = body(
        method("@kernel", "k", "None", "self.a()")
        + "    def a(self) -> None:\n        self.b()\n    def b(self) -> None:\n        self.a()\n"
    )
    problem = next(p for p in problems_of(tmp_path, text) if p.code == "recursion")
    assert "a -> b -> a" in problem.message


def test_mistakes_in_text_that_nothing_reaches_are_told(tmp_path: Path) -> None:
    text = body("    def idle(self) -> bool:\n        return self.m\n")
    problem = only_problem(tmp_path, text)
    assert place(text, "self.m") == (problem.span.line, problem.span.col)


def test_the_correct_twin_loads(tmp_path: Path) -> None:
    assert load_text(tmp_path, variant("    held_means_opened = None\n"), "Variant").name == "Variant"
    assert load_text(tmp_path, body(method("@invariant"))).name == "Case"
