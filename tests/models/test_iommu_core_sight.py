"""What the binding reads off the machine: what hardware sees, by walks that are remembered, and what is lost."""

from __future__ import annotations

import random

import pytest

from models.bind.dma_ownership_leaks import Ledger
from models.bind.dma_ownership_sight import BLOCKING, Sight
from models.kernel import default_domain, membership, switch
from models.kernel.callers import User
from models.kernel.domain import Domain, make_domain
from models.kernel.kernel import Kernel
from models.kernel.version import V7_0
from tests.models.core_machine import machine, user
from tests.models.test_iommu_core_members import CALLS


def ledger_of(kernel: Kernel, one: User) -> Ledger:
    """Who holds what beside the core: one user."""
    return Ledger(kernel, lambda: [d for d in one.tables if d is not None], lambda: [page >> 12 for page in one.pages])


@pytest.mark.parametrize("seed", range(10))
def test_what_is_remembered_is_what_is_there(seed: int) -> None:
    drawn = random.Random(seed)
    kernel = machine(3, V7_0)
    one = user(kernel)
    sight, ledger = Sight(kernel), ledger_of(kernel, one)
    marks = []
    for _ in range(150):
        marks.append(kernel.journal.mark())
        ledger.settle()
        if drawn.random() < 0.3:
            del marks[drawn.randrange(len(marks)) + 1 :]
            kernel.journal.back(marks[-1])
        kernel.faults.begin(inject=drawn.choice([None, None, 0, 1, 2, 3]))
        drawn.choice(CALLS)(kernel, one, drawn.choice(kernel.devices))
        if drawn.random() < 0.1 and kernel.groups[0].members:
            kernel.faults.begin()
            default_domain.write_type(kernel.groups[0], drawn.choice(["identity", "DMA", "DMA-FQ"]))
        for device in kernel.devices:
            for pasid in (None, 1):
                assert sight.domain(device, pasid) == Sight(kernel).domain(device, pasid)
        assert ledger.lost() == ledger_of(kernel, one).lost() == ()


def test_an_entry_is_seen_and_not_what_was_attached() -> None:
    kernel = machine(2)
    (a, b), group, one = kernel.devices, kernel.groups[0], user(kernel)
    sight = Sight(kernel)
    assert sight.domain(a) == ("Default", (False,))
    assert one.claim_group(group) == ""
    assert sight.domain(a) == BLOCKING
    assert one.attach(group, 1) == ""
    assert sight.domain(a) == ("Table", (0, 1))
    entry = b.tables[1]
    for n in range(8):
        kernel.memory.store(entry + 8 * n, 0)
    assert (sight.domain(a), sight.domain(b)) == (("Table", (0, 1)), None)
    page = one.pages[1]
    kernel.memory.store(page, 3 << 48 | 5 << 24)
    assert sight.domain(a) == ("KernelTable", (5,))
    membership.remove(a)
    assert sight.domain(a) is None


def test_the_identity_is_told_by_its_tag() -> None:
    kernel = machine(1)
    sight, group = Sight(kernel), kernel.groups[0]
    assert default_domain.write_type(group, "identity") == ""
    assert sight.domain(kernel.devices[0]) == ("Default", (True,))
    identity = group.default
    assert identity is not None
    kernel.give_tag(identity)
    with pytest.raises(LookupError):
        sight.domain(kernel.devices[0])


def test_what_nobody_holds_is_lost() -> None:
    kernel = machine(2)
    group, one = kernel.groups[0], user(kernel)
    ledger = ledger_of(kernel, one)
    assert ledger.lost() == ()
    start = kernel.journal.mark()

    one.tables = (None, None)
    assert len(ledger.lost()) == 8, "two domains with three frames each"
    kernel.journal.back(start)
    assert ledger.lost() == ()

    assert switch.make_blocking(group) == ""
    assert ledger.lost() == ()
    group.blocking = None
    assert len(ledger.lost()) == 2
    kernel.journal.back(start)

    kernel.devices[0].tables = ()
    assert len(ledger.lost()) == 2
    kernel.journal.back(start)

    kernel.memory.allocate()
    assert len(ledger.lost()) == 1
    kernel.journal.back(start)

    made = make_domain(kernel, "paging")
    assert isinstance(made, Domain)
    kernel.domains = tuple(d for d in kernel.domains if d is not made)
    assert len(ledger.lost()) == 1, "its root"
    kernel.journal.back(start)
    assert ledger.lost() == ()
