"""A reset of a migrating device against requests that hold its state mutex, and the readers that a reset must wake."""

from spec.lang import *
from spec.uapi.migration_arcs import State, ends_session, first_arc, has_session, opens_session, saving
from spec.uapi.races.tasks import Task


@abstract
class ResetState(Spec):
    """What the threads share.

    A request copies to its user while it holds the state mutex, which may fault and then needs the lock of the memory
    map; whoever resets a device holds locks that come behind that one. So a reset must not wait for the state mutex
    (`deferred`), or a request must not copy before it let go.
    """

    deferred: Switch[bool] = True             # a reset leaves its last part to whoever has the state mutex
    copies_under_mutex: Switch[bool] = True   # what a request answers is written to its user with the mutex held
    parent: Switch[bool] = False              # the function that this one is a part of is reset as well
    waits_for_parent: Switch[bool] = True     # a reset does not begin before that of the parent is over

    state_mutex: Mutex[Task] = FREE
    memory_map: Mutex[Task] = FREE            # stands for all locks that are taken with it held

    state: State = State.RUNNING
    session: bool = False                     # the driver has a file whose buffers are not freed yet
    deferred_reset: bool = False              # under a spin lock, which no block of this spec leaves taken
    waiting: Set[Task] = set()                # readers that sleep
    parent_resets: bool = field(False, when="parent")

    owed: Ghost[bool] = False                 # the hardware was reset and nobody has said so yet

    def settle(self) -> None:
        """What a reset comes to: the state is published and the files are disabled, as one."""
        self.state = State.RUNNING
        self.disable_files()
        self.owed = False

    def disable_files(self) -> None:
        """Free the buffers and wake who waits for data."""
        self.session = False
        self.wake()

    def wake(self) -> None:
        """Readers look again."""
        self.waiting = set()

    def arc_fails(self, step: State | None, *, fails: bool, breaks_down: bool) -> bool:
        """Take one arc, or stay, or break down."""
        if step is None:
            return True                       # a reset came in between, and there is no way from here
        if not fails:
            self.enter(step)
        elif breaks_down:
            self.disable_files()
            self.state = State.ERROR
        return fails

    def enter(self, step: State) -> None:
        """What an arc does, but for what is in the stream."""
        if ends_session(self.state, step):
            self.disable_files()
        if opens_session(self.state, step):
            self.session = True
        self.state = step


