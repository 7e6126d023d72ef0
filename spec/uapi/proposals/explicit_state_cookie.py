"""P03: what is a cookie worth after its user is gone?"""

from spec.lang import *
from spec.uapi.dma_ownership_enum import EnumOwnership, OwnerType
from spec.uapi.dma_ownership_state import Device, Driver, Group, Owner


class User(Sort, size=2):
    "Who opens a file or a context. An `Owner` is the address at which it lives, and that is its cookie."


@abstract
class CookieLifetime(EnumOwnership):
    """Users come and go at addresses that are used again; each claims devices with its address as cookie."""

    group_calls: Switch[bool] = False          # no calls for whole groups: a group has one opener, devices have many
    claims_pin_the_user: Switch[bool] = False  # what is claimed with cannot be freed before the release

    lives_at: Map[User, Owner | None] = everywhere(None)
    holds: Ghost[Map[Device, User | None]] = everywhere(None)   # the user on whose behalf the device was claimed

    # --- users ---

    @kernel(cites="an allocator may hand out an address again", sure="deduced")
    def open(self, u: User, at: Owner) -> None:
        """A user appears at a free address."""
        require(self.lives_at[u] is None and not any(self.lives_at[v] == at for v in User))
        require(not any(self.holds[d] == u for d in Device))
        self.lives_at[u] = at

    @kernel(cites="v1 holds a reference to the file; a pointer holds nothing", sure="deduced")
    def close(self, u: User) -> None:
        """The memory of a user is freed, with its claims or without."""
        require(self.lives_at[u] is not None)
        require(not self.claims_pin_the_user or not any(self.holds[d] == u for d in Device))
        self.lives_at[u] = None

    # --- claims of devices ---

    @kernel(cites="v3 01/18 iommu_device_set_dma_owner()", sure="read")
    def claim_device(self, d: Device, u: User) -> Outcome:
        """The VFIO driver of a device claims it for a user."""
        require(self.driver[d] is Driver.UDRV and self.holds[d] is None and self.has_group[d])
        require(self.lives_at[u] is not None)
        held = self.set_owner(self.home[d], OwnerType.PRIVATE_DOMAIN_USER, self.lives_at[u])
        if held.done:
            self.holds[d] = u
        return held

    @kernel(cites="v3 01/18 iommu_device_release_dma_owner()", sure="read")
    def release_device(self, d: Device) -> None:
        """The driver lets go."""
        require(self.holds[d] is not None)
        self.release_owner(self.home[d], OwnerType.PRIVATE_DOMAIN_USER)
        self.holds[d] = None

    @kernel(cites="v3 01/18 and the driver core hook", sure="read")
    def unbind(self, d: Device) -> None:
        """A VFIO driver lets go of its device first."""
        require(self.holds[d] is None)
        super().unbind(d)

    @ioctl(cites="v3, VFIO group set container", sure="read")
    @when("group_calls")
    def claim(self, g: Group, o: Owner) -> Outcome:
        """Not used here."""
        return super().claim(g, o)

    # --- promises ---

    @invariant
    def kernel_and_userspace_never_share_a_group(self) -> bool:
        """I1 EXCL, by device."""
        return all(not (self.counts(d) and self.holds[e] is not None)
                   for d in Device for e in Device if self.home[d] == self.home[e])

    @invariant
    def owner_count_is_the_number_of_holders(self) -> bool:
        """I2 COUNT, by device."""
        return all(self.owner_cnt[g] == sum(1 for d in Device if self.home[d] == g
                                            and (self.counts(d) or self.holds[d] is not None)) for g in Group)

    @invariant
    def two_users_never_hold_one_group(self) -> bool:
        """I3 COOKIE is about users; the code can only compare addresses."""
        return all(self.holds[d] == self.holds[e] for d in Device for e in Device
                   if self.home[d] == self.home[e] and self.holds[d] is not None and self.holds[e] is not None)

    @invariant
    def a_claim_has_a_living_user(self) -> bool:
        """The cookie of a group in use is not a dangling pointer."""
        return all(self.lives_at[self.holds[d]] is not None for d in Device if self.holds[d] is not None)

    @goal
    def two_devices_are_claimed_by_one_user(self) -> bool:
        """What the cookie is for."""
        return any(self.owner_cnt[g] == 2 and self.dma_owner[g] is OwnerType.PRIVATE_DOMAIN_USER for g in Group)

    # the promises about claims of whole groups, which nobody makes here
    the_cookie_is_the_owners_while_claimed = None
    owned_groups_leave_the_default_domain = None
    a_stale_cookie_keeps_nobody_out = None


@proposal("P03", status="in v1, a pointer since v2", breaks=(), cites="v1 01/11, 2021-11-15")
class CookieIsAFile(CookieLifetime):
    """The cookie is an open file, of which the claim holds a reference.

    The verdict HOLDS: no address is used again while a claim remembers it. v1 also told another file (EPERM) from
    another kind of owner (EBUSY); its EINVAL for userspace without a file needs a mistake that nobody makes here.
    """

    claims_pin_the_user: Switch[bool] = True
    configurations = {
        "one-address": configuration("Two users, one address between them.", Device=2, Owner=1,
                                     has_group=everywhere(True)),
        "two-addresses": configuration("Two users that can live at the same time.", Device=2,
                                       has_group=everywhere(True)),
    }

    def set_owner(self, g: Group, wanted: OwnerType, cookie: Owner | None) -> Outcome:
        """v1: two errnos."""
        if self.owner_cnt[g] > 0 and self.dma_owner[g] is wanted and self.owner_cookie[g] != cookie:
            return refuse(EPERM, "another-file", sure="read", cites="v1 01/11 iommu_device_set_dma_owner()")
        return super().set_owner(g, wanted, cookie)


@proposal("P03-pointer", status="since v2, and merged",
          breaks=("two_users_never_hold_one_group", "a_claim_has_a_living_user"),
          cites="v2, 2021-11-28: the cookie becomes a plain pointer")
class CookieIsAPointer(CookieLifetime):
    """The cookie is a pointer that nothing keeps alive, asked without the caller's duty to release before freeing.

    The verdict VIOLATED shows what that duty is worth: who gets the address next passes for the first user and is
    counted into its group. With the duty (claims_pin_the_user) it is P03, which holds: VFIO and iommufd fulfil it by
    releasing in the last close.
    """

    configurations = {
        "one-address": configuration("Two users, one address between them.", Device=2, Owner=1,
                                     has_group=everywhere(True)),
    }
