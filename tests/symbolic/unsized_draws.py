"""Random small specs over devices and groups, as text: loops, choices, counts, sequences, and many candidate promises.

They are drawn so that proofs for any size have something to prove: few fields are written, and the promises are about
what is written, by themselves or under conditions. Most of them are in the fragment that can be proved, not all.
"""

from __future__ import annotations

from random import Random

HEAD = '''"""A drawn spec."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *


class Device(Sort, size=2):
    "A device."


class Group(Sort, size=2):
    "A group."


class Side(Enum): LEFT = auto(); RIGHT = auto()


class Drawn(Spec):
    """Whatever it does."""

    home: Constant[Map[Device, Group]] = every()
    chief: Constant[Map[Group, Device]] = every()
    on: Map[Device, bool] = everywhere(False)
    side: Map[Device, Side] = everywhere(Side.LEFT)
    mate: Map[Device, Device | None] = everywhere(None)
    lit: Map[Group, bool] = everywhere(False)
    owner: Map[Group, Device | None] = everywhere(None)
    row: Map[Group, Seq[Device, Max(len(Device))]] = everywhere(())
    count: Map[Group, Annotated[int, Bounds(0, len(Device))]] = everywhere(0)
    link: Map[tuple[Device, Device], bool] = everywhere(False)
    seen: Set[Device] = set()
    flag: bool = False
    level: Annotated[int, Bounds(0, 3)] = 0
'''

RARE = 0.04
"""How often something is drawn that is outside the fragment."""

FIELDS = ("on", "side", "mate", "lit", "owner", "row", "count", "link", "seen", "flag", "level")


