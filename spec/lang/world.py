"""`World`: the declarations of one final class as typed values, made on demand and each only once."""

from __future__ import annotations

import ast
from dataclasses import replace

from spec.lang import elaborate
from spec.lang.declared import (
    AliasText,
    AvailabilityText,
    ClassText,
    EraText,
    Module,
    PartText,
    PureText,
    RecordText,
    VariableText,
)
from spec.lang.elab_scope import UNKNOWN
from spec.lang.errors import Problem, nearest
from spec.lang.ir import EnumLit, Expr, NoneLit
from spec.lang.lineage import Lineage, Method
from spec.lang.lock_declarations import LockText, free_value, lock_in, lock_type, record_of, try_function
from spec.lang.machine import (
    ALWAYS,
    Availability,
    ConstantDecl,
    EnumDecl,
    FieldDecl,
    Function,
    RecordDecl,
    SortDecl,
    SwitchDecl,
)
from spec.lang.part_shared import shared_constant, shared_switch
from spec.lang.process_points import counter_of, member_of, points_of
from spec.lang.program import Program
from spec.lang.scope import ProcessInfo, Signature
from spec.lang.source import span_of
from spec.lang.spans import Span
from spec.lang.texts import TextNames
from spec.lang.types import (
    BoolType,
    EnumType,
    IntType,
    MapType,
    NoneType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    Type,
    show,
)
from spec.lang.used import Sharing, Used


