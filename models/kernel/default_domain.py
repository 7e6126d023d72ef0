"""Default domains: the first of a group, and the change of its type. Kernel: `iommu_setup_default_domain()`."""

from __future__ import annotations

from typing import Final

from models.hw.formats import PAGE
from models.kernel.device import Device
from models.kernel.domain import NO_MEMORY, Domain, Kind, make_domain
from models.kernel.group import Group
from models.kernel.marks import DEFAULT, mark
from models.kernel.switch import set_group_domain

AT_BOOT: Final[Kind] = "dma"
"""The type of a default domain if nothing else is asked for."""
TYPES: Final[dict[str, Kind]] = {"identity": "identity", "DMA": "dma", "DMA-FQ": "dma-fq", "auto": AT_BOOT}
"""What may be written."""


def setup_default(group: Group) -> str:
    """The first default domain of a group, and its members on it unless they have another one already."""
    made = make_default(group, AT_BOOT, 0)
    if isinstance(made, str):
        return made
    for device in group.members:
        map_direct(made, device)
    group.default = made
    group.generation = 0
    must = group.domain is None
    refused = set_group_domain(group, made, must)
    if refused and must:
        group.kernel.warn("the first attach of a device failed")
    elif refused:
        group.default = None
        made.free()
    return refused


def write_type(group: Group, word: str, privileged: bool = True) -> str:
    """A write to /sys/kernel/iommu_groups/N/type. Kernel: `iommu_group_store_type()`."""
    if not privileged:
        return "EACCES"
    old = group.default
    if old is None or word not in TYPES:
        return "EINVAL"
    kind = TYPES[word]
    if kind == "dma-fq" and old.kind == "dma":
        # A flush queue is started in place, whoever holds the group.
        if group.kernel.faults.fails("no-flush-queue", group):
            return NO_MEMORY
        old.kind = "dma-fq"
        return ""
    if not group.members or group.owner_cnt:
        return "EPERM"
    if group.kernel.faults.fails("type-conflict", group):
        return "EINVAL"
    return "" if kind == old.kind else exchange(group, old, kind)


def exchange(group: Group, old: Domain, kind: Kind) -> str:
    """A new default in place of the old one; the old one comes back if a member cannot be moved."""
    made = make_default(group, kind, group.generation + 1)
    if isinstance(made, str):
        return made
    for device in group.members:
        map_direct(made, device)
    group.default = made
    if refused := set_group_domain(group, made):
        group.default = old
        made.free()
        return refused
    group.generation += 1
    old.free()
    return ""


def map_direct(domain: Domain, device: Device) -> None:
    """What firmware demands for a device, in a domain of the DMA API. Nobody minds if there is no memory for it.

    Kernel: `iommu_create_device_direct_mappings()`.
    """
    if domain.table is None or not device.require_direct:
        return
    for page in device.kernel.firmware:
        if domain.table.translate(page) is None:
            domain.map(page, page, PAGE)


def make_default(group: Group, kind: Kind, generation: int) -> Domain | str:
    """A domain for the DMA API, with a page of kernel memory mapped into it."""
    if group.kernel.faults.fails("no-default-domain" if group.default is None else "no-new-default", group):
        return NO_MEMORY
    return make_domain(group.kernel, kind, mark(DEFAULT, group.number, generation & 1))
