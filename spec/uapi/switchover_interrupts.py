"""One interrupt a device: when it is due, when it may be raised, and what happens to it without a vector."""

from enum import Enum, auto
from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State, frozen
from spec.uapi.switchover_device import DeviceStates
from spec.uapi.switchover_state import Device


class Vector(Enum):
    "What VFIO_DEVICE_SET_IRQS has made of the device's vector: nothing yet, masked, or wired to the guest."
    NONE = auto()
    MASKED = auto()
    WIRED = auto()


@abstract
class Interrupts(DeviceStates):
    """What is due belongs to the device and moves with it; the vector belongs to the kernel and does not."""

    pending: Map[Device, bool] = field(everywhere(False), when="interrupts")
    vector: Map[Device, Vector] = field(everywhere(Vector.WIRED), when="interrupts")
    missed: Ghost[bool] = field(False, when="interrupts")     # an interrupt was raised and went nowhere

    def may_interrupt(self, d: Device) -> bool:
        """Alive, also while silent towards peers: no text forbids it there."""
        return self.executes(d) or self.unspecified(d)

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="read")
    @when("interrupts")
    def interrupt_due(self, d: Device) -> None:
        """The device finds something to tell."""
        require(((self.executes(d) and self.awake[d]) or self.unspecified(d)) and not self.pending[d])
        self.changed(d)
        self.pending[d] = True

    @hardware(cites="include/uapi/linux/vfio.h:enum vfio_device_mig_state", sure="deduced")
    @when("interrupts")
    def raise_interrupt(self, d: Device) -> None:
        """A masked one waits in the pending bit array; one without vector is sent to nobody."""
        require(self.pending[d] and self.vector[d] is not Vector.MASKED and self.may_interrupt(d))
        self.changed(d)
        self.pending[d] = False
        if self.vector[d] is Vector.NONE and self.state[d] is not State.ERROR:
            self.missed = True

    @ioctl(cites="drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_set_msi_trigger()", sure="read")
    @when("interrupts")
    def set_irqs(self, d: Device, masked: bool) -> Outcome:
        """Works in every state, for the kernel does it and not the device."""
        self.vector[d] = Vector.MASKED if masked else Vector.WIRED
        return DONE

    @ioctl(cites="drivers/vfio/pci/vfio_pci_config.c:vfio_pci_config_rw()", sure="read")
    @when("interrupts")
    def access_config(self, d: Device) -> Outcome:
        """Works in every state, and is no part of what migrates."""
        return DONE

    def reset(self, d: Device) -> None:
        """What was due is forgotten with the rest; the vector stays."""
        super().reset(d)
        if self.interrupts:
            self.pending[d] = False

    # --- promises ---

    @action_property("raise_interrupt")
    @when("interrupts")
    def no_interrupt_is_raised_by_a_stopped_device(self, old: Self, d: Device) -> bool:
        """I2, for interrupts."""
        return not frozen(old.state[d])

    @invariant
    @when("interrupts")
    def no_interrupt_is_lost(self) -> bool:
        """What was due before the switchover reaches the guest behind it."""
        return not self.missed

    @action_property("set_state", "recover")
    @when("interrupts")
    def a_set_leaves_the_vector_alone(self, old: Self) -> bool:
        """I16: what the kernel owns is not changed by what migrates."""
        return all(self.vector[d] is old.vector[d] for d in Device)

    @action_property
    @when("interrupts")
    def a_masked_interrupt_stays_due(self, old: Self) -> bool:
        """It waits for its vector, also on the way through both passes, unless the device is reset."""
        return all(self.pending[d] for d in Device
                   if old.pending[d] and old.vector[d] is Vector.MASKED and self.awake[d])

    @action_property("set_irqs", "access_config")
    @when("interrupts")
    def the_kernels_part_of_a_device_always_answers(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """Configuration space and SET_IRQS work in every state, and leave the device as it is."""
        return outcome.done and self.state[d] is old.state[d] and self.pending[d] == old.pending[d]