class ResetRace(ResetState):
    """One device without optional capabilities, two threads."""

    configurations = {
        "deferred": configuration("Resets leave their last part to the holder of the mutex.", Task=2),
        "direct": configuration("Resets wait for the mutex; requests copy after they let it go.", Task=2,
                                deferred=False, copies_under_mutex=False),
        "parent": configuration("The parent function is reset now and then.", Task=2, parent=True),
    }

    @process(thread=Task, fair="strong", sure="read",
             cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_pci_set_device_state()")
    def set_state(self, t: Task, wanted: State) -> Process:
        """Arc by arc, with the mutex held; the hardware may be reset meanwhile."""
        yield from self.state_mutex.acquire(t)
        failed = self.state is not wanted and first_arc(False, False, self.state, wanted) is None
        while self.state is not wanted and not failed:
            yield "the hardware works"
            step = first_arc(False, False, self.state, wanted)
            failed = self.arc_fails(step)
        if self.copies_under_mutex:
            yield from self.memory_map.acquire(t)
            self.memory_map.release(t)
        while self.deferred_reset:
            self.deferred_reset = False
            yield "the flag is taken"
            self.settle()
        self.state_mutex.release(t)
        if not self.copies_under_mutex:
            yield from self.memory_map.acquire(t)
            self.memory_map.release(t)
        if failed:
            return refuse(EINVAL, "not-reached")
        return DONE

    @process(thread=Task, fair="strong", sure="read",
             cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_pci_get_device_state()")
    def get_state(self, t: Task) -> Process:
        """What it answers was true while it had the mutex."""
        yield from self.state_mutex.acquire(t)
        found = self.state
        yield "the state is known"
        while self.deferred_reset:
            self.deferred_reset = False
            yield "the flag is taken"
            self.settle()
        self.state_mutex.release(t)
        yield "the answer is written"
        return done(state=found)

    @process(thread=Task, fair="strong", cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_pci_aer_reset_done()", sure="read")
    def reset(self, t: Task) -> Process:
        """The hardware first; then the driver is told."""
        yield from self.memory_map.acquire(t)
        if self.parent and self.waits_for_parent:
            yield until(not self.parent_resets)
        elif self.parent and self.parent_resets:
            self.memory_map.release(t)
            return refuse(ETIMEDOUT, "parent-in-reset")
        self.owed = True
        yield "the hardware is reset"
        if self.deferred:
            self.deferred_reset = True
            if self.state_mutex.try_acquire(t):
                while self.deferred_reset:
                    self.deferred_reset = False
                    yield "the flag is taken"
                    self.settle()
                self.state_mutex.release(t)
        else:
            yield from self.state_mutex.acquire(t)
            self.settle()
            self.state_mutex.release(t)
        self.memory_map.release(t)
        return DONE

    @process(thread=Task, fair="strong", cites="drivers/vfio/pci/mlx5/main.c:mlx5vf_save_read()", sure="read")
    def read(self, t: Task) -> Process:
        """A reader of a stopped device sleeps until there is data, or until the file is disabled."""
        require(self.session and saving(self.state))
        self.waiting = self.waiting | {t}
        yield until(t not in self.waiting)
        if not self.session:
            return refuse(ENODEV, "session-over")
        return DONE

    @hardware(cites="drivers/vfio/pci/mlx5/cmd.c:mlx5vf_mig_file_save_work()", sure="read")
    def data_comes(self) -> None:
        """A save completes."""
        require(self.session and len(self.waiting) > 0)
        self.wake()

    @process(cites="drivers/crypto/hisilicon/qm.c:qm_controller_reset()", sure="read")
    @when("parent")
    def parent_reset(self) -> Process:
        """It takes its time."""
        self.parent_resets = True
        yield "the parent is in reset"
        self.parent_resets = False

    # --- promises ---

    @leads_to
    def a_reset_comes_to_running(self) -> Promise:
        """L2: whatever the device was doing, and whoever has the mutex."""
        return leads_to(self.owed, self.state is State.RUNNING and not self.session)

    @leads_to
    def a_reset_returns(self, t: Task) -> Promise:
        """L2: to whoever asked."""
        return leads_to(at(t, "reset"), idle(t))

    @action_property("reset")
    def no_reset_is_lost(self, outcome: Outcome) -> bool:
        """L2: what was asked for is not answered with a timeout."""
        return outcome.errno != ETIMEDOUT

    @leads_to
    @unless("deferred")
    def a_request_ends(self, t: Task) -> Promise:
        """L3: also while the device is reset again and again."""
        return leads_to(at(t, "set_state"), idle(t))

    @leads_to
    @when("deferred")
    def a_request_ends_or_meets_another_reset(self, t: Task) -> Promise:
        """L3: who lets the mutex go looks for a reset once more, so that resets without end keep it for ever."""
        return leads_to(at(t, "set_state"), idle(t) or any(at(u, "reset") for u in Task))

    @leads_to
    def a_reader_of_a_dead_file_wakes(self, t: Task) -> Promise:
        """L5."""
        return leads_to(at(t, "read") and not self.session, idle(t))

    @invariant
    def a_free_mutex_owes_no_reset(self) -> bool:
        """Whoever takes the mutex after a reset returned, finds what the reset came to."""
        return implies(self.state_mutex is None, not self.deferred_reset)

    @invariant
    def a_session_is_there_exactly_in_the_states_that_have_one(self) -> bool:
        """I9."""
        return self.session == has_session(self.state)

    @goal
    def a_reset_meets_a_request(self) -> bool:
        """The one who must finish it holds the mutex."""
        return self.deferred_reset and self.state_mutex is not None
