"""What was proposed in place of protocol v1 before it was given up: orders of bits, one more bit, a file."""

from typing import Annotated, Self

from spec.lang import *
from spec.uapi.history.migration_v1 import NothingToAskAbout
from spec.uapi.migration_v1 import MigrationV1
from spec.uapi.migration_v1_state import (
    ERROR,
    PRE_COPY,
    RESUMING,
    Device,
    Fault,
    Iteration,
    running,
    saving,
)
from spec.uapi.migration_v1_wishes import WithNdma

# --- several bits in one write ---


@abstract
class BitByBit(MigrationV1):
    """A write of several bits is served bit by bit; when one fails, the bits before it are put back."""

    configurations = {"region": configuration("One device, a fault at every bit.", Device=1)}

    def change(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """Forward, and back by swapping the arguments; where the way back fails too there is an error."""
        old = self.device_state[d]
        walked = self.walk(d, value)
        if walked.refused and self.device_state[d] != old:
            return self.give_up(d, old)
        return walked

    def give_up(self, d: Device, old: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """Some bits were flipped, and one could not be."""
        if self.walk(d, old).refused:
            self.fail(d)
            return refuse(EIO, "unwind-failed", partial=True, sure="read", cites="the proposals of 2021-12")
        return refuse(EIO, "unwound", partial=True, sure="read", cites="the proposals of 2021-12")

    def walk(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """The order of the bits."""
        return DONE

    def flip(self, d: Device, wanted: bool, by: int, *, fails: bool) -> Outcome:
        """One bit, if it is to be flipped."""
        if not wanted:
            return DONE
        if self.device_state[d] == RESUMING and by == -RESUMING and not self.has_image(d):
            return refuse(EINVAL, "nothing-was-loaded", partial=True, sure="deduced", cites="as in the base")
        if fails:
            return refuse(EIO, "bit-failed", partial=True, sure="guessed", cites="a driver may fail at any bit")
        self.enter(d, self.device_state[d] + by)
        return DONE


@proposal("MP01", status="rejected for a state machine with single arcs",
          breaks=("a_write_that_fails_in_place_keeps_the_data",), cites="Williamson, RFC of 2021-12-09 to 2021-12-13")
class ClearThenSet(BitByBit):
    """Bits are cleared first (RUNNING, SAVING, RESUMING) and set after (RESUMING, SAVING, RUNNING).

    The verdict: no value on the way is invalid, in every order of every failure. What is VIOLATED is the way back: it
    restores the bits, but the session that the first bits ended is gone, and device_state looks as if nothing happened.
    """

    def walk(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """Clear, then set."""
        now = self.device_state[d]
        s = now // 2 % 2 == 1
        r = now // 4 == 1
        if (a := self.flip(d, running(now) and not running(value), -1)).refused:
            return a
        if (b := self.flip(d, s and value // 2 % 2 == 0, -2)).refused:
            return b
        if (c := self.flip(d, r and value // 4 == 0, -4)).refused:
            return c
        if (e := self.flip(d, not r and value // 4 == 1, 4)).refused:
            return e
        if (f := self.flip(d, not s and value // 2 % 2 == 1, 2)).refused:
            return f
        return self.flip(d, not running(now) and running(value), 1)


@proposal("MP01-order", status="replaced by clear-then-set, and that by a state machine",
          cites="documentation drafts of 2021-11: priority order of bits",
          breaks=("no_value_on_the_way_is_invalid", "a_faithful_replay_restores_the_state_in_stop_and_copy"))
class PriorityOrder(BitByBit):
    """Pre-copy, then !RUNNING, stop-and-copy, RESUMING, !RESUMING, RUNNING.

    The list has no place of its own for the end of saving; put last, as here, it leaves RESUMING beside SAVING on the
    way from stop-and-copy to RESUMING: the word for an error. The same word stands on the way back, as stop-and-copy
    comes before the end of resuming, and a driver that takes it for what it says drops what was loaded.
    """

    def give_up(self, d: Device, old: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """Nothing was said of a way back."""
        self.fail(d)
        return refuse(EIO, "half-way", partial=True, sure="deduced", cites="documentation drafts of 2021-11")

    def walk(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> Outcome:
        """As listed."""
        now = self.device_state[d]
        s = now // 2 % 2 == 1
        r = now // 4 == 1
        if (a := self.flip(d, value == PRE_COPY and not s and not r, 2)).refused:
            return a
        if (b := self.flip(d, running(now) and not running(value), -1)).refused:
            return b
        if (c := self.flip(d, not s and self.device_state[d] // 2 % 2 == 0 and value == 2, 2)).refused:
            return c
        if (e := self.flip(d, not r and value // 4 == 1, 4)).refused:
            return e
        if (f := self.flip(d, r and value // 4 == 0, -4)).refused:
            return f
        if (g := self.flip(d, not running(now) and running(value), 1)).refused:
            return g
        if (h := self.flip(d, r and value == PRE_COPY, 2)).refused:
            return h
        return self.flip(d, s and value // 2 % 2 == 0, -2)


@proposal("MP02", status="superseded by the state machine, which keeps single arcs for drivers",
          breaks=("a_documented_step_is_one_write",), cites="Gunthorpe, 2021-11 and 2021-12")
class OneBitPerWrite(MigrationV1):
    """A write that flips two bits is refused, so that a driver has nothing to undo.

    The verdict VIOLATED is its price: RUNNING to stop-and-copy and RUNNING to RESUMING are flows of the header, and
    need two writes now.
    """

    configurations = {"region": configuration("One device.", Device=1)}

    def change(self, d: Device, value: Annotated[int, Bounds(0, 7)], *, fault: Fault) -> Outcome:
        """One bit, or none."""
        now = self.device_state[d]
        flips = (1 if running(now) != running(value) else 0) + (1 if now // 2 % 2 != value // 2 % 2 else 0) \
            + (1 if now // 4 != value // 4 else 0)
        if flips > 1:
            return refuse(EINVAL, "one-bit-at-a-time", sure="deduced", cites="Gunthorpe, 2021-11 and 2021-12")
        return super().change(d, value, fault=fault)


# --- one more bit ---


@proposal("MP03-v1", status="became the P2P states of v2", breaks=(), cites="Gunthorpe, documentation v2 of 2021-11-29")
class NdmaIsOptional(WithNdma):
    """A bit that keeps a running device from starting DMA, for devices that can have it.

    The verdict: a user that silences all devices before it stops the first, and lets them run before the first may
    write again, loses no write.
    """

    careful: Ghost[bool] = True     # no device was stopped beside one that may write to it
    lost: Ghost[bool] = False
    configurations = {"peers": configuration("Two devices with the bit.", Device=2, region=False, peers=True)}

    def look(self) -> None:
        """Is the user still careful?"""
        if any(self.stopped(d) and self.starts_dma(e) for d in Device for e in Device if d != e):
            self.careful = False

    def write_state(self, d: Device, value: Annotated[int, Bounds(0, 7)], keeps_reserved: bool) -> Outcome:
        """As before."""
        done = super().write_state(d, value, keeps_reserved)
        self.look()
        return done

    def write_ndma(self, d: Device, on: bool) -> Outcome:
        """As before."""
        done = super().write_ndma(d, on)
        self.look()
        return done

    def reset(self, d: Device) -> Outcome:
        """As before."""
        done = super().reset(d)
        self.look()
        return done

    def p2p(self, a: Device, b: Device) -> None:
        """As before; a write into a stopped device is lost."""
        super().p2p(a, b)
        if self.stopped(b):
            self.lost = True

    @invariant
    def a_careful_user_loses_no_write(self) -> bool:
        """I5."""
        return implies(self.careful, not self.lost)

    @goal
    def all_devices_are_stopped_with_care(self) -> bool:
        """The promise is not an empty one."""
        return self.careful and all(self.stopped(d) and self.device_state[d] != ERROR for d in Device)


@proposal("MP04", status="rejected: hns", breaks=("a_device_alone_can_be_saved",), cites="Williamson, 2021-11-30")
class NdmaIsMandatory(NothingToAskAbout):
    """A new kind of region comes with the bit always, and a device that cannot have it has no region.

    A VMM then sees which sets it can migrate (V11). The verdict VIOLATED: a device that cannot be silenced does not
    migrate alone either, where nothing could be lost.
    """

    a_documented_step_is_one_write = None     # not where there is nothing to write to
    configurations = {
        "peers": configuration("Every mix of two devices.", Device=2, region=False),
        "alone": configuration("One device of either kind.", Device=1, region=False),
    }

    def looks_good(self) -> bool:
        """The region is there, and means the bit."""
        return all(self.can_quiesce[d] for d in Device)

    def write_state(self, d: Device, value: Annotated[int, Bounds(0, 7)], keeps_reserved: bool) -> Outcome:
        """There may be no such region."""
        if not self.can_quiesce[d]:
            return refuse(EINVAL, "no-migration-region", sure="deduced", cites="a region type that such a device lacks")
        return super().write_state(d, value, keeps_reserved)

    @action_property("start_migration")
    def a_device_alone_can_be_saved(self, old: Self, outcome: Outcome) -> bool:
        """It has no peers to lose writes of."""
        return implies(len(Device) == 1, outcome.done)


@proposal("MP05-v1", status="interrupts are not part of the P2P states of v2",
          breaks=("a_guest_that_runs_gets_its_interrupts", "a_silent_device_writes_nothing"),
          cites="RFC of 2021-12; Tian, 2022-01-07; Williamson in answer")
class NdmaStopsInterrupts(WithNdma):
    """An MSI is a write by the device, so no DMA means no interrupt; but the vCPUs still run and wait for it.

    The verdict: each answer breaks one promise. Either the bit is no promise about writes, or a guest waits for as
    long as the user leaves it set.
    """

    stops_interrupts: Constant[bool] = every()
    waiting: Map[Device, bool] = everywhere(False)
    configurations = {"guest": configuration("One device, either answer.", Device=1, region=False)}

    @hardware(cites="a completion, or an event that no DMA caused", sure="deduced")
    def event(self, d: Device) -> None:
        """Something the guest wants to know of."""
        require(running(self.device_state[d]))
        self.waiting[d] = True

    @hardware(cites="the MSI of the device", sure="deduced", fair="strong")
    def signal(self, d: Device) -> None:
        """The interrupt goes out as soon as it may."""
        require(running(self.device_state[d]) and self.waiting[d] and not (self.quiet[d] and self.stops_interrupts))
        self.waiting[d] = False

    def fresh(self, d: Device) -> None:
        """Nothing is pending in a device after its reset."""
        self.quiet[d] = False
        self.waiting[d] = False

    @action_property("signal")
    def a_silent_device_writes_nothing(self, old: Self, d: Device) -> bool:
        """What the name of the bit says."""
        return not old.quiet[d]

    @leads_to
    def a_guest_that_runs_gets_its_interrupts(self, d: Device) -> Promise:
        """Or the device stops."""
        return leads_to(self.waiting[d] and running(self.device_state[d]),
                        not self.waiting[d] or not running(self.device_state[d]))


# --- where the data are ---


@proposal("MP19-region", status="v1", breaks=("bytes_come_out_of_a_session_that_lives",),
          cites="the header of v1: the data section may be mapped")
class DataSectionIsMapped(MigrationV1):
    """A mapped data section has no lifetime: what was staged can be read when nobody saves any more."""

    configurations = {"region": configuration("One device.", Device=1)}

    filled: Map[Device, bool] = everywhere(False)    # a chunk was put into the section

    def read_offset(self, d: Device) -> Outcome:
        """The chunk stays in the section until another is put there."""
        staged = super().read_offset(d)
        if staged.done:
            self.filled[d] = True
        return staged

    @ioctl(cites="the header of v1: mmap of the data section", sure="read")
    def read_mapped(self, d: Device) -> Outcome:
        """A load; no driver is asked."""
        return DONE

    @action_property("read_mapped")
    def bytes_come_out_of_a_session_that_lives(self, old: Self, outcome: Outcome, d: Device) -> bool:
        """I8."""
        return implies(outcome.done and old.filled[d],
                       saving(old.device_state[d]) and old.iteration[d] is not Iteration.CLOSED)


@proposal("MP19", status="v2", breaks=(), cites="v1 against v2: the data in a file")
class DataInAFile(DataSectionIsMapped):
    """A file knows when its session is over, and says ENODEV."""

    def read_mapped(self, d: Device) -> Outcome:
        """read() of the data fd."""
        if not saving(self.device_state[d]) or self.iteration[d] is Iteration.CLOSED:
            return refuse(ENODEV, "session-is-over", sure="read", cites="v2: a disabled file")
        return DONE
