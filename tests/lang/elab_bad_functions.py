"""Whole functions that are wrong: parameter lists, results, properties; marks as in `elab_bad`."""

from __future__ import annotations

from spec.lang.codes import Code
from spec.lang.machine import Param
from spec.lang.spans import BUILTIN
from tests.lang import process_bad
from tests.lang.elab_tools import DEVICE

ACTION_PARAMS = {"d": Param("d", DEVICE, BUILTIN)}

ALL = [
    ("missing-annotation", "def f(self, §d) -> None: pass"),
    ("missing-annotation", "@invariant\n§def f(self):\n    return True"),
    ("missing-annotation", "@pure\n§def f(self, n: int):\n    return n"),
    ("not-finite", "@kernel\ndef f(self, n: §int) -> None: pass"),
    ("not-finite", "def f(self, *, n: §int) -> None: pass"),
    ("not-finite", "def f(self, n: §int | None) -> None: pass"),
    ("not-finite", "def f(self, n: Set[§int]) -> None: pass"),
    ("not-a-scalar", "@ioctl\ndef f(self, o: §Seq[Device, Max(2)]) -> Outcome: return DONE"),
    ("not-a-scalar", "def f(self, o: Set[§Map[Device, bool]]) -> None: pass"),
    ("not-a-scalar", "def f(self, o: Map[Device, §Map[Device, bool]]) -> None: pass"),
    ("bad-type", "def f(self, o: §None) -> None: pass"),
    ("bad-type", "def f(self, o: §Set) -> None: pass"),
    ("bad-type", "def f(self, o: §list[int]) -> None: pass"),
    ("bad-type", "def f(self, o: §'Device') -> None: pass"),
    ("bad-type", "def f(self, o: Table | §Device) -> None: pass"),
    ("bad-type", "def f(self, o: §Table | Table) -> None: pass"),
    ("bad-type", "def f(self, o: Map[§User | None, bool]) -> None: pass"),
    ("bad-type", "def f(self, o: §Device[int]) -> None: pass"),
    ("bad-type", "def f(self, o: §Seq[Device]) -> None: pass"),
    ("unknown-name", "def f(self, o: §Devise) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, §Bounds(3, 0)]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, §3]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, Bounds(0, §x.y)]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, Bounds(0, §NAME)]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, Bounds(0, §len(Mode))]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Annotated[int, Bounds(0, §len(Device) * len(User))]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Seq[Device, §3]) -> None: pass"),
    ("bad-bounds", "def f(self, o: Seq[Device, §Max(0)]) -> None: pass"),
    ("parameters", "§def f(d: Device) -> None: pass"),
    ("parameters", "def f(self, *§args) -> None: pass"),
    ("parameters", "def f(self, §d: Device, /) -> None: pass"),
    ("arguments", "@kernel\ndef f(self) -> None:\n    §require()"),
    ("not-a-bool", "@kernel\ndef f(self) -> None:\n    require(§self.count)"),
    ("parameters", "def f(self, n: int = §1) -> None: pass"),
    ("parameters", "@pure\ndef f(self, *, §c: bool) -> int:\n    return 1"),
    ("parameters", "@invariant\ndef f(self, *, §c: bool) -> bool:\n    return True"),
    ("parameters", "@invariant\ndef f(self, §d: Device) -> bool:\n    return True"),
    ("parameters", "@invariant\ndef f(self, §old: Self) -> bool:\n    return True"),
    ("parameters", "@during\ndef f(self, §outcome: Outcome) -> bool:\n    return True"),
    ("parameters", "@action_property\ndef f(self, old: Self, §u: User) -> bool:\n    return True"),
    ("parameters", "@initial\ndef f(self, §d: Device) -> None: pass"),
    ("type-mismatch", "@action_property\ndef f(self, d: §User) -> bool:\n    return True"),
    ("bad-return", "@invariant\ndef f(self) -> §int:\n    return True"),
    ("bad-return", "@initial\ndef f(self) -> §bool: pass"),
    ("bad-return", "@kernel\ndef f(self) -> §bool:\n    return DONE"),
    ("bad-return", "@ioctl\n§def f(self) -> None: pass"),
    ("bad-return", "def f(self) -> int:\n    §return"),
    ("missing-return", "@ioctl\n§def f(self) -> Outcome:\n    self.flag = True"),
    ("missing-return", "§def f(self, n: int) -> bool:\n    if n > 0:\n        return True"),
    ("missing-return", "§def f(self) -> bool:\n    for d in Device:\n        return True"),
    ("empty-body", "@invariant\n§def f(self) -> bool:\n    '''Nothing follows.'''"),
    ("misplaced-require", "@ioctl\ndef f(self) -> Outcome:\n    §require(self.flag)\n    return DONE"),
    ("write-before-refusal", "@ioctl\ndef f(self) -> Outcome:\n    self.flag = True\n    return §refuse(EPERM, 'a')"),
    (
        "write-before-refusal",
        "@ioctl\ndef f(self, d: Device) -> Outcome:\n    self.level[d] += 1\n    if self.flag:\n"
        "        return §blocked('a')\n    return DONE",
    ),
    (
        "write-before-refusal",
        "@ioctl\ndef f(self) -> Outcome:\n    if self.count > 1:\n        return DONE\n    self.flag = True\n"
        "    if self.count > 0:\n        return DONE\n    return §refuse(EPERM, 'a')",
    ),
    (
        "write-before-refusal",
        "@ioctl\ndef f(self) -> Outcome:\n    self.flag = True\n    return DONE if self.flag else §refuse(EPERM, 'a')",
    ),
    ("not-pure", "@invariant\ndef f(self) -> bool:\n    §self.flag = True\n    return True"),
    ("not-pure", "@pure\ndef f(self) -> bool:\n    §self.flag = True\n    return True"),
    ("not-pure", "@invariant\ndef f(self) -> bool:\n    §warn('w')\n    return True"),
    ("bad-outcome", "@invariant\ndef f(self) -> bool:\n    x = §DONE\n    return True"),
    ("reads-state", "@pure\ndef f(self) -> bool:\n    return §self.flag"),
    ("reads-state", "@assume\ndef f(self) -> bool:\n    return §self.flag"),
    ("not-callable", "@pure\ndef f(self) -> int:\n    return §self.number()"),
    ("not-callable", "@goal\ndef f(self) -> bool:\n    return §self.g()\n@goal\ndef g(self) -> bool:\n    return True"),
    ("bad-old", "@during\ndef f(self, old: Self) -> bool:\n    return §old"),
    ("bad-old", "@during\ndef f(self, old: Self) -> bool:\n    return §old.write(d)"),
    ("bad-type", "@during\ndef f(self, §old: Device) -> bool:\n    return True"),
    ("not-a-bool", "@goal\ndef f(self) -> bool:\n    return §self.count"),
]

ELSEWHERE = {"no-era", "effect-in-expression", "recursion", "bad-promise", "bad-use-of-a-part"}
ELSEWHERE |= {code for code, _ in process_bad.ALL} & {code.code for code in Code}
"""Codes tested with values, with several functions at once, with parts, and in processes."""
