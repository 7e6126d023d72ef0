"""The error codes of spec text: stable kebab-case names with one line each; the documentation is made from this."""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """A kind of mistake in the text of a type, an expression, a function or a property."""

    # names
    UNKNOWN_NAME = ("unknown-name", "a name that nothing in scope has")
    NOT_A_VALUE = ("not-a-value", "a sort, enum, record, method or word stands where a value is needed")
    LOOP_VARIABLE = ("loop-variable", "a loop variable is read after its loop, assigned, or named like another local")
    UNASSIGNED = ("unassigned-local", "a local is read although some path does not assign it")
    ASSIGN_PARAMETER = ("assign-parameter", "a parameter or choice is assigned; they keep their value")
    TWO_TYPES = ("two-types", "one local is given values of two types")
    TYPE_NEEDED = ("type-needed", "None, an empty set or a sequence in a place that does not tell its type")
    BOUNDED_LOCAL = ("bounded-local", "a local has bounds; locals are exact, bounds are checked when stored")

    # types
    BAD_TYPE = ("bad-type", "an annotation that is no type of the language")
    BAD_BOUNDS = ("bad-bounds", "bounds or a capacity that are not a constant expression, or are the wrong way round")
    NOT_FINITE = ("not-finite", "a plain int, or another type without finitely many values, that is tried or stored")
    NOT_SCALAR = ("not-a-scalar", "a map or sequence where a scalar is needed")
    MISSING_ANNOTATION = ("missing-annotation", "a parameter or a function that returns a value has no type")
    MISMATCH = ("type-mismatch", "a value of one type in a place for another")
    UNRELATED = ("unrelated-types", "a comparison of two types that have no value in common")
    NEVER_NONE = ("never-none", "a comparison with None of something that can never be None")
    NOT_ORDERED = ("not-ordered", "an order comparison of something without order")
    NOT_A_BOOL = ("not-a-bool", "a truth value of something that is no bool")
    NO_VALUE = ("no-value", "the result of a call that returns nothing is used")
    NO_ATTRIBUTE = ("no-attribute", "an attribute that the value does not have")
    OUT_OF_BOUNDS = ("out-of-bounds", "a constant that lies outside the bounds of its place")

    # forms
    UNSUPPORTED = ("unsupported-syntax", "Python that is no part of the language")
    IDENTITY = ("identity", "'is' on something other than None, enum members and bools")
    NOT_A_DOMAIN = ("not-a-domain", "a loop or comprehension over something that is no domain")
    ARGUMENTS = ("arguments", "a call with missing, unknown, repeated or surplus arguments")
    NOT_CALLABLE = ("not-callable", "a call of something that cannot be called here")
    WALRUS = ("walrus", "':=' elsewhere than first in the test of an 'if' or in an assignment")
    CALL_TWICE = ("bind-to-a-local", "a call in a place whose value is needed twice")
    DIVISOR = ("divisor", "a division by something other than a positive constant")
    REASON = ("bad-reason", "a reason that is no kebab-case string literal")
    ERRNO = ("bad-errno", "an errno that is no standard Linux name, or stands elsewhere than in an outcome")
    OUTCOME = ("bad-outcome", "an outcome is made or asked in a way that has no meaning")
    PROVENANCE = ("bad-provenance", "'cites' or 'sure' is no literal of the accepted form")
    WARNING = ("bad-warning", "a warning without a literal message")
    ERA = ("no-era", "since(...) or until(...) without an era switch of that enum")

    # functions
    PARAMETERS = ("parameters", "a parameter list that this kind of function cannot have")
    RETURNS = ("bad-return", "a return type or return statement that this kind of function cannot have")
    MISSING_RETURN = ("missing-return", "some path reaches the end without returning a value")
    EMPTY_BODY = ("empty-body", "a function whose body is missing")
    UNREACHABLE = ("unreachable", "text that can never run")
    NO_EFFECT = ("no-effect", "a statement that computes something and drops it")
    OUTSIDE_LOOP = ("outside-loop", "'break' or 'continue' outside a loop")
    REQUIRE = ("misplaced-require", "'require' in a function that must always be possible, or after a write")
    WRITE_BEFORE_REFUSAL = ("write-before-refusal", "a write and then a refusal in one straight line")
    NOT_STORED = ("not-stored", "an assignment to something that is no local and no state field")
    OLD = ("bad-old", "'old' is used as more than the state to read from")

    # processes
    YIELD = ("misplaced-yield", "a yield where no process may wait, or in another form than the language has")
    TURN = ("turn-without-yield", "a turn of a 'while' that may pass no yield")
    KEPT = ("not-kept", "a local is needed after a yield, and its type cannot be kept in the state")
    TWO_BLOCKS = ("choice-in-two-blocks", "a choice of nature is read before and after a yield")
    LABEL = ("bad-label", "a label of a process that is there twice, or not at all")
    LOCK = ("bad-lock", "a lock is used in another way than by acquire, try_acquire and release")
    PROCESS = ("bad-process", "a process is called, or is declared or written in a way that has no meaning")

    # parts
    PART = ("bad-use-of-a-part", "a part is used as a value, or written or called in a way that only its own text may")

    # promises about whole runs
    PROMISE = ("bad-promise", "'leads_to' or 'Promise' in a form or a place that has no meaning")

    # purity and effects
    NOT_PURE = ("not-pure", "a property or a pure function writes, warns, requires, chooses or makes an outcome")
    READS_STATE = ("reads-state", "state is read where only constants may be")
    EFFECT_PLACE = ("effect-in-expression", "a call that writes state where it might not run, or might run many times")
    RECURSION = ("recursion", "a function that calls itself, directly or through others")

    def __init__(self, code: str, explanation: str) -> None:
        self.code = code
        self.explanation = explanation
