"""The ops of recorded ownership logs (tests/kernel-6.12) in the words of the spec `dma_ownership`.

One machine is the whole computer: its groups meet in containers and iommufds. `dma_ownership_log_files.py` has the map
of devices and owners, the other files next to it each a few ops. Where `/dev/vfio/vfio` is an iommufd, containers are
iommufds too; the log says in its `group` which kernel it is, `dma_ownership_compat_log.py` says so for any log.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import OK, Explained, Fixed, Instance, Reader, Skip, Translated
from models.bind.dma_ownership_log_devices import DEVICE_OPS
from models.bind.dma_ownership_log_drivers import DRIVER_OPS
from models.bind.dma_ownership_log_files import (
    CONTAINERS,
    DEVICES,
    HOME,
    IOMMUFDS,
    OWNERS,
    TABLES,
    Lost,
    Owner,
    Records,
    begin,
    is_context,
    is_nothing,
)
from models.bind.dma_ownership_log_groups import GROUP_OPS

COMPAT = "vfio-ownership-iommufdcontainer"
"""The `group` of a log whose kernel has no containers of its own."""

INSTANCE = Instance(
    profile="6.12.y",
    configuration="vfio",
    sizes=(f"Device={len(DEVICES)}", f"Group={len(set(HOME))}", f"Owner={OWNERS}", f"TableId={TABLES}"),
    switches=(
        "membership=off",
        "type_change=on",
        "attach_faults=off",
        "allocation_faults=off",
        "mistakes=off",
    ),
    constants={"home": HOME, "is_iommufd": (True,) * IOMMUFDS + (False,) * CONTAINERS},
)
EXPLAINED: tuple[Explained, ...] = ()

OBJECTS = "the objects of an iommufd are a spec of their own"
MAPPING = "what is mapped is no part of ownership"
SKIPPED = {
    "CHECK_EXTENSION": "what is offered is no part of ownership",
    "DMA_MAP": MAPPING,
    "DMA_UNMAP": MAPPING,
    "IOAS_ALLOC": OBJECTS,
    "IOAS_MAP": OBJECTS,
    "IOAS_UNMAP": OBJECTS,
    "IOAS_IOVA_RANGES": OBJECTS,
    "HWPT_ALLOC": OBJECTS,
    "VFIO_IOAS": OBJECTS,
    "DESTROY": OBJECTS,
    "GET_HW_INFO": OBJECTS,
}
OPS = DRIVER_OPS | GROUP_OPS | DEVICE_OPS


@dataclass(slots=True)
class OwnershipReader:
    """One sequence; `lost` says why nothing more can be said of it, "" if all is well."""

    seen: Records
    lost: str = ""

    def step(self, step: LogStep) -> Translated:
        """What the step is in the spec."""
        if self.lost:
            return Skip(self.lost)
        try:
            return self.translated(step)
        except Lost as lost:
            (self.lost,) = lost.args
            return Skip(self.lost)
        finally:
            self.seen.note(step)

    def translated(self, step: LogStep) -> Translated:
        for name in (step.args.get("iommufd"), step.args.get("container"), step.args.get("ctx")):
            if name is not None:
                self.seen.owner_named(f"ctx{name}" if name.isdecimal() and name == step.args.get("ctx") else name)
        if step.op in SKIPPED:
            return self.beside(step)
        if step.op in ("CTX_OPEN", "CTX_CLOSE"):
            return self.context(step)
        if step.op in OPS:
            return OPS[step.op](self.seen, step)
        return Skip("the translation knows no such op")

    def context(self, step: LogStep) -> Translated:
        """An iommufd that is opened again under the same name is a new one."""
        name = f"ctx{step.args['ctx']}"
        known = name in self.seen.contexts
        if step.op == "CTX_CLOSE":
            self.seen.contexts.pop(name, None)
        return Fixed(OK, "an iommufd can always be opened, and closed if it is") if known else Skip(OBJECTS)

    def beside(self, step: LogStep) -> Translated:
        """An op that is skipped, unless its descriptor is none; what it does to an iommufd is noted."""
        name = step.args.get("fd")
        if name is not None and not self.seen.is_open(name) and (is_nothing(name) or is_context(name)):
            return Fixed("EBADF", "no such descriptor")
        owner = self.seen.owner_named(name if name is not None else f"ctx{step.args.get('ctx', '0')}")
        if owner is not None:
            owner.mapped |= step.op == "DMA_MAP" and step.errno == OK
            self.compatibility(owner, step)
        return Skip(SKIPPED[step.op])


    def compatibility(self, owner: Owner, step: LogStep) -> None:
        """What a step says of the compatibility IOAS of an iommufd: which it is, and whether it was chosen by hand."""
        if step.op == "VFIO_IOAS" and step.errno == OK:
            owner.chosen_ioas |= step.args.get("oop") != "get"
            name = step.out.get("ioas", step.args.get("ioas"))
            if isinstance(name, str) and name not in owner.tables:
                owner.tables[name] = 0


@dataclass(frozen=True, slots=True)
class OwnershipTranslation:
    """Nothing happens unseen. `containers_are_iommufds` is said by each sequence, if not here."""

    containers_are_iommufds: bool | None = None
    instance: Instance = INSTANCE
    silent: tuple[str, ...] = ()
    explained: tuple[Explained, ...] = EXPLAINED

    def begin(self, sequence: LogSequence) -> Reader:
        """A sequence begins with no driver bound and nothing open."""
        compat = self.containers_are_iommufds
        return OwnershipReader(begin(sequence, sequence.group == COMPAT if compat is None else compat))


TRANSLATION = OwnershipTranslation()
