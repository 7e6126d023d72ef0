"""`Program`: all files that one spec draws in, read once each, with their imports tied together."""

from __future__ import annotations

from dataclasses import replace

from spec.lang.classes import read_body
from spec.lang.declared import Body, ClassText, Definition, EnumText, ImportText, Module, RecordText, SortText
from spec.lang.errors import Problem, nearest
from spec.lang.linearize import InconsistentOrder, linearize
from spec.lang.machine import EnumDecl, SortDecl
from spec.lang.module import DECLARATION_BASES, read_module
from spec.lang.resolver import Resolver, Source
from spec.lang.source import decode, parse, shown_text, top_of
from spec.lang.spans import Span

Found = tuple[Module, Definition]


class Program:
    """The files read so far.

    `modules` has the file asked for first, `finished` every file after those it imports. Problems pile up in
    `problems`; `texts` is for excerpts; `broken_imports` is True when some name could not be tied to a declaration.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.modules: dict[str, Module] = {}
        self.finished: list[Module] = []
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}
        self.broken_imports = False
        self._failed: set[str] = set()
        self._loading: list[Module] = []
        self._bodies: dict[ClassText, Body] = {}
        self._orders: dict[ClassText, tuple[ClassText, ...]] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._taken: dict[str, tuple[str, str]] = {}

    def report(self, problem: Problem) -> None:
        """Note a mistake and go on."""
        self.problems.append(problem)

    # --- files ---

    def load(self, source: Source) -> Module | None:
        """The module of a file with everything it imports, or None after a report."""
        if source.key in self.modules:
            return self.modules[source.key]
        if source.key in self._failed:
            return None
        text = decode(source.data, source.file, self.report)
        parsed = None
        if text is not None:
            self.texts[source.file] = shown_text(text)
            parsed = parse(text, source.file, self.report)
        if parsed is None:
            self._failed.add(source.key)
            return None
        module = read_module(source, parsed, self.report)
        self.modules[source.key] = module
        self._loading.append(module)
        for item in module.imports.values():
            self._follow(module, item)
        self._loading.pop()
        self.finished.append(module)
        return module

    def _follow(self, module: Module, item: ImportText) -> None:
        shown = "." * item.level + item.target
        try:
            source = self.resolver.by_name(item.target, item.level, module.source)
        except OSError as error:
            self._broken(Problem("unreadable", item.span, f"'{shown}' cannot be read: {error.strerror}"))
            return
        if source is None and item.for_types and not item.level:
            return  # an annotation of a tool's, such as collections.abc; a spec that uses the name says so
        if source is None:
            hint = f"no file of that name in the package or beside {module.file}"
            if item.target.startswith("spec."):
                hint = nearest(item.target, self.resolver.shipped_names())
            self._broken(Problem("unresolved-import", item.span, f"there is no spec file '{shown}'", hint))
            return
        cycle = [m.name for m in self._loading]
        if any(source.key == m.source.key for m in self._loading):
            start = next(n for n, m in enumerate(self._loading) if m.source.key == source.key)
            path = " -> ".join([*cycle[start:], source.name])
            hint = "put what both need into a third file"
            self._broken(Problem("import-cycle", item.span, f"these files import each other: {path}", hint))
            return
        target = self.load(source)
        if target is None:
            self.broken_imports = True
        elif item.name not in target.defs and item.name not in target.imports:
            hint = nearest(item.name, [*target.defs, *target.imports])
            self._broken(Problem("unresolved-import", item.span, f"'{shown}' has no '{item.name}'", hint))
        else:
            module.targets[item.local] = target

    def _broken(self, problem: Problem) -> None:
        self.broken_imports = True
        self.report(problem)

    # --- names ---

    def find(self, module: Module, name: str) -> Found | None:
        """What a name means in a file, through imports."""
        while name not in module.defs:
            target = module.targets.get(name)
            if target is None:
                return None
            module, name = target, module.imports[name].name
        return module, module.defs[name]

    def key_of(self, module: Module, name: str) -> str:
        """The key of a declaration in the machine: its name, or `module.name` when another file took that."""
        place = (module.source.key, name)
        if place not in self._keys:
            key = name if self._taken.setdefault(name, place) == place else f"{module.name}.{name}"
            self._keys[place] = key
        return self._keys[place]

    def name_keys(self) -> None:
        """Give out the keys of everything declared, the file asked for first, so that they do not depend on use."""
        for module in self.modules.values():
            for name, definition in module.defs.items():
                if isinstance(definition, SortText | EnumText | RecordText):
                    self.key_of(module, name)

    def sort(self, module: Module, name: str) -> SortDecl | None:
        """The sort that a name means in a file, under its key."""
        match self.find(module, name):
            case (home, SortText(decl)):
                return replace(decl, name=self.key_of(home, decl.name))
        return None

    def enum(self, module: Module, name: str) -> EnumDecl | None:
        """The enumeration that a name means in a file, under its key."""
        match self.find(module, name):
            case (home, EnumText(decl)):
                return replace(decl, name=self.key_of(home, decl.name))
        return None

    # --- classes ---

    def body(self, cls: ClassText) -> Body:
        """The body of a class, read once."""
        if cls not in self._bodies:
            self._bodies[cls] = read_body(
                cls, self.report, lambda name: isinstance((self.find(cls.module, name) or (None, None))[1], ClassText)
            )
        return self._bodies[cls]

    def bases(self, cls: ClassText) -> list[ClassText]:
        """The direct bases of a class; those that are not spec classes are reported and left out."""
        found: list[ClassText] = []
        for name, span in cls.bases:
            if name not in cls.module.defs and name not in cls.module.imports:
                known = [n for n, d in cls.module.defs.items() if isinstance(d, ClassText) and n != cls.name]
                hint = nearest(name, [*known, *cls.module.imports, *DECLARATION_BASES])
                self.report(Problem("unknown-base", span, f"unknown base class '{name}'", hint))
            base = self.class_named(cls.module, name, span, before=cls)
            if base is not None and base not in found:
                found.append(base)
        return found

    def class_named(self, module: Module, name: str, span: Span, before: ClassText | None = None) -> ClassText | None:
        """The spec class that a name means in a file, or None after a report (none if the import itself failed)."""
        match self.find(module, name):
            case (_, ClassText() as base):
                if before is not None and base.module is module and base.node.lineno >= before.node.lineno:
                    hint = "a base stands above the class that extends it"
                    self.report(Problem("unknown-base", span, f"'{name}' is not declared yet", hint))
                    return None
                return base
            case (_, definition):
                hint = f"it is declared at {definition.span}"
                self.report(Problem("bad-base", span, f"'{name}' is not a spec class", hint))
        return None

    def order(self, cls: ClassText) -> tuple[ClassText, ...]:
        """The class and all it extends, in Python's method order; only the class itself after a report."""
        if cls not in self._orders:
            try:
                self._orders[cls] = linearize(cls, self.bases)
            except InconsistentOrder:
                names = ", ".join(name for name, _ in cls.bases)
                message = f"there is no method order for the bases {names}"
                self.report(Problem("inconsistent-bases", cls.span, message, "name a class before what it extends"))
                self._orders[cls] = (cls,)
        return self._orders[cls]


def empty_file(file: str) -> Problem:
    """The problem of a file without any spec class."""
    return Problem("no-spec-class", top_of(file), "the file has no spec class", "write `class Name(Spec): ...`")
