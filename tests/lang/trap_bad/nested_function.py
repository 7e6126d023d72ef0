"""Functions are declared in the class.

reject: unsupported-syntax 27
"""
from spec.lang import *

class Device(Sort, size=2): "A key."
class Kind(Enum): A = auto(); B = auto()
class Other(Enum): A = auto(); B = auto()
class Box(Record):
    n: Annotated[int, Bounds(0, 2)]

class Trap(Spec):
    """Must be rejected."""
    b: bool = False
    n: Annotated[int, Bounds(-9, 9)] = 0
    k: Kind = Kind.A
    o: Device | None = None
    r: Box = Box(n=0)
    m: Map[Device, bool] = everywhere(False)
    s: Set[Device] = set()
    q: Seq[Device, Max(2)] = ()

    @kernel
    def act(self, d: Device) -> None:
        """Act."""
        def f() -> None:
            pass
        self.n = 1