class Drawing:
    """One spec from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.serial = 0
        self.written = self.random.sample(FIELDS, self.random.randint(1, 4))
        self.helpers: list[str] = []
        self.turns: list[tuple[str, bool]] = []

    def fresh(self, stem: str) -> str:
        self.serial += 1
        return f"{stem}{self.serial}"

    # --- expressions --------------------------------------------------------------------------------------------

    def device(self, devices: list[str], groups: list[str]) -> str:
        if devices and (not groups or self.random.random() < 0.85):
            return self.random.choice(devices)
        return f"self.chief[{self.random.choice(groups)}]"

    def group(self, devices: list[str], groups: list[str]) -> str:
        if groups and (not devices or self.random.random() < 0.6):
            return self.random.choice(groups)
        return f"self.home[{self.random.choice(devices)}]"

    def test(self, devices: list[str], groups: list[str], depth: int = 2) -> str:
        """A condition about these variables; one that writes nothing and never goes wrong."""
        random, pick = self.random, self.random.choice
        if depth and random.random() < 0.45:
            return self._joined(devices, groups, depth - 1)
        name = pick(self.written) if random.random() < 0.8 else pick(FIELDS)
        if not devices and not groups and name not in ("flag", "level"):
            return self._joined(devices, groups, depth - 1) if depth else "self.flag"
        if name in ("flag", "level"):
            return pick(["self.flag", "self.level > 0", "self.level == 2"]) if name in self.written else "self.flag"
        d, e, g = (f(devices, groups) for f in (self.device, self.device, self.group))
        return pick(
            {
                "on": [f"self.on[{d}]"],
                "side": [f"self.side[{d}] is Side.LEFT"],
                "mate": [f"self.mate[{d}] is None", f"self.mate[{d}] == {e}"],
                "lit": [f"self.lit[{g}]"],
                "owner": [f"self.owner[{g}] is None", f"self.owner[{g}] == {d}"],
                "row": [f"{d} in self.row[{g}]", f"len(self.row[{g}]) == 0", f"len(self.row[{g}]) < 2"],
                "count": [f"self.count[{g}] == 0", f"self.count[{g}] <= 1"],
                "link": [f"self.link[{d}, {e}]"],
                "seen": [f"{d} in self.seen"],
            }[name]
            + [f"{d} == {e}", f"self.home[{d}] == {g}"][: 2 if random.random() < 0.15 else 0]
        )

    def _joined(self, devices: list[str], groups: list[str], depth: int) -> str:
        random = self.random
        x, way = self.fresh("x"), random.randrange(9)
        one = self.test(devices, groups, depth)
        if way == 0:
            return f"not ({one})"
        if way <= 2:
            return f"({one} {random.choice(('and', 'or'))} {self.test(devices, groups, depth)})"
        if groups and random.random() < 0.3:
            domain = f"self.row[{random.choice(groups)}]"
        elif random.random() < 0.2:
            return f"any({self.test(devices, [*groups, x], depth)} for {x} in Group)"
        else:
            domain = random.choice(("Device", "Device", "self.seen"))
        inner = self.test([*devices, x], groups, depth)
        if way <= 5:
            return f"{random.choice(('any', 'all'))}({inner} for {x} in {domain})"
        if way == 6 and random.random() < RARE:
            return f"first({x} for {x} in {domain} if {inner}) is None"
        number, domain = random.choice(("0", "1", "2")), domain if random.random() < RARE else "Device"
        return f"sum(1 for {x} in {domain} if {inner}) {random.choice(('==', '<=', '>'))} {number}"

    # --- statements ---------------------------------------------------------------------------------------------

    def write(self, devices: list[str], groups: list[str]) -> str:
        random = self.random
        name = random.choice(self.written)
        test = random.choice(("True", "False", self.test(devices, groups, 1)))
        d, e, g = (f(devices, groups) for f in (self.device, self.device, self.group))
        if self.turns and random.random() < 0.93:  # a turn of a loop writes what belongs to it
            x, is_device = self.turns[-1]
            mine = [n for n in self.written if n in (("on", "side", "mate", "link") if is_device else ("lit", "owner"))]
            name = random.choice(mine or [random.choice(("on", "side", "mate") if is_device else ("lit", "owner"))])
            d, g = (x, g) if is_device else (d, x)
        return random.choice(
            {
                "on": [f"self.on[{d}] = {test}"],
                "side": [f"self.side[{d}] = Side.RIGHT if {test} else Side.LEFT"],
                "mate": [f"self.mate[{d}] = {e}", f"self.mate[{d}] = None", f"self.mate[{d}] = self.mate[{e}]"],
                "lit": [f"self.lit[{g}] = {test}"],
                "owner": [f"self.owner[{g}] = {d}", f"self.owner[{g}] = None"],
                "row": [
                    f"self.row[{g}] = self.row[{g}] + ({d},)"
                    + (f" if {d} not in self.row[{g}] else self.row[{g}]" if random.random() < 0.9 else ""),
                    f"self.row[{g}] = without(self.row[{g}], {d})",
                    f"self.row[{g}] = ()",
                ],
                "count": [
                    f"self.count[{g}] += 1",
                    f"self.count[{g}] -= 1",
                    f"self.count[{g}] = sum(1 for y in Device if self.home[y] == {g} and self.on[y])",
                ],
                "link": [f"self.link[{d}, {e}] = {test}"],
                "seen": [f"self.seen |= {{{d}}}", f"self.seen -= {{{d}}}", "self.seen = set()"],
                "flag": [f"self.flag = {test}"],
                "level": ["self.level += 1", "self.level = 2", "self.level = 0"],
            }[name]
        )

    def block(self, devices: list[str], groups: list[str], pad: str, depth: int, loop: bool) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 2)):
            lines += self._statement(devices, groups, pad, depth, loop)
        return lines

    def _statement(self, devices: list[str], groups: list[str], pad: str, depth: int, loop: bool) -> list[str]:
        random = self.random
        way = random.random()
        if depth and way < 0.3:
            inside = self.block(devices, groups, pad + "    ", depth - 1, loop)
            lines = [f"{pad}if {self.test(devices, groups, 1)}:", *inside]
            if loop and random.random() < 0.5:
                lines.append(f"{pad}    {'continue' if random.random() < RARE else 'break'}")
            if random.random() < 0.4:
                lines += [f"{pad}else:", *self.block(devices, groups, pad + "    ", depth - 1, loop)]
            return lines
        if depth and way < 0.6:
            x = self.fresh("x")
            return self._loop(x, devices, groups, pad, depth)
        if depth and self.helpers and way < 0.75:
            v = self.fresh("v")
            call = f"{pad}{v} = self.{random.choice(self.helpers)}({self.device(devices, groups)})"
            return [call, f"{pad}if {v}:", *self.block(devices, groups, pad + "    ", 0, loop)]
        return [pad + self.write(devices, groups)]

    def _loop(self, x: str, devices: list[str], groups: list[str], pad: str, depth: int) -> list[str]:
        random, inner, way = self.random, pad + "    ", self.random.random()
        if way < RARE:
            return [f"{pad}for {x} in Side:", *self.block(devices, groups, inner, depth - 1, True)]
        left = random.random() < RARE
        if self.turns:  # inside another loop, over a row
            if self.turns[-1][1] or not groups:
                return [pad + self.write(devices, groups)]
            self.turns.append((x, True))
            lines = [f"{pad}for {x} in self.row[{groups[-1]}]:", *self.block([x, *devices], groups, inner, 0, False)]
            self.turns.pop()
            return lines
        self.turns.append((x, way > 0.35))
        if way <= 0.35:
            lines = [f"{pad}for {x} in Group:", *self.block(devices, [*groups, x], inner, depth - 1, left)]
        else:
            domain = f"self.row[{self.group(devices, groups)}]" if random.random() < 0.5 else "Device"
            left = left or domain != "Device"
            others, homes = ([x, *devices], groups) if random.random() < 0.6 else ([x], [])
            lines = [f"{pad}for {x} in {domain}:", *self.block(others, homes, inner, depth - 1, left)]
        self.turns.pop()
        return lines

    # --- the whole ----------------------------------------------------------------------------------------------

    def helper(self) -> list[str]:
        name = self.fresh("helper")
        lines = [f"    def {name}(self, d: Device, *, c: bool, e: Device) -> bool:"]
        test = self.random.choice((self.test(["d", "w"], [], 1), "c"))
        lines += ["        w = e", f"        if {test}:"]
        if self.random.random() < 0.5:
            lines += self.block(["d"], [], " " * 12, 1, False)
        lines += ["            return True"]
        if self.random.random() < 0.4:
            row = "Device" if self.random.random() < RARE else "self.row[self.home[d]]"
            lines += [f"        for z in {row}:", f"            if {self.test(['z', 'd'], [], 1)}:"]
            lines += ["                return True"]
        lines += [f"        return {self.random.choice(('False', 'c', self.test(['d'], [], 1)))}", ""]
        self.helpers.append(name)
        return lines

    def action(self) -> list[str]:
        name = self.fresh("act")
        lines = ["    @kernel", f"    def {name}(self, d: Device, g: Group, *, c: bool, f: Device) -> None:"]
        lines += ['        """Something."""']
        devices = ["d"]
        if self.random.random() < 0.3:
            lines += ["        w = f"]
            devices = ["d", "d", "w"]
        if self.random.random() < 0.5:
            lines += [f"        require({self.test(devices, ['g'], 1)})"]
        if self.random.random() < 0.2:
            lines += ["        if c:", *self.block(devices, ["g"], " " * 12, 1, False)]
        return [*lines, *self.block(devices, ["g"], " " * 8, 3, False), ""]

    def promise(self, number: int) -> list[str]:
        lines = ["    @invariant", f"    def promise{number}(self) -> bool:", '        """Perhaps."""']
        way = self.random.randrange(6)
        if way == 0:
            return [*lines, f"        return {self.test([], [], 2)}", ""]
        if way == 1:
            test = self.test(["d", "d", "e"], [], 1)
            lines += [f"        return all({test} for d in Device for e in Device if d != e)"]
        elif way == 2:
            lines += [f"        return all({self.test(['d'], ['g'], 1)} for g in Group for d in self.row[g])"]
        elif way == 3:
            lines += [f"        return all({self.test([], ['g'], 2)} for g in Group)"]
        else:
            one, two = self.test(["d"], [], 1), self.test(["d"], [], 1)
            lines += [f"        return all({two} for d in Device if {one})"]
        return [*lines, ""]

    def text(self) -> str:
        """The spec."""
        lines: list[str] = []
        for _ in range(self.random.randint(0, 2)):
            lines += self.helper()
        for _ in range(self.random.randint(1, 2)):
            lines += self.action()
        for number in range(10):
            lines += self.promise(number)
        return HEAD + "\n" + "\n".join(lines)
