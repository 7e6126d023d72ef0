"""An implementation as what a log is held against: the calls of a translation are performed, not looked up.

Nature's choices are in no log. A call is performed without any failure first; where the answer is not the recorded
one, once for each single choice of the spec that the call may read, and the first that gives the recorded answer
stands. The same goes for the values of an argument that the translation leaves open. If none does, the answer
without failures is the one that differs, and the model goes on behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checker.conform.differences import raised
from checker.conform.implementation import Answer, Choice, Model, Plain, Running, Setting
from checker.conform.log import LogSequence
from checker.conform.plain import plain_of, show_plain
from checker.conform.possible import plain, word
from checker.conform.protocol import ANY, BLOCKED, OK, Call, Look, Translation, View, Word
from checker.conform.spec_side import short
from checker.conform.validate import Validated, judge_by
from checker.conform.validate_spec import same, show_answer
from checker.evaluate import Constants, initial_runs
from spec.lang.errors import RequestError, nearest
from spec.lang.ground import GroundMachine, reachable
from spec.lang.ir import ChoiceRead, OutcomeLit
from spec.lang.machine import Function
from spec.lang.types import OptionType, SortType, Type
from spec.lang.values import values
from spec.lang.walk import statements, stmt_expressions, subexpressions

Begun = tuple[Setting, tuple[Choice, ...], View]
"""How a model begins: the instance, nature's first choices, and the initial state of the spec."""


def judge_log_on_model(
    sequences: Iterable[LogSequence],
    model: Model,
    ground: GroundMachine,
    constants: Iterable[Constants],
    translation: Translation,
) -> Validated:
    """Judges all sequences of a log by a model, in the instance that the spec would be judged in."""
    words = Words(ground)
    begun = [one for valuation in constants for one in beginnings(ground, valuation)]
    return judge_by(sequences, lambda: ModelSide(model, words, begun), translation)


def beginnings(ground: GroundMachine, constants: Constants) -> Iterator[Begun]:
    """Every way in which the model may begin at these constants."""
    fields = tuple(name for name in ground.fields if not ground.machine.fields[name].ghost)
    setting = Setting(
        sizes=dict(ground.sizes),
        switches=dict(ground.switches),
        constants={name: plain_of(value, ground) for name, value in constants.items()},
        fields=fields,
    )
    for run in initial_runs(ground, constants):
        if run.kind == "step":
            choices = tuple(
                (short(f"{ground.functions[c.function].name}.{c.name}"), plain_of(c.value, ground)) for c in run.tape
            )
            yield setting, choices, {name: plain_of(run.after[name], ground) for name in fields}


class Words:
    """The words of a translation and those of a model, and what may be chosen in each action; worked out once."""

    def __init__(self, ground: GroundMachine) -> None:
        self.ground = ground
        self.actions = {action.name: action for action in ground.actions}
        self._values: dict[str, list[dict[Word, Plain]]] = {}
        self._alternatives: dict[str, tuple[tuple[Choice, ...], ...]] = {}
        self._outputs: dict[str, dict[str, Type]] = {}

    def arguments(self, call: Call) -> list[tuple[Plain, ...]]:
        """Every row of arguments that the call may stand for. RequestError for a word that is none."""
        if call.action not in self.actions:
            raise RequestError(f"the translation calls {call.action}; {self.ground.machine.name} has no such action; "
                               f"{nearest(call.action, self.actions)}")  # fmt: skip
        params = self.ground.functions[self.actions[call.action].function].params
        if call.action not in self._values:
            self._values[call.action] = [
                {plain(v, self.ground): plain_of(v, self.ground) for v in values(p.type, self.ground)} for p in params
            ]
        columns = []
        for param, known in zip(params, self._values[call.action], strict=True):
            wanted = call.args.get(param.name)
            if param.name in call.args and wanted not in known:
                raise RequestError(
                    f"the translation calls {call.action} with {param.name}={wanted!r}, which is no value"
                )
            columns.append([known[wanted]] if param.name in call.args else list(known.values()))
        return list(itertools.product(*columns))

    def alternatives(self, action: str) -> tuple[tuple[Choice, ...], ...]:
        """Nature's choices to try in turn: none, then each single one that the live text of the action reads."""
        if action not in self._alternatives:
            reached = reachable(self.ground.functions, [self.actions[action].function])
            single = {
                ((short(f"{function.name}.{choice.name}"), plain_of(value, self.ground)),): None
                for function in (self.ground.functions[key] for key in reached)
                for choice in function.choices
                if choice.name in _read(function)
                for value in itertools.islice(values(choice.type, self.ground), 1, None)
            }
            self._alternatives[action] = ((), *single)
        return self._alternatives[action]

    def output(self, action: str, name: str, value: Plain) -> Word:
        """An output of the model in the words of the translation."""
        if action not in self._outputs:
            self._outputs[action] = dict(self._typed(action))
        kind = self._outputs[action].get(name)
        inner = kind.item if isinstance(kind, OptionType) else kind
        if isinstance(value, (tuple, frozenset)) or (isinstance(inner, SortType) and value is not None):
            return show_plain(value, inner, self.ground)
        return value

    def _typed(self, action: str) -> Iterator[tuple[str, Type]]:
        for key in reachable(self.ground.functions, [self.actions[action].function]):
            for stmt in statements(self.ground.functions[key].body):
                for top in stmt_expressions(stmt):
                    for node in subexpressions(top):
                        if isinstance(node, OutcomeLit):
                            yield from ((name, value.type) for name, value in node.outputs)


