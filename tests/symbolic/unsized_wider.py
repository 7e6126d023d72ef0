"""Random specs as in `unsized_draws`, with more of the language: variables that turns carry, rows kept at home,
records, sets that are built, early returns, starts of their own, sequences that are gathered again."""

from __future__ import annotations

from tests.symbolic.unsized_draws import FIELDS, HEAD, RARE, Drawing

RECORD = """

class Share(Record):
    "A device, if any, and a side."
    device: Device | None
    side: Side


class Drawn"""
MORE = "    share: Map[Device, Share] = everywhere(Share(device=None, side=Side.LEFT))\n"
WIDER_HEAD = HEAD.replace("\n\nclass Drawn", RECORD) + MORE
WIDER_FIELDS = (*FIELDS, "share")


class Wider(Drawing):
    """One spec from one seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.written = self.random.sample(WIDER_FIELDS, self.random.randint(1, 4))
        if self.random.random() < 0.5 and "row" not in self.written:
            self.written.append("row")
        self.at_home = self.random.random() < 0.7
        self.carried: list[str] = []

    # --- expressions --------------------------------------------------------------------------------------------

    def device(self, devices: list[str], groups: list[str]) -> str:
        if self.carried and self.random.random() < 0.25:
            return self.random.choice(self.carried)
        return super().device(devices, groups)

    def test(self, devices: list[str], groups: list[str], depth: int = 2) -> str:
        random = self.random
        if not devices or random.random() < 0.8:
            return self._plain(devices, groups, depth)
        d, e, g, x = random.choice(devices), self.device(devices, groups), self.group(devices, groups), self.fresh("x")
        inner = self._plain([*devices, x], groups, 0)
        ways = [
            f"self.share[{d}].device == {e}",
            f"self.share[{d}].device is None",
            f"self.share[{d}].side is Side.LEFT",
            f"self.share[{d}] == self.share[{e}]",
            f"sum(1 for {x} in self.row[{g}] if {x} == {d}) > 0",
            f"{d} in {{{x} for {x} in Device if {inner}}}",
            f"self.row[{g}] == ()",
            f"self.home[{d}] == self.home[{e}]",
            f"({d} in self.seen) != ({e} in self.seen)",
            f"any(s is self.side[{d}] for s in Side)",
        ]
        outside = [
            f"first({x} for {x} in self.row[{g}] if {inner}) == {d}",
            f"self.row[{g}] == self.row[{self.group(devices, groups)}]",
        ]
        found = random.choice(outside if random.random() < RARE else ways)
        return found.replace("for s in", f"for {x} in").replace("any(s is", f"any({x} is")

    def _plain(self, devices: list[str], groups: list[str], depth: int) -> str:
        kept = self.written
        self.written = [n for n in kept if n != "share"] or ["flag"]
        found = super().test(devices, groups, depth)
        self.written = kept
        return found

    # --- statements ---------------------------------------------------------------------------------------------

    def write(self, devices: list[str], groups: list[str]) -> str:
        random = self.random
        if self.turns and self.turns[-1][1] and "share" in self.written and random.random() < 0.3:
            return self._share(self.turns[-1][0], devices, groups)
        if "share" in self.written and not self.turns and random.random() < 0.3:
            return self._share(self.device(devices, groups), devices, groups)
        if self.at_home and "row" in self.written and not self.turns and random.random() < 0.4:
            d = random.choice([*devices, self.device(devices, groups)])
            home = f"self.row[self.home[{d}]]"
            if random.random() < 0.6:
                guard = f" if {d} not in {home} else {home}" if random.random() < 0.9 else ""
                return f"{home} = {home} + ({d},){guard}"
            return f"{home} = without({home}, {d})"
        kept = self.written
        self.written = [n for n in kept if n != "share" and not (n == "row" and self.at_home)] or ["flag"]
        found = super().write(devices, groups)
        self.written = kept
        return found

    def _share(self, d: str, devices: list[str], groups: list[str]) -> str:
        random = self.random
        who = random.choice((self.device(devices, groups), "None"))
        side = random.choice(("Side.LEFT", "Side.RIGHT"))
        if random.random() < RARE:
            return f"self.share[{d}] = replace(self.share[{d}], side={side})"
        other = f"self.share[{self.device(devices, groups)}]"
        return random.choice(
            (
                f"self.share[{d}] = Share(device={who}, side={side})",
                f"self.share[{d}] = Share(device={other}.device, side={side})",
                f"self.share[{d}] = {other}",
            )
        )

    def _statement(self, devices: list[str], groups: list[str], pad: str, depth: int, loop: bool) -> list[str]:
        random, way = self.random, self.random.random()
        if depth and self.carried and loop and way < RARE:
            v = random.choice(self.carried)
            assign = f"{v} = {random.choice(devices)}"
            if random.random() < 0.3:
                return [pad + assign]
            return [f"{pad}if {self.test(devices, groups, 1)}:", f"{pad}    {assign}"]
        if depth and way < RARE / 4 and devices:
            v = self.fresh("v")
            x = self.fresh("x")
            test = self.test([*devices, x], groups, 1)
            inner = self.block([*devices, v], groups, pad + "    ", 0, loop)
            return [f"{pad}{v} = first({x} for {x} in Device if {test})", f"{pad}if {v} is not None:", *inner]
        if depth and groups and not self.turns and "row" in self.written and self.at_home and way < 0.45:
            x = self.fresh("x")
            home = f"self.row[self.home[{x}]]"
            return [
                f"{pad}self.row = everywhere(())",
                f"{pad}for {x} in Device:",
                f"{pad}    {home} = {home} + ({x},)",
            ]
        return super()._statement(devices, groups, pad, depth, loop)

    def _loop(self, x: str, devices: list[str], groups: list[str], pad: str, depth: int) -> list[str]:
        random = self.random
        if random.random() < 0.35 and not self.turns:
            return self._nested(x, devices, groups, pad, depth)
        lines = super()._loop(x, devices, groups, pad, depth)
        if random.random() < 0.3 and devices:
            v = self.fresh("c")
            self.carried.append(v)
            before = f"{pad}{v} = {random.choice(devices)}"
            lines = [before, *super()._loop(self.fresh("x"), devices, groups, pad, depth)]
            lines += [pad + self.write([*devices, v], groups)]
            self.carried.pop()
        return lines

    def _nested(self, x: str, devices: list[str], groups: list[str], pad: str, depth: int) -> list[str]:
        """All groups, and in each the devices of its row, whose entries are written."""
        random, inner, y = self.random, pad + "    ", self.fresh("y")
        v = self.fresh("c")
        lines = [f"{pad}{v} = {random.choice(devices or [f'self.chief[{random.choice(groups)}]'])}"]
        self.carried.append(v)
        lines.append(f"{pad}for {x} in Group:")
        self.turns.append((x, False))
        if random.random() < RARE:
            lines += [f"{inner}if {self.test(devices, [*groups, x], 1)}:", f"{inner}    {v} = self.chief[{x}]"]
        if random.random() < 0.4:
            lines += self.block(devices, [*groups, x], inner, 0, True)
        lines.append(f"{inner}for {y} in self.row[{x}]:")
        self.turns.append((y, True))
        lines += self.block([*devices, y], [*groups, x], inner + "    ", 0, False)
        self.turns.pop()
        if random.random() < RARE:
            lines += [f"{inner}if {self.test(devices, [*groups, x], 1)}:"]
            lines += [f"{inner}    {random.choice(('break', 'return'))}"]
        self.turns.pop()
        if random.random() < 0.5:
            lines += [pad + self.write([*devices, v], groups)]
        self.carried.pop()
        return lines

    def start(self) -> list[str]:
        """Sometimes a start of its own."""
        if self.random.random() < 0.7:
            return []
        lines = ["    @initial", "    def boot(self, *, d: Device, g: Group, c: bool) -> None:", '        """Start."""']
        return [*lines, *self.block(["d"], ["g"], " " * 8, 1, False), ""]

    def text(self) -> str:
        lines: list[str] = []
        for _ in range(self.random.randint(0, 2)):
            lines += self.helper()
        lines += self.start()
        for _ in range(self.random.randint(1, 2)):
            lines += self.action()
        for number in range(8):
            lines += self.promise(number)
        return WIDER_HEAD + "\n" + "\n".join(lines)
