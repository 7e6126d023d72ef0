"""Drivers that serve the kernel: one with the DMA API, one with a domain of its own, one without DMA."""

from __future__ import annotations

from dataclasses import dataclass

from models.kernel import switch
from models.kernel.device import Device
from models.kernel.domain import Domain, make_domain
from models.kernel.driver_core import Bound, bound_to
from models.kernel.marks import PRIVATE, mark


@dataclass(frozen=True, slots=True)
class DmaApiDriver:
    """An ordinary driver; its buffers are mapped into the default domain."""

    name: str = "dma-api"
    managed: bool = False

    def probe(self, bound: Bound) -> str:
        """Always takes the device."""
        return ""

    def remove(self, bound: Bound) -> bool:
        """Nothing to wait for."""
        return True


@dataclass(frozen=True, slots=True)
class StubDriver:
    """A driver that does no DMA and exposes nothing, like a port driver: binding it counts no use."""

    name: str = "stub"
    managed: bool = True

    def probe(self, bound: Bound) -> str:
        """Always takes the device."""
        return ""

    def remove(self, bound: Bound) -> bool:
        """Nothing to wait for."""
        return True


@dataclass(frozen=True, slots=True)
class PrivateDomainDriver:
    """A driver that moves its device to a domain of its own after probe, like a display controller's."""

    name: str = "private"
    managed: bool = False

    def probe(self, bound: Bound) -> str:
        """Starts on the default domain."""
        return ""

    def remove(self, bound: Bound) -> bool:
        """Gives the domain back before the core drops the use."""
        detach_private(bound)
        return True


def attach_private(device: Device, whole_group: bool) -> str:
    """A bound driver makes a domain and moves its device to it, or the whole group if nobody else uses it."""
    bound = bound_to(device)
    assert bound is not None and isinstance(bound.driver, PrivateDomainDriver) and bound.domain is None
    domain = make_domain(device.kernel, "paging", mark(PRIVATE, device.number))
    if isinstance(domain, str):
        return domain
    if whole_group:
        assert device.group is not None
        error = switch.attach_group(device.group, domain)
    else:
        error = switch.attach_device(device, domain)
    if error:
        domain.free()
        return error
    bound.domain = domain
    return ""


def detach_private(bound: Bound) -> None:
    """Back to the default domain; the driver's own one is freed. Nothing if it has none."""
    domain = bound.domain
    if domain is not None:
        assert isinstance(domain, Domain) and bound.device.group is not None
        bound.domain = None
        switch.detach_group(bound.device.group)
        domain.free()
