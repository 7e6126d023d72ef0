"""What the ops of a box log are in the spec of the box."""

from dataclasses import dataclass, field

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import ANY, Call, Explained, Fixed, Instance, Judge, Reader, Skip, Translated


@dataclass
class BoxReader:
    """Knows which names are boxes."""

    boxes: set[str] = field(default_factory=set)

    def step(self, step: LogStep) -> Translated:
        name = step.args.get("box", "")
        if step.op == "MAKE":
            self.boxes.add(name)
            return Skip("a box is there from the start")
        if name not in self.boxes:
            return Fixed("EBADF", "there is no such box")
        match step.op:
            case "TURN":
                return Judge(name, (Call("turn", {"wanted": step.args["to"]}, step.errno),), "arguments")
            case "PUT":
                outputs = {k: v for k, v in step.out.items() if isinstance(v, int | str)}
                return Judge(name, (Call("put", {"t": step.args["t"]}, step.errno, outputs),))
            case "SHAKE":
                return Judge(name, (Call("shake", {}, step.errno),))
            case "LOOK":
                errno = ANY if step.warned else step.errno
                whole = {"whole": step.out.get("whole") is True} if step.out else {}
                return Judge(name, (Call("look", {"t": step.args["t"]}, errno, whole, step.warned),))
            case "TOUCH" | "SMELL":
                return Judge(name, (Call(step.op.lower(), {}, step.errno),))
            case _:
                return Skip("the translation knows no such op")


INSTANCE = Instance(profile="plain", configuration="two", switches=("warns=off",))
KNOWN = Explained("SHAKE", "ENOSPC", "odd", "this box was glued shut")


@dataclass(frozen=True)
class BoxTranslation:
    """Boxes heat up unseen; one difference is known."""

    instance: Instance = INSTANCE
    silent: tuple[str, ...] = ("melt", "heat")
    explained: tuple[Explained, ...] = (KNOWN,)

    def begin(self, sequence: LogSequence) -> Reader:
        return BoxReader()


TRANSLATION = BoxTranslation()
