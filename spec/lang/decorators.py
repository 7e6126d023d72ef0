"""Decorators of methods and of spec classes, read from their text."""

from __future__ import annotations

import ast
from typing import get_args

from spec.lang.declared import AvailabilityText, EraText, KindMark, Module, ProcessMark
from spec.lang.errors import Problem, nearest
from spec.lang.fairness import read_fairness
from spec.lang.machine import Provenance, Role, Sure
from spec.lang.process_marks import read_process_mark
from spec.lang.source import Report, span_of
from spec.lang.spans import Span

ACTION_WORDS = ("ioctl", "kernel", "hardware", "fault")
PROPERTY_WORDS = (
    "invariant", "action_property", "during", "goal", "final", "boundary", "assume", "lemma", "leads_to",
    "always_eventually",
)  # fmt: skip
PROCESS_ARGUMENTS = ("thread", "fair", "fair_start", "keeps_locks")
KIND_WORDS = (*ACTION_WORDS, "process", *PROPERTY_WORDS, "helper", "pure", "initial", "image")
AVAILABILITY_WORDS = ("since", "until", "when", "unless")
ROLE_WORDS = ("history", "proposal", "candidate")
SURE_WORDS: tuple[Sure, ...] = get_args(Sure)

Text = tuple[str, Span]


def read_method_marks(fn: ast.FunctionDef, module: Module, report: Report) -> tuple[
    KindMark | None, AvailabilityText | None
]:
    """What a method's decorators say; None for each sort that is absent."""
    kind: KindMark | None = None
    available: list[tuple[str, ast.Call]] = []
    for node in fn.decorator_list:
        word, call = _parts(node)
        if word in KIND_WORDS:
            if kind is not None:
                message = f"'{fn.name}' is already marked @{kind.word}"
                report(Problem("two-kinds", span_of(node, module.file), message, "keep one of them"))
                continue
            kind = _read_kind(word, node, call, module, report)
        elif word in AVAILABILITY_WORDS and call is not None:
            available.append((word, call))
        elif word in AVAILABILITY_WORDS:
            example = "Era.E2" if word in ("since", "until") else '"switch"'
            report(
                Problem("bad-decorator", span_of(node, module.file), f"@{word} needs an argument",
                        f"write `@{word}({example})`")
            )
        else:
            known = (*KIND_WORDS, *AVAILABILITY_WORDS)
            message = f"unknown decorator '@{ast.unparse(node)}'"
            report(Problem("unknown-decorator", span_of(node, module.file), message, nearest(word, known)))
    return kind, _read_availability(available, module, report) if available else None


def read_class_marks(node: ast.ClassDef, module: Module, report: Report) -> tuple[Role | None, tuple[Text, ...], bool]:
    """The role of a spec class (None without a decorator), what it breaks, and whether it is only to be extended."""
    role: Role | None = None
    breaks: tuple[Text, ...] = ()
    abstract = False
    for deco in node.decorator_list:
        word, call = _parts(deco)
        if word == "abstract" and call is None:
            abstract = True
        elif word in ROLE_WORDS and role is None:
            role, breaks = _read_role(word, deco, call, module, report)
        elif word in ROLE_WORDS:
            report(Problem("two-roles", span_of(deco, module.file), f"'{node.name}' already has a role"))
        else:
            message = f"unknown class decorator '@{ast.unparse(deco)}'"
            hint = nearest(word, (*ROLE_WORDS, "abstract"))
            report(Problem("unknown-decorator", span_of(deco, module.file), message, hint))
    return role, breaks, abstract


def read_availability_keywords(keywords: list[ast.keyword], module: Module, report: Report) -> AvailabilityText:
    """`since=`, `until=`, `when=`, `unless=` of a `field(...)`; the caller has checked the keywords' names."""
    calls = [(k.arg or "", ast.copy_location(ast.Call(k.value, _items(k.value), []), k.value)) for k in keywords]
    return _read_availability(calls, module, report)


def read_texts(node: ast.expr, module: Module, report: Report, what: str) -> tuple[Text, ...]:
    """A string, or a tuple or list of strings."""
    found: list[Text] = []
    for item in _items(node):
        match item:
            case ast.Constant(value=str(text)):
                found.append((text, span_of(item, module.file)))
            case _:
                report(Problem("bad-argument", span_of(item, module.file), f"{what} must be strings"))
    return tuple(found)


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]


def _parts(node: ast.expr) -> tuple[str, ast.Call | None]:
    match node:
        case ast.Name(id=word):
            return word, None
        case ast.Call(func=ast.Name(id=word)):
            return word, node
    return ast.unparse(node), None


