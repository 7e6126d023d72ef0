"""Change of a group's default-domain type through sysfs."""

from enum import Enum, auto

from spec.lang import *
from spec.uapi.dma_ownership_membership import Membership
from spec.uapi.dma_ownership_state import Default, Device, Driver, Era, Group


class Kind(Enum):
    "Types of a default domain."
    IDENTITY = auto()
    DMA = auto()
    DMA_FQ = auto()


class Word(Enum):
    "What may be written; `auto` means DMA here and is left out."
    IDENTITY = auto()
    DMA = auto()
    DMA_FQ = auto()
    UNKNOWN = auto()


@abstract
class TypeChange(Membership):
    """/sys/kernel/iommu_groups/N/type."""

    type_change: Switch[bool] = False
    count_guards_type: Switch[bool] = since(Era.E3)   # 6.5: decided by owner_cnt, no longer by bound drivers

    default_kind: Map[Group, Kind] = everywhere(Kind.DMA)

    # --- core ---

    @pure
    def kind_of(self, word: Word) -> Kind:
        """The type that a word asks for."""
        if word is Word.IDENTITY:
            return Kind.IDENTITY
        return Kind.DMA_FQ if word is Word.DMA_FQ else Kind.DMA

    def type_guard(self, g: Group) -> Outcome:
        """E3 and later: nobody may hold the group."""
        if len(self.members[g]) == 0 or self.owner_cnt[g] != 0:
            return refuse(EPERM, "group-in-use", sure="recorded",
                          cites="vfio ownership traces: EPERM while a kernel driver is bound or userspace owns")
        return DONE

    def old_type_guard(self, g: Group) -> Outcome:
        """Until 6.4: a group of one, without a driver, on its default domain."""
        if len(self.members[g]) != 1:
            return refuse(EINVAL, "not-a-single-device", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_change_dev_def_domain()")
        if any(self.driver[d] is not Driver.NONE for d in self.members[g]):
            return refuse(EBUSY, "driver-bound", sure="read", cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        if not self.uses_default(g):
            return refuse(EBUSY, "not-on-default", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_change_dev_def_domain()")
        return DONE

    def switch_default(self, g: Group, kind: Kind, *, conflict: bool, no_memory: bool) -> Outcome:
        """drivers/iommu/iommu.c:iommu_setup_default_domain(): allocate, map 1:1 regions, switch, free the old."""
        if self.mistakes and conflict:
            return refuse(EINVAL, "device-needs-another-type", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_get_default_domain_type()")
        if kind is self.default_kind[g]:
            return DONE
        if self.allocation_faults and no_memory:
            return refuse(ENOMEM, "no-memory-for-new-default", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_setup_default_domain()")
        return self.exchange_default(g, kind)

    def exchange_default(self, g: Group, kind: Kind) -> Outcome:
        """The default is exchanged before the switch and put back when that fails."""
        first_is_old = self.default[g] == Default(second=False)
        self.default[g] = Default(second=first_is_old)
        moved = self.set_domain(g, self.default[g], False)
        if moved.refused:
            self.default[g] = Default(second=not first_is_old)
        else:
            self.default_kind[g] = kind
            self.keep_alive(g, Default(second=first_is_old))
            self.free(g, Default(second=not first_is_old))
        return moved

    def leave(self, d: Device) -> None:
        """drivers/iommu/iommu.c:__iommu_group_free_device(): with the last member the type that was written is gone."""
        super().leave(d)
        if len(self.members[self.home[d]]) == 0:
            self.default_kind[self.home[d]] = Kind.DMA

    # --- action ---

    @ioctl(cites="drivers/iommu/iommu.c:iommu_group_store_type()", sure="read")
    @when("type_change")
    def write_type(self, g: Group, word: Word, *, privileged: bool) -> Outcome:
        """Write a type into sysfs."""
        if self.mistakes and not privileged:
            return refuse(EACCES, "not-privileged", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        if self.default[g] is None:
            return refuse(EINVAL, "no-default-domain", sure="read",
                          cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        if word is Word.UNKNOWN:
            return refuse(EINVAL, "unknown-type", sure="read", cites="drivers/iommu/iommu.c:iommu_group_store_type()")
        if word is Word.DMA_FQ and self.default_kind[g] is Kind.DMA:
            self.default_kind[g] = Kind.DMA_FQ      # a flush queue is started in place, whoever holds the group
            return DONE
        if self.count_guards_type:
            if (held := self.type_guard(g)).refused:
                return held
        elif (bound := self.old_type_guard(g)).refused:
            return bound
        return self.switch_default(g, self.kind_of(word))