class World(Sharing):
    """Everything that text of the final class can name. Types used so far are in `sorts`, `enums`, `records`.

    The world of a part has the world around it as `whole`, and is declared by `text`, which stands in the class
    `home`; all share what the root has in `used`. Names of its fields and functions begin with `prefix`.
    """

    def __init__(
        self,
        program: Program,
        lineage: Lineage,
        whole: World | None = None,
        text: PartText | None = None,
        home: ClassText | None = None,
    ) -> None:
        self.program = program
        self.lineage = lineage
        self.prefix = lineage.prefix
        self.whole, self.text, self.home = whole, text, home
        self.root: World = self if whole is None else whole.root
        self.used = Used()
        self.fixed: dict[str, SwitchDecl | None] = {}
        self.parts: dict[str, World] = {}
        self._variables = {v.name: (cls, v) for cls, v in lineage.variables()}
        self._fields: dict[str, FieldDecl] = {}
        self._constants: dict[str, ConstantDecl] = {}
        self._switches: dict[str, SwitchDecl] = {}
        self._aliases: dict[tuple[str, str], Type | None] = {}
        self._signatures: dict[str, Signature] = {}
        self._pure_keys: dict[tuple[str, str], str] = {}
        self._open_records: set[str] = set()
        self._names: dict[ClassText, TextNames] = {}
        self._processes: dict[str, ProcessInfo] | None = None
        self.generated: dict[str, Function] = {}

    def names(self, cls: ClassText) -> TextNames:
        """The names that the text of a class may use."""
        if cls not in self._names:
            self._names[cls] = TextNames(self, cls.module, cls)
        return self._names[cls]

    def problem(self, code: str, span: Span, message: str, hint: str = "") -> None:
        """Note a mistake and go on."""
        self.program.report(Problem(code, span, message, hint))

    # --- types ---

    def use_sort(self, decl: SortDecl) -> SortDecl:
        """Note that the machine needs this sort."""
        return self.sorts.setdefault(decl.name, decl)

    def use_enum(self, decl: EnumDecl) -> EnumDecl:
        """Note that the machine needs this enumeration."""
        return self.enums.setdefault(decl.name, decl)

    def use_record(self, home: Module, text: RecordText) -> RecordDecl:
        """The record with its field types read in the file that declares it."""
        key = self.program.key_of(home, text.name)
        if key in self._open_records:
            self.problem("recursive-record", text.span, f"the record '{text.name}' holds itself")
        elif key not in self.records:
            self._open_records.add(key)
            self.records[key] = RecordDecl(key, (), text.doc, text.span)
            names = TextNames(self, home, None)
            fields = tuple((name, self._record_field(node, names)) for name, node in text.fields)
            self.records[key] = RecordDecl(key, fields, text.doc, text.span)
            self._open_records.remove(key)
        return self.records[key]

    def _record_field(self, node: ast.expr, names: TextNames) -> Type:
        kind = elaborate.read_type(node, names)
        match kind:
            case MapType() | SeqType() | OutcomeType() | NoneType() | IntType(None, _) | IntType(_, None):
                hint = "give it bounds: Annotated[int, Bounds(lo, hi)]" if isinstance(kind, IntType) else ""
                message = f"a field of a record is a scalar, not '{show(kind)}'"
                self.problem("not-a-scalar", span_of(node, names.file), message, hint)
        return kind

    def use_alias(self, home: Module, text: AliasText) -> Type | None:
        """The type that an alias stands for; None while it is being read, so that no alias names itself."""
        place = (home.source.key, text.name)
        if place not in self._aliases:
            self._aliases[place] = None
            self._aliases[place] = elaborate.read_type(text.value, TextNames(self, home, None))
        return self._aliases[place]

    # --- functions ---

    def pure_signature(self, home: Module, text: PureText) -> Signature:
        """The signature of a module-level function."""
        place = (home.source.key, text.name)
        if place not in self._pure_keys:
            key = text.name if text.name not in self.pures else f"{home.name}.{text.name}"
            self._pure_keys[place] = key
            self.pures[key] = (home, text)
            self._signatures[key] = elaborate.read_signature(text.fn, TextNames(self, home, None), key, "pure")
        return self._signatures[self._pure_keys[place]]

    def signature(self, method: Method) -> Signature:
        """The signature of a method, whose types are those of the file that has its text."""
        if method.key not in self._signatures:
            names = self.names(method.text)
            self.methods[method.key] = method
            self._signatures[method.key] = elaborate.read_signature(method.fn, names, method.key, method.kind)
        return self._signatures[method.key]

    # --- variables ---

    def field(self, name: str) -> FieldDecl | None:
        """A state field; its initial value is read after its type is known."""
        if name not in self._fields:
            found = self.declares(name, "field", "ghost")
            if found is None:
                return None
            cls, var = found
            lock = lock_in(var.annotation)
            if lock is not None:
                return self._lock(lock, var, cls)
            kind = elaborate.read_type(var.annotation, self.names(cls))
            empty = NoneLit(kind, var.span)
            decl = FieldDecl(self.prefix + name, kind, empty, var.doc, var.span, var.role == "ghost")
            self._fields[name] = decl
            self._check_storable(kind, var, cls)
            init = self._value(cls, var, kind)
            self._fields[name] = replace(decl, init=init, availability=self.availability(var.availability))
        return self._fields[name]

    def _lock(self, text: LockText, var: VariableText, cls: ClassText) -> FieldDecl | None:
        names = self.names(cls)
        kind = lock_type(text, names)
        if kind is None:
            self._fields[var.name] = FieldDecl(var.name, UNKNOWN, NoneLit(UNKNOWN, var.span), var.doc, var.span)
            return self._fields[var.name]
        held = kind.value if isinstance(kind, MapType) else kind
        if isinstance(held, RecordType) and isinstance(text.sort, ast.Name):
            sort = names.sort(text.sort.id)
            assert sort is not None, "the type was read from it"
            self.records.setdefault(held.name, record_of(sort.name))
        init = free_value(var.value, kind, names) or NoneLit(kind, var.span)
        available = self.availability(var.availability)
        self._fields[var.name] = FieldDecl(
            var.name, kind, init, var.doc, var.span, var.role == "ghost", available, lock=text.kind
        )
        return self._fields[var.name]

    def lock_function(self, name: str, operation: str) -> str:
        """The key of the function that tries to take the lock in a field; it is in `generated`."""
        key = f"{self.lineage.cls.name}.{name}.{operation}"
        if key not in self.generated:
            field = self.field(name)
            assert field is not None and field.lock, "elaboration asks for locks only"
            held = field.type.value if isinstance(field.type, MapType) else field.type
            if isinstance(held, RecordType):
                held = dict(self.records[held.name].fields)["writer"]
            assert isinstance(held, OptionType)
            self.generated[key] = try_function(key, field, held.item, operation)
        return key

    # --- processes ---

    def processes(self) -> list[ProcessInfo]:
        """The processes of the final class, as declared."""
        if self._processes is None:
            self._processes = {}
            found = [m for m in self.lineage.methods() if m.kind == "process"]
            self._processes = {m.name: self._process(m) for m in found}
        return list(self._processes.values())

    def process(self, name: str) -> ProcessInfo:
        """The process of this name."""
        self.processes()
        assert self._processes is not None
        return self._processes[name]

    def shared_params(self, action: Method) -> int | None:
        """How many parameters every step of an action has: of a process its thread only; None stands for all."""
        if action.kind != "process":
            return None
        return 1 if self.process(action.name).thread else 0

    def _process(self, method: Method) -> ProcessInfo:
        mark = method.mark.process if method.mark is not None else None
        key = ""
        if mark is not None and mark.thread is not None:
            name, span = mark.thread
            module = next(m for m in self.program.modules.values() if m.file == span.file)
            sort = self.program.sort(module, name)
            if sort is None:
                sorts = [n for n in (*module.defs, *module.imports) if self.program.sort(module, n) is not None]
                self.problem("unknown-name", span, f"there is no sort '{name}'", nearest(name, sorts))
            key = "" if sort is None else self.use_sort(sort).name
        points = tuple((p.label, member_of(method.name, p.name)) for p in points_of(method.fn))
        return ProcessInfo(method.name, key, counter_of(key, method.name), points)

    def constant(self, name: str) -> ConstantDecl | None:
        """A rigid constant, which a spec and its parts share by name."""
        return None if self.declares(name, "constant") is None else shared_constant(self, name)

    def own_constant(self, name: str) -> ConstantDecl | None:
        """A rigid constant as this class declares it."""
        if name not in self._constants:
            found = self.declares(name, "constant")
            if found is None:
                return None
            cls, var = found
            kind = elaborate.read_type(var.annotation, self.names(cls))
            self._constants[name] = ConstantDecl(name, kind, None, var.doc, var.span)
            self._check_storable(kind, var, cls)
            if var.value is not None and not is_every(var.value):
                init = self._value(cls, var, kind)
                self._constants[name] = ConstantDecl(name, kind, init, var.doc, var.span)
        return self._constants[name]

    def switch(self, name: str) -> SwitchDecl | None:
        """A switch with its default; a spec and its parts share it by name, unless it is fixed for a part."""
        return None if self.declares(name, "switch") is None else shared_switch(self, name)

    def own_switch(self, name: str) -> SwitchDecl | None:
        """A switch with its default, as this class declares it."""
        if name not in self._switches:
            found = self.declares(name, "switch")
            if found is None:
                return None
            cls, var = found
            kind = elaborate.read_type(var.annotation, self.names(cls))
            self._switches[name] = SwitchDecl(name, kind, NoneLit(kind, var.span), var.doc, var.span)
            self._check_switch(kind, var, cls)
            default, axiom = self._value(cls, var, kind), _is_word(var.value, "axiom")
            self._switches[name] = SwitchDecl(name, kind, default, var.doc, var.span, axiom)
        return self._switches[name]

    def declares(self, name: str, *roles: str) -> tuple[ClassText, VariableText] | None:
        """The variable of this name and of one of these roles, with the class whose text declares it."""
        found = self._variables.get(name)
        return found if found is not None and found[1].role in roles else None

    def _value(self, cls: ClassText, var: VariableText, kind: Type) -> Expr:
        if var.value is None:
            return NoneLit(kind, var.span)
        return elaborate.read_value(var.value, kind, self.names(cls))

    def _check_storable(self, kind: Type, var: VariableText, cls: ClassText) -> None:
        span = span_of(var.annotation, cls.module.file)
        match kind:
            case IntType(None, _) | IntType(_, None):
                hint = "write Annotated[int, Bounds(lo, hi)]"
                self.problem("not-finite", span, f"'{var.name}' is an int without bounds", hint)
            case OutcomeType() | NoneType():
                self.problem("bad-type", span, f"'{var.name}' cannot hold '{show(kind)}'")

    def _check_switch(self, kind: Type, var: VariableText, cls: ClassText) -> None:
        match kind:
            case MapType() | SeqType() | OutcomeType() | NoneType() | IntType(None, _) | IntType(_, None):
                span = span_of(var.annotation, cls.module.file)
                hint = "a switch is a bool, an enum or a bounded integer"
                self.problem("bad-type", span, f"a switch cannot be '{show(kind)}'", hint)

    # --- eras and availability ---

    def era_switch(self, enum_key: str) -> SwitchDecl | None:
        """The first switch whose type is this ordered enumeration."""
        for name, (_, var) in self._variables.items():
            if var.role == "switch":
                switch = self.switch(name)
                if switch is not None and switch.type == EnumType(enum_key) and self.enums[enum_key].ordered:
                    return switch
        return None

    def era(self, module: Module, text: EraText) -> tuple[SwitchDecl, EnumLit] | None:
        """The era switch and the member, or None after a report."""
        enum = self.program.enum(module, text.enum)
        if enum is None:
            known = [name for name in (*module.defs, *module.imports) if self.program.enum(module, name) is not None]
            self.problem("unknown-name", text.span, f"unknown enumeration '{text.enum}'", nearest(text.enum, known))
            return None
        self.use_enum(enum)
        if text.member not in enum.members:
            hint = nearest(text.member, enum.members)
            self.problem("no-attribute", text.span, f"'{text.enum}' has no member '{text.member}'", hint)
            return None
        switch = self.era_switch(enum.name)
        if switch is None:
            if not enum.ordered:
                hint = f"declare `class {text.enum}(OrderedEnum)`"
                self.problem("no-era", text.span, f"'{text.enum}' is not an OrderedEnum", hint)
            else:
                hint = f"declare `era: Switch[{text.enum}] = {text.enum}.{enum.members[-1]}`"
                self.problem("no-era", text.span, f"the spec has no switch of type '{text.enum}'", hint)
            return None
        return switch, EnumLit(switch.type, text.span, text.member)

    def availability(self, text: AvailabilityText | None) -> Availability:
        """When a declaration exists; what names no era or no bool switch is reported and left out."""
        if text is None:
            return ALWAYS
        eras = [self.era(text.module, era) if era is not None else None for era in (text.since, text.until)]
        since, until = (found[1].member if found is not None else None for found in eras)
        found = [[self._flag(name, span) for name, span in pairs] for pairs in (text.when, text.unless)]
        when, unless = (tuple(name for name in names if name) for names in found)
        return Availability(since, until, when, unless)

    def _flag(self, name: str, span: Span) -> str:
        """The name of a bool switch in the machine; empty after a report."""
        switch = self.switch(name)
        if switch is not None and isinstance(switch.type, BoolType):
            return switch.name
        if switch is not None:
            self.problem("unknown-switch", span, f"the switch '{name}' is not a bool")
        else:
            known = [n for n, (_, var) in self._variables.items() if var.role == "switch"]
            self.problem("unknown-switch", span, f"there is no switch '{name}'", nearest(name, known))
        return ""


def is_every(node: ast.expr) -> bool:
    """True for `every()`."""
    return _is_word(node, "every")


def _is_word(node: ast.expr | None, word: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=found), args=[], keywords=[]):
            return found == word
    return False
