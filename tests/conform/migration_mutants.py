"""Migration with one rule of the walk left out: each must agree with the recorded kernel less than the spec does."""

from spec.uapi.migration import Migration
from spec.uapi.migration_arcs import State, first_arc_by


class WithoutE1(Migration):
    """Tracking may be taken up again after the last part of a stream was begun."""

    def next_arc(self, wanted: State) -> State | None:
        return first_arc_by(self.p2p, self.pre_copy, self.state, wanted, False, True, True)


class WithoutE2(Migration):
    """Between two saving states no third may be passed, so that the session ends."""

    def next_arc(self, wanted: State) -> State | None:
        return first_arc_by(self.p2p, self.pre_copy, self.state, wanted, True, False, True)


class WithoutTheInteriorRule(Migration):
    """The shortest way, whatever it passes."""

    def next_arc(self, wanted: State) -> State | None:
        return first_arc_by(self.p2p, self.pre_copy, self.state, wanted, True, True, False)
