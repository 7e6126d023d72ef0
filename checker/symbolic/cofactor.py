"""Parts of a circuit copied into another one, with some of the inputs replaced."""

from __future__ import annotations

from collections.abc import Mapping

from checker.symbolic.circuit import FALSE, Circuit, Lit


class Copy:
    """Literals of `source` as literals of `target`; an input that is not replaced becomes a new input there.

    `inputs` has these new inputs by the literals that they stand for. What a replaced input makes irrelevant is not
    visited, so the part of a large circuit that one choice leaves over costs only what it has itself.
    """

    def __init__(self, source: Circuit, target: Circuit, replaced: Mapping[Lit, Lit]) -> None:
        self.source = source
        self.target = target
        self.inputs: dict[Lit, Lit] = {}
        self._known: dict[int, Lit] = {0: FALSE}
        for lit, by in replaced.items():
            self._known[lit >> 1] = by ^ (lit & 1)

    def lit(self, lit: Lit) -> Lit:
        """The copy of a literal."""
        waiting = [lit >> 1]
        while waiting:
            missing = self._try(waiting[-1])
            if missing is None:
                waiting.pop()
            else:
                waiting.append(missing)
        return self._of(lit)

    def _of(self, lit: Lit) -> Lit:
        return self._known[lit >> 1] ^ (lit & 1)

    def _try(self, node: int) -> int | None:
        """Copies a node whose parts are copied, as far as they matter; else the next part to copy."""
        known = self._known
        if node in known:
            return None
        kind, parts = self.source.gates[node]
        if kind == "input":
            known[node] = self.inputs[2 * node] = self.target.input(self.source.names[node])
        elif kind == "and":
            lits = []
            for part in parts:
                if part >> 1 not in known:
                    return part >> 1
                lits.append(self._of(part))
                if lits[-1] == FALSE:
                    break
            known[node] = self.target.conj(lits)
        elif kind == "xor":
            for part in parts:
                if part >> 1 not in known:
                    return part >> 1
            known[node] = self.target.xor(self._of(parts[0]), self._of(parts[1]))
        else:
            return self._try_ite(node, *parts)
        return None

    def _try_ite(self, node: int, test: Lit, then: Lit, other: Lit) -> int | None:
        known = self._known
        if test >> 1 not in known:
            return test >> 1
        chosen = self._of(test)
        if chosen >> 1 == 0:
            only = then if chosen else other
            if only >> 1 not in known:
                return only >> 1
            known[node] = self._of(only)
            return None
        for part in (then, other):
            if part >> 1 not in known:
                return part >> 1
        known[node] = self.target.ite(chosen, self._of(then), self._of(other))
        return None
