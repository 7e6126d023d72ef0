"""Which class a part is of, and whether a subclass may give the part another."""

from __future__ import annotations

from spec.lang.declared import ClassText, PartText
from spec.lang.errors import Problem, nearest
from spec.lang.program import Program


def part_class(program: Program, home: ClassText, text: PartText) -> ClassText | None:
    """The spec class of a part that the class `home` declares; None after a report."""

    def problem(message: str, hint: str) -> None:
        program.report(Problem("bad-part", text.cls_span, message, hint))

    match program.find(home.module, text.cls):
        case (_, ClassText() as found):
            if found is home:
                problem(f"'{home.name}' cannot be a part of itself", "a part is of a class that stands above")
            elif found.module is home.module and found.node.lineno >= home.node.lineno:
                problem(f"'{text.cls}' is not declared yet", "the class of a part stands above the class that has it")
            else:
                return found
        case (_, definition):
            problem(f"'{text.cls}' is not a spec class", f"it is declared at {definition.span}")
        case None:
            known = [n for n, d in home.module.defs.items() if isinstance(d, ClassText) and n != home.name]
            problem(f"unknown spec class '{text.cls}'", nearest(text.cls, [*known, *home.module.imports]))
    return None


def check_narrowing(program: Program, home: ClassText, text: PartText, before: PartText) -> None:
    """Report a part whose class does not extend the class that it has at `before`."""
    found = program.find(home.module, text.cls)
    classes = [m for m in program.modules.values() if m.file == before.span.file]
    base = program.find(classes[0], before.cls) if classes else None
    if found is None or base is None or not isinstance(found[1], ClassText) or not isinstance(base[1], ClassText):
        return
    if base[1] not in program.order(found[1]):
        message = f"'{text.cls}' does not extend '{before.cls}', of which the part '{text.name}' is at {before.span}"
        hint = f"name '{before.cls}' or a class that extends it"
        program.report(Problem("bad-part", text.cls_span, message, hint))