def _read_kind(word: str, node: ast.expr, call: ast.Call | None, module: Module, report: Report) -> KindMark:
    span = span_of(node, module.file)
    if call is None:
        return KindMark(word, span, process=ProcessMark() if word == "process" else None)
    on: tuple[Text, ...] = ()
    for arg in call.args:
        if word == "action_property":
            on += read_texts(arg, module, report, "the actions a property is about")
        elif word == "image":
            on += read_texts(arg, module, report, "what it is the image of")
        else:
            report(Problem("bad-argument", span_of(arg, module.file), f"@{word} takes no positional argument"))
    known = ("cites", "sure", "any_order") if word in (*ACTION_WORDS, "process") else ("cites", "sure")
    known = (*PROCESS_ARGUMENTS, *known) if word == "process" else known
    known = (*known, "fair") if word in ACTION_WORDS else known
    words = _keywords(word, call, known, module, report)
    process = read_process_mark(words, module.file, report) if word == "process" else None
    order = read_texts(words["any_order"], module, report, "reasons") if "any_order" in words else ()
    fair = read_fairness(words["fair"], module.file, report) if "fair" in words and process is None else None
    return KindMark(word, span, read_provenance(words, module, report), order, on, process, fair)


def read_provenance(words: dict[str, ast.expr], module: Module, report: Report) -> Provenance:
    """`cites=` and `sure=` among keyword arguments."""
    cites = _string(words.get("cites"), module, report, "cites=")
    sure: Sure = "guessed"
    if "sure" in words:
        text = _string(words["sure"], module, report, "sure=")
        match text:
            case "recorded" | "read" | "deduced" | "guessed":
                sure = text
            case _:
                hint = nearest(text, SURE_WORDS)
                place = span_of(words["sure"], module.file)
                report(Problem("unknown-sureness", place, f"sure= cannot be '{text}'", hint))
    return Provenance(sure, cites)


def _read_role(
    word: str, node: ast.expr, call: ast.Call | None, module: Module, report: Report
) -> tuple[Role, tuple[Text, ...]]:
    kind = "history" if word == "history" else "proposal" if word == "proposal" else "candidate"
    span = span_of(node, module.file)
    if call is None or len(call.args) != 1:
        report(Problem("bad-decorator", span, f"@{word} needs its id", f'write `@{word}("X1", breaks=(...))`'))
        return Role("history" if kind == "history" else "proposal" if kind == "proposal" else "candidate"), ()
    ident = _string(call.args[0], module, report, "the id")
    words = _keywords(word, call, ("breaks", "status", "cites"), module, report)
    breaks = read_texts(words["breaks"], module, report, "names of properties") if "breaks" in words else ()
    status = _string(words.get("status"), module, report, "status=")
    cites = _string(words.get("cites"), module, report, "cites=")
    names = tuple(name for name, _ in breaks)
    match kind:
        case "history":
            return Role("history", ident, names, status, cites), breaks
        case "proposal":
            return Role("proposal", ident, names, status, cites), breaks
    return Role("candidate", ident, names, status, cites), breaks


def _keywords(
    word: str, call: ast.Call, known: tuple[str, ...], module: Module, report: Report
) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        if keyword.arg in known:
            found[keyword.arg] = keyword.value
        else:
            name = keyword.arg or "**"
            place = span_of(keyword, module.file)
            report(Problem("unknown-argument", place, f"@{word} has no argument '{name}'", nearest(name, known)))
    return found


def _string(node: ast.expr | None, module: Module, report: Report, what: str) -> str:
    match node:
        case None:
            return ""
        case ast.Constant(value=str(text)):
            return text
    report(Problem("bad-argument", span_of(node, module.file), f"{what} must be a string"))
    return ""


def _read_availability(calls: list[tuple[str, ast.Call]], module: Module, report: Report) -> AvailabilityText:
    eras: dict[str, EraText] = {}
    switches: dict[str, tuple[Text, ...]] = {"when": (), "unless": ()}
    for word, call in calls:
        for keyword in call.keywords:
            place = span_of(keyword, module.file)
            report(Problem("unknown-argument", place, f"{word} has no argument '{keyword.arg or '**'}'"))
        if word in switches:
            for arg in call.args:
                switches[word] += read_texts(arg, module, report, "names of switches")
            continue
        era = read_era(call.args[0], module, report) if len(call.args) == 1 else None
        if len(call.args) != 1:
            report(Problem("bad-argument", span_of(call, module.file), f"{word} takes one era", "such as `Era.E2`"))
        elif word in eras:
            report(Problem("bad-decorator", span_of(call, module.file), f"a second {word}"))
        elif era is not None:
            eras[word] = era
    return AvailabilityText(module, eras.get("since"), eras.get("until"), switches["when"], switches["unless"])


def read_era(node: ast.expr, module: Module, report: Report) -> EraText | None:
    """`Era.E2`, or None after a report."""
    match node:
        case ast.Attribute(value=ast.Name(id=enum), attr=member):
            return EraText(enum, member, span_of(node, module.file))
    message = "an era is a member of an OrderedEnum"
    report(Problem("bad-argument", span_of(node, module.file), message, "write it like `Era.E2`"))
    return None
