"""A difference as a test that pytest runs: the calls that lead there, and what the spec says of the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from checker.conform.differences import Difference
from checker.conform.implementation import Choice, Plain
from checker.conform.plain import literal
from checker.conform.spec_side import Expected

HEAD = '''"""Where the model {where} differs from {spec}; written by `uapicheck conform`."""

from checker.conform.implementation import Setting
{imports}

SETTING = Setting(
    sizes={sizes},
    switches={switches},
    constants={constants},
    fields={fields},
)
'''
IMPORT = "from {module} import MODEL"
FROM_FILE = """from checker.conform.modules import model_of

MODEL, _ = model_of({path!r})"""
SHOWN = "dict(zip(SETTING.fields, running.state(), strict=True))"
ANSWER = "(answer.kind, answer.errno, dict(answer.outputs), answer.warned)"


def test_text(one: Difference, place: str, spec: str) -> str:
    """The text of a file with one test, which fails as long as the difference is there."""
    setting = one.side.setting
    head = HEAD.format(
        where=place,
        spec=spec,
        imports=_imports(place),
        sizes=_mapping(setting.sizes),
        switches=_mapping(setting.switches),
        constants=_mapping(setting.constants),
        fields=literal(setting.fields),
    )
    return "\n".join([head, "", *_body(one), ""])


def _imports(place: str) -> str:
    if not place.endswith(".py"):
        return IMPORT.format(module=place)
    return FROM_FILE.format(path=str(Path(place).resolve()))


def _body(one: Difference) -> list[str]:
    name = one.call.action.replace(".", "_") if one.call is not None else "start"
    lines = [f"def test_{name}():", f"    running = MODEL.start(SETTING, {_choices(one.initial.choices)})"]
    if one.call is None:
        return [*lines, *_state(one)]
    for step in one.path:
        lines += [f"    answer = {_call(step)}", f"    assert {ANSWER} == {_answer(step)}"]
    leaks = any(d.what == "leak" for d in one.details)
    lines += ["    lost = running.leaks()"] if leaks and one.injected is None else []
    if any(d.what == "restored" for d in one.details):
        lines += ["    mark, before = running.mark(), running.state()", f"    {_call(one.call)}"]
        return [*lines, "    running.back(mark)", "    assert running.state() == before"]
    if one.injected is not None:
        return [*lines, *_injected(one, one.call)]
    lines += [f"    answer = {_call(one.call)}", f"    assert {ANSWER} == {_answer(one.call)}", *_state(one)]
    return [*lines, *(["    assert running.leaks() == lost"] if leaks else [])]


def _injected(one: Difference, call: Expected) -> list[str]:
    """One failure inside the call, of which the spec says nothing: all or nothing."""
    assert one.injected is not None
    refused = "answer.kind != 'done' and running.state() == before"
    done = f"running.state() == {literal(one.side.plain(one.after))}"
    return [
        f"    # the place {one.injected.place!r} fails",
        "    before, lost = running.state(), running.leaks()",
        f"    answer = {_call(call, one.injected.number)}",
        "    assert running.leaks() == lost",
        f"    assert ({refused}) or ({ANSWER} == {_answer(call)} and {done})",
    ]


def _state(one: Difference) -> list[str]:
    wanted = dict(zip(one.side.fields, one.side.plain(one.after), strict=True))
    return [f"    assert {SHOWN} == {_mapping(wanted)}"]


def _call(step: Expected, inject: int | None = None) -> str:
    extra = "" if inject is None else f", inject={inject}"
    return f"running.perform({step.action!r}, {literal(step.args)}, {_choices(step.choices)}{extra})"


def _answer(step: Expected) -> str:
    return f"({step.kind!r}, {step.errno!r}, {_mapping(step.outputs)}, {step.warned})"


def _choices(choices: Sequence[Choice]) -> str:
    return literal(tuple(choices))


def _mapping(values: Mapping[str, Plain]) -> str:
    return "{" + ", ".join(f"{name!r}: {literal(value)}" for name, value in values.items()) + "}"
