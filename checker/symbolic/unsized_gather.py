"""The map after a loop that appends each element to the sequence at its key."""

from __future__ import annotations

from dataclasses import dataclass

from checker.symbolic.unsized_expr import Expressions
from checker.symbolic.unsized_scene import Frame
from checker.symbolic.unsized_terms import Leaf, Outside, conj, same
from checker.symbolic.unsized_values import Row, Table
from spec.lang import ir
from spec.lang.ir import Expr


@dataclass(slots=True)
class Gathered:
    """The map after a loop that appends, as it was when the loop ended: what its keys read may be written later."""

    stmt: ir.For
    key: Expr
    frame: Frame
    look: Expressions
    row: Row
    sort: str
    base: Table
    name: str

    def at(self, keys: tuple[Leaf, ...]) -> Row:
        """The sequence at these keys."""
        before, row = self.base.at(keys), self.row
        assert isinstance(before, Row)
        if not before.known_empty:
            raise Outside(f"{self.stmt.span}: a loop that appends to sequences that may have entries")
        sized = self.look.world.sized
        found = Row(
            lambda y: conj([row.has(y), same(self._home(y), keys[0])]),
            row.rank,
            lambda: sized(found, self.sort, self.name, keys),
            row.single,
        )
        return found

    def _home(self, y: Leaf) -> Leaf:
        mine = self.frame.copy()
        mine.variables[self.stmt.binder.name] = y
        state = self.look.scene.state
        found = self.look.leaf(self.key, mine)
        if self.look.scene.state is not state:
            raise Outside(f"{self.stmt.span}: a key that writes")
        return found
