"""The error codes of files and declarations, each with one line; those of types and bodies are in `spec.lang.codes`."""

from __future__ import annotations

DECLARATION_CODES: dict[str, str] = {
    # files
    "no-such-file": "no regular file is there",
    "unreadable": "the file is there but cannot be read",
    "file-too-large": "the file is far larger than any spec",
    "not-utf8": "the file is not UTF-8 text",
    "nul-byte": "the file has a NUL byte",
    "syntax": "the text is not Python",
    "too-deep": "the text is nested too deeply",
    "no-spec-class": "the file declares no spec class",
    "which-class": "the file has several spec classes and the request names none",
    "no-such-class": "the request names a class that the file does not have",
    # imports and module level
    "import-form": "an import that is not `from module import Name`",
    "unresolved-import": "no spec file of that name, or no such name in it",
    "import-cycle": "files import each other",
    "not-a-declaration": "a statement at module level that declares nothing",
    "duplicate-name": "one name is declared twice",
    "bad-base": "a class whose bases do not fit",
    "bad-body": "the body of a sort, enumeration or record has something that does not belong there",
    "bad-argument": "an argument of a declaration has the wrong form",
    "unknown-argument": "a declaration or decorator has no such argument",
    "recursive-record": "a record that holds itself",
    # spec classes
    "unknown-base": "a base class that is not there, or is declared below",
    "inconsistent-bases": "no method order keeps that of every list of bases",
    "not-a-member": "something in the body of a spec class that is no declaration",
    "unknown-decorator": "no such decorator",
    "bad-decorator": "a decorator without what it needs, or where it cannot stand",
    "two-kinds": "a method with two decorators that say what it is",
    "two-roles": "a class with two decorators that say what it is for",
    "two-initials": "two methods are @initial",
    "two-eras": "two switches have the same ordered enumeration as their type",
    "changed-kind": "a name is declared as something else than in a base",
    "reserved-name": "a property has the name of one that every spec has",
    "unknown-sureness": "`sure=` is none of the four words",
    "unknown-switch": "no bool switch, or no switch, of that name",
    "unknown-action": "a property is about an action that is not there",
    "unknown-property": "a property that is not there is dropped or broken",
    "unknown-refinement": "an image belongs to a refinement that is not there",
    "unknown-field": "an image of a field that the abstract spec does not have",
    "no-image": "a field of the abstract spec has neither an image nor a field of its name",
    "bad-image": "an image, or what stands for itself, does not have the type that the abstract spec gives it",
    "recursive-refinement": "a spec that refines itself",
    "unknown-reason": "`any_order` names a reason that nothing answers",
    "bad-part": "a part is declared in a way that has no meaning",
    "parts-differ": "a switch or constant that a spec shares with its parts is not the same in all of them",
    # edits and settings
    "bad-edit": "an edit does not fit the text it changes",
    "bad-drop": "`name = None` drops something other than a property",
    "unknown-method": "an edit of a method that the base does not have",
    "unknown-setting": "a configuration names no sort, switch or constant",
    "bad-size": "the size of a sort is no number from 1",
}
"""Codes that only declarations have; they share others, such as unknown-name and bad-type, with bodies."""
