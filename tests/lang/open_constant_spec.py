# ruff: noqa: E701, F403, F405
"""A spec whose one constant is left open."""

from spec.lang import *


class Device(Sort): "A key."

class Flags(Spec):
    """Toggles where a flag allows it."""
    flags: Constant[Map[Device, bool]] = every()
    n: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, d: Device) -> None:
        """Toggle."""
        require(self.flags[d])
        self.n[d] = not self.n[d]

    @assume
    def one_is_set(self) -> bool:
        return any(self.flags[d] for d in Device)