def _read(function: Function) -> set[str]:
    """The choices that are left in a function when the switches are set."""
    tops = (top for stmt in statements(function.body) for top in stmt_expressions(stmt))
    return {node.name for top in tops for node in subexpressions(top) if isinstance(node, ChoiceRead)}


@dataclass(frozen=True, slots=True)
class MetModel:
    """What a model answered. `why` says more where it differs.

    `loose` says that the answer needed a failure inside, or another value of an open argument.
    """

    agrees: bool
    shown: str
    why: str = ""
    loose: bool = False
    sites: frozenset[int] = frozenset()
    sure: bool = False

    def expected(self) -> str:
        return self.shown

    def reason(self) -> str:
        return self.why

    def there(self) -> tuple[str, ...]:
        return ()


@dataclass(slots=True)
class ModelSide:
    """The machines of one sequence: for each the models that may be it, one for every way to begin."""

    model: Model
    words: Words
    begun: list[Begun]
    machines: dict[str, list[tuple[Running, View]]] = field(default_factory=dict)

    def call(self, machine: str, call: Call) -> MetModel:
        """Performs a call on every model that may be the machine; those that answer otherwise are dropped."""
        found = [(one, self._performed(one[0], call)) for one in self._running(machine)]
        return self._kept(machine, found)

    def look(self, machine: str, look: Look) -> MetModel:
        """Shows the fields of the models to the question."""
        found = []
        for running, first in self._running(machine):
            view = {**first, **dict(zip(self.begun[0][0].fields, running.state(), strict=True))}
            shown = look.shows(view)
            names = sorted(n for n in shown if shown[n] != look.recorded.get(n))
            why = f"the state shows another {', '.join(names)}"
            found.append(((running, first), MetModel(same(shown, look.recorded), show_answer(shown), why)))
        return self._kept(machine, found)

    def _running(self, machine: str) -> list[tuple[Running, View]]:
        if machine not in self.machines:
            try:
                self.machines[machine] = [(self.model.start(s, choices), view) for s, choices, view in self.begun]
            except ValueError as error:
                raise RequestError(f"the model cannot begin as the log was recorded: {error}") from error
        return self.machines[machine]

    def _kept(self, machine: str, found: list[tuple[tuple[Running, View], MetModel]]) -> MetModel:
        kept = [(one, met) for one, met in found if met.agrees] or found
        self.machines[machine] = [one for one, _ in kept]
        return kept[0][1]

    def _performed(self, running: Running, call: Call) -> MetModel:
        """The first run of the call with the recorded answer, else the one without failures."""
        rows = self.words.arguments(call)
        answers = []
        for choices in self.words.alternatives(call.action):
            for args in rows:
                mark = running.mark()
                try:
                    answer = running.perform(call.action, args, choices)
                except MemoryError:
                    raise
                except Exception as error:
                    running.back(mark)
                    answers.append(f"raised {raised(error).got}")
                    continue
                if self._fits(answer, call):
                    return MetModel(True, self._shown(answer, call), loose=bool(answers))
                answers.append(self._shown(answer, call))
                running.back(mark)
        if not answers[0].startswith("raised"):
            running.perform(call.action, rows[0], ())
        return MetModel(False, answers[0], self._why(answers))

    def _why(self, answers: list[str]) -> str:
        others = [a for a in dict.fromkeys(answers) if a != answers[0]]
        if not others:
            return "no failure inside changes the answer"
        return f"with a failure inside it would be {' or '.join(others)}"

    def _fits(self, answer: Answer, call: Call) -> bool:
        if answer.warned != call.warned:
            return False
        if call.errno == ANY:
            return True
        wanted = {OK: ("done", ""), BLOCKED: ("blocked", answer.errno)}.get(call.errno, ("refused", call.errno))
        return (answer.kind, answer.errno) == wanted and all(
            self._is(call.action, name, answer.outputs, one) for name, one in call.outputs.items()
        )

    def _is(self, action: str, name: str, outputs: Mapping[str, Plain], wanted: Word | tuple[Word, ...]) -> bool:
        options = wanted if isinstance(wanted, tuple) else (wanted,)
        if name not in outputs:
            return False
        given = self.words.output(action, name, outputs[name])
        return any(type(given) is type(one) and given == one for one in options)

    def _shown(self, answer: Answer, call: Call) -> str:
        first = OK if answer.kind == "done" else answer.errno or answer.kind
        outputs = (f"{n}={word(self.words.output(call.action, n, v))}" for n, v in answer.outputs.items())
        shown = ", ".join(outputs)
        return first + (f" {shown}" if shown else "") + (", WARN" if answer.warned else "")
