"""What devices promise on either side of a switchover: silence, stillness, no lost write, and to each its own."""

from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State, frozen, has_session, quiescent, supported
from spec.uapi.switchover_interrupts import Interrupts
from spec.uapi.switchover_state import Device, Fd


@abstract
class DevicePromises(Interrupts):
    """Each has a number, I1 to I16 and L1 to L6, by which it is known."""

    @invariant
    def no_write_to_a_peer_is_lost(self) -> bool:
        """I5: between devices that are not in ERROR."""
        return not self.lost

    @invariant
    def the_first_device_stops_when_all_are_silent(self) -> bool:
        """I5, the sufficient condition: nobody stands still while another may still write to it."""
        return all(frozen(self.state[e]) or quiescent(self.state[e])
                   or self.state[e] is State.ERROR or not self.awake[e]
                   for d in Device for e in Device if d != e and frozen(self.state[d]))

    @invariant
    def silent_devices_have_no_write_on_its_way(self) -> bool:
        """I1: outstanding writes have arrived when a device becomes silent, or stops."""
        return all(self.outstanding[d] == set() for d in Device
                   if (quiescent(self.state[d]) and not self.disturbed[d]) or frozen(self.state[d]))

    @action_property("write_peer")
    def silent_devices_write_to_no_peer(self, old: Self, d: Device) -> bool:
        """I1: unless the user touched them."""
        return old.state[d] in (State.RUNNING, State.PRE_COPY, State.ERROR) or old.disturbed[d]

    @action_property("write_memory")
    def stopped_devices_write_no_memory(self, old: Self, d: Device) -> bool:
        """I2."""
        return not frozen(old.state[d])

    @invariant
    def a_live_data_fd_belongs_to_a_session(self) -> bool:
        """I9, I8: whatever ends the session ends what can be read or written through its fd."""
        return all(has_session(self.state[d]) for d in Device if self.fd[d] is Fd.LIVE)

    @invariant
    def a_device_is_in_a_state_that_it_has(self) -> bool:
        """I15."""
        return all(self.state[d] is State.ERROR or supported(self.p2p, self.pre_copy, self.state[d]) for d in Device)

    @action_property("write_memory", "write_peer", "arrive", "touch")
    def no_device_moves_by_itself(self, old: Self) -> bool:
        """I13: a state changes by a call or a reset."""
        return all(self.state[d] is old.state[d] for d in Device)

    @action_property("set_state", "recover")
    def others_do_not_move(self, old: Self, d: Device) -> bool:
        """I11: a SET, failed or not, and the recovery from it are about one device."""
        return all(self.state[e] is old.state[e] and self.outstanding[e] == old.outstanding[e]
                   for e in Device if e != d)
