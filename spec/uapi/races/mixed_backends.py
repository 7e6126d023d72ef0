"""One mediated device, opened twice through its group while the group changes between a container and an iommufd."""

from enum import Enum, auto
from typing import Annotated

from spec.lang import *


class File(Sort, size=2):
    "A file of the device that came from the group."


class Backend(Enum):
    "What a group is set to, and what a file was opened with."
    NOTHING = auto()
    CONTAINER = auto()
    IOMMUFD = auto()


class MixedBackends(Spec):
    """The first open uses a backend for the device, the last close gives it back; the files between do neither.

    Every call is one step under VFIO's group lock. A mediated device has no IOMMU behind it: to join a container its
    group claims nothing, so that nothing keeps a group out whose device is open in an iommufd. With
    `device_remembers` the last close undoes what the first open did; in the kernel that was read, what it undoes is
    looked up in the file that happens to be the last.
    """

    device_remembers: Switch[bool] = True

    backend: Backend = Backend.NOTHING
    type1: bool = False                                                      # SET_IOMMU was done
    files: Map[File, Backend] = everywhere(Backend.NOTHING)                  # what the group was set to at the open
    used: Backend = Backend.NOTHING                                          # what the first open used
    users: Annotated[int, Bounds(0, 3)] = 0         # of the container: the group itself, and a device open in it
    access: bool = False                                                     # of the device, in the iommufd

    def is_open(self) -> bool:
        """True if a file of the device is open."""
        return any(self.files[f] is not Backend.NOTHING for f in File)

    # --- the group ---

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_set_container()", sure="read")
    def set_container(self, with_iommufd: bool) -> Outcome:
        """VFIO_GROUP_SET_CONTAINER with a container or an iommufd."""
        if self.backend is not Backend.NOTHING:
            return refuse(EINVAL, "already-set", sure="recorded", cites="vfio ownership traces: SET_CONTAINER twice")
        self.backend = Backend.IOMMUFD if with_iommufd else Backend.CONTAINER
        if not with_iommufd:
            self.users = 1
        return DONE

    @ioctl(cites="drivers/vfio/group.c:vfio_group_ioctl_unset_container()", sure="read")
    def unset_container(self) -> Outcome:
        """VFIO_GROUP_UNSET_CONTAINER: a container looks at its users, an iommufd at nothing."""
        if self.backend is Backend.NOTHING:
            return refuse(EINVAL, "not-set", sure="read",
                          cites="drivers/vfio/group.c:vfio_group_ioctl_unset_container()")
        if self.backend is Backend.CONTAINER:
            if self.users != 1:
                return refuse(EBUSY, "in-use", sure="recorded",
                              cites="vfio ownership traces: UNSET_CONTAINER with an open device")
            self.users = 0
            self.type1 = False
        self.backend = Backend.NOTHING
        return DONE

    @ioctl(cites="drivers/vfio/container.c:vfio_ioctl_set_iommu()", sure="read")
    def set_iommu(self) -> Outcome:
        """VFIO_SET_IOMMU on the container."""
        if self.backend is not Backend.CONTAINER or self.type1:
            return refuse(EINVAL, "no-group-or-already-set", sure="read",
                          cites="drivers/vfio/container.c:vfio_ioctl_set_iommu()")
        self.type1 = True
        return DONE

    # --- the device ---

    @ioctl(cites="drivers/vfio/group.c:vfio_df_group_open()", sure="read")
    def get_device_fd(self, f: File) -> Outcome:
        """VFIO_GROUP_GET_DEVICE_FD: only the first file makes the device use the backend."""
        if self.files[f] is not Backend.NOTHING:
            return refuse(EMFILE, "no-more-files", sure="guessed", cites="two files are enough here")
        if self.backend is Backend.NOTHING:
            return refuse(EINVAL, "no-backend", sure="recorded",
                          cites="vfio ownership traces: GET_DEVICE_FD without container")
        if not self.is_open():
            if self.backend is Backend.CONTAINER and not self.type1:
                return refuse(EINVAL, "before-set-iommu", sure="recorded",
                              cites="vfio migration traces: GET_DEVICE_FD of a mediated device before SET_IOMMU")
            self.use()
        self.files[f] = self.backend
        return DONE

    def use(self) -> None:
        """drivers/vfio/vfio_main.c:vfio_df_device_first_open()."""
        self.used = self.backend
        if self.backend is Backend.IOMMUFD:
            self.access = True
        else:
            self.users += 1

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_device_fops_release()", sure="read")
    def close(self, f: File) -> Outcome:
        """close(): the last file gives the backend back."""
        if self.files[f] is Backend.NOTHING:
            return refuse(EBADF, "not-open", sure="read", cites="fs/open.c:close_fd()")
        what = self.used if self.device_remembers else self.files[f]
        self.files[f] = Backend.NOTHING
        if not self.is_open():
            self.unuse(what)
            self.used = Backend.NOTHING
        return DONE

    def unuse(self, what: Backend) -> None:
        """drivers/vfio/vfio_main.c:vfio_df_device_last_close()."""
        if what is Backend.IOMMUFD:
            self.access = False
        else:
            if self.users <= 1:
                warn("a user of a container leaves that never came", sure="read",
                     cites="drivers/vfio/container.c:vfio_group_unuse_container()")
            if self.users > 0:
                self.users -= 1

    # --- promises ---

    @invariant
    def an_access_exists_while_its_device_is_open(self) -> bool:
        """What the device may pin memory through is gone with its last file."""
        return not self.access or self.is_open()

    @invariant
    def a_container_counts_its_group_and_its_device(self) -> bool:
        """The count is what keeps the container's type1 backend while it is used."""
        used = self.is_open() and self.used is Backend.CONTAINER
        return self.users == (1 if self.backend is Backend.CONTAINER else 0) + (1 if used else 0)
