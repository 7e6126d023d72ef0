"""Mistakes of files and module level: each is told with place, caret and hint, and nothing ever runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.lang.errors import RequestError, SpecError
from spec.lang.frontend import load
from tests.lang.frontend_tools import DOOR, HEADER, load_text, only_problem, place, problems_of, write

SPEC = "class Door(Spec):\n    ajar: bool = False\n"


def bad_file(folder: Path, data: bytes) -> SpecError:
    path = folder / "case.py"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        load(str(path))
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value


# --- the file itself ---


def test_a_missing_file(tmp_path: Path) -> None:
    path = str(tmp_path / "none.py")
    with pytest.raises(SpecError) as caught:
        load(path)
    assert caught.value.problems[0].code == "no-such-file"
    assert f"{path}:1:1: error[no-such-file]" in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(str(tmp_path) + "/")
    assert caught.value.problems[0].code == "no-such-file"


def test_a_device_is_never_read() -> None:
    with pytest.raises(SpecError) as caught:
        load("/dev/zero")
    assert caught.value.problems[0].code == "no-such-file"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, SPEC)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SpecError) as caught:
        load(path)
    assert caught.value.problems[0].code == "unreadable"
    assert "Permission denied" in caught.value.problems[0].message


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing\n", b'"""Only words."""\n', b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    assert bad_file(tmp_path, data).problems[0].code == "no-spec-class"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    problem = bad_file(tmp_path, "x = 1\n# \u00e9\u00e9 ".encode() + b"\xff\n").problems[0]
    assert (problem.code, problem.span.line, problem.span.col) == ("not-utf8", 2, 6)


def test_a_binary_file(tmp_path: Path) -> None:
    assert bad_file(tmp_path, bytes(range(256))).problems[0].code == "not-utf8"


def test_a_nul_byte(tmp_path: Path) -> None:
    error = bad_file(tmp_path, b"x = 1\ny = '\0'\n")
    problem = error.problems[0]
    assert (problem.code, problem.span.line, problem.span.col) == ("nul-byte", 2, 6)
    assert "\0" not in str(error)


def test_a_huge_file(tmp_path: Path) -> None:
    assert bad_file(tmp_path, b"#" * (5 << 20)).problems[0].code == "file-too-large"


def test_a_syntax_error(tmp_path: Path) -> None:
    error = bad_file(tmp_path, b"x = 1\nclass Door(Spec:\n    pass\n")
    problem = error.problems[0]
    assert (problem.code, problem.span.line) == ("syntax", 2)
    assert "\n  class Door(Spec:\n" in str(error)
    assert "^" in str(error)


@pytest.mark.parametrize("text", ["x = " + "(" * 400 + "1" + ")" * 400, "x = " + "-" * 100_000 + "1"])
def test_a_text_nested_too_deeply(tmp_path: Path, text: str) -> None:
    assert bad_file(tmp_path, text.encode()).problems[0].code in ("syntax", "too-deep")


def test_columns_count_characters(tmp_path: Path) -> None:
    text = 'NAME = "\u00fc\u00fc\u00fc"; print("\u00fc")\n' + SPEC
    problem = only_problem(tmp_path, text)
    assert place(text, "print") == (problem.span.line, problem.span.col)


def test_lines_are_those_of_python(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load_text(tmp_path, 'NAME = "\x0c\u2028"\nprint(1)\n' + SPEC)
    assert "\n  print(1)\n  ^^^^^^^^\n" in str(caught.value)


# --- hostile and unsupported statements ---


HOSTILE = [
    ("os.system('touch {mark}')", "not-a-declaration"),
    ("open('{mark}', 'w')", "not-a-declaration"),
    ("__import__('pathlib').Path('{mark}').touch()", "not-a-declaration"),
    ("X = __import__('pathlib').Path('{mark}').touch()", "not-a-declaration"),
    ("X = [open('{mark}', 'w') for _ in (1,)]", "not-a-declaration"),
    ("X: open('{mark}', 'w') = 1 if open('{mark}', 'w') else 2", "not-a-declaration"),
    ("with open('{mark}', 'w') as f:\n    pass", "not-a-declaration"),
    ("if open('{mark}', 'w'):\n    pass", "not-a-declaration"),
    ("try:\n    open('{mark}', 'w')\nexcept OSError:\n    pass", "not-a-declaration"),
    ("for x in [open('{mark}', 'w')]:\n    pass", "not-a-declaration"),
    ("assert open('{mark}', 'w')", "not-a-declaration"),
    ("del open", "not-a-declaration"),
    ("import os", "import-form"),
    ("from os import system", "unresolved-import"),
    ("class X(open('{mark}', 'w')):\n    pass", "bad-base"),
    ("class X(Sort, size=open('{mark}', 'w')):\n    pass", "bad-argument"),
    ("class X(Enum):\n    A = open('{mark}', 'w')", "bad-body"),
    ("class X(Sort):\n    open('{mark}', 'w')", "bad-body"),
    ("@open('{mark}', 'w')\ndef f() -> bool:\n    return True", "bad-decorator"),
    ("async def f() -> bool:\n    return True", "not-a-declaration"),
    ("def f(x=open('{mark}', 'w')) -> bool:\n    return True", "bad-decorator"),
]


@pytest.mark.parametrize(("statement", "code"), HOSTILE)
def test_module_level_code_is_refused_and_does_not_run(tmp_path: Path, statement: str, code: str) -> None:
    mark = tmp_path / "mark"
    problems = problems_of(tmp_path, statement.replace("{mark}", str(mark)) + "\n" + SPEC)
    assert code in [p.code for p in problems], problems
    assert not mark.exists()


def test_importing_a_file_does_not_run_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    write(tmp_path, f"open({str(mark)!r}, 'w')\nLIMIT = 1\n", "evil.py")
    write(tmp_path, f"open({str(mark)!r}, 'w')\n", "pack/__init__.py")
    write(tmp_path, "LIMIT = 1\n", "pack/inner.py")
    text = "from evil import LIMIT\nfrom pack.inner import LIMIT as OTHER\n" + SPEC
    problem = only_problem(tmp_path, text)
    assert ("not-a-declaration", str(tmp_path / "evil.py")) == (problem.code, problem.span.file)
    assert not mark.exists()


def test_all_problems_are_told_at_once_with_carets(tmp_path: Path) -> None:
    text = "print(1)\nclass K(Sort, sizes=2): 'x'\n" + SPEC + "print(2)\n"
    path = write(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [p.code for p in caught.value.problems] == ["not-a-declaration", "unknown-argument", "not-a-declaration"]
    lines = str(caught.value).splitlines()
    assert f"{path}:5:1: error[not-a-declaration]: the call 'print(...)' is not allowed at module level" == lines[0]
    assert lines[1:3] == ["  print(1)", "  ^^^^^^^^"]
    assert "  hint: did you mean 'size'?" in lines


# --- names and imports ---


def test_an_import_of_a_missing_file(tmp_path: Path) -> None:
    text = "from nowhere.at_all import X\n" + SPEC
    problem = only_problem(tmp_path, text)
    assert ("unresolved-import", place(text, "X\n")) == (problem.code, (problem.span.line, problem.span.col))


def test_an_import_of_a_missing_relative_file(tmp_path: Path) -> None:
    assert "'.nowhere'" in only_problem(tmp_path, "from .nowhere import X\n" + SPEC).message


def test_an_import_of_a_missing_name_has_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, DOOR, "door.py")
    problem = only_problem(tmp_path, "from door import Dor\nclass Gate(Dor): 'x'\n")
    assert (problem.code, problem.hint) == ("unresolved-import", "did you mean 'Door'?")


def test_a_word_that_the_language_has_not(tmp_path: Path) -> None:
    problem = only_problem(tmp_path, "from spec.lang import Sorts\n" + SPEC)
    assert (problem.code, problem.hint) == ("unknown-name", "did you mean 'Sort'?")


@pytest.mark.parametrize(
    "line", ["import enum", "from door import *", "from . import door", "from spec.lang import Sort as S"]
)
def test_forms_of_import_that_are_not_accepted(tmp_path: Path, line: str) -> None:
    write(tmp_path, DOOR, "door.py")
    assert only_problem(tmp_path, f"{line}\n{SPEC}").code == "import-form"


def test_files_that_import_each_other(tmp_path: Path) -> None:
    write(tmp_path, "from b import B\nclass A(Spec): 'x'\n", "a.py")
    write(tmp_path, "from c import C\nclass B(Spec): 'x'\n", "b.py")
    write(tmp_path, "from a import A\nclass C(Spec): 'x'\n", "c.py")
    with pytest.raises(SpecError) as caught:
        load(str(tmp_path / "a.py"))
    (problem,) = caught.value.problems
    assert problem.code == "import-cycle"
    assert problem.message.endswith("a -> b -> c -> a")
    assert str(tmp_path / "c.py") == problem.span.file


def test_a_file_that_imports_itself(tmp_path: Path) -> None:
    problem = only_problem(tmp_path, "from case import Door\n" + SPEC.replace("Door", "Gate"))
    assert (problem.code, problem.message) == ("import-cycle", "these files import each other: case -> case")


def test_a_broken_import_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "class Door(Spec:\n", "door.py")
    assert only_problem(tmp_path, "from door import Door, Key\nclass Gate(Door):\n    k: Key = 1\n").code == "syntax"


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("N = 1\nN = 2\n" + SPEC, "N = 2"),
        (SPEC + "class Door(Sort): 'x'\n", "class Door(Sort)"),
        ("from door import Key\nclass Key(Sort): 'x'\n" + SPEC, "class Key(Sort)"),
        ("class E(Enum):\n    A = auto()\n    A = auto( )\n" + SPEC, "A = auto( )"),
        ("class E(Enum):\n    A = 1\n    B = 1\n" + SPEC, "B = 1"),
        ("class R(Record):\n    a: bool\n    a: bool \n" + SPEC, "a: bool \n"),
        (SPEC + "    ajar: bool = True\n", "ajar: bool = True"),
        (SPEC + "    def ajar(self) -> bool:\n        return True\n", "def ajar"),
    ],
)
def test_names_declared_twice(tmp_path: Path, text: str, needle: str) -> None:
    write(tmp_path, DOOR, "door.py")
    problem = only_problem(tmp_path, text)
    assert ("duplicate-name", place(text, needle)) == (problem.code, (problem.span.line, problem.span.col))


def test_the_same_import_twice_is_fine(tmp_path: Path) -> None:
    write(tmp_path, DOOR, "door.py")
    assert load_text(tmp_path, "from door import Door\nfrom door import Door\nclass Gate(Door): 'x'\n").name == "Gate"


# --- which class ---


def test_several_classes_are_listed(tmp_path: Path) -> None:
    text = SPEC + SPEC.replace("Door", "Gate")
    problem = only_problem(tmp_path, text)
    assert (problem.code, problem.message) == ("which-class", "the file has 2 spec classes: Door, Gate")
    assert place(text, "class Gate") == (problem.span.line, problem.span.col)


def test_a_class_that_is_not_there(tmp_path: Path) -> None:
    problem = only_problem(tmp_path, SPEC, "Doors")
    assert (problem.code, problem.hint) == ("no-such-class", "did you mean 'Door'?")


def test_a_class_that_is_no_spec(tmp_path: Path) -> None:
    text = "class Key(Sort): 'x'\n" + SPEC
    problem = only_problem(tmp_path, text, "Key")
    assert ("no-such-class", place(text, "class Key")) == (problem.code, (problem.span.line, problem.span.col))


@pytest.mark.parametrize("target", ["dor_ownership", "no.such.module", "no_such:Thing", "", " "])
def test_targets_that_name_nothing(target: str) -> None:
    with pytest.raises(RequestError):
        load(target)


# --- bodies of data ---


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("class K(Sort, size=0): 'x'", "bad-argument"),
        ("class K(Sort, size=True): 'x'", "bad-argument"),
        ("class K(Sort, ordered=1): 'x'", "bad-argument"),
        ("class K(Sort, Enum): 'x'", "bad-base"),
        ("class K(Sort):\n    a: bool", "bad-body"),
        ("class K(Enum): 'x'", "bad-body"),
        ("class K(Enum):\n    A = auto()\n    def f(self): ...", "bad-body"),
        ("class K(OrderedEnum):\n    A = 1", "bad-body"),
        ("class K(Record):\n    a: bool = True", "bad-body"),
        ("class K(Record):\n    def f(self): ...", "bad-body"),
        ("class K: 'x'", "bad-base"),
        ("class K(x.y): 'x'", "bad-base"),
        ("class K(Spec, metaclass=type): 'x'", "unknown-argument"),
        ("@dataclass\nclass K(Record): 'x'", "unknown-decorator"),
        ("X = f()", "not-a-declaration"),
        ("X = 1.5", "not-a-declaration"),
        ("X, Y = 1, 2", "not-a-declaration"),
        ("X += 1", "not-a-declaration"),
        ("if TYPE_CHECKING:\n    X = 1", "not-a-declaration"),
    ],
)
def test_bad_declarations(tmp_path: Path, line: str, code: str) -> None:
    problem = only_problem(tmp_path, SPEC + line + "\n", "Door")
    assert (code, True) == (problem.code, problem.span.line > HEADER.count("\n") + 2)


def test_a_record_holds_only_scalars(tmp_path: Path) -> None:
    text = "class R(Record):\n    n: int\nclass Door(Spec):\n    r: R | None = None\n"
    problem = only_problem(tmp_path, text)
    assert ("not-a-scalar", place(text, "int\n")) == (problem.code, (problem.span.line, problem.span.col))


def test_a_record_that_holds_itself(tmp_path: Path) -> None:
    text = "class R(Record):\n    r: R\nclass D(Spec):\n    r: R | None = None\n"
    codes = [p.code for p in problems_of(tmp_path, text)]
    assert codes == ["recursive-record"]



